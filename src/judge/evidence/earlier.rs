//! Whether a copy is of an earlier version of the reference, where servers number their own versions: then no serial
//! tells that it lags, but its content does.

use std::time::SystemTime;

use super::Evidence;
use super::timeline::successor_first_seen;
use crate::digest::{Fingerprint, Resemblance};
use crate::judge::history::{ComparisonResult, EarlierVersion, RecordsComparison, SeenSerial};
use crate::plan::{Compare, Source, TargetId};

/// An earlier version of the reference, whose content a target still serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StaleContent {
    /// The version.
    pub(crate) version: EarlierVersion,
    /// When its successor was first observed at the reference.
    pub(crate) since: Option<SystemTime>,
}

/// Returns the earlier version of the reference whose content a target serves, if its serial cannot tell; not the
/// version that the reference serves now.
pub(crate) fn stale_content(
    evidence: &Evidence,
    target: TargetId,
    reference: Source,
) -> Option<StaleContent> {
    if evidence.serials_count(target) {
        return None;
    }
    let known = known(evidence, target);
    match evidence.plan.rules.compare {
        Compare::Serials => None,
        Compare::PreviousRecords => known.or_else(|| by_serials(evidence, target, reference)),
        Compare::Records => {
            let copied = |source: Source| evidence.responses(source)?.copied_version();
            let content = copied(target.into())?.fingerprint;
            let current = copied(reference)?;
            if current.fingerprint.compare(&content) != Resemblance::Different {
                return None;
            }
            // A busy reference leaves behind more versions than are remembered.
            let resembles = |known: &StaleContent| Some(known.version.content?.compare(&content));
            let is_same = |known: &StaleContent| resembles(known) == Some(Resemblance::Same);
            known.filter(is_same).or_else(|| of_history(evidence, content, reference))
        }
    }
}

/// Returns what the last comparison found to be the content of a target, if that was an earlier version.
fn known(evidence: &Evidence, target: TargetId) -> Option<StaleContent> {
    let RecordsComparison { result: ComparisonResult::Earlier(version), .. } =
        evidence.last_comparison(target)?
    else {
        return None;
    };
    let since = evidence.address_history(target)?.lagging_since;
    // A time in the future is from before the clock was set back.
    Some(StaleContent { version, since: since.map(|since| since.min(evidence.start_time())) })
}

/// Returns the version with which a signer was last compared, if the reference has published another one since, and the
/// signer none: it numbers its own versions, and takes none over without a new serial.
fn by_serials(evidence: &Evidence, target: TargetId, reference: Source) -> Option<StaleContent> {
    let latest = |source: Source| Some(evidence.responses(source)?.latest()?.serial);
    let compared = evidence.last_comparison(target)?;
    let serial = compared.against?;
    let is_unchanged =
        compared.result == ComparisonResult::Same && latest(target.into()) == Some(compared.serial);
    if !evidence.renumbers(target) || !is_unchanged || !latest(reference)?.is_newer_than(serial) {
        return None;
    }
    let since = successor_first_seen(&evidence.published(reference), serial)?;
    let version = EarlierVersion { serial, content: None };
    Some(StaleContent { version, since: Some(since.min(evidence.end_time())) })
}

/// Finds the last version of the history with some content, and the first one after it with other content. A
/// version whose copy is not known may have the same content, and is passed over.
fn of_history(evidence: &Evidence, content: Fingerprint, reference: Source) -> Option<StaleContent> {
    let versions = &evidence.history.versions;
    let resemblances = versions.iter().map(|version| {
        version.copy.as_ref().map_or(Resemblance::Unknown, |copy| copy.fingerprint.compare(&content))
    });
    let resemblances: Vec<Resemblance> = resemblances.collect();
    let index = resemblances.iter().rposition(|resemblance| *resemblance == Resemblance::Same)?;
    let serial = versions.get(index)?.serial;
    let mut later = versions.iter().zip(&resemblances).skip(index + 1);
    let successor = later.find(|(_, resemblance)| **resemblance == Resemblance::Different);
    let since = match successor {
        Some((version, _)) => version.first_seen,
        None => first_seen_now(evidence, reference),
    };
    let version = EarlierVersion { serial, content: Some(content) };
    Some(StaleContent { version, since: Some(since.min(evidence.end_time())) })
}

/// When the version that the reference serves was first observed, which no earlier check has read.
fn first_seen_now(evidence: &Evidence, reference: Source) -> SystemTime {
    let serial = evidence.responses(reference).and_then(|responses| Some(responses.latest()?.serial));
    let published = evidence.published(reference);
    let is_it = |seen: &&SeenSerial| Some(seen.serial) == serial;
    let first_seen = published.iter().rfind(is_it).map(|seen| seen.first_seen);
    // The records of a serial that is known may have changed without a new one.
    let has_copy = evidence
        .history
        .versions
        .iter()
        .any(|version| Some(version.serial) == serial && version.copy.is_some());
    first_seen.filter(|_| !has_copy).unwrap_or_else(|| evidence.start_time())
}
