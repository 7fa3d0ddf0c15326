//! One monitored zone: what is kept of it from one check to the next.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::carry_over::{carry_over, carry_over_delegation};
use super::job::{CheckJob, CheckOutcome};
use super::micros::Micros;
use super::name_servers::PackedNameServers;
use super::schedule::{
    CheckKind, Intervals, PackedSchedule, Propagation, Schedule, Stagger, Uptime, ZoneState,
};
use super::wanted::WantedZone;
use super::zone_id::ZoneId;
use crate::config::MonitorSettings;
use crate::dns::Serial;
use crate::judge::catalog::CatalogState;
use crate::judge::history::{AddressHistory, ComparisonResult};
use crate::judge::{Code, EarlierResponses, History, Severity, Verdict};
use crate::plan::{Compare, ComparisonRules, Role};
use crate::report::model::ServerReport;
use crate::report::{
    Outlines, PackedSnapshot, RecordsState, ServerSnapshot, ZoneReport, ZoneSnapshot, is_exception,
};
use crate::store;

/// Copies of more bytes than this are large: changes make up for comparing them whole as often as others.
const LARGE_COPY: u64 = 1024 * 1024;

/// A monitored zone.
#[derive(Debug)]
pub(super) struct MonitoredZone {
    pub(super) id: ZoneId,
    pub(super) wanted: WantedZone,
    schedule: PackedSchedule,
    /// Its history, encoded: most zones are idle most of the time.
    history: Arc<[u8]>,
    /// The responses of addresses that the next check may not ask again.
    earlier: Vec<EarlierResponses>,
    /// Its NS set, as the last comparison of records found it.
    name_servers: Option<PackedNameServers>,
    snapshot: Option<Arc<PackedSnapshot>>,
    /// Whether a check of it is running.
    pub(super) is_running: bool,
    /// The times under which the scheduler has it queued.
    pub(super) due: DueTimes,
    /// How many results wait until they are saved, to be published then.
    pub(super) unpublished: u32,
}

/// When a zone is checked next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DueTimes {
    pub(super) serials: Option<Micros>,
    pub(super) records: Option<Micros>,
}

/// When a check ended, and how long it took.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckTiming {
    pub(super) took: Duration,
    pub(super) ended: Uptime,
    pub(super) ended_at: SystemTime,
}

/// What a check has changed.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) snapshot: Arc<PackedSnapshot>,
    /// The history, encoded, if it differs materially from the one before.
    pub(super) history: Option<Arc<[u8]>>,
    /// The result of the check before, if there was one.
    pub(super) previous: Option<Arc<PackedSnapshot>>,
    /// How long new versions took to reach servers, by server name.
    pub(super) latencies: Vec<(String, Duration)>,
}

impl MonitoredZone {
    /// Starts to monitor a zone with the history that is known of it.
    pub(super) fn new(id: ZoneId, wanted: WantedZone, history: &History, schedule: &Schedule) -> Self {
        Self {
            id,
            wanted,
            schedule: schedule.pack(),
            history: store::encode(history).unwrap_or_default().into(),
            earlier: Vec::new(),
            name_servers: None,
            snapshot: None,
            is_running: false,
            due: DueTimes::default(),
            unpublished: 0,
        }
    }

    /// Is monitored for another reason or by other settings from now on, and keeps what was seen of the zone.
    pub(super) fn reconfigure(&mut self, wanted: WantedZone, stagger: Stagger, now: Uptime) {
        let is_same = wanted.settings == self.wanted.settings;
        self.wanted = wanted;
        if !is_same {
            let intervals = intervals(&self.wanted.settings);
            self.schedule = self.schedule.unpack(intervals).reconfigured(intervals, stagger, now).pack();
            self.earlier = Vec::new();
            self.name_servers = None;
        }
    }

    /// When the zone is checked, and how closely.
    pub(super) fn schedule(&self) -> Schedule {
        self.schedule.unpack(intervals(&self.wanted.settings))
    }

    /// Plans on after a check that ended without a result.
    pub(super) fn fail(&mut self, kind: CheckKind, took: Duration, now: Uptime) {
        let mut schedule = self.schedule();
        schedule.failed(kind, took, now);
        self.schedule = schedule.pack();
    }

    /// The history, encoded, of a zone that was checked.
    pub(super) fn into_history(self) -> Option<Arc<[u8]>> {
        self.snapshot.map(|_| self.history)
    }

    /// The result of the last check.
    pub(super) fn snapshot(&self) -> Option<&Arc<PackedSnapshot>> {
        self.snapshot.as_ref()
    }

    /// When the zone is checked next.
    ///
    /// Serials come first, so that something is soon known of every zone.
    pub(super) fn due_times(&self) -> DueTimes {
        let schedule = self.schedule();
        let records = schedule.next_compare().filter(|_| self.snapshot.is_some()).map(Micros::from);
        DueTimes { serials: Some(schedule.next_serials().into()), records }
    }

    /// The addresses of its servers, as of the last check.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        let servers = self.snapshot.iter().flat_map(|snapshot| &snapshot.outline().servers);
        servers.filter_map(|server| server.address.as_deref())
    }

    /// Begins a check; `catalog` is what is known of it, if it is one.
    pub(super) fn begin(&mut self, kind: CheckKind, catalog: Arc<CatalogState>) -> CheckJob {
        self.is_running = true;
        let history = store::decode(&self.history).unwrap_or_default();
        let mut earlier = std::mem::take(&mut self.earlier);
        earlier.retain(|earlier| !self.is_queried(&earlier.address, kind));
        let compare = match (kind, self.wanted.settings.zone.comparison.compare) {
            (CheckKind::Records, Compare::Records) => Compare::Records,
            (CheckKind::Serials | CheckKind::Lagging, Compare::Records) => Compare::PreviousRecords,
            (_, Compare::Serials | Compare::PreviousRecords) => Compare::Serials,
        };
        let is_comparison = kind == CheckKind::Records;
        let rules = self.wanted.settings.rules(compare);
        let delegation = self.wanted.settings.zone.comparison.delegation.clone().filter(|_| is_comparison);
        CheckJob {
            id: self.id,
            wanted: self.wanted.clone(),
            kind,
            rules: ComparisonRules { delegation, ..rules },
            name_servers: self
                .name_servers
                .as_ref()
                .filter(|_| !is_comparison)
                .map(PackedNameServers::unpack),
            addresses: self.addresses().map(str::to_owned).collect(),
            history,
            earlier,
            catalog,
        }
    }

    /// Whether a check queries an address.
    fn is_queried(&self, address: &str, kind: CheckKind) -> bool {
        if kind != CheckKind::Lagging {
            return true;
        }
        let Some(last) = self.snapshot.as_ref().map(|last| last.outline()) else { return true };
        let Some(server) = last.servers.iter().find(|server| server.id.as_deref() == Some(address)) else {
            return true;
        };
        let reference = last.reference.as_ref().and_then(|reference| reference.address.as_ref());
        is_lagging(server) || server.role != Role::Secondary || reference == server.address.as_ref()
    }

    /// Takes in the result of a check.
    pub(super) fn complete(
        &mut self,
        kind: CheckKind,
        outcome: CheckOutcome,
        timing: CheckTiming,
        outlines: &mut Outlines,
    ) -> Update {
        let CheckOutcome { mut report, history, name_servers, earlier, .. } = outcome;
        let before = store::decode(&self.history).unwrap_or_default();
        let last = self.snapshot.as_ref().map(|last| last.unpack().report);
        if let Some(last) = &last {
            carry_over(&mut report, last, timing.ended_at);
            if kind != CheckKind::Records && self.wanted.settings.zone.comparison.delegation.is_some() {
                carry_over_delegation(&mut report, last);
            }
        }
        let longest_rest = spares_copies(&report, &history, &self.wanted.settings)
            .then_some(self.wanted.settings.whole_interval);
        let state = ZoneState {
            // At a random moment, so that nothing can be timed to lie between two comparisons.
            rest: longest_rest.map(|longest| longest.mul_f64(rand::random_range(0.5..=1.0))),
            ..state(&report, last.as_ref(), &history)
        };
        let mut schedule = self.schedule();
        schedule.completed(kind, state, timing.took, timing.ended);
        self.schedule = schedule.pack();
        if kind == CheckKind::Records || self.name_servers.is_none() {
            self.name_servers = name_servers.as_deref().and_then(PackedNameServers::pack);
        }
        self.keep_earlier(earlier);
        let is_new = history.differs_materially(&before);
        self.history = store::encode(&history).unwrap_or_default().into();
        let latencies = new_latencies(&report, &before, &history);
        let previous = self.snapshot.take();
        let last_exception = previous.as_ref().and_then(|last| last.last_exception());
        let snapshot = snapshot(report, &history, timing, last_exception);
        let interval = longest_rest.max(schedule.compare_interval());
        let interval = interval.filter(|_| compares_records(&self.wanted.settings));
        let records = RecordsState { interval, compared: records_compared(&snapshot.report, &history) };
        let snapshot = ZoneSnapshot { history: Arc::clone(&self.history), records, ..snapshot };
        let snapshot = Arc::new(PackedSnapshot::pack(self.wanted.zone.clone(), snapshot, outlines));
        self.snapshot = Some(Arc::clone(&snapshot));
        Update { snapshot, history: is_new.then(|| Arc::clone(&self.history)), previous, latencies }
    }

    /// Keeps the responses of the addresses that the next check spares.
    fn keep_earlier(&mut self, earlier: Vec<EarlierResponses>) {
        let schedule = self.schedule();
        let is_lagging_next = schedule.serials_kind(schedule.next_serials()) == CheckKind::Lagging;
        self.earlier = if is_lagging_next { earlier } else { Vec::new() };
    }
}

/// What the schedule depends on.
fn state(report: &ZoneReport, last: Option<&ZoneReport>, history: &History) -> ZoneState {
    let before = last.map(ZoneReport::reference_serials).unwrap_or_default();
    let now = report.reference_serials();
    let is_uncompared = |server: &ServerReport| {
        past(history, server).is_some_and(|past| {
            let has_critical = has_finding_of_records(server, Severity::Critical);
            is_uncompared((server.verdict, server.serial), past, has_critical)
        })
    };
    let servers = &report.servers;
    let is_new = |(before, now): (&Option<Serial>, &Option<Serial>)| {
        before.is_some() && now.is_some() && before != now
    };
    let is_new_version = before.iter().zip(&now).any(is_new);
    ZoneState {
        propagation: match (servers.iter().any(is_lagging), is_new_version) {
            (false, _) => Propagation::Complete,
            (true, false) => Propagation::Ongoing,
            (true, true) => Propagation::Started,
        },
        has_uncompared: servers.iter().any(is_uncompared),
        rest: None,
    }
}

/// Whether the changes that servers send make up for comparing whole copies: these are large, all of them are followed,
/// and none has a finding that only another comparison can clear.
fn spares_copies(report: &ZoneReport, history: &History, settings: &MonitorSettings) -> bool {
    let is_spared = |server: &ServerReport| {
        let is_followed = past(history, server).is_some_and(|past| past.followed.is_some());
        is_followed && !has_finding_of_records(server, Severity::Warning)
    };
    let sizes = report.servers.iter().filter_map(|server| Some(server.copy.as_ref()?.bytes));
    // After a restart, sizes are not known before the first comparison.
    let is_large = sizes.max().is_none_or(|bytes| bytes > LARGE_COPY);
    let mut answering = report.servers.iter().filter(|server| server.serial.is_some()).peekable();
    let is_asked = settings.zone.comparison.follows_changes && answering.peek().is_some();
    is_asked && is_large && answering.all(is_spared)
}

/// Whether something at least as severe was found in the copy of a server, which only another comparison can clear.
fn has_finding_of_records(server: &ServerReport, severity: Severity) -> bool {
    let mut findings = server.findings.iter();
    findings.any(|finding| finding.severity <= severity && Code::is_of_records(finding.code))
}

/// Whether an address was last compared at another serial, and a comparison at this one may change its verdict.
///
/// One that lags is compared once it has the new version, unless its copy was followed there, or the next check may still
/// follow it. Where servers count their own serials, one that diverged may have been mended, and one that lagged may have
/// the new version. First comparisons are scheduled apart, one zone after the other.
fn is_uncompared(
    (verdict, serial): (Verdict, Option<Serial>),
    past: &AddressHistory,
    has_critical_finding: bool,
) -> bool {
    let Some(last) = past.last_comparison.filter(|last| Some(last.serial) != serial) else { return false };
    // While it was followed, a server may have published a version that is newer than the one it was queried for.
    let is_reached = |followed: Serial| serial.is_some_and(|serial| !serial.is_newer_than(followed));
    let is_followed = past.followed.is_some_and(|it| is_reached(it.serial) || it.failed > 0);
    match verdict {
        // What was critical in the copy may have been mended.
        Verdict::InSync if is_followed => has_critical_finding,
        Verdict::InSync | Verdict::Stuck | Verdict::Diverged => true,
        Verdict::Propagating | Verdict::Behind => matches!(last.result, ComparisonResult::Earlier(_)),
        _ => false,
    }
}

/// When the records of a zone were last compared.
pub(super) fn last_compared(history: &History) -> Option<SystemTime> {
    let addresses = history.addresses.values();
    let addresses = addresses.chain(history.downstream.iter().flat_map(|last| last.addresses.values()));
    let compared = addresses.filter_map(|past| past.last_comparison);
    compared.map(|compared| compared.at).max()
}

/// How often a zone is checked. The delegation is looked at whenever records are compared, or would be.
pub(super) fn intervals(settings: &MonitorSettings) -> Intervals {
    let compares = compares_records(settings) || settings.zone.comparison.delegation.is_some();
    Intervals { check: settings.interval, compare: compares.then_some(settings.compare_interval) }
}

fn compares_records(settings: &MonitorSettings) -> bool {
    settings.zone.comparison.compare == Compare::Records
}

/// What is known about an address on the link on which it gets the zone.
fn past<'h>(history: &'h History, server: &ServerReport) -> Option<&'h AddressHistory> {
    history.of(server.role).addresses.get(server.id.as_ref()?)
}

fn is_lagging(server: &ServerReport) -> bool {
    matches!(server.verdict, Verdict::Propagating | Verdict::Behind)
}

/// How long the new versions took that have reached servers since an earlier check.
fn new_latencies(report: &ZoneReport, before: &History, after: &History) -> Vec<(String, Duration)> {
    let mut new = Vec::new();
    for server in &report.servers {
        let Some(now) = past(after, server) else { continue };
        let known = past(before, server).map_or(0, |past| past.arrivals);
        let count = usize::try_from(now.arrivals.saturating_sub(known)).unwrap_or(usize::MAX);
        let latencies = now.latencies.iter().rev().take(count);
        new.extend(latencies.map(|latency| (server.server.clone(), Duration::from_millis(*latency))));
    }
    new
}

/// The time of the oldest among the last comparisons of the addresses that are in sync. If none is in sync, all
/// addresses count.
fn records_compared(report: &ZoneReport, history: &History) -> Option<SystemTime> {
    let compared = |server: &ServerReport| {
        let comparison = past(history, server)?.last_comparison?;
        (comparison.result != ComparisonResult::Unread).then_some(comparison.at)
    };
    let in_sync = report.servers.iter().filter(|server| server.verdict == Verdict::InSync);
    // Nothing sorts before every time.
    match in_sync.map(compared).min() {
        Some(first) => first,
        None => report.servers.iter().filter_map(compared).max(),
    }
}

/// The result of a check, without the encoded history.
fn snapshot(
    report: ZoneReport,
    history: &History,
    timing: CheckTiming,
    last_exception: Option<SystemTime>,
) -> ZoneSnapshot {
    let servers = report.servers.iter().map(|server| {
        let past = past(history, server);
        ServerSnapshot {
            last_answer: past.and_then(|past| past.last_response),
            last_in_sync: past.and_then(|past| past.last_in_sync),
            latency: past.and_then(|past| past.latencies.last().copied()).map(Duration::from_millis),
        }
    });
    let servers = servers.collect();
    // The version of the first check was published at some time before it.
    let published = history.versions.last().filter(|_| history.publications > 0);
    let last_publication = published.map(|version| version.first_seen);
    let last_exception = if is_exception(&report) { Some(timing.ended_at) } else { last_exception };
    ZoneSnapshot {
        report,
        checked: timing.ended_at,
        took: timing.took,
        publications: history.publications,
        regressions: history.regressions,
        last_publication,
        servers,
        records: RecordsState::default(),
        last_exception,
        history: [].into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::judge::history::{FollowedVersion, RecordsComparison};

    /// An address that was compared at serial 5, and followed since.
    fn past(result: ComparisonResult, followed: Option<(u32, u8)>) -> AddressHistory {
        let compared = RecordsComparison {
            serial: Serial(5),
            rules: 7,
            against: None,
            at: UNIX_EPOCH,
            result,
            part: None,
        };
        let followed =
            followed.map(|(serial, failed)| FollowedVersion { serial: Serial(serial), failed, changed: 0 });
        AddressHistory { last_comparison: Some(compared), followed, ..AddressHistory::default() }
    }

    #[test]
    fn a_server_that_does_not_lag_is_compared_again_at_another_serial() {
        for (verdict, is_due) in [
            (Verdict::InSync, true),
            (Verdict::Stuck, true),
            // Of servers that count their own serials, it may have been mended.
            (Verdict::Diverged, true),
            (Verdict::Behind, false),
            (Verdict::Propagating, false),
            (Verdict::Unreachable, false),
        ] {
            let at = |serial| (verdict, Some(Serial(serial)));
            for result in [ComparisonResult::Same, ComparisonResult::Different] {
                assert!(!is_uncompared(at(5), &past(result, None), false), "{verdict:?}");
                assert_eq!(is_uncompared(at(6), &past(result, None), false), is_due, "{verdict:?}");
            }
            assert!(!is_uncompared(at(5), &AddressHistory::default(), false), "{verdict:?}");
        }
    }

    #[test]
    fn a_copy_that_is_followed_is_not_compared_again_unless_something_critical_was_found_in_it() {
        for (followed, has_critical_finding, is_due) in [
            ((6, 0), false, false),
            ((6, 0), true, true),
            // The next check asks for the changes again.
            ((5, 1), false, false),
            ((5, 0), false, true),
            // Another version was published while the changes were asked for.
            ((7, 0), false, false),
        ] {
            let past = past(ComparisonResult::Same, Some(followed));
            let is_uncompared =
                is_uncompared((Verdict::InSync, Some(Serial(6))), &past, has_critical_finding);
            assert_eq!(is_uncompared, is_due, "{followed:?} {has_critical_finding}");
        }
    }
}
