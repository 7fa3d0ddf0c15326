//! PowerDNS's authoritative server: `pdns_server`, which reads zone files, or has its zones in a database.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::process::program;
use super::setup::{CatalogRole, DaemonSetup, Logging, ServedZone, TsigKey, UpdateMethod};
use super::write;

/// The key of its API.
pub(super) const API_KEY: &str = "a key that nobody prints";

/// Whether a line of the log says that a transfer to a secondary was refused.
pub(super) fn refused_transfer(zone: &str, line: &str) -> bool {
    line.contains(&format!("zone '{zone}', client '127.0.0.2")) && line.contains("denied")
}

/// The command that runs it in the foreground, with its log on standard error.
pub(super) fn command(setup: &DaemonSetup, directory: &Path, port: u16) -> Command {
    write(directory, "named.conf", &zones(setup, directory));
    write(directory, "pdns.conf", &configuration(setup, directory, port));
    if has_database(setup) {
        create_database(setup, directory);
    } else {
        write_metadata(setup, directory);
    }
    let mut command = Command::new(program("pdns_server"));
    command.arg(format!("--config-dir={}", directory.display()));
    command
}

/// Whether its zones are in a database: it changes no zone file.
fn has_database(setup: &DaemonSetup) -> bool {
    setup.catalog.is_some() || setup.updates == UpdateMethod::Messages
}

/// Makes it load the zone file again.
pub(super) fn reload(zone: &str, directory: &Path) {
    run("pdns_control", directory, &["bind-reload-now", zone]);
}

fn configuration(setup: &DaemonSetup, directory: &Path, port: u16) -> String {
    let directory = directory.display();
    let (role, from) = match setup.primary() {
        Some(_) => ("secondary=yes", "127.0.0.2"),
        None => ("primary=yes", "127.0.0.1"),
    };
    let level = match setup.logging {
        Logging::Verbose => 6,
        Logging::Errors => 3,
    };
    let unsigned = match setup.required_key() {
        Some(_) => "",
        None => setup.transfers.network(),
    };
    let notify = setup.notify.map(|to| to.to_string()).unwrap_or_default();
    let notified = setup.notified_from.map(|from| from.to_string()).unwrap_or_default();
    let backend = if has_database(setup) {
        format!("gsqlite3\ngsqlite3-database={directory}/{DATABASE}")
    } else {
        format!("bind\nbind-config={directory}/named.conf\nbind-dnssec-db={directory}/metadata")
    };
    let updates = match setup.updates {
        UpdateMethod::Messages => "dnsupdate=yes\nallow-dnsupdate-from=127.0.0.1\n",
        UpdateMethod::ZoneFile => "",
    };
    let webserver = match setup.status_port {
        Some(port) => format!(
            "webserver=yes\nwebserver-address=127.0.0.1\nwebserver-port={port}\napi=yes\napi-key={API_KEY}\n"
        ),
        None => "webserver=no\n".to_owned(),
    };
    // No caches, no NOTIFY to the servers of NS records, no queries for security advisories.
    format!(
        "launch={backend}\n\
         local-address=127.0.0.1\nlocal-port={port}\nquery-local-address={from}\n\
         socket-dir={directory}\ndaemon=no\nguardian=no\nwrite-pid=no\n{webserver}security-poll-suffix=\n\
         {updates}{role}\nxfr-cycle-interval=1\nallow-axfr-ips={unsigned}\n\
         only-notify=\nalso-notify={notify}\nsend-signed-notify=no\ntrusted-notification-proxy={notified}\n\
         cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\n\
         receiver-threads=1\nretrieval-threads=1\nsigning-threads=1\ndistributor-threads=1\n\
         loglevel={level}\ndisable-syslog=yes\n"
    )
}

fn zones(setup: &DaemonSetup, directory: &Path) -> String {
    let mut text = format!("options {{ directory \"{}\"; }};\n", directory.display());
    let role = match setup.primary() {
        None => "type master;".to_owned(),
        Some(primary) => format!("type slave; masters {{ {primary}; }};"),
    };
    for ServedZone { zone, path } in setup.zones() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "zone \"{zone}\" {{ {role} file \"{}\"; }};", path.display());
    }
    text
}

/// Writes the database of what it does not read from zone files: the keys, and which zones are signed already.
fn write_metadata(setup: &DaemonSetup, directory: &Path) {
    let database = directory.join("metadata");
    if setup.primary().is_some() {
        if !database.exists() {
            create_metadata(&database, directory);
        }
        set_keys(setup, directory);
        return;
    }
    for file in ["metadata", "metadata-wal", "metadata-shm"] {
        // There is none before the first start.
        let _ = fs::remove_file(directory.join(file));
    }
    create_metadata(&database, directory);
    set_keys(setup, directory);
    for ServedZone { zone, path } in setup.zones() {
        let text = fs::read_to_string(directory.join(path)).expect("a primary has zone files");
        if text.contains("RRSIG") {
            run("pdnsutil", directory, &["set-presigned", &zone]);
        }
        if setup.signs {
            run("pdnsutil", directory, &["secure-zone", &zone]);
        }
        if setup.signs_responses {
            run("pdnsutil", directory, &["secure-zone", &zone]);
            run("pdnsutil", directory, &["set-nsec3", &zone, "1 0 0 -", "narrow"]);
        }
        // It does not read the NSEC3 chain but makes its own.
        if let Some((_, parameters)) = text.split_once("NSEC3PARAM") {
            let parameters: Vec<_> = parameters.split_whitespace().take(4).collect();
            run("pdnsutil", directory, &["set-nsec3", &zone, &parameters.join(" ")]);
        }
    }
}

/// The file with the zones of a server that has to do with catalogs, or takes updates.
const DATABASE: &str = "database";

/// Its schema, as Debian packages it.
const SCHEMA: &str = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";

/// Makes the database of zones, unless there is one.
fn create_database(setup: &DaemonSetup, directory: &Path) {
    let database = directory.join(DATABASE);
    if database.exists() {
        return;
    }
    // Its tools write to the database while it runs.
    let journal = "PRAGMA journal_mode=WAL";
    let mut command = Command::new(program("sqlite3"));
    let status =
        command.args(["-batch", "-cmd", journal]).arg(database).arg(format!(".read {SCHEMA}")).output();
    assert!(status.is_ok_and(|output| output.status.success()), "the database cannot be made");
    let catalog = setup.zone.as_str();
    let pdnsutil = |arguments: &[&str]| run("pdnsutil", directory, arguments);
    match &setup.catalog {
        None => {
            for ServedZone { zone, path } in setup.zones() {
                pdnsutil(&["load-zone", &zone, &directory.join(path).display().to_string()]);
            }
            set_keys(setup, directory);
        }
        Some(CatalogRole::Consumer) => {
            let primary = setup.primary().expect("a consumer transfers the catalog").to_string();
            pdnsutil(&["create-secondary-zone", catalog, &primary]);
            pdnsutil(&["set-kind", catalog, "consumer"]);
        }
        Some(CatalogRole::Producer(_)) => {
            pdnsutil(&["create-zone", catalog]);
            pdnsutil(&["set-kind", catalog, "producer"]);
            for (ServedZone { zone, path }, group) in setup.members() {
                pdnsutil(&["load-zone", &zone, &path.display().to_string()]);
                pdnsutil(&["set-kind", &zone, "primary"]);
                pdnsutil(&["set-catalog", &zone, catalog]);
                if let Some(group) = group {
                    pdnsutil(&["set-option", &zone, "producer", "group", &group]);
                }
            }
        }
    }
}

/// Makes keys for zones that it has transferred: each response and each transfer is signed then, with another serial.
pub(super) fn sign_transferred(setup: &DaemonSetup, directory: &Path) {
    if !setup.signs {
        return;
    }
    for ServedZone { zone, .. } in setup.zones() {
        run("pdnsutil", directory, &["secure-zone", &zone]);
        run("pdnsutil", directory, &["set-meta", &zone, "SOA-EDIT", "INCREMENT-WEEKS"]);
    }
}

fn create_metadata(database: &Path, directory: &Path) {
    run("pdnsutil", directory, &["create-bind-db", &database.display().to_string()]);
}

fn set_keys(setup: &DaemonSetup, directory: &Path) {
    for TsigKey { name, algorithm, secret } in setup.keys() {
        run("pdnsutil", directory, &["import-tsig-key", name, algorithm, secret]);
    }
    let of_updates = setup.key.as_ref().filter(|_| setup.updates == UpdateMethod::Messages);
    for (kind, key) in [
        ("TSIG-ALLOW-AXFR", setup.key.as_ref()),
        ("AXFR-MASTER-TSIG", setup.primary_key.as_ref()),
        ("TSIG-ALLOW-DNSUPDATE", of_updates),
    ] {
        let Some(key) = key else { continue };
        for ServedZone { zone, .. } in setup.zones() {
            run("pdnsutil", directory, &["set-meta", &zone, kind, &key.name]);
        }
    }
}

/// Runs one of its tools.
fn run(tool: &str, directory: &Path, arguments: &[&str]) {
    let output = Command::new(program(tool))
        .arg(format!("--config-dir={}", directory.display()))
        .args(arguments)
        .output()
        .expect("the program was found");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{tool} {}`: {errors}", arguments.join(" "));
}
