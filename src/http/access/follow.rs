//! The web configuration is read again when its files change.

use std::time::Duration;

use super::file::Look;
use crate::http::state::AppState;

/// How often the files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Goes by the files of the web configuration as they change; never ends.
///
/// They are read on a thread for blocking work: while that waits for a disk, what was read before stays in force.
pub(in crate::http) async fn follow(state: &AppState) {
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let seen = state.access_file();
        if seen.is_fixed() {
            continue;
        }
        let looked = seen.clone();
        let (next, outcome) = match tokio::task::spawn_blocking(move || looked.look()).await {
            Ok(Look::Read(next, outcome)) => (next, Some(outcome)),
            Ok(Look::Noted(next)) => (next, None),
            Ok(Look::Unchanged) | Err(_) => continue,
        };
        let is_current = state.follow_access(&seen, next);
        let Some(outcome) = outcome.filter(|_| is_current) else { continue };
        state.metrics.record_web_config(outcome.is_ok());
        match outcome {
            Ok(()) => tracing::info!("web configuration read again"),
            Err(error) => tracing::error!("web configuration not read again, the old one stays: {error}"),
        }
    }
}
