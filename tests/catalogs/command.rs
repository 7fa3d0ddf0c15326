//! `check --catalog`.

use serde_json::json;

use super::{CATALOG, catalog, over_tcp_alone, serving, zones};
use crate::harness::{Nameserver, Probe, RunningNameserver};

const MEMBERS: &str = "b.zones PTR b.test.\na.zones PTR a.test.\ngroup.a.zones TXT customers";

/// A server with the catalog and its members.
fn with_members() -> Nameserver {
    serving(7, MEMBERS).zone("a.test", 1).zone("b.test", 1)
}

fn probe<'n>(primary: &'n RunningNameserver, secondary: &'n RunningNameserver) -> Probe<'n> {
    Probe::check_no_zone().args(["--catalog", CATALOG]).primary(primary).secondary(secondary)
}

#[test]
fn a_catalog_is_checked_before_its_members_in_order() {
    let (primary, secondary) = (with_members().start(), with_members().start());
    let outcome = probe(&primary, &secondary).ok();
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test."]);
    assert!(outcome.zone_findings().is_empty(), "{}", outcome.transcript());
    for format in ["table", "ndjson", "junit", "markdown", "nagios", "prometheus", "github"] {
        let outcome = probe(&primary, &secondary).format(format).ok();
        // These say nothing about zones without problems.
        if !["nagios", "github", "markdown"].contains(&format) {
            assert!(outcome.stdout().contains("b.test"), "{format}\n{}", outcome.transcript());
        }
    }
}

#[test]
fn a_member_names_its_catalog_and_group() {
    let (primary, secondary) = (with_members().start(), with_members().start());
    let outcome = probe(&primary, &secondary).ok();
    let report = outcome.json();
    assert!(report["zones"][0]["membership"].is_null(), "{}", outcome.transcript());
    for (zone, group) in [(1, json!("customers")), (2, json!(null))] {
        let membership = &report["zones"][zone]["membership"];
        assert!(membership["since"].is_string(), "{}", outcome.transcript());
        assert_eq!(membership["catalog"], "catalog.test.");
        assert_eq!(membership["group"], group);
        assert_eq!(membership["state"], "listed");
    }
}

#[test]
fn a_member_that_differs_is_critical() {
    let primary = with_members().start();
    let secondary = serving(7, MEMBERS).zone("a.test", 1).zone("b.test", 1).without("www A").start();
    let outcome = probe(&primary, &secondary).critical();
    assert_eq!(outcome.json()["zones"][2]["servers"][1]["verdict"], "diverged", "{}", outcome.transcript());
}

#[test]
fn a_server_that_lags_at_the_catalog_is_not_accused_of_members_that_it_cannot_know() {
    let primary = with_members().start();
    let secondary = serving(6, "a.zones PTR a.test.").zone("a.test", 1).start();
    let outcome = probe(&primary, &secondary).args(["--grace", "1h"]).warning();
    let report = outcome.json();
    assert_eq!(report["zones"][0]["servers"][1]["verdict"], "behind", "{}", outcome.transcript());
    assert_eq!(report["zones"][2]["servers"][1]["verdict"], "propagating", "{}", outcome.transcript());
}

#[test]
fn a_catalog_that_is_served_over_tcp_alone_is_in_sync() {
    let (primary, secondary) =
        (over_tcp_alone(with_members()).start(), over_tcp_alone(with_members()).start());
    let outcome = probe(&primary, &secondary).ok();
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test."]);
    assert!(outcome.findings("ns1").is_empty(), "{}", outcome.transcript());
}

#[test]
fn what_is_compared_is_for_the_members_and_a_catalog_is_always_read_whole() {
    let (primary, secondary) = (with_members().start(), with_members().start());
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("config.yaml");
    let servers = crate::harness::service::servers(&[&primary, &secondary]);
    std::fs::write(&config, format!("{servers}catalogs: [{CATALOG}]\n")).unwrap();
    let named = || probe(&primary, &secondary);
    let configured = || Probe::check_no_zone().args(["--catalog", CATALOG, "-c", config.to_str().unwrap()]);
    for probe in [named(), configured()] {
        let outcome = probe.args(["--compare", "serials"]).ok();
        let report = outcome.json();
        let compared: Vec<_> = (0..3).map(|zone| report["zones"][zone]["compared"].clone()).collect();
        assert_eq!(
            compared,
            [json!("records"), json!("serials"), json!("serials")],
            "{}",
            outcome.transcript()
        );
    }
    for probe in [named(), configured()] {
        let outcome = probe.args(["--validate"]).run();
        let report = outcome.json();
        let is_validated = |zone: usize| !report["zones"][zone]["servers"][0]["copy"]["validation"].is_null();
        assert_eq!(
            (0..3).map(is_validated).collect::<Vec<_>>(),
            [false, true, true],
            "{}",
            outcome.transcript()
        );
    }
}

#[test]
fn a_catalog_without_a_version_has_no_members() {
    let server = || Nameserver::new().any_zone(CATALOG, &catalog(7, MEMBERS)).zone("a.test", 1).start();
    let (primary, secondary) = (server(), server());
    let outcome = probe(&primary, &secondary).critical();
    assert_eq!(zones(&outcome), ["catalog.test."]);
    assert_eq!(outcome.zone_findings(), ["catalog_broken"], "{}", outcome.transcript());
}

#[test]
fn a_member_that_a_server_does_not_serve_is_critical_at_that_server() {
    let primary = with_members().start();
    let secondary = serving(7, MEMBERS).zone("a.test", 1).start();
    let outcome = probe(&primary, &secondary).critical();
    let server = &outcome.json()["zones"][2]["servers"][1];
    assert_eq!(server["findings"][0]["code"], "member_not_served", "{}", outcome.transcript());
    assert_eq!(outcome.json()["zones"][1]["severity"], "ok");
}

#[test]
fn a_catalog_that_no_server_transfers_is_an_error() {
    let (primary, secondary) =
        (with_members().transfer_refused().start(), with_members().transfer_refused().start());
    let outcome = probe(&primary, &secondary).unknown();
    assert_eq!(zones(&outcome), ["catalog.test."]);
    assert!(outcome.stderr().contains("cannot check the members of the catalog `catalog.test`"));
}

#[test]
fn the_members_of_the_last_good_list_are_checked_while_the_catalog_is_broken() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (with_members().start(), with_members().start());
    let check = |primary: &RunningNameserver, secondary: &RunningNameserver| {
        probe(primary, secondary).args(["--state", "state"]).current_dir(directory.path()).run()
    };
    assert_eq!(check(&primary, &secondary).code(), 0);
    let broken = || Nameserver::new().any_zone(CATALOG, &catalog(8, "version TXT 3"));
    let broken = || broken().zone("a.test", 1).zone("b.test", 1).start();
    let outcome = check(&broken(), &broken());
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test."]);
}

#[test]
fn options_that_name_other_zones_do_not_go_with_a_catalog() {
    let server = with_members().start();
    for other in [["--zones", "-"].as_slice(), &["--zone-file", "db.test"], &["a.test"]] {
        let outcome = Probe::check_no_zone().args(["--catalog", CATALOG]).primary(&server);
        let outcome = outcome.args(other.iter().copied()).default_format().unknown();
        assert!(outcome.stderr().contains("--catalog"), "{}", outcome.transcript());
        assert!(server.queries().is_empty());
    }
}

#[test]
fn a_catalog_without_servers_is_bad_usage() {
    let outcome = Probe::check_no_zone().args(["--catalog", CATALOG]).unknown();
    assert!(
        outcome.stderr().contains("the servers of the catalog `catalog.test` are not known"),
        "{}",
        outcome.transcript()
    );
}

#[test]
fn a_catalog_of_the_configuration_gives_its_members_the_settings_of_their_groups() {
    let (primary, secondary) = (with_members().start(), with_members().start());
    let customers = serving(7, MEMBERS).zone("a.test", 1).without("www A").start();
    let directory = tempfile::tempdir().unwrap();
    let server = |role: &str, server: &RunningNameserver| {
        format!("{{role: {role}, address: \"{}\"}}", server.address())
    };
    let text = format!(
        "servers:\n  ns0: {}\n  ns1: {}\n  other: {}\ngroups:\n  theirs: {{servers: [ns0, other]}}\ncatalogs:\n  - zone: {CATALOG}\n    servers: [ns0, ns1]\n    groups: {{customers: theirs}}\n",
        server("primary", &primary),
        server("secondary", &secondary),
        server("secondary", &customers),
    );
    std::fs::write(directory.path().join("config.yaml"), text).unwrap();
    let probe = |catalog: &str| {
        let probe = Probe::check_no_zone().args(["-c", "config.yaml", "--catalog", catalog]);
        probe.current_dir(directory.path())
    };
    let outcome = probe(CATALOG).critical();
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test."]);
    let report = outcome.json();
    assert_eq!(report["zones"][1]["servers"][1]["server"], "other", "{}", outcome.transcript());
    assert_eq!(report["zones"][2]["severity"], "ok", "{}", outcome.transcript());
    let outcome = probe("other.test").unknown();
    assert!(outcome.stderr().contains("`other.test` is no catalog of the configuration"));
}

#[test]
fn many_members_are_all_reported() {
    let mut members = String::new();
    let names: Vec<String> = (0..1200).map(|number| format!("m{number}.test")).collect();
    for (number, name) in names.iter().enumerate() {
        members += &format!("i{number}.zones PTR {name}.\n");
    }
    let server = || serving(7, &members).zones(&names, 1).start();
    let (primary, secondary) = (server(), server());
    let outcome = probe(&primary, &secondary).args(["--compare", "serials"]).ok();
    let zones = zones(&outcome);
    assert_eq!((zones.len(), zones[0].as_str()), (1201, "catalog.test."));
}
