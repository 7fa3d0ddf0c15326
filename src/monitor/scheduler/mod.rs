//! Looks at all zones, each when its agenda says so, and publishes what is seen.
//!
//! One task owns all of it. Looks run beside each other and wait for nobody else's servers; what is news is
//! written down before it is published, as much at once as has come in since the last writing.

use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::FutureExt as _;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::results::Results;
use super::schedule::{CheckKind, Moment, Place};
use super::zone::{CheckOutcome, Ended, Job, MonitoredZone, Planned, Update};
use crate::check::{CheckRequest, Checker};
use crate::clock;
use crate::config::Config;
use crate::dns::Name;
use crate::judge::Verdict;
use crate::metrics::Metrics;
use crate::report::ZoneSnapshot;
use crate::store::Store;

/// Looks under way at once at serials; one takes a few KiB.
const ASKED_AT_ONCE: usize = 2048;

/// Looks under way at once at records: it bounds the memory that their digests take.
const COMPARED_AT_ONCE: usize = 32;

/// A look at records that takes longer is given up: a copy that trickles must not keep others waiting for ever.
const LONGEST_COMPARISON: Duration = Duration::from_mins(15);

/// A comparison that would have to wait for an address is looked at again after so long.
const STAND_BACK: Duration = Duration::from_secs(1);

/// How often it is written down that all is as it was, at most.
const LEAST_BETWEEN_BEATS: Duration = Duration::from_secs(10);

/// What the watcher is told.
pub enum Command {
    /// Watch the zones of this configuration, with this prober, from now on.
    Watch(Box<Config>, Checker, oneshot::Sender<()>),
}

/// A writing under way, and what is to be published after it.
type Writing = JoinHandle<Vec<(Name, Arc<ZoneSnapshot>)>>;

/// What has come of a look.
struct Done {
    /// The number of the watched zone.
    number: u64,
    zone: Name,
    look: CheckKind,
    took: Duration,
    /// The settings under which it was taken.
    settings: Arc<crate::config::MonitorSettings>,
    addresses: Vec<String>,
    outcome: Option<CheckOutcome>,
}

/// All zones that are watched.
pub struct Scheduler {
    prober: Arc<Checker>,
    store: Option<Arc<Store>>,
    board: Arc<Results>,
    meters: Arc<Metrics>,
    zones: Vec<MonitoredZone>,
    places: HashMap<Name, usize>,
    /// Zones by the moment at which they are asked for serials next; without those under way.
    asking: BTreeSet<(Moment, usize)>,
    /// The same of comparisons.
    comparing: BTreeSet<(Moment, usize)>,
    /// Comparisons under way.
    comparisons: usize,
    /// The same at each address that takes part in any.
    comparisons_at: HashMap<String, usize>,
    /// The number of the next zone.
    number: u64,
    began: Instant,
    unwritten: Vec<(Name, Update)>,
    beat: Moment,
}

impl Scheduler {
    /// Watches nothing yet.
    pub fn new(
        prober: Checker,
        store: Option<Arc<Store>>,
        board: Arc<Results>,
        meters: Arc<Metrics>,
    ) -> Self {
        Self {
            prober: Arc::new(prober),
            store,
            board,
            meters,
            zones: Vec::new(),
            places: HashMap::new(),
            asking: BTreeSet::new(),
            comparing: BTreeSet::new(),
            comparisons: 0,
            comparisons_at: HashMap::new(),
            number: 0,
            began: Instant::now(),
            unwritten: Vec::new(),
            beat: Duration::ZERO,
        }
    }

    /// Watches until it is told to stop; then writes down what is known.
    pub async fn run(mut self, mut orders: mpsc::Receiver<Command>, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut looks = FuturesUnordered::new();
        let mut writing: Option<Writing> = None;
        loop {
            let now = self.now();
            while let Some(job) = self.next(looks.len(), now) {
                looks.push(look(Arc::clone(&self.prober), job));
            }
            self.meters.in_flight(looks.len());
            if writing.is_none() {
                writing = self.write(now);
            }
            let wake = self.began + self.next_due(looks.len()).min(now + LEAST_BETWEEN_BEATS);
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(order) = orders.recv() => self.obey(order),
                published = async { writing.as_mut()?.await.ok() }, if writing.is_some() => {
                    writing = None;
                    for (zone, seen) in published.into_iter().flatten() {
                        if let Some(watched) = self.places.get(&zone).and_then(|&place| self.zones.get_mut(place)) {
                            watched.unpublished = watched.unpublished.saturating_sub(1);
                        }
                        self.board.publish(&zone, seen);
                    }
                }
                Some(done) = looks.next(), if !looks.is_empty() => self.done(done),
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
        drop(looks);
        if let Some(writing) = writing {
            let _ = writing.await;
        }
        // All is as it was last seen, up to now.
        self.beat = Duration::ZERO;
        let now = self.now();
        if let Some(last) = self.write(now) {
            let _ = last.await;
        }
    }

    fn now(&self) -> Moment {
        self.began.elapsed()
    }

    fn obey(&mut self, order: Command) {
        match order {
            Command::Watch(config, prober, done) => {
                self.prober = Arc::new(prober);
                self.watch(*config);
                // Whoever gave the order may have gone.
                let _ = done.send(());
            }
        }
    }

    /// Watches the zones of a configuration: those that were watched already go on as they were.
    pub fn watch(&mut self, config: Config) {
        let now = self.now();
        let wall = clock::now();
        let count = u32::try_from(config.zones.len()).unwrap_or(u32::MAX);
        let mut known: HashMap<Name, MonitoredZone> = std::mem::take(&mut self.zones)
            .into_iter()
            .map(|watched| (watched.zone.clone(), watched))
            .collect();
        let beat = self.store.as_ref().and_then(|store| store.last_checkpoint());
        self.zones = config
            .zones
            .into_iter()
            .zip(0..)
            .map(|((zone, settings), index)| {
                let place = Place { index, count };
                match known.remove(&zone) {
                    Some(watched) => watched.under(settings, place, now),
                    None => {
                        let history =
                            self.store.as_ref().map(|store| store.history(&zone)).unwrap_or_default();
                        let history = match beat {
                            Some(beat) => history.advance_to(beat),
                            None => history,
                        };
                        self.number += 1;
                        MonitoredZone::new((self.number, zone), settings, &history, (place, now), wall)
                    }
                }
            })
            .collect();
        self.places =
            self.zones.iter().zip(0..).map(|(watched, place)| (watched.zone.clone(), place)).collect();
        self.asking.clear();
        self.comparing.clear();
        for place in 0..self.zones.len() {
            self.plan(place);
        }
        let shown = self.zones.iter().map(|watched| (watched.zone.clone(), Arc::clone(&watched.settings)));
        self.board.set_up(shown.collect());
    }

    /// Puts the next looks at a zone on the agenda of all.
    fn plan(&mut self, place: usize) {
        let Some(watched) = self.zones.get(place) else { return };
        let planned = if watched.is_under_way { Planned::default() } else { watched.next() };
        self.put(place, planned);
    }

    /// Puts a zone on the agenda of all in the place of where it stood.
    fn put(&mut self, place: usize, planned: Planned) {
        let Some(watched) = self.zones.get_mut(place) else { return };
        let before = std::mem::replace(&mut watched.planned, planned);
        for (set, before, planned) in [
            (&mut self.asking, before.asking, planned.asking),
            (&mut self.comparing, before.comparing, planned.comparing),
        ] {
            before.map(|moment| set.remove(&(moment, place)));
            set.extend(planned.map(|moment| (moment, place)));
        }
    }

    /// Returns when there is something to be done next, if nothing ends before.
    fn next_due(&self, under_way: usize) -> Moment {
        let first = |set: &BTreeSet<(Moment, usize)>| set.first().map_or(Moment::MAX, |&(moment, _)| moment);
        let asking = if under_way < ASKED_AT_ONCE { first(&self.asking) } else { Moment::MAX };
        let comparing = if self.may_compare(under_way) { first(&self.comparing) } else { Moment::MAX };
        asking.min(comparing)
    }

    fn may_compare(&self, under_way: usize) -> bool {
        under_way < ASKED_AT_ONCE && self.comparisons < COMPARED_AT_ONCE
    }

    /// Returns a look whose time has come, if there is one.
    fn next(&mut self, under_way: usize, now: Moment) -> Option<Job> {
        let compared = self.next_compared(under_way, now);
        let asked = || due(&self.asking, now).filter(|_| under_way < ASKED_AT_ONCE);
        let place = compared.or_else(asked)?;
        self.put(place, Planned::default());
        let watched = self.zones.get_mut(place)?;
        let look = if compared.is_some() { CheckKind::Records } else { watched.agenda.asking(now) };
        self.meters.check_began(watched.agenda.is_late(look, now));
        let job = watched.begin(look, now);
        if look == CheckKind::Records {
            self.comparisons += 1;
            for address in &job.addresses {
                *self.comparisons_at.entry(address.clone()).or_default() += 1;
            }
        }
        Some(job)
    }

    /// Returns the zone whose records are to be compared now, if there is one. Those that would wait for an
    /// address which others are being read from stand back: they would keep the place of a zone that need not wait.
    fn next_compared(&mut self, under_way: usize, now: Moment) -> Option<usize> {
        while self.may_compare(under_way) {
            let place = due(&self.comparing, now)?;
            let watched = self.zones.get(place)?;
            let most = self.prober.client.limiter.transfers_per_address();
            let is_busy =
                |address: &str| self.comparisons_at.get(address).is_some_and(|count| *count >= most);
            if !watched.addresses().any(is_busy) {
                return Some(place);
            }
            self.put(place, Planned { comparing: Some(now + STAND_BACK), ..watched.planned });
        }
        None
    }

    /// A comparison has ended that these addresses took part in.
    fn compared(&mut self, addresses: &[String]) {
        self.comparisons -= 1;
        for address in addresses {
            if let Some(count) = self.comparisons_at.get_mut(address) {
                *count -= 1;
                if *count == 0 {
                    self.comparisons_at.remove(address);
                }
            }
        }
    }

    /// Takes in what has come of a look.
    fn done(&mut self, done: Done) {
        let now = self.now();
        let Done { number, zone, look, took, settings, addresses, outcome } = done;
        if look == CheckKind::Records {
            self.compared(&addresses);
        }
        // A zone that is not watched any more is of no interest, nor is one that left and came back meanwhile.
        let Some(&place) = self.places.get(&zone) else { return };
        let Some(watched) = self.zones.get_mut(place).filter(|watched| watched.number == number) else {
            return;
        };
        watched.is_under_way = false;
        // Nor is what was seen under settings that do not hold any more.
        let holds = watched.settings == settings;
        match outcome.filter(|_| holds) {
            Some(outcome) => {
                let news = watched.end(outcome, Ended { look, took, now, wall: clock::now() });
                let verdict = news.seen.report.verdict;
                if verdict != news.was.unwrap_or(Verdict::InSync) {
                    let (name, is) = (zone.without_final_dot(), verdict.code());
                    match news.was {
                        Some(was) => tracing::info!("{name} is {is}, was {}", was.code()),
                        None => tracing::info!("{name} is {is}"),
                    }
                }
                for (server, latency) in &news.arrivals {
                    self.meters.arrived(server, *latency);
                }
                // What was seen later is not told earlier.
                if self.store.is_some() && (news.row.is_some() || watched.unpublished > 0) {
                    watched.unpublished += 1;
                    self.unwritten.push((zone, news));
                } else {
                    self.board.publish(&zone, news.seen);
                }
            }
            None => {
                if look == CheckKind::Records && holds {
                    let took = humantime::format_duration(Duration::from_secs(took.as_secs()));
                    tracing::warn!(%zone, "its records could not be compared within {took}");
                }
                watched.missed(look, took, now);
            }
        }
        self.plan(place);
    }

    /// Writes down what is news, beside everything else; what comes of it is to be published.
    fn write(&mut self, now: Moment) -> Option<Writing> {
        let store = Arc::clone(self.store.as_ref()?);
        let is_beat = now.saturating_sub(self.beat) >= LEAST_BETWEEN_BEATS;
        if self.unwritten.is_empty() && !is_beat {
            return None;
        }
        let beat = is_beat.then(|| self.oldest_look()).flatten();
        if is_beat {
            self.beat = now;
        }
        let unwritten = std::mem::take(&mut self.unwritten);
        Some(tokio::task::spawn_blocking(move || {
            let mut published = Vec::new();
            for (zone, news) in unwritten {
                if let Some(row) = news.row {
                    store.save_encoded(&zone, row.to_vec());
                }
                published.push((zone, news.seen));
            }
            match beat {
                Some(beat) => store.checkpoint(beat),
                None => store.flush(),
            }
            for notice in store.take_notices() {
                tracing::warn!("{}", notice.trim_end());
            }
            published
        }))
    }

    /// Returns the time of the look that is longest ago, once every zone was looked at.
    fn oldest_look(&self) -> Option<SystemTime> {
        self.zones.iter().map(|watched| watched.last().map(|last| last.checked)).min().flatten()
    }
}

/// Returns the zone whose moment has come longest ago.
fn due(agenda: &BTreeSet<(Moment, usize)>, now: Moment) -> Option<usize> {
    agenda.first().filter(|(moment, _)| *moment <= now).map(|&(_, place)| place)
}

/// Takes a look; what goes wrong there takes no other one with it.
async fn look(checker: Arc<Checker>, job: Job) -> Done {
    let Job { number, zone, settings, look, rules, name_servers, addresses, history, earlier } = job;
    let began = Instant::now();
    let checked = async {
        let servers = &settings.zone.given;
        let mut plan = checker.finder.plan(zone.clone(), servers, rules).await;
        plan.name_servers = plan.name_servers.or(name_servers);
        let history = Some(history);
        let request = CheckRequest { history, earlier, ..CheckRequest::planned(plan, servers, clock::now()) };
        let result = checker.check(request).await;
        result.inspect_err(|error| tracing::error!(%zone, %error, "cannot read the zone file")).ok()
    };
    let checked = async {
        match look {
            CheckKind::Records => tokio::time::timeout(LONGEST_COMPARISON, checked).await.ok().flatten(),
            CheckKind::Serials | CheckKind::Lagging => checked.await,
        }
        .map(CheckOutcome::from)
    };
    // Nothing that is shared is left halfway: it is behind locks that know of panics.
    let outcome = AssertUnwindSafe(checked).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(%zone, "a check ended in a fault of this program");
        None
    });
    Done { number, zone, look, took: began.elapsed(), settings, addresses, outcome }
}

#[cfg(test)]
mod tests;
