//! How many queries may be in flight on one connection.

use std::time::Duration;

/// The size of a new window.
const INITIAL_SIZE: f32 = 32.0;

/// The smallest size.
const MIN_SIZE: f32 = 2.0;

/// The window of one connection: it follows the time that queries wait at the server.
///
/// A connection loses nothing, so that more queries in flight than the server works on only wait, and would be taken
/// for lost in the end. The window grows by one with each prompt response; after one that took too long it halves, once
/// for all queries that were in flight then, and from then on it grows by one with each window of responses.
#[derive(Clone, Copy, Debug)]
pub(super) struct DelayWindow {
    size: f32,
    max: f32,
    /// The time after which a query is taken for lost.
    timeout: Duration,
    /// The shortest time to a response.
    shortest: Duration,
    has_shrunk: bool,
    /// Late responses to queries before this one shrink the window no more.
    shrunk_at: u64,
}

impl DelayWindow {
    /// Makes a window for at most `max` queries.
    #[expect(clippy::cast_precision_loss, reason = "a window has few queries")]
    pub(super) fn new(max: usize, timeout: Duration) -> Self {
        let max = (max as f32).max(1.0);
        let size = INITIAL_SIZE.min(max);
        Self { size, max, timeout, shortest: timeout, has_shrunk: false, shrunk_at: 0 }
    }

    /// How many queries more may be sent while `in_flight` are unanswered.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a window has few queries")]
    pub(super) fn room(&self, in_flight: usize) -> usize {
        (self.size as usize).saturating_sub(in_flight)
    }

    /// Adapts the window to the time that a response took; queries are numbered, and `next` is sent next.
    pub(super) fn on_response(&mut self, took: Duration, (number, next): (u64, u64)) {
        self.shortest = self.shortest.min(took);
        // Where the path alone takes long, that is no sign of a queue.
        let longest = (self.shortest * 2).clamp(self.timeout / 8, self.timeout / 2);
        if took <= longest {
            let step = if self.has_shrunk { 1.0 / self.size } else { 1.0 };
            self.size = (self.size + step).min(self.max);
        } else if number >= self.shrunk_at {
            self.size = (self.size / 2.0).max(MIN_SIZE.min(self.max));
            self.has_shrunk = true;
            self.shrunk_at = next;
        }
    }

    /// Starts over with the next connection, whose queries are numbered from 0.
    pub(super) fn restart(&mut self) {
        self.size = self.size.min(INITIAL_SIZE);
        self.has_shrunk = false;
        self.shrunk_at = 0;
    }

    /// Shrinks to the smallest size: queries have waited for too long.
    pub(super) fn shrink(&mut self) {
        self.size = MIN_SIZE.min(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(2);
    const PROMPT: Duration = Duration::from_millis(20);
    const LATE: Duration = Duration::from_millis(600);

    #[test]
    fn prompt_responses_grow_the_window_and_a_late_one_halves_it_once() {
        let mut window = DelayWindow::new(256, TIMEOUT);
        assert_eq!((window.room(0), window.room(40)), (32, 0));
        for number in 0..1000 {
            window.on_response(PROMPT, (number, number + 1));
        }
        assert_eq!(window.room(0), 256);
        for number in 1000..1256 {
            window.on_response(LATE, (number, 1256));
        }
        assert_eq!(window.room(0), 128);
        window.on_response(LATE, (1256, 1300));
        assert_eq!(window.room(0), 64);
        window.on_response(PROMPT, (1300, 1301));
        window.restart();
        assert_eq!(window.room(0), 32);
        window.shrink();
        assert_eq!(window.room(0), 2);
    }

    #[test]
    fn a_long_path_does_not_shrink_the_window() {
        let mut window = DelayWindow::new(100, TIMEOUT);
        for number in 0..100 {
            window.on_response(LATE, (number, number + 32));
        }
        assert_eq!(window.room(0), 100);
    }

    #[test]
    fn a_window_is_never_larger_than_it_may_be_nor_empty() {
        let mut window = DelayWindow::new(1, TIMEOUT);
        window.on_response(LATE, (0, 1));
        window.on_response(PROMPT, (1, 2));
        window.shrink();
        assert_eq!((window.room(0), window.room(1)), (1, 0));
    }
}
