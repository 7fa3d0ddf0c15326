//! Who counts questions and transfers as they end.

use std::fmt;
use std::time::Duration;

use crate::dns::Rtype;
use crate::observe::{Failure, Transport};
use crate::plan::Target;

/// Counts what is asked of whom, and what comes of it.
pub trait QueryRecorder: fmt::Debug + Send + Sync {
    /// A question has ended: after so long with an answer, or without one.
    fn record_query(&self, target: &Target, transport: Transport, outcome: Result<Duration, &Failure>);

    /// A transfer of this type, AXFR or IXFR, has ended: with all that it was to bring, or without.
    fn record_transfer(&self, target: &Target, rtype: Rtype, outcome: Result<(), &Failure>);
}
