//! Servers compared with the zone file that they have loaded.

use std::time::Duration;

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

#[test]
fn a_server_that_signs_the_file_is_in_sync_but_for_what_a_signer_makes() {
    for kind in [Kind::Bind, Kind::Knot] {
        let text = zone(7, "www A 192.0.2.1");
        let server = kind.primary(ZONE, &text).signing().start();
        let plain = Kind::Nsd.primary(ZONE, &text).start();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("zone"), &text).unwrap();
        let against_file = || {
            let probe = Probe::check(ZONE).primary_at("ns0", server.address());
            probe.current_dir(directory.path()).args(["--zone-file", "zone"])
        };
        // It may still be signing.
        let mut outcome = against_file().run();
        for _ in 0..50 {
            if outcome.server("ns0")["copy"]["signatures_expire"].is_string() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            outcome = against_file().run();
        }
        let server_report = outcome.server("ns0");
        assert_eq!(server_report["verdict"], "ahead", "{kind:?}: {}", outcome.transcript());
        let finding = &server_report["findings"][0];
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains("a signer counts its own serials"), "{kind:?}: {message}");
        let advice = [
            &format!("# name it the signer: --signer 'ns0={}', not -p", server.address()),
            "# or compare without what a signer adds: --dnssec ignore --independent-serials",
        ];
        assert_eq!(finding["advice"], serde_json::json!(advice), "{kind:?}");

        let flags = ["--dnssec", "ignore", "--independent-serials"];
        let outcome = against_file().args(flags).ok();
        assert_eq!(outcome.verdict("ns0"), "in_sync", "{kind:?}");
        let outcome = super::check(&plain, &server).args(flags).ok();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{kind:?}");
        std::fs::write(directory.path().join("zone"), zone(7, "www A 192.0.2.2")).unwrap();
        let outcome = against_file().args(flags).critical();
        assert_eq!(outcome.verdict("ns0"), "diverged", "{kind:?}");
    }
}
