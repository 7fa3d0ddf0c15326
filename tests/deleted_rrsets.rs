//! RRsets that the primary has deleted, at a server that refuses transfers and still answers them.

use crate::harness::{Nameserver, Outcome, Probe};

const ZONE: &str = "example.test";

const OLD: &str = "old 300 A 192.0.2.66\nwww 300 TXT \"old\"\n";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

/// Checks serial 6 of a zone with the old RRsets, then serial 7 at another secondary, with what was learnt.
fn after_the_deletion(secondary: Nameserver) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state").display().to_string();
    let check = || Probe::check(ZONE).args(["--state", &state]);
    let (primary, refusing) = (at(6).with(OLD).start(), at(6).with(OLD).transfer_refused().start());
    check().primary(&primary).secondary(&refusing).ok();
    let primary = at(7).ixfr_since(6, |zone| zone.with(OLD).unwrap()).start();
    let secondary = secondary.transfer_refused().start();
    check().primary(&primary).secondary(&secondary).run()
}

#[test]
fn a_deleted_name_that_still_answers_is_named() {
    let outcome = after_the_deletion(at(7).with(OLD));
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    let differences = &outcome.server("ns1")["differences"]["rrsets"];
    let named = |owner: &str, rtype: &str| {
        let is_named = |rrset: &&serde_json::Value| rrset["owner"] == owner && rrset["type"] == rtype;
        differences.as_array().unwrap().iter().find(is_named).cloned().unwrap_or_default()
    };
    let gone = named("old.example.test.", "A");
    assert_eq!((gone["kind"].as_str(), gone["found"]["rcode"].as_str()), (Some("answer"), Some("NOERROR")));
    assert_eq!(named("www.example.test.", "TXT")["kind"], "extra");
}

#[test]
fn deleted_rrsets_that_are_gone_are_no_difference() {
    let outcome = after_the_deletion(at(7));
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
    assert_eq!(outcome.server("ns1")["copy"]["asked"], outcome.server("ns1")["copy"]["askable"]);
}
