//! The limits on queries and transfers: one set for all zones, below `probe`.

use std::time::Duration;

use super::reader::{ConfigReader, Mapping};
use crate::plan::QueryRate;

/// What the queries and transfers of all zones together may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long to wait for the response to a query.
    pub timeout: Duration,
    /// The maximum number of queries and transfers at once.
    pub concurrency: usize,
    /// The maximum number of new queries per second to each address.
    pub max_qps: Option<QueryRate>,
    /// The maximum number of transfers at once from each address.
    pub max_transfers: usize,
    /// A transfer that brings less than 1 KiB in this time is ended.
    pub idle_timeout: Duration,
    /// The maximum size of one copy.
    pub max_transfer_bytes: u64,
    /// The maximum number of records in one copy.
    pub max_transfer_records: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(2),
            concurrency: 512,
            max_qps: None,
            max_transfers: 2,
            idle_timeout: Duration::from_secs(10),
            max_transfer_bytes: 16_000_000_000,
            max_transfer_records: 200_000_000,
        }
    }
}

/// Reads the limits below `probe`.
pub(super) fn read(probe: Mapping<'_>, reader: &mut ConfigReader<'_>) -> Limits {
    let mut limits = Limits::default();
    probe.set("timeout", &mut limits.timeout, |node| reader.duration(node));
    probe.set("concurrency", &mut limits.concurrency, |node| reader.count(node));
    probe.set("max_qps", &mut limits.max_qps, |node| reader.query_rate(node).map(Some));
    probe.set("max_transfers", &mut limits.max_transfers, |node| reader.count(node));
    probe.set("idle_timeout", &mut limits.idle_timeout, |node| reader.duration(node));
    probe.set("max_transfer_bytes", &mut limits.max_transfer_bytes, |node| reader.count(node));
    probe.set("max_transfer_records", &mut limits.max_transfer_records, |node| reader.count(node));
    limits
}
