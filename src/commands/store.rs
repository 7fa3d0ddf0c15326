//! The histories of earlier runs, for commands that run many checks at once.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::console::print_message;
use crate::check::Checker;
use crate::digest::HashKey;
use crate::dns::Name;
use crate::judge::History;
use crate::judge::catalog::CatalogState;
use crate::store::{Store, StoreError};

/// Whether a run may open the state file of `serve`. It makes no file in a folder of another user: `serve`, which runs as
/// that user, could not open it.
fn may_open(path: &Path) -> bool {
    let is_there = |suffix: &str| {
        let mut path = path.as_os_str().to_owned();
        path.push(suffix);
        Path::new(&path).symlink_metadata().is_ok()
    };
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let owner = |path: &Path| path.metadata().map(|metadata| metadata.uid()).ok();
    // The system gives the folder of a process to its user.
    (is_there("") && is_there(".lock")) || owner(folder) == owner(Path::new("/proc/self"))
}

/// The message for a state file of the configuration that cannot be used.
fn unusable(error: &StoreError) -> String {
    let text = error.to_string();
    // The lines after the first are hints for a file given with `--state`.
    let text = text.lines().next().unwrap_or_default();
    let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    format!("note: {text}{source}; this run goes on without it, and knows nothing of earlier checks\n")
}

/// A store that all checks share; it is read and written on threads for blocking work.
#[derive(Clone, Debug)]
pub(super) struct HistoryStore(Arc<Store>);

impl HistoryStore {
    /// Opens the state file of a run, if it has one, and gives its secret to the checker: the fingerprints in it were
    /// made with that. `command` is the name that other processes see while it is open.
    ///
    /// The file may be named by an argument, or else by the configuration. That of the configuration is `serve`'s: a run
    /// that cannot use it goes on without it.
    pub(super) async fn open(
        (named, configured): (Option<PathBuf>, Option<PathBuf>),
        checker: &mut Checker,
        command: &'static str,
    ) -> anyhow::Result<Option<Self>> {
        let is_named = named.is_some();
        let Some(path) = named.or(configured.filter(|path| may_open(path))) else { return Ok(None) };
        let open = move || Store::open(&path, &HashKey(rand::random()), command);
        let opened = tokio::task::spawn_blocking(open).await.context("cannot read the state file")?;
        let store = match opened {
            Ok(store) => Self(Arc::new(store)),
            Err(error) if is_named => return Err(error.into()),
            Err(error) => {
                print_message(&unusable(&error));
                return Ok(None);
            }
        };
        store.print_notices();
        checker.key = store.0.key();
        Ok(Some(store))
    }

    /// What is known of a zone.
    pub(super) async fn history(&self, zone: &Name) -> History {
        let (store, zone) = (Arc::clone(&self.0), zone.clone());
        tokio::task::spawn_blocking(move || store.history(&zone)).await.unwrap_or_default()
    }

    /// Replaces what is known of a zone.
    pub(super) async fn save(&self, zone: Name, history: History) {
        let store = Arc::clone(&self.0);
        // A panic has been printed by then, and costs no more than this history.
        let _ = tokio::task::spawn_blocking(move || store.save(&zone, &history)).await;
    }

    /// What is known of a catalog.
    pub(super) async fn catalog(&self, zone: &Name) -> CatalogState {
        let (store, zone) = (Arc::clone(&self.0), zone.clone());
        tokio::task::spawn_blocking(move || store.catalog(&zone)).await.unwrap_or_default()
    }

    /// Replaces what is known of a catalog.
    pub(super) async fn save_catalog(&self, zone: Name, state: Arc<CatalogState>) {
        let store = Arc::clone(&self.0);
        // As for histories.
        let _ = tokio::task::spawn_blocking(move || store.save_catalog(&zone, &state)).await;
    }

    /// Writes what is still unwritten, and prints what went wrong.
    pub(super) async fn close(self) {
        let store = Arc::clone(&self.0);
        let _ = tokio::task::spawn_blocking(move || store.flush()).await;
        self.print_notices();
    }

    fn print_notices(&self) {
        for notice in self.0.take_notices() {
            print_message(&notice);
        }
    }
}
