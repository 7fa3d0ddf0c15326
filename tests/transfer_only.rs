//! Servers that are for transfers only: they refuse SOA queries, and give the zone by AXFR.

use zoneprobe::dns::message::{NOTAUTH, REFUSED, SERVFAIL};

use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

fn message(outcome: &Outcome, server: &str) -> String {
    outcome.server(server)["findings"][0]["message"].as_str().unwrap().to_owned()
}

fn transfers(server: &RunningNameserver) -> usize {
    server.queries().iter().filter(|query| query.contains("AXFR")).count()
}

#[test]
fn a_secondary_that_is_for_transfers_only_is_lame_and_its_copy_is_compared() {
    let primary = at(7).start();
    for (rcode, name) in [(REFUSED, "REFUSED"), (NOTAUTH, "NOTAUTH")] {
        let other = at(7).without("mail A").transfer_only(rcode).start();
        let probe = || Probe::check(ZONE).primary(&primary).secondary(&other);
        let outcome = probe().critical();
        let server = outcome.server("ns1");
        assert_eq!((&server["verdict"], &server["severity"]), (&"lame".into(), &"critical".into()));
        assert_eq!(
            message(&outcome, "ns1"),
            format!("it refuses SOA queries (answered {name}), but gives the zone by AXFR: serial 7")
        );
        let advice = server["findings"][0]["advice"].to_string();
        assert!(advice.contains("allow-query"), "{advice}");
        assert_eq!((&server["serial"], &server["copy"]["serial"]), (&7.into(), &7.into()));
        let missing = ("mail.example.test.".to_owned(), "A".to_owned(), "missing".to_owned());
        assert_eq!(outcome.differences("ns1"), [missing]);
        assert_eq!(outcome.zone()["compared"], "records");
        assert!(server["wrong_rrset_ratio"].is_null(), "{server}");
        for format in ["table", "markdown", "junit", "github"] {
            let text = probe().format(format).critical();
            assert!(text.stdout().contains("gives the zone by"), "{format}\n{}", text.transcript());
            assert!(text.stdout().contains("mail"), "{format}\n{}", text.transcript());
        }
    }
}

#[test]
fn a_large_copy_is_read_again_until_its_differences_are_named() {
    let large = || at(7).hosts(20_000);
    let primary = large().start();
    let other = large().without("h7 A").transfer_only(REFUSED).start();
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&other).critical();
    let missing = ("h7.example.test.".to_owned(), "A".to_owned(), "missing".to_owned());
    assert_eq!(outcome.differences("ns1"), [missing]);
}

#[test]
fn a_secondary_that_is_for_transfers_only_is_no_reference_and_accuses_nobody() {
    let (old, new) = (at(7).start(), at(8).with("new A 192.0.2.9").transfer_only(REFUSED).start());
    let outcome = Probe::check(ZONE).secondary(&old).secondary(&new).critical();
    assert_eq!(outcome.zone()["reference"]["server"], "ns0");
    assert_eq!([outcome.verdict("ns0"), outcome.verdict("ns1")], ["in_sync", "lame"]);
}

#[test]
fn a_hidden_primary_that_is_for_transfers_only_is_a_warning_and_the_reference() {
    let hidden = at(7).transfer_only(REFUSED).start();
    let written = format!("hidden={},hidden", hidden.address());
    let (same, other) = (at(7).start(), at(7).replace("www 300 IN A 192.0.2.81").start());
    let outcome = Probe::check(ZONE).secondary(&same).args(["-p", &written]).warning();
    let server = outcome.server("hidden");
    assert_eq!((&server["verdict"], &server["severity"]), (&"lame".into(), &"warning".into()));
    assert_eq!(outcome.verdict("ns0"), "in_sync");
    assert_eq!(outcome.zone()["reference"]["server"], "hidden");
    assert_eq!(outcome.zone()["reference"]["serial"], 7);
    assert_eq!(outcome.zone()["compared"], "records");
    assert_eq!(outcome.zone()["wrong_answer_ratio"], 0.0);
    assert!(outcome.zone_findings().is_empty(), "{}", outcome.transcript());
    let advice = server["findings"][0]["advice"].to_string();
    assert!(!advice.contains(",hidden"), "{advice}");
    // Its copy is held against the others like that of any primary.
    let outcome = Probe::check(ZONE).secondary(&other).args(["-p", &written]).critical();
    assert_eq!(outcome.verdict("ns0"), "diverged", "{}", outcome.transcript());
    let changed = ("www.example.test.".to_owned(), "A".to_owned(), "changed".to_owned());
    assert_eq!(outcome.differences("ns0"), [changed]);
    let old = at(6).start();
    let outcome = Probe::check(ZONE).secondary(&old).args(["-p", &written]).warning();
    assert_eq!(outcome.verdict("ns0"), "behind", "{}", outcome.transcript());
    // One that answers is preferred.
    let answering = at(7).start();
    let outcome = Probe::check(ZONE).args(["-p", &written]).primary(&answering).warning();
    assert_eq!(outcome.zone()["reference"]["address"], answering.address().to_string());
}

#[test]
fn nothing_changes_where_serials_alone_are_compared() {
    let (primary, other) = (at(7).start(), at(7).transfer_only(REFUSED).start());
    let outcome =
        Probe::check(ZONE).primary(&primary).secondary(&other).args(["--compare", "serials"]).critical();
    assert_eq!(outcome.verdict("ns1"), "lame");
    assert_eq!(message(&outcome, "ns1"), "it answered REFUSED, each time it was asked");
    assert_eq!(transfers(&other), 0);
}

#[test]
fn one_transfer_is_tried_from_a_server_that_refuses_and_none_from_other_lame_ones() {
    let primary = at(7).start();
    for (other, tries) in [
        (at(7).refusing(), 1),
        (at(7).transfer_only(SERVFAIL), 0),
        (at(7).not_authoritative(), 0),
        (at(7).refusing().tcp_closed(), 0),
    ] {
        let other = other.start();
        let outcome = Probe::check(ZONE).primary(&primary).secondary(&other).critical();
        assert_eq!(outcome.verdict("ns1"), "lame", "{}", outcome.transcript());
        assert_eq!(transfers(&other), tries, "{}", outcome.transcript());
        assert!(outcome.server("ns1")["copy"].is_null());
        assert_eq!(outcome.findings("ns1"), ["lame"], "{}", outcome.transcript());
    }
}
