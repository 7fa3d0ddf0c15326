//! The parameters of a request: those that its endpoint knows, and no others.

use super::url::{decode_parameter, percent_encode};
use crate::config::suggestion;

/// The parameters of a request, decoded, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// Parses the query of a request to an endpoint that knows these parameters.
    pub(super) fn parse(query: &str, known: &[&'static str]) -> Result<Self, String> {
        let parameters = query.split('&').filter(|parameter| !parameter.is_empty()).map(|parameter| {
            let (name, value) =
                parameter.split_once('=').map_or((parameter, None), |(name, value)| (name, Some(value)));
            let name = decode(name)?;
            let Some(known) = known.iter().find(|known| **known == name) else {
                return Err(unknown(&name, known));
            };
            let value = value.ok_or_else(|| format!("`{known}` has no value"))?;
            Ok((*known, decode(value)?))
        });
        parameters.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the value of a parameter that may be given once.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, String> {
        let mut values = self.all(name);
        let value = values.next();
        match values.next() {
            Some(_) => Err(format!("`{name}` is given more than once")),
            None => Ok(value),
        }
    }

    /// Returns the values of a parameter that may be given repeatedly.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// Returns all that are given, in their order.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Leaves out those with an empty value, which a form sends for what was not filled in.
    pub(super) fn filled_in(self) -> Self {
        Self(self.0.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// Returns the query of a request with the same parameters, but for one, which has this value.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        query(self.others(&[name]).chain([(name, value)]))
    }

    /// Returns the query of a request with the same parameters but these.
    pub(super) fn without(&self, names: &[&str]) -> String {
        query(self.others(names))
    }

    /// Returns all that are given but these.
    fn others<'p>(&'p self, names: &'p [&str]) -> impl Iterator<Item = (&'p str, &'p str)> {
        let others = self.0.iter().filter(move |(given, _)| !names.contains(given));
        others.map(|(name, value)| (*name, value.as_str()))
    }
}

/// Writes a query.
pub(super) fn query<'p>(parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let all = parameters.into_iter().map(|(name, value)| format!("{name}={}", percent_encode(value)));
    all.collect::<Vec<_>>().join("&")
}

fn decode(text: &str) -> Result<String, String> {
    decode_parameter(text)
        .ok_or_else(|| format!("`{}` is not UTF-8 in percent-encoding", text.escape_debug()))
}

/// Says which parameters there are instead of an unknown one.
fn unknown(name: &str, known: &[&str]) -> String {
    let hint = if known.is_empty() { "there are none here".to_owned() } else { suggestion(name, known) };
    format!("`{}` is not a parameter of this endpoint: {hint}", name.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["target", "debug", "verdict"];

    fn parse(query: &str) -> Result<Parameters, String> {
        Parameters::parse(query, &KNOWN)
    }

    #[test]
    fn known_parameters_are_decoded() {
        let parameters = parse("target=a%2Db+c&&verdict=x&verd%69ct=y=z&debug=").unwrap();
        assert_eq!(parameters.one("target"), Ok(Some("a-b c")));
        assert_eq!(parameters.one("debug"), Ok(Some("")));
        assert_eq!(parameters.one("other"), Ok(None));
        assert_eq!(parameters.all("verdict").collect::<Vec<_>>(), ["x", "y=z"]);
        assert_eq!(parameters.one("verdict"), Err("`verdict` is given more than once".to_owned()));
        assert_eq!(parse(""), Ok(Parameters::default()));
    }

    #[test]
    fn other_parameters_are_refused() {
        for (query, expected) in [
            ("targt=a", "`targt` is not a parameter of this endpoint: did you mean `target`?"),
            ("x=1", "`x` is not a parameter of this endpoint: known are `target`, `debug`, `verdict`"),
            ("Target=a", "did you mean `target`?"),
            ("collect%5B%5D=a", "`collect[]` is not a parameter"),
            ("%1b=a", "`\\u{1b}` is not a parameter"),
            ("=a", "`` is not a parameter"),
            ("debug", "`debug` has no value"),
            ("debug=%ff", "`%ff` is not UTF-8 in percent-encoding"),
            ("%=a", "`%` is not UTF-8 in percent-encoding"),
        ] {
            let refusal = parse(query).unwrap_err();
            assert!(refusal.contains(expected), "{query}: {refusal}");
        }
        let refusal = Parameters::parse("a=1", &[]).unwrap_err();
        assert_eq!(refusal, "`a` is not a parameter of this endpoint: there are none here");
    }

    #[test]
    fn a_query_is_written_again_with_another_value() {
        let parameters = parse("verdict=a&target=%26b&verdict=c").unwrap();
        assert_eq!(parameters.with("debug", "1 2"), "verdict=a&target=%26b&verdict=c&debug=1%202");
        assert_eq!(parameters.with("target", "d"), "verdict=a&verdict=c&target=d");
        assert_eq!(parameters.without(&["verdict"]), "target=%26b");
        assert_eq!(parameters.without(&["verdict", "target"]), "");
        let filled_in = parse("verdict=&target=a&debug=").unwrap().filled_in();
        assert_eq!(filled_in.given().collect::<Vec<_>>(), [("target", "a")]);
        assert_eq!(parse(&parameters.with("target", "&b")).unwrap().one("target"), Ok(Some("&b")));
    }
}
