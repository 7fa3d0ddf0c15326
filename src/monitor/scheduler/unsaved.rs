//! What is to be saved, and the saves that are running.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::task::JoinHandle;

use crate::dns::Name;
use crate::judge::catalog::CatalogState;
use crate::monitor::zone_id::ZoneId;
use crate::report::PackedSnapshot;
use crate::store::Store;

/// A save that is running; it returns the results that are to be published after it.
pub(super) type Save = JoinHandle<Vec<SavedResult>>;

/// A result that is published once it is saved.
#[derive(Debug)]
pub(super) struct SavedResult {
    pub(super) id: ZoneId,
    pub(super) zone: Name,
    pub(super) snapshot: Arc<PackedSnapshot>,
}

/// Something that is to be saved.
#[derive(Debug)]
pub(super) enum Unsaved {
    /// A result, with the history of its zone if that has changed.
    Result(SavedResult, Option<Arc<[u8]>>),
    /// The history of a zone that is not monitored any more.
    Departed(Name, Arc<[u8]>),
    /// What is known of a catalog.
    Catalog(Name, Arc<CatalogState>),
}

/// Starts to save all this, in its order, with the checkpoint that holds after it.
pub(super) fn save(store: Arc<Store>, unsaved: Vec<Unsaved>, checkpoint: Option<SystemTime>) -> Save {
    tokio::task::spawn_blocking(move || {
        let mut saved = Vec::new();
        for unsaved in unsaved {
            match unsaved {
                Unsaved::Result(result, history) => {
                    if let Some(history) = history {
                        store.save_encoded(&result.zone, history.to_vec());
                    }
                    saved.push(result);
                }
                Unsaved::Departed(zone, history) => store.save_encoded(&zone, history.to_vec()),
                Unsaved::Catalog(zone, state) => store.save_catalog(&zone, &state),
            }
        }
        match checkpoint {
            Some(checkpoint) => store.checkpoint(checkpoint),
            None => store.flush(),
        }
        for notice in store.take_notices() {
            tracing::warn!("{}", notice.trim_end());
        }
        saved
    })
}
