//! Everything that one round has learnt so far.

pub(crate) mod alternation;
pub(crate) mod comparison;
pub(crate) mod mismatch;
pub(crate) mod regression;
pub mod relation;
mod responses;
pub(crate) mod timeline;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use self::responses::{Responses, SerialObservation, ServedVersion};

use super::history::{AddressHistory, FILE, History};
use crate::digest::{Fingerprint, Profile};
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::dns::{Name, Serial};
use crate::observe::{Copy, CopyAttempt, Observation};
use crate::plan::{Plan, Role, Source, Target, TargetId};

/// Octets of records that are compared in no time worth mentioning.
const LARGE: usize = 64 * 1024;

/// What one round over one zone has learnt.
#[derive(Debug)]
pub struct Evidence {
    /// What was to be done. Members may be added: the primary that the SOA names, the NS set.
    pub plan: Plan,
    /// How digests are made.
    pub profile: Arc<Profile>,
    /// The wall time at which all spans begin.
    pub started: SystemTime,
    /// When this round began, as a span: what is from before that was said in an earlier one.
    pub begun: Duration,
    /// What was known before the round.
    pub history: History,
    /// What each target said, in the order of the plan.
    tracks: Vec<Responses>,
    /// The primary that the SOA names, once it was looked for.
    pub mname: Option<Mname>,
    /// The master file that every server is held against, once it was read.
    pub zone_file: Option<ZoneFile>,
    /// What the reference was asked to explain, each serial once.
    pub explanations: Vec<Explanation>,
}

/// What has changed at a reference since a serial that somebody still shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The reference.
    pub reference: TargetId,
    /// The serial.
    pub since: Serial,
    /// What it answered, if that was whole.
    pub delta: Option<ChangedRrsets>,
}

/// A master file.
#[derive(Debug)]
pub struct ZoneFile {
    /// Its path, as its user gave it.
    pub name: String,
    /// Every copy that was read from it.
    pub track: Responses,
}

/// The search for the primary that the SOA names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mname {
    /// Its name.
    pub name: Name,
    /// Its addresses.
    pub targets: Vec<TargetId>,
    /// The first target that was added for it; it and all after are no servers that anybody named.
    added_from: Option<TargetId>,
}

/// What one target said in an earlier round.
#[derive(Debug)]
pub struct EarlierResponses {
    /// Who: as [`Target::id`] has it.
    pub address: String,
    /// The wall time at which its spans begin.
    pub started: SystemTime,
    /// What it said; the copies are not kept.
    pub track: Responses,
}

impl Evidence {
    /// Starts with nothing known.
    pub fn new(plan: Plan, profile: Arc<Profile>, started: SystemTime) -> Self {
        let tracks = plan.targets.iter().map(|_| Responses::default()).collect();
        let history = History::default();
        let (mname, zone_file, explanations) = (None, None, Vec::new());
        let begun = Duration::ZERO;
        Self { plan, profile, started, begun, history, tracks, mname, zone_file, explanations }
    }

    /// The same with what earlier rounds have shown.
    #[must_use]
    pub fn remembering(self, history: History) -> Self {
        Self { history, ..self }
    }

    /// The same with what some targets said before, who then are not asked again without a reason.
    #[must_use]
    pub fn carrying(mut self, earlier: Vec<EarlierResponses>) -> Self {
        let now = self.started;
        let first = earlier.iter().map(|earlier| earlier.started).min().map_or(now, |first| first.min(now));
        self.started = first;
        self.begun = now.duration_since(first).unwrap_or_default();
        for EarlierResponses { address: whose, started, mut track } in earlier {
            let offset = started.duration_since(first).unwrap_or_default();
            for seen in track.observations.iter_mut().chain(&mut track.unsigned) {
                seen.span = seen.span.shifted_by(offset);
            }
            let id = self.plan.iter().find(|(_, target)| target.id() == whose).map(|(id, _)| id);
            if let Some(known) = id.and_then(|id| self.tracks.get_mut(id.index())) {
                *known = track;
            }
        }
        self
    }

    /// Returns what every target said, for a round that asks only some of them.
    pub fn earlier(self) -> Vec<EarlierResponses> {
        let started = self.started;
        let earlier = |(target, track): (&Target, Responses)| {
            let Responses { looks, observations, unsigned, .. } = track;
            let track = Responses { looks, observations, unsigned, ..Responses::default() };
            EarlierResponses { address: target.id(), started, track }
        };
        self.plan.targets.iter().zip(self.tracks).map(earlier).collect()
    }

    /// Returns whether a target said anything in this round.
    pub(super) fn was_asked(&self, track: &Responses) -> bool {
        track.observations.iter().any(|seen| seen.span.end >= self.begun)
    }

    /// Takes in the answers of one look.
    pub fn observe(&mut self, target: TargetId, observations: Vec<Observation>) {
        if let Some(track) = self.tracks.get_mut(target.index()) {
            track.looks += 1;
            track.observations.extend(observations);
            track.observations.sort_by_key(|observation| observation.span.end);
        }
    }

    /// Takes in a master file, read for the first time.
    pub fn found_zone_file(&mut self, name: String, reading: CopyAttempt) {
        self.zone_file = Some(ZoneFile { name, track: Responses::default() });
        self.read(Source::ZoneFile, reading);
    }

    /// Takes in a copy, or why there is none.
    pub fn read(&mut self, source: Source, reading: CopyAttempt) {
        let track = match source {
            Source::Target(target) => self.tracks.get_mut(target.index()),
            Source::ZoneFile => self.zone_file.as_mut().map(|file| &mut file.track),
        };
        let Some(track) = track else { return };
        track.readings += 1;
        match reading.copy {
            Ok(copy) => {
                let (soa, soa_ttl) = (copy.summary.soa.clone(), copy.summary.soa_ttl);
                track.versions.push(ServedVersion {
                    span: reading.span,
                    soa,
                    soa_ttl,
                    sums: copy.digest.sums(),
                });
                track.copy = Some(copy);
                track.copy_failure = None;
            }
            Err(failure) => track.copy_failure = Some(failure),
        }
    }

    /// Takes in where the primary is that the SOA names; its addresses that are new become targets.
    pub fn found_mname(&mut self, name: Name, candidates: Vec<Target>) {
        let named = |(_, target): &(TargetId, &Target)| target.host.as_ref() == Some(&name);
        let mut targets: Vec<TargetId> = self.plan.iter().filter(named).map(|(id, _)| id).collect();
        let mut added_from = None;
        for candidate in candidates {
            let known = self.plan.iter().find(|(_, target)| target.address == candidate.address);
            if let Some((id, _)) = known {
                targets.push(id);
                continue;
            }
            let id = self.plan.add(candidate);
            self.tracks.push(Responses::default());
            added_from = added_from.or(Some(id));
            targets.push(id);
        }
        targets.sort_unstable();
        targets.dedup();
        self.mname = Some(Mname { name, targets, added_from });
    }

    /// Takes in the answer to a question that was not signed.
    pub fn observe_unsigned(&mut self, target: TargetId, observation: Observation) {
        if let Some(track) = self.tracks.get_mut(target.index()) {
            track.unsigned = Some(observation);
        }
    }

    /// Takes in what has changed at a reference since a serial, if it said so.
    pub fn explained(&mut self, reference: TargetId, since: Serial, delta: Option<ChangedRrsets>) {
        self.explanations.push(Explanation { reference, since, delta });
    }

    /// Returns what has changed at a reference between two serials, as far as it is known.
    pub fn delta(&self, reference: Source, from: Serial, to: Serial) -> Option<&ChangedRrsets> {
        let asked = self.explanations.iter().filter(|asked| Source::Target(asked.reference) == reference);
        asked.filter_map(|asked| asked.delta.as_ref()).find(|delta| (delta.from, delta.to) == (from, to))
    }

    /// Returns the track of a target, or of the zone file.
    pub fn track(&self, source: impl Into<Source>) -> Option<&Responses> {
        match source.into() {
            Source::Target(target) => self.tracks.get(target.index()),
            Source::ZoneFile => self.zone_file.as_ref().map(|file| &file.track),
        }
    }

    /// Returns the tracks of all targets, in the order of the plan.
    pub fn tracks(&self) -> impl Iterator<Item = (TargetId, &Responses)> {
        self.plan.ids().zip(&self.tracks)
    }

    /// Returns all tracks, that of the zone file too.
    pub(super) fn all_tracks(&self) -> impl Iterator<Item = &Responses> {
        self.tracks.iter().chain(self.track(Source::ZoneFile))
    }

    /// Returns the targets that are judged: not those that this host cannot reach at
    /// all, nor a primary that only the SOA names and that does not answer as one.
    pub fn judged(&self) -> impl Iterator<Item = TargetId> {
        self.tracks().filter_map(|(id, track)| {
            let wanted = !self.is_added(id) || track.soa().is_some();
            (wanted && !track.is_unusable_family()).then_some(id)
        })
    }

    /// Returns the configured primaries.
    pub fn primaries(&self) -> impl Iterator<Item = TargetId> {
        self.plan.with_role(Role::Primary).filter(|&id| !self.is_added(id))
    }

    /// Whether a target is known from the MNAME of the SOA alone.
    fn is_added(&self, id: TargetId) -> bool {
        let added_from = self.mname.as_ref().and_then(|mname| mname.added_from);
        added_from.is_some_and(|added_from| id >= added_from)
    }

    /// Returns whether it takes a while to hold the copies against each other.
    pub fn is_large(&self) -> bool {
        let copies = self.all_tracks().filter_map(|track| track.copy.as_ref());
        copies.map(|copy| copy.digest.kept_bytes()).sum::<usize>() > LARGE
    }

    /// Returns the wall time at which this round began.
    pub fn looked(&self) -> SystemTime {
        self.wall_time(self.begun)
    }

    /// Returns the wall time of a moment of this round.
    pub fn wall_time(&self, moment: Duration) -> SystemTime {
        self.started.checked_add(moment).unwrap_or(self.started)
    }

    /// Returns the name by which it is remembered where a copy came from: a target, or the zone file.
    pub(super) fn source_name(&self, source: Source) -> Option<String> {
        match source {
            Source::ZoneFile => Some(FILE.to_owned()),
            Source::Target(target) => self.plan.target(target).map(Target::id),
        }
    }

    /// Returns what earlier rounds saw at a target.
    pub fn past(&self, target: TargetId) -> Option<&AddressHistory> {
        // A look without a memory need not even know by what name it would remember.
        if self.history.addresses.is_empty() {
            return None;
        }
        self.history.addresses.get(&self.plan.target(target)?.id())
    }

    /// Returns the fingerprint of a copy.
    pub(super) fn fingerprint(&self, copy: &Copy) -> Fingerprint {
        Fingerprint::of(&copy.digest, &self.plan.zone, &copy.summary.soa, copy.summary.records)
    }
}
