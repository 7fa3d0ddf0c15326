//! The text that Prometheus scrapes (exposition format 0.0.4), as for node exporter's textfile collector.
//!
//! Families come one after the other, so every sample is kept until the end. What is not known is absent:
//! never 0, -1 or NaN. Labels hold names and codes alone, no serial and no record.

mod exposition;
mod family;

use std::collections::{BTreeSet, HashSet};
use std::fmt::{Display, Write as _};
use std::time::SystemTime;

use crate::compare::Kind;
use crate::judge::Verdict;
use crate::report::build::seconds;
use crate::report::model::{FindingReport, ServerReport};
use crate::report::{RunSummary, ServerSnapshot, ZoneCounts, ZoneReport, ZoneSnapshot};
use family::Family;

pub use exposition::{ExpositionDetail, exposition, series};

/// How much is told of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// All of it.
    Servers,
    /// What has no label of a server.
    Zone,
}

/// All zones in one exposition.
#[derive(Debug)]
pub(crate) struct Prometheus {
    /// The samples of each family, in the order of [`Family::all`].
    samples: Vec<String>,
    /// Zones that were told; one that is asked for twice has one set of samples.
    told: HashSet<String>,
    /// What was told of when it was looked at: a run ends soon after its last look.
    seen: Vec<Seen>,
}

/// What has a time, which is known only when the run ends.
#[derive(Debug)]
enum Seen {
    /// A zone, by its labels.
    Zone(String),
    /// An address that answered with authority.
    Answer {
        labels: String,
        in_sync: bool,
        /// Seconds until its copy expires.
        expire: Option<u32>,
    },
}

impl Default for Prometheus {
    fn default() -> Self {
        Self { samples: vec![String::new(); Family::COUNT], told: HashSet::new(), seen: Vec::new() }
    }
}

impl Prometheus {
    /// Keeps the samples of a zone.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        if self.told.insert(zone.zone.clone()) {
            self.samples_of(zone, None, Scope::Servers);
        }
        String::new()
    }

    /// Adds the samples of a zone; `known` tells when it was seen, and what its history says beside the report.
    fn samples_of(&mut self, zone: &ZoneReport, known: Option<&ZoneSnapshot>, scope: Scope) {
        let labels = label("zone", zone.label());
        match known {
            Some(known) => self.history(&labels, known),
            None => self.seen.push(Seen::Zone(labels.clone())),
        }
        self.add(Family::ZoneInSync, &labels, u8::from(is_in_sync(zone)));
        for verdict in Verdict::ALL {
            let of_it = zone.servers.iter().filter(|server| server.verdict == verdict).count();
            self.add(Family::ZoneAddresses, &with(&labels, "verdict", verdict.code()), of_it);
        }
        let of_servers = zone.servers.iter().flat_map(|server| &server.findings);
        self.findings(Family::ZoneFinding, &labels, zone.findings.iter().chain(of_servers));
        self.add_known(Family::ZoneWrongAnswerRatio, &labels, zone.wrong_answer_ratio);
        if let Some(reference) = &zone.reference {
            self.add(Family::ZoneReferenceSoaSerial, &labels, reference.serial);
            self.add(Family::ZoneSoaRefreshSeconds, &labels, reference.refresh);
            self.add(Family::ZoneSoaExpireSeconds, &labels, reference.expire);
            let of_it = |server: &&ServerReport| Some(&server.address) == reference.address.as_ref();
            let copy = zone.servers.iter().find(of_it).and_then(|server| server.copy.as_ref());
            let copy = copy.or(reference.copy.as_ref());
            self.add_known(Family::ZoneReferenceRecords, &labels, copy.map(|copy| copy.records));
        }
        if scope == Scope::Zone {
            return;
        }
        // Under two keys one address may have two verdicts; labels tell of one, and that is the worst.
        let mut servers: Vec<(String, &ServerReport, Option<&ServerSnapshot>)> = zone
            .servers
            .iter()
            .enumerate()
            .map(|(place, server)| {
                let labels = with(&with(&labels, "server", &server.server), "address", &server.address);
                (labels, server, known.and_then(|known| known.servers.get(place)))
            })
            .collect();
        servers.sort_by_key(|(_, server, _)| (server.severity, server.verdict));
        let mut told = HashSet::new();
        for (labels, server, seen) in servers {
            if told.insert(labels.clone()) {
                self.server(&labels, server, seen);
            }
        }
    }

    /// Adds what the history of a zone says.
    fn history(&mut self, labels: &str, known: &ZoneSnapshot) {
        self.add_known(Family::ZoneLastCheck, labels, since_1970(known.checked));
        self.add(Family::ZonePublications, labels, known.publications);
        self.add(Family::ZoneSerialRegressions, labels, known.regressions);
        self.add_known(Family::ZoneLastPublication, labels, known.last_publication.and_then(since_1970));
        self.add(Family::ZoneCheckDuration, labels, seconds(known.took));
    }

    fn server(&mut self, labels: &str, server: &ServerReport, seen: Option<&ServerSnapshot>) {
        let answer = server.answer.as_ref().filter(|answer| answer.authoritative && server.serial.is_some());
        let up = answer.is_some() && !matches!(server.verdict, Verdict::Lame | Verdict::Unreachable);
        self.add(Family::ServerUp, labels, u8::from(up));
        self.add_known(Family::ServerSoaSerial, labels, server.serial);
        self.add_known(Family::ServerSerialLag, labels, server.serial_lag);
        for verdict in Verdict::ALL {
            let labels = with(labels, "verdict", verdict.code());
            self.add(Family::ServerVerdict, &labels, u8::from(server.verdict == verdict));
        }
        self.findings(Family::ServerFinding, labels, server.findings.iter());
        if let Some(differences) = &server.differences {
            for (kind, name) in [
                (Kind::Missing, "missing"),
                (Kind::Extra, "extra"),
                (Kind::Changed, "changed"),
                (Kind::Ttl, "ttl"),
            ] {
                let labels = with(labels, "kind", name);
                self.add(Family::ServerDifferingRrsets, &labels, differences.count(kind));
            }
        }
        self.add_known(Family::ServerOutOfSyncSince, labels, server.since.as_deref().and_then(unix));
        self.add_known(Family::ServerDeadline, labels, server.deadline.as_deref().and_then(unix));
        let answered = server.answer.as_ref();
        self.add_known(Family::ServerQueryDuration, labels, answered.map(|answer| answer.rtt_seconds));
        if let Some(copy) = &server.copy {
            self.add(Family::ServerTransferDuration, labels, copy.seconds);
            self.add(Family::ServerTransferSize, labels, copy.bytes);
            let expiry = copy.signatures_expire.as_deref().and_then(unix);
            self.add_known(Family::ServerRrsigExpiry, labels, expiry);
        }
        if let Some(seen) = seen {
            let answered = seen.last_answer.and_then(since_1970);
            self.add_known(Family::ServerLastAnswer, labels, answered);
            self.add_known(Family::ServerLastInSync, labels, seen.last_in_sync.and_then(since_1970));
            self.add_known(Family::ServerPublicationLatency, labels, seen.latency.map(seconds));
            let expire = answer.and_then(|answer| answer.expire_seconds).filter(|_| up).map(u64::from);
            let expiry = answered.and_then(|answered| Some(answered + expire?));
            self.add_known(Family::ServerExpiry, labels, expiry);
        } else if let Some(answer) = answer.filter(|_| up) {
            let in_sync = server.verdict == Verdict::InSync;
            self.seen.push(Seen::Answer {
                labels: labels.to_owned(),
                in_sync,
                expire: answer.expire_seconds,
            });
        }
    }

    /// Each code once, however often it was found.
    fn findings<'f>(
        &mut self,
        family: Family,
        labels: &str,
        findings: impl Iterator<Item = &'f FindingReport>,
    ) {
        let codes: BTreeSet<&str> = findings.map(|finding| finding.code).collect();
        for code in codes {
            self.add(family, &with(labels, "code", code), 1);
        }
    }

    /// Returns the exposition.
    pub(crate) fn end(mut self, run: &RunSummary, counts: &ZoneCounts) -> String {
        for verdict in Verdict::ALL {
            let zones = counts.verdicts.get(&verdict).copied().unwrap_or_default();
            self.add(Family::Zones, &label("verdict", verdict.code()), zones);
        }
        self.add(Family::BuildInfo, &label("version", run.probe.version), 1);
        if let Some(now) = unix(&run.generated_at) {
            for seen in std::mem::take(&mut self.seen) {
                self.date(&seen, now);
            }
        }
        self.text()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (family, samples) in Family::all().zip(&self.samples) {
            if !samples.is_empty() {
                family.head(&mut text);
                text.push_str(samples);
            }
        }
        text
    }

    fn date(&mut self, seen: &Seen, now: u64) {
        match seen {
            Seen::Zone(labels) => self.add(Family::ZoneLastCheck, labels, now),
            Seen::Answer { labels, in_sync, expire } => {
                self.add(Family::ServerLastAnswer, labels, now);
                self.add_known(Family::ServerLastInSync, labels, in_sync.then_some(now));
                let expiry = expire.map(|expire| now + u64::from(expire));
                self.add_known(Family::ServerExpiry, labels, expiry);
            }
        }
    }

    /// Adds a sample without labels.
    fn sample_of_probe(&mut self, family: Family, value: impl Display) {
        if let Some(samples) = self.samples.get_mut(family as usize) {
            let _ = writeln!(samples, "{} {value}", family.name());
        }
    }

    fn add_known(&mut self, family: Family, labels: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.add(family, labels, value);
        }
    }

    fn add(&mut self, family: Family, labels: &str, value: impl Display) {
        if let Some(samples) = self.samples.get_mut(family as usize) {
            // Writing to text does not fail.
            let _ = writeln!(samples, "{}{{{labels}}} {value}", family.name());
        }
    }
}

/// Returns whether every address is in sync, and there is one.
fn is_in_sync(zone: &ZoneReport) -> bool {
    let all = zone.servers.iter().all(|server| server.verdict == Verdict::InSync);
    all && !zone.servers.is_empty()
}

/// Seconds since 1970 of a time in a report.
fn unix(time: &str) -> Option<u64> {
    since_1970(humantime::parse_rfc3339(time).ok()?)
}

fn since_1970(time: SystemTime) -> Option<u64> {
    Some(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}

/// Writes a label; its value may hold anything.
fn label(name: &str, value: &str) -> String {
    let mut label = format!("{name}=\"");
    for character in value.chars() {
        match character {
            '\\' => label.push_str("\\\\"),
            '"' => label.push_str("\\\""),
            '\n' => label.push_str("\\n"),
            // As zone files write an octet, in digits.
            control if control.is_control() => {
                label.push_str(&format!("\\\\{:03}", u32::from(control)));
            }
            other => label.push(other),
        }
    }
    label.push('"');
    label
}

fn with(labels: &str, name: &str, value: &str) -> String {
    format!("{labels},{}", label(name, value))
}
