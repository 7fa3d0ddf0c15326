//! What is said of an address that lags, or soon will.

use std::time::{Duration, SystemTime};

use humantime::{format_duration, format_rfc3339_seconds};

use super::code::{Code, Finding};
use super::server::ServerContext;
use crate::judge::evidence::relation::Relation;
use crate::judge::verdict::Verdict;
use crate::judge::verdict::lag::Refreshed;
use crate::plan::Grace;

impl ServerContext<'_> {
    /// Returns what a verdict over an older serial says.
    pub(crate) fn lagging(self) -> Option<(String, Vec<String>)> {
        let behind = self.steps_behind()?;
        let ask_primary = self.ask_transfer();
        let lag = self.decision.lag?;
        Some(match (self.decision.verdict, lag.since, lag.refreshed) {
            (Verdict::Stuck, _, Some(refreshed)) if refreshed.missed => {
                let age = rounded(refreshed.age);
                let time = self.time_to_heal();
                let message =
                    format!("{behind}, and it has not reached its primary for {age}: longer than {time}");
                (message, [ask_primary, self.renew()].concat())
            }
            (Verdict::Stuck, Some(since), _) => {
                let age = rounded(lag.age().unwrap_or_default());
                let (since, time) = (time(since), self.time_to_heal());
                let message = format!("{behind} since {since}, for {age}: longer than {time}");
                (message, [ask_primary, self.renew()].concat())
            }
            (_, Some(since), _) => {
                let by = lag.deadline().map(|deadline| format!("; it should have it by {}", time(deadline)));
                let message = format!("{behind} since {}{}", time(since), by.unwrap_or_default());
                (message, self.refresh())
            }
            (_, None, Some(Refreshed { age, deadline, .. })) => {
                let (age, deadline) = (rounded(age), time(deadline));
                let message =
                    format!("{behind}; it reached its primary {age} ago and should again by {deadline}");
                (message, self.refresh())
            }
            (_, None, None) => {
                let message = format!("{behind}; nothing tells since when");
                (message, [self.refresh(), ask_primary].concat())
            }
        })
    }

    /// `serial 4 is 1 behind 5 at ns0`.
    pub(crate) fn steps_behind(self) -> Option<String> {
        let (reference, serial) = self.held_against()?;
        let own = self.serial()?;
        match self.decision.relation? {
            Relation::Behind(steps) => Some(format!("serial {own} is {steps} behind {serial} {reference}")),
            Relation::Current | Relation::Ahead(_) | Relation::Undefined => None,
        }
    }

    fn time_to_heal(self) -> String {
        match self.evidence.plan.rules.grace {
            Grace::Auto => "refresh and retry".to_owned(),
            Grace::Fixed(grace) => format!("the {} it was given", rounded(grace)),
        }
    }

    /// Longer than the operator puts up with.
    pub(crate) fn max_lag_exceeded(self) -> Option<Finding> {
        let lag = self.decision.lag?;
        let most = lag.max_lag_exceeded(self.track.soa()?, self.evidence.plan.rules.max_lag?)?;
        let message = format!(
            "it lags for {}, longer than the {} that is put up with",
            rounded(lag.age()?),
            rounded(most)
        );
        let advice = self.refresh();
        Some(Finding::new(Code::MaxLagExceeded, message).advise(advice))
    }

    /// Slower than this server usually is. Who is stuck is not told that it is late too.
    pub(crate) fn slower_than_usual(self) -> Option<Finding> {
        let may_heal = matches!(self.decision.verdict, Verdict::Behind | Verdict::Propagating);
        let lag = self.decision.lag.filter(|_| may_heal)?;
        let usual = self.evidence.past(self.id)?.usual_latency()?;
        let most = lag.slower_than_usual(usual)?;
        let message = format!(
            "it lags for {}: of its last publications 95 of 100 took at most {}, and more than {} is slower \
             than usual",
            rounded(lag.age()?),
            rounded(usual),
            rounded(most)
        );
        let advice = self.refresh();
        Some(Finding::new(Code::SlowerThanUsual, message).advise(advice))
    }

    /// Missed refreshes, before anything differs.
    pub(crate) fn last_refresh(self) -> Option<Finding> {
        let refreshed = self.decision.refreshed.filter(|refreshed| refreshed.missed)?;
        let age = rounded(refreshed.age);
        let remaining = rounded(refreshed.remaining);
        if refreshed.expires_soon() {
            let message =
                format!("it has not reached its primary for {age}, and its copy expires in {remaining}");
            return Some(Finding::new(Code::ExpiresSoon, message).advise(self.ask_transfer()));
        }
        (self.decision.verdict == Verdict::InSync).then(|| {
            let message = format!(
                "it has not reached its primary for {age}, longer than {}; it stops serving in {remaining}",
                self.time_to_heal()
            );
            Finding::new(Code::RefreshMissed, message).advise(self.ask_transfer())
        })
    }
}

/// A duration to the nearest second, in at most its two largest units.
pub(crate) fn rounded(duration: Duration) -> String {
    let nearest = duration.saturating_add(Duration::from_millis(500)).as_secs();
    let text = format_duration(Duration::from_secs(nearest)).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// A moment as RFC 3339 has it; what lies before 1970 is 1970, since a server may tell of any age.
pub(crate) fn time(time: SystemTime) -> String {
    format_rfc3339_seconds(time.max(SystemTime::UNIX_EPOCH)).to_string()
}
