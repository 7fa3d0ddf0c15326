//! BIND: `named`.

use std::path::Path;
use std::process::Command;

use super::process::program;
use super::{CONFIGURATION, Setup, SharedKey, Source, Transfers, Updates, ZONE_FILE};

/// Returns what it logs when it does not give the zone away.
pub(super) fn refused_transfer(zone: &str) -> String {
    format!("zone transfer '{zone}/AXFR/IN' denied")
}

/// Returns how to run it in the foreground, logging to standard error.
pub(super) fn command(directory: &Path) -> Command {
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

/// Returns its configuration file.
pub(super) fn configuration(setup: &Setup, directory: &Path, port: u16) -> String {
    let directory = directory.display();
    let notify = match setup.notify {
        Some(to) => format!("notify explicit; also-notify {{ {} port {}; }};", to.ip(), to.port()),
        None => "notify no;".to_owned(),
    };
    let transfers = match (setup.transfers, &setup.key) {
        (_, Some(key)) => format!("key \"{}\"", key.name),
        (Transfers::Everybody, None) => "any".to_owned(),
        (Transfers::ProbeOnly, None) => "127.0.0.1".to_owned(),
    };
    let key = setup.key.as_ref().map(clause).unwrap_or_default();
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
{key}{}"#,
        zone(setup)
    )
}

/// Returns the clause of a key, as in a key file.
pub(crate) fn clause(key: &SharedKey) -> String {
    let SharedKey { name, algorithm, secret } = key;
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
            format!("type secondary; primaries {{ {} port {}; }};", from.ip(), from.port())
        }
    };
    format!("zone \"{name}\" {{ {body} }};\n")
}
