//! Samples: a part of a zone is asked, and another part the next time.

use std::collections::BTreeMap;

use zoneprobe::dns::message::REFUSED;
use zoneprobe::testserver::ResponseBuilder;

use super::{ZONE, answering, assert_asked_whole, check, difference, server};
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

/// The hosts of the zone, each with one address.
const HOSTS: u32 = 60;

/// The RRsets that are not at hosts: four at the apex, and five below it.
const OTHERS: u64 = 9;

fn with_hosts() -> Nameserver {
    server().hosts(HOSTS)
}

/// How often a server was asked for the address of each host.
fn asked_hosts(server: &RunningNameserver) -> BTreeMap<String, u32> {
    let mut asked = BTreeMap::new();
    for line in server.queries() {
        let Some((_, question)) = line.split_once(": h") else { continue };
        let Some((host, _)) = question.split_once(&format!(".{ZONE}. A")) else { continue };
        *asked.entry(host.to_owned()).or_default() += 1;
    }
    asked
}

#[track_caller]
fn counts(outcome: &Outcome, server: &str) -> (u64, u64) {
    let copy = outcome.server(server)["copy"].clone();
    let count = |key: &str| copy[key].as_u64().unwrap_or_else(|| panic!("{key}\n{}", outcome.transcript()));
    (count("asked"), count("askable"))
}

#[test]
fn a_share_of_the_names_is_asked_and_the_report_says_so() {
    let primary = with_hosts().start();
    for (cover, most) in [("10%", 30), ("5", 30), ("50%", 58)] {
        let secondary = with_hosts().transfer_refused().start();
        let outcome = check(&primary, &secondary).args(["--cover", cover]).ok();
        let (asked, askable) = counts(&outcome, "ns1");
        assert_eq!(askable, u64::from(HOSTS) + OTHERS, "{cover}: {}", outcome.transcript());
        // The apex is always asked: SOA, NS, MX and TXT.
        assert!((4..most).contains(&asked), "{cover}: {asked} of {askable}");
        assert!(asked_hosts(&secondary).len() < HOSTS as usize, "{cover}");
        assert_eq!(outcome.server("ns1")["compared"], "sampled");
        assert_eq!(outcome.zone()["compared"], "sampled");
        let text = check(&primary, &secondary).args(["--cover", cover]).default_format().ok();
        assert!(text.stdout().contains(" RRsets"), "{}", text.stdout());
        assert!(text.stdout().contains("95 %"), "{}", text.stdout());
    }
}

#[test]
fn all_that_is_covered_is_compared_whole() {
    let primary = with_hosts().start();
    for cover in ["100%", "1000"] {
        let secondary = with_hosts().transfer_refused().start();
        let outcome = check(&primary, &secondary).args(["--cover", cover]).ok();
        assert_asked_whole(&outcome, "ns1");
    }
}

#[test]
fn the_apex_is_always_asked() {
    let (primary, secondary) =
        (with_hosts().start(), with_hosts().replace("@ 3600 MX 20 mail").transfer_refused().start());
    for _ in 0..3 {
        let outcome = check(&primary, &secondary).args(["--cover", "1"]).critical();
        let apex = (format!("{ZONE}."), "MX".to_owned(), "changed".to_owned());
        assert_eq!(outcome.differences("ns1"), [apex], "{}", outcome.transcript());
    }
}

#[test]
fn names_that_are_given_are_always_asked() {
    let (primary, secondary) =
        (with_hosts().start(), with_hosts().replace("h7 300 A 192.0.2.7").transfer_refused().start());
    for _ in 0..3 {
        let outcome =
            check(&primary, &secondary).args(["--cover", "1", "--name", "h7.example.test"]).critical();
        assert_eq!(
            outcome.differences("ns1"),
            [difference("h7", "A", "changed")],
            "{}",
            outcome.transcript()
        );
    }
}

/// Checks with a state file.
fn check_with_state<'n>(
    directory: &tempfile::TempDir,
    [primary, secondary]: [&'n RunningNameserver; 2],
    cover: &str,
) -> Probe<'n> {
    check(primary, secondary).current_dir(directory.path()).args(["--state", "state", "--cover", cover])
}

#[test]
fn with_a_state_file_all_names_are_asked_in_turn_and_none_twice() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (with_hosts().start(), with_hosts().transfer_refused().start());
    let mut before = 0;
    for _ in 0..4 {
        check_with_state(&directory, [&primary, &secondary], "25%").ok();
        let hosts = asked_hosts(&secondary).len();
        assert!(hosts > before, "{hosts} hosts were asked");
        before = hosts;
    }
    let asked = asked_hosts(&secondary);
    assert_eq!(asked.len(), HOSTS as usize, "{asked:?}");
    let twice: Vec<_> = asked.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// A name that the server refuses to answer for is in one of the parts.
#[test]
fn parts_with_gaps_never_make_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let secondary = answering(with_hosts(), ("h7", 1), |query, _| ResponseBuilder::new(query).rcode(REFUSED));
    let (primary, secondary) = (with_hosts().start(), secondary.transfer_refused().start());
    for _ in 0..3 {
        let outcome = check_with_state(&directory, [&primary, &secondary], "50%").run();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
        assert_eq!(outcome.server("ns1")["compared"], "sampled", "{}", outcome.transcript());
    }
}

#[test]
fn a_new_serial_begins_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (with_hosts().start(), with_hosts().transfer_refused().start());
    for serial in [7, 8] {
        primary.set_serial(serial);
        secondary.set_serial(serial);
        for _ in 0..4 {
            check_with_state(&directory, [&primary, &secondary], "25%").ok();
        }
    }
    let asked = asked_hosts(&secondary);
    assert_eq!(asked.len(), HOSTS as usize);
    assert!(asked.values().all(|count| *count == 2), "{asked:?}");
}

#[test]
fn a_stale_record_is_found_in_its_turn_and_stays_reported() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) =
        (with_hosts().start(), with_hosts().replace("h7 300 A 192.0.2.7").transfer_refused().start());
    let run = || check_with_state(&directory, [&primary, &secondary], "25%").run();
    let mut outcome = run();
    for _ in 1..4 {
        if outcome.code() != 0 {
            break;
        }
        outcome = run();
    }
    for _ in 0..2 {
        assert_eq!(outcome.code(), 2, "{}", outcome.transcript());
        assert_eq!(
            outcome.differences("ns1"),
            [difference("h7", "A", "changed")],
            "{}",
            outcome.transcript()
        );
        outcome = run();
    }
}

#[test]
fn a_part_that_is_none_is_refused() {
    let (primary, secondary) = (server().start(), server().start());
    for cover in ["0", "0%", "101%", "-1", "ten", "10 %x"] {
        let outcome = check(&primary, &secondary).arg(format!("--cover={cover}")).unknown();
        assert!(outcome.stderr().contains("--cover"), "{}", outcome.stderr());
    }
    for (name, said) in [
        ("www.example.test/NOTYPE", "NOTYPE"),
        ("www.example.test/AXFR", "AXFR"),
        ("a..example.test", "a..example.test"),
        ("www.example.org/A", "www.example.org"),
    ] {
        let outcome = check(&primary, &secondary).args(["--name", name]).unknown();
        assert!(outcome.stderr().contains(said), "{}", outcome.stderr());
    }
    for by in ["axfr", "queries", ""] {
        let outcome = check(&primary, &secondary).arg(format!("--by={by}")).unknown();
        assert!(outcome.stderr().contains("--by"), "{}", outcome.stderr());
    }
}
