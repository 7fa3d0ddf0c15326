//! Catalogs in `serve`: their members come and go without a reload.

use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use zoneprobe::clock;
use zoneprobe::testserver::Zone;

use super::{CATALOG, catalog, serving};
use crate::harness::service::servers;
use crate::harness::{Nameserver, RunningNameserver, Service};

const ONE: &str = "a.zones PTR a.test.";
const BOTH: &str = "a.zones PTR a.test.\nb.zones PTR b.test.\ngroup.b.zones TXT customers";

/// Serves a catalog with these lines.
fn publish(servers: &[&RunningNameserver], serial: u32, lines: &str) {
    for server in servers {
        server.edit(|_| Zone::parse(CATALOG, &catalog(serial, lines)).unwrap());
    }
}

/// The lines of a catalog of version 2.
fn listing(members: &str) -> String {
    format!("version TXT 2\n{members}")
}

/// A server of a catalog with these members, and of the zones `a.test` and `b.test`.
fn server(members: &str) -> RunningNameserver {
    serving(7, members).zone("a.test", 1).zone("b.test", 1).start()
}

fn configuration(all: &[&RunningNameserver]) -> String {
    format!("probe: {{interval: 1s}}\n{}catalogs: [{CATALOG}]\nstate: state.redb\n", servers(all))
}

/// The last report of a zone; null if it is not watched.
fn report(service: &Service, zone: &str) -> Value {
    let response = service.get(&format!("/api/v1/zones/{zone}"));
    if response.status == 200 { serde_json::from_str(&response.text).unwrap() } else { Value::Null }
}

/// The codes of findings.
fn codes(findings: &Value) -> Vec<&str> {
    let findings = findings["findings"].as_array();
    findings.into_iter().flatten().map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// When a zone was checked last, in seconds; `None` before its first check, and if it is not watched.
fn last_check(service: &Service, zone: &str) -> Option<f64> {
    service.sample("zoneprobe_zone_last_check_timestamp_seconds", &[&format!("zone=\"{zone}\"")])
}

fn members(service: &Service) -> Option<f64> {
    service.sample("zoneprobe_catalog_members", &[&format!("catalog=\"{CATALOG}\"")])
}

fn last_read(service: &Service) -> Option<f64> {
    service.sample("zoneprobe_catalog_read_timestamp_seconds", &[&format!("catalog=\"{CATALOG}\"")])
}

/// Waits until the catalog has these findings and no others.
#[track_caller]
fn await_findings(service: &Service, findings: &[&str]) -> Value {
    let mut last = Value::Null;
    service.until(&format!("{findings:?}"), || {
        last = report(service, CATALOG);
        last.is_object() && codes(&last) == findings
    });
    last
}

/// Waits until zones were checked from now on, and are all in sync.
#[track_caller]
fn await_checks(service: &Service, zones: &[&str]) {
    let now = clock::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    for zone in zones {
        service.until(&format!("a check of {zone}"), || last_check(service, zone) > Some(now));
        let report = report(service, zone);
        assert_eq!((&report["verdict"], codes(&report)), (&"in_sync".into(), vec![]), "{report:#}");
    }
}

/// The targets of `/sd`, a group each.
fn targets(service: &Service) -> Value {
    serde_json::from_str(&service.get("/sd").text).unwrap()
}

#[test]
fn a_zone_that_is_added_to_the_catalog_is_watched_without_a_reload() {
    let (primary, secondary) = (server(ONE), server(ONE));
    let service = Service::start(&configuration(&[&primary, &secondary]));
    service.until("the first member", || members(&service) == Some(1.0));
    await_checks(&service, &[CATALOG, "a.test"]);
    assert_eq!(last_check(&service, "b.test"), None);
    let before = last_read(&service).unwrap();
    publish(&[&primary, &secondary], 8, &listing(BOTH));
    service.until("the second member", || members(&service) == Some(2.0));
    assert!(last_read(&service) >= Some(before));
    await_checks(&service, &[CATALOG, "a.test", "b.test"]);
    for server in ["ns0", "ns1"] {
        assert_eq!(service.server("b.test", server)["verdict"], "in_sync");
    }
}

#[test]
fn discovery_has_the_catalog_and_the_group_of_each_member() {
    let (primary, secondary) = (server(BOTH), server(BOTH));
    let service = Service::start(&configuration(&[&primary, &secondary]));
    service.until("the members", || members(&service) == Some(2.0));
    let expected = json!([
        {"targets": [CATALOG], "labels": {"job": "zoneprobe"}},
        {"targets": ["a.test"], "labels": {"job": "zoneprobe", "catalog": CATALOG}},
        {"targets": ["b.test"], "labels": {"job": "zoneprobe", "catalog": CATALOG, "group": "customers"}},
    ]);
    assert_eq!(targets(&service), expected);
    // Another group.
    publish(&[&primary, &secondary], 8, &listing(&BOTH.replace("customers", "own")));
    service.until("the other group", || targets(&service)[2]["labels"]["group"] == "own");
    assert_eq!(members(&service), Some(2.0));
}

#[test]
fn a_zone_that_has_left_the_catalog_is_watched_until_no_server_answers_for_it() {
    let (primary, secondary) = (server(BOTH), server(BOTH));
    let service = Service::start(&configuration(&[&primary, &secondary]));
    service.until("the members", || members(&service) == Some(2.0));
    await_checks(&service, &["a.test", "b.test"]);
    publish(&[&primary, &secondary], 8, &listing(ONE));
    service.until("one member", || members(&service) == Some(1.0));
    let has_finding = |server| codes(&service.server("b.test", server)).contains(&"not_in_catalog");
    service.until("a finding at both", || has_finding("ns0") && has_finding("ns1"));
    primary.drop_zone("b.test");
    service.until("no finding where it is refused", || !has_finding("ns0"));
    assert!(has_finding("ns1"));
    assert_eq!(report(&service, "b.test")["severity"], "warning");
    secondary.drop_zone("b.test");
    service.until("the end of the zone", || last_check(&service, "b.test").is_none());
    assert!(report(&service, "b.test").is_null());
    assert!(!targets(&service).to_string().contains("b.test"));
    assert!(!service.metrics().contains("b.test"));
    await_checks(&service, &[CATALOG, "a.test"]);
}

#[test]
fn a_catalog_that_breaks_changes_nothing_but_its_findings() {
    let (primary, secondary) = (server(BOTH), server(BOTH));
    let service = Service::start(&configuration(&[&primary, &secondary]));
    service.until("the members", || members(&service) == Some(2.0));
    await_checks(&service, &["a.test", "b.test"]);
    let read = last_read(&service);
    // It has no version.
    publish(&[&primary, &secondary], 8, ONE);
    let broken = await_findings(&service, &["catalog_broken"]);
    assert_eq!(broken["severity"], "critical", "{broken:#}");
    await_checks(&service, &["a.test", "b.test"]);
    assert_eq!((members(&service), last_read(&service)), (Some(2.0), read));
    publish(&[&primary, &secondary], 9, &listing(BOTH));
    await_findings(&service, &[]);
    await_checks(&service, &[CATALOG, "a.test", "b.test"]);
    assert_eq!(members(&service), Some(2.0));
}

#[test]
fn members_are_watched_after_a_restart_while_the_server_of_the_catalog_is_silent() {
    let distributor = serving(7, BOTH).start();
    let member = || Nameserver::new().zone("a.test", 1).zone("b.test", 1).start();
    let (primary, secondary) = (member(), member());
    let text = format!(
        "probe: {{interval: 1s, timeout: 500ms}}\n{}groups: {{all: {{servers: [ns0, ns1]}}}}\ncatalogs:\n  - {{zone: \
         {CATALOG}, servers: [ns2], default_group: all}}\nstate: state.redb\n",
        servers(&[&primary, &secondary, &distributor])
    );
    let service = Service::start(&text);
    service.until("the members", || members(&service) == Some(2.0));
    await_checks(&service, &["a.test", "b.test"]);
    let (read, directory) = (last_read(&service), service.directory());
    service.signal("TERM");
    let (status, _) = service.await_end();
    assert_eq!((status.code(), status.signal()), (Some(0), None));
    distributor.set_silent(true);
    let service = Service::in_directory(&directory, &text, &[]).expect("it starts again");
    service.until("the members", || members(&service) == Some(2.0));
    assert_eq!(last_read(&service), read);
    await_checks(&service, &["a.test", "b.test"]);
    service.await_verdict(CATALOG, "ns2", "unreachable");
    await_checks(&service, &["a.test", "b.test"]);
    assert_eq!(members(&service), Some(2.0));
    // It is read again once its server is back.
    publish(&[&distributor], 8, &listing(ONE));
    distributor.set_silent(false);
    service.until("one member", || members(&service) == Some(1.0));
}

/// The lines of a catalog with so many of these members.
fn first_of(names: &[String], count: usize) -> String {
    let mut lines = String::new();
    for (number, name) in names.iter().take(count).enumerate() {
        let _ = writeln!(lines, "i{number}.zones PTR {name}.");
    }
    lines
}

/// The names of a hundred zones.
fn hundred() -> Vec<String> {
    (0..100).map(|number| format!("m{number}.test")).collect()
}

/// Starts two servers of a catalog with a hundred members, and `serve`, and takes 60 of them out of the catalog.
#[track_caller]
fn shrunken(max_lag: &str) -> (Service, [RunningNameserver; 2]) {
    let names = hundred();
    let all = [(); 2].map(|()| serving(7, &first_of(&names, 100)).zones(&names, 1).start());
    let service = Service::start(&format!(
        "probe: {{interval: 1s, compare: serials, max_lag: {max_lag}}}\n{}catalogs: [{CATALOG}]\nstate: state.redb\n",
        servers(&all.each_ref())
    ));
    service.until("all members", || members(&service) == Some(100.0));
    publish(&all.each_ref(), 8, &listing(&first_of(&names, 40)));
    (service, all)
}

#[test]
fn a_catalog_that_lost_many_members_keeps_them() {
    let (service, all) = shrunken("1h");
    let shrank = await_findings(&service, &["catalog_shrank"]);
    assert_eq!(shrank["severity"], "critical", "{shrank:#}");
    assert!(shrank.to_string().contains("lost 60 of its 100 members"), "{shrank:#}");
    await_checks(&service, &["m0.test", "m99.test"]);
    assert_eq!(members(&service), Some(100.0));
    assert_eq!(targets(&service)[1]["targets"].as_array().map(Vec::len), Some(100));
    // The members are put back.
    publish(&all.each_ref(), 9, &listing(&first_of(&hundred(), 100)));
    await_findings(&service, &[]);
    await_checks(&service, &[CATALOG, "m0.test", "m99.test"]);
    assert_eq!(members(&service), Some(100.0));
}

#[test]
fn the_list_of_a_catalog_that_lost_many_members_comes_into_force_after_the_longest_lag() {
    let (service, _all) = shrunken("3s");
    service.until("the short list", || members(&service) == Some(40.0));
    await_findings(&service, &[]);
    await_checks(&service, &["m0.test", "m39.test"]);
    service.until("a finding", || codes(&service.server("m99.test", "ns1")) == ["not_in_catalog"]);
}
