//! What the figures were measured on and with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::servers::Software;

/// Programs of others that are measured beside this one, and how they tell their versions.
const PEERS: [(&str, &str); 4] =
    [("kdig", "--version"), ("ldns-compare-zones", "-v"), ("dnsperf", "-h"), ("nsdiff", "-V")];

/// Returns whether a program is on the path.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Returns the machine as an entry of a Markdown list.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown", |(_, model)| model);
    format!("- machine: {cores} cores, {model}\n")
}

/// Returns the machine, and the versions of servers and peers, as a Markdown list.
pub(crate) fn describe() -> String {
    let mut text = machine();
    let servers = [Software::Nsd, Software::Knot, Software::Bind].map(Software::version);
    text += &format!("- servers, on the same cores: {}\n", servers.join("; "));
    let peers = PEERS.map(|(program, flag)| {
        if has(program) {
            version(program, flag)
        } else {
            format!("`{program}` is not installed, and was not measured")
        }
    });
    text + &format!("- peers: {}\n", peers.join("; "))
}

/// Returns the line in which a peer tells its version.
fn version(program: &str, flag: &str) -> String {
    let text = output(&PathBuf::from(program), flag);
    let line = text.lines().find(|line| line.to_ascii_lowercase().contains("version"));
    let line = line.or(text.lines().next()).unwrap_or_default().trim();
    if line.contains(program) { line.to_owned() } else { format!("{program} {line}") }
}

/// Returns the first line that a program prints, on whichever stream, without an id in angle brackets.
pub(crate) fn first_line(program: &Path, flag: &str) -> String {
    let text = output(program, flag);
    let line = text.lines().next().unwrap_or_default();
    line.split('<').next().unwrap_or(line).trim().to_owned()
}

fn output(program: &Path, flag: &str) -> String {
    let Ok(output) = Command::new(program).arg(flag).output() else { return String::new() };
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}
