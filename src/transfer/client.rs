//! The client of zone transfers, and its limits.

use std::sync::Arc;
use std::time::Duration;

use crate::net::Client;

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
