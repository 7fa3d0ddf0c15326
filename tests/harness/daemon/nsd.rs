//! NSD: `nsd`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::process::program;
use super::setup::{DaemonSetup, DaemonTls, Logging, ServedZone, TsigKey};
use super::{CONFIGURATION, write};

/// Whether a line of the log says that a transfer to a secondary was refused.
pub(super) fn refused_transfer(zone: &str, line: &str) -> bool {
    line.contains(&format!("for {zone}. from 127.0.0.2 refused"))
}

/// The command that runs it in the foreground, with its log on standard error.
pub(super) fn command(setup: &DaemonSetup, directory: &Path, port: u16) -> Command {
    let configuration = write(directory, CONFIGURATION, &configuration(setup, directory, port));
    let mut command = Command::new(program("nsd"));
    command.arg("-d").arg("-c").arg(configuration);
    command
}

fn configuration(setup: &DaemonSetup, directory: &Path, port: u16) -> String {
    let (directory, rate_limit) = (directory.display(), setup.rate_limit);
    let verbosity = match setup.logging {
        Logging::Verbose => 2,
        Logging::Errors => 0,
    };
    let tls = setup.tls.as_ref().map(|DaemonTls { port, certificate, key, .. }| {
        format!(
            "    ip-address: 127.0.0.1@{port}\n    tls-port: {port}\n    tls-service-pem: \"{certificate}\"\n    \
             tls-service-key: \"{key}\"\n"
        )
    });
    let tls = tls.unwrap_or_default();
    let control = if setup.status_port.or(setup.control_port).is_some() { "yes" } else { "no" };
    format!(
        r#"server:
    ip-address: 127.0.0.1@{port}
{tls}    do-ip6: no
    server-count: 1
    tcp-count: 200
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
    rrl-ratelimit: {rate_limit}
    rrl-whitelist-ratelimit: 0
    xfrd-reload-timeout: 0
    verbosity: {verbosity}
remote-control:
    control-enable: {control}
    control-interface: "{directory}/control"
{}pattern:
    name: "all"
{}{}"#,
        setup.keys().map(key).collect::<String>(),
        pattern(setup),
        setup.zones().iter().map(|zone| self::zone(setup, zone)).collect::<String>()
    )
}

fn key(key: &TsigKey) -> String {
    let TsigKey { name, algorithm, secret } = key;
    format!("key:\n    name: \"{name}\"\n    algorithm: {algorithm}\n    secret: \"{secret}\"\n")
}

/// The options of every zone.
fn pattern(setup: &DaemonSetup) -> String {
    let mut text = String::new();
    let network = setup.transfers.network();
    // Writing to a string cannot fail.
    if let Some(from) = setup.primary() {
        let key = setup.primary_key.as_ref().map_or("NOKEY", |key| &key.name);
        let method = if setup.keeps_changes { "" } else { "AXFR " };
        let _ = writeln!(text, "    request-xfr: {method}{}@{} {key}", from.ip(), from.port());
        if setup.keeps_changes {
            text += "    store-ixfr: yes\n";
        }
        text += "    allow-notify: 127.0.0.1 NOKEY\n    outgoing-interface: 127.0.0.2\n";
        if let Some(from) = setup.notified_from {
            let _ = writeln!(text, "    allow-notify: {from} NOKEY");
        }
    }
    if setup.required_key().is_none() {
        let _ = writeln!(text, "    provide-xfr: {network} NOKEY");
    }
    if let Some(key) = &setup.key {
        let _ = writeln!(text, "    provide-xfr: {network} {}", key.name);
    }
    if let Some(to) = setup.notify {
        let (ip, port) = (to.ip(), to.port());
        let _ = writeln!(text, "    notify: {ip}@{port} NOKEY\n    outgoing-interface: 127.0.0.1");
    }
    text
}

fn zone(setup: &DaemonSetup, ServedZone { zone, path }: &ServedZone) -> String {
    let file = match setup.primary() {
        Some(_) => String::new(),
        None => format!("    zonefile: \"{}\"\n", path.display()),
    };
    format!("zone:\n    name: \"{zone}\"\n{file}    include-pattern: \"all\"\n")
}
