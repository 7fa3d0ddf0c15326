//! A zone file that a real server has loaded, held against what it serves.

use super::carried::everything;
use super::every_software;
use super::zones::{ZONE, zone};
use crate::harness::Probe;
use crate::harness::daemon::Kind;

every_software! {
    a_file_of_all_kinds_of_records_is_what_its_server_serves
}

fn a_file_of_all_kinds_of_records_is_what_its_server_serves(kind: Kind) {
    let (text, count) = everything(2_026_112_201, kind, kind);
    let server = kind.primary(ZONE, &text).start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("zone"), &text).unwrap();
    let probe = Probe::check(ZONE).primary_at("ns0", server.address()).current_dir(folder.path());
    let outcome = probe.args(["--zone-file", "zone"]).ok();
    assert_eq!(outcome.verdict("ns0"), "in_sync");
    let json = outcome.json();
    let reference = &json["zones"][0]["reference"];
    assert_eq!((&reference["kind"], &reference["server"]), (&"zone_file".into(), &"zone".into()));
    assert_eq!(reference["copy"]["records"], count);
    assert_eq!(reference["copy"]["fingerprint"], json["zones"][0]["servers"][0]["copy"]["fingerprint"]);
}

#[test]
fn a_server_that_was_not_told_to_load_the_file_is_behind_until_it_has() {
    let old = zone(7, "www A 192.0.2.1");
    let new = zone(8, "www A 192.0.2.2");
    let mut server = Kind::Bind.primary(ZONE, &old).start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("zone"), &new).unwrap();
    let check = |address| {
        let probe = Probe::check(ZONE).primary_at("ns0", address).current_dir(folder.path());
        probe.args(["--zone-file", "zone"])
    };
    let outcome = check(server.address()).warning();
    assert_eq!(outcome.verdict("ns0"), "behind");
    server.restart(|setup| setup.zone_text(&new));
    assert_eq!(check(server.address()).ok().verdict("ns0"), "in_sync");
}
