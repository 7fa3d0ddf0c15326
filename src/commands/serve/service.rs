//! The service: monitors zones and serves results until a signal ends it, and reloads its configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::future::{Fuse, FusedFuture as _, FutureExt as _};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::http_thread::HttpThread;
use super::scheduler_task::{SchedulerHandle, SchedulerTask};
use super::service_manager::{notify, notify_reloading};
use super::source::{ConfigSource, Loaded};
use crate::check::Checker;
use crate::clock;
use crate::commands::rlimit::max_open_files;
use crate::commands::setup::{checker, query_limiter};
use crate::commands::signals::{Termination, termination};
use crate::commands::workload::{Shortfall, Workload};
use crate::config::{Config, Limits};
use crate::digest::HashKey;
use crate::http::{AccessFile, ActiveConfig, AppState, ReloadRequest};
use crate::metrics::Metrics;
use crate::monitor::{Results, Scheduler};
use crate::net::{QueryLimiter, QueryRecorder, TlsClients};
use crate::report::count_outlines;
use crate::resolve::Finder;
use crate::status::StatusClient;
use crate::store::Store;
use crate::validate::Validator;

/// How often the series of servers that are gone are dropped.
const RETAIN_INTERVAL: Duration = Duration::from_mins(10);

/// The interval of a watchdog that is not enabled.
const NO_WATCHDOG: Duration = Duration::from_hours(24);

/// What stays the same when the configuration is reloaded.
pub(super) struct Service {
    source: ConfigSource,
    metrics: Arc<Metrics>,
    results: Arc<Results>,
    finder: Finder,
    /// The secret of the digests.
    key: HashKey,
    /// Remembers the signatures that were verified.
    validator: Arc<Validator>,
    /// Remembers what servers have just said of all their zones.
    status: Arc<StatusClient>,
    /// The limiter of all queries, and the limits that it keeps.
    limiter: Mutex<(Limits, Arc<QueryLimiter>)>,
    /// `http.listen` of the first configuration.
    listen: SocketAddr,
    /// `state` of the first configuration.
    state: Option<String>,
}

impl Service {
    pub(super) fn new(
        source: ConfigSource,
        config: &Config,
        finder: Finder,
        key: HashKey,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            source,
            metrics: Arc::new(Metrics::new().context("cannot register the metrics")?),
            results: Arc::new(Results::default()),
            finder,
            key,
            validator: Arc::default(),
            status: Arc::default(),
            limiter: Mutex::new((config.limits, query_limiter(config.limits))),
            listen: config.http.listen,
            state: config.state.clone(),
        })
    }

    /// Runs until a signal ends it, and returns the exit code.
    pub(super) async fn run(
        self,
        Loaded { config, tls, access }: Loaded,
        listener: TcpListener,
        store: Option<Arc<Store>>,
    ) -> anyhow::Result<u8> {
        // Registered before anybody can know that the service runs: until then, the signal ends the program.
        let sighup = signal(SignalKind::hangup())?;
        let (reload, requests) = mpsc::channel(1);
        let (results, metrics) = (Arc::clone(&self.results), Arc::clone(&self.metrics));
        let scheme = if access.has_tls() { "https" } else { "http" };
        log_warnings(&access);
        let state =
            Arc::new(AppState::new(results, metrics, reload, self.active_config(&config, &tls, access)));
        let http = HttpThread::start(listener, Arc::clone(&state))?;
        let (zones, catalogs) = (config.zones.len(), config.catalogs.len());
        tracing::info!(zones, catalogs, "metrics at {scheme}://{}/metrics", http.address);
        log_shortfalls(&config);
        let mut scheduler = self.start_scheduler(config, &tls, store);
        notify(&[NotifyState::Ready]);
        let triggers = ReloadTriggers { sighup, requests };
        let signal = self.serve(&state, triggers, &mut scheduler).await?;
        notify(&[NotifyState::Stopping]);
        tracing::info!("received {signal}, shutting down");
        scheduler.stop().await;
        http.stop();
        Ok(signal.exit_code_of_service())
    }

    fn start_scheduler(
        &self,
        config: Config,
        tls: &Arc<TlsClients>,
        store: Option<Arc<Store>>,
    ) -> SchedulerTask {
        let (results, metrics) = (Arc::clone(&self.results), Arc::clone(&self.metrics));
        let mut scheduler = Scheduler::new(self.counted_checker(&config, tls), store, results, metrics);
        self.metrics.record_reload(Ok(clock::now()));
        scheduler.configure(config);
        SchedulerTask::start(scheduler)
    }

    /// Reloads the configuration whenever that is requested, until a signal ends the service.
    async fn serve(
        &self,
        state: &AppState,
        mut triggers: ReloadTriggers,
        scheduler: &mut SchedulerTask,
    ) -> anyhow::Result<Termination> {
        let mut termination = std::pin::pin!(termination());
        let mut watchdog = tokio::time::interval(sd_notify::watchdog_enabled().unwrap_or(NO_WATCHDOG) / 2);
        let mut retain = tokio::time::interval(RETAIN_INTERVAL);
        let handle = scheduler.handle();
        let mut reloading = std::pin::pin!(Fuse::terminated());
        loop {
            tokio::select! {
                signal = &mut termination => return signal,
                _ = scheduler.ended() => bail!("internal error: the scheduler panicked"),
                () = &mut reloading => {}
                // One reload at a time; requests meanwhile wait.
                request = triggers.next(), if reloading.is_terminated() => {
                    reloading.set(self.handle_reload(request, state, &handle).fuse());
                }
                _ = watchdog.tick() => notify(&[NotifyState::Watchdog]),
                _ = retain.tick() => self.retain_servers(),
            }
        }
    }

    /// Drops the series of servers that no zone has any more, or that have other addresses now.
    fn retain_servers(&self) {
        let snapshots = self.results.snapshots();
        let outlines = count_outlines(snapshots.iter().map(AsRef::as_ref));
        let mut servers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for server in outlines.iter().flat_map(|(report, _)| &report.servers) {
            servers.entry(&server.server).or_default().extend(server.address.as_deref());
        }
        self.metrics.retain_servers(&servers);
    }

    /// Reloads the configuration, and sends the outcome to the client that requested it.
    async fn handle_reload(
        &self,
        request: Option<ReloadRequest>,
        state: &AppState,
        scheduler: &SchedulerHandle,
    ) {
        notify_reloading();
        let outcome = self.reload(state, scheduler).await;
        // Also where the old configuration stays: the service goes on.
        notify(&[NotifyState::Ready]);
        if let Some(request) = request {
            // The client may be gone.
            let _ = request.send(outcome);
        }
    }

    /// Reads the configuration again, and goes by it if it has no mistake.
    async fn reload(&self, state: &AppState, scheduler: &SchedulerHandle) -> Result<(), String> {
        let source = self.source.clone();
        let loaded = tokio::task::spawn_blocking(move || source.load()).await;
        let Loaded { config, tls, access } = match loaded.context("internal error").and_then(|loaded| loaded)
        {
            Ok(loaded) => loaded,
            Err(error) => {
                self.metrics.record_reload(Err(()));
                let message = format!("{error:#}\n");
                tracing::error!("configuration not reloaded, the old one stays: {}", message.trim_end());
                return Err(message);
            }
        };
        if config.http.listen != self.listen {
            tracing::warn!("`http.listen` has changed, which takes a restart");
        }
        if config.state != self.state {
            tracing::warn!("`state` has changed, which takes a restart");
        }
        let (zones, catalogs) = (config.zones.len(), config.catalogs.len());
        log_warnings(&access);
        let active = self.active_config(&config, &tls, access);
        let checker = self.counted_checker(&config, &tls);
        log_shortfalls(&config);
        if !scheduler.configure(config, checker).await {
            return Err("the program is shutting down\n".to_owned());
        }
        state.reconfigure(active);
        self.metrics.record_reload(Ok(clock::now()));
        tracing::info!(zones, catalogs, "configuration reloaded");
        Ok(())
    }

    fn active_config(&self, config: &Config, tls: &Arc<TlsClients>, access: AccessFile) -> ActiveConfig {
        let checker = Arc::new(self.checker(config, tls));
        let (http, vantage) = (config.http.clone(), config.vantage.clone());
        self.metrics.set_identity(vantage.clone(), config.shard, http.external_url.clone());
        ActiveConfig { http, metrics: config.metrics, checker, vantage, access }
    }

    /// A checker that keeps within the limits of a configuration.
    fn checker(&self, config: &Config, tls: &Arc<TlsClients>) -> Checker {
        let limiter = self.limiter(config.limits);
        Checker {
            key: self.key.clone(),
            validator: Arc::clone(&self.validator),
            status: Arc::clone(&self.status),
            ..checker(config.limits, limiter, self.finder.fork(), Arc::clone(tls))
        }
    }

    /// The limiter for these limits: the same as long as they stay, since running queries count.
    fn limiter(&self, limits: Limits) -> Arc<QueryLimiter> {
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        if limiter.0 != limits {
            *limiter = (limits, query_limiter(limits));
        }
        Arc::clone(&limiter.1)
    }

    /// A checker whose queries are counted. Those of `/probe` are not: clients may name any zone there, and each
    /// server is a series.
    fn counted_checker(&self, config: &Config, tls: &Arc<TlsClients>) -> Checker {
        let mut checker = self.checker(config, tls);
        checker.count_with(Arc::clone(&self.metrics) as Arc<dyn QueryRecorder>);
        checker
    }
}

/// Warns of what the zones of a configuration ask for, and do not get.
fn log_shortfalls(config: &Config) {
    for Shortfall { limit, message } in Workload::new(config).shortfalls(max_open_files()) {
        tracing::warn!(limit, "cannot keep up: {message}");
    }
}

/// Warns of what the web configuration says and nothing follows from.
fn log_warnings(access: &AccessFile) {
    for warning in access.warnings() {
        tracing::warn!("{warning}");
    }
}

/// What asks for a reload: SIGHUP, or a client over HTTP.
struct ReloadTriggers {
    sighup: Signal,
    requests: mpsc::Receiver<ReloadRequest>,
}

impl ReloadTriggers {
    /// Waits for the next one, and returns the request of a client.
    async fn next(&mut self) -> Option<ReloadRequest> {
        tokio::select! {
            _ = self.sighup.recv() => {
                tracing::info!("received SIGHUP, reloading the configuration");
                None
            }
            Some(request) = self.requests.recv() => Some(request),
        }
    }
}
