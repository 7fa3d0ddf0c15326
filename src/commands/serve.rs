//! `zoneprobe serve`: look at zones on a schedule, and tell programs and people.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::{Fuse, FusedFuture as _, FutureExt as _};
use sd_notify::NotifyState;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

use super::setup::prober;
use super::{config, setup, signals};
use crate::check::Checker;
use crate::cli::ServeCommand;
use crate::clock;
use crate::config::{Config, Limits, MetricsDetail, MonitorSettings};
use crate::digest::HashKey;
use crate::http::{self, ActiveConfig, AppState, ReloadRequest};
use crate::metrics::Metrics;
use crate::monitor::{Command, Results, Scheduler};
use crate::net::{QueryLimiter, QueryRecorder};
use crate::plan::Resolver;
use crate::report::{self, ExpositionDetail};
use crate::resolve::{Families, Finder};
use crate::store::Store;

/// More series are too many for `auto` to tell everything.
const MOST_SERIES: u64 = 200_000;

/// Addresses of a zone whose servers are looked up, as far as the size of the metrics goes.
const USUAL_ADDRESSES: u64 = 4;

/// How long the end may take in which all is written down.
const LONGEST_END: Duration = Duration::from_millis(2500);

/// How often what was counted of servers that are gone is forgotten.
const BETWEEN_FORGETTING: Duration = Duration::from_mins(10);

/// A service manager that does not watch is told nothing.
const NEVER: Duration = Duration::from_hours(24);

/// Runs the command and returns its exit code.
pub(super) async fn run(args: ServeCommand) -> anyhow::Result<u8> {
    let path = args.config.clone();
    let config = config::load(&path)?;
    let listen = args.listen.unwrap_or(config.http.listen);
    let state = args.state.clone().or_else(|| config.state.as_ref().map(|state| beside(&path, state)));
    start(Source::File(path), config, (listen, state), args.resolver).await
}

/// Serves what a text configures, and remembers nothing.
pub(super) async fn demonstrate(text: String) -> anyhow::Result<u8> {
    let config = config::of_text(&text)?;
    let listen = config.http.listen;
    start(Source::Text(text), config, (listen, None), None).await
}

/// Where a configuration stands.
#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    Text(String),
}

impl Source {
    fn load(&self) -> anyhow::Result<Config> {
        match self {
            Self::File(path) => config::load(path),
            Self::Text(text) => config::of_text(text),
        }
    }
}

async fn start(
    source: Source,
    config: Config,
    (listen, state): (SocketAddr, Option<PathBuf>),
    resolver: Option<Resolver>,
) -> anyhow::Result<u8> {
    let listener =
        std::net::TcpListener::bind(listen).with_context(|| format!("cannot serve at `{listen}`"))?;
    listener.set_nonblocking(true).with_context(|| format!("cannot serve at `{listen}`"))?;
    let (store, key) = open_store(state.as_deref())?;
    let service = Service {
        meters: Arc::new(Metrics::new().context("cannot count")?),
        board: Arc::new(Results::default()),
        finder: Finder::new(Families::Both, resolver.map(|Resolver(address)| address)),
        limits: Mutex::new((config.limits, setup::limits(config.limits))),
        listen: config.http.listen,
        state: config.state.clone(),
        source,
        key,
    };
    service.run(config, listener, store).await
}

/// A path in a configuration is taken from its folder.
fn beside(config: &Path, path: &str) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join(path)
}

fn open_store(path: Option<&Path>) -> anyhow::Result<(Option<Arc<Store>>, HashKey)> {
    let fresh = HashKey(rand::random());
    let Some(path) = path else {
        tracing::warn!("no state: what is seen is forgotten when this program ends");
        return Ok((None, fresh));
    };
    let store = Store::open(path, &fresh, "zoneprobe serve")?;
    for notice in store.take_notices() {
        tracing::warn!("{}", notice.trim_end());
    }
    let key = store.key();
    Ok((Some(Arc::new(store)), key))
}

/// What stays the same when the configuration is read anew.
struct Service {
    meters: Arc<Metrics>,
    board: Arc<Results>,
    finder: Finder,
    /// What everything asked at once has to keep within, for costs that were configured.
    limits: Mutex<(Limits, Arc<QueryLimiter>)>,
    /// Where the configuration said that it is to be served when it was read first.
    listen: SocketAddr,
    /// Where it said that what is seen is kept.
    state: Option<String>,
    source: Source,
    key: HashKey,
}

impl Service {
    async fn run(
        self,
        config: Config,
        listener: std::net::TcpListener,
        store: Option<Arc<Store>>,
    ) -> anyhow::Result<u8> {
        let mut told = std::pin::pin!(signals::told());
        let mut hung_up = signal(SignalKind::hangup())?;
        let (reload, mut reloads) = mpsc::channel(1);
        let (orders, ordered) = mpsc::channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        let (board, meters) = (Arc::clone(&self.board), Arc::clone(&self.meters));
        let site = Arc::new(AppState::new(board, meters, reload, self.active(&config)));
        let pages = Pages::serve(listener, Arc::clone(&site))?;
        tracing::info!(zones = config.zones.len(), "metrics at http://{}/metrics", pages.address);
        let (board, meters) = (Arc::clone(&self.board), Arc::clone(&self.meters));
        let mut watcher = Scheduler::new(self.counted_prober(&config), store, board, meters);
        self.meters.record_reload(Ok(clock::now()));
        watcher.configure(config);
        let mut watching = tokio::spawn(watcher.run(ordered, async { drop(stopped.await) }));
        tell_manager(NotifyState::Ready);
        let mut alive = tokio::time::interval(sd_notify::watchdog_enabled().unwrap_or(NEVER) / 2);
        let mut forgetting = tokio::time::interval(BETWEEN_FORGETTING);
        let mut reloading = std::pin::pin!(Fuse::terminated());
        let code = loop {
            tokio::select! {
                code = &mut told => break code?,
                _ = &mut watching => anyhow::bail!("the schedule ended in a fault of this program"),
                () = &mut reloading => {}
                // One at a time; what is asked meanwhile comes after.
                _ = hung_up.recv(), if reloading.is_terminated() => {
                    tracing::info!("told to read the configuration anew");
                    reloading.set(self.answer(None, &site, &orders).fuse());
                }
                Some(request) = reloads.recv(), if reloading.is_terminated() => {
                    reloading.set(self.answer(Some(request), &site, &orders).fuse());
                }
                _ = alive.tick() => tell_manager(NotifyState::Watchdog),
                _ = forgetting.tick() => self.forget_servers(),
            }
        };
        tell_manager(NotifyState::Stopping);
        tracing::info!("told to end");
        let _ = stop.send(());
        if tokio::time::timeout(LONGEST_END, &mut watching).await.is_err() {
            tracing::warn!("what is known could not be written down in time");
        }
        pages.end();
        Ok(code)
    }

    /// Forgets what was counted of servers that no zone was seen at: they left, or have other addresses now.
    fn forget_servers(&self) {
        let all = self.board.snapshots();
        let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for server in all.iter().flat_map(|zone| &zone.report.servers) {
            seen.entry(&server.server).or_default().insert(&server.address);
        }
        self.meters.retain_servers(&seen);
    }

    /// Reads the configuration anew, and says to whoever asked what came of it.
    async fn answer(&self, request: Option<ReloadRequest>, site: &AppState, orders: &mpsc::Sender<Command>) {
        let reloaded = self.reload(site, orders).await;
        if let Some(request) = request {
            // Whoever asked may have gone.
            let _ = request.send(reloaded);
        }
    }

    /// Reads the configuration anew, and goes by it if nothing is wrong with it.
    async fn reload(&self, site: &AppState, orders: &mpsc::Sender<Command>) -> Result<(), String> {
        let source = self.source.clone();
        let loaded = tokio::task::spawn_blocking(move || source.load()).await;
        let config = match loaded.context("a fault of this program").and_then(|loaded| loaded) {
            Ok(config) => config,
            Err(error) => {
                self.meters.record_reload(Err(()));
                let told = format!("{error:#}\n");
                tracing::error!("the old configuration stays: {}", told.trim_end());
                return Err(told);
            }
        };
        if config.http.listen != self.listen {
            tracing::warn!("`http.listen` has changed, which takes a restart");
        }
        if config.state != self.state {
            tracing::warn!("`state` has changed, which takes a restart");
        }
        let (zones, active) = (config.zones.len(), self.active(&config));
        let (done, watched) = oneshot::channel();
        let prober = self.counted_prober(&config);
        let order = Command::Configure { config: Box::new(config), checker: prober, done };
        if orders.send(order).await.is_err() || watched.await.is_err() {
            return Err("the program is about to end\n".to_owned());
        }
        site.reconfigure(active);
        self.meters.record_reload(Ok(clock::now()));
        tracing::info!(zones, "the configuration was read anew");
        Ok(())
    }

    fn active(&self, config: &Config) -> ActiveConfig {
        let checker = Arc::new(self.prober(config));
        ActiveConfig { http: config.http, detail: self.exposure(config), checker }
    }

    /// Returns what asks, within what a configuration says it may cost.
    fn prober(&self, config: &Config) -> Checker {
        let mut prober = prober(config.limits, self.limits(config.limits), self.finder.fork());
        prober.key = self.key.clone();
        prober
    }

    /// Returns the limits for these costs: those in use as long as they stay, for what is under way counts.
    fn limits(&self, costs: Limits) -> Arc<QueryLimiter> {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        if limits.0 != costs {
            *limits = (costs, setup::limits(costs));
        }
        Arc::clone(&limits.1)
    }

    /// Returns the same, counted: for the schedule, since anybody may name servers to `/probe`.
    fn counted_prober(&self, config: &Config) -> Checker {
        let mut prober = self.prober(config);
        prober.count_with(Arc::clone(&self.meters) as Arc<dyn QueryRecorder>);
        prober
    }

    /// Decides how much the metrics tell, and says so.
    fn exposure(&self, config: &Config) -> ExpositionDetail {
        let addresses = |settings: &MonitorSettings| match settings.zone.given.servers.len() {
            0 => USUAL_ADDRESSES,
            count => count as u64,
        };
        let series: u64 = config.zones.iter().map(|(_, settings)| report::series(addresses(settings))).sum();
        let detail = match config.metrics.detail {
            MetricsDetail::Auto if series > MOST_SERIES => MetricsDetail::Exceptions,
            MetricsDetail::Auto => MetricsDetail::Server,
            chosen => chosen,
        };
        tracing::info!(
            detail = detail.name(),
            series,
            "what the metrics tell; `series` is what all of it would take"
        );
        self.meters.set_detail(detail);
        match detail {
            MetricsDetail::Auto | MetricsDetail::Server => ExpositionDetail::Server,
            MetricsDetail::Zone => ExpositionDetail::Zone,
            MetricsDetail::Exceptions => ExpositionDetail::Exceptions(config.metrics.max_series),
        }
    }
}

/// HTTP, in a thread of its own: whoever asks for a page keeps no zone waiting.
struct Pages {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Pages {
    fn serve(listener: std::net::TcpListener, site: Arc<AppState>) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("cannot serve")?;
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = super::runtime()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).context("cannot serve")?
        };
        let thread = std::thread::spawn(move || {
            runtime.block_on(http::serve(listener, site, async { drop(stopped.await) }));
            runtime.shutdown_background();
        });
        Ok(Self { address, stop, thread })
    }

    fn end(self) {
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("the pages ended in a fault of this program");
        }
    }
}

/// Tells the service manager, if there is one.
fn tell_manager(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!("cannot tell the service manager: {error}");
    }
}
