//! `init` at real servers: what it writes is a configuration that works as it is.

use std::fs;
use std::process::{Command, Stdio};

use super::zones::{ZONE, zone};
use crate::harness::daemon::Kind;

/// Runs the program, which must end well, and returns what it prints, standard error last.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
    let printed = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{arguments:?}: {}", printed.concat());
    printed.concat()
}

#[test]
fn the_configuration_of_each_software_says_who_gives_transfers_and_works_as_it_is() {
    for kind in [Kind::Bind, Kind::Nsd, Kind::Knot, Kind::Pdns, Kind::Yadifa] {
        let primary = kind.primary(ZONE, zone(7, "www A 192.0.2.80\n")).start();
        let refusing = kind.other().secondary(ZONE, primary.address()).refusing_transfers().start();
        let (p, s) = (format!("ns0={}", primary.address()), format!("ns1={}", refusing.address()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zoneprobe.yaml");
        let path = path.to_str().unwrap();
        let said = printed(&["init", ZONE, "-p", &p, "-s", &s, "-o", path]);
        assert!(
            said.contains("2 addresses: 2 of them answer, and 1 of these give transfers"),
            "{kind:?}: {said}"
        );
        assert!(said.contains("no transfers from ns1"), "{kind:?}: {said}");
        let text = fs::read_to_string(path).unwrap();
        let line = format!("- \"{}\"   # serial 7, gives transfers to this host\n", primary.address());
        assert!(text.contains(&line), "{kind:?}: {text}");
        printed(&["config", "check", path]);
        let report = printed(&["check", "-c", path]);
        assert!(report.contains("ns0") && report.contains("ns1") && report.contains("in_sync"), "{report}");
    }
}
