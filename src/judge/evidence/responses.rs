//! What one target answered, and the copies that were read from it.

use crate::digest::Sums;
use crate::dns::edns::Edns;
use crate::dns::{Serial, Soa};
use crate::observe::{Copy, Failure, Observation, SoaResponse, TimeSpan, UdpOutcome};

/// How often a thing must have been seen before a server is accused of it.
pub(super) const MIN_SIGHTINGS: usize = 2;

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
    pub span: TimeSpan,
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
    pub span: TimeSpan,
    /// The serial.
    pub serial: Serial,
}

impl Responses {
    /// Returns every serial that was shown, in order of time.
    pub fn serial_observations(&self) -> Vec<SerialObservation> {
        let mut serial_observations = Vec::with_capacity(self.observations.len() + self.versions.len());
        serial_observations.extend(self.seen());
        serial_observations.sort_by_key(|sighting| sighting.span.end);
        serial_observations
    }

    /// Returns the last serial that was shown.
    pub fn last(&self) -> Option<SerialObservation> {
        self.seen().max_by_key(|sighting| sighting.span.end)
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
            .or_else(|| last(|seen| seen.response.is_ok()))
            .or_else(|| last(|_| true))
    }

    /// Returns the reply that says most.
    pub fn reply(&self) -> Option<&SoaResponse> {
        self.best_response()?.response.as_ref().ok()
    }

    /// Returns what stood in the OPT record of that reply.
    pub fn edns(&self) -> Option<&Edns> {
        self.reply().map(|reply| &reply.edns)
    }

    /// Returns why there was no usable answer to any question.
    pub fn failure(&self) -> Option<&Failure> {
        self.best_response()?.failure()
    }

    /// Returns whether some question was answered after its datagrams fared so.
    pub fn has_datagrams(&self, fate: UdpOutcome) -> bool {
        let answered = |seen: &&Observation| seen.response.is_ok();
        self.observations.iter().filter(answered).any(|seen| seen.udp == fate)
    }

    /// Returns whether every answer came over TCP, for no datagram had one.
    pub fn is_udp_unanswered(&self) -> bool {
        self.has_datagrams(UdpOutcome::Unanswered)
            && !self.has_datagrams(UdpOutcome::Answered)
            && !self.has_datagrams(UdpOutcome::Truncated)
    }

    /// Returns whether the last copy was read more than once.
    pub(super) fn is_read_again(&self) -> bool {
        let Some(copy) = &self.copy else { return false };
        self.versions.iter().filter(|version| version.is_of(copy)).count() >= MIN_SIGHTINGS
    }

    /// Returns whether this host has no way at all to addresses of this family.
    pub fn is_unusable_family(&self) -> bool {
        self.failure() == Some(&Failure::FamilyUnusable)
    }
}

impl ServedVersion {
    /// Returns whether this is the version of a copy: the same SOA, and the same records, TTLs and signatures
    /// apart.
    fn is_of(&self, copy: &Copy) -> bool {
        self.soa == copy.summary.soa && self.sums.content == copy.digest.sums().content
    }

    /// Returns whether two versions are the same in every record; of the SOA the serial apart.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.sums == other.sums && self.soa_ttl == other.soa_ttl && self.soa.same_but_serial(&other.soa)
    }

    /// Returns whether two versions are of one serial and the same records, TTLs and signatures apart.
    pub(super) fn has_content_of(&self, other: &Self) -> bool {
        self.soa == other.soa && self.sums.content == other.sums.content
    }

    pub(super) fn differs_at_the_serial_of(&self, other: &Self) -> bool {
        self.soa.serial == other.soa.serial && !self.has_content_of(other)
    }
}
