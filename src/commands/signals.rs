//! SIGINT and SIGTERM end a command, with the exit codes that shells expect; SIGXFSZ does not.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use nix::libc::SIGXFSZ;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::runtime::runtime;

/// The time that a command has to end by itself after a signal.
///
/// `serve` takes at most four and a half seconds.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// A signal that ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Termination {
    Sigint,
    Sigterm,
}

impl Termination {
    /// The exit code of a command that a signal has kept from its end: 128 and the number of the signal.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::Sigint => 130,
            Self::Sigterm => 143,
        }
    }

    /// The exit code of a service, which only a signal ends: that is no failure.
    pub(super) fn exit_code_of_service(self) -> u8 {
        match self {
            Self::Sigint | Self::Sigterm => 0,
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

/// The signals that end the program, from the moment at which they are registered.
struct TerminationSignals {
    sigint: Signal,
    sigterm: Signal,
}

impl TerminationSignals {
    fn register() -> anyhow::Result<Self> {
        let register = |kind| signal(kind).context("cannot handle signals");
        Ok(Self { sigint: register(SignalKind::interrupt())?, sigterm: register(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Termination {
        tokio::select! {
            _ = self.sigint.recv() => Termination::Sigint,
            _ = self.sigterm.recv() => Termination::Sigterm,
        }
    }
}

/// Waits for a signal that ends the program.
pub(super) async fn termination() -> anyhow::Result<Termination> {
    Ok(TerminationSignals::register()?.next().await)
}

/// Does some work until it ends or a signal ends the program.
pub(super) async fn until_termination<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<Result<T, Termination>> {
    tokio::select! {
        // Registered before the work begins.
        biased;
        signal = termination() => Ok(Err(signal?)),
        outcome = work => Ok(Ok(outcome?)),
    }
}

/// Ends the program some seconds after a signal even if it is blocked, such as by a pipe without a reader.
///
/// `exit_code` is the code to end with.
pub(super) fn exit_if_blocked(exit_code: fn(Termination) -> u8) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let mut signals = {
        let _guard = runtime.enter();
        TerminationSignals::register()?
    };
    let wait = move || {
        runtime.block_on(async {
            let signal = signals.next().await;
            tokio::time::sleep(END_TIMEOUT).await;
            std::process::exit(exit_code(signal).into())
        })
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).context("cannot start a thread")?;
    Ok(())
}

/// Makes a write past the limit on file sizes (`ulimit -f`) an error: SIGXFSZ would end the program without a word.
pub fn survive_file_size_limit() -> anyhow::Result<()> {
    let runtime = runtime()?;
    let _guard = runtime.enter();
    // The handler does nothing, and stays.
    drop(signal(SignalKind::from_raw(SIGXFSZ)).context("cannot handle signals")?);
    Ok(())
}
