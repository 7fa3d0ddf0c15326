//! Checks all zones, each when its schedule says so, and publishes the results.
//!
//! One task owns the schedule. Checks run concurrently, and none waits for the servers of another. What they change
//! is saved before it is published, in batches: each save takes everything that has come in since the last one, a second
//! ago or more.

mod admission;
mod catalogs;
mod fleet;
mod queue;
mod unsaved;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::{mpsc, oneshot};

use self::fleet::Fleet;
use self::queue::RunningChecks;
use self::unsaved::{Save, SavedResult, Unsaved, save};
use super::departed::Departed;
use super::job::{CheckJob, FinishedCheck};
use super::members::Members;
use super::results::Results;
use super::schedule::{CheckKind, Uptime};
use super::verdict_log::VerdictLog;
use super::zone::{CheckTiming, DueTimes, MonitoredZone, Update};
use super::zone_id::ZoneId;
use crate::check::Checker;
use crate::clock;
use crate::config::Config;
use crate::dns::{Name, duration_text};
use crate::metrics::Metrics;
use crate::report::Outlines;
use crate::store::Store;

/// The most checks at once; one of serials takes a few KiB.
const MAX_CHECKS: usize = 2048;

/// The most comparisons of records at once: it bounds the memory that their digests take.
const MAX_COMPARISONS: usize = 32;

/// The most checks of serials at once that one address takes part in: a slow server leaves room for the zones of
/// others.
const MAX_CHECKS_PER_ADDRESS: usize = MAX_CHECKS / 4;

/// How often zones that wait for addresses are looked at although no check at these has ended.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How many zones with busy addresses are passed over at once, before what has happened meanwhile is taken in.
const MAX_PASSED_OVER: usize = 256;

/// The shortest time from one save to the next, unless very much is unsaved: each rewrites the pages of the rows that
/// change, and the way to them from the root.
const MIN_SAVE_INTERVAL: Duration = Duration::from_secs(1);

/// With this many changes, the next save does not wait.
const MAX_UNSAVED: usize = 16_384;

/// The shortest time from one checkpoint to the next.
const MIN_CHECKPOINT_INTERVAL: Duration = Duration::from_secs(10);

/// The shortest time from one removal of zones that have left their catalogs to the next.
const FORGET_INTERVAL: Duration = Duration::from_secs(1);

/// What a scheduler can be asked to do.
pub enum Command {
    /// Monitor the zones of this configuration, with this checker, from now on.
    Configure {
        /// The configuration.
        config: Box<Config>,
        /// The checker.
        checker: Checker,
        /// Receives a message once it is done.
        done: oneshot::Sender<()>,
    },
}

/// Runs the checks of all monitored zones.
pub struct Scheduler {
    checker: Arc<Checker>,
    store: Option<Arc<Store>>,
    results: Arc<Results>,
    metrics: Arc<Metrics>,
    fleet: Fleet,
    members: Members,
    /// The zones that have left these catalogs, and that no server serves any more.
    unserved: HashMap<Name, BTreeSet<Name>>,
    next_forget: Uptime,
    /// The histories of zones that are not monitored any more.
    departed: Departed,
    is_configured: bool,
    /// Checks of serials.
    serial_checks: RunningChecks,
    /// Comparisons of records.
    comparisons: RunningChecks,
    started: Instant,
    verdict_log: VerdictLog,
    /// What the results of many zones share.
    outlines: Outlines,
    unsaved: Vec<Unsaved>,
    next_save: Uptime,
    last_checkpoint: Uptime,
    next_retry: Uptime,
}

impl Scheduler {
    /// A scheduler of no zones.
    pub fn new(
        checker: Checker,
        store: Option<Arc<Store>>,
        results: Arc<Results>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            checker: Arc::new(checker),
            store,
            results,
            metrics,
            fleet: Fleet::default(),
            members: Members::default(),
            unserved: HashMap::new(),
            next_forget: Duration::ZERO,
            departed: Departed::default(),
            is_configured: false,
            serial_checks: RunningChecks::default(),
            comparisons: RunningChecks::default(),
            started: Instant::now(),
            verdict_log: VerdictLog::default(),
            outlines: Outlines::default(),
            unsaved: Vec::new(),
            next_save: Duration::ZERO,
            last_checkpoint: Duration::ZERO,
            next_retry: Duration::ZERO,
        }
    }

    /// Runs checks until `stop` completes, then saves what is known.
    pub async fn run(mut self, mut commands: mpsc::Receiver<Command>, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut running = FuturesUnordered::new();
        let mut save: Option<Save> = None;
        loop {
            let now = self.now();
            self.retry_waiting(now);
            while let Some(job) = self.next_job(running.len(), now) {
                running.push(job.run(Arc::clone(&self.checker)));
            }
            self.metrics.set_running_checks(running.len());
            self.forget_unserved(now);
            if save.is_none() {
                save = self.start_save(now);
            }
            if self.verdict_log.due() <= now {
                self.log_outages();
            }
            let save_due =
                if self.unsaved.is_empty() || save.is_some() { Uptime::MAX } else { self.next_save };
            let due = self.next_due(running.len()).min(self.verdict_log.due()).min(save_due);
            let wake = self.started + due.min(now + RETRY_INTERVAL);
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(command) = commands.recv() => self.handle(command),
                saved = async { save.as_mut()?.await.ok() }, if save.is_some() => {
                    save = None;
                    self.publish_saved(saved.unwrap_or_default());
                }
                Some(finished) = running.next(), if !running.is_empty() => self.complete(finished),
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
        drop(running);
        self.log_outages();
        if let Some(save) = save {
            let _ = save.await;
        }
        // The last checkpoint says that nothing has changed up to now.
        (self.next_save, self.last_checkpoint) = (Duration::ZERO, Duration::ZERO);
        let now = self.now();
        if let Some(save) = self.start_save(now) {
            let _ = save.await;
        }
    }

    fn now(&self) -> Uptime {
        self.started.elapsed()
    }

    fn handle(&mut self, command: Command) {
        match command {
            Command::Configure { config, checker, done } => {
                self.checker = Arc::new(checker);
                self.configure(*config);
                // The sender of the command may be gone.
                let _ = done.send(());
            }
        }
    }

    /// When the next check may begin, if none ends before.
    fn next_due(&self, running: usize) -> Uptime {
        let serials = if running < MAX_CHECKS { self.fleet.serials().next_due() } else { Uptime::MAX };
        let records = if self.may_compare(running) { self.fleet.records().next_due() } else { Uptime::MAX };
        serials.min(records)
    }

    fn may_compare(&self, running: usize) -> bool {
        running < MAX_CHECKS && self.comparisons.count < MAX_COMPARISONS
    }

    /// Takes a check that is due off the queues, if there is room for one more.
    fn next_job(&mut self, running: usize, now: Uptime) -> Option<CheckJob> {
        let comparison = self.next_comparison(running, now);
        let id = match comparison {
            Some(id) => id,
            None => self.next_serial_check(running, now)?,
        };
        self.fleet.requeue(id, DueTimes::default());
        let zone = self.fleet.get_mut(id)?;
        let kind = if comparison.is_some() { CheckKind::Records } else { zone.schedule().serials_kind(now) };
        self.metrics.count_check(zone.schedule().is_late(kind, now));
        let catalog = self.members.state(&zone.wanted.zone).cloned().unwrap_or_default();
        let job = zone.begin(kind, catalog);
        self.running_checks(kind).begin(&job.addresses);
        Some(job)
    }

    fn running_checks(&mut self, kind: CheckKind) -> &mut RunningChecks {
        match kind {
            CheckKind::Records => &mut self.comparisons,
            CheckKind::Serials | CheckKind::Lagging => &mut self.serial_checks,
        }
    }

    /// The zone whose serials are checked now, if any.
    fn next_serial_check(&mut self, running: usize, now: Uptime) -> Option<ZoneId> {
        for _ in 0..MAX_PASSED_OVER {
            let id = self.fleet.serials().due(now).filter(|_| running < MAX_CHECKS)?;
            if self.may_begin(CheckKind::Serials, id) {
                return Some(id);
            }
        }
        None
    }

    /// The zone whose records are compared now, if any.
    fn next_comparison(&mut self, running: usize, now: Uptime) -> Option<ZoneId> {
        for _ in 0..MAX_PASSED_OVER {
            let id = self.fleet.records().due(now).filter(|_| self.may_compare(running))?;
            if self.may_begin(CheckKind::Records, id) {
                return Some(id);
            }
        }
        None
    }

    /// Whether no address of a zone takes part in as many checks as it may.
    ///
    /// Else the zone waits until one of these ends: its check would do nothing but that, in the place of a zone that need
    /// not wait. Its other addresses then have room for zones that wait for them.
    fn may_begin(&mut self, kind: CheckKind, id: ZoneId) -> bool {
        let Some(zone) = self.fleet.get(id) else { return true };
        let Some(busy) = zone.addresses().find(|address| self.is_busy(kind, address)) else { return true };
        let busy = busy.to_owned();
        let is_awaited = |address: &&str| self.fleet.waiting(kind).is_awaited(address);
        let others = zone.addresses().filter(is_awaited).filter(|address| !self.is_busy(kind, address));
        let others: Vec<String> = others.map(str::to_owned).collect();
        self.fleet.await_address(kind, id, &busy);
        for address in others {
            self.fleet.wake(kind, &address);
        }
        false
    }

    /// Whether an address takes part in as many checks of a kind as it may at once.
    fn is_busy(&self, kind: CheckKind, address: &str) -> bool {
        match kind {
            CheckKind::Records => {
                let max_transfers = self.checker.client.limiter.transfers_per_address();
                self.comparisons.is_busy(address, max_transfers)
            }
            CheckKind::Serials | CheckKind::Lagging => {
                self.serial_checks.is_busy(address, MAX_CHECKS_PER_ADDRESS)
            }
        }
    }

    /// Queues a zone for each address that has room and is waited for: the zone that was to take that may have changed.
    fn retry_waiting(&mut self, now: Uptime) {
        if now < self.next_retry {
            return;
        }
        self.next_retry = now + RETRY_INTERVAL;
        for kind in [CheckKind::Serials, CheckKind::Records] {
            let addresses =
                self.fleet.waiting(kind).addresses().filter(|address| !self.is_busy(kind, address));
            let addresses: Vec<String> = addresses.map(str::to_owned).collect();
            for address in addresses {
                self.fleet.wake(kind, &address);
            }
        }
    }

    /// Takes in a check that has ended, and queues the next ones of its zone.
    fn complete(&mut self, finished: FinishedCheck) {
        let now = self.now();
        let FinishedCheck { id, wanted, kind, addresses, took, outcome } = finished;
        self.running_checks(kind).end(&addresses);
        for address in &addresses {
            self.fleet.wake(kind, address);
        }
        // The zone may have left since, and come back under another number.
        let Some(zone) = self.fleet.get_mut(id) else { return };
        zone.is_running = false;
        // A result counts for nothing if the zone is monitored by other settings now, or has left its catalog since.
        let is_current = zone.wanted == wanted;
        let name = wanted.zone;
        match outcome.filter(|_| is_current) {
            Some(mut outcome) => {
                let catalog = outcome.catalog.take();
                let timing = CheckTiming { took, ended: now, ended_at: clock::now() };
                let update = zone.complete(kind, outcome, timing, &mut self.outlines);
                self.verdict_log.add(update.previous.as_deref(), &update.snapshot, now);
                for (server, latency) in &update.latencies {
                    self.metrics.record_publication(server, *latency);
                }
                self.note_unserved(&name, &update);
                self.publish(id, name.clone(), update);
                self.fleet.enqueue(id);
                if let Some(catalog) = catalog {
                    self.take_catalog(&name, catalog);
                }
            }
            None => {
                zone.fail(kind, took, now);
                if kind == CheckKind::Records && is_current {
                    let took = duration_text(took);
                    tracing::warn!(zone = %name, %took, "records could not be compared");
                }
                self.fleet.enqueue(id);
            }
        }
    }

    fn log_outages(&mut self) {
        let snapshots = self.fleet.zones().filter_map(MonitoredZone::snapshot);
        self.verdict_log.flush(snapshots.map(AsRef::as_ref));
    }

    /// Publishes a result: at once, or after it was saved.
    fn publish(&mut self, id: ZoneId, name: Name, update: Update) {
        let Some(zone) = self.fleet.get_mut(id) else { return };
        // Results are published in order: this one waits for those before it.
        if self.store.is_some() && (update.history.is_some() || zone.unpublished > 0) {
            zone.unpublished += 1;
            let result = SavedResult { id, zone: name, snapshot: update.snapshot };
            self.unsaved.push(Unsaved::Result(result, update.history));
        } else {
            self.results.publish(&name, update.snapshot);
        }
    }

    /// Publishes the results that were saved, of the zones that are still monitored.
    fn publish_saved(&mut self, saved: Vec<SavedResult>) {
        for SavedResult { id, zone: name, snapshot } in saved {
            let Some(zone) = self.fleet.get_mut(id) else { continue };
            zone.unpublished = zone.unpublished.saturating_sub(1);
            self.results.publish(&name, snapshot);
        }
    }

    /// Starts to save what has changed, or a checkpoint if one is due.
    fn start_save(&mut self, now: Uptime) -> Option<Save> {
        let store = Arc::clone(self.store.as_ref()?);
        let is_checkpoint = now.saturating_sub(self.last_checkpoint) >= MIN_CHECKPOINT_INTERVAL;
        let is_due = now >= self.next_save || self.unsaved.len() >= MAX_UNSAVED;
        if !is_checkpoint && (self.unsaved.is_empty() || !is_due) {
            return None;
        }
        self.next_save = now + MIN_SAVE_INTERVAL;
        let checkpoint = is_checkpoint.then(|| self.oldest_check()).flatten();
        if is_checkpoint {
            self.last_checkpoint = now;
        }
        Some(save(store, std::mem::take(&mut self.unsaved), checkpoint))
    }

    /// The time of the zone's check that is longest ago, once every zone was checked.
    fn oldest_check(&self) -> Option<SystemTime> {
        self.fleet.zones().map(|zone| zone.snapshot().map(|snapshot| snapshot.checked())).min().flatten()
    }
}

#[cfg(test)]
mod tests;
