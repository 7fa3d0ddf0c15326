//! Primaries that no user asks: what is said of one that is dead depends on the NS set, and not on how it is written.

use std::time::{Duration, Instant};

use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

const ZONE: &str = "example.test";

/// Nothing listens there.
const PORT: u16 = 5399;

/// A zone whose name servers have these addresses, served at one of them.
fn served_at(ip: &str, addresses: [&str; 2]) -> RunningNameserver {
    let [one, two] = addresses;
    let text = format!(
        "@ 60 IN SOA ns1 host 7 3600 600 86400 60\n@ 60 IN NS ns1\n@ 60 IN NS ns2\n\
         ns1 60 IN A {one}\nns2 60 IN A {two}"
    );
    Nameserver::new().zone_text(ZONE, &text).on(ip).start()
}

/// The ways to write a server: by its address, with a name of the user's, with the name in the NS set.
fn written(name: &str, address: &str, port: u16) -> [String; 3] {
    [
        format!("{address}:{port}"),
        format!("x{name}={address}:{port}"),
        format!("{name}.{ZONE}={address}:{port}"),
    ]
}

#[track_caller]
fn assert_dead(outcome: &Outcome, address: &str, severity: &str, ratio: f64) {
    let dead = outcome.server(&format!("{address}:{PORT}"));
    assert_eq!((&dead["verdict"], &dead["severity"]), (&"unreachable".into(), &severity.into()));
    assert_eq!(outcome.zone()["wrong_answer_ratio"], ratio, "{}", outcome.transcript());
}

#[test]
fn a_dead_primary_outside_the_ns_set_is_a_warning_however_the_servers_are_written() {
    let addresses = ["127.0.0.2", "127.0.0.3"];
    let (one, two) = (served_at("127.0.0.2", addresses), served_at("127.0.0.3", addresses));
    let ones = written("ns1", "127.0.0.2", one.address().port());
    let twos = written("ns2", "127.0.0.3", two.address().port());
    for (one, two) in ones.iter().zip(&twos) {
        for primary in [format!("127.0.0.4:{PORT}"), format!("ns0=127.0.0.4:{PORT}")] {
            let outcome = Probe::check(ZONE).args(["-p", &primary, "-s", one, "-s", two]).warning();
            assert_dead(&outcome, "127.0.0.4", "warning", 0.0);
            assert_eq!(outcome.zone_findings(), ["primary_unreachable"]);
        }
    }
}

#[test]
fn a_dead_primary_in_the_ns_set_is_critical_however_the_servers_are_written() {
    let two = served_at("127.0.0.3", ["127.0.0.2", "127.0.0.3"]);
    let ones = written("ns1", "127.0.0.2", PORT);
    let twos = written("ns2", "127.0.0.3", two.address().port());
    for (one, two) in ones.iter().zip(&twos) {
        for option in ["-p", "-s"] {
            let outcome = Probe::check(ZONE).args([option, one, "-s", two]).critical();
            let ratio = outcome.zone()["wrong_answer_ratio"].as_f64().unwrap();
            assert!((ratio - 0.5).abs() < 1e-9, "{ratio}");
            assert_eq!(outcome.server(&format!("127.0.0.2:{PORT}"))["severity"], "critical");
        }
    }
}

#[test]
fn a_name_with_one_dead_address_of_two_is_as_bad_as_a_primary_as_it_is_as_a_secondary() {
    let one = served_at("127.0.0.2", ["127.0.0.2", "127.0.0.3"]);
    let two = served_at("127.0.0.3", ["127.0.0.2", "127.0.0.3"]);
    let text =
        "@ 60 IN SOA a b 7 3600 600 86400 60\n@ 60 IN NS a\nboth 60 IN A 127.0.0.2\nboth 60 IN A 127.0.0.9";
    let resolver = Nameserver::new().zone_text("hosts.test", text).start();
    let both = format!("both.hosts.test:{}", one.address().port());
    for option in ["-p", "-s"] {
        let outcome = Probe::check(ZONE).resolver(&resolver).secondary(&two).args([option, &both]).critical();
        let dead = outcome.server(&format!("127.0.0.9:{}", one.address().port()));
        assert_eq!((&dead["verdict"], &dead["severity"]), (&"unreachable".into(), &"critical".into()));
    }
}

#[test]
fn a_server_that_is_said_to_be_hidden_is_a_warning_and_counts_in_no_ratio() {
    // The addresses of the NS set are not known.
    let server = |ip: &str| Nameserver::new().zone(ZONE, 7).on(ip).start();
    let (one, two) = (server("127.0.0.2"), server("127.0.0.3"));
    let probe = |primary: &str| Probe::check(ZONE).secondary(&one).secondary(&two).args(["-p", primary]);
    let outcome = probe(&format!("127.0.0.4:{PORT},hidden")).warning();
    assert_dead(&outcome, "127.0.0.4", "warning", 0.0);
    // Even if it is in the NS set.
    let addresses = ["127.0.0.4", "127.0.0.3"];
    let two = served_at("127.0.0.3", addresses);
    let hidden = format!("127.0.0.4:{PORT},hidden");
    let outcome = Probe::check(ZONE).secondary(&two).args(["-p", &hidden]).warning();
    assert_dead(&outcome, "127.0.0.4", "warning", 0.0);
    // What it serves is held against it all the same.
    let old = Nameserver::new().zone(ZONE, 6).on("127.0.0.5").start();
    let hidden = format!("ns9={},hidden", old.address());
    let outcome = Probe::check(ZONE).primary(&two).args(["-s", &hidden]).run();
    assert_ne!(outcome.code(), 0, "{}", outcome.transcript());
    assert_eq!(outcome.zone()["wrong_answer_ratio"], 0.0);
}

#[test]
fn the_addresses_of_many_name_servers_are_asked_for_at_intervals() {
    // Eight queries at once, and each of the 72 others 10 ms after the one before.
    let interval = Duration::from_millis(10);
    let text = "@ 60 IN SOA ns1 host 7 3600 600 86400 60\n".to_owned();
    let text = (1..=40).fold(text, |text, number| {
        text + &format!("@ 60 IN NS ns{number}\nns{number} 60 IN A 127.0.0.{number}\n")
    });
    let server = |ip: &str| Nameserver::new().zone_text(ZONE, &text).on(ip).start();
    let (one, outside) = (server("127.0.0.2"), server("127.0.0.99"));
    let began = Instant::now();
    let primary = format!("x1.hosts.test={}", one.address());
    let secondary = format!("x2.hosts.test={}", outside.address());
    Probe::check(ZONE).args(["-p", &primary, "-s", &secondary]).ok();
    assert!(began.elapsed() >= interval * 72, "{:?}", began.elapsed());
    let log = [one.queries(), outside.queries()].concat();
    let asked = |rtype: &str| log.iter().filter(|query| query.contains(rtype)).count();
    assert_eq!((asked(" A EDNS"), asked(" AAAA EDNS")), (40, 40), "{log:?}");
}
