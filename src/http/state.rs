//! What the pages are made of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use hyper::body::Bytes;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::probe::Probes;
use crate::check::Checker;
use crate::clock;
use crate::config::HttpConfig;
use crate::metrics::Metrics;
use crate::monitor::Results;
use crate::report::{self, ExpositionDetail};

/// Pages over all zones that are made at once: each may take many megabytes.
const MADE_AT_ONCE: usize = 2;

/// A wish that the configuration is read anew, and where to say what came of it.
pub type ReloadRequest = oneshot::Sender<Result<(), String>>;

/// What the pages are made of.
#[derive(Debug)]
pub struct AppState {
    pub(super) board: Arc<Results>,
    pub(super) meters: Arc<Metrics>,
    pub(super) reload: mpsc::Sender<ReloadRequest>,
    pub(super) probes: Probes,
    terms: RwLock<Terms>,
    pub(super) last_scrape: Arc<tokio::sync::Mutex<Option<Scrape>>>,
    making: Arc<Semaphore>,
}

/// What a configuration says of the pages.
#[derive(Debug)]
struct Terms {
    http: HttpConfig,
    exposure: ExpositionDetail,
    prober: Arc<Checker>,
}

/// An exposition that was made.
#[derive(Clone, Debug)]
pub(super) struct Scrape {
    pub(super) made: Instant,
    pub(super) text: Bytes,
    /// The same packed, once somebody has asked for that.
    pub(super) packed: Option<Bytes>,
}

impl AppState {
    /// Makes pages of what a board shows; `prober` has sockets of its own, for one look now.
    pub fn new(
        (board, meters): (Arc<Results>, Arc<Metrics>),
        reload: mpsc::Sender<ReloadRequest>,
        (http, exposure): (HttpConfig, ExpositionDetail),
        prober: Checker,
    ) -> Self {
        let terms = RwLock::new(Terms { http, exposure, prober: Arc::new(prober) });
        let probes = Probes(Mutex::new(HashMap::new()));
        Self {
            board,
            meters,
            reload,
            probes,
            terms,
            last_scrape: Arc::default(),
            making: Arc::new(Semaphore::new(MADE_AT_ONCE)),
        }
    }

    /// Goes by another configuration from now on.
    pub fn set_up(&self, http: HttpConfig, exposure: ExpositionDetail, prober: Checker) {
        let mut terms = self.terms.write().unwrap_or_else(PoisonError::into_inner);
        *terms = Terms { http, exposure, prober: Arc::new(prober) };
    }

    pub(super) fn http(&self) -> HttpConfig {
        self.terms.read().unwrap_or_else(PoisonError::into_inner).http
    }

    pub(super) fn prober(&self) -> Arc<Checker> {
        Arc::clone(&self.terms.read().unwrap_or_else(PoisonError::into_inner).prober)
    }

    /// Makes a page over all zones beside everything else, when it is its turn; nothing if that ends in a fault of
    /// this program. Whoever does not wait for it keeps its place until it is made.
    pub(super) async fn make<T: Send + 'static>(
        self: &Arc<Self>,
        make: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let turn = Arc::clone(&self.making).acquire_owned().await.ok()?;
        let site = Arc::clone(self);
        let making = move || {
            let _turn = turn;
            make(&site)
        };
        tokio::task::spawn_blocking(making).await.ok()
    }

    /// Returns the text of `/metrics`.
    pub(super) fn exposition(&self) -> String {
        let exposure = self.terms.read().unwrap_or_else(PoisonError::into_inner).exposure;
        let zones = self.board.snapshots();
        let mut text = report::exposition(zones.iter().map(AsRef::as_ref), exposure, clock::now());
        self.meters.write(&mut text);
        text
    }
}
