//! Names and records as people type them.

use super::{ZONE, at, baseline, changed};
use crate::harness::service::servers;
use crate::harness::{Nameserver, Probe};

/// The zone whose U-label is `bücher`.
const A_LABEL: &str = "xn--bcher-kva.test";

#[test]
fn zones_may_be_named_by_u_labels_wherever_they_are_named() {
    let (primary, secondary) =
        (Nameserver::new().zone(A_LABEL, 7).start(), Nameserver::new().zone(A_LABEL, 7).start());
    for zone in ["bücher.test", "BÜCHER.Test.", "bu\u{308}cher.test", "bücher。test", A_LABEL] {
        for probe in [Probe::check(zone), Probe::verify(zone)] {
            let outcome = probe.primary(&primary).secondary(&secondary).ok();
            assert_eq!(outcome.zone()["zone"], format!("{A_LABEL}."), "{zone}");
        }
    }
    let list = Probe::check_no_zone().primary(&primary).secondary(&secondary).args(["--zones", "-"]);
    let outcome = list.stdin("# ours\n  bücher.test  # it\n").ok();
    assert_eq!(outcome.zone()["zone"], format!("{A_LABEL}."));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("zoneprobe.yaml");
    let text = format!("{}zones: [bücher.test]\n", servers(&[&primary, &secondary]));
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let outcome = Probe::check_no_zone().args(["--config", path]).ok();
    assert_eq!(outcome.zone()["zone"], format!("{A_LABEL}."));
    let outcome = Probe::verify("BÜCHER.test").args(["--config", path]).ok();
    assert_eq!(outcome.zone()["zone"], format!("{A_LABEL}."));
}

#[test]
fn a_zone_name_that_idna_refuses_is_an_error_before_any_query() {
    let primary = at(7).start();
    for zone in ["☃.test", "ü-.test", "_ü.test"] {
        for probe in [Probe::check(zone), Probe::verify(zone)] {
            let outcome = probe.primary(&primary).unknown();
            let label = zone.split('.').next().unwrap();
            let message = format!("`{label}` is no label of an internationalised name by IDNA 2008");
            assert!(outcome.stderr().contains(&message), "{}", outcome.transcript());
        }
    }
    let list = Probe::check_no_zone().primary(&primary).args(["--zones", "-"]).stdin("☃.test\n").unknown();
    assert!(list.stderr().contains("line 1"), "{}", list.transcript());
    assert!(primary.queries().is_empty());
}

#[test]
fn expected_names_may_be_written_with_u_labels() {
    let with =
        || at(7).with("xn--bcher-kva 60 A 192.0.2.7\n_x.xn--bcher-kva 60 CNAME xn--bcher-kva.test.").start();
    let (primary, secondary) = (with(), with());
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&secondary);
    let probe = probe.args(["--expect", "bücher A 192.0.2.7", "--contains", "_x.BÜCHER CNAME bücher.test."]);
    probe.args(["--absent", "straße A", "--absent", "bücher A 192.0.2.8"]).ok();
    let (_directory, path) = baseline(super::BEFORE);
    let new = changed(7, "xn--bcher-kva 300 A 192.0.2.9").start();
    let probe = Probe::verify(ZONE).primary(&new).args(["--baseline", &path]);
    probe.args(["--only-changed", "bücher A"]).ok();
}

#[test]
fn a_slip_of_typing_is_an_error_with_a_hint_before_any_query() {
    let primary = at(7).start();
    let doubled = format!("www.{ZONE} A 192.0.2.1");
    let doubled_pair = format!("www.{ZONE} A");
    for (flag, text, message) in [
        (
            "--expect",
            "semi TXT v=DMARC1; p=none",
            "hint: put the text in quotes: semi TXT \"v=DMARC1; p=none\"",
        ),
        ("--contains", "semi TXT v=DMARC1; p=none", "`;` begins a comment, so `; p=none` is left out"),
        ("--absent", "semi TXT v=DMARC1; p=none", "`;` begins a comment, so `; p=none` is left out"),
        ("--expect", &doubled, "has no final dot, so it stands for www.example.test.example.test."),
        ("--contains", &doubled, "has no final dot, so it stands for www.example.test.example.test."),
        ("--absent", &doubled, "has no final dot, so it stands for www.example.test.example.test."),
        ("--absent", &doubled_pair, "hint: write `www.example.test.`, or a name relative to the zone"),
        ("--expect", "www CNAME a.example.test", "it stands for a.example.test.example.test."),
        ("--expect", "☃ A 192.0.2.1", "`☃` is no label of an internationalised name"),
    ] {
        let outcome = Probe::verify(ZONE).primary(&primary).args([flag, text]).unknown();
        assert!(outcome.stderr().contains(message), "{}", outcome.transcript());
    }
    assert!(primary.queries().is_empty());
}
