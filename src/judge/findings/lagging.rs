//! Findings about an address that lags, or soon will.

use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_seconds;

use super::code::{Code, Finding};
use super::server::ServerContext;
use crate::dns::duration_text;
use crate::judge::evidence::relation::Relation;
use crate::judge::verdict::Verdict;
use crate::judge::verdict::lag::{Lag, LastRefresh, propagation_time};
use crate::plan::Grace;

impl ServerContext<'_> {
    /// Returns the message and the commands of a verdict over an older serial.
    pub(crate) fn lagging(self) -> Option<(String, Vec<String>)> {
        let behind = self.steps_behind().or_else(|| self.earlier_content())?;
        let lag = self.decision.lag?;
        Some(match (self.decision.verdict, lag.since, lag.last_refresh) {
            (Verdict::Stuck, _, Some(refresh)) if refresh.missed => {
                let (age, time) = (rounded(refresh.age), self.time_to_refresh(lag));
                let message =
                    format!("{behind}, and it has not reached its primary for {age}: longer than {time}");
                (message, [self.examine_transfer(), self.transfer_anew()].concat())
            }
            (Verdict::Stuck, Some(since), _) => {
                let age = rounded(lag.age().unwrap_or_default());
                let (since, time) = (time(since), self.time_to_heal());
                let message = format!("{behind} since {since}, for {age}: longer than {time}");
                (message, [self.examine_transfer(), self.transfer_anew()].concat())
            }
            (_, Some(since), _) => {
                let by = lag.deadline().map(|deadline| format!("; it should have it by {}", time(deadline)));
                let message = format!("{behind} since {}{}", time(since), by.unwrap_or_default());
                (message, self.refresh())
            }
            (_, None, Some(LastRefresh { age, deadline, .. })) => {
                let (age, deadline) = (rounded(age), time(deadline));
                let message =
                    format!("{behind}; it reached its primary {age} ago and should again by {deadline}");
                (message, self.refresh())
            }
            (_, None, None) => {
                let message = format!("{behind}, since an unknown time");
                (message, [self.refresh(), self.try_transfer()].concat())
            }
        })
    }

    /// `serial 4 is 1 behind 5 at ns0`.
    pub(crate) fn steps_behind(self) -> Option<String> {
        if !self.evidence.serials_count(self.id) {
            return None;
        }
        let (reference, serial) = self.reference_in_words()?;
        let own = self.serial()?;
        match self.decision.relation? {
            Relation::Behind(steps) => Some(format!("serial {own} is {steps} behind {serial} {reference}")),
            Relation::Current | Relation::Ahead(_) | Relation::Undefined => None,
        }
    }

    /// `it has the records of serial 4, behind serial 5 at ns0`.
    fn earlier_content(self) -> Option<String> {
        let (reference, serial) = self.reference_in_words()?;
        let earlier = self.decision.earlier?.serial;
        if earlier == serial {
            return Some(format!("it has records that serial {serial} {reference} had before"));
        }
        Some(format!("it has the records of serial {earlier}, behind serial {serial} {reference}"))
    }

    fn time_to_heal(self) -> String {
        match self.evidence.plan.rules.grace {
            Grace::Auto => "refresh and retry".to_owned(),
            Grace::Fixed(grace) => format!("the grace of {}", rounded(grace)),
        }
    }

    /// The time in which it should have reached its primary.
    fn time_to_refresh(self, lag: Lag) -> String {
        let by_soa = self.responses.soa().map(|soa| propagation_time(soa, Grace::Auto));
        match self.evidence.plan.rules.grace {
            Grace::Fixed(grace) if lag.since.is_some() && by_soa.is_some_and(|by_soa| grace < by_soa) => {
                "refresh and retry".to_owned()
            }
            Grace::Fixed(_) | Grace::Auto => self.time_to_heal(),
        }
    }

    /// The lag is longer than the operator allows.
    pub(crate) fn max_lag_exceeded(self) -> Option<Finding> {
        let lag = self.decision.lag?;
        let max = lag.max_lag_exceeded(self.responses.soa()?, self.evidence.plan.rules.max_lag?)?;
        let message =
            format!("it lags for {}, longer than the {} that is allowed", rounded(lag.age()?), rounded(max));
        let advice = self.refresh();
        Some(Finding::new(Code::MaxLagExceeded, message).advise(advice))
    }

    /// The lag is longer than usual for this server. A stuck server is accused of more already.
    pub(crate) fn slower_than_usual(self) -> Option<Finding> {
        let may_heal = matches!(self.decision.verdict, Verdict::Behind | Verdict::Propagating);
        let lag = self.decision.lag.filter(|_| may_heal && self.responses.soa().is_some())?;
        let usual = self.evidence.address_history(self.id)?.usual_latency()?;
        let max = lag.slower_than_usual(usual)?;
        let message = format!(
            "it lags for {}: 95 % of its last publications took at most {}, and more than {} is slower than usual",
            rounded(lag.age()?),
            rounded(usual),
            rounded(max)
        );
        let advice = self.refresh();
        Some(Finding::new(Code::SlowerThanUsual, message).advise(advice))
    }

    /// Refreshes were missed, before anything differs.
    pub(crate) fn refresh_missed(self) -> Option<Finding> {
        let refresh = self.decision.last_refresh.filter(|refresh| refresh.missed)?;
        let age = rounded(refresh.age);
        let remaining = rounded(refresh.remaining);
        if refresh.expires_soon() {
            let message =
                format!("it has not reached its primary for {age}, and its copy expires in {remaining}");
            return Some(Finding::new(Code::ExpiresSoon, message).advise(self.examine_transfer()));
        }
        (self.decision.verdict == Verdict::InSync).then(|| {
            let message = format!(
                "it has not reached its primary for {age}, longer than refresh and retry; it stops serving in \
                 {remaining}"
            );
            Finding::new(Code::RefreshMissed, message).advise(self.examine_transfer())
        })
    }
}

/// Formats a duration to the nearest second.
pub(crate) fn rounded(duration: Duration) -> String {
    duration_text(Duration::from_secs(duration.saturating_add(Duration::from_millis(500)).as_secs()))
}

/// Formats a time by RFC 3339. A time before 1970 becomes 1970: a server may report any age.
pub(crate) fn time(time: SystemTime) -> String {
    format_rfc3339_seconds(time.max(SystemTime::UNIX_EPOCH)).to_string()
}
