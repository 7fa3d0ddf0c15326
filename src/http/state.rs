//! What all endpoints share.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use hyper::body::Bytes;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::access::{Access, AccessFile, Passwords};
use super::probe_cache::ProbeCache;
use crate::check::Checker;
use crate::clock;
use crate::config::{HttpConfig, MetricsConfig, MetricsDetail};
use crate::dns::Name;
use crate::metrics::Metrics;
use crate::monitor::Results;
use crate::report::{self, ExpositionDetail};

/// With more series than this, `auto` chooses `exceptions`.
const MAX_AUTO_SERIES: u64 = 200_000;

/// The most pages and lists of all zones that are rendered at once: each may take many megabytes.
const MAX_RENDERS: usize = 2;

/// A request to read the configuration again; its outcome is sent back.
pub type ReloadRequest = oneshot::Sender<Result<(), String>>;

/// What all endpoints share.
#[derive(Debug)]
pub struct AppState {
    pub(super) results: Arc<Results>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) reload: mpsc::Sender<ReloadRequest>,
    pub(super) probes: ProbeCache,
    pub(super) passwords: Passwords,
    access: watch::Sender<AccessFile>,
    config: RwLock<ActiveConfig>,
    pub(super) last_exposition: Arc<tokio::sync::Mutex<Option<Exposition>>>,
    renders: Arc<Semaphore>,
}

/// What a reload of the configuration may change.
#[derive(Debug)]
pub struct ActiveConfig {
    /// What clients may do.
    pub http: HttpConfig,
    /// How much `/metrics` says of each zone.
    pub metrics: MetricsConfig,
    /// What checks a zone for `/probe`, from sockets of its own.
    pub checker: Arc<Checker>,
    /// What the operator calls the place that zones are checked from.
    pub vantage: Option<String>,
    /// Who may connect, and whose requests are answered.
    pub access: AccessFile,
}

/// An exposition for Prometheus.
#[derive(Clone, Debug)]
pub(super) struct Exposition {
    pub(super) made: Instant,
    pub(super) text: Bytes,
    /// The same compressed, once a client has accepted that.
    pub(super) gzip: Option<Bytes>,
}

impl AppState {
    /// The state of endpoints that serve these results.
    pub fn new(
        results: Arc<Results>,
        metrics: Arc<Metrics>,
        reload: mpsc::Sender<ReloadRequest>,
        config: ActiveConfig,
    ) -> Self {
        Self {
            results,
            metrics,
            reload,
            probes: ProbeCache::default(),
            passwords: Passwords::default(),
            access: watch::Sender::new(config.access.clone()),
            config: RwLock::new(config),
            last_exposition: Arc::default(),
            renders: Arc::new(Semaphore::new(MAX_RENDERS)),
        }
    }

    /// Goes by another configuration from now on.
    pub fn reconfigure(&self, config: ActiveConfig) {
        self.replace_access(config.access.clone());
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    pub(super) fn http(&self) -> HttpConfig {
        self.config().http.clone()
    }

    /// The path of all pages, without the final slash: empty, or it begins with one.
    pub(super) fn base_path(&self) -> String {
        self.config().http.external_url.as_ref().map_or_else(String::new, |url| url.path().to_owned())
    }

    /// The URL of the page of a zone, if it is monitored, and known where people find the pages.
    pub(super) fn page_url(&self, zone: &Name) -> Option<String> {
        self.results.snapshot(zone)?;
        self.config().http.external_url.as_ref().map(|url| url.zone_page(zone))
    }

    pub(super) fn checker(&self) -> Arc<Checker> {
        Arc::clone(&self.config().checker)
    }

    pub(super) fn vantage(&self) -> Option<String> {
        self.config().vantage.clone()
    }

    /// Who may connect now, and whose requests are answered.
    pub(super) fn access(&self) -> Arc<Access> {
        Arc::clone(self.access.borrow().access())
    }

    /// The same with its files.
    pub(super) fn access_file(&self) -> AccessFile {
        self.access.borrow().clone()
    }

    /// Tells a connection when others may connect than before.
    pub(super) fn watch_access(&self) -> watch::Receiver<AccessFile> {
        self.access.subscribe()
    }

    /// Goes by what has followed from these files, unless a reload came first; returns whether it does.
    pub(super) fn follow_access(&self, seen: &AccessFile, next: AccessFile) -> bool {
        let mut is_current = false;
        self.access.send_if_modified(|current| {
            is_current = Arc::ptr_eq(current.access(), seen.access());
            is_current && replace(current, next)
        });
        is_current
    }

    fn replace_access(&self, next: AccessFile) {
        self.access.send_if_modified(|current| replace(current, next));
    }

    fn config(&self) -> RwLockReadGuard<'_, ActiveConfig> {
        self.config.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renders something over all zones on a thread for blocking work, at most [`MAX_RENDERS`] at once.
    ///
    /// Returns nothing if `render` panics. It goes on and keeps its permit even if the caller is gone.
    pub(super) async fn render<T: Send + 'static>(
        self: &Arc<Self>,
        render: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let permit = Arc::clone(&self.renders).acquire_owned().await.ok()?;
        let render = move |state: &Self| {
            let _permit = permit;
            render(state)
        };
        self.render_at_once(render).await
    }

    /// Renders something that no page may hold up; the caller sees to it that it is not rendered twice at once.
    pub(super) async fn render_at_once<T: Send + 'static>(
        self: &Arc<Self>,
        render: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let state = Arc::clone(self);
        tokio::task::spawn_blocking(move || render(&state)).await.ok()
    }

    /// Decides how much the metrics say of each zone. Members of catalogs count, which come and go.
    fn detail(&self) -> ExpositionDetail {
        let MetricsConfig { detail, max_series } = self.config().metrics;
        let detail = match detail {
            MetricsDetail::Auto if self.results.estimated_series() > MAX_AUTO_SERIES => {
                MetricsDetail::Exceptions
            }
            MetricsDetail::Auto => MetricsDetail::Server,
            chosen => chosen,
        };
        self.metrics.set_detail(detail);
        match detail {
            MetricsDetail::Auto | MetricsDetail::Server => ExpositionDetail::Server,
            MetricsDetail::Zone => ExpositionDetail::Zone,
            MetricsDetail::Exceptions => ExpositionDetail::Exceptions(max_series),
        }
    }

    /// The text of `/metrics`.
    pub(super) fn exposition(&self) -> String {
        let detail = self.detail();
        // First: a zone that is read meanwhile is counted once too often for a moment, and never left out.
        let unread = self.results.unread();
        let zones = self.results.snapshots();
        let mut text = report::exposition(zones.iter().map(AsRef::as_ref), unread, detail, clock::now());
        self.metrics.write(&mut text);
        text
    }
}

/// Replaces the files, and returns whether others may connect than before.
fn replace(current: &mut AccessFile, next: AccessFile) -> bool {
    // By default, everybody may: the one default is as good as another.
    let is_same = Arc::ptr_eq(current.access(), next.access()) || current.is_fixed() && next.is_fixed();
    *current = next;
    !is_same
}
