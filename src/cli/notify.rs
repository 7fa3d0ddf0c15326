//! The command `notify`.

use std::time::Duration;

use clap::Args;

use super::CheckArgs;
use crate::dns::Name;
use crate::plan::{parse_duration, parse_zone};

/// The arguments of `notify`.
#[derive(Debug, Args)]
pub struct NotifyCommand {
    /// The zone of which to notify, with or without the final dot
    #[arg(value_name = "ZONE", value_parser = parse_zone)]
    pub zone: Name,

    /// How long to wait for the new version
    ///
    /// The servers that took NOTIFY are waited for, and no others, until each has a current version. With 0s, all
    /// servers are checked once after NOTIFY. The last check ends one --timeout after the wait at the latest.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "30s")]
    pub wait: Duration,

    /// Report this server with a warning at most
    ///
    /// It is notified, and not waited for. SERVER is its name. May be repeated. Default: every server counts in full.
    #[arg(long, value_name = "SERVER")]
    pub warn_only: Vec<String>,

    /// Which servers to check and to notify, how, and where the report goes.
    #[command(flatten)]
    pub args: CheckArgs,
}
