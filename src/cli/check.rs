//! The command `check`, and the options it shares with `verify`.

use std::path::PathBuf;

use clap::Args;

use super::{ComparisonArgs, LimitArgs, OutputArgs, ServerArgs};
use crate::dns::Name;
use crate::plan::{Shard, parse_zone};

/// The arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckCommand {
    /// Zones to check, with or without the final dot
    ///
    /// Default: with --config, all its zones.
    #[arg(value_name = "ZONE", value_parser = parse_zone, required_unless_present_any = ["zones", "catalog", "config"])]
    pub zone: Vec<Name>,

    /// Read zones from FILE, one per line
    ///
    /// `-` is standard input. `#` begins a comment; empty lines are skipped. A line may be a JSON object with
    /// servers of its own, `{"zone": "example.com", "primaries": ["ns0=192.0.2.1"], "secondaries": […],
    /// "signers": […], "id": …}`, or with the `group` of the configuration. Zones are checked while the file is
    /// being read. Default: the zones that are named, else those of --config.
    #[arg(long, value_name = "FILE", help_heading = "Servers", conflicts_with = "zone_file")]
    pub zones: Option<PathBuf>,

    /// Check part K of N of the zones, from 0/N
    ///
    /// For several processes that share a list. The part of a zone is the MD5 of its name modulo N, as Prometheus'
    /// `hashmod` has it. Lines that name no zone are in part 0. Default: `shard` of the configuration, for zones that are
    /// not named one by one.
    #[arg(long, value_name = "K/N", help_heading = "Servers")]
    pub shard: Option<Shard>,

    /// Check a catalog zone and its members
    ///
    /// The catalog (RFC 9432) is checked first, and its members are read from the primary. They are checked at the servers
    /// of the catalog. If it is a catalog of --config, they have the settings of their groups there.
    /// Default: no catalog, or those of --config where it names all zones.
    #[arg(
        long,
        value_name = "ZONE",
        value_parser = parse_zone,
        help_heading = "Servers",
        conflicts_with_all = ["zone", "zones", "zone_file"]
    )]
    pub catalog: Option<Name>,

    /// Which servers to check, how, and where the report goes.
    #[command(flatten)]
    pub args: CheckArgs,
}

/// The options of every command that checks zones once.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Which servers to check.
    #[command(flatten)]
    pub servers: ServerArgs,

    /// What counts as a difference.
    #[command(flatten)]
    pub rules: ComparisonArgs,

    /// Remember what was seen in FILE for later checks
    ///
    /// With it, a later check can tell `propagating` from `stuck`. The file is created if it does not exist.
    /// Only one process can use it at a time. Default: nothing is remembered.
    #[arg(long, value_name = "FILE", help_heading = None::<&'static str>)]
    pub state: Option<PathBuf>,

    /// How much to send and to read.
    #[command(flatten)]
    pub limits: LimitArgs,

    /// What to print, and where.
    #[command(flatten)]
    pub output: OutputArgs,
}
