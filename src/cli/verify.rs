//! The command `verify`.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::CheckArgs;
use crate::dns::Name;
use crate::expect::WantedSerial;
use crate::plan::{parse_duration, parse_zone};

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyCommand {
    /// The zone that was changed, with or without the final dot
    #[arg(value_name = "ZONE", value_parser = parse_zone)]
    pub zone: Name,

    /// What is expected, and how long it may take.
    #[command(flatten)]
    pub expect: ExpectArgs,

    /// Which servers to check, how, and where the report goes.
    #[command(flatten)]
    pub args: CheckArgs,
}

/// What is expected, and how long it may take.
#[derive(Debug, Args)]
#[command(next_help_heading = "Expectations")]
pub struct ExpectArgs {
    /// Wait this long for every server
    ///
    /// With 0s, the zone is checked once. Servers that do not meet the expectations yet are checked every
    /// second in the first minute, then every 2, 5 and at last 10 seconds; the others once more in the end. All
    /// ends one --timeout after the wait at the latest: copies that are not read by then are not compared. It
    /// ends early if waiting does not help: a server is `ahead`, or a delegation or DNAME has kept an expected
    /// name out of the zone for some seconds.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub wait: Duration,

    /// Serial that every server must have
    ///
    /// `N` is exactly that serial; `N+` or `>=N` is that one or a newer one (RFC 1982). Where a signer counts serials of
    /// its own, the primaries alone must have it. Default: every server must have
    /// that of the primary.
    #[arg(long, value_name = "N|N+")]
    pub serial: Option<WantedSerial>,

    /// Record that every server must have
    ///
    /// It is written as in a zone file: `OWNER [TTL] TYPE RDATA`. OWNER is relative to the zone unless it has
    /// a final dot. Repeat it for more records: those of one owner and type must be the whole RRset. The TTL
    /// counts only if it is given. Text with `;` stands in quotes; names may have U-labels. Servers are queried for
    /// the RRset directly, and no alias is followed. Default: no record is expected.
    #[arg(long, value_name = "RECORD")]
    pub expect: Vec<String>,

    /// Record that every server must have, among others
    ///
    /// It is written as for --expect. The RRset may have other records too, as where several writers add to it.
    /// May be repeated. Default: no record is expected.
    #[arg(long, value_name = "RECORD")]
    pub contains: Vec<String>,

    /// RRset or record that no server may have
    ///
    /// It is written `OWNER TYPE`, as in `old A`, or `OWNER TYPE RDATA` for one record: others of the same name
    /// and type may stay. May be repeated. Default: every record may be there.
    #[arg(long, value_name = "RRSET|RECORD")]
    pub absent: Vec<String>,

    /// Name and type that may differ from the baseline
    ///
    /// It is written `OWNER TYPE`, as in `www A`. May be repeated. Nothing else may differ but the signatures
    /// over these RRsets and the serial. For a signed zone, give `--dnssec ignore` too, since each change
    /// makes new NSEC records, and `--ignore-type ZONEMD` if it has such records. Requires --baseline. Default:
    /// nothing but the serial may differ from it.
    #[arg(long, value_name = "RRSET", requires = "baseline")]
    pub only_changed: Vec<String>,

    /// Zone file from before the change
    ///
    /// Without --only-changed, nothing but the serial may differ from it. Default: what was before does not count.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Require N good checks in a row
    ///
    /// They are one second apart. A bad check of any server begins the count anew.
    #[arg(long, value_name = "N", default_value = "1")]
    pub stable: NonZeroU32,

    /// End as soon as anything is critical
    ///
    /// Without it, a server that is `lame`, say, has until the end of --wait to recover.
    #[arg(long)]
    pub fail_fast: bool,

    /// Report this server with a warning at most
    ///
    /// It is not waited for either. SERVER is its name. May be repeated. Default: every server counts in full.
    #[arg(long, value_name = "SERVER")]
    pub warn_only: Vec<String>,
}
