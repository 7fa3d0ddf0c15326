//! The histories of earlier runs, for commands that run many checks at once.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;

use super::console::print_message;
use crate::check::Checker;
use crate::digest::HashKey;
use crate::dns::Name;
use crate::judge::History;
use crate::store::Store;

/// A store that all checks share; it is read and written on threads for blocking work.
#[derive(Clone, Debug)]
pub(super) struct HistoryStore(Arc<Store>);

impl HistoryStore {
    /// Opens the state file of a run, if it has one, and gives its secret to the checker: the fingerprints in it were
    /// made with that. `command` is the name that other processes see while it is open.
    pub(super) async fn open(
        path: Option<PathBuf>,
        checker: &mut Checker,
        command: &'static str,
    ) -> anyhow::Result<Option<Self>> {
        let Some(path) = path else { return Ok(None) };
        let open = move || Store::open(&path, &HashKey(rand::random()), command);
        let store = tokio::task::spawn_blocking(open).await.context("cannot read the state file")??;
        let store = Self(Arc::new(store));
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
