//! `serve` over scripted servers: its schedule, its state, its metrics, and its end.

use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::service::servers;
use crate::harness::{Nameserver, Probe, RunningNameserver, Service, make_fifo};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

/// A configuration of one zone on these servers, which is checked every second.
fn configuration(all: &[&RunningNameserver], probe: &str) -> String {
    format!("probe: {{interval: 1s{probe}}}\n{}zones: [{ZONE}]\nstate: state.redb\n", servers(all))
}

fn unix_seconds(time: &Value) -> u64 {
    let time = humantime::parse_rfc3339(time.as_str().unwrap()).unwrap();
    time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// Waits until ns1 has this verdict and the time since when, which the first check cannot know.
fn await_verdict_since(service: &Service, verdict: &str) -> Value {
    service.await_verdict(ZONE, "ns1", verdict);
    service.until("`since`", || service.server(ZONE, "ns1")["since"].is_string());
    service.server(ZONE, "ns1")
}

#[test]
fn a_change_that_is_not_transferred_is_propagating_then_stuck_then_in_sync() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let service = Service::start(&configuration(&[&primary, &secondary], ", grace: 3s"));
    let server = service.await_verdict(ZONE, "ns1", "in_sync");
    assert!(server["since"].is_null());
    service.await_ready();
    primary.set_serial(8);
    let server = service.await_verdict(ZONE, "ns1", "propagating");
    // The grace and one interval.
    assert_eq!(unix_seconds(&server["deadline"]) - unix_seconds(&server["since"]), 4);
    let stuck = service.await_verdict(ZONE, "ns1", "stuck");
    assert_eq!(stuck["since"], server["since"]);
    assert_eq!(service.sample("zoneprobe_zone_publications_total", &[ZONE]), Some(1.0));
    secondary.set_serial(8);
    service.await_verdict(ZONE, "ns1", "in_sync");
    let latency = service.sample("zoneprobe_server_publication_latency_seconds", &["ns1"]).unwrap();
    assert!(latency >= 3.0, "{latency}");
    let count = service.sample("zoneprobe_publication_latency_seconds_count", &["ns1"]);
    assert_eq!(count, Some(1.0));
}

#[test]
fn after_a_new_serial_only_servers_that_lag_are_queried_more_often() {
    let (primary, good, lagging) = (at(7).start(), at(7).start(), at(7).start());
    let text = configuration(&[&primary, &good, &lagging], "").replace("interval: 1s", "interval: 12s");
    let service = Service::start(&text);
    service.await_verdict(ZONE, "ns2", "in_sync");
    good.set_serial(8);
    primary.set_serial(8);
    service.await_verdict(ZONE, "ns2", "propagating");
    let soas =
        |server: &RunningNameserver| server.queries().iter().filter(|line| line.contains("SOA")).count();
    let (before, before_good) = (soas(&lagging), soas(&good));
    let started = Instant::now();
    service.until("three more queries", || soas(&lagging) >= before + 3);
    assert!(started.elapsed() < Duration::from_secs(11), "{:?}", started.elapsed());
    assert_eq!(soas(&good), before_good);
    lagging.set_serial(8);
    service.await_verdict(ZONE, "ns2", "in_sync");
    let latency = service.sample("zoneprobe_server_publication_latency_seconds", &["ns2"]).unwrap();
    assert!(latency < 16.0, "{latency}");
}

/// Asserts that the report on ns1 is the same after three more checks.
#[track_caller]
fn stays_reported(service: &Service, first: &Value) {
    let rounds = service.sample("zoneprobe_checks_total", &[]).unwrap();
    service.until("three more checks", || {
        service.sample("zoneprobe_checks_total", &[]).unwrap() >= rounds + 3.0
    });
    let later = service.server(ZONE, "ns1");
    for key in ["verdict", "since", "differences", "wrong_rrset_ratio", "copy", "compared_at", "findings"] {
        assert_eq!(later[key], first[key], "{key}");
    }
}

#[test]
fn other_records_with_the_same_serial_are_transferred_once_and_stay_reported() {
    let (primary, other) = (at(7).start(), at(7).replace("www 300 A 192.0.2.99").start());
    let service = Service::start(&configuration(&[&primary, &other], ""));
    let first = await_verdict_since(&service, "diverged");
    assert_eq!(first["differences"]["changed"], 1);
    let transfers = service.sample("zoneprobe_transfers_total", &["ns1"]).unwrap();
    stays_reported(&service, &first);
    assert_eq!(service.sample("zoneprobe_transfers_total", &["ns1"]), Some(transfers), "no further transfer");
    assert_eq!(service.sample("zoneprobe_server_differing_rrsets", &["ns1", "changed"]), Some(1.0));
    let ratio = first["wrong_rrset_ratio"].as_f64().unwrap();
    let sample = service.sample("zoneprobe_zone_wrong_rrset_ratio", &[ZONE]);
    assert!(ratio > 0.0 && sample.is_some_and(|sample| (sample - ratio).abs() < 1e-9), "{ratio} {sample:?}");
    // A check of the serials alone has the verdict too.
    let probe = service.get(&format!("/probe?target={ZONE}"));
    let line =
        format!("zone=\"{ZONE}\",server=\"ns1\",address=\"{}\",verdict=\"diverged\"}} 1", other.address());
    assert!(probe.text.contains(&line), "{}", probe.text);
}

#[test]
fn differences_of_a_server_that_is_ahead_stay_reported() {
    let (primary, other) = (at(7).start(), at(8).replace("www 300 A 192.0.2.99").start());
    let service = Service::start(&configuration(&[&primary, &other], ""));
    service.until("a comparison", || service.server(ZONE, "ns1")["differences"].is_object());
    let first = await_verdict_since(&service, "ahead");
    assert_eq!(first["differences"]["changed"], 1);
    stays_reported(&service, &first);
}

#[test]
fn after_kill_and_restart_verdicts_and_their_times_are_the_same() {
    let (primary, stuck) = (at(7).start(), at(7).start());
    let other = at(8).replace("www 300 A 192.0.2.99").start();
    let text = configuration(&[&primary, &stuck, &other], ", grace: 1s");
    let mut service = Service::start(&text);
    service.await_verdict(ZONE, "ns1", "in_sync");
    primary.set_serial(8);
    let since = service.await_verdict(ZONE, "ns1", "stuck")["since"].clone();
    let directory = service.directory();
    // A restart does not compare records that were compared just before, so the verdicts come from the state.
    for pause in [0, 130, 370, 810, 1_450] {
        std::thread::sleep(Duration::from_millis(pause));
        service.signal("KILL");
        let (status, _) = service.await_end();
        assert_eq!(status.signal(), Some(9));
        service = Service::in_directory(&directory, &text, &[]).expect("serve starts again");
        service.until("a first check", || service.server(ZONE, "ns1")["verdict"].is_string());
        let server = service.server(ZONE, "ns1");
        assert_eq!((&server["verdict"], &server["since"]), (&"stuck".into(), &since), "{server:#}");
    }
}

#[test]
fn after_a_restart_a_server_is_diverged_without_another_transfer() {
    let (primary, other) = (at(7).start(), at(7).replace("www 300 A 192.0.2.99").start());
    let text = configuration(&[&primary, &other], "");
    let service = Service::start(&text);
    let first = await_verdict_since(&service, "diverged");
    let directory = service.directory();
    service.signal("TERM");
    assert_eq!(service.await_end().0.code(), Some(0));
    let service = Service::in_directory(&directory, &text, &[]).expect("serve starts again");
    let again = service.await_verdict(ZONE, "ns1", "diverged");
    assert_eq!((&again["since"], &again["compared_at"]), (&first["since"], &first["compared_at"]));
    assert!(again["differences"].is_null(), "without a transfer there are no differences");
    assert_eq!(service.sample("zoneprobe_transfers_total", &["ns1"]), None);
}

#[test]
fn a_reload_applies_a_valid_configuration_and_keeps_the_old_one_otherwise() {
    let zones = || Nameserver::new().zone("one.test", 7).zone("two.test", 7);
    let (primary, secondary) = (zones().start(), zones().start());
    let text = |zones: &str| {
        let all = servers(&[&primary, &secondary]);
        format!("probe: {{interval: 1s}}\n{all}zones: {zones}\nhttp: {{lifecycle: true}}\n")
    };
    let service = Service::start(&text("[one.test]"));
    service.await_verdict("one.test", "ns1", "in_sync");
    primary.set_serial(8);
    let since = service.await_verdict("one.test", "ns1", "propagating")["since"].clone();
    service.rewrite(&text("[one.test, two.test]"));
    service.signal("HUP");
    service.until("another zone", || service.get("/api/v1/zones/two.test").status == 200);
    let server = service.await_verdict("one.test", "ns1", "propagating");
    assert_eq!(server["since"], since, "the history of the zone is kept");
    service.rewrite(&text("[two.test\ncolour: red"));
    let response = service.request("POST", "/-/reload");
    assert_eq!(response.status, 500);
    assert!(response.text.contains("zoneprobe.yaml:"), "{}", response.text);
    assert_eq!(service.sample("zoneprobe_config_last_reload_successful", &[]), Some(0.0));
    assert!(service.log().contains("configuration not reloaded"), "{}", service.log());
    assert_eq!(service.get("/api/v1/zones/two.test").status, 200);
    service.rewrite(&text("[two.test]"));
    assert_eq!(service.request("POST", "/-/reload").status, 200);
    service
        .until("the reload", || service.sample("zoneprobe_config_last_reload_successful", &[]) == Some(1.0));
    assert_eq!(service.get("/api/v1/zones/one.test").status, 404);
    assert!(!service.metrics().contains("one.test"), "a removed zone has no metrics");
}

#[test]
fn sigterm_during_a_check_ends_serve_within_five_seconds_and_keeps_its_state() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let text = configuration(&[&primary, &secondary], ", timeout: 20s");
    let service = Service::start(&text);
    service.await_verdict(ZONE, "ns1", "in_sync");
    primary.set_serial(8);
    let since = service.await_verdict(ZONE, "ns1", "propagating")["since"].clone();
    let directory = service.directory();
    secondary.set_silent(true);
    service.until("a check that waits", || service.sample("zoneprobe_checks_in_flight", &[]) == Some(1.0));
    service.signal("TERM");
    let (status, duration) = service.await_end();
    assert_eq!(status.code(), Some(0));
    assert!(duration < Duration::from_secs(5), "{duration:?}");
    secondary.set_silent(false);
    let service = Service::in_directory(&directory, &text, &[]).expect("serve starts again");
    assert_eq!(service.await_verdict(ZONE, "ns1", "propagating")["since"], since);
}

#[test]
fn sigterm_during_a_transfer_ends_serve_within_five_seconds() {
    let (primary, slow) = (at(7).start(), at(7).hosts(1000).slow_transfer(2000).start());
    let service = Service::start(&configuration(&[&primary, &slow], ""));
    service.until("a transfer", || slow.queries().iter().any(|line| line.contains("AXFR")));
    service.signal("TERM");
    let (status, duration) = service.await_end();
    assert_eq!(status.code(), Some(0));
    assert!(duration < Duration::from_secs(5), "{duration:?}");
}

#[test]
fn a_reload_that_blocks_delays_neither_checks_nor_the_end() {
    let primary = at(7).start();
    let text = configuration(&[&primary], "");
    let service = Service::start(&text);
    service.await_verdict(ZONE, "ns0", "unknown");
    // Opening a named pipe blocks until it is opened for writing.
    make_fifo(&service.path("zones.txt"));
    service.rewrite(&format!("{text}zone_lists: [zones.txt]\n"));
    service.signal("HUP");
    service.until("the reload", || service.log().contains("received SIGHUP, reloading"));
    let checks = || service.sample("zoneprobe_checks_total", &[]).unwrap();
    let before = checks();
    service.until("more checks", || checks() >= before + 2.0);
    service.signal("TERM");
    let (status, duration) = service.await_end();
    assert_eq!(status.code(), Some(0));
    assert!(duration < Duration::from_secs(5), "{duration:?}");
}

#[test]
fn a_check_with_the_state_of_serve_exits_with_3_and_names_serve() {
    let primary = at(7).start();
    let service = Service::start(&configuration(&[&primary], ""));
    let state = service.path("state.redb").display().to_string();
    let outcome = Probe::check(ZONE).primary(&primary).args(["--state", &state]).unknown();
    assert!(outcome.stderr().contains("(zoneprobe serve)"), "{}", outcome.stderr());
    assert!(outcome.stderr().contains("hint:"), "{}", outcome.stderr());
}

#[test]
fn a_check_with_the_configuration_of_serve_goes_on_without_its_state() {
    let (primary, secondary) = (at(7).start(), at(6).start());
    let service = Service::start(&configuration(&[&primary, &secondary], ""));
    let config = service.path("zoneprobe.yaml").display().to_string();
    for probe in [Probe::check(ZONE), Probe::verify(ZONE)] {
        let outcome = probe.args(["-c", &config]).run();
        assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());
        let (note, stderr) = ("this run goes on without it", outcome.stderr());
        assert!(stderr.contains("in use by process") && stderr.contains(note), "{stderr}");
        assert!(!stderr.contains("hint"), "{stderr}");
    }
}

#[test]
fn a_server_that_never_responds_delays_no_other_zone() {
    let (good, dead) = (Nameserver::new().zone("good.test", 7).start(), at(7).silent().tcp_closed().start());
    let text = format!(
        "probe: {{interval: 1s, timeout: 5s}}\n{}zones:\n  - {{zone: good.test, servers: [ns0]}}\n  \
         - {{zone: bad.test, servers: [ns1]}}\n",
        servers(&[&good, &dead])
    );
    let service = Service::start(&text);
    let soas = || good.queries().iter().filter(|line| line.contains("SOA")).count();
    service.until("a first check", || soas() > 0);
    let (before, started) = (soas(), Instant::now());
    service.until("five more checks", || soas() >= before + 5);
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
    service.await_verdict("bad.test", "ns1", "unreachable");
}

#[test]
fn a_server_with_slow_transfers_delays_no_comparison_of_others() {
    let names: Vec<String> = (0..80).map(|number| format!("z{number}.test")).collect();
    let all = || Nameserver::new().zones(&names, 7);
    let (good, slow) =
        (all().zone("good.test", 7).start(), all().delaying_tcp(Duration::from_secs(8)).start());
    let mut text = format!("probe: {{interval: 1s}}\n{}zones:\n", servers(&[&good, &slow]));
    for name in &names {
        text.push_str(&format!("  - {{zone: {name}, servers: [ns1]}}\n"));
    }
    text.push_str("  - {zone: good.test, servers: [ns0]}\n");
    let service = Service::start(&text);
    service.until("a comparison", || service.server("good.test", "ns0")["compared_at"].is_string());
    let transfers = slow.queries().iter().filter(|line| line.contains("AXFR")).count();
    assert!(transfers < 16, "{transfers}");
}

/// The zones of a server that have this verdict.
fn zones_of(service: &Service, server: &RunningNameserver, verdict: &str) -> Option<f64> {
    let (address, verdict) = (server.address().to_string(), format!("verdict=\"{verdict}\""));
    service.sample("zoneprobe_server_zones", &[&address, &verdict])
}

#[test]
fn a_server_that_is_down_is_probed_for_all_its_zones_and_queried_for_each_when_it_is_back() {
    let names: Vec<String> = (0..100).map(|number| format!("z{number}.test")).collect();
    let with_zones = || Nameserver::new().zones(&names, 7);
    let (primary, other) = (with_zones().start(), with_zones().start());
    other.set_silent(true);
    let text = format!(
        "probe: {{interval: 1s, timeout: 500ms, compare: serials}}\n{}zones: [{}]\n",
        servers(&[&primary, &other]),
        names.join(", ")
    );
    let service = Service::start(&text);
    let zones_of = |verdict| zones_of(&service, &other, verdict);
    service.until("all zones are unreachable", || zones_of("unreachable") == Some(100.0));
    std::thread::sleep(Duration::from_secs(2));
    let checks = || service.sample("zoneprobe_checks_total", &[]).unwrap();
    let before = (checks(), primary.queries().len(), other.queries().len());
    std::thread::sleep(Duration::from_secs(5));
    let (at_primary, at_other) = (primary.queries().len() - before.1, other.queries().len() - before.2);
    let checked = checks() - before.0;
    // Four probes a second, each of three datagrams and a query over TCP.
    assert!((10..=100).contains(&at_other), "{at_other} queries to the address that is down");
    // A loaded machine makes fewer checks, but each of them asks the other address.
    assert!(at_primary >= 100, "{at_primary} queries to the other address");
    assert!(
        f64::from(u32::try_from(at_primary).unwrap()) >= 0.9 * checked,
        "{at_primary} queries to the other address, {checked} checks"
    );
    other.set_silent(false);
    let back = Instant::now();
    service.until("all zones are in sync", || zones_of("in_sync") == Some(100.0));
    assert!(back.elapsed() < Duration::from_secs(6), "it took {:?}", back.elapsed());
}

#[test]
fn an_outage_is_logged_in_few_lines_and_shown_once_and_a_lag_elsewhere_is_seen() {
    let names: Vec<String> = (0..200).map(|number| format!("z{number}.test")).collect();
    let with_zones = || Nameserver::new().zones(&names, 7);
    let (primary, other) = (with_zones().zone("lags.test", 9).start(), with_zones().start());
    let lagging = Nameserver::new().zone("lags.test", 7).start();
    let settings = "probe: {interval: 1s, timeout: 500ms, compare: serials}";
    let mut text = format!("{settings}\n{}zones:\n", servers(&[&primary, &other, &lagging]));
    text.push_str("  - {zone: lags.test, servers: [ns0, ns2]}\n");
    text.extend(names.iter().map(|name| format!("  - {{zone: {name}, servers: [ns0, ns1]}}\n")));
    let service = Service::start(&text);
    let zones_of = |verdict| zones_of(&service, &other, verdict);
    service.until("all zones are in sync", || zones_of("in_sync") == Some(200.0));
    other.set_silent(true);
    service.until("all zones are unreachable", || zones_of("unreachable") == Some(200.0));
    service.until("the outage is logged", || service.log().contains("server is down"));
    let page = service.get("/").text;
    assert_eq!(page.matches("is down for most of its zones").count(), 1, "{page}");
    assert!(page.contains("<strong>200</strong> of 200 zones"), "{page}");
    assert!(service.get("/?severity=warning").text.contains("/zones/lags.test"), "the zone that lags");
    other.set_silent(false);
    service.until("the recovery is logged", || service.log().contains("answers again for all its zones"));
    let log = service.log();
    let lines = log.lines().filter(|line| line.contains("verdict changed") || line.contains("server "));
    assert!(lines.count() <= 10, "{log}");
    assert!(log.contains("lags.test") && log.contains("verdict=\"behind\""), "{log}");
}

#[test]
fn a_name_without_an_address_is_a_finding_and_names_are_resolved_again() {
    let text =
        "@ 1 IN SOA ns host 1 3600 600 86400 1\n@ 60 IN NS ns\nns 60 IN A 127.0.0.1\nmoves 1 IN A 127.0.0.1";
    let resolver = Nameserver::new().zone_text("hosts.test", text).start();
    let (primary, one, other) = (at(7).start(), at(7).start(), at(7).start());
    let address = |host: &str, server: &RunningNameserver| {
        format!("{{address: \"{host}.hosts.test:{}\"}}", server.address().port())
    };
    let text = format!(
        "probe: {{interval: 1s}}\nservers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1: {}\n  ns2: {}\nzones: [{ZONE}]\n",
        primary.address(),
        address("later", &one),
        address("moves", &other)
    );
    let service = Service::with_resolver(&text, &resolver);
    service.await_verdict(ZONE, "ns2", "in_sync");
    assert_eq!(service.sample("zoneprobe_zone_finding", &["no_address"]), Some(1.0));
    let unasked = service.server(ZONE, "ns1");
    assert_eq!((&unasked["address"], &unasked["verdict"]), (&Value::Null, &"unknown".into()));
    assert_eq!(unasked["findings"][0]["code"], "not_asked");
    resolver.edit(|zone| zone.with("later 1 IN A 127.0.0.1").unwrap());
    service.await_verdict(ZONE, "ns1", "in_sync");
    service.until("no finding", || service.sample("zoneprobe_zone_finding", &["no_address"]).is_none());
    resolver.edit(|zone| zone.replace("moves 1 IN A 127.9.9.9").unwrap());
    let server = service.await_verdict(ZONE, "ns2", "unreachable");
    assert_eq!(server["address"], format!("127.9.9.9:{}", other.address().port()));
    // While the resolver fails, servers keep their addresses.
    resolver.set_silent(true);
    service.until("a finding", || service.sample("zoneprobe_zone_finding", &["no_address"]) == Some(1.0));
    assert_eq!(service.server(ZONE, "ns1")["verdict"], "in_sync");
    assert_eq!(service.server(ZONE, "ns2")["address"], server["address"]);
}

#[test]
fn serve_notifies_the_service_manager_that_it_is_ready_alive_and_stopping() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let path = directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    assert_notifies(&directory, &socket, &path.display().to_string());
}

#[cfg(target_os = "linux")]
#[test]
fn serve_notifies_a_service_manager_at_an_abstract_socket() {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::SocketAddr;

    let directory = Arc::new(tempfile::tempdir().unwrap());
    let name = format!("zoneprobe-test-{}", std::process::id());
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    assert_notifies(&directory, &socket, &format!("@{name}"));
}

/// Runs `serve` until it has said to a socket that it is ready, alive and stopping.
fn assert_notifies(directory: &Arc<tempfile::TempDir>, socket: &UnixDatagram, name: &str) {
    let primary = at(7).start();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let variables = [("NOTIFY_SOCKET", name), ("WATCHDOG_USEC", "400000")];
    let service = Service::in_directory(directory, &configuration(&[&primary], ""), &variables).unwrap();
    let mut messages = String::new();
    let receive = |messages: &mut String| {
        let mut buffer = [0; 256];
        let count = socket.recv(&mut buffer).expect("serve notifies the service manager");
        messages.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    };
    while !(messages.contains("READY=1") && messages.matches("WATCHDOG=1").count() >= 3) {
        receive(&mut messages);
    }
    // A reload that fails ends too.
    for text in [configuration(&[&primary], ""), "zoness: []".to_owned()] {
        service.rewrite(&text);
        messages.clear();
        service.signal("HUP");
        while !messages
            .split_once("RELOADING=1\nMONOTONIC_USEC=")
            .is_some_and(|(_, after)| after.contains("READY=1"))
        {
            receive(&mut messages);
        }
        let (before, after) = messages.split_once("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        let time = after.lines().next().unwrap().parse::<u64>().unwrap();
        assert!(time > 0 && !before.contains("READY=1"), "{messages}");
    }
    service.signal("TERM");
    while !messages.contains("STOPPING=1") {
        receive(&mut messages);
    }
    assert_eq!(service.await_end().0.code(), Some(0));
}

#[test]
fn memory_does_not_grow_with_scrapes_and_checks_of_a_thousand_changing_zones() {
    const SCRAPES_PER_CHANGE: u32 = 500;
    const CHECKS_PER_CHANGE: f64 = 1000.0;
    const CHANGES: u32 = 4;
    // Each scrape may leave four kibibytes behind, and nothing is left for checks.
    const MAX_GROWTH: f64 = (4096 * CHANGES * SCRAPES_PER_CHANGE) as f64;
    let names: Vec<String> = (0..1000).map(|number| format!("z{number}.test")).collect();
    let with_zones = || Nameserver::new().zones(&names, 7);
    let (primary, secondary) = (with_zones().start(), with_zones().start());
    let all = servers(&[&primary, &secondary]);
    let text = format!(
        "probe: {{interval: 1s, compare: serials}}\n{all}metrics: {{detail: exceptions}}\nzones: [{}]\n",
        names.join(", ")
    );
    let service = Service::start(&text);
    service.await_ready();
    let checks = || service.sample("zoneprobe_checks_total", &[]).unwrap();
    let change_and_scrape = |serial: u32| {
        let before = checks();
        primary.set_serials(serial);
        secondary.set_serials(serial);
        for _ in 0..SCRAPES_PER_CHANGE {
            assert_eq!(service.get("/metrics").status, 200);
        }
        service.until("every zone is checked", || checks() >= before + CHECKS_PER_CHANGE);
    };
    let memory = || service.sample("process_resident_memory_bytes", &[]).unwrap();
    for serial in 8..12 {
        change_and_scrape(serial);
    }
    let before = memory();
    for serial in 12..12 + CHANGES {
        change_and_scrape(serial);
    }
    let after = memory();
    assert!(after < before + MAX_GROWTH, "{before} and then {after}");
}

#[test]
fn zones_that_are_in_sync_by_their_serials_alone_are_counted_and_shown() {
    let (primary, slow) = (at(7).hosts(1000).start(), at(7).hosts(1000).slow_transfer(2000).start());
    let service = Service::start(&configuration(&[&primary, &slow], ""));
    service.await_verdict(ZONE, "ns1", "in_sync");
    assert_eq!(service.sample("zoneprobe_zones_uncompared", &[]), Some(1.0));
    assert_eq!(service.sample("zoneprobe_zone_records_compared_timestamp_seconds", &[ZONE]), None);
    assert!(service.get("/").text.contains("Records were read of 0 of 1 zone, of 1 not yet."));
    let zones = |service: &Service| -> Value {
        let list: Value = serde_json::from_str(&service.get("/api/v1/zones").text).unwrap();
        list["zones"][0].clone()
    };
    let zone = zones(&service);
    assert_eq!((&zone["compared"], &zone["compared_at"]), (&"serials".into(), &Value::Null));
    let other = at(7).hosts(1000).start();
    let service = Service::start(&configuration(&[&primary, &other], ""));
    service.until("the records are read", || service.sample("zoneprobe_zones_uncompared", &[]) == Some(0.0));
    assert!(service.sample("zoneprobe_zone_records_compared_timestamp_seconds", &[ZONE]).is_some());
    assert!(service.get("/").text.contains("Records were read of 1 of 1 zone."));
    assert!(zones(&service)["compared_at"].is_string());
}

#[test]
fn mixed_ttls_of_equal_copies_stay_reported() {
    let mixing = || at(7).with("m 300 A 192.0.2.1\nm 900 A 192.0.2.2\n").start();
    let (primary, secondary) = (mixing(), mixing());
    let service = Service::start(&configuration(&[&primary, &secondary], ""));
    service.until("a comparison", || service.server(ZONE, "ns1")["copy"].is_object());
    let first = service.server(ZONE, "ns1");
    assert_eq!((&first["verdict"], &first["severity"]), (&"in_sync".into(), &"warning".into()), "{first:#}");
    assert_eq!(first["findings"][0]["code"], "mixed_ttls");
    stays_reported(&service, &first);
    assert_eq!(service.sample("zoneprobe_server_finding", &["ns1", "mixed_ttls"]), Some(1.0));
}

#[test]
fn servers_that_count_their_own_serials_are_judged_by_their_records() {
    let (first, equal) = (at(10).start(), at(4711).timers(7200, 900, 1_209_600).start());
    let other = at(3).replace("www 300 A 192.0.2.99").start();
    let service = Service::start(&configuration(&[&first, &equal, &other], ", serials: independent"));
    let diverged = service.await_verdict(ZONE, "ns2", "diverged");
    assert_eq!((&diverged["serial"], &diverged["differences"]["changed"]), (&3.into(), &1.into()));
    let in_sync = service.await_verdict(ZONE, "ns1", "in_sync");
    assert_eq!((&in_sync["serial"], &in_sync["severity"]), (&4711.into(), &"ok".into()), "{in_sync:#}");
    assert_eq!(in_sync["findings"][0]["code"], "soa_differs");
    assert_eq!(in_sync["findings"][0]["severity"], "ok");
    stays_reported(&service, &in_sync);
    // A serial that is raised says nothing about the others.
    equal.set_serial(4712);
    service.until("the new serial", || service.server(ZONE, "ns1")["serial"] == 4712);
    assert_eq!(service.server(ZONE, "ns1")["verdict"], "in_sync");
    assert_eq!(service.server(ZONE, "ns2")["verdict"], "diverged");
    assert_eq!(service.sample("zoneprobe_server_differing_rrsets", &["ns2", "changed"]), Some(1.0));
}
