//! Addresses that answer nothing: a dead server must not cost its whole timeout for each of ten thousand zones.
//!
//! Every question is still sent, so one that comes back is heard, and the next one waits as long as ever. Now and
//! then one waits in full, since it may have come back slow.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::observe::Failure;

/// Questions in a row without an answer on any transport, after which nobody waits long for the next.
const MANY: u32 = 32;

/// The part of the timeout that is waited for then.
const PART: u32 = 4;

/// How many questions in a row an address left unanswered.
#[derive(Debug, Default)]
pub(super) struct DeadServer(AtomicU32);

impl DeadServer {
    /// Returns how long to wait for an answer in all, if that is less than usual.
    pub(super) fn patience(&self, timeout: Duration) -> Option<Duration> {
        (self.0.load(Ordering::Relaxed) > MANY).then(|| timeout / PART)
    }

    /// Returns whether many questions in a row were left unanswered.
    pub(super) fn is_long(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= MANY
    }

    /// Takes in what became of a question.
    pub(super) fn heard<T>(&self, outcome: &Result<T, Failure>) {
        match outcome {
            Err(Failure::Timeout) => {
                // At exactly that many, the next one waits in full.
                let more = |count: u32| if count < 2 * MANY { count + 1 } else { MANY };
                self.0.update(Ordering::Relaxed, Ordering::Relaxed, more);
            }
            Ok(_) | Err(_) => self.0.store(0, Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_many_questions_in_a_row_the_next_waits_less_until_one_is_answered() {
        let (silence, timeout) = (DeadServer::default(), Duration::from_secs(2));
        for round in 0..3 {
            // At first all wait in full, and later one now and then.
            for _ in 0..if round == 0 { MANY + 1 } else { 1 } {
                assert_eq!(silence.patience(timeout), None, "round {round}");
                silence.heard::<()>(&Err(Failure::Timeout));
            }
            for _ in 0..MANY {
                assert_eq!(silence.patience(timeout), Some(Duration::from_millis(500)), "round {round}");
                silence.heard::<()>(&Err(Failure::Timeout));
            }
        }
        assert_eq!(silence.patience(timeout), None);
        silence.heard::<()>(&Err(Failure::Timeout));
        assert_eq!(silence.patience(timeout), Some(Duration::from_millis(500)));
        silence.heard(&Ok(()));
        assert_eq!(silence.patience(timeout), None);
        silence.heard::<()>(&Err(Failure::Timeout));
        assert_eq!(silence.patience(timeout), None);
    }

    #[test]
    fn who_refuses_is_not_silent() {
        let silence = DeadServer::default();
        for _ in 0..2 * MANY {
            silence.heard::<()>(&Err(Failure::ConnectionRefused));
        }
        assert_eq!(silence.patience(Duration::from_secs(2)), None);
    }
}
