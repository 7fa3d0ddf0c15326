//! YADIFA: `yadifad`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::process::program;
use super::setup::{Key, Setup, Source};
use super::{CONFIGURATION, ZONE_FILE, write};

/// Returns whether a line of its log says that it does not give the zone away.
pub(super) fn refused_transfer(zone: &str, line: &str) -> bool {
    line.contains(&format!("xfr: {zone}.: not authorised"))
}

/// Returns how to run it in the foreground, logging to standard error.
pub(super) fn command(setup: &Setup, directory: &Path, port: u16) -> Command {
    let configuration = write(directory, CONFIGURATION, &configuration(setup, directory, port));
    let mut command = Command::new(program("yadifad"));
    command.arg("-c").arg(configuration);
    command
}

/// Changes its configuration and nothing it says: without a change there it reads no zone file again.
pub(super) fn touch(directory: &Path) {
    let file = directory.join(CONFIGURATION);
    let text = fs::read_to_string(&file).expect("it was written at the start");
    write(directory, CONFIGURATION, &(text + "# Read again.\n"));
}

fn configuration(setup: &Setup, directory: &Path, port: u16) -> String {
    let directory = directory.display();
    let keys = setup.keys().map(key).collect::<String>();
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
    database EMERG,ALERT,CRIT,ERR,WARNING,NOTICE,INFO stderr
    server EMERG,ALERT,CRIT,ERR,WARNING,NOTICE,INFO stderr
    system EMERG,ALERT,CRIT,ERR,WARNING,NOTICE,INFO stderr
    zone EMERG,ALERT,CRIT,ERR,WARNING,NOTICE,INFO stderr
</loggers>
{}"#,
        zone(setup)
    )
}

fn key(key: &Key) -> String {
    let Key { name, algorithm, secret } = key;
    format!("<key>\n    name {name}\n    algorithm {algorithm}\n    secret {secret}\n</key>\n")
}

fn zone(setup: &Setup) -> String {
    let mut body = match &setup.source {
        Source::Nowhere => return String::new(),
        Source::ZoneFile(_) => "    type primary\n".to_owned(),
        Source::Transfer(from) => {
            let key = setup.primary_key.as_ref().map(|key| format!(" key {}", key.name)).unwrap_or_default();
            format!("    type secondary\n    primary {} port {}{key}\n", from.ip(), from.port())
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
    let name = &setup.zone;
    format!(
        "<zone>\n    domain {name}\n    file {ZONE_FILE}\n{body}    allow-transfer {transfers}\n    \
         notify-auto false\n</zone>\n"
    )
}
