//! Propagating or stuck: how long a lag has lasted, and how long the protocol takes to heal it.
//!
//! There are two sources. The history has the time at which the successor of the server's serial was first
//! observed at the reference. EDNS EXPIRE (RFC 7314) has the time at which a secondary last reached its primary.

use std::time::{Duration, SystemTime};

use super::Verdict;
use crate::dns::Soa;
use crate::judge::evidence::{Evidence, Responses};
use crate::plan::{Grace, MaxLag};

/// The shortest refresh that common servers keep (BIND's min-refresh-time).
const MIN_REFRESH: u32 = 300;

/// The shortest retry that common servers keep (BIND's min-retry-time).
const MIN_RETRY: u32 = 500;

/// The longest grace: a century, so that every deadline is a date.
const MAX_GRACE: Duration = Duration::from_hours(100 * 365 * 24);

/// The longest lag that `--max-lag auto` allows, whatever the timers.
const AUTO_MAX_LAG: Duration = Duration::from_mins(65);

/// The shortest lag that counts as slower than usual.
const MIN_UNUSUAL_LAG: Duration = Duration::from_mins(1);

/// The most seconds of a SOA expire time that BIND keeps: 24 weeks. Knot gives the catalogs that it makes 68 years.
const MAX_EXPIRE: u32 = 24 * 7 * 86400;

/// What is known of a lag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// When the successor of the server's serial was first observed at the reference.
    pub since: Option<SystemTime>,
    /// When the check started: its own duration is no part of a lag.
    pub checked_at: SystemTime,
    /// How long the protocol takes to heal it.
    pub heals_within: Duration,
    /// The last refresh, by EDNS EXPIRE. Its deadline is moved by a grace that is longer than refresh and retry, and by
    /// any where the beginning of the lag is not known.
    pub last_refresh: Option<LastRefresh>,
}

/// When a secondary last reached its primary, and by when it should again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastRefresh {
    /// Time since then.
    pub age: Duration,
    /// Time until the copy expires.
    pub remaining: Duration,
    /// One refresh and one retry later, by the SOA that it serves.
    pub deadline: SystemTime,
    /// Whether that has passed.
    pub missed: bool,
}

impl Lag {
    /// By when the protocol heals it, counted from its beginning or from the last refresh, whichever was
    /// first.
    pub fn deadline(&self) -> Option<SystemTime> {
        let from_beginning = self.since.and_then(|since| since.checked_add(self.heals_within));
        let from_refresh = self.last_refresh.map(|refresh| refresh.deadline);
        from_beginning.into_iter().chain(from_refresh).min()
    }

    /// Stuck past the deadline, propagating before it, behind if there is none.
    pub fn verdict(&self) -> Verdict {
        let missed = self.last_refresh.is_some_and(|refresh| refresh.missed);
        match self.deadline() {
            None => Verdict::Behind,
            Some(deadline) if missed || self.checked_at > deadline => Verdict::Stuck,
            Some(_) => Verdict::Propagating,
        }
    }

    /// Whether it heals by itself. A lag that is known from EXPIRE alone may or may not.
    pub fn self_heals(&self) -> Option<bool> {
        let heals = self.verdict().self_heals();
        heals.filter(|heals| !heals || self.since.is_some())
    }

    /// How long it has lasted.
    pub fn age(&self) -> Option<Duration> {
        Some(self.checked_at.duration_since(self.since?).unwrap_or_default())
    }

    /// Returns the longest lag that the operator allows, if this one is longer.
    pub fn max_lag_exceeded(&self, soa: &Soa, max_lag: MaxLag) -> Option<Duration> {
        let max = longest_lag(soa, max_lag);
        (self.age()? > max).then_some(max)
    }

    /// Returns the longest lag that is usual, if this one is longer.
    pub fn slower_than_usual(&self, usual: Duration) -> Option<Duration> {
        let max = usual.saturating_mul(4).max(MIN_UNUSUAL_LAG);
        (self.age()? > max).then_some(max)
    }
}

/// The longest lag that the operator allows.
pub(crate) fn longest_lag(soa: &Soa, max_lag: MaxLag) -> Duration {
    match max_lag {
        MaxLag::Auto => AUTO_MAX_LAG.min(seconds(soa.refresh) + seconds(soa.retry)),
        MaxLag::Fixed(max) => max,
    }
}

/// How long the protocol takes to bring a new version: a refresh that just missed it, and a retry.
pub fn propagation_time(soa: &Soa, grace: Grace) -> Duration {
    match grace {
        Grace::Auto => seconds(soa.refresh.max(MIN_REFRESH)) + seconds(soa.retry.max(MIN_RETRY)),
        Grace::Fixed(grace) => grace.min(MAX_GRACE),
    }
}

/// How long after a refresh a lag may last whose beginning is known: a refresh and a retry, since until then a healthy
/// secondary has no reason to ask its primary; or the grace, if that is longer.
pub(crate) fn time_to_refresh(soa: &Soa, grace: Grace) -> Duration {
    propagation_time(soa, Grace::Auto).max(propagation_time(soa, grace))
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// Derives the last refresh from a server's own SOA and its EXPIRE.
///
/// A primary, and a zone that was copied by other means, always sends the whole SOA expire time: `None`. One above the
/// maximum of BIND counts from there, unless the server shows that it keeps more.
fn from_expire(soa: &Soa, expire: u32, answered: SystemTime, patience: Duration) -> Option<LastRefresh> {
    let whole = if expire <= MAX_EXPIRE { soa.expire.min(MAX_EXPIRE) } else { soa.expire };
    let age = whole.checked_sub(expire).filter(|&age| age > 0)?;
    let age = seconds(age);
    let deadline = answered.checked_sub(age)?.checked_add(patience)?;
    Some(LastRefresh { age, remaining: seconds(expire), deadline, missed: age > patience })
}

/// Returns the last refresh of a target, if it sends EXPIRE, by the refresh and retry of its SOA.
pub(crate) fn last_refresh(evidence: &Evidence, responses: &Responses) -> Option<LastRefresh> {
    last_refresh_within(evidence, responses, |soa| propagation_time(soa, Grace::Auto))
}

/// Returns the last refresh of a target, after which it has a time that depends on its SOA.
pub(crate) fn last_refresh_within(
    evidence: &Evidence,
    responses: &Responses,
    patience: impl FnOnce(&Soa) -> Duration,
) -> Option<LastRefresh> {
    let observation = responses.best_observation()?;
    let answered = evidence.wall_time(observation.span.end);
    let soa = observation.soa()?;
    from_expire(soa, responses.edns()?.expire?, answered, patience(soa))
}

impl LastRefresh {
    /// Whether refreshes were missed, and less than a quarter of the SOA expire time is left.
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

    #[test]
    fn bind_keeps_no_more_than_24_weeks_of_a_longer_expire_time() {
        let age =
            |expire, remaining| last_refresh_of(3600, 600, expire, remaining).map(|it| it.age.as_secs());
        for expire in [u32::MAX, 2_147_483_646, MAX_EXPIRE + 1, MAX_EXPIRE] {
            assert_eq!(age(expire, MAX_EXPIRE), None, "{expire}");
            assert_eq!(age(expire, MAX_EXPIRE - 10), Some(10), "{expire}");
            assert!(!last_refresh_of(3600, 600, expire, MAX_EXPIRE - 10).unwrap().missed, "{expire}");
            assert!(last_refresh_of(3600, 600, expire, MAX_EXPIRE - 4201).unwrap().missed, "{expire}");
        }
        // Another server keeps all of it.
        assert_eq!(age(2 * MAX_EXPIRE, 2 * MAX_EXPIRE - 10), Some(10));
    }

    fn last_refresh_of(refresh: u32, retry: u32, expire: u32, remaining: u32) -> Option<LastRefresh> {
        let soa = soa(refresh, retry, expire);
        let answered = UNIX_EPOCH + Duration::from_secs(1_000_000);
        from_expire(&soa, remaining, answered, propagation_time(&soa, Grace::Auto))
    }

    #[test]
    fn the_whole_expire_time_is_no_refresh() {
        assert_eq!(last_refresh_of(3600, 600, 86400, 86400), None);
        assert_eq!(last_refresh_of(3600, 600, 86400, 90000), None);
    }

    #[test]
    fn within_refresh_and_retry_no_refresh_is_missed() {
        let refresh = last_refresh_of(3600, 600, 86400, 86400 - 4200).unwrap();
        assert!(!refresh.missed);
        assert_eq!(refresh.deadline, UNIX_EPOCH + Duration::from_secs(1_000_000));
    }

    #[test]
    fn past_refresh_and_retry_a_refresh_is_missed() {
        let refresh = last_refresh_of(3600, 600, 86400, 86400 - 4201).unwrap();
        assert!(refresh.missed);
        assert!(!refresh.expires_soon());
    }

    #[test]
    fn short_timers_are_raised_to_the_minimum_of_servers() {
        assert!(!last_refresh_of(1, 1, 86400, 86400 - 800).unwrap().missed);
        assert!(last_refresh_of(1, 1, 86400, 86400 - 801).unwrap().missed);
    }

    #[test]
    fn the_deadline_counts_from_the_beginning_or_the_refresh_whichever_was_first() {
        let at = |second| UNIX_EPOCH + Duration::from_secs(second);
        let lag = |since: Option<u64>, last_refresh| Lag {
            since: since.map(at),
            checked_at: at(1_000_000),
            heals_within: Duration::from_mins(70),
            last_refresh,
        };
        // Beginning of the lag, age of the last refresh: the deadline, the verdict, whether it heals by itself.
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
            let last_refresh = age.and_then(|age: u32| last_refresh_of(3600, 600, 86400, 86400 - age));
            let lag = lag(since, last_refresh);
            let found = (lag.deadline(), lag.verdict(), lag.self_heals());
            assert_eq!(found, (deadline.map(at), verdict, heals), "{since:?} {age:?}");
        }
    }

    #[test]
    fn a_grace_lengthens_the_time_to_refresh_and_never_shortens_it() {
        let soa = soa(3600, 600, 86400);
        for (grace, seconds) in [(10, 4200), (4200, 4200), (7200, 7200)] {
            let grace = Grace::Fixed(Duration::from_secs(grace));
            assert_eq!(time_to_refresh(&soa, grace), Duration::from_secs(seconds));
        }
        assert_eq!(time_to_refresh(&soa, Grace::Auto), Duration::from_mins(70));
    }

    #[test]
    fn an_endless_grace_ends_on_a_date() {
        let time = propagation_time(&soa(1, 1, 1), Grace::Fixed(Duration::MAX));
        assert!(UNIX_EPOCH.checked_add(time).is_some());
    }

    #[test]
    fn with_less_than_a_quarter_left_it_expires_soon() {
        assert!(last_refresh_of(3600, 600, 86400, 21599).unwrap().expires_soon());
        assert!(!last_refresh_of(3600, 600, 86400, 21600).unwrap().expires_soon());
    }
}
