//! Servers compared with the zone file that they have loaded.

use super::every_software;
use super::record_types::every_record;
use super::zones::{ZONE, zone};
use crate::harness::Probe;
use crate::harness::daemon::Kind;

every_software! {
    a_server_is_in_sync_with_the_file_of_every_record_that_it_loaded
}

fn a_server_is_in_sync_with_the_file_of_every_record_that_it_loaded(kind: Kind) {
    let (text, count) = every_record(2_026_112_201, kind, kind);
    let server = kind.primary(ZONE, &text).start();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("zone"), &text).unwrap();
    let probe = Probe::check(ZONE).primary_at("ns0", server.address()).current_dir(directory.path());
    let outcome = probe.args(["--zone-file", "zone"]).ok();
    assert_eq!(outcome.verdict("ns0"), "in_sync");
    let json = outcome.json();
    let reference = &json["zones"][0]["reference"];
    assert_eq!((&reference["kind"], &reference["server"]), (&"zone_file".into(), &"zone".into()));
    assert_eq!(reference["copy"]["records"], count);
    assert_eq!(reference["copy"]["fingerprint"], json["zones"][0]["servers"][0]["copy"]["fingerprint"]);
}

#[test]
fn a_server_that_has_not_loaded_the_new_file_is_behind_until_it_has() {
    let old = zone(7, "www A 192.0.2.1");
    let new = zone(8, "www A 192.0.2.2");
    let mut server = Kind::Bind.primary(ZONE, &old).start();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("zone"), &new).unwrap();
    let check = |address| {
        let probe = Probe::check(ZONE).primary_at("ns0", address).current_dir(directory.path());
        probe.args(["--zone-file", "zone"])
    };
    let outcome = check(server.address()).warning();
    assert_eq!(outcome.verdict("ns0"), "behind");
    server.restart(|setup| setup.zone_text(&new));
    assert_eq!(check(server.address()).ok().verdict("ns0"), "in_sync");
}
