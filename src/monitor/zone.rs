//! One zone that is watched: what is kept of it from one look to the next.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::schedule::{CheckKind, Lag, Moment, Pace, Place, Schedule, Shown};
use crate::check::CheckResult;
use crate::config::MonitorSettings;
use crate::dns::Name;
use crate::judge::History;
use crate::judge::{EarlierResponses, Verdict};
use crate::plan::{self, Compare, ComparisonRules, NameServer, Role};
use crate::report::model::ServerReport;
use crate::report::{ServerSnapshot, ZoneReport, ZoneSnapshot, zone_report};
use crate::store;

/// A server that does not answer is asked less often, up to so many intervals from one question to the next.
const MOST_BACK_OFF: u32 = 5;

/// A zone that is watched.
#[derive(Debug)]
pub(super) struct MonitoredZone {
    /// No other has this number, not even the same zone that left and came back.
    pub(super) number: u64,
    pub(super) zone: Name,
    pub(super) settings: Arc<MonitorSettings>,
    pub(super) agenda: Schedule,
    /// Its history, packed: most zones are at rest most of the time.
    row: Arc<[u8]>,
    /// What was said before by those who are not asked in the next look.
    earlier: Vec<EarlierResponses>,
    absences: Vec<Backoff>,
    /// Its NS set, as it was found when records were compared.
    name_servers: Option<Vec<NameServer>>,
    last: Option<Arc<ZoneSnapshot>>,
    /// Whether somebody is looking at it now.
    pub(super) is_under_way: bool,
    /// Where it stands on the agenda of all.
    pub(super) planned: Planned,
    /// Looks that are told only when it is written down what they have shown.
    pub(super) unpublished: u32,
}

/// When the next looks at a zone are, as they stand on the agenda of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) asking: Option<Moment>,
    pub(super) comparing: Option<Moment>,
}

/// An address that does not answer.
#[derive(Debug, PartialEq, Eq)]
struct Backoff {
    /// By the name under which it is remembered.
    address: String,
    /// Questions in a row that it did not answer.
    misses: u32,
    /// It is not asked before.
    until: Moment,
}

/// A look that is to be taken.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) zone: Name,
    pub(super) settings: Arc<MonitorSettings>,
    pub(super) look: CheckKind,
    pub(super) rules: ComparisonRules,
    pub(super) name_servers: Option<Vec<NameServer>>,
    /// Where a comparison reads copies, as far as it is known.
    pub(super) addresses: Vec<String>,
    pub(super) history: History,
    /// The responses of addresses that are not asked again.
    pub(super) earlier: Vec<EarlierResponses>,
}

/// What came of a check.
#[derive(Debug)]
pub(super) struct CheckOutcome {
    pub(super) report: ZoneReport,
    pub(super) history: History,
    /// The NS set of the zone, if it was asked for.
    pub(super) name_servers: Option<Vec<NameServer>>,
    /// The response of every address, for a check that asks only some of them.
    pub(super) earlier: Vec<EarlierResponses>,
}

impl From<CheckResult> for CheckOutcome {
    fn from(result: CheckResult) -> Self {
        let CheckResult { evidence, judgement, history } = result;
        Self {
            report: zone_report(&evidence, &judgement),
            history: history.unwrap_or_default(),
            name_servers: evidence.plan.name_servers.clone(),
            earlier: evidence.earlier(),
        }
    }
}

/// When and how a look has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) look: CheckKind,
    pub(super) took: Duration,
    pub(super) now: Moment,
    pub(super) wall: SystemTime,
}

/// What has come of a look.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) seen: Arc<ZoneSnapshot>,
    /// The history, packed, where it tells more than before.
    pub(super) row: Option<Arc<[u8]>>,
    /// The verdict before, if it was looked at before.
    pub(super) was: Option<Verdict>,
    /// How long publications took to get to servers, by their names.
    pub(super) arrivals: Vec<(String, Duration)>,
}

impl MonitoredZone {
    /// Watches a zone of which this is known already.
    pub(super) fn new(
        (number, zone): (u64, Name),
        settings: Arc<MonitorSettings>,
        history: &History,
        (place, now): (Place, Moment),
        wall: SystemTime,
    ) -> Self {
        let compared = history.addresses.values().filter_map(|past| past.compared);
        let last = compared.map(|compared| compared.at).max();
        let ago = last.map(|last| wall.duration_since(last).unwrap_or_default());
        let agenda = Schedule::new(pace(&settings), place, now, ago);
        let row = store::encode(history).unwrap_or_default().into();
        let (earlier, absences) = (Vec::new(), Vec::new());
        Self {
            number,
            zone,
            settings,
            agenda,
            row,
            earlier,
            absences,
            name_servers: None,
            last: None,
            is_under_way: false,
            planned: Planned::default(),
            unpublished: 0,
        }
    }

    /// Watches it under other settings from now on; what was seen of it stays.
    pub(super) fn under(self, settings: Arc<MonitorSettings>, place: Place, now: Moment) -> Self {
        if settings == self.settings {
            return Self { settings, ..self };
        }
        let agenda = self.agenda.anew(pace(&settings), place, now);
        Self { settings, agenda, earlier: Vec::new(), absences: Vec::new(), name_servers: None, ..self }
    }

    /// Returns what it was like at the last look.
    pub(super) fn last(&self) -> Option<&Arc<ZoneSnapshot>> {
        self.last.as_ref()
    }

    /// Returns when it is to be looked at next. Its records are not compared before its serials are known, so
    /// that something is soon known of every zone.
    pub(super) fn next(&self) -> Planned {
        let comparing = self.agenda.next_comparing().filter(|_| self.last.is_some());
        Planned { asking: Some(self.agenda.next_asking()), comparing }
    }

    /// Returns the addresses it was last seen at.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        let servers = self.last.iter().flat_map(|last| &last.report.servers);
        servers.map(|server| server.address.as_str())
    }

    /// Prepares a look.
    pub(super) fn begin(&mut self, look: CheckKind, now: Moment) -> Job {
        self.is_under_way = true;
        let history = store::decode(&self.row).unwrap_or_default();
        let mut earlier = std::mem::take(&mut self.earlier);
        earlier.retain(|earlier| !self.is_asked(&earlier.address, look, now));
        let compare = match (look, self.settings.zone.rules.compare) {
            (CheckKind::Records, Compare::Records) => Compare::Records,
            (CheckKind::Serials | CheckKind::Lagging, Compare::Records) => Compare::Remembered,
            (_, Compare::Serials | Compare::Remembered) => Compare::Serials,
        };
        Job {
            number: self.number,
            zone: self.zone.clone(),
            settings: Arc::clone(&self.settings),
            look,
            rules: self.settings.rules(compare),
            name_servers: self.name_servers.clone().filter(|_| look != CheckKind::Records),
            addresses: if look == CheckKind::Records {
                self.addresses().map(str::to_owned).collect()
            } else {
                Vec::new()
            },
            history,
            earlier,
        }
    }

    /// Returns whether an address is asked in a look.
    fn is_asked(&self, address: &str, look: CheckKind, now: Moment) -> bool {
        if look == CheckKind::Records {
            return true;
        }
        if self.absences.iter().any(|absence| absence.address == address && self.is_spared(absence, now)) {
            return false;
        }
        let Some(last) = &self.last else { return true };
        let Some(server) = last.report.servers.iter().find(|server| name(server) == address) else {
            return true;
        };
        let chosen = last.report.reference.as_ref().and_then(|reference| reference.address.as_ref());
        look == CheckKind::Serials
            || is_lagging(server)
            || server.role == Role::Primary
            || chosen == Some(&server.address)
    }

    /// Returns whether who does not answer is not asked in a look that begins now.
    fn is_spared(&self, absence: &Backoff, now: Moment) -> bool {
        // A look that comes a little early is the one that was meant.
        absence.until > now + self.settings.interval / 4
    }

    /// Takes in what a look has shown.
    pub(super) fn end(&mut self, outcome: CheckOutcome, ended: Ended) -> Update {
        let Ended { look, took, now, wall } = ended;
        let CheckOutcome { mut report, history, name_servers, earlier } = outcome;
        let before = store::decode(&self.row).unwrap_or_default();
        if let Some(last) = &self.last {
            report.carry(&last.report);
        }
        let shown = self.shown(&report, &history);
        self.agenda.looked(look, shown, took, now);
        self.miss(&report, look, now.saturating_sub(took));
        if look == CheckKind::Records || self.name_servers.is_none() {
            self.name_servers = name_servers;
        }
        let chased = self.agenda.asking(self.agenda.next_asking()) == CheckKind::Lagging;
        self.earlier = earlier;
        if !chased {
            let absences = &self.absences;
            self.earlier.retain(|earlier| absences.iter().any(|absence| absence.address == earlier.address));
        }
        self.earlier.shrink_to_fit();
        let arrivals = arrivals(&report, &before, &history);
        let is_news = history.differs_materially(&before);
        self.row = store::encode(&history).unwrap_or_default().into();
        let troubled = self.last.as_ref().and_then(|last| last.troubled);
        let was = self.last.as_ref().map(|last| last.report.verdict);
        let seen = seen(report, &history, (wall, took), troubled);
        let seen = Arc::new(ZoneSnapshot { history: Arc::clone(&self.row), ..seen });
        self.last = Some(Arc::clone(&seen));
        Update { seen, row: is_news.then(|| Arc::clone(&self.row)), was, arrivals }
    }

    /// Takes in a look that brought nothing at all.
    pub(super) fn missed(&mut self, look: CheckKind, took: Duration, now: Moment) {
        self.agenda.missed(look, took, now);
    }

    fn shown(&self, report: &ZoneReport, history: &History) -> Shown {
        let serial = |report: &ZoneReport| report.reference.as_ref().map(|reference| reference.serial);
        let before = self.last.as_ref().and_then(|last| serial(&last.report));
        let uncompared = |server: &ServerReport| {
            let is_due = matches!(server.verdict, Verdict::InSync | Verdict::Stuck);
            let past = history.addresses.get(&name(server)).and_then(|past| past.compared);
            // First comparisons have times of their own, one zone after the other.
            is_due && past.is_some_and(|past| Some(past.serial) != server.serial)
        };
        let servers = &report.servers;
        let published = before.is_some() && serial(report).is_some() && serial(report) != before;
        Shown {
            lag: match (servers.iter().any(is_lagging), published) {
                (false, _) => Lag::No,
                (true, false) => Lag::Going,
                (true, true) => Lag::Begun,
            },
            uncompared: servers.iter().any(uncompared),
            dead: !servers.is_empty() && servers.iter().all(|server| server.verdict == Verdict::Unreachable),
        }
    }

    /// Writes down who did not answer; primaries are always asked, for the others are held against them.
    fn miss(&mut self, report: &ZoneReport, look: CheckKind, began: Moment) {
        let before = std::mem::take(&mut self.absences);
        for server in &report.servers {
            if server.verdict != Verdict::Unreachable || server.role == Role::Primary {
                continue;
            }
            let address = name(server);
            let known = before.iter().find(|absence| absence.address == address);
            // Who was not asked has not missed another question.
            let asked = match look {
                CheckKind::Records => true,
                CheckKind::Lagging => false,
                CheckKind::Serials => known.is_none_or(|known| !self.is_spared(known, began)),
            };
            let absence = match known {
                Some(&Backoff { misses, until, .. }) if !asked => Backoff { address, misses, until },
                _ => {
                    let misses = known.map_or(1, |known| known.misses + 1);
                    let until = began + self.settings.interval * misses.min(MOST_BACK_OFF);
                    Backoff { address, misses, until }
                }
            };
            self.absences.push(absence);
        }
    }
}

fn pace(settings: &MonitorSettings) -> Pace {
    let compares = settings.zone.rules.compare == Compare::Records;
    Pace { interval: settings.interval, compare: compares.then_some(settings.compare_interval) }
}

/// Returns the identity of an address, under which its history is kept.
fn name(server: &ServerReport) -> String {
    plan::address_id(&server.address, server.key.as_deref())
}

fn is_lagging(server: &ServerReport) -> bool {
    matches!(server.verdict, Verdict::Propagating | Verdict::Behind)
}

/// Returns how long the publications took that have arrived at servers since an earlier look.
fn arrivals(report: &ZoneReport, before: &History, after: &History) -> Vec<(String, Duration)> {
    let mut arrivals = Vec::new();
    for server in &report.servers {
        let Some(past) = after.addresses.get(&name(server)) else { continue };
        let known = before.addresses.get(&name(server)).map_or(0, |past| past.arrivals);
        let new = usize::try_from(past.arrivals.saturating_sub(known)).unwrap_or(usize::MAX);
        let latencies = past.latencies.iter().rev().take(new);
        arrivals.extend(latencies.map(|latency| (server.server.clone(), Duration::from_millis(*latency))));
    }
    arrivals
}

fn seen(
    report: ZoneReport,
    history: &History,
    (checked, took): (SystemTime, Duration),
    troubled: Option<SystemTime>,
) -> ZoneSnapshot {
    let servers = report.servers.iter().map(|server| {
        let past = history.addresses.get(&name(server));
        ServerSnapshot {
            last_answer: past.and_then(|past| past.last_answer),
            last_in_sync: past.and_then(|past| past.last_in_sync),
            latency: past.and_then(|past| past.latencies.last().copied()).map(Duration::from_millis),
        }
    });
    let servers = servers.collect();
    // Of the version that was there at the first look, nobody saw when it was published.
    let published = history.versions.last().filter(|_| history.publications > 0);
    let last_publication = published.map(|version| version.first_seen);
    let (publications, regressions) = (history.publications, history.regressions);
    let troubled = if report.is_exceptional() { Some(checked) } else { troubled };
    ZoneSnapshot {
        report,
        checked,
        took,
        publications,
        regressions,
        last_publication,
        servers,
        troubled,
        history: [].into(),
    }
}
