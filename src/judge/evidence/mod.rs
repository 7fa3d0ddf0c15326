//! Everything that one round has learnt so far.

pub(crate) mod alternation;
pub mod relation;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use self::relation::{Relation, between};
use super::history::History;
use crate::digest::{Profile, Sums};
use crate::dns::edns::Edns;
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::dns::{Name, Serial, Soa};
use crate::observe::{Copy, Failure, Observation, Reading, Reply, Span, UdpOutcome};
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

/// What one target said.
#[derive(Debug, Default)]
pub struct Responses {
    /// How often it was asked, each time with as many questions as there were samples.
    pub looks: u32,
    /// Every answer to a SOA question, in order of time.
    pub observations: Vec<Observation>,
    /// What it said to a question that was not signed, where the others are.
    pub unsigned: Option<Observation>,
    /// How often its copy was read, or tried to.
    pub readings: u32,
    /// Every copy that was read, in order of time.
    pub versions: Vec<ServedVersion>,
    /// The last copy that was read.
    pub copy: Option<Copy>,
    /// Why the last reading gave no copy.
    pub copy_failure: Option<Failure>,
}

/// One version that a target served as a whole.
#[derive(Clone, Debug)]
pub struct ServedVersion {
    /// When.
    pub span: Span,
    /// Its SOA.
    pub soa: Soa,
    /// The TTL of its SOA.
    pub soa_ttl: u32,
    /// The sums of its digest.
    pub sums: Sums,
}

/// A serial that a target showed, in an answer or in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialObservation {
    /// When.
    pub span: Span,
    /// The serial.
    pub serial: Serial,
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
                seen.span = seen.span.later_by(offset);
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
        track.observations.iter().any(|seen| seen.span.answered >= self.begun)
    }

    /// Takes in the answers of one look.
    pub fn observe(&mut self, target: TargetId, observations: Vec<Observation>) {
        if let Some(track) = self.tracks.get_mut(target.index()) {
            track.looks += 1;
            track.observations.extend(observations);
            track.observations.sort_by_key(|observation| observation.span.answered);
        }
    }

    /// Takes in a master file, read for the first time.
    pub fn found_zone_file(&mut self, name: String, reading: Reading) {
        self.zone_file = Some(ZoneFile { name, track: Responses::default() });
        self.read(Source::ZoneFile, reading);
    }

    /// Takes in a copy, or why there is none.
    pub fn read(&mut self, source: Source, reading: Reading) {
        let track = match source {
            Source::Target(target) => self.tracks.get_mut(target.index()),
            Source::ZoneFile => self.zone_file.as_mut().map(|file| &mut file.track),
        };
        let Some(track) = track else { return };
        track.readings += 1;
        match reading.copy {
            Ok(copy) => {
                let (soa, soa_ttl) = (copy.whole.soa.clone(), copy.whole.soa_ttl);
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
        copies.map(|copy| copy.digest.octets()).sum::<usize>() > LARGE
    }

    /// Returns the wall time at which this round began.
    pub fn looked(&self) -> SystemTime {
        self.wall_time(self.begun)
    }

    /// Returns the wall time of a moment of this round.
    pub fn wall_time(&self, moment: Duration) -> SystemTime {
        self.started.checked_add(moment).unwrap_or(self.started)
    }
}

impl Responses {
    /// Returns every serial that was shown, in order of time.
    pub fn serial_observations(&self) -> Vec<SerialObservation> {
        let mut serial_observations = Vec::with_capacity(self.observations.len() + self.versions.len());
        serial_observations.extend(self.seen());
        serial_observations.sort_by_key(|sighting| sighting.span.answered);
        serial_observations
    }

    /// Returns the last serial that was shown.
    pub fn last(&self) -> Option<SerialObservation> {
        self.seen().max_by_key(|sighting| sighting.span.answered)
    }

    fn seen(&self) -> impl Iterator<Item = SerialObservation> {
        let answers = self.observations.iter().filter_map(|observation| {
            Some(SerialObservation { span: observation.span, serial: observation.soa()?.serial })
        });
        let copies = self
            .versions
            .iter()
            .map(|version| SerialObservation { span: version.span, serial: version.soa.serial });
        answers.chain(copies)
    }

    /// Returns the last SOA that was answered; of a file, the last that was read.
    pub fn soa(&self) -> Option<&Soa> {
        let read = || self.versions.last().filter(|_| self.observations.is_empty());
        let answered = self.observations.iter().rev().find_map(Observation::soa);
        answered.or_else(|| read().map(|version| &version.soa))
    }

    /// Returns the observation that says most: the last with a SOA, else the last reply, else the last.
    pub fn best_response(&self) -> Option<&Observation> {
        let last =
            |usable: fn(&Observation) -> bool| self.observations.iter().rev().find(|seen| usable(seen));
        last(|seen| seen.soa().is_some())
            .or_else(|| last(|seen| seen.reply.is_ok()))
            .or_else(|| last(|_| true))
    }

    /// Returns the reply that says most.
    pub fn reply(&self) -> Option<&Reply> {
        self.best_response()?.reply.as_ref().ok()
    }

    /// Returns what stood in the OPT record of that reply.
    pub fn edns(&self) -> Option<&Edns> {
        self.reply().map(|reply| &reply.edns)
    }

    /// Returns why there was no usable answer to any question.
    pub fn failure(&self) -> Option<&Failure> {
        self.best_response()?.failure()
    }

    /// Returns the serial that is served to unsigned questions, if it is another one than the signed ones
    /// saw before and after.
    pub fn other_view(&self) -> Option<SerialObservation> {
        let unsigned = self.unsigned.as_ref()?;
        let seen = SerialObservation { span: unsigned.span, serial: unsigned.soa()?.serial };
        (between(seen, &self.serial_observations()) != Relation::Current).then_some(seen)
    }

    /// Returns whether some question was answered after its datagrams fared so.
    pub fn has_datagrams(&self, fate: UdpOutcome) -> bool {
        let answered = |seen: &&Observation| seen.reply.is_ok();
        self.observations.iter().filter(answered).any(|seen| seen.datagrams == fate)
    }

    /// Returns whether every answer came over TCP, for no datagram had one.
    pub fn is_udp_unanswered(&self) -> bool {
        self.has_datagrams(UdpOutcome::Unanswered)
            && !self.has_datagrams(UdpOutcome::Answered)
            && !self.has_datagrams(UdpOutcome::Truncated)
    }

    /// Returns whether this host has no way at all to addresses of this family.
    pub fn is_unusable_family(&self) -> bool {
        self.failure() == Some(&Failure::FamilyUnusable)
    }
}
