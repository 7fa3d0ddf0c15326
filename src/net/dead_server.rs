//! Servers that do not answer: a dead server must not cost its whole timeout in each of ten thousand zones.
//!
//! Every query is still sent. After the first response, queries wait as long as ever; and now and then one
//! waits for the whole timeout, since the server may have come back slow.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::observe::Failure;

/// A server is dead after this many queries in a row without a response over any transport.
const DEAD_AFTER: u32 = 32;

/// Queries to a dead server wait for this fraction of the timeout.
const TIMEOUT_DIVISOR: u32 = 4;

/// Detects a dead server: counts the queries in a row that an address left unanswered.
#[derive(Debug, Default)]
pub(super) struct DeadServer(AtomicU32);

impl DeadServer {
    /// The timeout of the next query, over all transports together; `None` if each may take the usual one.
    pub(super) fn short_timeout(&self, timeout: Duration) -> Option<Duration> {
        (self.0.load(Ordering::Relaxed) > DEAD_AFTER).then(|| timeout / TIMEOUT_DIVISOR)
    }

    /// Whether the server is dead.
    pub(super) fn is_dead(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= DEAD_AFTER
    }

    /// Counts the outcome of a query.
    pub(super) fn record<T>(&self, outcome: &Result<T, Failure>) {
        match outcome {
            Err(Failure::Timeout) => {
                // The count starts over at exactly this number, and the next query waits for the whole timeout.
                let next = |count: u32| if count < 2 * DEAD_AFTER { count + 1 } else { DEAD_AFTER };
                self.0.update(Ordering::Relaxed, Ordering::Relaxed, next);
            }
            Ok(_) | Err(_) => self.0.store(0, Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_many_timeouts_queries_wait_less_until_one_is_answered() {
        let (server, timeout) = (DeadServer::default(), Duration::from_secs(2));
        for cycle in 0..3 {
            // The first queries all wait for the whole timeout; later, one in each cycle does.
            for _ in 0..if cycle == 0 { DEAD_AFTER + 1 } else { 1 } {
                assert_eq!(server.short_timeout(timeout), None, "cycle {cycle}");
                server.record::<()>(&Err(Failure::Timeout));
            }
            for _ in 0..DEAD_AFTER {
                assert_eq!(server.short_timeout(timeout), Some(Duration::from_millis(500)), "cycle {cycle}");
                server.record::<()>(&Err(Failure::Timeout));
            }
        }
        assert_eq!(server.short_timeout(timeout), None);
        server.record::<()>(&Err(Failure::Timeout));
        assert_eq!(server.short_timeout(timeout), Some(Duration::from_millis(500)));
        server.record(&Ok(()));
        assert_eq!(server.short_timeout(timeout), None);
        server.record::<()>(&Err(Failure::Timeout));
        assert_eq!(server.short_timeout(timeout), None);
    }

    #[test]
    fn a_server_that_refuses_connections_is_not_dead() {
        let server = DeadServer::default();
        for _ in 0..2 * DEAD_AFTER {
            server.record::<()>(&Err(Failure::ConnectionRefused));
        }
        assert_eq!(server.short_timeout(Duration::from_secs(2)), None);
    }
}
