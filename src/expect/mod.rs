//! What a change should bring about, as given to `zoneprobe verify`.
//!
//! In: expectations as people write them, and what each address answered. Out: the report of the zone with
//! each expectation in it, a finding for each one that is not met, and the severity that follows. What `zoneprobe
//! notify` has done to bring a change about is added to the report in the same way.

mod error;
mod met;
mod notified;
mod parse;
mod redirected;
mod reporting;
mod typed;
mod wanted;

use crate::observe::{Failure, RrsetAnswer};
use crate::plan::Target;

pub(crate) use notified::{Notified, add_notified, needs_notify};
pub(crate) use parse::{RrsetTexts, parse_permitted, parse_wanted};
pub(crate) use redirected::redirecting_owners;
pub(crate) use reporting::{
    Instability, add_expectations, add_only_changed, add_unmet_findings, add_unstable_finding, add_zone_file,
    describe_bad_server, limit_to_warning,
};
pub(crate) use wanted::Wanted;
pub use wanted::WantedSerial;

/// What each address answered to the query for one expectation; empty for a serial, which needs no query of
/// its own.
pub(crate) type AddressAnswers = Vec<(Target, Result<RrsetAnswer, Failure>)>;

#[cfg(test)]
mod tests;
