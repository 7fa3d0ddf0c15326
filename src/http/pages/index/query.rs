//! What a request for `/` asks for: some zones, in an order, and a page of them.

use crate::http::filter::ZoneFilter;
use crate::http::parameters::Parameters;

/// What a request for `/` asks for.
#[derive(Debug)]
pub(super) struct ListQuery {
    parameters: Parameters,
    /// Which zones.
    pub(super) filter: ZoneFilter,
    /// In which order.
    pub(super) sort: Sort,
    /// Which page of them, from 1 on.
    pub(super) page: usize,
}

/// The order of zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// The worst first, then by name.
    Severity,
    /// In the canonical order of names (RFC 4034 section 6.1).
    Name,
    /// Those that were not checked for the longest time first.
    Checked,
    /// Those whose records were not compared for the longest time first.
    Compared,
}

impl Sort {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Severity, Self::Name, Self::Checked, Self::Compared];

    /// The value of the parameter.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::Name => "name",
            Self::Checked => "checked",
            Self::Compared => "compared",
        }
    }

    /// What people call it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Severity => "Worst first",
            Self::Name => "Name",
            Self::Checked => "Checked longest ago",
            Self::Compared => "Compared longest ago",
        }
    }
}

impl ListQuery {
    /// The parameters that it reads.
    pub(super) const PARAMETERS: [&str; 8] = {
        let [verdict, severity, code, server, group, text] = ZoneFilter::PARAMETERS;
        [verdict, severity, code, server, group, text, "sort", "page"]
    };

    /// Reads it from the parameters of a request; an empty value is none.
    pub(super) fn parse(parameters: Parameters) -> Result<Self, String> {
        let parameters = parameters.filled_in();
        let sort = parameters.one("sort")?.map_or(Ok(Sort::Severity), |text| {
            Sort::ALL.into_iter().find(|sort| sort.code() == text).ok_or_else(|| {
                let known = Sort::ALL.map(|sort| format!("`{}`", sort.code())).join(", ");
                format!("`sort` is one of {known}, not `{}`", text.escape_debug())
            })
        })?;
        let page = parameters.one("page")?.map_or(Ok(1), |text| {
            let refusal = || format!("`page` is a number from 1 on, not `{}`", text.escape_debug());
            text.parse().ok().filter(|page| *page > 0).ok_or_else(refusal)
        })?;
        Ok(Self { filter: ZoneFilter::parse(&parameters)?, parameters, sort, page })
    }

    /// The filters that are set: their parameters and values.
    pub(super) fn filters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parameters.given().filter(|(name, _)| ZoneFilter::PARAMETERS.contains(name))
    }

    /// Whether all zones are asked for.
    pub(super) fn is_of_all(&self) -> bool {
        self.filters().next().is_none()
    }

    /// The first value of a parameter, empty without one.
    pub(super) fn value(&self, name: &str) -> &str {
        self.parameters.all(name).next().unwrap_or_default()
    }

    /// The query of the same request without a filter, on its first page.
    pub(super) fn without(&self, name: &str) -> String {
        self.parameters.without(&[name, "page"])
    }

    /// The query of the same request for another page.
    pub(super) fn with_page(&self, page: usize) -> String {
        match page {
            1 => self.without("page"),
            page => self.parameters.with("page", &page.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<ListQuery, String> {
        Parameters::parse(query, &ListQuery::PARAMETERS).and_then(ListQuery::parse)
    }

    #[test]
    fn what_is_asked_for_is_read_and_written_again() {
        let query = parse("q=a%26b&verdict=&server=ns1&sort=name&page=3").unwrap();
        assert_eq!((query.sort, query.page, query.is_of_all()), (Sort::Name, 3, false));
        assert_eq!(query.filters().collect::<Vec<_>>(), [("q", "a&b"), ("server", "ns1")]);
        assert_eq!((query.value("server"), query.value("group")), ("ns1", ""));
        assert_eq!(query.without("q"), "server=ns1&sort=name");
        assert_eq!(query.with_page(4), "q=a%26b&server=ns1&sort=name&page=4");
        assert_eq!(query.with_page(1), "q=a%26b&server=ns1&sort=name");
        let query = parse("sort=checked&q=").unwrap();
        assert!(query.is_of_all());
        assert_eq!((query.sort, query.page), (Sort::Checked, 1));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (query, expected) in [
            ("sort=size", "`sort` is one of `severity`, `name`, `checked`, `compared`, not `size`"),
            ("page=0", "`page` is a number from 1 on, not `0`"),
            ("page=one", "`page` is a number from 1 on, not `one`"),
            ("verdict=stuk", "`stuk` is no verdict: did you mean `stuck`?"),
            ("code=stcuk", "`stcuk` is not a code: did you mean `stuck`?"),
            ("code=x", "`x` is not a code"),
            ("limit=3", "`limit` is not a parameter of this endpoint"),
        ] {
            let refusal = parse(query).unwrap_err();
            assert!(refusal.contains(expected), "{query}: {refusal}");
        }
    }
}
