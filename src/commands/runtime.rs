//! The runtimes in which commands and their threads run.

use anyhow::Context as _;

/// Runs a command to its end; threads that are blocked then, on a file that never ends, are left behind.
pub(super) fn block_on(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    let runtime = runtime()?;
    let code = runtime.block_on(command);
    runtime.shutdown_background();
    code
}

/// A runtime on the current thread.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}
