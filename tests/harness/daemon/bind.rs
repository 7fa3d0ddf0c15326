//! BIND: `named`.

use std::path::Path;
use std::process::Command;

use super::control::{CONTROL_KEY, CONTROL_KEY_TEXT};
use super::process::program;
use super::setup::{CatalogRole, DaemonSetup, DaemonTls, Logging, ServedZone, TsigKey, UpdateMethod};
use super::{CONFIGURATION, write};

/// Whether a line of the log says that a transfer to a secondary was refused.
pub(super) fn refused_transfer(zone: &str, line: &str) -> bool {
    let refused = |qtype: &str| line.contains(&format!("zone transfer '{zone}/{qtype}/IN' denied"));
    refused("AXFR") || refused("IXFR")
}

/// The command that runs it in the foreground, with its log on standard error.
pub(super) fn command(setup: &DaemonSetup, directory: &Path, port: u16) -> Command {
    write(directory, CONFIGURATION, &configuration(setup, directory, port));
    write(directory, CONTROL_KEY, CONTROL_KEY_TEXT);
    foreground(directory)
}

/// The command that runs it with the configuration in a directory.
pub(super) fn foreground(directory: &Path) -> Command {
    // AppArmor confines `named` at its usual path to its usual directories: a copy is free.
    let named = directory.join("named");
    if !named.exists() {
        // `cp` copies it: a program that a forked child of this process has open for writing cannot be run.
        let status = Command::new("cp").arg(program("named")).arg(&named).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "`named` cannot be copied to {}",
            directory.display()
        );
    }
    let mut command = Command::new(named);
    command.args(["-4", "-g", "-n", "1", "-c", CONFIGURATION]);
    command
}

fn configuration(setup: &DaemonSetup, directory: &Path, port: u16) -> String {
    let directory = directory.display();
    let notify = match setup.notify {
        Some(to) => format!("notify explicit; also-notify {{ {} port {}; }};", to.ip(), to.port()),
        None => "notify no;".to_owned(),
    };
    let network = setup.transfers.network();
    // The first match in an address match list decides. This one requires both the address and the key.
    let transfers = match setup.required_key() {
        Some(TsigKey { name, .. }) => format!("!{{ !{network}; any; }}; key \"{name}\""),
        None => network.to_owned(),
    };
    let logging = match setup.logging {
        Logging::Verbose => "",
        Logging::Errors => {
            "logging { channel errors { stderr; severity error; }; category default { errors; }; };\n"
        }
    };
    let (tls, tls_port) = match &setup.tls {
        None => (String::new(), String::new()),
        Some(DaemonTls { port, certificate, key, clients_of }) => {
            let clients = clients_of.as_ref().map(|file| format!("ca-file \"{file}\";")).unwrap_or_default();
            let tls = format!("tls own {{ cert-file \"{certificate}\"; key-file \"{key}\"; {clients} }};\n");
            (tls, format!("listen-on port {port} tls own {{ 127.0.0.1; }};"))
        }
    };
    let status = setup.status_port.map(|port| {
        format!("statistics-channels {{ inet 127.0.0.1 port {port} allow {{ 127.0.0.1; }}; }};\n")
    });
    let status = status.unwrap_or_default();
    let controls = match setup.control_port {
        Some(port) => format!(
            "{CONTROL_KEY_TEXT}controls {{ inet 127.0.0.1 port {port} allow {{ 127.0.0.1; }} keys {{ \"rndc-key\"; }}; }};"
        ),
        None => "controls { };".to_owned(),
    };
    let catalog = match (&setup.catalog, setup.primary()) {
        (Some(CatalogRole::Consumer), Some(primary)) => {
            let (zone, ip, port) = (&setup.zone, primary.ip(), primary.port());
            format!(
                "catalog-zones {{ zone \"{zone}\" default-primaries {{ {ip} port {port}; }} min-update-interval 1; }};"
            )
        }
        _ => String::new(),
    };
    // With the default minima a zone would not expire within a test; the default delay would hold NOTIFY back.
    format!(
        r#"options {{
    directory "{directory}"; pid-file none; lock-file none; session-keyfile none;
    managed-keys-directory "{directory}";
    listen-on port {port} {{ 127.0.0.1; }}; {tls_port} reuseport no;
    recursion no; dnssec-validation no; empty-zones-enable no; check-names primary ignore;
    check-names secondary ignore; max-records-per-type 100;
    allow-transfer {{ {transfers}; }}; {notify} notify-delay 0; notify-source 127.0.0.1;
    transfer-source 127.0.0.2; use-alt-transfer-source no; transfers-in 20;
    min-refresh-time 1; min-retry-time 1; {catalog}
}};
{controls}
{status}{tls}{logging}{}{}"#,
        setup.keys().map(key).collect::<String>(),
        setup.zones().iter().map(|zone| self::zone(setup, zone)).collect::<String>()
    )
}

fn key(key: &TsigKey) -> String {
    let TsigKey { name, algorithm, secret } = key;
    format!("key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};\n")
}

fn zone(setup: &DaemonSetup, ServedZone { zone, path }: &ServedZone) -> String {
    let signs = if setup.signs { "dnssec-policy default; inline-signing yes;" } else { "" };
    let body = match setup.primary() {
        None => {
            let clients = match setup.updates {
                UpdateMethod::Messages => "127.0.0.1",
                UpdateMethod::ZoneFile => "none",
            };
            format!("type primary; file \"{}\"; allow-update {{ {clients}; }}; {signs}", path.display())
        }
        Some(primary) => {
            let key = setup.primary_key.as_ref();
            let key = key.map(|key| format!("key \"{}\"", key.name)).unwrap_or_default();
            // It keeps a signed zone in a file beside that of the unsigned one, and changes too.
            let file = if setup.signs || setup.keeps_changes { "file \"transferred\";" } else { "" };
            let (ip, port) = (primary.ip(), primary.port());
            let notified = setup.notified_from.map(|from| format!("allow-notify {{ {from}; }};"));
            let notified = notified.unwrap_or_default();
            format!("type secondary; primaries {{ {ip} port {port} {key}; }}; {file} {signs} {notified}")
        }
    };
    format!("zone \"{zone}\" {{ {body} }};\n")
}
