//! The command `health`.

use std::net::SocketAddr;

use clap::Args;

/// The arguments of `health`.
#[derive(Debug, Args)]
pub struct HealthCommand {
    /// Where `serve` listens
    ///
    /// Default: 127.0.0.1:19353.
    #[arg(value_name = "ADDRESS:PORT", default_value = "127.0.0.1:19353", hide_default_value = true)]
    pub address: SocketAddr,
}
