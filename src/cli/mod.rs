//! Every command, option and word of help; no logic.

mod config;
mod values;

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

pub use config::ConfigCommand;
pub use values::{Color, CompareArg, FailOn, GraceArg, MaxLagArg, ReportFile, SignatureArg};

use crate::dns::{Name, Rtype};
use crate::expect::WantedSerial;
use crate::plan::{Resolver, Server, duration, some_time};
use crate::report::Format;

/// Tells for every server of a DNS zone whether it is in sync, still propagating, or diverged for good.
#[derive(Debug, Parser)]
#[command(name = "zoneprobe", version, about, max_term_width = 80, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: CliCommand,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Check each zone once: ask its servers, compare them, report
    ///
    /// Asks every server directly, reads each one's copy of the zone by transfer,
    /// compares serials and records, and says for each address what is true. The
    /// exit code is the severity: 0 ok, 1 warning, 2 critical, 3 unknown or bad
    /// usage.
    ///
    /// SERVER is `[NAME=]HOST[:PORT][,key=KEYNAME][,source=ADDRESS]`. HOST is an
    /// address, or a name, all of whose addresses are asked; IPv6 with a port is
    /// written in brackets. Example:
    ///
    /// `zoneprobe check example.com -p ns0=192.0.2.1 -s ns1=[2001:db8::2]:53`
    #[command(verbatim_doc_comment)]
    Check(Box<CheckCommand>),
    /// Wait until a change is on every server, or say what stands in the way
    ///
    /// Checks the zone until every server is in sync and shows what is expected,
    /// or until the time given with --wait has passed; then compares the records
    /// once more and reports as `check` does. What is expected and not met in the
    /// end is a critical finding, so the exit code is 2. Example:
    ///
    /// `zoneprobe verify example.com -p ns0=192.0.2.1 -s ns1=192.0.2.2 --wait 60s`
    /// `    --serial 2026112201+ --expect 'www 300 A 192.0.2.7'`
    #[command(verbatim_doc_comment)]
    Verify(Box<VerifyCommand>),
    /// Check zones on a schedule, and serve metrics, a page and an API
    ///
    /// Reads the zones, servers and keys of a configuration, asks every server for
    /// its serial each interval, compares records when something has changed and now
    /// and then, remembers, and tells Prometheus. The configuration is read anew on
    /// SIGHUP. Example:
    ///
    /// `zoneprobe serve -c zoneprobe.yaml`
    #[command(verbatim_doc_comment)]
    Serve(ServeCommand),
    /// Check a configuration file, or show what may be in it
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Tell what a verdict or finding means and what to do
    Explain(ExplainCommand),
    /// Start servers on loopback, break them, and show the report
    ///
    /// A primary and secondaries that are in sync, behind, silently diverged at the same serial, ahead, and
    /// lame are started inside this process, on free ports of 127.0.0.1, and checked over real sockets.
    /// Nothing else is needed. The exit code is 0 when the report is as planted.
    Demo(DemoCommand),
}

/// The options of `check`.
#[derive(Debug, Args)]
pub struct CheckCommand {
    /// Zones to check, with or without the final dot
    ///
    /// With a configuration, some of its zones; all of them if none is given.
    #[arg(value_name = "ZONE", required_unless_present_any = ["zones", "config"])]
    pub zone: Vec<Name>,

    /// Read zones from FILE, one a line; `-` for standard input
    ///
    /// Empty lines and what follows `#` are passed over. Zones are checked while the file is read.
    #[arg(long, value_name = "FILE", help_heading = "Servers", conflicts_with = "zone_file")]
    pub zones: Option<PathBuf>,

    /// Whom to ask, what counts, and where the report goes.
    #[command(flatten)]
    pub args: CheckArgs,
}

/// The options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyCommand {
    /// The zone that was changed, with or without the final dot
    #[arg(value_name = "ZONE")]
    pub zone: Name,

    /// What is expected, and how long it may take.
    #[command(flatten)]
    pub expect: ExpectArgs,

    /// Whom to ask, what counts, and where the report goes.
    #[command(flatten)]
    pub args: CheckArgs,
}

/// What every command that checks zones takes.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Which servers to ask.
    #[command(flatten)]
    pub servers: ServerArgs,

    /// What counts as a difference.
    #[command(flatten)]
    pub rules: ComparisonArgs,

    /// Remember in FILE what was seen, so that a later check can tell propagating from stuck
    ///
    /// The file is made if it is not there. Only one process can use it at a time.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// What it may cost.
    #[command(flatten)]
    pub limits: LimitArgs,

    /// What to print where.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What is expected, and how long it may take.
#[derive(Debug, Args)]
#[command(next_help_heading = "Expectations")]
pub struct ExpectArgs {
    /// Wait this long for every server; 0: check once
    ///
    /// Servers that are not there yet are asked every second in the first minute, then every 2, 5 and at
    /// last 10 seconds; the others once more in the end. It ends early when a server is `ahead`: that one
    /// does not take the change by waiting.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    pub wait: Duration,

    /// The serial that every server must show; `N+` or `>=N`: that one or a newer one (RFC 1982)
    #[arg(long, value_name = "N|N+")]
    pub serial: Option<WantedSerial>,

    /// A record that every server must serve, as in a zone file: `OWNER [TTL] TYPE RDATA`; repeatable
    ///
    /// OWNER is below the zone unless it has a final dot. All records of one owner and type that are
    /// given must be all there are. The TTL counts only if it is given. Servers are asked for it directly.
    #[arg(long, value_name = "RECORD")]
    pub expect: Vec<String>,

    /// A name and type that no server must have: 'OWNER TYPE'; repeatable
    #[arg(long, value_name = "RRSET")]
    pub absent: Vec<String>,

    /// A name and type that the change is about, 'OWNER TYPE'; repeatable: nothing else may differ from the baseline
    ///
    /// The signatures over them and the serial may differ too. Of a signed zone give `--dnssec ignore` as well,
    /// for each change makes other NSEC records, and `--ignore-type ZONEMD` where it has such records.
    #[arg(long, value_name = "RRSET", requires = "baseline")]
    pub only_changed: Vec<String>,

    /// What the zone was before the change, as a zone file; without --only-changed nothing but the serial may differ
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// End only after so many good checks in a row, one second apart
    #[arg(long, value_name = "N", default_value = "1")]
    pub stable: NonZeroU32,

    /// End as soon as anything is critical, as a server that is lame
    #[arg(long)]
    pub fail_fast: bool,

    /// What is wrong with this server is a warning at most, and it is not waited for; repeatable
    #[arg(long, value_name = "SERVER")]
    pub warn_only: Vec<String>,
}

/// Which servers to ask.
#[derive(Debug, Args)]
#[command(next_help_heading = "Servers")]
pub struct ServerArgs {
    /// A primary: the others are held against it
    #[arg(short, long, value_name = "SERVER")]
    pub primary: Vec<Server>,

    /// A secondary
    #[arg(short, long, value_name = "SERVER")]
    pub secondary: Vec<Server>,

    /// Take zones, servers and keys from this configuration
    ///
    /// What is given on the command line counts instead of what stands there. The state that it names is
    /// that of `serve`, and is used only where `--state` says so.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Hold every server, the primaries too, against this master file of the zone
    ///
    /// Records are compared then, whoever named the servers. The file may have `$ORIGIN`, `$TTL`,
    /// `$INCLUDE` (from the folder of the file) and `$GENERATE`; its names are below the zone.
    #[arg(short, long, value_name = "FILE")]
    pub zone_file: Option<PathBuf>,

    /// Sign questions with a key of this file, as `tsig-keygen` writes it; repeatable
    ///
    /// A server is asked with the key that it names (`,key=KEYNAME`); with one key in all, that is used for
    /// every server that names none. SOA questions and transfers are both signed.
    #[arg(long, value_name = "FILE")]
    pub tsig_file: Vec<PathBuf>,

    /// Look names up here instead of at the system's resolver
    #[arg(long, value_name = "ADDRESS[:PORT]")]
    pub resolver: Option<Resolver>,

    /// Ask from this address
    #[arg(long, value_name = "ADDRESS")]
    pub source: Option<IpAddr>,

    /// Ask IPv4 addresses only
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    pub ipv4: bool,

    /// Ask IPv6 addresses only
    #[arg(short = '6', long)]
    pub ipv6: bool,
}

/// What counts as a difference.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparison")]
pub struct ComparisonArgs {
    /// Compare the SOAs alone, or every record
    ///
    /// Default: records of servers that were given or held against a zone file, else serials. Whole
    /// copies of other people's zones are read only when asked for.
    #[arg(long, value_name = "WHAT")]
    pub compare: Option<CompareArg>,

    /// Leave records of this type out
    #[arg(long, value_name = "TYPE")]
    pub ignore_type: Vec<Rtype>,

    /// Take a difference in TTL alone as divergence
    #[arg(long)]
    pub strict_ttl: bool,

    /// How signatures are compared; `meaning` if not given
    ///
    /// Signatures that run out are told of whatever this is, unless `--ignore-type RRSIG` leaves them out.
    #[arg(long, value_name = "HOW")]
    pub dnssec: Option<SignatureArg>,

    /// Compare content whatever the serials: each server counts its own
    #[arg(long)]
    pub independent_serials: bool,

    /// SOA questions per address, each from another port, to see the instances behind it; 1 if not given
    #[arg(long, value_name = "N")]
    pub samples: Option<NonZeroU32>,

    /// How long a lagging secondary has to catch up; `auto`, as if not given: one refresh and one retry of its SOA
    #[arg(long, value_name = "DURATION|auto")]
    pub grace: Option<GraceArg>,

    /// The longest lag you put up with, whatever the protocol will heal: past it, finding `max_lag_exceeded`
    ///
    /// `auto`: one refresh and one retry of the server's SOA, 65 minutes at most. It takes `--state`, since
    /// a single check does not tell how long a lag has lasted.
    #[arg(long, value_name = "DURATION|auto")]
    pub max_lag: Option<MaxLagArg>,

    /// RRsets shown for each server
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub max_differences: usize,
}

/// What it may cost.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Wait this long for the answer to a question; 2s if not given
    ///
    /// A datagram is sent at once, after a quarter and after three quarters of this time, and waited for
    /// this long after the last; TCP is tried beside the last one.
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub timeout: Option<Duration>,

    /// Drop a transfer that brings less than 1 KiB in this time; 10s if not given
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub idle_timeout: Option<Duration>,

    /// Questions and transfers under way at once; 512 if not given
    #[arg(long, value_name = "N")]
    pub concurrency: Option<NonZeroUsize>,

    /// New questions a second to each address; no limit if not given
    #[arg(long, value_name = "N")]
    pub max_qps: Option<NonZeroU32>,

    /// Transfers at once from each address; 2 if not given
    #[arg(long, value_name = "N")]
    pub max_transfers: Option<NonZeroUsize>,

    /// The most bytes of one copy; 16,000,000,000 if not given
    #[arg(long, value_name = "BYTES")]
    pub max_transfer_bytes: Option<u64>,

    /// The most records of one copy; 200,000,000 if not given
    #[arg(long, value_name = "N")]
    pub max_transfer_records: Option<u64>,
}

/// What to print where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// How to print the report
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub format: Format,

    /// Write the report to a file too; may be given for several formats
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<ReportFile>,

    /// The mildest severity that makes the exit code other than 0
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    pub fail_on: FailOn,

    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,

    /// Print of the table only what is not as it should be
    #[arg(short, long)]
    pub quiet: bool,

    /// Tell on standard error what is asked; twice: what is answered
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The options of `serve`.
#[derive(Debug, Args)]
pub struct ServeCommand {
    /// The configuration
    #[arg(short, long, value_name = "FILE", default_value = "/etc/zoneprobe/config.yaml")]
    pub config: PathBuf,

    /// Serve here, whatever the configuration says
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,

    /// Remember in FILE what was seen, whatever the configuration says
    ///
    /// Without one, what was seen is forgotten when the program ends: a lag that it finds at its next start is
    /// `behind`, for nobody knows since when.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// Look names up here instead of at the system's resolver
    #[arg(long, value_name = "ADDRESS[:PORT]")]
    pub resolver: Option<Resolver>,

    /// Tell on standard error of each check; twice: what is asked and answered
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The options of `explain`.
#[derive(Debug, Args)]
pub struct ExplainCommand {
    /// A verdict or the code of a finding; all of them are listed without it
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// The options of `demo`.
#[derive(Debug, Args)]
pub struct DemoCommand {
    /// Leave the servers up until interrupted, and print commands to try
    #[arg(long)]
    pub keep: bool,

    /// Watch the servers as `serve` does until interrupted, and serve metrics, a page and an API
    #[arg(long, conflicts_with = "keep")]
    pub serve: bool,

    /// Serve here
    #[arg(long, value_name = "ADDRESS:PORT", requires = "serve", default_value = "127.0.0.1:15353")]
    pub listen: SocketAddr,

    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}
