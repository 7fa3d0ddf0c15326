//! The versions of the servers and the peers.

use std::path::Path;
use std::process::Command;

use crate::daemon::program;
use crate::machine::{first_line, machine, output};

/// The servers, and the option with which each prints its version.
const SERVERS: [(&str, &str); 3] = [("nsd", "-v"), ("knotd", "-V"), ("named", "-v")];

/// The programs that zoneprobe is measured beside, and the option with which each prints its version.
const PEERS: [(&str, &str); 4] =
    [("kdig", "--version"), ("ldns-compare-zones", "-v"), ("dnsperf", "-h"), ("nsdiff", "-V")];

/// Whether a program is on the path.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// The machine and the versions as a Markdown list.
pub(crate) fn describe() -> String {
    let mut text = machine();
    let servers = SERVERS.map(|(name, flag)| first_line(&program(name), flag));
    text += &format!("- servers, on the same cores: {}\n", servers.join("; "));
    let peers = PEERS.map(|(name, flag)| {
        if is_installed(name) {
            version(name, flag)
        } else {
            format!("`{name}` is not installed and was not measured")
        }
    });
    let dnspython = dnspython();
    let dnspython = dnspython
        .map_or("`dnspython` is not installed and was not measured".to_owned(), |version| {
            format!("dnspython {version}")
        });
    text + &format!("- peers: {}; {dnspython}\n", peers.join("; "))
}

/// Debian's Python, which finds Debian's package of `dnspython`.
pub(crate) const PYTHON: &str = "/usr/bin/python3";

/// The version of `dnspython`, if it is installed.
pub(crate) fn dnspython() -> Option<String> {
    let arguments = ["-c", "import dns.version; print(dns.version.version)"];
    let output =
        Command::new(PYTHON).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The line in which a peer prints its version.
fn version(peer: &str, flag: &str) -> String {
    let text = output(Path::new(peer), flag);
    let line = text.lines().find(|line| line.to_ascii_lowercase().contains("version"));
    let line = line.or(text.lines().next()).unwrap_or_default().trim();
    if line.contains(peer) { line.to_owned() } else { format!("{peer} {line}") }
}
