//! `verify` and `serve` at servers that refuse transfers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use super::{ZONE, assert_asked_whole, check, difference, refusing_while, server};
use crate::harness::service::servers;
use crate::harness::{Nameserver, Probe, RunningNameserver, Service};

fn verify<'n>(primary: &'n RunningNameserver, secondary: &'n RunningNameserver) -> Probe<'n> {
    Probe::verify(ZONE).primary(primary).secondary(secondary)
}

/// The records of the scripted zone, as a zone file.
const FILE: &str = "$ORIGIN example.test.\n$TTL 3600\n@ SOA ns0 hostmaster 7 3600 600 604800 300\n\
                    @ NS ns0\n@ NS ns1\n@ MX 10 mail\n@ TXT \"v=spf1 mx -all\"\nns0 A 192.0.2.53\n\
                    ns1 A 198.51.100.53\nmail A 192.0.2.25\nwww 300 A 192.0.2.80\nwww 300 AAAA 2001:db8::80\n";

/// Writes a zone file with some lines replaced.
fn file(directory: &tempfile::TempDir, changes: &[(&str, &str)]) -> String {
    let text = changes.iter().fold(FILE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    let path = directory.path().join("db.example.test");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn verify_against_a_zone_file_asks_a_server_that_refuses_transfers() {
    let directory = tempfile::tempdir().unwrap();
    let (one, other) = (server().transfer_refused().start(), server().transfer_refused().start());
    let path = file(&directory, &[]);
    let outcome = verify(&one, &other).args(["-z", &path]).ok();
    for name in ["ns0", "ns1"] {
        assert_eq!(outcome.verdict(name), "in_sync", "{}", outcome.transcript());
        assert_asked_whole(&outcome, name);
    }
    let path = file(&directory, &[("192.0.2.25", "192.0.2.26"), ("MX 10", "MX 20")]);
    let outcome = verify(&one, &other).args(["-z", &path]).critical();
    let apex = (format!("{ZONE}."), "MX".to_owned(), "changed".to_owned());
    for name in ["ns0", "ns1"] {
        assert_eq!(
            outcome.differences(name),
            [apex.clone(), difference("mail", "A", "changed")],
            "{}",
            outcome.transcript()
        );
    }
}

#[test]
fn verify_ends_well_once_a_server_that_refuses_transfers_has_the_change() {
    let (primary, secondary) = (server().start(), server().transfer_refused().start());
    let changed = "new 300 TXT \"a\"";
    primary.edit(|zone| zone.with_serial(8).with(changed).unwrap());
    scope(|threads| {
        threads.spawn(|| {
            sleep(Duration::from_millis(1500));
            secondary.edit(|zone| zone.with_serial(8).with(changed).unwrap());
        });
        let verify = verify(&primary, &secondary);
        let outcome = verify.args(["--wait", "30s", "--serial", "8", "--expect", "new TXT a"]).ok();
        assert_asked_whole(&outcome, "ns1");
    });
}

#[test]
fn verify_fails_where_a_server_that_refuses_transfers_has_the_serial_and_other_records() {
    let primary = server().edit(|zone| zone.with_serial(8)).start();
    let secondary = server().edit(|zone| zone.with_serial(8)).replace("mail 3600 A 192.0.2.99");
    let secondary = secondary.transfer_refused().start();
    let outcome =
        verify(&primary, &secondary).args(["--serial", "8", "--expect", "www A 192.0.2.80"]).critical();
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    assert_eq!(outcome.differences("ns1"), [difference("mail", "A", "changed")], "{}", outcome.transcript());
}

/// The baseline is the list: what of it is not as it was is found by queries.
#[test]
fn nothing_but_the_change_may_differ_from_the_baseline_at_servers_that_refuse_transfers() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = file(&directory, &[]);
    let changed =
        || server().edit(|zone| zone.with_serial(8)).replace("www 300 A 192.0.2.81").transfer_refused();
    let (primary, good) = (changed().start(), changed().start());
    let arguments = ["--serial", "8", "--baseline", &baseline, "--only-changed", "www A"];
    let outcome = verify(&primary, &good).args(arguments).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());

    let surprise = changed().replace("mail 3600 A 192.0.2.99").start();
    let outcome = verify(&primary, &surprise).args(arguments).critical();
    assert!(outcome.findings("ns1").contains(&"unexpected_change".to_owned()), "{}", outcome.transcript());
    assert!(!outcome.findings("ns0").contains(&"unexpected_change".to_owned()), "{}", outcome.transcript());
    let gone = changed().without("www AAAA").start();
    let outcome = verify(&primary, &gone).args(arguments).critical();
    assert!(outcome.findings("ns1").contains(&"unexpected_change".to_owned()), "{}", outcome.transcript());
}

/// A configuration of one zone on these servers, which is checked every second.
fn configuration(all: &[&RunningNameserver], more: &str) -> String {
    format!("probe: {{interval: 1s{more}}}\n{}zones: [{ZONE}]\nstate: state.redb\n", servers(all))
}

#[test]
fn serve_compares_by_queries_and_notices_that_transfers_are_allowed() {
    let switch = Arc::new(AtomicBool::new(true));
    let (primary, secondary) = (server().start(), refusing_while(server(), &switch).start());
    // The check of serials after the comparison comes late enough to be no part of the report.
    let text = configuration(&[&primary, &secondary], "").replace("interval: 1s", "interval: 1m");
    let service = Service::start(&text);
    service.until("a comparison", || service.server(ZONE, "ns1")["compared_at"].is_string());
    let report = service.server(ZONE, "ns1");
    assert_eq!(
        (&report["verdict"], &report["compared"]),
        (&"in_sync".into(), &"records".into()),
        "{report:#}"
    );
    assert_eq!(report["copy"]["method"], "queries", "{report:#}");
    assert_eq!(report["copy"]["asked"], report["copy"]["askable"], "{report:#}");
    let asked = service.sample("zoneprobe_server_asked_rrsets", &["ns1"]);
    assert_eq!(asked, report["copy"]["asked"].as_f64());
    assert_eq!(service.sample("zoneprobe_server_askable_rrsets", &["ns1"]), asked);

    drop(service);

    switch.store(false, Ordering::SeqCst);
    let service = Service::start(&text);
    service.until("a comparison", || service.server(ZONE, "ns1")["compared_at"].is_string());
    let report = service.server(ZONE, "ns1");
    assert_eq!(report["copy"]["method"], "axfr", "{report:#}");
    assert_eq!(report["findings"], serde_json::json!([]), "{report:#}");
    assert_eq!(service.sample("zoneprobe_server_asked_rrsets", &["ns1"]), None);
}

#[test]
fn serve_rests_on_what_was_asked_at_the_same_serial_and_keeps_reporting_what_differs() {
    let primary = server().start();
    let secondary = server().replace("www 300 A 192.0.2.99").transfer_refused().start();
    let service = Service::start(&configuration(&[&primary, &secondary], ""));
    service.await_verdict(ZONE, "ns1", "diverged");
    let is_www = |line: &&String| line.contains("www.example.test. A");
    let asked = || secondary.queries().iter().filter(is_www).count();
    let before = asked();
    assert!(before >= 2, "asked again before it was accused");
    let checks = service.sample("zoneprobe_checks_total", &[]).unwrap();
    service.until("three more checks", || {
        service.sample("zoneprobe_checks_total", &[]).unwrap() >= checks + 3.0
    });
    let report = service.server(ZONE, "ns1");
    assert_eq!(
        (&report["verdict"], &report["differences"]["changed"]),
        (&"diverged".into(), &1.into()),
        "{report:#}"
    );
    assert_eq!(asked(), before, "it was not asked again");
    secondary.edit(|zone| zone.with_serial(8).replace("www 300 A 192.0.2.80").unwrap());
    primary.set_serial(8);
    service.await_verdict(ZONE, "ns1", "in_sync");
}

/// The times at which a server was asked.
fn timed(server: Nameserver) -> (RunningNameserver, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&times);
    let server = server.handler(move |_| {
        seen.lock().unwrap().push(Instant::now());
        None
    });
    (server.start(), times)
}

#[test]
fn serve_keeps_within_five_questions_a_second_to_each_address() {
    let primary = server().hosts(200).start();
    let (one, one_times) = timed(server().hosts(200).transfer_refused());
    let (other, other_times) = timed(server().hosts(200).transfer_refused());
    let text = configuration(&[&primary, &one, &other], ", max_qps: 5");
    let _service = Service::start(&text);
    sleep(Duration::from_secs(6));
    for times in [one_times, other_times] {
        let times = times.lock().unwrap().clone();
        assert!(times.len() >= 15, "{} questions in six seconds", times.len());
        for (first, time) in times.iter().enumerate() {
            let within = times[first..].iter().take_while(|it| **it - *time < Duration::from_secs(2)).count();
            // Ten in two seconds, what was saved up while the address was idle, and what was late.
            assert!(within <= 10 + 5 + 2, "{within} questions in two seconds");
        }
        let (first, last) = (times[0], times[times.len() - 1]);
        let seconds = (last - first).as_secs() + 1;
        assert!(times.len() as u64 <= 5 * seconds + 5, "{} questions in {seconds} seconds", times.len());
    }
}

#[test]
fn a_check_keeps_within_max_qps() {
    let primary = server().start();
    let (secondary, times) = timed(server().transfer_refused());
    let probe = Probe::check(ZONE).primary(&primary).secondary(&secondary).args(["--max-qps", "10"]);
    assert_asked_whole(&probe.ok(), "ns1");
    let times = times.lock().unwrap().clone();
    let duration = times[times.len() - 1] - times[0];
    // Nine RRsets, the SOA twice more, a name that does not exist; one second's worth may come at once.
    assert!(times.len() >= 11 && duration >= Duration::from_millis(100), "{} in {duration:?}", times.len());
}

/// An RRset that was wrong before is asked for again, though the list of RRsets does not have it any more.
#[test]
fn an_rrset_that_diverged_before_is_asked_for_again() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state").display().to_string();
    let diverged = server().with("left 300 A 192.0.2.66\n").start();
    let primary = server().start();
    check(&primary, &diverged).args(["--state", &state]).critical();
    // No server gives the zone now, and nothing but the name that was seen before tells that one differs.
    let primary = server().transfer_refused().start();
    let secondary = server().with("left 300 A 192.0.2.66\n").transfer_refused().start();
    let outcome = check(&primary, &secondary).args(["--state", &state]).critical();
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    let named: Vec<_> = outcome.differences("ns1").into_iter().map(|(owner, ..)| owner).collect();
    assert_eq!(named, ["left.example.test."], "{}", outcome.transcript());
}
