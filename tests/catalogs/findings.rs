//! Findings about catalogs and their members, in each format that operators read.

use std::fmt::Write as _;

use super::{CATALOG, catalog, serving, zones};
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

const BOTH: &str = "a.zones PTR a.test.\nb.zones PTR b.test.\ngroup.b.zones TXT customers";
const ONE: &str = "a.zones PTR a.test.";

fn probe<'n>(primary: &'n RunningNameserver, secondary: &'n RunningNameserver) -> Probe<'n> {
    Probe::check_no_zone().args(["--catalog", CATALOG]).primary(primary).secondary(secondary)
}

/// The findings of a server in the report of a zone, each with its severity.
#[track_caller]
fn findings(outcome: &Outcome, zone: usize, server: usize) -> Vec<String> {
    listed(&outcome.json()["zones"][zone]["servers"][server]["findings"])
}

/// The findings of a zone as a whole.
#[track_caller]
fn of_zone(outcome: &Outcome, zone: usize) -> Vec<String> {
    listed(&outcome.json()["zones"][zone]["findings"])
}

#[track_caller]
fn listed(findings: &serde_json::Value) -> Vec<String> {
    let finding = |finding: &serde_json::Value| {
        format!("{} {}", finding["code"].as_str().unwrap(), finding["severity"].as_str().unwrap())
    };
    findings.as_array().unwrap().iter().map(finding).collect()
}

/// Checks that people read a code in the formats that they look at.
#[track_caller]
fn is_named(code: &str, probe: impl Fn() -> Outcome, table: impl Fn() -> Outcome) {
    for outcome in [probe(), table()] {
        assert!(outcome.stdout().contains(code), "{code}\n{}", outcome.transcript());
    }
}

#[test]
fn a_member_that_a_server_misses_is_one_critical_finding_there() {
    let primary = serving(7, BOTH).zone("a.test", 1).zone("b.test", 1).start();
    let secondary = serving(7, BOTH).zone("a.test", 1).start();
    let outcome = probe(&primary, &secondary).critical();
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test."]);
    assert_eq!(findings(&outcome, 2, 1), ["member_not_served critical"], "{}", outcome.transcript());
    assert!(findings(&outcome, 2, 0).is_empty() && findings(&outcome, 1, 1).is_empty());
    let finding = &outcome.json()["zones"][2]["servers"][1]["findings"][0];
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("the catalog catalog.test in group \"customers\""), "{message}");
    let probe = |format: &str| probe(&primary, &secondary).format(format).critical();
    is_named("member_not_served", || probe("nagios"), || probe("table"));
}

#[test]
fn a_member_that_no_server_has_is_missed_at_each_of_them_once() {
    let server = || serving(7, BOTH).zone("a.test", 1).start();
    let (primary, secondary) = (server(), server());
    let outcome = probe(&primary, &secondary).critical();
    for server in 0..2 {
        assert_eq!(findings(&outcome, 2, server), ["member_not_served critical"], "{}", outcome.transcript());
    }
    assert!(of_zone(&outcome, 2).is_empty(), "{}", outcome.transcript());
}

#[test]
fn a_broken_catalog_is_critical_until_a_good_one_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let server = |serial, version: &str| {
        let text = catalog(serial, &format!("version TXT {version}\n{BOTH}"));
        Nameserver::new().any_zone(CATALOG, &text).zone("a.test", 1).zone("b.test", 1).start()
    };
    let check = |serial, version: &str, format: &str| {
        let (primary, secondary) = (server(serial, version), server(serial, version));
        let probe = probe(&primary, &secondary).args(["--state", "state", "--compare", "serials"]);
        probe.format(format).current_dir(directory.path()).run()
    };
    let outcome = check(7, "2", "json");
    assert!(of_zone(&outcome, 0).is_empty(), "{}", outcome.transcript());
    // It is not read again at the same serial, and the finding stays.
    for _ in 0..2 {
        let outcome = check(8, "3", "json");
        assert_eq!(outcome.code(), 2);
        assert_eq!(of_zone(&outcome, 0), ["catalog_broken critical"], "{}", outcome.transcript());
        assert!(outcome.stdout().contains("2 members, serial 7"), "{}", outcome.transcript());
        assert_eq!(zones(&outcome).len(), 3);
    }
    is_named("catalog_broken", || check(8, "3", "nagios"), || check(8, "3", "table"));
    let outcome = check(9, "1", "json");
    assert_eq!(outcome.code(), 0, "{}", outcome.transcript());
    assert_eq!(of_zone(&outcome, 0), ["catalog_version_1 ok"]);
}

#[test]
fn a_catalog_that_lost_many_members_keeps_them_for_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..100).map(|number| format!("m{number}.test")).collect();
    let server = |serial, count| {
        let mut members = String::new();
        for (number, name) in names.iter().take(count).enumerate() {
            let _ = writeln!(members, "i{number}.zones PTR {name}.");
        }
        serving(serial, &members).zones(&names, 1).start()
    };
    let check = |serial, count, format: &str| {
        let (primary, secondary) = (server(serial, count), server(serial, count));
        let probe = probe(&primary, &secondary).args(["--state", "state", "--compare", "serials"]);
        probe.format(format).current_dir(directory.path()).run()
    };
    assert_eq!(check(7, 100, "json").code(), 0);
    let outcome = check(8, 40, "json");
    assert_eq!(of_zone(&outcome, 0), ["catalog_shrank critical"], "{}", outcome.transcript());
    assert!(outcome.stdout().contains("lost 60 of its 100 members"), "{}", outcome.transcript());
    assert_eq!(zones(&outcome).len(), 101);
    is_named("catalog_shrank", || check(8, 40, "nagios"), || check(8, 40, "table"));
}

#[test]
fn a_server_that_still_answers_for_a_zone_that_left_has_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let with = |serial, members: &str, has_b: bool| {
        let server = serving(serial, members).zone("a.test", 1);
        if has_b { server.zone("b.test", 1).start() } else { server.start() }
    };
    let check = |primary: &RunningNameserver, secondary: &RunningNameserver, format: &str| {
        let probe = probe(primary, secondary).args(["--state", "state"]).format(format);
        probe.current_dir(directory.path()).run()
    };
    let (primary, secondary) = (with(7, BOTH, true), with(7, BOTH, true));
    assert_eq!(check(&primary, &secondary, "json").code(), 0);
    let (primary, secondary) = (with(8, ONE, false), with(8, ONE, true));
    let outcome = check(&primary, &secondary, "json");
    assert_eq!(outcome.code(), 1, "{}", outcome.transcript());
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test."]);
    assert_eq!(findings(&outcome, 2, 1), ["not_in_catalog warning"], "{}", outcome.transcript());
    assert!(findings(&outcome, 2, 0).is_empty());
    is_named(
        "not_in_catalog",
        || check(&primary, &secondary, "nagios"),
        || check(&primary, &secondary, "table"),
    );
    // Once no server answers, it is forgotten.
    let secondary = with(8, ONE, false);
    assert_eq!(check(&primary, &secondary, "json").code(), 0);
    assert_eq!(zones(&check(&primary, &secondary, "json")), ["catalog.test.", "a.test."]);
}
