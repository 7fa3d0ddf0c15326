//! Propagating or stuck: what EDNS EXPIRE (RFC 7314) tells of when a secondary last reached its primary.

use std::time::{Duration, SystemTime};

use crate::dns::Soa;
use crate::plan::Grace;

/// The shortest refresh that common servers keep (BIND's min-refresh-time).
const LEAST_REFRESH: u32 = 300;

/// The shortest retry that common servers keep (BIND's min-retry-time).
const LEAST_RETRY: u32 = 500;

/// When a secondary last reached its primary, and until when it should again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// Since the last refresh.
    pub age: Duration,
    /// Until the copy expires.
    pub remaining: Duration,
    /// When one refresh and one retry after the last refresh have passed.
    pub deadline: SystemTime,
    /// Whether they have.
    pub overdue: bool,
}

/// Returns what a server's own SOA and its EXPIRE tell; `None` if they tell nothing.
///
/// A primary, and a zone that was copied by other means, always says the whole SOA expire time.
pub fn refreshed(soa: &Soa, expire: u32, answered: SystemTime, grace: Grace) -> Option<Refreshed> {
    let age = soa.expire.checked_sub(expire).filter(|&age| age > 0)?;
    let age = Duration::from_secs(age.into());
    let patience = match grace {
        Grace::Auto => {
            let refresh = Duration::from_secs(soa.refresh.max(LEAST_REFRESH).into());
            refresh + Duration::from_secs(soa.retry.max(LEAST_RETRY).into())
        }
        Grace::Fixed(patience) => patience,
    };
    let deadline = answered.checked_sub(age)?.checked_add(patience)?;
    Some(Refreshed { age, remaining: Duration::from_secs(expire.into()), deadline, overdue: age > patience })
}

impl Refreshed {
    /// Returns whether less than a quarter of the time to expiry is left, and refreshes were missed.
    pub fn expires_soon(&self) -> bool {
        self.overdue && self.remaining * 4 < self.remaining + self.age
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::dns::Serial;

    fn told(refresh: u32, retry: u32, expire: u32, remaining: u32) -> Option<Refreshed> {
        let name: crate::dns::Name = "ns.example".parse().unwrap();
        let soa =
            Soa { mname: name.clone(), rname: name, serial: Serial(1), refresh, retry, expire, minimum: 0 };
        refreshed(&soa, remaining, UNIX_EPOCH + Duration::from_secs(1_000_000), Grace::Auto)
    }

    #[test]
    fn the_whole_expire_time_tells_nothing() {
        assert_eq!(told(3600, 600, 86400, 86400), None);
        assert_eq!(told(3600, 600, 86400, 90000), None);
    }

    #[test]
    fn within_refresh_and_retry_it_may_still_heal() {
        let told = told(3600, 600, 86400, 86400 - 4200).unwrap();
        assert!(!told.overdue);
        assert_eq!(told.deadline, UNIX_EPOCH + Duration::from_secs(1_000_000));
    }

    #[test]
    fn past_them_it_is_overdue() {
        let told = told(3600, 600, 86400, 86400 - 4201).unwrap();
        assert!(told.overdue);
        assert!(!told.expires_soon());
    }

    #[test]
    fn short_timers_are_taken_as_servers_take_them() {
        assert!(!told(1, 1, 86400, 86400 - 800).unwrap().overdue);
        assert!(told(1, 1, 86400, 86400 - 801).unwrap().overdue);
    }

    #[test]
    fn with_less_than_a_quarter_left_it_expires_soon() {
        assert!(told(3600, 600, 86400, 21599).unwrap().expires_soon());
        assert!(!told(3600, 600, 86400, 21600).unwrap().expires_soon());
    }
}
