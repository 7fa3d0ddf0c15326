//! The text format of Prometheus (exposition format 0.0.4), as for the textfile collector of the node exporter.
//!
//! All samples of a family are adjacent, so they are kept until the end. An unknown value has no sample: it is
//! never 0, -1 or NaN. Labels contain names and codes only, no serials and no records.

mod exposition;
mod family;

use std::collections::{BTreeSet, HashSet};
use std::fmt::{Display, Write as _};
use std::time::SystemTime;

use crate::compare::{Coverage, DifferenceKind};
use crate::judge::{Verdict, WrongRrsets};
use crate::report::build::seconds;
use crate::report::model::{FindingReport, Method, ServerReport, kind_name};
use crate::report::{RunSummary, ServerSnapshot, ZoneCounts, ZoneReport, ZoneSnapshot};
use family::Family;

pub use exposition::{ExpositionDetail, estimated_series, exposition, is_exception};

/// The series that are written for a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SeriesScope {
    /// All series.
    Server,
    /// The series without a server label.
    Zone,
}

/// The samples of all zones so far.
#[derive(Debug)]
pub(crate) struct Prometheus {
    /// The samples of each family, in the order of [`Family::all`].
    samples: Vec<String>,
    /// The zones so far; a zone that is checked twice has one set of samples.
    zones: HashSet<String>,
    /// Samples whose value is the end of the run, which stands for the time of each check.
    pending: Vec<PendingTimestamp>,
}

/// A time that is known only at the end of the run.
#[derive(Debug)]
enum PendingTimestamp {
    /// When a zone was checked, by its labels.
    Check(String),
    /// When an address answered authoritatively.
    Answer {
        labels: String,
        in_sync: bool,
        /// Seconds until its copy expires.
        expire: Option<u32>,
    },
}

impl Default for Prometheus {
    fn default() -> Self {
        Self { samples: vec![String::new(); Family::COUNT], zones: HashSet::new(), pending: Vec::new() }
    }
}

impl Prometheus {
    /// Keeps the samples of a zone; prints nothing yet.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        if self.zones.insert(zone.zone.clone()) {
            self.samples_of(zone, None, SeriesScope::Server);
        }
        String::new()
    }

    /// Adds the samples of a zone, with those of its history if there is a snapshot.
    fn samples_of(&mut self, zone: &ZoneReport, snapshot: Option<&ZoneSnapshot>, scope: SeriesScope) {
        let labels = label("zone", zone.label());
        match snapshot {
            Some(snapshot) => self.add_history(&labels, snapshot),
            None => self.pending.push(PendingTimestamp::Check(labels.clone())),
        }
        self.add(Family::ZoneInSync, &labels, u8::from(is_in_sync(zone)));
        for verdict in Verdict::ALL {
            let count = zone.servers.iter().filter(|server| server.verdict == verdict).count();
            self.add(Family::ZoneAddresses, &with(&labels, "verdict", verdict.code()), count);
        }
        let of_servers = zone.servers.iter().flat_map(|server| &server.findings);
        self.add_findings(Family::ZoneFinding, &labels, zone.findings.iter().chain(of_servers));
        let wrong_answers = zone.wrong_answers.map(|wrong| wrong.ratio);
        self.add_known(Family::ZoneWrongAnswerRatio, &labels, wrong_answers);
        self.add_known(Family::ZoneWrongRrsetRatio, &labels, zone.wrong_rrsets.map(WrongRrsets::ratio));
        if let Some(reference) = &zone.reference {
            self.add(Family::ZoneReferenceSoaSerial, &labels, reference.serial);
            self.add(Family::ZoneSoaRefreshSeconds, &labels, reference.refresh);
            self.add(Family::ZoneSoaExpireSeconds, &labels, reference.expire);
            let is_reference =
                |server: &&ServerReport| server.address.is_some() && server.address == reference.address;
            let copy = zone.servers.iter().find(is_reference).and_then(|server| server.copy.as_ref());
            let copy = copy.or(reference.copy.as_ref()).filter(|copy| copy.coverage == Coverage::Whole);
            self.add_known(Family::ZoneReferenceRecords, &labels, copy.map(|copy| copy.records));
        }
        if scope == SeriesScope::Server {
            self.add_servers(&labels, zone, snapshot);
        }
    }

    /// Adds the samples of all addresses of a zone.
    fn add_servers(&mut self, labels: &str, zone: &ZoneReport, snapshot: Option<&ZoneSnapshot>) {
        // One address may have two verdicts, under two keys or over TLS and without. Neither is a label, so the worst
        // one counts.
        let mut servers: Vec<(String, &ServerReport, Option<&ServerSnapshot>)> = zone
            .servers
            .iter()
            .enumerate()
            .map(|(position, server)| {
                let labels = with(&with(labels, "server", &server.server), "address", server.address_text());
                (labels, server, snapshot.and_then(|snapshot| snapshot.servers.get(position)))
            })
            .collect();
        servers.sort_by_key(|(_, server, _)| (server.severity, server.verdict));
        let mut written = HashSet::new();
        for (labels, server, snapshot) in servers {
            if written.insert(labels.clone()) {
                self.add_server(&labels, server, snapshot);
            }
        }
    }

    /// Adds the samples of the history of a zone.
    fn add_history(&mut self, labels: &str, snapshot: &ZoneSnapshot) {
        self.add_known(Family::ZoneLastCheck, labels, since_1970(snapshot.checked));
        self.add_known(Family::ZoneRecordsCompared, labels, snapshot.records.compared.and_then(since_1970));
        self.add(Family::ZonePublications, labels, snapshot.publications);
        self.add(Family::ZoneSerialRegressions, labels, snapshot.regressions);
        self.add_known(Family::ZoneLastPublication, labels, snapshot.last_publication.and_then(since_1970));
        self.add(Family::ZoneCheckDuration, labels, seconds(snapshot.took));
    }

    fn add_server(&mut self, labels: &str, server: &ServerReport, snapshot: Option<&ServerSnapshot>) {
        let answer = server.answer.as_ref().filter(|answer| answer.authoritative && server.serial.is_some());
        let up = answer.is_some() && !matches!(server.verdict, Verdict::Lame | Verdict::Unreachable);
        // Of a server that was not asked, nothing is known.
        self.add_known(Family::ServerUp, labels, server.address.as_ref().map(|_| u8::from(up)));
        self.add_known(Family::ServerSoaSerial, labels, server.serial);
        self.add_known(Family::ServerSerialLag, labels, server.serial_lag);
        for verdict in Verdict::ALL {
            let labels = with(labels, "verdict", verdict.code());
            self.add(Family::ServerVerdict, &labels, u8::from(server.verdict == verdict));
        }
        self.add_findings(Family::ServerFinding, labels, server.findings.iter());
        if let Some(differences) = &server.differences {
            for kind in DifferenceKind::ALL {
                let labels = with(labels, "kind", kind_name(kind));
                self.add(Family::ServerDifferingRrsets, &labels, differences.count(kind));
            }
        }
        self.add_known(Family::ServerOutOfSyncSince, labels, server.since.as_deref().and_then(unix));
        self.add_known(Family::ServerDeadline, labels, server.deadline.as_deref().and_then(unix));
        let rtt = server.answer.as_ref().map(|answer| answer.rtt_seconds);
        self.add_known(Family::ServerQueryDuration, labels, rtt);
        let certificate = server.answer.as_ref().and_then(|answer| answer.certificate_expires.as_deref());
        self.add_known(Family::ServerTlsCertificateExpiry, labels, certificate.and_then(unix));
        if let Some(copy) = &server.copy {
            if copy.method == Method::Axfr {
                self.add(Family::ServerTransferDuration, labels, copy.seconds);
                self.add(Family::ServerTransferSize, labels, copy.bytes);
            }
            self.add_known(Family::ServerAskedRrsets, labels, copy.asked);
            self.add_known(Family::ServerAskableRrsets, labels, copy.askable);
            let expiry = copy.signatures_expire.as_deref().and_then(unix);
            self.add_known(Family::ServerRrsigExpiry, labels, expiry);
        }
        if let Some(snapshot) = snapshot {
            let answered = snapshot.last_answer.and_then(since_1970);
            self.add_known(Family::ServerLastAnswer, labels, answered);
            self.add_known(Family::ServerLastInSync, labels, snapshot.last_in_sync.and_then(since_1970));
            self.add_known(Family::ServerPublicationLatency, labels, snapshot.latency.map(seconds));
            let expire = answer.and_then(|answer| answer.expire_seconds).filter(|_| up).map(u64::from);
            let expiry = answered.and_then(|answered| Some(answered + expire?));
            self.add_known(Family::ServerExpiry, labels, expiry);
        } else if let Some(answer) = answer.filter(|_| up) {
            let in_sync = server.verdict == Verdict::InSync;
            self.pending.push(PendingTimestamp::Answer {
                labels: labels.to_owned(),
                in_sync,
                expire: answer.expire_seconds,
            });
        }
    }

    /// Adds a sample for each code that occurs.
    fn add_findings<'f>(
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
        if counts.is_list_read || counts.unread > 0 {
            self.add_unlabelled(Family::UnreadLines, counts.unread);
        }
        let version = label("version", run.probe.version);
        let labels = run.probe.vantage.as_ref().map(|vantage| with(&version, "vantage", vantage));
        self.add(Family::BuildInfo, &labels.unwrap_or(version), 1);
        if let Some(now) = unix(&run.generated_at) {
            for pending in std::mem::take(&mut self.pending) {
                self.add_timestamps(&pending, now);
            }
        }
        self.text()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (family, samples) in Family::all().zip(&self.samples) {
            if !samples.is_empty() {
                family.write_header(&mut text);
                text.push_str(samples);
            }
        }
        text
    }

    fn add_timestamps(&mut self, pending: &PendingTimestamp, now: u64) {
        match pending {
            PendingTimestamp::Check(labels) => self.add(Family::ZoneLastCheck, labels, now),
            PendingTimestamp::Answer { labels, in_sync, expire } => {
                self.add(Family::ServerLastAnswer, labels, now);
                self.add_known(Family::ServerLastInSync, labels, in_sync.then_some(now));
                let expiry = expire.map(|expire| now + u64::from(expire));
                self.add_known(Family::ServerExpiry, labels, expiry);
            }
        }
    }

    /// Adds a sample without labels.
    fn add_unlabelled(&mut self, family: Family, value: impl Display) {
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

/// Whether the zone has addresses, and all of them are in sync.
fn is_in_sync(zone: &ZoneReport) -> bool {
    let all = zone.servers.iter().all(|server| server.verdict == Verdict::InSync);
    all && !zone.servers.is_empty()
}

/// The Unix time of a time in a report.
fn unix(time: &str) -> Option<u64> {
    since_1970(humantime::parse_rfc3339(time).ok()?)
}

fn since_1970(time: SystemTime) -> Option<u64> {
    Some(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}

/// Writes a label, with its value escaped.
fn label(name: &str, value: &str) -> String {
    let mut label = format!("{name}=\"");
    for character in value.chars() {
        match character {
            '\\' => label.push_str("\\\\"),
            '"' => label.push_str("\\\""),
            '\n' => label.push_str("\\n"),
            // Escaped as in zone files.
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
