//! What earlier runs saw, for commands that run many looks at once.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;

use super::output::complain;
use crate::check::Checker;
use crate::digest::HashKey;
use crate::dns::Name;
use crate::judge::History;
use crate::store::Store;

/// A store that every look shares; files are read and written beside the looks.
#[derive(Clone, Debug)]
pub(super) struct Memory(Arc<Store>);

impl Memory {
    /// Opens the store of a run, if it has one, and has its fingerprints made under the secret of that store;
    /// `command` is told to others who want it meanwhile.
    pub(super) async fn of(
        prober: &mut Checker,
        path: Option<PathBuf>,
        command: &'static str,
    ) -> anyhow::Result<Option<Self>> {
        let Some(path) = path else { return Ok(None) };
        let memory = Self::open(path, command).await?;
        prober.key = memory.0.key();
        Ok(Some(memory))
    }

    async fn open(path: PathBuf, command: &'static str) -> anyhow::Result<Self> {
        let open = move || Store::open(&path, &HashKey(rand::random()), command);
        let store = tokio::task::spawn_blocking(open).await.context("the state file cannot be read")??;
        let memory = Self(Arc::new(store));
        memory.complain();
        Ok(memory)
    }

    /// Returns what is known of a zone.
    pub(super) async fn history(&self, zone: &Name) -> History {
        let (store, zone) = (Arc::clone(&self.0), zone.clone());
        tokio::task::spawn_blocking(move || store.history(&zone)).await.unwrap_or_default()
    }

    /// Takes in what is known of a zone now.
    pub(super) async fn remember(&self, zone: Name, history: History) {
        let store = Arc::clone(&self.0);
        // A panic there is told already, and costs this one look.
        let _ = tokio::task::spawn_blocking(move || store.save(&zone, &history)).await;
    }

    /// Writes what waits, and tells what went wrong.
    pub(super) async fn end(self) {
        let store = Arc::clone(&self.0);
        let _ = tokio::task::spawn_blocking(move || store.flush()).await;
        self.complain();
    }

    fn complain(&self) {
        for notice in self.0.take_notices() {
            complain(&notice);
        }
    }
}
