//! The round-trip time to an address, and how long to wait before a datagram counts as lost.

use std::time::Duration;

/// The shortest wait for a response: a server that is busy for a moment has not lost the query.
const MIN_TIMEOUT: Duration = Duration::from_millis(50);

/// Estimates the round-trip time to an address (RFC 6298 section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RttEstimator {
    /// The smoothed round-trip time and its variation; `None` before the first sample.
    estimate: Option<(Duration, Duration)>,
}

impl RttEstimator {
    /// Takes a sample; only from a query that was sent once (Karn's algorithm).
    pub(super) fn record(&mut self, rtt: Duration) {
        self.estimate = Some(match self.estimate {
            None => (rtt, rtt / 2),
            Some((smoothed, variation)) => {
                ((smoothed * 7 + rtt) / 8, (variation * 3 + smoothed.abs_diff(rtt)) / 4)
            }
        });
    }

    /// Whether there has been a sample.
    pub(super) fn has_sample(self) -> bool {
        self.estimate.is_some()
    }

    /// How long to wait for a response before the query is sent again, at most `max`.
    pub(super) fn retry_timeout(self, max: Duration) -> Duration {
        self.estimate
            .map_or(max, |(smoothed, variation)| (smoothed + variation * 4).max(MIN_TIMEOUT).min(max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: Duration = Duration::from_millis(500);

    fn estimator(samples: &[u64]) -> RttEstimator {
        let mut rtt = RttEstimator::default();
        for sample in samples {
            rtt.record(Duration::from_millis(*sample));
        }
        rtt
    }

    #[test]
    fn without_a_sample_the_timeout_is_the_longest_allowed() {
        assert_eq!(estimator(&[]).retry_timeout(MAX), MAX);
    }

    #[test]
    fn the_timeout_follows_the_round_trip_time_within_its_bounds() {
        assert_eq!(estimator(&[1]).retry_timeout(MAX), MIN_TIMEOUT);
        assert_eq!(estimator(&[40]).retry_timeout(MAX), Duration::from_millis(120));
        assert_eq!(estimator(&[40, 40, 40]).retry_timeout(MAX), Duration::from_millis(85));
        assert_eq!(estimator(&[400]).retry_timeout(MAX), MAX);
    }
}
