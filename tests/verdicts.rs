//! The verdicts over real sockets.

use crate::harness::{Nameserver, Probe, while_publishing};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

#[test]
fn a_lagging_secondary_is_behind_by_its_serial_lag() {
    let (primary, secondary) = (at(7).with("new A 192.0.2.9").start(), at(5).start());
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&secondary).warning();
    let server = outcome.server("ns1");
    assert_eq!((&server["verdict"], &server["serial_lag"]), (&"behind".into(), &2.into()));
    let missing = ("new.example.test.".to_owned(), "A".to_owned(), "missing".to_owned());
    assert_eq!(outcome.differences("ns1"), [missing]);
}

#[test]
fn edns_expire_shows_whether_a_lagging_secondary_is_propagating_or_stuck() {
    let primary = at(7).timers(3600, 600, 86400).start();
    for (age, verdict, exit) in [(60, "propagating", 1), (4201, "stuck", 2)] {
        let secondary = at(6).timers(3600, 600, 86400).expire(86400 - age).start();
        let probe = Probe::check(ZONE).primary(&primary).secondary(&secondary);
        let outcome = if exit == 1 { probe.warning() } else { probe.critical() };
        let server = outcome.server("ns1");
        assert_eq!(server["verdict"], verdict);
        assert!(server["deadline"].is_string(), "{server}");
        assert_eq!(server["answer"]["expire_seconds"], 86400 - age);
    }
    let secondary = at(6).timers(3600, 600, 86400).expire(86400 - 60).start();
    let probe = Probe::check(ZONE).primary(&primary).secondary(&secondary).args(["--grace", "30s"]);
    assert_eq!(probe.critical().verdict("ns1"), "stuck");
}

#[test]
fn a_short_grace_makes_no_healthy_secondary_one_that_missed_its_refresh() {
    let directory = tempfile::tempdir().unwrap();
    for refresh in [30, 3600] {
        let server = || at(7).timers(refresh, 600, 86400);
        let (primary, secondary) = (server().start(), server().expire(86400 - 100).start());
        let state = directory.path().join(refresh.to_string());
        let check = || {
            let probe = Probe::check(ZONE).primary(&primary).secondary(&secondary);
            probe.args(["--grace", "10s", "--state", state.to_str().unwrap()])
        };
        for _ in 0..2 {
            let outcome = check().ok();
            assert_eq!(outcome.findings("ns1"), [""; 0], "{}", outcome.transcript());
        }
        // A new version, which the secondary did not have time to ask for.
        primary.set_serial(8);
        assert_eq!(check().warning().verdict("ns1"), "propagating");
    }
}

#[test]
fn compare_serials_compares_soa_records_only() {
    let (primary, other) = (at(7).start(), at(7).with("new A 192.0.2.9").start());
    let probe = || Probe::check(ZONE).primary(&primary).secondary(&other);
    let outcome = probe().args(["--compare", "serials"]).ok();
    assert_eq!(outcome.zone()["compared"], "serials");
    assert!(outcome.server("ns1")["copy"].is_null());
    assert_eq!(probe().critical().verdict("ns1"), "diverged");
    let soa = at(7).timers(7200, 600, 86400).start();
    let outcome =
        Probe::check(ZONE).primary(&primary).secondary(&soa).args(["--compare", "serials"]).critical();
    assert_eq!(outcome.findings("ns1"), ["diverged", "soa_differs", "serial_not_raised"]);
}

#[test]
fn options_exclude_serials_types_and_ttls_from_the_comparison() {
    let (primary, other) =
        (at(7).with("x 60 TXT a").start(), at(9).with("x 61 TXT a").with("y A 192.0.2.1").start());
    let probe = || Probe::check(ZONE).primary(&primary).secondary(&other);
    assert_eq!(probe().critical().verdict("ns1"), "ahead");
    assert_eq!(probe().arg("--independent-serials").critical().verdict("ns1"), "diverged");
    let ignoring = || probe().args(["--independent-serials", "--ignore-type", "A"]);
    assert_eq!(ignoring().warning().findings("ns1"), ["ttl_differs"]);
    assert_eq!(ignoring().arg("--strict-ttl").critical().verdict("ns1"), "diverged");
    probe().args(["--independent-serials", "--ignore-type", "a", "--ignore-type", "TXT"]).ok();
    let outcome = probe().args(["--independent-serials", "--compare", "serials"]).unknown();
    assert!(outcome.stderr().contains("--independent-serials"), "{}", outcome.stderr());
}

#[test]
fn servers_with_a_soa_of_their_own_are_in_sync_by_content() {
    let text =
        |soa: &str| format!("@ 3600 SOA {soa}\n@ 3600 NS ns1\nns1 3600 A 192.0.2.1\nwww 3600 A 192.0.2.80\n");
    let (one, other) = (text("ns1 hostmaster 10 3600 600 86400 300"), text("dc2 h 4711 900 60 7200 60"));
    let other = other.replacen("3600", "60", 1);
    let start = |text: &str| Nameserver::new().zone_text(ZONE, text).start();
    let (a, b) = (start(&one), start(&other));
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("zone"), format!("$ORIGIN {ZONE}.\n{one}")).unwrap();
    for more in [&["--independent-serials"][..], &["--independent-serials", "--ignore-type", "SOA"]] {
        for probe in [
            Probe::check(ZONE).primary(&a).secondary(&b),
            Probe::check(ZONE).primary(&a).primary(&b),
            Probe::check(ZONE).secondary(&a).secondary(&b),
            Probe::check(ZONE).primary(&a).primary(&b).arg("--strict-ttl"),
            Probe::check(ZONE).primary(&a).primary(&b).current_dir(directory.path()).args(["-z", "zone"]),
            Probe::verify(ZONE).primary(&a).primary(&b).args(["--wait", "0s"]),
        ] {
            let outcome = probe.args(more.iter().copied()).ok();
            assert_eq!(outcome.zone()["findings"], serde_json::json!([]), "{}", outcome.transcript());
            assert_eq!(outcome.differences("ns1"), [], "{}", outcome.transcript());
            // The reference itself is one of them, where no file is.
            let told: Vec<String> = [outcome.findings("ns0"), outcome.findings("ns1")].concat();
            assert_eq!(told, ["soa_differs"], "{}", outcome.transcript());
        }
    }
    let same_serial = start(&text("dc2 h 10 900 60 7200 60"));
    let probe = || Probe::check(ZONE).primary(&a).secondary(&same_serial);
    assert_eq!(probe().critical().verdict("ns1"), "diverged");
    assert_eq!(probe().args(["--ignore-type", "soa"]).ok().verdict("ns1"), "in_sync");
    assert_eq!(probe().args(["--ignore-type", "soa", "--compare", "serials"]).ok().verdict("ns1"), "in_sync");
}

#[test]
fn renewed_signatures_are_a_warning_and_signatures_of_another_key_diverge() {
    // Type covered A, algorithm 13, 3 labels, TTL 300; expiration in 2080, inception; key tag 4660, signer.
    let rrsig = |tag: u8, signature: u8| {
        let mut rdata = vec![0, 1, 13, 3, 0, 0, 1, 44, 0xcf, 0, 0, signature, 0x66, 0, 0, 0, 0x12, tag];
        rdata.extend_from_slice(b"\x07example\x04test\0");
        rdata.extend_from_slice(&[signature; 64]);
        at(7).record("www", 46, 300, &rdata)
    };
    let primary = rrsig(0x34, 1).start();
    let resigned = rrsig(0x34, 2).start();
    let other_key = rrsig(0x35, 1).start();
    let probe = |other| Probe::check(ZONE).primary(&primary).secondary(other);
    assert_eq!(probe(&resigned).warning().findings("ns1"), ["signatures_differ"]);
    assert_eq!(probe(&other_key).critical().verdict("ns1"), "diverged");
    assert_eq!(probe(&resigned).args(["--dnssec", "bytes"]).critical().verdict("ns1"), "diverged");
    probe(&other_key).args(["--dnssec", "ignore"]).ok();
}

#[test]
fn an_equal_serial_with_a_refused_transfer_is_unknown_where_only_transfers_are_wanted() {
    let (primary, secondary) = (at(7).start(), at(7).transfer_refused().start());
    let by_transfer = Probe::check(ZONE).args(["--by", "transfer"]);
    let outcome = by_transfer.primary(&primary).secondary(&secondary).unknown();
    assert_eq!(outcome.verdict("ns1"), "unknown");
    let mut findings = outcome.findings("ns1");
    findings.sort_unstable();
    assert_eq!(findings, ["records_uncompared", "transfer_refused", "unknown"]);
}

#[test]
fn a_server_that_refuses_the_transfer_is_asked_for_its_rrsets() {
    let (primary, secondary) = (at(7).start(), at(7).transfer_refused().start());
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&secondary).ok();
    assert_eq!(
        (outcome.verdict("ns1"), outcome.findings("ns1")),
        ("in_sync".to_owned(), vec!["transfer_refused".to_owned()])
    );
    assert_eq!(outcome.zone()["compared"], "records");
    let stale = at(7).replace("www 300 A 192.0.2.99").transfer_refused().start();
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&stale).critical();
    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(outcome.server("ns1")["differences"]["changed"], 1, "{}", outcome.transcript());
}

#[test]
fn without_a_usable_primary_the_newest_secondary_is_the_reference() {
    let (primary, old, new) = (at(7).refusing().start(), at(6).start(), at(7).start());
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&old).secondary(&new).critical();
    assert_eq!(outcome.zone()["reference"]["kind"], "newest");
    assert_eq!(outcome.zone()["reference"]["server"], "ns2");
    assert_eq!(outcome.zone_findings(), ["primary_unreachable"]);
    assert_eq!(outcome.verdict("ns1"), "behind");
}

#[test]
fn a_version_published_during_the_check_makes_no_secondary_ahead() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    while_publishing([&primary, &secondary], std::time::Duration::from_millis(3), || {
        for _ in 0..40 {
            let outcome = Probe::check(ZONE).primary(&primary).secondary(&secondary).run();
            let verdict = outcome.verdict("ns1");
            assert!(["in_sync", "behind", "unknown"].contains(&verdict.as_str()), "{}", outcome.transcript());
        }
    });
}

/// A zone of nine RRsets.
fn nine_rrsets() -> Nameserver {
    let text = "@ 60 IN SOA a b 7 3600 600 86400 60\n@ 60 IN NS ns1\nns1 60 IN A 192.0.2.9\n\
        host1 60 IN A 192.0.2.1\nhost2 60 IN A 192.0.2.2\nhost3 60 IN A 192.0.2.3\n\
        host4 60 IN A 192.0.2.4\nhost5 60 IN A 192.0.2.5\nhost6 60 IN A 192.0.2.6";
    Nameserver::new().zone_text(ZONE, text)
}

#[test]
fn the_share_of_wrong_answers_is_in_servers_and_rrsets() {
    let (primary, equal) = (nine_rrsets().start(), nine_rrsets().start());
    let wrong = nine_rrsets().without("host3 A").start();
    let probe = || Probe::check(ZONE).primary(&primary).secondary(&equal).secondary(&wrong);
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for format in ["table", "markdown", "github", "nagios"] {
        let text = one_line(probe().format(format).critical().stdout());
        assert!(text.contains("1 of 3 servers gives wrong answers, for 1 of 9 RRsets"), "{text}");
        assert!(!text.contains("of answers are"), "{text}");
    }
    let outcome = probe().critical();
    let zone = outcome.zone();
    let ninth = |value: &serde_json::Value| (value.as_f64().unwrap() - 1.0 / 9.0).abs() < 1e-9;
    assert!((zone["wrong_answer_ratio"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-9, "{zone}");
    assert!(
        ninth(&zone["wrong_rrset_ratio"]) && ninth(&outcome.server("ns2")["wrong_rrset_ratio"]),
        "{zone}"
    );
    assert_eq!(outcome.server("ns1")["wrong_rrset_ratio"], 0.0);
    let metrics = probe().format("prometheus").critical();
    let sample = "\nzoneprobe_zone_wrong_rrset_ratio{zone=\"example.test\"} 0.1111111111111111\n";
    assert!(metrics.stdout().contains(sample), "{}", metrics.stdout());
    let serials = probe().args(["--compare", "serials"]).ok().zone();
    assert_eq!(serials["wrong_rrset_ratio"], serde_json::Value::Null, "{serials}");
}

#[test]
fn the_share_of_wrong_answers_tells_outages_and_several_servers() {
    let primary = nine_rrsets().start();
    let changed = nine_rrsets().replace("host3 60 IN A 192.0.2.99").with("extra 60 IN A 192.0.2.1").start();
    let missing = nine_rrsets().without("host3 A").start();
    let refusing = nine_rrsets().refusing().start();
    let cases = [
        (vec![&changed], "1 of 2 servers gives wrong answers, for 2 of 10 RRsets"),
        (vec![&changed, &missing], "2 of 3 servers give wrong answers, for up to 2 of 10 RRsets"),
        (vec![&refusing], "1 of 2 servers gives no answer"),
        (vec![&missing, &refusing], "2 of 3 servers give wrong or missing answers"),
    ];
    for (secondaries, expected) in cases {
        let probe = Probe::check(ZONE).primary(&primary).format("nagios");
        let outcome = secondaries.into_iter().fold(probe, Probe::secondary).critical();
        assert!(outcome.stdout().contains(expected), "{}", outcome.stdout());
    }
}

#[test]
fn another_ttl_is_a_wrong_rrset_where_ttls_are_strict() {
    let (primary, secondary) =
        (nine_rrsets().start(), nine_rrsets().replace("host3 90 IN A 192.0.2.3").start());
    let probe = || Probe::check(ZONE).primary(&primary).secondary(&secondary);
    let lenient = probe().run().zone();
    assert_eq!(lenient["wrong_rrset_ratio"], 0.0, "{lenient}");
    let strict = probe().arg("--strict-ttl").critical().zone();
    assert!((strict["wrong_rrset_ratio"].as_f64().unwrap() - 1.0 / 9.0).abs() < 1e-9, "{strict}");
}
