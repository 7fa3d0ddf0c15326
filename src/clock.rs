//! The only reader of the system clock.

use std::time::SystemTime;

/// Returns the current time.
#[expect(clippy::disallowed_methods, reason = "everything else calls this function")]
pub fn now() -> SystemTime {
    SystemTime::now()
}
