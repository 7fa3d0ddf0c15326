//! How many questions may be under way to one address: more while all are answered, fewer after a loss.

use std::time::{Duration, Instant};

/// Questions under way at the start.
const FIRST: f32 = 32.0;

/// The fewest after any number of losses.
const LEAST: f32 = 4.0;

/// The most, of each event loop: a hundred datagrams and some fit in the buffer of a server's socket as
/// systems come.
const MOST: f32 = 64.0;

/// Losses within this time are one event, and count once.
const ONE_EVENT: Duration = Duration::from_millis(50);

/// The window of one address; it grows by one with every answer until the first loss, then by one with
/// every window of answers (RFC 5681 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    size: f32,
    lost: Option<Instant>,
}

impl Default for Window {
    fn default() -> Self {
        Self { size: FIRST, lost: None }
    }
}

impl Window {
    /// Returns whether one more question may be sent while `under_way` are unanswered.
    #[expect(clippy::cast_precision_loss, reason = "a window has few questions")]
    pub(super) fn admits(self, under_way: usize) -> bool {
        (under_way as f32) < self.size
    }

    /// Takes in an answer.
    pub(super) fn answered(&mut self) {
        let step = if self.lost.is_none() { 1.0 } else { 1.0 / self.size };
        self.size = (self.size + step).min(MOST);
    }

    /// Takes in that a question went unanswered for too long.
    pub(super) fn lost(&mut self, now: Instant) {
        if self.lost.is_none_or(|before| now.saturating_duration_since(before) >= ONE_EVENT) {
            self.size = (self.size / 2.0).max(LEAST);
            self.lost = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_widen_it_and_a_loss_halves_it() {
        let mut window = Window::default();
        assert!(window.admits(31) && !window.admits(32));
        for _ in 0..1000 {
            window.answered();
        }
        assert!(window.admits(63) && !window.admits(64));
        let now = Instant::now();
        window.lost(now);
        window.lost(now);
        assert!(window.admits(31) && !window.admits(32));
        window.answered();
        assert!(window.admits(32) && !window.admits(33));
    }

    #[test]
    fn some_questions_are_always_admitted() {
        let mut window = Window::default();
        let now = Instant::now();
        for event in 0..20 {
            window.lost(now + ONE_EVENT * event);
        }
        assert!(window.admits(3) && !window.admits(4));
    }
}
