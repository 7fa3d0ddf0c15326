//! The options that limit what is sent and read.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Args;

use crate::plan::{QueryRate, parse_positive_duration};

/// How much to send and to read. What is not given is as in the configuration.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Time to wait for a response
    ///
    /// A datagram is sent at once, and again after a quarter and after three quarters of this time; the wait is
    /// this long after the last one. TCP is tried along with the last one. Default: 2s.
    #[arg(long, value_name = "DURATION", value_parser = parse_positive_duration)]
    pub timeout: Option<Duration>,

    /// Time after which a stalled transfer ends
    ///
    /// A transfer that brings less than 1 KiB in this time is stalled. Default: 10s.
    #[arg(long, value_name = "DURATION", value_parser = parse_positive_duration)]
    pub idle_timeout: Option<Duration>,

    /// Queries and transfers at once
    ///
    /// Default: 512.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<NonZeroUsize>,

    /// New queries per second to each address
    ///
    /// With N/PROCESSES, as in 100/3, the part of one of several processes. Default: no limit; 10 where the servers
    /// were looked up and their records are compared.
    #[arg(long, value_name = "N")]
    pub max_qps: Option<QueryRate>,

    /// Transfers at once from each address
    ///
    /// Default: 2.
    #[arg(long, value_name = "N")]
    pub max_transfers: Option<NonZeroUsize>,

    /// Maximum size of a copy
    ///
    /// A larger one is not read to its end. Default: 16,000,000,000 bytes.
    #[arg(long, value_name = "BYTES")]
    pub max_transfer_bytes: Option<u64>,

    /// Maximum number of records in a copy
    ///
    /// A larger one is not read to its end. Default: 200,000,000.
    #[arg(long, value_name = "N")]
    pub max_transfer_records: Option<u64>,
}
