//! The command `demo`.

use std::net::SocketAddr;

use clap::Args;

use super::values::Color;

/// The arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoCommand {
    /// Leave the servers running until interrupted
    ///
    /// Commands to try are printed.
    #[arg(long)]
    pub keep: bool,

    /// Monitor the servers as `serve` does
    ///
    /// Serves metrics, a page and an API until interrupted.
    #[arg(long, conflicts_with = "keep")]
    pub serve: bool,

    /// Listen here
    ///
    /// The address and port for --serve.
    #[arg(long, value_name = "ADDRESS:PORT", requires = "serve", default_value = "127.0.0.1:19353")]
    pub listen: SocketAddr,

    /// When to use colour
    ///
    /// auto, always or never. With `auto`, on a terminal, unless `NO_COLOR` is set.
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub color: Color,
}
