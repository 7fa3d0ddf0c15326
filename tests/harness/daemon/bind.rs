//! BIND: `named`.

use std::path::Path;
use std::process::Command;

use super::process::program;
use super::setup::{Key, Setup, Source, Updates};
use super::{CONFIGURATION, ZONE_FILE, write};

/// Returns whether a line of its log says that it does not give the zone away.
pub(super) fn refused_transfer(zone: &str, line: &str) -> bool {
    let refused = |how: &str| line.contains(&format!("zone transfer '{zone}/{how}/IN' denied"));
    refused("AXFR") || refused("IXFR")
}

/// Returns how to run it in the foreground, logging to standard error.
pub(super) fn command(setup: &Setup, directory: &Path, port: u16) -> Command {
    write(directory, CONFIGURATION, &configuration(setup, directory, port));
    // AppArmor knows `named` by its path, and confines it there to directories that are not ours.
    let named = directory.join("named");
    if !named.exists() {
        // Copied by another process: a program that a forked child of ours holds open for writing cannot run.
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

fn configuration(setup: &Setup, directory: &Path, port: u16) -> String {
    let directory = directory.display();
    let notify = match setup.notify {
        Some(to) => format!("notify explicit; also-notify {{ {} port {}; }};", to.ip(), to.port()),
        None => "notify no;".to_owned(),
    };
    let network = setup.transfers.network();
    // Of an address match list the first match decides: both address and key must do.
    let transfers = match setup.required_key() {
        Some(Key { name, .. }) => format!("!{{ !{network}; any; }}; key \"{name}\""),
        None => network.to_owned(),
    };
    // The minima would keep a zone from expiring within a test; the delays would hold NOTIFY back.
    format!(
        r#"options {{
    directory "{directory}"; pid-file none; lock-file none; session-keyfile none;
    managed-keys-directory "{directory}";
    listen-on port {port} {{ 127.0.0.1; }}; reuseport no;
    recursion no; dnssec-validation no; empty-zones-enable no; check-names primary ignore;
    check-names secondary ignore; max-records-per-type 100;
    allow-transfer {{ {transfers}; }}; {notify} notify-delay 0; notify-source 127.0.0.1;
    transfer-source 127.0.0.2; use-alt-transfer-source no; transfers-in 20;
    min-refresh-time 1; min-retry-time 1;
}};
controls {{ }};
{}{}"#,
        setup.keys().map(key).collect::<String>(),
        zone(setup)
    )
}

fn key(key: &Key) -> String {
    let Key { name, algorithm, secret } = key;
    format!("key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};\n")
}

fn zone(setup: &Setup) -> String {
    let name = &setup.zone;
    let body = match &setup.source {
        Source::Nowhere => return String::new(),
        Source::ZoneFile(_) => {
            let allowed = match setup.updates {
                Updates::Messages => "127.0.0.1",
                Updates::ZoneFile => "none",
            };
            format!("type primary; file \"{ZONE_FILE}\"; allow-update {{ {allowed}; }};")
        }
        Source::Transfer(from) => {
            let key =
                setup.primary_key.as_ref().map(|key| format!("key \"{}\"", key.name)).unwrap_or_default();
            format!("type secondary; primaries {{ {} port {} {key}; }};", from.ip(), from.port())
        }
    };
    format!("zone \"{name}\" {{ {body} }};\n")
}
