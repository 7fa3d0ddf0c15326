//! The only reader of wall time.

use std::time::SystemTime;

/// Returns what time it is.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> SystemTime {
    SystemTime::now()
}
