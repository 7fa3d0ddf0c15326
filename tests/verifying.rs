//! `verify`: servers that get there, servers that do not, and what was expected of them.

use std::process::{Command, Stdio};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use crate::harness::{Listening, Nameserver, Probe};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

fn verify<'n>(primary: &'n Listening, secondary: &'n Listening) -> Probe<'n> {
    Probe::verify(ZONE).primary(primary).secondary(secondary)
}

#[test]
fn without_waiting_it_is_a_check() {
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
fn a_secondary_that_catches_up_is_waited_for_and_the_end_is_soon_after() {
    let (primary, secondary) = (at(7).start(), at(6).start());
    let begun = Instant::now();
    scope(|threads| {
        threads.spawn(|| {
            sleep(Duration::from_secs(2));
            secondary.set_serial(7);
        });
        let outcome = verify(&primary, &secondary).args(["--wait", "60s", "--serial", "7"]).ok();
        assert_eq!(outcome.zone()["compared"], "records");
        assert_eq!(outcome.zone()["expectations"][0]["met"], true);
    });
    let taken = begun.elapsed();
    assert!(taken >= Duration::from_secs(2) && taken < Duration::from_secs(8), "{taken:?}");
}

#[test]
fn a_secondary_that_never_does_is_named_at_the_deadline_with_what_it_lacks() {
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
fn a_change_that_is_not_on_the_primary_is_waited_for_though_all_agree() {
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
fn records_are_expected_whole_and_others_to_be_absent_without_a_transfer() {
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
fn a_server_that_is_ahead_ends_the_wait() {
    let (primary, secondary) = (at(6).start(), at(7).start());
    let begun = Instant::now();
    let outcome = verify(&primary, &secondary).args(["--wait", "60s"]).critical();
    assert_eq!(outcome.verdict("ns1"), "ahead");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_server_that_is_lame_at_first_is_waited_for_unless_it_is_to_fail_fast() {
    let (primary, secondary) = (at(7).start(), at(7).refusing().start());
    let begun = Instant::now();
    let outcome = verify(&primary, &secondary).args(["--wait", "60s", "--fail-fast"]).critical();
    assert_eq!(outcome.verdict("ns1"), "lame");
    assert!(begun.elapsed() < Duration::from_secs(20));
    let begun = Instant::now();
    verify(&primary, &secondary).args(["--wait", "2s"]).critical();
    assert!(begun.elapsed() >= Duration::from_secs(2));
}

#[test]
fn a_server_that_only_warns_is_not_waited_for() {
    let (primary, secondary) = (at(7).start(), at(7).refusing().start());
    let begun = Instant::now();
    let outcome = verify(&primary, &secondary).args(["--wait", "60s", "--warn-only", "ns1"]).warning();
    assert_eq!(
        (outcome.verdict("ns1").as_str(), &outcome.server("ns1")["severity"]),
        ("lame", &"warning".into())
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
    let outcome = verify(&primary, &secondary).args(["--warn-only", "ns9"]).unknown();
    assert!(outcome.stderr().contains("they are ns0, ns1"), "{}", outcome.transcript());
}

#[test]
fn several_good_looks_in_a_row_take_their_time() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let begun = Instant::now();
    verify(&primary, &secondary).args(["--wait", "60s", "--stable", "3"]).ok();
    assert!(begun.elapsed() >= Duration::from_secs(2));
}

#[test]
fn too_few_good_looks_are_no_success() {
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
fn who_is_good_is_asked_again_only_in_the_end() {
    let (primary, good, bad) = (at(7).start(), at(7).start(), at(6).start());
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&good).secondary(&bad);
    probe.args(["--wait", "4s", "--compare", "serials", "--grace", "1h"]).warning();
    let soas = |server: &Listening| server.asked().iter().filter(|asked| asked.contains("SOA")).count();
    assert!(soas(&good) <= 3, "{:?}", good.asked());
    assert!(soas(&bad) > soas(&good), "{:?}", bad.asked());
}

#[test]
fn a_zone_file_is_waited_for_too() {
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
fn what_cannot_be_expected_is_said_before_anybody_is_asked() {
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
    assert!(primary.asked().is_empty());
}

#[test]
fn interrupted_it_prints_what_is_known() {
    let (primary, secondary) = (at(7).start(), at(6).start());
    let child = Command::new(env!("CARGO_BIN_EXE_zoneprobe"))
        .args(["verify", ZONE, "-p", &format!("ns0={}", primary.address())])
        .args(["-s", &format!("ns1={}", secondary.address()), "--wait", "60s", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    sleep(Duration::from_millis(2500));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["zones"][0]["servers"].as_array().unwrap().len(), 2);
    assert_eq!(report["zones"][0]["servers"][1]["verdict"], "propagating");
}

#[test]
fn without_a_terminal_it_says_every_ten_seconds_what_it_waits_for() {
    let (primary, secondary) = (at(7).start(), at(6).start());
    let outcome = verify(&primary, &secondary).args(["--wait", "12s", "--serial", "8"]).critical();
    let lines: Vec<&str> = outcome.stderr().lines().collect();
    assert_eq!(lines.len(), 1, "{}", outcome.transcript());
    assert!(lines[0].contains("s: the change is not on the primary yet; waiting for ns0 "), "{}", lines[0]);
}

/// The zone before a change, in a file of a folder.
fn baseline(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("before.zone");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

const BEFORE: &str = "$TTL 300\n@ SOA ns0 host 6 3600 600 86400 300\n@ NS ns0\nns0 A 192.0.2.1\n\
                      www A 192.0.2.7\nmail A 192.0.2.8\n";

/// A server of the zone as it was, but for what stands behind.
fn changed(serial: u32, more: &str) -> Nameserver {
    let text = BEFORE.replace("host 6 ", &format!("host {serial} "));
    Nameserver::new().zone_text(ZONE, &text).replace(more)
}

#[test]
fn nothing_but_what_was_to_change_may_differ_from_the_baseline() {
    let (_folder, path) = baseline(BEFORE);
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
    // Without that, the change itself is one too many.
    let outcome = Probe::verify(ZONE).primary(&primary).args(["--baseline", &path]).critical();
    assert_eq!(outcome.findings("ns0"), ["unexpected_change"]);
    assert_eq!(outcome.zone()["expectations"][0]["servers"][0]["found"], format!("www.{ZONE}. A changed"));
}

#[test]
fn what_else_has_changed_is_named_where_it_has() {
    let (_folder, path) = baseline(BEFORE);
    let primary = changed(7, "www 300 A 192.0.2.9").start();
    for (more, found) in [
        ("www 300 A 192.0.2.9\nmail 300 A 192.0.2.66", "mail.{} A changed"),
        ("www 300 A 192.0.2.9\nmail 60 A 192.0.2.8", "mail.{} A with another TTL"),
        ("www 300 A 192.0.2.9\nwww 300 AAAA 2001:db8::1", "www.{} AAAA new"),
    ] {
        let other = changed(7, more).start();
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
fn whose_records_cannot_be_read_may_have_changed_anyhow() {
    let (_folder, path) = baseline(BEFORE);
    let primary = changed(7, "www 300 A 192.0.2.9").start();
    let other = changed(7, "www 300 A 192.0.2.9").transfer_refused().start();
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&other).args(["--compare", "serials"]);
    let outcome = probe.args(["--baseline", &path, "--only-changed", "www A"]).critical();
    assert_eq!(outcome.findings("ns1"), ["expectation_unmet"]);
    let row = &outcome.zone()["expectations"][0]["servers"][1];
    assert_eq!((&row["met"], &row["found"]), (&false.into(), &serde_json::Value::Null));
}

#[test]
fn a_baseline_that_cannot_be_one_is_told_before_anybody_is_asked() {
    let primary = changed(7, "www 300 A 192.0.2.9").start();
    let with = |path: &str| Probe::verify(ZONE).primary(&primary).args(["--baseline", path]).unknown();
    let (_folder, path) = baseline(&BEFORE.replace("www A 192.0.2.7", "www A 192.0.2"));
    let told = with(&path).stderr().to_owned();
    assert!(told.contains("cannot read the baseline") && told.contains("before.zone:5:7"), "{told}");
    let (_folder, path) = baseline("{\"schema\": \"zoneprobe/report/1\"}");
    let told = with(&path).stderr().to_owned();
    assert!(told.contains("is JSON") && told.contains("hint: give a zone file"), "{told}");
    let told = with("/no/such/file").stderr().to_owned();
    assert!(told.contains("/no/such/file"), "{told}");
    let outcome = Probe::verify(ZONE).primary(&primary).args(["--only-changed", "www A"]).unknown();
    assert!(outcome.stderr().contains("--baseline"), "{}", outcome.stderr());
    assert_eq!(primary.asked(), [""; 0]);
}
