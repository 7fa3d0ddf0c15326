//! The names that exist on the way from the apex to the name that is being read.

use super::askable::is_synthesized;
use super::extra::Extra;
use super::query::{ExpectedAnswer, RrsetQuery};
use crate::dns::name::is_within;
use crate::dns::{Name, Rrset, Rtype};

/// A name that exists, while the names below it are read.
pub(super) struct OpenName {
    /// The name.
    pub(super) name: Name,
    /// Whether it has RRsets; else it is an empty non-terminal (RFC 8499 section 7).
    pub(super) has_rrsets: bool,
    /// Whether it exists on every server that has what is compared.
    pub(super) is_certain: bool,
    /// Whether the query that shows that it has no data was made.
    pub(super) is_asked: bool,
    /// The wildcard below it, as far as it was read.
    pub(super) wildcard: Wildcard,
    /// Extra names below it that do not exist, and whose answers depend on a wildcard that may follow.
    pub(super) deferred: Vec<Extra>,
}

/// A wildcard, as the source of answers for names that do not exist (RFC 4592 section 3.3).
pub(super) enum Wildcard {
    /// There is none.
    None,
    /// There is one, or may be one, and servers may differ in what they make of it.
    Unknown,
    /// There is one, with these RRsets.
    Known(Vec<Rrset>),
}

/// The open names, one for each label, from the apex on.
pub(super) struct OpenNames(Vec<OpenName>);

impl OpenName {
    fn new(name: Name, has_rrsets: bool) -> Self {
        Self {
            name,
            has_rrsets,
            is_certain: false,
            is_asked: false,
            wildcard: Wildcard::None,
            deferred: Vec::new(),
        }
    }

    /// Whether the wildcard right below it would come behind a name without RRsets, which it is above.
    pub(super) fn may_have_wildcard_behind(&self, name: &Name) -> bool {
        let label = name.labels().rev().nth(self.name.labels().count());
        label.is_some_and(|label| label < b"*".as_slice())
    }

    /// The queries for an extra name without RRsets, whose closest encloser (RFC 4592 section 3.3.1) this is, or
    /// which it is itself. `asked` is the type by which an empty non-terminal is asked anyway.
    pub(super) fn absent(&self, extra: Extra, asked: Option<Rtype>) -> Vec<RrsetQuery> {
        let Extra { name, types, .. } = extra;
        let is_itself = self.name == name;
        // The apex has RRsets, even where the list has none of them.
        if !self.is_certain || (is_itself && self.has_rrsets) {
            return Vec::new();
        }
        let expected = |rtype| match &self.wildcard {
            _ if is_itself => (!self.is_asked || asked != Some(rtype)).then_some(ExpectedAnswer::NoData),
            Wildcard::None => Some(ExpectedAnswer::NxDomain),
            Wildcard::Unknown => None,
            Wildcard::Known(rrsets) => synthesized(rrsets, rtype),
        };
        let query = |qtype| Some(RrsetQuery { qname: name.clone(), qtype, expected: expected(qtype)? });
        types.into_iter().filter_map(query).collect()
    }
}

/// The answer that a wildcard with these RRsets makes.
fn synthesized(rrsets: &[Rrset], rtype: Rtype) -> Option<ExpectedAnswer> {
    match rrsets.iter().find(|it| it.rtype == rtype || it.rtype == Rtype::CNAME) {
        Some(rrset) => is_synthesized(rrset.rtype).then(|| ExpectedAnswer::Synthesized(rrset.clone())),
        None => Some(ExpectedAnswer::NoData),
    }
}

impl OpenNames {
    /// Opens the apex, which always exists.
    pub(super) fn new(zone: Name) -> Self {
        Self(vec![OpenName { is_certain: true, ..OpenName::new(zone, true) }])
    }

    /// The name at a depth below the apex.
    pub(super) fn at(&mut self, depth: usize) -> Option<&mut OpenName> {
        self.0.get_mut(depth)
    }

    /// The depth of the deepest open name that `name` is at or below.
    pub(super) fn closest(&self, name: &Name) -> usize {
        let is_above = |open: &OpenName| is_within(name.as_wire(), open.name.as_wire());
        self.0.iter().rposition(is_above).unwrap_or_default()
    }

    /// Closes the deepest name, unless it is the apex or `name` is at or below it.
    pub(super) fn close(&mut self, name: &Name) -> Option<OpenName> {
        let deepest = self.0.last()?;
        let is_done = self.0.len() > 1 && !is_within(name.as_wire(), deepest.name.as_wire());
        if is_done { self.0.pop() } else { None }
    }

    /// Closes the deepest name, whatever it is.
    pub(super) fn pop(&mut self) -> Option<OpenName> {
        self.0.pop()
    }

    /// Opens a name with RRsets, and the names between it and the deepest open name, which is above it.
    pub(super) fn open(&mut self, name: &Name) {
        let top = self.0.last().map_or(0, |open| open.name.as_wire().len());
        let first = self.0.len();
        let mut rest = name.as_wire();
        while rest.len() > top {
            // Only the first one is the name itself; it shares its octets.
            let open = if rest.len() == name.as_wire().len() {
                Some(OpenName::new(name.clone(), true))
            } else {
                Name::from_wire(rest).map(|between| OpenName::new(between, false))
            };
            self.0.extend(open);
            let length = rest.first().map_or(0, |&length| usize::from(length));
            rest = rest.get(1 + length..).unwrap_or_default();
        }
        if let Some(opened) = self.0.get_mut(first..) {
            opened.reverse();
        }
    }

    /// Notes that the deepest name may exist on some servers only. A wildcard of that kind is not known.
    pub(super) fn deepest_is_uncertain(&mut self) {
        for depth in 1..self.0.len() {
            let [.., parent, open] = self.0.get_mut(..=depth).unwrap_or_default() else { continue };
            if !open.is_certain && is_wildcard(&open.name) && matches!(parent.wildcard, Wildcard::None) {
                parent.wildcard = Wildcard::Unknown;
            }
        }
    }

    /// Notes that the deepest name exists, and so all above it: the depths of those that were not certain before.
    pub(super) fn deepest_is_certain(&mut self) -> Vec<usize> {
        let mut changed = Vec::new();
        for depth in (1..self.0.len()).rev() {
            let [.., parent, open] = self.0.get_mut(..=depth).unwrap_or_default() else { break };
            if open.is_certain {
                break;
            }
            open.is_certain = true;
            // RFC 4592 section 4.9: a wildcard without data is one all the same.
            if is_wildcard(&open.name) && !open.has_rrsets {
                parent.wildcard = Wildcard::Known(Vec::new());
            }
            changed.push(depth);
        }
        changed.reverse();
        changed
    }

    /// The parent of the deepest name.
    pub(super) fn parent(&mut self) -> Option<&mut OpenName> {
        let parent = self.0.len().checked_sub(2)?;
        self.0.get_mut(parent)
    }
}

/// Whether the first label of a name is `*`.
pub(super) fn is_wildcard(name: &Name) -> bool {
    name.as_wire().starts_with(b"\x01*")
}
