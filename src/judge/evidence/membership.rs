//! Whether a server serves a zone that a catalog lists, or listed.

use std::time::SystemTime;

use super::{Evidence, Responses};
use crate::observe::Failure;
use crate::plan::{Compare, Membership, MembershipState, TargetId};

/// Whether a server refuses queries and gives the zone by transfer. A check that relies on earlier comparisons reads no
/// copy, and believes what they found.
pub(in crate::judge) fn is_for_transfers(evidence: &Evidence, id: TargetId, responses: &Responses) -> bool {
    match evidence.plan.rules.compare {
        Compare::Records => responses.is_transfer_only(),
        Compare::PreviousRecords => responses.refuses_queries() && evidence.last_comparison(id).is_some(),
        Compare::Serials => false,
    }
}

/// Returns the membership of a zone that has left its catalog.
pub(in crate::judge) fn left(evidence: &Evidence) -> Option<&Membership> {
    evidence.plan.membership.as_deref().filter(|membership| membership.state == MembershipState::Left)
}

/// Returns the membership of a zone that a server should serve as a member, and does not.
pub(in crate::judge) fn not_served(evidence: &Evidence, id: TargetId) -> Option<&Membership> {
    let membership = evidence.plan.membership.as_ref()?;
    let responses = evidence.responses(id)?;
    let is_without = membership.state == MembershipState::Listed
        && answers(responses)
        && responses.soa().is_none()
        && !is_for_transfers(evidence, id, responses);
    is_without.then_some(membership)
}

/// By when a server should serve a member: not before it should have the list.
pub(in crate::judge) fn deadline(evidence: &Evidence, id: TargetId, membership: &Membership) -> SystemTime {
    let address = evidence.plan.target(id).map(|target| target.address);
    let lags = evidence.plan.catalog_lags.iter().filter(|lag| Some(lag.address) == address);
    lags.map(|lag| lag.deadline)
        .max()
        .map_or(membership.deadline, |deadline| deadline.max(membership.deadline))
}

/// Returns the membership of a zone that a server should not serve any more, and does.
pub(in crate::judge) fn still_served(evidence: &Evidence, id: TargetId) -> Option<&Membership> {
    left(evidence).filter(|_| evidence.responses(id).is_some_and(|responses| responses.soa().is_some()))
}

/// Whether that was seen only once.
pub(in crate::judge) fn is_membership_doubtful(evidence: &Evidence, id: TargetId) -> bool {
    evidence.responses(id).is_some_and(|responses| responses.attempts < 2)
        && (not_served(evidence, id).is_some() || still_served(evidence, id).is_some())
}

/// Whether a target gave a response that can be trusted.
pub(in crate::judge) fn answers(responses: &Responses) -> bool {
    responses.best_response().is_some()
        && !matches!(responses.failure(), Some(Failure::Tsig(_) | Failure::Tls(_)))
}
