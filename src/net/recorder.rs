//! What is recorded of queries and transfers as they end.

use std::fmt;
use std::time::Duration;

use crate::dns::Rtype;
use crate::observe::{Failure, Transport};
use crate::plan::Target;

/// Records the queries and transfers of a [`Client`](super::Client).
pub trait QueryRecorder: fmt::Debug + Send + Sync {
    /// Records a query that has ended: with a response after this time, or with a failure.
    fn record_query(&self, target: &Target, transport: Transport, outcome: Result<Duration, &Failure>);

    /// Records a transfer that has ended: completely, or with a failure; `rtype` is AXFR or IXFR.
    fn record_transfer(&self, target: &Target, rtype: Rtype, outcome: Result<(), &Failure>);
}
