//! NSD: `nsd`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::process::program;
use super::setup::{Key, Setup, Source};
use super::{CONFIGURATION, ZONE_FILE, write};

/// Returns whether a line of its log says that it does not give the zone away.
pub(super) fn refused_transfer(zone: &str, line: &str) -> bool {
    line.contains(&format!("for {zone}. from 127.0.0.2 refused"))
}

/// Returns how to run it in the foreground, logging to standard error.
pub(super) fn command(setup: &Setup, directory: &Path, port: u16) -> Command {
    let configuration = write(directory, CONFIGURATION, &configuration(setup, directory, port));
    let mut command = Command::new(program("nsd"));
    command.arg("-d").arg("-c").arg(configuration);
    command
}

fn configuration(setup: &Setup, directory: &Path, port: u16) -> String {
    let (directory, most_answers) = (directory.display(), setup.most_answers);
    format!(
        r#"server:
    ip-address: 127.0.0.1@{port}
    do-ip6: no
    server-count: 1
    reuseport: no
    username: ""
    chroot: ""
    zonesdir: "{directory}"
    database: ""
    pidfile: "{directory}/pid"
    xfrdfile: "{directory}/xfrd.state"
    xfrdir: "{directory}"
    zonelistfile: "{directory}/zone.list"
    cookie-secret-file: "{directory}/cookies"
    rrl-ratelimit: {most_answers}
    rrl-whitelist-ratelimit: 0
    xfrd-reload-timeout: 0
    verbosity: 2
remote-control:
    control-enable: no
{}{}"#,
        setup.keys().map(key).collect::<String>(),
        zone(setup)
    )
}

fn key(key: &Key) -> String {
    let Key { name, algorithm, secret } = key;
    format!("key:\n    name: \"{name}\"\n    algorithm: {algorithm}\n    secret: \"{secret}\"\n")
}

fn zone(setup: &Setup) -> String {
    let name = &setup.zone;
    let mut body = match &setup.source {
        Source::Nowhere => return String::new(),
        Source::ZoneFile(_) => format!("    zonefile: \"{ZONE_FILE}\"\n"),
        Source::Transfer(from) => {
            let key = setup.primary_key.as_ref().map_or("NOKEY", |key| &key.name);
            format!(
                "    request-xfr: AXFR {}@{} {key}\n    allow-notify: 127.0.0.1 NOKEY\n    \
                 outgoing-interface: 127.0.0.2\n",
                from.ip(),
                from.port()
            )
        }
    };
    let network = setup.transfers.network();
    // Writing to a string cannot fail.
    if setup.required_key().is_none() {
        let _ = writeln!(body, "    provide-xfr: {network} NOKEY");
    }
    if let Some(key) = &setup.key {
        let _ = writeln!(body, "    provide-xfr: {network} {}", key.name);
    }
    if let Some(to) = setup.notify {
        let (ip, port) = (to.ip(), to.port());
        let _ = writeln!(body, "    notify: {ip}@{port} NOKEY\n    outgoing-interface: 127.0.0.1");
    }
    format!("zone:\n    name: \"{name}\"\n{body}")
}
