//! The scheduler, as a task of its own.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinHandle};

use crate::check::Checker;
use crate::config::Config;
use crate::monitor::{Command, Scheduler};

/// The time in which the scheduler saves what is known when it stops.
const STOP_TIMEOUT: Duration = Duration::from_millis(2500);

/// The task that runs a scheduler.
pub(super) struct SchedulerTask {
    commands: mpsc::Sender<Command>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// What sends commands to a scheduler.
#[derive(Clone)]
pub(super) struct SchedulerHandle(mpsc::Sender<Command>);

impl SchedulerTask {
    pub(super) fn start(scheduler: Scheduler) -> Self {
        let (commands, receiver) = mpsc::channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(scheduler.run(receiver, async { drop(stopped.await) }));
        Self { commands, stop, task }
    }

    pub(super) fn handle(&self) -> SchedulerHandle {
        SchedulerHandle(self.commands.clone())
    }

    /// Completes if the scheduler ends by itself, which it does only by a panic.
    pub(super) async fn ended(&mut self) -> Result<(), JoinError> {
        (&mut self.task).await
    }

    /// Stops the scheduler, which saves what is known.
    pub(super) async fn stop(self) {
        let _ = self.stop.send(());
        if tokio::time::timeout(STOP_TIMEOUT, self.task).await.is_err() {
            tracing::warn!("the state could not be saved in time");
        }
    }
}

impl SchedulerHandle {
    /// Has the zones of a configuration monitored from now on; returns whether the scheduler does so.
    pub(super) async fn configure(&self, config: Config, checker: Checker) -> bool {
        let (done, configured) = oneshot::channel();
        let command = Command::Configure { config: Box::new(config), checker, done };
        self.0.send(command).await.is_ok() && configured.await.is_ok()
    }
}
