//! What one target answered, and the copies that were read from it.

use std::time::Duration;

use crate::digest::{Fingerprint, Resemblance, Sums};
use crate::dns::edns::Edns;
use crate::dns::message::{NOTAUTH, REFUSED};
use crate::dns::{Serial, Soa};
use crate::observe::{
    Asked, AskedAttempt, Content, Copy, CopyAttempt, Failure, KeySighting, Observation, ServerCertificate,
    SoaResponse, TimeSpan, UdpOutcome,
};

/// The fewest observations of a fault before a server is accused of it.
pub(super) const MIN_OBSERVATIONS: usize = 2;

/// How often a server is queried at most to see whether it answers over UDP.
const MAX_UDP_ATTEMPTS: u32 = 3;

/// What one target answered, or what was read from the zone file.
#[derive(Debug, Default)]
pub struct Responses {
    /// How often its SOA was queried, each time with as many queries as there are samples.
    pub attempts: u32,
    /// What it answered to each SOA query, in order of time.
    pub observations: Vec<Observation>,
    /// What it answered to a SOA query without a TSIG key, where the others have one.
    pub unsigned: Option<Observation>,
    /// How often its copy was read, or a read was tried.
    pub copy_attempts: u32,
    /// Every version of which a copy was read, in order of time.
    pub versions: Vec<ServedVersion>,
    /// The content that was read last.
    pub content: Option<Content>,
    /// Why the last attempt gave no copy.
    pub copy_failure: Option<Failure>,
    /// How often it was asked for RRsets.
    pub ask_attempts: u32,
    /// What it answered when it was last asked for RRsets.
    pub asked: Option<Content>,
    /// Why the last attempt gave no answers about one version.
    pub ask_failure: Option<Failure>,
    /// The keys that it has shown in copies and answers, in order of time, where each server has its own.
    pub keys: Vec<KeySighting>,
}

/// A version that a target served as a whole.
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
    /// Its fingerprint, in which records that are sent twice count once.
    pub fingerprint: Fingerprint,
    /// Whether its SOA is content, apart from the serial.
    pub compares_soa: bool,
}

/// A serial that a target served, in a response or in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialObservation {
    /// When.
    pub span: TimeSpan,
    /// The serial.
    pub serial: Serial,
}

impl Responses {
    /// Takes in a copy and its fingerprint, or why there is none.
    pub(super) fn observe_copy(
        &mut self,
        CopyAttempt { span, copy }: CopyAttempt,
        fingerprint: Option<Fingerprint>,
        compares_soa: bool,
    ) {
        self.copy_attempts += 1;
        match copy {
            Ok(copy) => {
                let (soa, soa_ttl) = (copy.summary.soa.clone(), copy.summary.soa_ttl);
                let sums = copy.digest.sums();
                self.versions.extend(fingerprint.map(|fingerprint| ServedVersion {
                    span,
                    soa,
                    soa_ttl,
                    sums,
                    fingerprint,
                    compares_soa,
                }));
                self.content = Some(Content::Whole(copy));
                self.copy_failure = None;
            }
            Err(failure) => {
                // Earlier copies from this server may be just as wrong, even if they seemed complete.
                if matches!(failure, Failure::MalformedTransfer(_)) {
                    self.versions.clear();
                    self.keys.clear();
                    self.content = None;
                }
                self.copy_failure = Some(failure);
            }
        }
    }

    /// Takes in what it answered when it was asked for RRsets, or why there are no answers.
    pub(super) fn observe_asked(&mut self, AskedAttempt { asked, .. }: AskedAttempt) {
        self.ask_attempts += 1;
        match asked {
            Ok(asked) => {
                self.keys.extend(asked.keys.iter().cloned());
                self.asked = Some(Content::Asked(asked));
                self.ask_failure = None;
            }
            Err(failure) => self.ask_failure = Some(failure),
        }
    }

    /// What it answered to SOA queries, without its records.
    pub(super) fn of_soa_queries(&self) -> Self {
        let Self { attempts, observations, unsigned, .. } = self;
        let (observations, unsigned) = (observations.clone(), unsigned.clone());
        Self { attempts: *attempts, observations, unsigned, ..Self::default() }
    }

    /// What it answered when it was last asked for RRsets.
    pub fn asked(&self) -> Option<&Asked> {
        self.asked.as_ref()?.asked()
    }

    /// When its records were last read, by transfer or by queries.
    pub(in crate::judge) fn records_read(&self) -> Option<Duration> {
        let copied = self.versions.last().map(|version| version.span.end);
        copied.max(self.asked().map(|asked| asked.span.end))
    }

    /// Its records as they were read: its answers if it was asked, else its copy.
    pub fn records(&self) -> Option<&Content> {
        self.asked.as_ref().or(self.content.as_ref())
    }

    /// Whether its records are known, from a copy or from its answers.
    pub fn has_records(&self) -> bool {
        self.content.is_some() || self.asked.is_some()
    }

    /// The last copy that was read, if it is a whole one.
    pub fn copy(&self) -> Option<&Copy> {
        self.content.as_ref()?.whole()
    }

    /// Returns the version of that copy.
    pub(in crate::judge) fn copied_version(&self) -> Option<&ServedVersion> {
        self.versions.last().filter(|_| self.copy().is_some())
    }

    /// Returns every serial that was served, in order of time.
    pub fn serial_observations(&self) -> Vec<SerialObservation> {
        let mut serials = Vec::with_capacity(self.observations.len() + self.versions.len());
        serials.extend(self.serials());
        serials.sort_by_key(|observation| observation.span.end);
        serials
    }

    /// Returns the serial that was served last.
    pub fn latest(&self) -> Option<SerialObservation> {
        self.serials().max_by_key(|observation| observation.span.end)
    }

    fn serials(&self) -> impl Iterator<Item = SerialObservation> {
        let responses = self.observations.iter().filter_map(|observation| {
            Some(SerialObservation { span: observation.span, serial: observation.soa()?.serial })
        });
        let of_version =
            |version: &ServedVersion| SerialObservation { span: version.span, serial: version.soa.serial };
        let asked =
            self.asked().map(|asked| SerialObservation { span: asked.span, serial: asked.soa.serial });
        responses.chain(self.versions.iter().map(of_version)).chain(asked)
    }

    /// Returns the SOA of the last response; of a file, that of the last copy.
    pub fn soa(&self) -> Option<&Soa> {
        let read = || self.versions.last().filter(|_| self.observations.is_empty());
        let answered = self.observations.iter().rev().find_map(Observation::soa);
        answered.or_else(|| read().map(|version| &version.soa))
    }

    /// Returns the SOA of the last response, else that of the last copy: some servers give the zone by transfer alone.
    pub fn soa_or_copied(&self) -> Option<&Soa> {
        self.soa().or_else(|| Some(&self.versions.last()?.soa))
    }

    /// Whether it refuses SOA queries, as was seen twice. The second query is sent over TCP, as a transfer is.
    pub(in crate::judge) fn refuses_queries(&self) -> bool {
        let is_refused =
            |response: &SoaResponse| matches!(response.soa, Err(Failure::Rcode(REFUSED | NOTAUTH)));
        let last = self.observations.last().and_then(|observation| observation.response.as_ref().ok());
        self.attempts >= 2 && self.soa().is_none() && last.is_some_and(is_refused)
    }

    /// Whether it refuses SOA queries, and gives the zone by transfer.
    pub(in crate::judge) fn is_transfer_only(&self) -> bool {
        !self.versions.is_empty() && self.refuses_queries()
    }

    /// Returns the most telling observation: the last with a SOA, else the last with a response, else the last.
    pub fn best_observation(&self) -> Option<&Observation> {
        let last = |usable: fn(&Observation) -> bool| self.observations.iter().rev().find(|it| usable(it));
        last(|observation| observation.soa().is_some())
            .or_else(|| last(|observation| observation.response.is_ok()))
            .or_else(|| last(|_| true))
    }

    /// Returns the response of that observation.
    pub fn best_response(&self) -> Option<&SoaResponse> {
        self.best_observation()?.response.as_ref().ok()
    }

    /// Returns the OPT record of that response.
    pub fn edns(&self) -> Option<&Edns> {
        self.best_response().map(|response| &response.edns)
    }

    /// The certificate that it presented last, if it is asked over TLS.
    pub fn certificate(&self) -> Option<ServerCertificate> {
        let of = |observation: &Observation| observation.response.as_ref().ok()?.certificate;
        self.observations.iter().rev().find_map(of)
    }

    /// Why no response was usable.
    pub fn failure(&self) -> Option<&Failure> {
        self.best_observation()?.failure()
    }

    /// Whether some query was answered, and its datagrams had this outcome.
    pub fn has_udp_outcome(&self, outcome: UdpOutcome) -> bool {
        let mut answered = self.observations.iter().filter(|observation| observation.response.is_ok());
        answered.any(|observation| observation.udp == outcome)
    }

    /// Whether every SOA came over TCP, because no datagram was answered, or none with the SOA.
    pub fn is_udp_unanswered(&self) -> bool {
        let has = |outcome| self.has_udp_outcome(outcome);
        self.soa().is_some()
            && (has(UdpOutcome::Unanswered) || has(UdpOutcome::Unusable))
            && !has(UdpOutcome::Answered)
            && !has(UdpOutcome::Truncated)
    }

    /// Whether that was seen only once. It may be a moment of packet loss, or a server that has just started.
    pub(in crate::judge) fn is_udp_doubtful(&self) -> bool {
        let was_sent = |observation: &&Observation| observation.udp != UdpOutcome::NotSent;
        self.is_udp_unanswered()
            && self.observations.iter().filter(was_sent).count() < MIN_OBSERVATIONS
            && self.attempts < MAX_UDP_ATTEMPTS
    }

    /// Why the last datagram that was answered is of no use.
    pub fn udp_failure(&self) -> Option<&Failure> {
        let is_unusable = |observation: &&Observation| observation.udp == UdpOutcome::Unusable;
        self.observations.iter().rev().find(is_unusable)?.failure()
    }

    /// Whether the last copy was read more than once, the same each time.
    pub(super) fn is_copy_repeated(&self) -> bool {
        let Some(last) = self.copied_version() else { return false };
        self.versions.iter().filter(|version| version.has_content_of(last)).count() >= MIN_OBSERVATIONS
    }

    /// Whether this host has no address of the target's family.
    pub fn is_unusable_family(&self) -> bool {
        self.failure() == Some(&Failure::FamilyUnusable)
    }
}

impl ServedVersion {
    /// Whether two versions are the same in every record, the serial of the SOA apart.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let same_soa = || self.soa_ttl == other.soa_ttl && self.soa.same_but_serial(&other.soa);
        self.sums == other.sums && (!self.compares_soa || same_soa())
    }

    /// Whether two versions have the same SOA and the same records; TTLs, signatures and duplicates apart.
    pub(super) fn has_content_of(&self, other: &Self) -> bool {
        let is_same = || self.fingerprint.compare(&other.fingerprint) == Resemblance::Same;
        if self.compares_soa {
            return self.soa == other.soa && is_same();
        }
        self.soa.serial == other.soa.serial && (is_same() || self.sums.content == other.sums.content)
    }

    /// Whether two versions have one serial and different content, more than duplicates.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        let records = self.fingerprint.compare(&other.fingerprint);
        let differs = || {
            if self.compares_soa {
                self.soa != other.soa || records == Resemblance::Different
            } else {
                records == Resemblance::Different && self.sums.content != other.sums.content
            }
        };
        self.soa.serial == other.soa.serial && differs()
    }
}
