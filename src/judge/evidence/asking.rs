//! Which addresses are asked for their RRsets, and what their answers show.

use super::alternation::changed_content;
use super::relation::{Relation, relation};
use super::{Evidence, Responses};
use crate::judge::history::AskedPart;
use crate::observe::{Asked, DrawnNames, Failure};
use crate::plan::{ReadBy, Source, TargetId};

/// How often an address is asked at most in a check: a zone that changes faster cannot be asked about.
const MAX_ASK_ATTEMPTS: u32 = 3;

/// Where the list of the RRsets to ask for comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryList {
    /// A copy of the reference, which is read once more.
    Copy(Source),
    /// The reference gives no copy. It is asked too: for what it has at its apex, for its NSEC chain, and for the names
    /// that the user gave.
    Answers(TargetId),
}

/// Whether a target gives no transfer, so that its records can only be asked for.
pub(crate) fn gives_no_transfer(responses: &Responses) -> bool {
    responses.copy().is_none() && responses.copy_failure.as_ref().is_some_and(Failure::may_answer_queries)
}

/// Returns where the list of RRsets to ask for comes from, if there is such a list.
pub(crate) fn query_list(evidence: &Evidence, reference: Source) -> Option<QueryList> {
    let responses = evidence.responses(reference)?;
    if responses.copy().is_some() {
        return Some(QueryList::Copy(reference));
    }
    let target = reference.target()?;
    let may_be_asked = evidence.read_by(target) != ReadBy::Transfer && gives_no_transfer(responses);
    may_be_asked.then_some(QueryList::Answers(target))
}

/// Whether the RRsets of a target are to be asked for: the user wants it, or it gives no transfer, or the reference
/// gives none.
pub(crate) fn is_to_be_asked(evidence: &Evidence, target: TargetId, list: QueryList) -> bool {
    let Some(responses) = evidence.responses(target) else { return false };
    let is_wanted = match (evidence.read_by(target), list) {
        (ReadBy::Transfer, _) => false,
        (ReadBy::Query, _) | (ReadBy::Auto, QueryList::Answers(_)) => true,
        (ReadBy::Auto, QueryList::Copy(_)) => gives_no_transfer(responses),
    };
    let reference = match list {
        QueryList::Copy(reference) => reference,
        QueryList::Answers(reference) => reference.into(),
    };
    // Its answers are held against its own copy.
    let has_list = list != QueryList::Answers(target);
    let is_current = || {
        !evidence.serials_count(target) || relation(evidence, target, reference) == Some(Relation::Current)
    };
    is_wanted && has_list && responses.soa().is_some() && may_be_asked_again(responses) && is_current()
}

/// Whether another attempt may bring answers about one version, which the last one did not.
fn may_be_asked_again(responses: &Responses) -> bool {
    match &responses.ask_failure {
        None => responses.asked.is_none(),
        Some(Failure::ChangedDuringTransfer(..)) => responses.ask_attempts < MAX_ASK_ATTEMPTS,
        Some(_) => false,
    }
}

/// Returns what a target answered about the version that the reference serves.
pub(crate) fn answers(evidence: &Evidence, target: TargetId) -> Option<&Asked> {
    let responses = evidence.responses(target)?;
    let asked = responses.asked()?;
    let is_of_latest = || responses.latest().is_some_and(|latest| latest.serial == asked.soa.serial);
    (!evidence.serials_count(target) || is_of_latest()).then_some(asked)
}

/// Returns how much of the version that a target serves it was asked for in earlier checks, where that was less than
/// all of it.
pub fn earlier_part(evidence: &Evidence, target: TargetId) -> Option<AskedPart> {
    let comparison = evidence.last_comparison(target)?;
    let latest = evidence.responses(target)?.latest()?.serial;
    comparison.part.filter(|_| comparison.serial == latest)
}

/// Returns the part of this version's names that a target was asked about, in this check and in those before it, from 0
/// to 1; `None` where the names were not drawn, or this check has gaps.
#[expect(clippy::cast_precision_loss, reason = "a part needs no more digits")]
pub fn part_asked(evidence: &Evidence, target: TargetId) -> Option<f64> {
    let asked = evidence.responses(target)?.asked().filter(|asked| !asked.has_gaps)?;
    let drawn = asked.drawn?;
    let covered = covered_before(evidence, target, drawn).saturating_add(drawn.length);
    Some(covered as f64 / u64::MAX as f64)
}

/// Returns the hashes of the names that earlier checks asked about, up to those that were drawn now.
pub(crate) fn covered_before(evidence: &Evidence, target: TargetId, drawn: DrawnNames) -> u64 {
    let before = earlier_part(evidence, target).filter(|before| before.next == drawn.start);
    before.map_or(0, |before| before.covered)
}

/// Whether a target answered about the version that the reference still serves, and serves with one content.
pub(crate) fn are_of_current_version(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
    let Some(responses) = evidence.responses(reference) else { return false };
    // The list comes from the last copy; where there is none, from what the reference answered.
    let copied = responses.copied_version().map(|version| version.soa.serial);
    let of_list = copied.or_else(|| Some(responses.asked()?.soa.serial));
    let latest = responses.latest().map(|latest| latest.serial);
    let is_of_serial = |asked: &Asked| !evidence.serials_count(target) || Some(asked.soa.serial) == latest;
    latest.is_some()
        && of_list == latest
        && !changed_content(responses)
        && answers(evidence, target).is_some_and(is_of_serial)
}
