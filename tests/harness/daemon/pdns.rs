//! PowerDNS's authoritative server, with the backend that reads zone files: `pdns_server`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::process::program;
use super::setup::{Key, Setup, Source};
use super::{ZONE_FILE, write};

/// Returns whether a line of its log says that it does not give the zone away.
pub(super) fn refused_transfer(zone: &str, line: &str) -> bool {
    line.contains(&format!("zone '{zone}', client '127.0.0.2")) && line.contains("denied")
}

/// Returns how to run it in the foreground, logging to standard error.
pub(super) fn command(setup: &Setup, directory: &Path, port: u16) -> Command {
    write(directory, "named.conf", &zones(setup, directory));
    write(directory, "pdns.conf", &configuration(setup, directory, port));
    write_metadata(setup, directory);
    let mut command = Command::new(program("pdns_server"));
    command.arg(format!("--config-dir={}", directory.display()));
    command
}

/// Has it read the zone file again.
pub(super) fn reload(zone: &str, directory: &Path) {
    ask("pdns_control", directory, &["bind-reload-now", zone]);
}

fn configuration(setup: &Setup, directory: &Path, port: u16) -> String {
    let directory = directory.display();
    let (role, from) = match setup.source {
        Source::Transfer(_) => ("secondary=yes", "127.0.0.2"),
        Source::Nowhere | Source::ZoneFile(_) => ("primary=yes", "127.0.0.1"),
    };
    let unsigned = match setup.required_key() {
        Some(_) => "",
        None => setup.transfers.network(),
    };
    let notify = setup.notify.map(|to| to.to_string()).unwrap_or_default();
    // Nothing is cached, nobody is notified because of an NS record, and nobody is asked for news of security.
    format!(
        "launch=bind\nbind-config={directory}/named.conf\nbind-dnssec-db={directory}/metadata\n\
         local-address=127.0.0.1\nlocal-port={port}\nquery-local-address={from}\n\
         socket-dir={directory}\ndaemon=no\nguardian=no\nwrite-pid=no\nwebserver=no\nsecurity-poll-suffix=\n\
         {role}\nxfr-cycle-interval=1\nallow-axfr-ips={unsigned}\n\
         only-notify=\nalso-notify={notify}\nsend-signed-notify=no\n\
         cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\n\
         receiver-threads=1\nretrieval-threads=1\nsigning-threads=1\ndistributor-threads=1\n\
         loglevel=6\ndisable-syslog=yes\n"
    )
}

fn zones(setup: &Setup, directory: &Path) -> String {
    let mut text = format!("options {{ directory \"{}\"; }};\n", directory.display());
    let body = match &setup.source {
        Source::Nowhere => return text,
        Source::ZoneFile(_) => "type master;".to_owned(),
        Source::Transfer(from) => format!("type slave; masters {{ {from}; }};"),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "zone \"{}\" {{ {body} file \"{ZONE_FILE}\"; }};", setup.zone);
    text
}

/// Tells it what no zone file says: of keys, and of signatures that are not its own.
fn write_metadata(setup: &Setup, directory: &Path) {
    let file = directory.join("metadata");
    let zone = setup.zone.as_str();
    let Source::ZoneFile(text) = &setup.source else {
        if !file.exists() {
            create_metadata(&file, directory);
        }
        set_keys(setup, directory);
        return;
    };
    for leftover in ["metadata", "metadata-wal", "metadata-shm"] {
        // It may not be there.
        let _ = fs::remove_file(directory.join(leftover));
    }
    create_metadata(&file, directory);
    set_keys(setup, directory);
    if text.contains("RRSIG") {
        ask("pdnsutil", directory, &["set-presigned", zone]);
    }
    // The chain is not read but made anew.
    if let Some((_, parameters)) = text.split_once("NSEC3PARAM") {
        let parameters: Vec<_> = parameters.split_whitespace().take(4).collect();
        ask("pdnsutil", directory, &["set-nsec3", zone, &parameters.join(" ")]);
    }
}

fn create_metadata(file: &Path, directory: &Path) {
    ask("pdnsutil", directory, &["create-bind-db", &file.display().to_string()]);
}

fn set_keys(setup: &Setup, directory: &Path) {
    for Key { name, algorithm, secret } in setup.keys() {
        ask("pdnsutil", directory, &["import-tsig-key", name, algorithm, secret]);
    }
    for (kind, key) in [("TSIG-ALLOW-AXFR", &setup.key), ("AXFR-MASTER-TSIG", &setup.primary_key)] {
        if let Some(key) = key {
            ask("pdnsutil", directory, &["set-meta", &setup.zone, kind, &key.name]);
        }
    }
}

/// Runs one of its tools to the end.
fn ask(tool: &str, directory: &Path, arguments: &[&str]) {
    let output = Command::new(program(tool))
        .arg(format!("--config-dir={}", directory.display()))
        .args(arguments)
        .output()
        .expect("the program was found");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{tool} {}`: {said}", arguments.join(" "));
}
