//! NSD: `nsd`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::process::program;
use super::{CONFIGURATION, Setup, SharedKey, Source, Transfers, ZONE_FILE};

/// Returns what it logs when it does not give the zone away.
pub(super) fn refused_transfer(zone: &str) -> String {
    format!("axfr for {zone}. from 127.0.0.2 refused")
}

/// Returns how to run it in the foreground, logging to standard error.
pub(super) fn command(directory: &Path) -> Command {
    let mut command = Command::new(program("nsd"));
    command.arg("-d").arg("-c").arg(directory.join(CONFIGURATION));
    command
}

/// Returns its configuration file.
pub(super) fn configuration(setup: &Setup, directory: &Path, port: u16) -> String {
    let directory = directory.display();
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
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
    xfrd-reload-timeout: 0
    verbosity: 2
remote-control:
    control-enable: no
{}"#,
        zone(setup)
    )
}

fn zone(setup: &Setup) -> String {
    let name = &setup.zone;
    let mut body = match &setup.source {
        Source::Nowhere => return String::new(),
        Source::ZoneFile(_) => format!("    zonefile: \"{ZONE_FILE}\"\n"),
        Source::Transfer(from) => format!(
            "    request-xfr: AXFR {}@{} NOKEY\n    allow-notify: 127.0.0.1 NOKEY\n    outgoing-interface: 127.0.0.2\n",
            from.ip(),
            from.port()
        ),
    };
    let (whose, key) = match (setup.transfers, &setup.key) {
        (_, Some(key)) => ("127.0.0.0/8", key.name.as_str()),
        (Transfers::Everybody, None) => ("127.0.0.0/8", "NOKEY"),
        (Transfers::ProbeOnly, None) => ("127.0.0.1", "NOKEY"),
    };
    body += &format!("    provide-xfr: {whose} {key}\n");
    if let Some(to) = setup.notify {
        let (ip, port) = (to.ip(), to.port());
        // Writing to a string cannot fail.
        let _ = writeln!(body, "    notify: {ip}@{port} NOKEY\n    outgoing-interface: 127.0.0.1");
    }
    let key = setup.key.as_ref().map(clause).unwrap_or_default();
    format!("{key}zone:\n    name: \"{name}\"\n{body}")
}

fn clause(key: &SharedKey) -> String {
    let SharedKey { name, algorithm, secret } = key;
    format!("key:\n    name: \"{name}\"\n    algorithm: {algorithm}\n    secret: \"{secret}\"\n")
}
