//! The command `init`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::ReachArgs;
use crate::dns::Name;
use crate::plan::{Server, parse_positive_duration, parse_zone};

/// The arguments of `init`.
#[derive(Debug, Args)]
pub struct InitCommand {
    /// The zone to configure, with or without the final dot
    ///
    /// Default: no server is asked, and the example of `config example` is written.
    #[arg(value_name = "ZONE", value_parser = parse_zone)]
    pub zone: Option<Name>,

    /// Write the configuration to FILE
    ///
    /// A file that is there already is left as it is, and that is an error. Default: standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Where to look, and from where.
    #[command(flatten)]
    pub servers: InitServerArgs,
}

/// Where to look, and from where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Servers")]
pub struct InitServerArgs {
    /// A primary of the zone
    ///
    /// It is written as for `check`. May be repeated. Default: the server that the SOA names, if it answers.
    #[arg(short, long, value_name = "SERVER", requires = "zone")]
    pub primary: Vec<Server>,

    /// A secondary of the zone
    ///
    /// It is written as for `check`. May be repeated. Default, where --primary is not given either: the servers of the NS
    /// set.
    #[arg(short, long, value_name = "SERVER", requires = "zone")]
    pub secondary: Vec<Server>,

    /// Sign queries with a TSIG key from FILE
    ///
    /// FILE is as `tsig-keygen` writes it, and the configuration names it. May be repeated. A server is queried with the key
    /// that it names (`,key=KEYNAME`); a single key is used for every server that names none. Default: nothing is signed.
    #[arg(long, value_name = "FILE", requires = "zone")]
    pub tsig_file: Vec<PathBuf>,

    /// How they are found, and from where they are asked.
    #[command(flatten)]
    pub reach: ReachArgs,

    /// Time to wait for a response
    ///
    /// A transfer has five times as long to begin. Default: 2s.
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = parse_positive_duration,
        default_value = "2s",
        hide_default_value = true
    )]
    pub timeout: Duration,
}
