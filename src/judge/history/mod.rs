//! What earlier checks have learnt of a zone: without it no lag has a beginning.
//!
//! A [`History`] is plain data that is stored between checks as it is: hence serde, which the rest of the core
//! does without. [`learn`](crate::judge::learn()) makes the next one from the evidence and the judgement of a
//! check. It is bounded: `forget` has the bounds.

pub mod arrivals;
mod forget;
mod persistence;
pub mod record;
pub mod strip;
mod verdict_changes;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::digest::{Fingerprint, Resemblance};
use crate::dns::{Name, Rtype, Serial};
use crate::plan::Role;

pub use verdict_changes::{RecordedState, VerdictChange};

/// What earlier checks have learnt of one zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The versions that the reference published, in the order in which they were first observed.
    pub versions: Vec<Version>,
    /// What is known about each address, by [`crate::plan::Target::id`].
    pub addresses: BTreeMap<String, AddressHistory>,
    /// The number of versions that were observed at the reference in all, without the first.
    pub publications: u64,
    /// How often the reference went back to an older serial.
    pub regressions: u64,
    /// RRsets in which servers diverged, the latest last. They are asked for again, whatever the list of RRsets has.
    pub diverged: Vec<DivergedRrset>,
    /// The same of the link that begins at the signers, if there are any; the rest is of the link to these.
    #[serde(skip)]
    pub downstream: Option<Box<History>>,
}

/// An RRset in which a server diverged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DivergedRrset {
    /// Its owner name in wire format.
    pub owner: Box<[u8]>,
    /// Its type.
    pub rtype: u16,
}

impl DivergedRrset {
    /// Its owner name and its type; `None` if what was stored is no name.
    pub fn named(&self) -> Option<(Name, Rtype)> {
        Some((Name::from_wire(&self.owner)?, Rtype(self.rtype)))
    }
}

/// A version that the reference published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its serial.
    pub serial: Serial,
    /// When it was first observed at the reference.
    #[serde(with = "crate::judge::millis")]
    pub first_seen: SystemTime,
    /// Its copy, if it was read and is not forgotten.
    pub copy: Option<StoredCopy>,
}

/// A copy that was read from the reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCopy {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// The [`crate::plan::Target::id`] of the address that it was read from, or `zone file`.
    pub source: String,
}

/// What is known about one address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressHistory {
    /// The serials that it served, in order, each with its first observation.
    pub serials: Vec<SeenSerial>,
    /// The beginning of its last lag.
    #[serde(with = "crate::judge::millis::option")]
    pub lagging_since: Option<SystemTime>,
    /// The first of the consecutive checks, up to the last, that did not find it in sync.
    #[serde(with = "crate::judge::millis::option")]
    pub out_of_sync_since: Option<SystemTime>,
    /// When it was last queried.
    #[serde(with = "crate::judge::millis::option")]
    pub last_checked: Option<SystemTime>,
    /// When it last answered with authority.
    #[serde(with = "crate::judge::millis::option")]
    pub last_response: Option<SystemTime>,
    /// When it was last in sync.
    #[serde(with = "crate::judge::millis::option")]
    pub last_in_sync: Option<SystemTime>,
    /// When its copy expires, where its refreshes have failed.
    #[serde(with = "crate::judge::millis::option")]
    pub expires: Option<SystemTime>,
    /// For each publication, the latest last, the milliseconds from its first observation at the reference to
    /// the first one here.
    pub latencies: Vec<u64>,
    /// The number of publications that were observed to arrive in all.
    pub arrivals: u64,
    /// The serial that it went back from, until it serves that again.
    pub went_back_from: Option<Serial>,
    /// The last comparison of its records.
    pub last_comparison: Option<RecordsComparison>,
    /// The version up to which its copy is known to be the reference's, by the changes since that comparison.
    pub followed: Option<FollowedVersion>,
    /// What was found in its copy by itself at that comparison.
    pub copy_findings: Vec<CopyFinding>,
    /// How its verdict has changed, the latest change last: see [`record`].
    #[serde(skip)]
    pub changes: Vec<VerdictChange>,
}

/// Something critical that was found in a copy by itself. It holds as long as the address serves that copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyFinding {
    /// What it is.
    pub kind: CopyFindingKind,
    /// What is wrong.
    pub message: String,
    /// The next commands to type.
    pub advice: Vec<String>,
}

/// What was found in a copy by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CopyFindingKind {
    /// Signatures do not verify.
    SignaturesInvalid,
    /// It is not what its ZONEMD record says.
    ZonemdMismatch,
}

/// A comparison of the records of one address with the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordsComparison {
    /// The serial that the address served.
    pub serial: Serial,
    /// The rules that said which records are the same: see [`crate::plan::ComparisonRules::records_id`].
    pub rules: u64,
    /// The serial that the reference served.
    pub against: Option<Serial>,
    /// When the copy was read.
    #[serde(with = "crate::judge::millis")]
    pub at: SystemTime,
    /// The result.
    pub result: ComparisonResult,
    /// How much of the version was asked for, where it was asked for in parts.
    pub part: Option<AskedPart>,
}

/// The version up to which a copy was followed. It begins at the one that was compared whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowedVersion {
    /// Its serial.
    pub serial: Serial,
    /// The consecutive checks in which the address had a newer version, and that could not be followed.
    pub failed: u8,
    /// The sum of what has changed since the whole comparison. Of two copies that were compared then, it differs where
    /// they do, whichever address was the reference meanwhile.
    pub changed: u64,
}

/// How much of a version an address was asked for: the names whose hashes are in a window of all hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedPart {
    /// The hash at which the window of the next check begins.
    pub next: u64,
    /// The hashes of all windows so far, `u64::MAX` for all.
    pub covered: u64,
}

/// The result of a comparison of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ComparisonResult {
    /// The address has the records of its serial.
    Same,
    /// The address has other records than the reference served at that serial.
    Different,
    /// The records of either could not be read.
    Unread,
    /// The address has the records of an earlier version of the reference, which its own serial does not tell.
    Earlier(EarlierVersion),
}

/// A version that the reference no longer serves, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierVersion {
    /// The serial that the reference had with it.
    pub serial: Serial,
    /// Its content, if it was read.
    pub content: Option<Fingerprint>,
}

/// A serial, and when it was first observed at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenSerial {
    /// The serial.
    pub serial: Serial,
    /// When it was first observed there.
    #[serde(with = "crate::judge::millis")]
    pub first_seen: SystemTime,
}

/// The name of the zone file as the source of a copy, whatever its path.
pub(super) const ZONE_FILE: &str = "zone file";

impl AddressHistory {
    /// Returns the serial that it served last.
    pub fn serial(&self) -> Option<Serial> {
        Some(self.serials.last()?.serial)
    }

    /// Whether the last check found it in sync.
    pub fn was_in_sync(&self) -> bool {
        self.last_in_sync.is_some() && self.last_in_sync == self.last_checked
    }

    /// Returns the 95th percentile of the latencies of publications; `None` if too few were observed.
    pub fn usual_latency(&self) -> Option<Duration> {
        /// Fewer do not tell what is usual.
        const MIN_LATENCIES: usize = 5;
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        // The nearest rank: the smallest that 95 of 100 do not exceed.
        let rank = (latencies.len() * 95).div_ceil(100);
        let latency = *latencies.get(rank.checked_sub(1)?)?;
        (latencies.len() >= MIN_LATENCIES).then(|| Duration::from_millis(latency))
    }
}

impl History {
    /// Returns the history of the link on which servers of a role get the zone.
    pub fn of(&self, role: Role) -> &Self {
        self.downstream.as_deref().filter(|_| role == Role::Secondary).unwrap_or(self)
    }

    /// The same history where it is not known how the verdicts over the addresses have changed until their last checks.
    #[must_use]
    pub fn without_changes(mut self) -> Self {
        self.addresses.values_mut().for_each(AddressHistory::begin_record);
        self.downstream = self.downstream.map(|downstream| Box::new(downstream.without_changes()));
        self
    }

    /// Compares a copy with the stored copies of its serial.
    pub fn resemblance(&self, serial: Serial, copy: &Fingerprint) -> Resemblance {
        let of_serial = self.versions.iter().filter(|version| version.serial == serial);
        let mut resemblance = Resemblance::Unknown;
        for stored in of_serial.filter_map(|version| version.copy.as_ref()) {
            match stored.fingerprint.compare(copy) {
                Resemblance::Same => return Resemblance::Same,
                Resemblance::Different => resemblance = Resemblance::Different,
                Resemblance::Unknown => {}
            }
        }
        resemblance
    }
}

#[cfg(test)]
mod tests;
