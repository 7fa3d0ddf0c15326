//! The command `diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::ByArg;
use super::{LimitArgs, ReachArgs};
use crate::dns::{Name, Rtype};
use crate::plan::{Server, parse_named_rrset, parse_zone};

/// The arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffCommand {
    /// The zone, with or without the final dot
    #[arg(value_name = "ZONE", value_parser = parse_zone)]
    pub zone: Name,

    /// What is compared with what.
    #[command(flatten)]
    pub sides: SideArgs,

    /// How to read records
    ///
    /// `transfer` reads the copy of each server by zone transfer. `query` asks the server that is to change for the RRsets
    /// that the reference has, one by one. `auto` tries transfers, and asks a server that refuses one for what the other
    /// side has. What only a server has that is asked is not seen, and the output says so. Default: auto.
    #[arg(
        long,
        value_name = "HOW",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub by: ByArg,

    /// Name to ask for, where records are asked for
    ///
    /// It is asked for beside those that the other side has: OWNER is a whole name, such as www.example.com, and TYPE
    /// an RR type; without it, the usual types. May be repeated. Default: no other names are asked for.
    #[arg(long, value_name = "OWNER[/TYPE]", value_parser = parse_named_rrset)]
    pub name: Vec<(Name, Option<Rtype>)>,

    /// Leave out records of this type
    ///
    /// TYPE is a mnemonic, or TYPE and a number. May be repeated. The SOA and what a signer makes are always left out.
    /// Default: nothing else is.
    #[arg(long, value_name = "TYPE")]
    pub ignore_type: Vec<Rtype>,

    /// What to print
    ///
    /// `text` is for people: a line for each record, `-` for those that must go, `+` for those that must come.
    /// `nsupdate` is a script for `nsupdate -k KEYFILE`, which changes nothing if the server has changed meanwhile.
    /// `knotc` are commands for the standard input of `knotc`, in one transaction. `zone` is the whole zone as it must be, as
    /// a zone file. Default: text.
    #[arg(
        short,
        long,
        value_name = "WHAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub output: DiffOutput,

    /// How much to send and to read.
    #[command(flatten)]
    pub limits: LimitArgs,

    /// Log queries; twice: responses too
    ///
    /// The log is on standard error.
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = None::<&'static str>)]
    pub verbose: u8,
}

/// What is compared with what.
#[derive(Debug, Args)]
#[command(next_help_heading = "Servers")]
pub struct SideArgs {
    /// The server that has the right records
    ///
    /// With --config, it may be the name of a server there. Default: the primary of the zone there.
    #[arg(
        short,
        long,
        value_name = "SERVER",
        conflicts_with = "zone_file",
        required_unless_present_any = ["zone_file", "config"]
    )]
    pub primary: Option<Server>,

    /// The zone file that has the right records
    ///
    /// The file may have `$ORIGIN`, `$TTL`, `$INCLUDE` and `$GENERATE`; relative names are below the zone. Default: the
    /// records of --primary are the right ones.
    #[arg(short, long, value_name = "FILE")]
    pub zone_file: Option<PathBuf>,

    /// The server that is to have them
    ///
    /// With --config, it may be the name of a server there. Default: the secondary of the zone there.
    #[arg(
        short,
        long,
        value_name = "SERVER",
        conflicts_with = "target_file",
        required_unless_present_any = ["target_file", "config"]
    )]
    pub secondary: Option<Server>,

    /// The zone file that is to have them
    ///
    /// It is only read: the changes are printed. In place of --secondary. Default: none.
    #[arg(long, value_name = "FILE")]
    pub target_file: Option<PathBuf>,

    /// Take servers and keys from FILE
    ///
    /// It is a configuration as for `serve`. Default: no configuration is read.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Sign queries with a TSIG key from FILE
    ///
    /// FILE is as `tsig-keygen` writes it. May be repeated. A server is queried with the key that it names
    /// (`,key=KEYNAME`); a single key is used for every server that names none. Scripts never hold a key.
    /// Default: the keys of --config, else nothing is signed.
    #[arg(long, value_name = "FILE")]
    pub tsig_file: Vec<PathBuf>,

    /// How they are found, and from where they are asked.
    #[command(flatten)]
    pub reach: ReachArgs,
}

/// What `diff` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiffOutput {
    /// Records that must go and come, for people.
    Text,
    /// A script for `nsupdate`.
    Nsupdate,
    /// Commands for `knotc`.
    Knotc,
    /// The whole zone as it must be.
    Zone,
}
