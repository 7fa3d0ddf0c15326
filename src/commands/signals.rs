//! Ctrl-C and termination end a command with the exit codes that shells expect.

use tokio::signal::unix::{SignalKind, signal};

/// Waits until the command is told to end, and returns the exit code that shells expect then.
pub(super) async fn told() -> anyhow::Result<u8> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupted.recv() => Ok(130),
        _ = terminated.recv() => Ok(143),
    }
}

/// Runs a command until it ends or is told to.
pub(super) async fn or(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    tokio::select! {
        outcome = command => outcome,
        code = told() => code,
    }
}
