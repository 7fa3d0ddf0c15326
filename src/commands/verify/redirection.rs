//! How long names have been seen to be redirected out of the zone, before waiting for them is given up.

use std::time::{Duration, Instant};

/// So many checks in a row must see it.
const MIN_CHECKS: u32 = 3;

/// The least time between the first of them and the last: a primary that reads its zone file again, after the change
/// that removes the redirection, takes less.
const MIN_TIME: Duration = Duration::from_secs(5);

/// The checks in a row in which names were redirected.
#[derive(Debug, Default)]
pub(super) struct Redirection {
    checks: u32,
    since: Option<Instant>,
}

impl Redirection {
    /// Counts a check.
    pub(super) fn count(&mut self, is_redirected: bool) {
        if is_redirected {
            self.checks += 1;
            self.since.get_or_insert_with(Instant::now);
        } else {
            *self = Self::default();
        }
    }

    /// Whether it was seen often and for long enough.
    pub(super) fn is_settled(&self) -> bool {
        self.checks >= MIN_CHECKS && self.since.is_some_and(|since| since.elapsed() >= MIN_TIME)
    }
}
