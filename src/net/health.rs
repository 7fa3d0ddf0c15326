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
//! A query that is not sent because its address is down fails as the last query to the address did. So all zones
//! of the address are judged from a few probes a second, and the first response ends that for all of them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::observe::Failure;

/// An address is down after this many failed queries in a row.
///
/// A server that answers for some of its zones and drops the queries for others answers one of them sooner.
const MIN_DOWN_FAILURES: u32 = 32;

/// The least time between the first of these queries and the last failure: a restart is over sooner.
const MIN_DOWN_AGE: Duration = Duration::from_secs(1);

/// The time between two queries to an address that is down.
const PROBE_INTERVAL: Duration = Duration::from_millis(250);

/// The health of one address.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The queries that failed since the last response.
    failures: u32,
    /// When the first of them was sent.
    first_sent: Option<Instant>,
    /// Why the last of them failed, and when the next probe may be sent; nothing while the address is up.
    down: Option<(Failure, Instant)>,
}

impl Health {
    /// The failure of a query that would not be sent now, because the address is down and was just probed.
    pub(super) fn failure_while_down(&self, now: Instant) -> Option<Failure> {
        self.state()
            .down
            .as_ref()
            .filter(|(_, next_probe)| now < *next_probe)
            .map(|(failure, _)| failure.clone())
    }

    /// Admits a query, as a probe if the address is down; fails if it is not to be sent now.
    pub(super) fn admit(&self, now: Instant) -> Result<(), Failure> {
        let mut state = self.state();
        let Some((failure, next_probe)) = &mut state.down else { return Ok(()) };
        if now < *next_probe {
            return Err(failure.clone());
        }
        *next_probe = now + PROBE_INTERVAL;
        Ok(())
    }

    /// Whether the address is down.
    pub(super) fn is_down(&self) -> bool {
        self.state().down.is_some()
    }

    /// Counts the outcome of a query that was sent at `sent`.
    pub(super) fn record<T>(&self, outcome: &Result<T, Failure>, sent: Instant, now: Instant) {
        let mut state = self.state();
        match outcome {
            // The server has answered, or no query has left this host.
            Ok(_) | Err(Failure::FamilyUnusable) => *state = State::default(),
            Err(failure) => state.count(failure, sent, now),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
            let is_refused = health.failure_while_down(now).is_some();
            assert_eq!(health.admit(now).is_err(), is_refused);
            sent += u32::from(!is_refused);
        }
        assert_eq!(sent, 8, "four probes a second");
        assert_eq!(health.admit(start + TIMEOUT * 2), Err(Failure::Timeout));
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
            health.record(&refused(), start, start + Duration::from_millis(900));
        }
        assert!(!health.is_down());
        let later = start + MIN_DOWN_AGE;
        health.record(&refused(), later, later);
        assert_eq!(health.admit(later), Err(Failure::ConnectionRefused));
    }

    #[test]
    fn every_kind_of_failure_counts() {
        let start = Instant::now();
        let kinds = [
            Failure::Timeout,
            Failure::ConnectionRefused,
            Failure::NetworkUnreachable,
            Failure::Closed,
            Failure::Mismatched,
            Failure::Malformed("junk".to_owned()),
        ];
        let health = Health::default();
        for kind in kinds.iter().cycle().take(MIN_DOWN_FAILURES as usize) {
            health.record(&Err::<(), _>(kind.clone()), start, start + TIMEOUT);
        }
        assert!(health.is_down());
    }

    #[test]
    fn one_response_ends_it() {
        let start = Instant::now();
        let health = after_failures(MIN_DOWN_FAILURES, start);
        let later = start + TIMEOUT * 2;
        assert_eq!(health.admit(later), Ok(()), "a probe");
        assert!(health.admit(later).is_err());
        health.record(&Ok::<_, Failure>(()), later, later);
        assert_eq!(health.admit(later), Ok(()));
        health.record(&failed(), later, later + TIMEOUT);
        assert!(!health.is_down(), "it counts from the beginning");
    }
}
