//! What is logged to standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Sets up the log of a command, which logs nothing unless it was asked to.
pub(super) fn for_command(verbose: u8) {
    start(match verbose {
        0 => return,
        1 => "zoneprobe=info",
        2 => "zoneprobe=debug",
        _ => "debug",
    });
}

/// Sets up the log of a service, which always logs what has changed.
pub(super) fn for_service(verbose: u8) {
    start(match verbose {
        0 => "warn,zoneprobe::monitor=info,zoneprobe::commands=info",
        1 => "info",
        2 => "info,zoneprobe=debug",
        _ => "debug",
    });
}

fn start(directives: &str) {
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(directives));
    builder.with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr).init();
}
