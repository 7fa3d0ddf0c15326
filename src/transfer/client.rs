//! The client of zone transfers, and its limits.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::net::{Client, SignedQuery, Stream};
use crate::observe::Failure;
use crate::plan::Target;

/// The limits of one transfer.
#[derive(Clone, Copy, Debug)]
pub struct TransferLimits {
    /// The most bytes.
    pub max_bytes: u64,
    /// The most records.
    pub max_records: u64,
    /// The longest time without a kibibyte of progress.
    pub idle_timeout: Duration,
}

/// Transfers zones, each within limits.
#[derive(Debug)]
pub struct TransferClient {
    /// Its query limiter also limits transfers, and its recorder records them.
    pub client: Arc<Client>,
    /// The limits of each transfer.
    pub limits: TransferLimits,
}

impl TransferClient {
    /// Connects and sends a query.
    pub(super) async fn open(&self, target: &Target, query: &SignedQuery) -> Result<Stream, Failure> {
        let opened = timeout(self.client.timeout, Stream::open(target, query)).await;
        opened.unwrap_or(Err(Failure::Timeout))
    }
}
