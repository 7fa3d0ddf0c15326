//! YADIFA: `yadifad`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::process::program;
use super::setup::{DaemonSetup, Logging, ServedZone, TsigKey};
use super::{CONFIGURATION, write};

/// Whether a line of the log says that a transfer to a secondary was refused.
pub(super) fn refused_transfer(zone: &str, line: &str) -> bool {
    line.contains(&format!("xfr: {zone}.: not authorised"))
}

/// The command that runs it in the foreground, with its log on standard error.
pub(super) fn command(setup: &DaemonSetup, directory: &Path, port: u16) -> Command {
    let configuration = write(directory, CONFIGURATION, &configuration(setup, directory, port));
    let mut command = Command::new(program("yadifad"));
    command.arg("-c").arg(configuration);
    command
}

/// Adds a comment to its configuration: it reloads no zone file unless that has changed.
pub(super) fn touch(directory: &Path) {
    let file = directory.join(CONFIGURATION);
    let text = fs::read_to_string(&file).expect("it was written at the start");
    write(directory, CONFIGURATION, &(text + "# Reload.\n"));
}

fn configuration(setup: &DaemonSetup, directory: &Path, port: u16) -> String {
    let directory = directory.display();
    let keys = setup.keys().map(key).collect::<String>();
    let levels = match setup.logging {
        Logging::Verbose => "EMERG,ALERT,CRIT,ERR,WARNING,NOTICE,INFO",
        Logging::Errors => "EMERG,ALERT,CRIT,ERR",
    };
    format!(
        r#"<main>
    daemon off
    chroot off
    logpath "{directory}"
    pidfile "{directory}/pid"
    datapath "{directory}"
    keyspath "{directory}"
    xfrpath "{directory}"
    port {port}
    listen 127.0.0.1 port {port}
    transfer-source 127.0.0.2
    statistics off
    thread-count-by-address 1
    allow-query any
    allow-notify any
    allow-update none
</main>
<rrl>
    enabled false
</rrl>
{keys}<channels>
    stderr STDERR
</channels>
<loggers>
    database {levels} stderr
    server {levels} stderr
    system {levels} stderr
    zone {levels} stderr
</loggers>
{}"#,
        setup.zones().iter().map(|zone| self::zone(setup, zone)).collect::<String>()
    )
}

fn key(key: &TsigKey) -> String {
    let TsigKey { name, algorithm, secret } = key;
    format!("<key>\n    name {name}\n    algorithm {algorithm}\n    secret {secret}\n</key>\n")
}

fn zone(setup: &DaemonSetup, ServedZone { zone, path }: &ServedZone) -> String {
    let mut body = match setup.primary() {
        None => "    type primary\n".to_owned(),
        Some(primary) => {
            let key = setup.primary_key.as_ref().map(|key| format!(" key {}", key.name)).unwrap_or_default();
            format!("    type secondary\n    primary {} port {}{key}\n", primary.ip(), primary.port())
        }
    };
    let network = setup.transfers.network();
    let transfers = match (&setup.key, setup.required_key()) {
        (None, _) => network.to_owned(),
        (Some(key), None) => format!("{network},key {}", key.name),
        (Some(key), Some(_)) => format!("key {}", key.name),
    };
    if let Some(to) = setup.notify {
        // Writing to a string cannot fail.
        let _ = writeln!(body, "    notify {} port {}", to.ip(), to.port());
    }
    let path = path.display();
    format!(
        "<zone>\n    domain {zone}\n    file {path}\n{body}    allow-transfer {transfers}\n    \
         notify-auto false\n</zone>\n"
    )
}
