//! HTTP, on a thread of its own: no client keeps a check waiting.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::commands::runtime::runtime;
use crate::http::{self, AppState};

/// The thread that serves HTTP.
pub(super) struct HttpThread {
    pub(super) address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl HttpThread {
    /// Starts to serve the state.
    pub(super) fn start(listener: std::net::TcpListener, state: Arc<AppState>) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("cannot serve")?;
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = runtime()?;
        let listener = {
            let _guard = runtime.enter();
            TcpListener::from_std(listener).context("cannot serve")?
        };
        let thread = std::thread::spawn(move || {
            runtime.block_on(http::serve(listener, state, async { drop(stopped.await) }));
            runtime.shutdown_background();
        });
        Ok(Self { address, stop, thread })
    }

    /// Ends the thread after the requests that are running, or two seconds.
    pub(super) fn stop(self) {
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("internal error: the HTTP thread panicked");
        }
    }
}
