//! Whether an address answers at all: what is down is probed, and not queried for every zone that it serves.
//!
//! ```text
//!                  a response to any query
//!        ┌──────────────────────────────────────────────┐
//!        ▼                                              │
//!   ┌─────────┐  many failures in a row, and none   ┌──────┐  PROBE_INTERVAL   ┌───────┐
//!   │   up    │ ──────────────────────────────────▶ │ down │ ────────────────▶ │ probe │
//!   └─────────┘  of them answered for MIN_DOWN_AGE  └──────┘                   └───────┘
//!                                                       ▲     the probe fails      │
//!                                                       └──────────────────────────┘
//! ```
//!
//! A query to an address that is down or goes down fails at once, as the last query to the address did. So all zones of the
//! address are judged from a few probes a second, for which none of them waits, and the first response ends that for
//! all of them.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::pruned_map::PrunedMap;
use crate::observe::Failure;
use crate::plan::{Target, TlsSettings};

/// An address is down after this many failed queries in a row.
///
/// A server that answers for some of its zones and drops the queries for others answers one of them sooner.
const MIN_DOWN_FAILURES: u32 = 32;

/// The least time between the first of these queries and the last failure: about as long as a single zone takes to find
/// unreachable a server that refuses every query.
const MIN_DOWN_AGE: Duration = Duration::from_millis(250);

/// The time between two queries to an address that is down.
const PROBE_INTERVAL: Duration = Duration::from_millis(250);

/// An address, the source address of queries to it, and how it is asked over TLS.
type Path = (SocketAddr, Option<IpAddr>, Option<Arc<TlsSettings>>);

/// The health of all addresses, as seen from their source addresses.
#[derive(Debug, Default)]
pub(super) struct AllHealth(Mutex<PrunedMap<Path, Arc<Health>>>);

impl AllHealth {
    /// The health of a target's address.
    pub(super) fn of(&self, target: &Target) -> Arc<Health> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.prune(|health| Arc::strong_count(health) > 1 || health.is_down());
        Arc::clone(all.entries.entry((target.address, target.source, target.tls.clone())).or_default())
    }
}

/// The health of one address.
#[derive(Debug, Default)]
pub(super) struct Health {
    state: Mutex<State>,
    /// Wakes the queries that wait for a response when the address goes down.
    went_down: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The queries that failed since the last response.
    failures: u32,
    /// When the first of them was sent.
    first_sent: Option<Instant>,
    /// Why the last of them failed, and when the next probe may be sent; nothing while the address is up.
    down: Option<(Failure, Instant)>,
}

/// Why a query is not sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Down {
    /// Why the last query to the address failed.
    pub(super) failure: Failure,
    pub(super) is_probe_due: bool,
}

impl Health {
    /// Admits a query, unless the address is down; then the caller sends a probe if one is due.
    pub(super) fn admit(&self, now: Instant) -> Result<(), Down> {
        let mut state = self.state();
        let Some((failure, next_probe)) = &mut state.down else { return Ok(()) };
        let is_probe_due = now >= *next_probe;
        if is_probe_due {
            *next_probe = now + PROBE_INTERVAL;
        }
        Err(Down { failure: failure.clone(), is_probe_due })
    }

    /// Whether the address is down.
    fn is_down(&self) -> bool {
        self.state().down.is_some()
    }

    /// Counts the outcome of a query that was sent at `sent`.
    pub(super) fn record<T>(&self, outcome: &Result<T, Failure>, sent: Instant, now: Instant) {
        let mut state = self.state();
        match outcome {
            // The server has answered, or no query has left this host.
            Ok(_) | Err(Failure::FamilyUnusable) => *state = State::default(),
            Err(failure) => {
                let was_down = state.down.is_some();
                state.count(failure, sent, now);
                if state.down.is_some() && !was_down {
                    self.went_down.notify_waiters();
                }
            }
        }
    }

    /// Waits until the address is down, and returns why the last query to it failed.
    pub(super) async fn wait_until_down(&self) -> Failure {
        loop {
            let went_down = self.went_down.notified();
            if let Some((failure, _)) = &self.state().down {
                return failure.clone();
            }
            went_down.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, failure: &Failure, sent: Instant, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        let first_sent = *self.first_sent.get_or_insert(sent);
        let is_down =
            self.failures >= MIN_DOWN_FAILURES && now.saturating_duration_since(first_sent) >= MIN_DOWN_AGE;
        if is_down {
            let next_probe = self.down.take().map_or(now + PROBE_INTERVAL, |(_, next_probe)| next_probe);
            self.down = Some((failure.clone(), next_probe));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Mismatch;

    const TIMEOUT: Duration = Duration::from_secs(2);

    fn failed() -> Result<(), Failure> {
        Err(Failure::Timeout)
    }

    /// An address at which so many queries have failed, each after the timeout, all sent at once.
    fn after_failures(count: u32, start: Instant) -> Health {
        let health = Health::default();
        for _ in 0..count {
            health.record(&failed(), start, start + TIMEOUT);
        }
        health
    }

    #[test]
    fn an_address_without_a_response_to_many_queries_is_down_and_probed() {
        let start = Instant::now();
        let health = after_failures(MIN_DOWN_FAILURES, start);
        let mut sent = 0;
        for millisecond in 1..=2_000 {
            let now = start + TIMEOUT + Duration::from_millis(millisecond);
            let down = health.admit(now).unwrap_err();
            assert_eq!(down.failure, Failure::Timeout);
            sent += u32::from(down.is_probe_due);
        }
        assert_eq!(sent, 8, "four probes a second");
    }

    #[test]
    fn a_few_failures_are_not_enough() {
        let start = Instant::now();
        let health = after_failures(MIN_DOWN_FAILURES - 1, start);
        assert!(!health.is_down());
    }

    #[test]
    fn many_failures_at_once_are_not_enough() {
        let start = Instant::now();
        let health = Health::default();
        let refused = || Err::<(), _>(Failure::ConnectionRefused);
        for _ in 0..2 * MIN_DOWN_FAILURES {
            health.record(&refused(), start, start + Duration::from_millis(200));
        }
        assert!(!health.is_down());
        let later = start + MIN_DOWN_AGE;
        health.record(&refused(), later, later);
        assert_eq!(health.admit(later).unwrap_err().failure, Failure::ConnectionRefused);
    }

    #[test]
    fn every_kind_of_failure_counts() {
        let start = Instant::now();
        let kinds = [
            Failure::Timeout,
            Failure::ConnectionRefused,
            Failure::NetworkUnreachable,
            Failure::Closed,
            Failure::Mismatched(Mismatch::Id),
            Failure::Malformed("junk".to_owned()),
        ];
        let health = Health::default();
        for kind in kinds.iter().cycle().take(MIN_DOWN_FAILURES as usize) {
            health.record(&Err::<(), _>(kind.clone()), start, start + TIMEOUT);
        }
        assert!(health.is_down());
    }

    #[tokio::test]
    async fn a_query_that_waits_ends_when_the_address_goes_down() {
        let start = Instant::now();
        let health = after_failures(MIN_DOWN_FAILURES - 1, start);
        let mut waiting = std::pin::pin!(health.wait_until_down());
        assert!(futures_util::poll!(&mut waiting).is_pending());
        health.record(&failed(), start, start + TIMEOUT);
        assert_eq!(waiting.await, Failure::Timeout);
        assert_eq!(health.wait_until_down().await, Failure::Timeout);
    }

    #[test]
    fn one_response_ends_it() {
        let start = Instant::now();
        let health = after_failures(MIN_DOWN_FAILURES, start);
        let later = start + TIMEOUT * 2;
        assert!(health.admit(later).is_err());
        health.record(&Ok::<_, Failure>(()), later, later);
        assert_eq!(health.admit(later), Ok(()));
        health.record(&failed(), later, later + TIMEOUT);
        assert!(!health.is_down(), "it counts from the beginning");
    }
}
