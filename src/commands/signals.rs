//! SIGINT and SIGTERM end a command, with the exit codes that shells expect.

use std::fmt;

use tokio::signal::unix::{SignalKind, signal};

/// A signal that ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Termination {
    Sigint,
    Sigterm,
}

impl Termination {
    /// 128 and the number of the signal.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::Sigint => 130,
            Self::Sigterm => 143,
        }
    }
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sigint => "SIGINT",
            Self::Sigterm => "SIGTERM",
        })
    }
}

/// Waits for a signal that ends the program.
pub(super) async fn termination() -> anyhow::Result<Termination> {
    let mut sigint = signal(SignalKind::interrupt())?;
    let mut sigterm = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = sigint.recv() => Ok(Termination::Sigint),
        _ = sigterm.recv() => Ok(Termination::Sigterm),
    }
}

/// Does some work until it ends or a signal ends the program.
pub(super) async fn until_termination<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<Result<T, Termination>> {
    tokio::select! {
        outcome = work => Ok(Ok(outcome?)),
        signal = termination() => Ok(Err(signal?)),
    }
}
