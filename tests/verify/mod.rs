//! `verify`: changes that arrive, changes that do not, and expectations.

mod time;
mod typed;

use std::process::{Command, Stdio};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use crate::harness::{Nameserver, Probe, RunningNameserver, send_signal, until};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

fn verify<'n>(primary: &'n RunningNameserver, secondary: &'n RunningNameserver) -> Probe<'n> {
    Probe::verify(ZONE).primary(primary).secondary(secondary)
}

#[test]
fn without_wait_verify_is_a_check() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let outcome = verify(&primary, &secondary).ok();
    assert_eq!(
        (outcome.verdict("ns1").as_str(), &outcome.zone()["expectations"]),
        ("in_sync", &serde_json::json!([]))
    );
    secondary.set_serial(6);
    assert_eq!(verify(&primary, &secondary).warning().verdict("ns1"), "behind");
}

#[test]
fn verify_succeeds_soon_after_the_secondary_catches_up() {
    let (primary, secondary) = (at(7).start(), at(6).start());
    let started = Instant::now();
    scope(|threads| {
        threads.spawn(|| {
            sleep(Duration::from_secs(2));
            secondary.set_serial(7);
        });
        let outcome = verify(&primary, &secondary).args(["--wait", "60s", "--serial", "7"]).ok();
        assert_eq!(outcome.zone()["compared"], "records");
        assert_eq!(outcome.zone()["expectations"][0]["met"], true);
    });
    let duration = started.elapsed();
    assert!(duration >= Duration::from_secs(2) && duration < Duration::from_secs(8), "{duration:?}");
}

#[test]
fn verify_fails_at_the_deadline_and_names_what_the_secondary_lacks() {
    let primary = at(7).replace("www 300 A 192.0.2.7").start();
    let secondary = at(6).start();
    let verify = verify(&primary, &secondary).args(["--wait", "2s", "--serial", "7+"]);
    let outcome = verify.args(["--expect", "www A 192.0.2.7"]).critical();
    assert_eq!(outcome.findings("ns1"), ["expectation_unmet", "expectation_unmet", "propagating"]);
    assert!(outcome.findings("ns0").is_empty());
    let expectations = outcome.zone()["expectations"].clone();
    assert_eq!(expectations[1]["kind"], "rrset");
    assert_eq!(expectations[1]["expected"], "www.example.test. A 192.0.2.7");
    assert_eq!(expectations[1]["met"], false);
    assert_eq!(expectations[1]["servers"][0]["met"], true);
    assert_eq!(expectations[1]["servers"][1]["found"], "A 192.0.2.80");
    assert_eq!(expectations[0]["servers"][1]["found"], "serial 6");
    let message = outcome.server("ns1")["findings"][0]["message"].clone();
    assert_eq!(message, "expected www.example.test. A 192.0.2.7; found A 192.0.2.80");
}

#[test]
fn verify_waits_for_a_serial_that_no_server_has_yet() {
    let (primary, secondary) = (at(6).start(), at(6).start());
    scope(|threads| {
        threads.spawn(|| {
            sleep(Duration::from_secs(1));
            primary.set_serial(7);
            sleep(Duration::from_secs(1));
            secondary.set_serial(7);
        });
        verify(&primary, &secondary).args(["--wait", "60s", "--serial", ">=7"]).ok();
    });
    let outcome = verify(&primary, &secondary).args(["--serial", "8"]).critical();
    assert_eq!(outcome.findings("ns0"), ["expectation_unmet"]);
}

#[test]
fn expect_and_absent_compare_whole_rrsets_without_a_transfer() {
    let (primary, secondary) = (at(7).transfer_refused().start(), at(7).transfer_refused().start());
    let verify = || verify(&primary, &secondary).args(["--compare", "serials"]);
    for met in [
        "www 300 A 192.0.2.80",
        "WWW.example.test. A 192.0.2.80",
        r#"@ TXT "v=spf1 mx -all""#,
        "@ MX 10 mail",
    ] {
        verify().args(["--expect", met]).ok();
    }
    verify()
        .args(["--expect", "@ NS ns1", "--expect", "@ NS ns0", "--absent", "old A", "--absent", "www TXT"])
        .ok();
    for unmet in ["www 60 A 192.0.2.80", "@ NS ns1", "@ TXT v=spf1 mx -all", "old A 192.0.2.1"] {
        let outcome = verify().args(["--expect", unmet]).critical();
        assert_eq!(outcome.findings("ns1"), ["expectation_unmet"], "{unmet}");
    }
    let outcome = verify().args(["--absent", "www A"]).critical();
    assert_eq!(outcome.zone()["expectations"][0]["servers"][0]["found"], "A 192.0.2.80");
}

#[test]
fn a_record_among_others_and_one_that_is_gone_are_told_apart_from_the_rrset() {
    let token = |lines: &str| at(7).transfer_refused().with(lines).start();
    let both = "_acme-challenge 60 TXT first\n_acme-challenge 60 TXT second";
    let (primary, secondary) = (token(both), token(both));
    let verify = || verify(&primary, &secondary).args(["--compare", "serials"]);
    let met = ["--contains", "_acme-challenge TXT first", "--contains", "_ACME-challenge 60 TXT \"second\""];
    let outcome = verify().args(met).args(["--absent", "_acme-challenge TXT third"]).ok();
    let kinds: Vec<_> =
        outcome.zone()["expectations"].as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
    assert_eq!(kinds, ["absent", "contains", "contains"]);
    let query = "_acme-challenge.example.test. TXT";
    let asked = primary.queries().iter().filter(|line| line.contains(query)).count();
    assert_eq!(asked, 1, "one query for three expectations: {:?}", primary.queries());
    for (flag, text, expected, found) in [
        (
            "--contains",
            "_acme-challenge TXT third",
            "at least _acme-challenge.example.test. TXT \"third\"",
            "TXT \"first\", TXT \"second\"",
        ),
        (
            "--absent",
            "_acme-challenge TXT first",
            "_acme-challenge.example.test. no TXT \"first\"",
            "TXT \"first\", TXT \"second\"",
        ),
        (
            "--contains",
            "_acme-challenge 61 TXT first",
            "61 TXT \"first\"",
            "60 TXT \"first\", 60 TXT \"second\"",
        ),
        ("--contains", "old TXT first", "at least old.example.test. TXT", "no TXT: the name does not exist"),
    ] {
        let outcome = verify().args([flag, text]).critical();
        assert_eq!(outcome.findings("ns1"), ["expectation_unmet"], "{text}");
        let expectation = outcome.zone()["expectations"][0].clone();
        assert!(expectation["expected"].as_str().unwrap().contains(expected), "{expectation:#}");
        assert_eq!(expectation["servers"][1]["found"], found, "{expectation:#}");
    }
}

#[test]
fn a_record_among_others_works_with_every_other_option_of_verify() {
    let (primary, secondary) = (at(7).with("two 60 TXT a\ntwo 60 TXT b").start(), at(7).start());
    let verify = || verify(&primary, &secondary).args(["--contains", "two TXT a"]);
    let outcome = verify().args(["--compare", "serials", "--warn-only", "ns1"]).warning();
    assert_eq!(outcome.findings("ns1"), ["expectation_unmet"]);
    for (format, text) in [
        ("table", "expected at least two.example.test. TXT \"a\"; found no TXT"),
        ("nagios", "expected at least two.example.test. TXT \"a\"; found no TXT"),
        ("junit", "expected at least two.example.test. TXT &quot;a&quot;; found no TXT"),
        ("github", "expected at least two.example.test. TXT \"a\"; found no TXT"),
        ("markdown", "expected at least two.example.test. TXT"),
        ("ndjson", r#""kind":"contains""#),
        ("prometheus", "expectation_unmet"),
    ] {
        let outcome = verify().args(["--compare", "serials"]).format(format).critical();
        let printed: Vec<&str> = outcome.stdout().split_whitespace().collect();
        assert!(printed.join(" ").contains(text), "{format}\n{}", outcome.transcript());
    }
    let (_directory, path) = baseline(&BEFORE.replace("www A 192.0.2.7", "two TXT b"));
    let both = changed(7, "two 300 TXT a\ntwo 300 TXT b").without("www A").start();
    let probe = Probe::verify(ZONE).primary(&both).args(["--contains", "two TXT a", "--stable", "2"]);
    probe.args(["--wait", "30s", "--fail-fast", "--baseline", &path, "--only-changed", "two TXT"]).ok();
}

#[test]
fn a_server_that_is_ahead_ends_the_wait() {
    let (primary, secondary) = (at(6).start(), at(7).start());
    let started = Instant::now();
    let outcome = verify(&primary, &secondary).args(["--wait", "60s"]).critical();
    assert_eq!(outcome.verdict("ns1"), "ahead");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn verify_waits_for_a_lame_server_unless_it_fails_fast() {
    let (primary, secondary) = (at(7).start(), at(7).refusing().start());
    let started = Instant::now();
    let outcome = verify(&primary, &secondary).args(["--wait", "60s", "--fail-fast"]).critical();
    assert_eq!(outcome.verdict("ns1"), "lame");
    assert!(started.elapsed() < Duration::from_secs(20));
    let started = Instant::now();
    verify(&primary, &secondary).args(["--wait", "2s"]).critical();
    assert!(started.elapsed() >= Duration::from_secs(2));
}

#[test]
fn verify_does_not_wait_for_a_warn_only_server() {
    let (primary, secondary) = (at(7).start(), at(7).refusing().start());
    let started = Instant::now();
    let outcome = verify(&primary, &secondary).args(["--wait", "60s", "--warn-only", "ns1"]).warning();
    assert_eq!(
        (outcome.verdict("ns1").as_str(), &outcome.server("ns1")["severity"]),
        ("lame", &"warning".into())
    );
    assert!(started.elapsed() < Duration::from_secs(20));
    let outcome = verify(&primary, &secondary).args(["--warn-only", "ns9"]).unknown();
    assert!(outcome.stderr().contains("they are ns0, ns1"), "{}", outcome.transcript());
}

#[test]
fn stable_3_takes_three_good_checks_in_a_row() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let started = Instant::now();
    verify(&primary, &secondary).args(["--wait", "60s", "--stable", "3"]).ok();
    assert!(started.elapsed() >= Duration::from_secs(2));
}

#[test]
fn fewer_good_checks_than_stable_requires_is_a_failure() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let outcome = verify(&primary, &secondary).args(["--wait", "0s", "--stable", "3"]).critical();
    assert_eq!(
        outcome.zone()["findings"][0]["message"],
        "expected 3 good checks in a row; there was time for 1",
        "{}",
        outcome.transcript()
    );
}

#[test]
fn a_server_that_is_in_sync_is_queried_again_only_at_the_end() {
    let (primary, good, bad) = (at(7).start(), at(7).start(), at(6).start());
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&good).secondary(&bad);
    probe.args(["--wait", "4s", "--compare", "serials", "--grace", "1h"]).warning();
    let soas =
        |server: &RunningNameserver| server.queries().iter().filter(|query| query.contains("SOA")).count();
    assert!(soas(&good) <= 3, "{:?}", good.queries());
    assert!(soas(&bad) > soas(&good), "{:?}", bad.queries());
}

#[test]
fn verify_waits_until_servers_have_the_zone_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("db.zone");
    let text = "@ 3600 SOA ns0 hostmaster 7 3600 600 604800 300\n@ 3600 NS ns0\nwww 300 A 192.0.2.7\n";
    std::fs::write(&file, text).unwrap();
    let serving =
        |serial: u32| Nameserver::new().zone_text(ZONE, &text.replace(" 7 3600", &format!(" {serial} 3600")));
    let server = serving(6).start();
    scope(|threads| {
        threads.spawn(|| {
            sleep(Duration::from_secs(1));
            server.set_serial(7);
        });
        let outcome =
            Probe::verify(ZONE).primary(&server).args(["--wait", "60s", "-z", file.to_str().unwrap()]).ok();
        assert_eq!(outcome.zone()["reference"]["kind"], "zone_file");
        let expected = &outcome.zone()["expectations"][0];
        assert_eq!(expected["kind"], "zone_file");
        assert_eq!(expected["expected"], format!("the content of {}", file.display()));
        assert_eq!((&expected["met"], &expected["servers"][0]["met"]), (&true.into(), &true.into()));
        assert_eq!(expected["servers"][0]["found"], "in_sync at serial 7");
    });
    let other = Nameserver::new().zone_text(ZONE, &text.replace("192.0.2.7", "192.0.2.8")).start();
    let outcome = Probe::verify(ZONE).primary(&other).args(["-z", file.to_str().unwrap()]).critical();
    let expected = &outcome.zone()["expectations"][0];
    assert_eq!((&expected["met"], &expected["servers"][0]["met"]), (&false.into(), &false.into()));
    assert_eq!(expected["servers"][0]["found"], "1 RRset that differs");
}

#[test]
fn an_invalid_expectation_is_an_error_before_any_query() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    for (arguments, message) in [
        (["--serial", "seven"], "`seven` is not a serial"),
        (["--expect", "www A 192.0.2"], "`192.0.2` is not an IPv4 address"),
        (["--expect", "www.example.net. A 192.0.2.1"], "cannot be expected of example.test."),
        (["--absent", "www"], "is not an owner and a type"),
        (["--wait", "soon"], "--wait"),
        (["--stable", "0"], "--stable"),
    ] {
        let outcome = verify(&primary, &secondary).args(arguments).unknown();
        assert!(outcome.stderr().contains(message), "{}", outcome.transcript());
    }
    assert!(primary.queries().is_empty());
}

#[test]
fn sigint_ends_verify_with_130_and_the_report_so_far() {
    let (primary, secondary) = (at(7).start(), at(6).start());
    let child = Command::new(env!("CARGO_BIN_EXE_zoneprobe"))
        .args(["verify", ZONE, "-p", &format!("ns0={}", primary.address())])
        .args(["-s", &format!("ns1={}", secondary.address()), "--wait", "60s", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The third query shows that two checks are complete.
    let soas = || secondary.queries().iter().filter(|query| query.contains("SOA")).count();
    until("a third check", || soas() >= 3);
    send_signal(child.id(), "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["zones"][0]["servers"].as_array().unwrap().len(), 2);
    assert_eq!(report["zones"][0]["servers"][1]["verdict"], "propagating");
}

#[test]
fn without_a_terminal_verify_logs_its_progress_every_ten_seconds() {
    let (primary, secondary) = (at(7).start(), at(6).start());
    let outcome = verify(&primary, &secondary).args(["--wait", "12s", "--serial", "8"]).critical();
    let lines: Vec<&str> = outcome.stderr().lines().collect();
    assert_eq!(lines.len(), 1, "{}", outcome.transcript());
    assert!(lines[0].contains("s: the change is not on the primary yet; waiting for ns0 "), "{}", lines[0]);
}

/// Writes the zone before a change to a file in a new directory.
fn baseline(text: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("before.zone");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    (directory, path)
}

const BEFORE: &str = "$TTL 300\n@ SOA ns0 host 6 3600 600 86400 300\n@ NS ns0\nns0 A 192.0.2.1\n\
                      www A 192.0.2.7\nmail A 192.0.2.8\n";

/// A server with another serial of the zone and these RRsets changed.
fn changed(serial: u32, rrsets: &str) -> Nameserver {
    let text = BEFORE.replace("host 6 ", &format!("host {serial} "));
    Nameserver::new().zone_text(ZONE, &text).replace(rrsets)
}

#[test]
fn only_changed_allows_no_other_difference_from_the_baseline() {
    let (_directory, path) = baseline(BEFORE);
    let (primary, good) =
        (changed(7, "www 300 A 192.0.2.9").start(), changed(7, "www 300 A 192.0.2.9").start());
    let probe = || {
        let probe = Probe::verify(ZONE).primary(&primary).secondary(&good);
        probe.args(["--baseline", &path, "--only-changed", "www A"])
    };
    let outcome = probe().ok();
    let row = &outcome.zone()["expectations"][0];
    assert_eq!((&row["kind"], &row["met"]), (&"only_changed".into(), &true.into()), "{row:#}");
    assert_eq!(row["expected"], format!("nothing but www.{ZONE}. A to differ from {path}"));
    assert_eq!(row["servers"][1]["found"], "nothing else differs");
    // Without --only-changed, the change itself is unexpected.
    let outcome = Probe::verify(ZONE).primary(&primary).args(["--baseline", &path]).critical();
    assert_eq!(outcome.findings("ns0"), ["unexpected_change"]);
    assert_eq!(outcome.zone()["expectations"][0]["servers"][0]["found"], format!("www.{ZONE}. A changed"));
}

#[test]
fn an_unexpected_change_is_named_on_the_server_that_has_it() {
    let (_directory, path) = baseline(BEFORE);
    let primary = changed(7, "www 300 A 192.0.2.9").start();
    for (rrsets, found) in [
        ("www 300 A 192.0.2.9\nmail 300 A 192.0.2.66", "mail.{} A changed"),
        ("www 300 A 192.0.2.9\nmail 60 A 192.0.2.8", "mail.{} A with another TTL"),
        ("www 300 A 192.0.2.9\nwww 300 AAAA 2001:db8::1", "www.{} AAAA new"),
    ] {
        let other = changed(7, rrsets).start();
        let probe = Probe::verify(ZONE).primary(&primary).secondary(&other);
        let outcome = probe.args(["--baseline", &path, "--only-changed", "www A"]).critical();
        let row = &outcome.zone()["expectations"][0];
        let servers = row["servers"].as_array().unwrap();
        assert_eq!((&servers[0]["met"], &servers[1]["met"]), (&true.into(), &false.into()), "{row:#}");
        assert_eq!(servers[1]["found"], found.replace("{}", &format!("{ZONE}.")));
        assert!(outcome.findings("ns1").contains(&"unexpected_change".to_owned()));
        assert!(!outcome.findings("ns0").contains(&"unexpected_change".to_owned()));
    }
    let gone = changed(7, "www 300 A 192.0.2.9").without("mail A").start();
    let probe = Probe::verify(ZONE).primary(&gone).args(["--baseline", &path, "--only-changed", "www A"]);
    let outcome = probe.critical();
    assert_eq!(outcome.zone()["expectations"][0]["servers"][0]["found"], format!("mail.{ZONE}. A gone"));
}

#[test]
fn only_changed_is_unmet_on_a_server_that_refuses_the_transfer_and_is_not_asked() {
    let (_directory, path) = baseline(BEFORE);
    let primary = changed(7, "www 300 A 192.0.2.9").start();
    let other = changed(7, "www 300 A 192.0.2.9").transfer_refused().start();
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&other).args(["--by", "transfer"]);
    let outcome = probe.args(["--baseline", &path, "--only-changed", "www A"]).critical();
    assert!(outcome.findings("ns1").contains(&"expectation_unmet".to_owned()), "{}", outcome.transcript());
    let row = &outcome.zone()["expectations"][0]["servers"][1];
    assert_eq!((&row["met"], &row["found"]), (&false.into(), &serde_json::Value::Null));
}

#[test]
fn an_invalid_baseline_is_an_error_before_any_query() {
    let primary = changed(7, "www 300 A 192.0.2.9").start();
    let with = |path: &str| Probe::verify(ZONE).primary(&primary).args(["--baseline", path]).unknown();
    let (_directory, path) = baseline(&BEFORE.replace("www A 192.0.2.7", "www A 192.0.2"));
    let stderr = with(&path).stderr().to_owned();
    assert!(stderr.contains("cannot read the baseline") && stderr.contains("before.zone:5:7"), "{stderr}");
    let (_directory, path) = baseline("{\"schema\": \"zoneprobe/report/1\"}");
    let stderr = with(&path).stderr().to_owned();
    assert!(stderr.contains("is JSON") && stderr.contains("hint: give a zone file"), "{stderr}");
    let stderr = with("/no/such/file").stderr().to_owned();
    assert!(stderr.contains("/no/such/file"), "{stderr}");
    let outcome = Probe::verify(ZONE).primary(&primary).args(["--only-changed", "www A"]).unknown();
    assert!(outcome.stderr().contains("--baseline"), "{}", outcome.stderr());
    assert_eq!(primary.queries(), [""; 0]);
}
