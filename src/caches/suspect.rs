//! The RRsets that resolvers are asked for: those that servers answer wrongly, and those that the user named.

use super::sighting::Sighting;
use crate::compare::{Difference, DifferenceKind, RrsetText};
use crate::dns::{Name, Rtype};
use crate::judge::Judgement;

/// The maximum number of RRsets that each resolver is asked for.
pub const MAX_SUSPECTS: usize = 20;

/// An RRset that resolvers are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Its owner name.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// What the reference has; `None` for no such RRset.
    pub right: Option<RrsetText>,
}

/// Whether resolvers are asked for RRsets of a type.
///
/// The SOA is left out, since a cache may hold an older one than it holds other records. No user asks for signatures and
/// denials by themselves.
fn is_asked(rtype: Rtype) -> bool {
    !matches!(rtype, Rtype::SOA | Rtype::RRSIG | Rtype::NSEC | Rtype::NSEC3)
}

/// Returns the RRsets that servers answer wrongly, those that do the most harm first.
///
/// They are among those that the report lists. Differences that are not confirmed are left out.
pub fn suspects(judgement: &Judgement) -> Vec<Suspect> {
    let confirmed = judgement.servers.iter().filter(|server| server.wrong_rrsets.is_some());
    let comparisons = confirmed.filter_map(|server| server.decision.comparison.as_ref());
    differing(comparisons.flat_map(|comparison| &comparison.differences.listed))
}

/// Returns the RRsets in these differences that are answered wrongly, in their order.
pub(super) fn differing<'d>(differences: impl Iterator<Item = &'d Difference>) -> Vec<Suspect> {
    let mut suspects: Vec<Suspect> = Vec::new();
    for difference in differences.filter(|it| it.kind != DifferenceKind::Ttl) {
        if let (Ok(owner), Ok(rtype)) = (difference.owner.parse(), difference.rtype.parse()) {
            add(&mut suspects, Suspect { owner, rtype, right: difference.reference.clone() });
        }
    }
    suspects
}

/// Adds an RRset, unless it is one of them, is not asked for, or there are enough.
fn add(suspects: &mut Vec<Suspect>, suspect: Suspect) {
    let is_same = |known: &Suspect| known.owner == suspect.owner && known.rtype == suspect.rtype;
    if is_asked(suspect.rtype) && suspects.len() < MAX_SUSPECTS && !suspects.iter().any(is_same) {
        suspects.push(suspect);
    }
}

/// Adds an RRset that the user named, as a server of the zone answers it.
pub fn named(suspects: &mut Vec<Suspect>, (owner, rtype): (&Name, Rtype), answer: Sighting) {
    let (rtype, right) = match answer {
        // At an alias, users get the alias.
        Sighting::Rrset { rtype, rrset } => (rtype, Some(rrset)),
        Sighting::Denied { .. } => (rtype, None),
        Sighting::NotHeld => return,
    };
    add(suspects, Suspect { owner: owner.clone(), rtype, right });
}
