//! The command `serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::plan::Resolver;

/// The arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeCommand {
    /// Read the configuration from FILE
    ///
    /// Default: `/etc/zoneprobe/config.yaml`.
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "/etc/zoneprobe/config.yaml",
        hide_default_value = true
    )]
    pub config: PathBuf,

    /// Listen on this address and port
    ///
    /// Overrides `http.listen` of the configuration. Default there: 127.0.0.1:19353.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,

    /// Remember what was seen in FILE
    ///
    /// Overrides `state` of the configuration. Without either, it is forgotten when the program ends: a lag at
    /// the next start is `behind`, since it is not known when it began.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// Look names up at this resolver
    ///
    /// Default: the resolvers of the system.
    #[arg(long, value_name = "ADDRESS[:PORT]")]
    pub resolver: Option<Resolver>,

    /// Log each check; twice: queries too
    ///
    /// The log is on standard error.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}
