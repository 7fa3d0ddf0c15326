//! Blocking work, away from the threads that serve sockets.

use tokio::task::{JoinError, spawn_blocking};

/// Runs `work` on a thread for blocking work and returns its result.
///
/// A panic of `work` is resumed in the caller. If the runtime shuts down before `work` has begun, the caller
/// stays pending.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await.map_err(JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // Cancelled before it began: the runtime shuts down, and drops the caller as well.
        Err(Err(_)) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;

    use futures_util::future::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn work_runs_on_another_thread() {
        let here = std::thread::current().id();
        assert_ne!(run(|| std::thread::current().id()).await, here);
    }

    #[tokio::test]
    async fn a_panic_of_the_work_reaches_the_caller() {
        let panic = AssertUnwindSafe(run(|| panic!("as tested"))).catch_unwind().await.unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"as tested"));
    }
}
