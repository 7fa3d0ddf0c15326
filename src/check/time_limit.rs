//! The time that a check may take, and the parts of it that its steps may take.

use std::time::Instant;

use tokio::time::timeout_at;

/// A step may take all but one in so many parts of the time that is left, so that what follows from it has some too:
/// one silent server must not keep the others from being queried again before they are accused.
const PARTS: u32 = 8;

/// When a check ends at the latest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeLimit {
    /// No limit if there is none.
    pub until: Option<Instant>,
}

impl TimeLimit {
    /// Whether the time is over.
    pub fn is_over(self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// The limit of a step that begins now.
    #[must_use]
    pub fn of_step(self) -> Self {
        let now = Instant::now();
        let of_step = |until: Instant| until.checked_sub(until.saturating_duration_since(now) / PARTS);
        Self { until: self.until.and_then(of_step).or(self.until) }
    }

    /// The limit of the first of two parts that begin now, of which each has half of the time.
    #[must_use]
    pub fn of_half(self) -> Self {
        let now = Instant::now();
        let half = |until: Instant| now + until.saturating_duration_since(now) / 2;
        Self { until: self.until.map(half) }
    }

    /// Awaits a future within the limit.
    pub async fn within<T>(self, future: impl Future<Output = T>) -> Option<T> {
        match self.until {
            Some(until) => timeout_at(until.into(), future).await.ok(),
            None => Some(future.await),
        }
    }
}
