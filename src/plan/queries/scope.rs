//! Which RRsets of a zone are compared, and so asked.

use std::collections::HashSet;

use super::askable::is_askable;
use crate::dns::name::is_within;
use crate::dns::{Name, Rtype};
use crate::plan::{ComparisonRules, ContentRules};

/// The types that show whether a name exists; the first that is compared is asked.
const PROBE_TYPES: [Rtype; 4] = [Rtype::A, Rtype::AAAA, Rtype::TXT, Rtype::MX];

/// Which RRsets of a zone are compared.
pub(super) struct Scope {
    pub(super) zone: Name,
    content: ContentRules,
    ignores_soa: bool,
    permitted: HashSet<(Name, Rtype)>,
}

impl Scope {
    pub(super) fn new(zone: Name, rules: &ComparisonRules) -> Self {
        let content = rules.content.clone();
        Self {
            ignores_soa: !rules.compares_soa(&zone),
            permitted: content.permitted.iter().cloned().collect(),
            content,
            zone,
        }
    }

    /// Whether a name is in the zone.
    pub(super) fn has(&self, name: &Name) -> bool {
        is_within(name.as_wire(), self.zone.as_wire())
    }

    /// Whether an RRset is not compared.
    pub(super) fn leaves_out(&self, owner: &Name, rtype: Rtype) -> bool {
        self.content.leaves_out_type(rtype)
            || (self.ignores_soa && rtype == Rtype::SOA && *owner == self.zone)
            || (!self.permitted.is_empty() && self.permitted.contains(&(owner.clone(), rtype)))
    }

    /// Whether a type may be asked where the list has no RRset of it. Servers that sign each answer make an NSEC
    /// RRset for any name.
    pub(super) fn asks_absent(&self, owner: &Name, rtype: Rtype) -> bool {
        is_askable(rtype) && rtype != Rtype::NSEC && !self.leaves_out(owner, rtype)
    }

    /// Whether the apex may have a wildcard or not.
    pub(super) fn permits_wildcard(&self) -> bool {
        let is_below_apex = |wire: &[u8]| wire.strip_prefix(b"\x01*") == Some(self.zone.as_wire());
        self.permitted.iter().any(|(owner, _)| is_below_apex(owner.as_wire()))
    }

    /// The type by which to ask whether a name exists.
    pub(super) fn probe_type(&self, name: &Name) -> Option<Rtype> {
        PROBE_TYPES.into_iter().find(|&rtype| !self.leaves_out(name, rtype))
    }
}
