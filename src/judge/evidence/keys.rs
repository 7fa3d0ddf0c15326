//! Keys by which some servers of a zone sign, and which others do not publish (RFC 8901).

use super::relation::{Relation, relation};
use super::responses::MIN_OBSERVATIONS;
use super::{Evidence, Responses};
use crate::digest::KeyId;
use crate::observe::KeySighting;
use crate::plan::{Role, Source, TargetId};

/// A key by which data is signed, and that a target does not publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LackingKey {
    /// The key.
    pub(crate) key: KeyId,
    /// A target that signs by it; it may be the one that does not publish it.
    pub(crate) signer: TargetId,
    /// Whether the target was seen without it often enough, the last time after it was seen to sign.
    pub(crate) is_confirmed: bool,
}

/// Returns the keys that a target lacks, where each server signs by keys of its own: each once, with the first target
/// that signs by it.
///
/// A target that lags lacks what the next version brings, and what it signs by may be gone by now. A primary whose copy
/// is not signed at all is where the signers get the zone from.
pub(crate) fn lacking_keys(
    evidence: &Evidence,
    target: TargetId,
    reference: Option<Source>,
) -> Vec<LackingKey> {
    let mut lacking: Vec<LackingKey> = Vec::new();
    let Some(responses) = evidence.responses(target) else { return lacking };
    let is_unsigned = responses.keys.iter().all(|sighting| sighting.keys.is_unsigned());
    let is_source = is_unsigned && may_feed_signers(evidence, target);
    if !evidence.plan.rules.content.multi_signer || is_source || lags(evidence, target, reference) {
        return lacking;
    }
    let signers = evidence.judged().filter(|&signer| !lags(evidence, signer, reference));
    for signer in signers {
        for key in lacking_of(evidence, target, signer) {
            if !lacking.iter().any(|known| known.key == key.key) {
                lacking.push(key);
            }
        }
    }
    lacking
}

/// Returns the keys of one signer that a target lacks. A signer that does not publish its own key is at fault itself, and
/// no other is.
fn lacking_of(evidence: &Evidence, target: TargetId, signer: TargetId) -> Vec<LackingKey> {
    let zone = &evidence.plan.zone;
    let sightings = |target| evidence.responses(target).map_or(&[][..], |responses| &responses.keys);
    let (seen, of_signer) = (sightings(target), sightings(signer));
    let publishes = |sightings: &[KeySighting], key| sightings.iter().any(|it| it.keys.publishes(zone, key));
    let mut lacking: Vec<LackingKey> = Vec::new();
    for KeySighting { span, keys } in of_signer {
        for &key in keys.signing() {
            if publishes(seen, key) || !(target == signer || publishes(of_signer, key)) {
                continue;
            }
            let is_later = target == signer || seen.last().is_some_and(|last| span.is_before(last.span));
            let is_confirmed = is_later && seen.len() >= MIN_OBSERVATIONS;
            match lacking.iter_mut().find(|known| known.key == key) {
                Some(known) => known.is_confirmed |= is_confirmed,
                None => lacking.push(LackingKey { key, signer, is_confirmed }),
            }
        }
    }
    lacking
}

/// Whether a target may be one that the signers get the zone from.
fn may_feed_signers(evidence: &Evidence, target: TargetId) -> bool {
    evidence.plan.target(target).is_some_and(|target| target.role == Role::Primary || target.is_hidden)
}

/// Whether a target has an older version than the reference, as far as serials tell.
fn lags(evidence: &Evidence, target: TargetId, reference: Option<Source>) -> bool {
    let Some(reference) = reference.filter(|_| evidence.plan.rules.serials_count()) else { return false };
    matches!(relation(evidence, target, reference), Some(Relation::Behind(_)))
}

/// Whether a copy of a target is to be read again, to see whether it still lacks a key.
pub(crate) fn are_keys_in_doubt(
    evidence: &Evidence,
    target: TargetId,
    responses: &Responses,
    reference: Option<Source>,
) -> bool {
    responses.copy().is_some()
        && lacking_keys(evidence, target, reference).iter().any(|lacking| !lacking.is_confirmed)
}
