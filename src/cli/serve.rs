//! The command `serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::values::LogFormat;
use crate::plan::{Resolver, Shard, parse_vantage};

/// The arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeCommand {
    /// Read the configuration from FILE
    ///
    /// Default: `/etc/zoneprobe/zoneprobe.yaml`, or `config.yaml` beside it, where only that is there.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Listen on this address and port
    ///
    /// Overrides `http.listen` of the configuration. Default there: 127.0.0.1:19353.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,

    /// Remember what was seen in FILE
    ///
    /// Overrides `state` of the configuration. Default there: it is forgotten when the program ends, and a lag at
    /// the next start is `behind`, since it is not known when it began.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// Look names up at this resolver
    ///
    /// Default: the resolvers of the system.
    #[arg(long, value_name = "ADDRESS[:PORT]")]
    pub resolver: Option<Resolver>,

    /// Check part K of N of the zones, from 0/N
    ///
    /// Overrides `shard` of the configuration. The part of a zone is the MD5 of its name modulo N, as Prometheus'
    /// `hashmod` has it. Default: all zones.
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,

    /// Where zones are checked from, for reports
    ///
    /// Overrides `vantage` of the configuration. Default: none.
    #[arg(long, value_name = "NAME", value_parser = parse_vantage)]
    pub vantage: Option<String>,

    /// Log each check; twice: queries too
    ///
    /// The log is on standard error.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Log as text, json or logfmt
    ///
    /// `text` is for people; `json` is an object a line, and `logfmt` has `key=value` pairs. Under systemd, where the log goes to the journal, no line has a time of its own, and each has its priority.
    /// Default: text.
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t = LogFormat::Text,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub log_format: LogFormat,
}
