//! How many queries may be in flight to one address: more while all are answered, fewer after a loss.

use std::time::{Duration, Instant};

/// The size of a new window.
const INITIAL_SIZE: f32 = 32.0;

/// The smallest size, after any number of losses.
const MIN_SIZE: f32 = 4.0;

/// The largest size, for each event loop: a server's receive buffer of default size holds somewhat more than
/// a hundred datagrams.
const MAX_SIZE: f32 = 64.0;

/// Losses within this time are one event, and shrink the window once.
const LOSS_EVENT: Duration = Duration::from_millis(50);

/// The congestion window of one address.
///
/// It grows by one with every response until the first loss, then by one with every window of responses
/// (RFC 5681 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    size: f32,
    max: f32,
    last_loss: Option<Instant>,
}

impl Default for Window {
    fn default() -> Self {
        Self::new(INITIAL_SIZE, MAX_SIZE)
    }
}

impl Window {
    /// Makes a window of a size, which grows up to `max`.
    pub(super) fn new(size: f32, max: f32) -> Self {
        Self { size, max, last_loss: None }
    }

    /// Whether one more query may be sent while `in_flight` are unanswered.
    #[expect(clippy::cast_precision_loss, reason = "a window has few queries")]
    pub(super) fn admits(self, in_flight: usize) -> bool {
        (in_flight as f32) < self.size
    }

    /// Grows the window after a response.
    pub(super) fn on_response(&mut self) {
        let step = if self.last_loss.is_none() { 1.0 } else { 1.0 / self.size };
        self.size = (self.size + step).min(self.max);
    }

    /// Shrinks the window after a query was not answered in time.
    pub(super) fn on_loss(&mut self, now: Instant) {
        if self.last_loss.is_none_or(|before| now.saturating_duration_since(before) >= LOSS_EVENT) {
            self.size = (self.size / 2.0).max(MIN_SIZE);
            self.last_loss = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_grow_the_window_and_a_loss_halves_it() {
        let mut window = Window::default();
        assert!(window.admits(31) && !window.admits(32));
        for _ in 0..1000 {
            window.on_response();
        }
        assert!(window.admits(63) && !window.admits(64));
        let now = Instant::now();
        window.on_loss(now);
        window.on_loss(now);
        assert!(window.admits(31) && !window.admits(32));
        window.on_response();
        assert!(window.admits(32) && !window.admits(33));
    }

    #[test]
    fn after_many_losses_the_window_still_admits_some_queries() {
        let mut window = Window::default();
        let now = Instant::now();
        for event in 0..20 {
            window.on_loss(now + LOSS_EVENT * event);
        }
        assert!(window.admits(3) && !window.admits(4));
    }
}
