//! Many looks on all cores: event loops beside each other, each with sockets of its own.
//!
//! A loop waits for none of the others, and hands over what is done in batches, so that threads wake
//! each other seldom.

use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::mpsc;

use super::zones::Batches;
use crate::dns::Name;

/// The most loops: more are no faster than the zones can be read and printed.
const MOST: usize = 4;

/// Looks handed over at once, if as many are done.
const BATCH: usize = 64;

/// Batches of each loop that wait to be taken.
const WAITING: usize = 4;

/// Returns how many loops this machine is good for.
pub(super) fn count() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST)
}

/// Looks at all zones, `at_once` of them in each loop; there is one loop for each of `looks`.
pub(super) fn run<T, L, F>(
    zones: &Batches,
    at_once: usize,
    looks: Vec<L>,
) -> impl Stream<Item = anyhow::Result<T>> + use<T, L, F>
where
    T: Send + 'static,
    L: Fn(anyhow::Result<Name>) -> F + Send + 'static,
    F: Future<Output = anyhow::Result<T>>,
{
    let (done, receiver) = mpsc::channel(WAITING);
    for look in looks {
        let (zones, done) = (zones.clone(), done.clone());
        std::thread::spawn(move || {
            let runtime = match super::runtime() {
                Ok(runtime) => runtime,
                // Nobody is left to tell when even that cannot be sent.
                Err(error) => return drop(done.blocking_send(vec![Err(error)])),
            };
            runtime.block_on(async {
                let looks = zones.stream().map(look).buffer_unordered(at_once).ready_chunks(BATCH);
                let mut looks = std::pin::pin!(looks);
                while let Some(looks) = looks.next().await {
                    if done.send(looks).await.is_err() {
                        return;
                    }
                    // All that is ready to be done is done first, so that much is handed over at once.
                    tokio::task::yield_now().await;
                }
            });
        });
    }
    stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)))
        .flat_map(stream::iter)
}
