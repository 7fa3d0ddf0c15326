//! `serve` over scripted servers: what it asks when, what it remembers, and what it tells.

use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::service::servers;
use crate::harness::{Listening, Nameserver, Probe, Service};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

/// A configuration of one zone on these servers, asked every second.
fn configuration(all: &[&Listening], probe: &str) -> String {
    format!("probe: {{interval: 1s{probe}}}\n{}zones: [{ZONE}]\nstate: state.redb\n", servers(all))
}

fn seconds(moment: &Value) -> u64 {
    let time = humantime::parse_rfc3339(moment.as_str().unwrap()).unwrap();
    time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// Waits until ns1 has a verdict, and it is known since when: nobody knows at the first look.
fn await_known(service: &Service, verdict: &str) -> Value {
    service.await_verdict(ZONE, "ns1", verdict);
    service.until("its beginning", || service.server(ZONE, "ns1")["since"].is_string());
    service.server(ZONE, "ns1")
}

#[test]
fn a_change_that_does_not_arrive_is_propagating_then_stuck_and_mended() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let service = Service::start(&configuration(&[&primary, &secondary], ", grace: 3s"));
    let server = service.await_verdict(ZONE, "ns1", "in_sync");
    assert!(server["since"].is_null());
    service.until("ready", || service.get("/-/ready").status == 200);
    primary.set_serial(8);
    let server = service.await_verdict(ZONE, "ns1", "propagating");
    // What it was given, and one interval.
    assert_eq!(seconds(&server["deadline"]) - seconds(&server["since"]), 4);
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
fn after_a_new_serial_those_that_lag_are_asked_soon_and_the_others_are_not() {
    let (primary, good, lagging) = (at(7).start(), at(7).start(), at(7).start());
    let text = configuration(&[&primary, &good, &lagging], "").replace("interval: 1s", "interval: 12s");
    let service = Service::start(&text);
    service.await_verdict(ZONE, "ns2", "in_sync");
    good.set_serial(8);
    primary.set_serial(8);
    service.await_verdict(ZONE, "ns2", "propagating");
    let soas = |server: &Listening| server.asked().iter().filter(|line| line.contains("SOA")).count();
    let (asked, asked_good) = (soas(&lagging), soas(&good));
    let began = Instant::now();
    service.until("three more questions", || soas(&lagging) >= asked + 3);
    assert!(began.elapsed() < Duration::from_secs(11), "{:?}", began.elapsed());
    assert_eq!(soas(&good), asked_good);
    lagging.set_serial(8);
    service.await_verdict(ZONE, "ns2", "in_sync");
    let latency = service.sample("zoneprobe_server_publication_latency_seconds", &["ns2"]).unwrap();
    assert!(latency < 16.0, "{latency}");
}

/// Waits for three more looks: what was told of ns1 first is told still.
#[track_caller]
fn is_told_at_every_look(service: &Service, first: &Value) {
    let checks = service.sample("zoneprobe_checks_total", &[]).unwrap();
    service
        .until("three more looks", || service.sample("zoneprobe_checks_total", &[]).unwrap() >= checks + 3.0);
    let later = service.server(ZONE, "ns1");
    for key in ["verdict", "since", "differences", "copy", "compared_at", "findings"] {
        assert_eq!(later[key], first[key], "{key}");
    }
}

#[test]
fn other_records_at_the_same_serial_are_found_once_and_told_at_every_look() {
    let (primary, other) = (at(7).start(), at(7).replace("www 300 A 192.0.2.99").start());
    let service = Service::start(&configuration(&[&primary, &other], ""));
    let first = await_known(&service, "diverged");
    assert_eq!(first["differences"]["changed"], 1);
    let transfers = service.sample("zoneprobe_transfers_total", &["ns1"]).unwrap();
    is_told_at_every_look(&service, &first);
    assert_eq!(
        service.sample("zoneprobe_transfers_total", &["ns1"]),
        Some(transfers),
        "nothing was read again"
    );
    assert_eq!(service.sample("zoneprobe_server_differing_rrsets", &["ns1", "changed"]), Some(1.0));
    // One look over serials alone knows of it too.
    let probe = service.get(&format!("/probe?target={ZONE}"));
    let line =
        format!("zone=\"{ZONE}\",server=\"ns1\",address=\"{}\",verdict=\"diverged\"}} 1", other.address());
    assert!(probe.text.contains(&line), "{}", probe.text);
}

#[test]
fn what_differs_ahead_of_the_primary_is_told_at_every_look() {
    let (primary, other) = (at(7).start(), at(8).replace("www 300 A 192.0.2.99").start());
    let service = Service::start(&configuration(&[&primary, &other], ""));
    service.until("a comparison", || service.server(ZONE, "ns1")["differences"].is_object());
    let first = await_known(&service, "ahead");
    assert_eq!(first["differences"]["changed"], 1);
    is_told_at_every_look(&service, &first);
}

#[test]
fn a_process_that_is_killed_at_any_moment_and_started_again_judges_as_before() {
    let (primary, stuck) = (at(7).start(), at(7).start());
    let other = at(8).replace("www 300 A 192.0.2.99").start();
    let text = configuration(&[&primary, &stuck, &other], ", grace: 1s");
    let mut service = Service::start(&text);
    service.await_verdict(ZONE, "ns1", "in_sync");
    primary.set_serial(8);
    let since = service.await_verdict(ZONE, "ns1", "stuck")["since"].clone();
    let folder = service.folder();
    // A comparison right after the last one would be too soon, so the first of all finds it.
    for pause in [0, 130, 370, 810, 1_450] {
        std::thread::sleep(Duration::from_millis(pause));
        service.signal("KILL");
        let (status, _) = service.ended();
        assert_eq!(status.signal(), Some(9));
        service = Service::in_folder(&folder, &text, &[]).expect("it starts again");
        service.until("a first look", || service.server(ZONE, "ns1")["verdict"].is_string());
        let server = service.server(ZONE, "ns1");
        assert_eq!((&server["verdict"], &server["since"]), (&"stuck".into(), &since), "{server:#}");
    }
}

#[test]
fn a_divergence_is_known_after_a_restart_before_records_are_read_again() {
    let (primary, other) = (at(7).start(), at(7).replace("www 300 A 192.0.2.99").start());
    let text = configuration(&[&primary, &other], "");
    let service = Service::start(&text);
    let first = await_known(&service, "diverged");
    let folder = service.folder();
    service.signal("TERM");
    assert_eq!(service.ended().0.code(), Some(143));
    let service = Service::in_folder(&folder, &text, &[]).expect("it starts again");
    let again = service.await_verdict(ZONE, "ns1", "diverged");
    assert_eq!((&again["since"], &again["compared_at"]), (&first["since"], &first["compared_at"]));
    assert!(again["differences"].is_null(), "what was not read is not known");
    assert_eq!(service.sample("zoneprobe_transfers_total", &["ns1"]), None);
}

#[test]
fn a_configuration_is_read_anew_if_nothing_is_wrong_with_it() {
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
    assert_eq!(server["since"], since, "its history stays");
    service.rewrite(&text("[two.test\ncolour: red"));
    let page = service.request("POST", "/-/reload");
    assert_eq!(page.status, 500);
    assert!(page.text.contains("zoneprobe.yaml:"), "{}", page.text);
    assert_eq!(service.sample("zoneprobe_config_last_reload_successful", &[]), Some(0.0));
    assert!(service.log().contains("the old configuration stays"), "{}", service.log());
    assert_eq!(service.get("/api/v1/zones/two.test").status, 200);
    service.rewrite(&text("[two.test]"));
    assert_eq!(service.request("POST", "/-/reload").status, 200);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(service.sample("zoneprobe_config_last_reload_successful", &[]), Some(1.0));
    assert_eq!(service.get("/api/v1/zones/one.test").status, 404);
    assert!(!service.metrics().contains("one.test"), "what left the configuration leaves the metrics");
}

#[test]
fn told_to_end_in_the_middle_of_a_look_it_ends_within_five_seconds_and_remembers() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let text = configuration(&[&primary, &secondary], ", timeout: 20s");
    let service = Service::start(&text);
    service.await_verdict(ZONE, "ns1", "in_sync");
    primary.set_serial(8);
    let since = service.await_verdict(ZONE, "ns1", "propagating")["since"].clone();
    let folder = service.folder();
    secondary.set_silent(true);
    service.until("a look that waits", || service.sample("zoneprobe_checks_in_flight", &[]) == Some(1.0));
    service.signal("TERM");
    let (status, took) = service.ended();
    assert_eq!(status.code(), Some(143));
    assert!(took < Duration::from_secs(5), "{took:?}");
    secondary.set_silent(false);
    let service = Service::in_folder(&folder, &text, &[]).expect("it starts again");
    assert_eq!(service.await_verdict(ZONE, "ns1", "propagating")["since"], since);
}

#[test]
fn told_to_end_in_the_middle_of_a_transfer_it_ends_within_five_seconds() {
    let (primary, slow) = (at(7).start(), at(7).hosts(1000).trickling_transfer(2000).start());
    let service = Service::start(&configuration(&[&primary, &slow], ""));
    service.until("a transfer", || slow.asked().iter().any(|line| line.contains("AXFR")));
    service.signal("TERM");
    let (status, took) = service.ended();
    assert_eq!(status.code(), Some(143));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_configuration_that_cannot_be_read_to_its_end_keeps_nothing_waiting() {
    let primary = at(7).start();
    let text = configuration(&[&primary], "");
    let service = Service::start(&text);
    service.await_verdict(ZONE, "ns0", "in_sync");
    // Opening a pipe waits for somebody to write to it.
    let made = Command::new("mkfifo").arg(service.path("zones.txt")).status().unwrap();
    assert!(made.success());
    service.rewrite(&format!("{text}zone_lists: [zones.txt]\n"));
    service.signal("HUP");
    service.until("the reload", || service.log().contains("told to read the configuration anew"));
    let checks = || service.sample("zoneprobe_checks_total", &[]).unwrap();
    let before = checks();
    service.until("more looks", || checks() >= before + 2.0);
    service.signal("TERM");
    let (status, took) = service.ended();
    assert_eq!(status.code(), Some(143));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_check_with_the_same_state_is_told_who_has_it() {
    let primary = at(7).start();
    let service = Service::start(&configuration(&[&primary], ""));
    let state = service.path("state.redb").display().to_string();
    let outcome = Probe::check(ZONE).primary(&primary).args(["--state", &state]).unknown();
    assert!(outcome.stderr().contains("(zoneprobe serve)"), "{}", outcome.stderr());
    assert!(outcome.stderr().contains("hint:"), "{}", outcome.stderr());
}

#[test]
fn a_dead_server_keeps_no_other_zone_waiting() {
    let (good, dead) = (Nameserver::new().zone("good.test", 7).start(), at(7).silent().tcp_closed().start());
    let text = format!(
        "probe: {{interval: 1s, timeout: 5s}}\nservers:\n  ns0: {{address: \"{}\", role: primary}}\n  \
         ns1: {{address: \"{}\"}}\nzones:\n  - {{zone: good.test, servers: [ns0]}}\n  \
         - {{zone: bad.test, servers: [ns1]}}\n",
        good.address(),
        dead.address()
    );
    let service = Service::start(&text);
    let soas = || good.asked().iter().filter(|line| line.contains("SOA")).count();
    service.until("a first look", || soas() > 0);
    let (asked, began) = (soas(), Instant::now());
    service.until("five more looks", || soas() >= asked + 5);
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    service.await_verdict("bad.test", "ns1", "unreachable");
}

#[test]
fn a_server_that_gives_no_copies_keeps_no_comparison_of_others_waiting() {
    let names: Vec<String> = (0..80).map(|number| format!("z{number}.test")).collect();
    let all = || names.iter().fold(Nameserver::new(), |server, name| server.zone(name, 7));
    let (good, slow) =
        (all().zone("good.test", 7).start(), all().delaying_tcp(Duration::from_secs(8)).start());
    let mut text = format!(
        "probe: {{interval: 1s}}\nservers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1: {{address: \"{}\"}}\nzones:\n",
        good.address(),
        slow.address()
    );
    for name in &names {
        text.push_str(&format!("  - {{zone: {name}, servers: [ns1]}}\n"));
    }
    text.push_str("  - {zone: good.test, servers: [ns0]}\n");
    let service = Service::start(&text);
    service.until("a comparison", || service.server("good.test", "ns0")["compared_at"].is_string());
    let read = slow.asked().iter().filter(|line| line.contains("AXFR")).count();
    assert!(read < 16, "{read}");
}

#[test]
fn a_server_that_does_not_answer_is_asked_less_often() {
    let (primary, dead) = (at(7).start(), at(7).silent().tcp_closed().start());
    let service = Service::start(&configuration(&[&primary, &dead], ", timeout: 100ms"));
    service.await_verdict(ZONE, "ns1", "unreachable");
    let count = |server: &Listening| server.asked().len();
    std::thread::sleep(Duration::from_secs(6));
    let (asked, asked_dead) = (count(&primary), count(&dead));
    std::thread::sleep(Duration::from_secs(10));
    let (more, more_dead) = (count(&primary) - asked, count(&dead) - asked_dead);
    // Each question to the dead one is three datagrams, every few seconds.
    assert!(more >= 7, "{more}");
    assert!((1..=15).contains(&more_dead), "{more_dead}");
    assert_eq!(service.server(ZONE, "ns1")["verdict"], "unreachable");
}

#[test]
fn a_name_that_cannot_be_found_is_told_and_looked_up_again_as_is_one_that_moves() {
    let text =
        "@ 1 IN SOA ns host 1 3600 600 86400 1\n@ 60 IN NS ns\nns 60 IN A 127.0.0.1\nmoves 1 IN A 127.0.0.1";
    let resolver = Nameserver::new().zone_text("hosts.test", text).start();
    let (primary, one, other) = (at(7).start(), at(7).start(), at(7).start());
    let place = |host: &str, server: &Listening| {
        format!("{{address: \"{host}.hosts.test:{}\"}}", server.address().port())
    };
    let text = format!(
        "probe: {{interval: 1s}}\nservers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1: {}\n  ns2: {}\nzones: [{ZONE}]\n",
        primary.address(),
        place("later", &one),
        place("moves", &other)
    );
    let service = Service::with_resolver(&text, &resolver);
    service.await_verdict(ZONE, "ns2", "in_sync");
    assert_eq!(service.sample("zoneprobe_zone_finding", &["no_address"]), Some(1.0));
    assert_eq!(service.server(ZONE, "ns1"), Value::Null);
    resolver.edit(|zone| zone.with("later 1 IN A 127.0.0.1").unwrap());
    service.await_verdict(ZONE, "ns1", "in_sync");
    service.until("no finding", || service.sample("zoneprobe_zone_finding", &["no_address"]).is_none());
    resolver.edit(|zone| zone.replace("moves 1 IN A 127.9.9.9").unwrap());
    let server = service.await_verdict(ZONE, "ns2", "unreachable");
    assert_eq!(server["address"], format!("127.9.9.9:{}", other.address().port()));
    // While resolvers fail, servers are where they were.
    resolver.set_silent(true);
    service.until("a finding", || service.sample("zoneprobe_zone_finding", &["no_address"]) == Some(1.0));
    assert_eq!(service.server(ZONE, "ns1")["verdict"], "in_sync");
    assert_eq!(service.server(ZONE, "ns2")["address"], server["address"]);
}

#[test]
fn the_service_manager_is_told_that_it_is_ready_and_alive() {
    let primary = at(7).start();
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let path = path.display().to_string();
    let variables = [("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "400000")];
    let service = Service::in_folder(&folder, &configuration(&[&primary], ""), &variables).unwrap();
    let mut told = String::new();
    while !(told.contains("READY=1") && told.matches("WATCHDOG=1").count() >= 3) {
        let mut octets = [0; 256];
        let count = socket.recv(&mut octets).expect("it tells");
        told.push_str(std::str::from_utf8(&octets[..count]).unwrap());
    }
    service.signal("TERM");
    while !told.contains("STOPPING=1") {
        let mut octets = [0; 256];
        let count = socket.recv(&mut octets).expect("it tells");
        told.push_str(std::str::from_utf8(&octets[..count]).unwrap());
    }
    assert_eq!(service.ended().0.code(), Some(143));
}

#[test]
fn ten_thousand_scrapes_while_a_thousand_zones_change_take_no_more_memory() {
    let names: Vec<String> = (0..1000).map(|number| format!("z{number}.test")).collect();
    let with_zones = || names.iter().fold(Nameserver::new(), |server, name| server.zone(name, 7));
    let (primary, secondary) = (with_zones().start(), with_zones().start());
    let all = servers(&[&primary, &secondary]);
    let text = format!(
        "probe: {{interval: 2s, compare: serials}}\n{all}metrics: {{detail: exceptions}}\nzones: [{}]\n",
        names.join(", ")
    );
    let service = Service::start(&text);
    service.until("ready", || service.get("/-/ready").status == 200);
    let memory = || service.sample("process_resident_memory_bytes", &[]).unwrap();
    let scrape = |times: u32| {
        for time in 0..times {
            if time % 500 == 0 {
                primary.set_serial(8 + time / 500);
                secondary.set_serial(8 + time / 500);
            }
            assert_eq!(service.get("/metrics").status, 200);
        }
    };
    scrape(2_000);
    let before = memory();
    scrape(8_000);
    let after = memory();
    assert!(after < before + f64::from(32 << 20), "{before} and then {after}");
}
