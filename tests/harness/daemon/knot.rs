//! Knot DNS: `knotd`.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::process::program;
use super::setup::{CatalogRole, DaemonSetup, Logging, ServedZone, TsigKey};
use super::{CONFIGURATION, write};

/// Whether a line of the log says that a transfer to a secondary was refused.
pub(super) fn refused_transfer(zone: &str, line: &str) -> bool {
    line.contains(&format!("[{zone}.] ACL, denied, action transfer, remote 127.0.0.2@"))
}

/// The command that runs it in the foreground, with its log on standard error.
pub(super) fn command(setup: &DaemonSetup, directory: &Path, port: u16) -> Command {
    if setup.signs || setup.signs_responses || setup.keeps_changes || setup.catalog.is_some() {
        // Its keys, journals and catalogs are in there, and it does not make the directory for them.
        std::fs::create_dir_all(directory.join("database")).expect("the directory is ours");
    }
    let configuration = write(directory, CONFIGURATION, &configuration(setup, directory, port));
    let mut command = Command::new(program("knotd"));
    command.arg("-c").arg(configuration);
    command
}

fn configuration(setup: &DaemonSetup, directory: &Path, port: u16) -> String {
    let directory = directory.display();
    let level = match setup.logging {
        Logging::Verbose => "debug",
        Logging::Errors => "error",
    };
    let mut text = format!(
        r#"server:
    rundir: "{directory}"
    pidfile: "{directory}/pid"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{directory}/database"
log:
  - target: stderr
    any: {level}
"#
    );
    // Writing to a string cannot fail.
    for TsigKey { name, algorithm, secret } in setup.keys() {
        let _ = writeln!(text, "key:\n  - id: {name}\n    algorithm: {algorithm}\n    secret: \"{secret}\"");
    }
    if let Some(address) = setup.primary() {
        text += &remote("primary", address, "127.0.0.2", setup.primary_key.as_ref());
    }
    if let Some(address) = setup.notify {
        text += &remote("notified", address, "127.0.0.1", None);
    }
    text += &template(setup, &directory.to_string());
    text += "zone:\n";
    if let Some(CatalogRole::Producer(_)) = setup.catalog {
        let _ = writeln!(text, "  - domain: {}\n    catalog-role: generate", setup.zone);
    }
    let groups: Vec<_> = setup.members().into_iter().map(|(_, group)| group).collect();
    for (index, ServedZone { zone, path }) in setup.zones().iter().enumerate() {
        let _ = writeln!(text, "  - domain: {zone}\n    file: \"{}\"", path.display());
        text += &match &setup.catalog {
            None => String::new(),
            Some(CatalogRole::Consumer) => {
                "    catalog-role: interpret\n    catalog-template: member\n".to_owned()
            }
            Some(CatalogRole::Producer(_)) => {
                let group = groups.get(index).cloned().flatten();
                let group = group.map(|group| format!("    catalog-group: {group}\n")).unwrap_or_default();
                format!("    catalog-role: member\n    catalog-zone: {}\n{group}", setup.zone)
            }
        };
    }
    text
}

fn remote(id: &str, address: SocketAddr, from: &str, key: Option<&TsigKey>) -> String {
    let key = key.map(|key| format!("    key: {}\n", key.name)).unwrap_or_default();
    let address = format!("{}@{}", address.ip(), address.port());
    format!("remote:\n  - id: {id}\n    address: {address}\n    via: {from}\n{key}")
}

/// The options of every zone. With the default minima a zone would not expire within a test.
fn template(setup: &DaemonSetup, directory: &str) -> String {
    let network = setup.transfers.network();
    let load = match setup.primary() {
        None if setup.signs => "zonefile-load: difference-no-serial",
        None if setup.keeps_changes => "zonefile-load: difference",
        None => "zonefile-load: whole",
        Some(_) => "zonefile-load: none\n    master: primary",
    };
    let notified = setup.notified_from.map(|from| format!(", {from}")).unwrap_or_default();
    let mut acls = format!("acl:\n  - id: notify\n    address: [127.0.0.1{notified}]\n    action: notify\n");
    let mut allowed = String::from("notify");
    if setup.required_key().is_none() {
        let _ = writeln!(acls, "  - id: unsigned\n    address: {network}\n    action: transfer");
        allowed += ", unsigned";
    }
    if let Some(key) = &setup.key {
        let rule = format!("address: {network}\n    key: {}\n    action: transfer", key.name);
        let _ = writeln!(acls, "  - id: signed\n    {rule}");
        // Signed queries are refused unless a rule allows them; unsigned ones need no rule.
        let _ = writeln!(acls, "  - id: query\n    key: {}\n    action: query", key.name);
        allowed += ", signed, query";
    }
    let signs = if setup.signs {
        "dnssec-signing: on\n    serial-policy: unixtime\n    journal-content: all"
    } else if setup.signs_responses {
        "module: mod-onlinesign\n    journal-content: none"
    } else if setup.keeps_changes {
        "journal-content: all"
    } else {
        "journal-content: none"
    };
    let zonemd = setup.zonemd.map(|algorithm| format!("zonemd-generate: {algorithm}")).unwrap_or_default();
    let notify = if setup.notify.is_some() { "notify: notified" } else { "" };
    let options = format!(
        r#"    storage: "{directory}"
    zonefile-sync: -1
    semantic-checks: off
    refresh-min-interval: 2
    retry-min-interval: 1
    expire-min-interval: 3
    {load}
    {signs}
    {zonemd}
    {notify}
    acl: [{allowed}]
"#
    );
    let templates = match setup.catalog {
        Some(CatalogRole::Consumer) => ["default", "member"].as_slice(),
        Some(CatalogRole::Producer(_)) | None => &["default"],
    };
    let templates = templates.iter().map(|id| format!("  - id: {id}\n{options}"));
    format!("{acls}template:\n{}", templates.collect::<String>())
}
