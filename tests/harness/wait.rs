//! Waits for a condition.

use std::thread;
use std::time::{Duration, Instant};

/// The time anything may take on a loaded machine.
pub(super) const TIMEOUT: Duration = Duration::from_mins(1);

/// The pause between two polls while something is awaited.
const POLL: Duration = Duration::from_millis(50);

/// Waits until the condition is met.
#[track_caller]
pub(crate) fn until(what: &str, is_met: impl FnMut() -> bool) {
    assert!(is_met_in_time(is_met), "waited for {what} in vain");
}

/// Waits until the condition is met; returns whether it was.
pub(crate) fn is_met_in_time(mut is_met: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + TIMEOUT;
    while !is_met() {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(POLL);
    }
    true
}
