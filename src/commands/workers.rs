//! Many checks on all cores: workers with an event loop and sockets of their own.
//!
//! A worker waits for no other, and hands over its results in batches, so that threads wake each other seldom.

use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::mpsc;

use super::runtime::runtime;
use super::zones::{InputError, InputZone, ZoneBatches};

/// The most workers: more are no faster than zones can be read and results printed.
const MAX_WORKERS: usize = 4;

/// The most results that a worker hands over at once.
const MAX_BATCH: usize = 64;

/// The most batches that wait to be taken.
const MAX_WAITING_BATCHES: usize = 4;

/// How many workers this machine has cores for.
pub(super) fn count() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MAX_WORKERS)
}

/// Checks all zones, `concurrency` of them in each worker; there is one worker for each of `checks`.
pub(super) fn run<T, C, F>(
    zones: &ZoneBatches,
    concurrency: usize,
    checks: Vec<C>,
) -> impl Stream<Item = Result<T, InputError>> + use<T, C, F>
where
    T: Send + 'static,
    C: Fn(Result<InputZone, InputError>) -> F + Send + 'static,
    F: Future<Output = Result<T, InputError>>,
{
    let (sender, receiver) = mpsc::channel(MAX_WAITING_BATCHES);
    for check in checks {
        let (zones, sender) = (zones.clone(), sender.clone());
        let errors = sender.clone();
        let work = move || {
            let runtime = match runtime() {
                Ok(runtime) => runtime,
                // If the receiver is gone, the command has ended already.
                Err(error) => return drop(sender.blocking_send(vec![Err(InputError::Failed(None, error))])),
            };
            runtime.block_on(async {
                let results = zones.stream().map(check).buffer_unordered(concurrency);
                let mut batches = std::pin::pin!(results.ready_chunks(MAX_BATCH));
                while let Some(batch) = batches.next().await {
                    if sender.send(batch).await.is_err() {
                        return;
                    }
                    // Let everything else run that is ready, so that the next batch is large.
                    tokio::task::yield_now().await;
                }
            });
        };
        if let Err(error) = std::thread::Builder::new().spawn(work) {
            let error = anyhow::Error::new(error).context("cannot start a thread");
            // If there is no room, there is another worker.
            let _ = errors.try_send(vec![Err(InputError::Failed(None, error))]);
        }
    }
    stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)))
        .flat_map(stream::iter)
}
