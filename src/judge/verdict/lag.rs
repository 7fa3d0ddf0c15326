//! Propagating or stuck: how long a lag has lasted, and how long the protocol takes to heal it.
//!
//! Two things tell of it. The history says when the successor of the serial that is shown was first seen at
//! the reference. EDNS EXPIRE (RFC 7314) says when a secondary last reached its primary.

use std::time::{Duration, SystemTime};

use super::Verdict;
use crate::dns::Soa;
use crate::judge::evidence::{Evidence, Responses};
use crate::plan::{Grace, MaxLag};

/// The shortest refresh that common servers keep (BIND's min-refresh-time).
const LEAST_REFRESH: u32 = 300;

/// The shortest retry that common servers keep (BIND's min-retry-time).
const LEAST_RETRY: u32 = 500;

/// The longest that anybody has to wait: a century, so that every deadline has a date.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

/// The longest that an operator waits whatever the timers, with `--max-lag auto`.
const LONGEST_MAX_LAG: Duration = Duration::from_mins(65);

/// The shortest lag that counts as slower than usual.
const MIN_UNUSUAL_LAG: Duration = Duration::from_mins(1);

/// What is known of a lag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// First sight, at the reference, of the successor of the serial that is shown.
    pub since: Option<SystemTime>,
    /// When the round began: how long a look takes adds to nobody's lag.
    pub seen: SystemTime,
    /// How long the protocol takes to heal it.
    pub patience: Duration,
    /// What EXPIRE tells.
    pub refreshed: Option<Refreshed>,
}

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
    pub missed: bool,
}

impl Lag {
    /// Returns by when the protocol heals it: counted from its beginning, or from the last refresh if that
    /// was before.
    pub fn deadline(&self) -> Option<SystemTime> {
        let from_beginning = self.since.and_then(|since| since.checked_add(self.patience));
        let from_refresh = self.refreshed.map(|refreshed| refreshed.deadline);
        from_beginning.into_iter().chain(from_refresh).min()
    }

    /// Returns whether it heals in time, has not, or whether nothing tells.
    pub fn verdict(&self) -> Verdict {
        let missed = self.refreshed.is_some_and(|refreshed| refreshed.missed);
        match self.deadline() {
            None => Verdict::Behind,
            Some(deadline) if missed || self.seen > deadline => Verdict::Stuck,
            Some(_) => Verdict::Propagating,
        }
    }

    /// Returns whether it heals by itself; what only EXPIRE tells of is not known for sure.
    pub fn self_heals(&self) -> Option<bool> {
        let heals = self.verdict().self_heals();
        heals.filter(|heals| !heals || self.since.is_some())
    }

    /// Returns for how long it has lasted.
    pub fn age(&self) -> Option<Duration> {
        Some(self.seen.duration_since(self.since?).unwrap_or_default())
    }

    /// Returns how long it may last, if it has lasted longer than the operator wants.
    pub fn max_lag_exceeded(&self, soa: &Soa, most: MaxLag) -> Option<Duration> {
        let most = match most {
            MaxLag::Auto => LONGEST_MAX_LAG.min(seconds(soa.refresh) + seconds(soa.retry)),
            MaxLag::Fixed(most) => most,
        };
        (self.age()? > most).then_some(most)
    }

    /// Returns how long publications take at most, if this one takes longer.
    pub fn slower_than_usual(&self, usual: Duration) -> Option<Duration> {
        let most = usual.saturating_mul(4).max(MIN_UNUSUAL_LAG);
        (self.age()? > most).then_some(most)
    }
}

/// Returns how long the protocol takes to bring a new version: a refresh that just missed it, and a retry.
pub fn patience(soa: &Soa, grace: Grace) -> Duration {
    match grace {
        Grace::Auto => seconds(soa.refresh.max(LEAST_REFRESH)) + seconds(soa.retry.max(LEAST_RETRY)),
        Grace::Fixed(patience) => patience.min(LONGEST),
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// Returns what a server's own SOA and its EXPIRE tell; `None` if they tell nothing.
///
/// A primary, and a zone that was copied by other means, always says the whole SOA expire time.
fn refreshed(soa: &Soa, expire: u32, answered: SystemTime, grace: Grace) -> Option<Refreshed> {
    let age = soa.expire.checked_sub(expire).filter(|&age| age > 0)?;
    let age = seconds(age);
    let patience = patience(soa, grace);
    let deadline = answered.checked_sub(age)?.checked_add(patience)?;
    Some(Refreshed { age, remaining: seconds(expire), deadline, missed: age > patience })
}

/// Returns what a target's EXPIRE tells of its last refresh.
pub(crate) fn last_refresh(evidence: &Evidence, track: &Responses) -> Option<Refreshed> {
    let seen = track.best_response()?;
    let answered = evidence.wall_time(seen.span.end);
    refreshed(seen.soa()?, track.edns()?.expire?, answered, evidence.plan.rules.grace)
}

impl Refreshed {
    /// Returns whether less than a quarter of the time to expiry is left, and refreshes were missed.
    pub fn expires_soon(&self) -> bool {
        self.missed && self.remaining * 4 < self.remaining + self.age
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::dns::Serial;

    fn soa(refresh: u32, retry: u32, expire: u32) -> Soa {
        let name: crate::dns::Name = "ns.example".parse().unwrap();
        Soa { mname: name.clone(), rname: name, serial: Serial(1), refresh, retry, expire, minimum: 0 }
    }

    fn told(refresh: u32, retry: u32, expire: u32, remaining: u32) -> Option<Refreshed> {
        refreshed(
            &soa(refresh, retry, expire),
            remaining,
            UNIX_EPOCH + Duration::from_secs(1_000_000),
            Grace::Auto,
        )
    }

    #[test]
    fn the_whole_expire_time_tells_nothing() {
        assert_eq!(told(3600, 600, 86400, 86400), None);
        assert_eq!(told(3600, 600, 86400, 90000), None);
    }

    #[test]
    fn within_refresh_and_retry_it_may_still_heal() {
        let told = told(3600, 600, 86400, 86400 - 4200).unwrap();
        assert!(!told.missed);
        assert_eq!(told.deadline, UNIX_EPOCH + Duration::from_secs(1_000_000));
    }

    #[test]
    fn past_them_a_refresh_was_missed() {
        let told = told(3600, 600, 86400, 86400 - 4201).unwrap();
        assert!(told.missed);
        assert!(!told.expires_soon());
    }

    #[test]
    fn short_timers_are_taken_as_servers_take_them() {
        assert!(!told(1, 1, 86400, 86400 - 800).unwrap().missed);
        assert!(told(1, 1, 86400, 86400 - 801).unwrap().missed);
    }

    #[test]
    fn the_deadline_is_the_first_of_both() {
        let at = |second| UNIX_EPOCH + Duration::from_secs(second);
        let lag = |since: Option<u64>, refreshed| Lag {
            since: since.map(at),
            seen: at(1_000_000),
            patience: Duration::from_mins(70),
            refreshed,
        };
        // Seen since, age of the last refresh: by when it heals, the verdict, and whether that is sure.
        for (since, age, deadline, verdict, heals) in [
            (None, None, None, Verdict::Behind, None),
            (Some(1_000_000), None, Some(1_004_200), Verdict::Propagating, Some(true)),
            (Some(995_800), None, Some(1_000_000), Verdict::Propagating, Some(true)),
            (Some(995_799), None, Some(999_999), Verdict::Stuck, Some(false)),
            (None, Some(100), Some(1_004_100), Verdict::Propagating, None),
            (Some(999_950), Some(100), Some(1_004_100), Verdict::Propagating, Some(true)),
            (Some(999_800), Some(100), Some(1_004_000), Verdict::Propagating, Some(true)),
            (Some(999_999), Some(4201), Some(999_999), Verdict::Stuck, Some(false)),
            (Some(990_000), Some(100), Some(994_200), Verdict::Stuck, Some(false)),
        ] {
            let refreshed = age.and_then(|age: u32| told(3600, 600, 86400, 86400 - age));
            let lag = lag(since, refreshed);
            let told = (lag.deadline(), lag.verdict(), lag.self_heals());
            assert_eq!(told, (deadline.map(at), verdict, heals), "{since:?} {age:?}");
        }
    }

    #[test]
    fn a_patience_without_end_has_a_date() {
        let patience = patience(&soa(1, 1, 1), Grace::Fixed(Duration::MAX));
        assert!(UNIX_EPOCH.checked_add(patience).is_some());
    }

    #[test]
    fn with_less_than_a_quarter_left_it_expires_soon() {
        assert!(told(3600, 600, 86400, 21599).unwrap().expires_soon());
        assert!(!told(3600, 600, 86400, 21600).unwrap().expires_soon());
    }
}
