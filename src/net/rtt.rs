//! How long an address takes to answer, and how long to wait before a datagram counts as lost.

use std::time::Duration;

/// The shortest wait for an answer: a server that is busy for a moment has not lost the question.
const LEAST_WAIT: Duration = Duration::from_millis(50);

/// The measured round trip of an address, smoothed as RFC 6298 section 2 does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RoundTrip {
    /// The smoothed round trip and its variation; nothing before the first answer.
    smoothed: Option<(Duration, Duration)>,
}

impl RoundTrip {
    /// Takes in how long an answer took to a question that was sent once (Karn's algorithm).
    pub(super) fn measured(&mut self, took: Duration) {
        self.smoothed = Some(match self.smoothed {
            None => (took, took / 2),
            Some((smoothed, variation)) => {
                ((smoothed * 7 + took) / 8, (variation * 3 + smoothed.abs_diff(took)) / 4)
            }
        });
    }

    /// Returns whether anything was measured.
    pub(super) fn is_known(self) -> bool {
        self.smoothed.is_some()
    }

    /// Returns how long to wait for an answer before the question is sent again.
    pub(super) fn wait(self, at_most: Duration) -> Duration {
        self.smoothed
            .map_or(at_most, |(smoothed, variation)| (smoothed + variation * 4).max(LEAST_WAIT).min(at_most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_millis(500);

    fn measured(took: &[u64]) -> RoundTrip {
        let mut round_trip = RoundTrip::default();
        for took in took {
            round_trip.measured(Duration::from_millis(*took));
        }
        round_trip
    }

    #[test]
    fn nothing_measured_waits_as_long_as_allowed() {
        assert_eq!(measured(&[]).wait(MOST), MOST);
    }

    #[test]
    fn the_wait_follows_the_round_trip_within_its_bounds() {
        assert_eq!(measured(&[1]).wait(MOST), LEAST_WAIT);
        assert_eq!(measured(&[40]).wait(MOST), Duration::from_millis(120));
        assert_eq!(measured(&[40, 40, 40]).wait(MOST), Duration::from_millis(85));
        assert_eq!(measured(&[400]).wait(MOST), MOST);
    }
}
