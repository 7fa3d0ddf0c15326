//! The options for which servers to check, and from where.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use crate::plan::{Resolver, Server, parse_source};

/// Which servers to check, and from where.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Servers")]
pub struct ServerArgs {
    /// A primary, which the others must match
    ///
    /// With --config, it may be the name of a server there. May be repeated. Default, where --signer and --secondary are
    /// not given either: the servers of --config, else the NS set of the zone.
    #[arg(short, long, value_name = "SERVER")]
    pub primary: Vec<Server>,

    /// A signer, which the secondaries must match
    ///
    /// It takes the unsigned zone from a primary, or from --zone-file, and signs it with serials of its own. It is compared
    /// with these by content, without what a signer makes and without the SOA; the secondaries are compared with it. With
    /// --config, it may be the name of a server there. May be repeated. Default: as for --primary.
    #[arg(long, value_name = "SERVER")]
    pub signer: Vec<Server>,

    /// A secondary
    ///
    /// With --config, it may be the name of a server there. May be repeated. Default: as for --primary.
    #[arg(short, long, value_name = "SERVER")]
    pub secondary: Vec<Server>,

    /// Take zones, servers and keys from FILE
    ///
    /// Options on the command line override the configuration. Its `state` is used too, unless `serve` is using
    /// it. Default: no configuration is read.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Compare every server with a zone file
    ///
    /// Primaries too are compared with it, and records unless `--compare serials` is given. The file may have
    /// `$ORIGIN`, `$TTL`, `$INCLUDE` (relative to the folder of the file) and `$GENERATE`; relative names are
    /// below the zone. Default: the servers are compared with each other.
    #[arg(short, long, value_name = "FILE")]
    pub zone_file: Option<PathBuf>,

    /// Sign queries with a TSIG key from FILE
    ///
    /// FILE is as `tsig-keygen` writes it. May be repeated. A server is queried with the key that it names
    /// (`,key=KEYNAME`); a single key is used for every server that names none. `,key=none` signs nothing. It signs SOA queries and
    /// transfers. Default: the keys of --config, else nothing is signed.
    #[arg(long, value_name = "FILE")]
    pub tsig_file: Vec<PathBuf>,

    /// How they are found, and from where they are asked.
    #[command(flatten)]
    pub reach: ReachArgs,
}

/// How servers are found, and from where they are asked.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Servers")]
pub struct ReachArgs {
    /// Look names up at this resolver
    ///
    /// Default: the resolvers of the system.
    #[arg(long, value_name = "ADDRESS[:PORT]")]
    pub resolver: Option<Resolver>,

    /// Send queries from this address
    ///
    /// A server with `,source=ADDRESS` is queried from that one. Default: chosen by the system.
    #[arg(long, value_name = "ADDRESS", value_parser = parse_source)]
    pub source: Option<IpAddr>,

    /// Query IPv4 addresses only
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    pub ipv4: bool,

    /// Query IPv6 addresses only
    #[arg(short = '6', long)]
    pub ipv6: bool,
}
