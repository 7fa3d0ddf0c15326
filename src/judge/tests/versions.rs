//! What the reference published before: lags that it explains, and anomalies of the reference itself.

use super::checks::Checks;
use super::judged::Judged;
use super::world::{Server, World};
use crate::digest::Resemblance;
use crate::judge::{Code, Severity, Verdict};

fn records(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("h{number} 1")).collect()
}

fn serving(serial: u32, records: &[String]) -> Server {
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    Server::at(serial).serving_all(&records)
}

#[test]
fn a_lagging_copy_that_the_reference_served_is_propagating() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5).serving("www 1"), Server::at(5).serving("www 1"));
    let judged = checks.check(60, Server::at(6).serving("www 2"), Server::at(5).serving("www 1"));
    assert_eq!(judged.verdict(1), Verdict::Propagating);
    assert_eq!(judged.differences(1), ["changed www.example.com. TXT"]);
}

#[test]
fn case_f08_a_lagging_copy_that_the_reference_never_served_is_diverged() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5).serving("www 1"), Server::at(4).serving("www 0"));
    // The transfer to 5 was applied wrongly, and the zone has moved on.
    let judged = checks.check(60, Server::at(6).serving("www 2"), Server::at(5).serving("www 0"));
    assert_eq!((judged.verdict(1), judged.self_heals(1)), (Verdict::Diverged, Some(false)));
    assert_eq!(judged.codes(1), [""; 0]);
    assert_eq!((judged.since(1), judged.deadline(1)), (Some(60), None));
    let message = judged.message(1, Code::Verdict(Verdict::Diverged));
    assert!(message.contains("serial 5 is 1 behind 6 at ns0"), "{message}");
    let advice = judged.advice(1, Code::Verdict(Verdict::Diverged));
    assert!(advice.iter().any(|line| line.starts_with("rndc retransfer")), "{advice:?}");
}

#[test]
fn a_lagging_copy_is_read_twice_before_it_is_diverged() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5).serving("www 1"), Server::at(4));
    // Wrong in the first read, right in the second.
    let mending = [
        Server::at(5).serving("www 0"),
        Server::at(5).serving("www 0"),
        Server::at(5).serving("www 1"),
        Server::at(5).serving("www 1"),
    ];
    let judged = checks.check(60, Server::at(6).serving("www 2"), Server::then(mending));
    assert_eq!(judged.verdict(1), Verdict::Propagating);
}

#[test]
fn a_version_without_a_stored_copy_is_no_evidence() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5).serving("www 1"), Server::at(4));
    let judged = checks.check(60, Server::at(9).serving("www 2"), Server::at(7).serving("www 0"));
    assert_eq!(judged.verdict(1), Verdict::Propagating);
    // Nor is a copy that was hashed under another key.
    let world =
        World::new().primary(Server::at(9).serving("www 2")).secondary(Server::at(5).serving("www 0"));
    assert_eq!(checks.check_world(120, world.key(8)).verdict(1), Verdict::Propagating);
}

#[test]
fn a_lagging_copy_with_duplicates_is_not_diverged() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5).serving("www 1"), Server::at(4));
    let twice = Server::at(5).serving_all(&["www 1", "www 1"]);
    assert_eq!(checks.check(60, Server::at(6).serving("www 2"), twice).verdict(1), Verdict::Propagating);
}

#[test]
fn case_f01_a_primary_that_went_back_is_accused_before_its_secondaries() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(9), Server::at(9));
    for second in [60, 120] {
        let judged = checks.check(second, Server::at(5), Server::at(9));
        assert_eq!(judged.verdict(1), Verdict::Ahead);
        assert_eq!(judged.zone_codes(), ["serial_went_back"], "{second}");
        let message = judged.message(1, Code::Verdict(Verdict::Ahead));
        assert!(message.ends_with("check the reference first, which is in doubt"), "{message}");
        assert_eq!(judged.advice(1, Code::Verdict(Verdict::Ahead)), [""; 0]);
        let advice = judged.zone_advice("serial_went_back");
        assert!(advice.iter().any(|line| line.contains("to 10")), "{advice:?}");
    }
    assert_eq!(checks.check(180, Server::at(10), Server::at(9)).zone_codes(), [""; 0]);
}

#[test]
fn a_regression_is_accepted_once_all_servers_follow_it() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(9), Server::at(9));
    assert_eq!(checks.check(60, Server::at(5), Server::at(5)).zone_codes(), ["serial_went_back"]);
    assert_eq!(checks.check(120, Server::at(5), Server::at(5)).zone_codes(), [""; 0]);
}

#[test]
fn a_lag_after_a_regression_counts_from_the_regression() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(9), Server::at(9));
    checks.check(60, Server::at(5), Server::at(9));
    let judged = checks.check(120, Server::at(6), Server::at(5));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Propagating, Some(120)));
}

#[test]
fn a_primary_of_several_instances_has_not_gone_back() {
    let mut checks = Checks::new();
    let world = |primary| World::new().rules(|rules| rules.samples = 4).primary(primary);
    checks.check_world(0, world(Server::at(6)).secondary(Server::at(6)));
    let turns = || Server::by_turns([Server::at(5), Server::at(6)]);
    assert_eq!(checks.check_world(60, world(turns()).secondary(Server::at(6))).zone_codes(), [""; 0]);
    // With one query at a time, both of the first two are answered by the older instance.
    let mut checks = Checks::new();
    checks.check(0, Server::at(6), Server::at(6));
    let judged = checks.check(60, turns(), Server::at(6));
    assert_eq!((judged.verdict(0), judged.zone_codes()), (Verdict::Mixed, vec![]));
}

#[test]
fn one_older_response_is_no_regression() {
    let mut checks = Checks::new().rules(|rules| rules.compare = crate::plan::Compare::Serials);
    checks.check(0, Server::at(6), Server::at(6));
    let once = Server::then([Server::at(5), Server::at(6)]);
    assert_eq!(checks.check(60, once, Server::at(6)).zone_codes(), [""; 0]);
}

#[test]
fn another_primary_that_takes_over_with_an_older_serial_has_not_gone_back() {
    let world = |first| World::new().primary(first).primary(Server::at(5)).secondary(Server::at(6));
    let mut checks = Checks::new();
    checks.check_world(0, world(Server::at(6)));
    let judged = checks.check_world(60, world(Server::at(6).silent()));
    assert_eq!((judged.verdict(2), judged.zone_codes()), (Verdict::Ahead, vec![]));
}

#[test]
fn case_f18_a_serial_with_other_records_than_before_is_found() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5).serving("www 1"), Server::at(5).serving("www 1"));
    let judged = checks.check(60, Server::at(5).serving("www 2"), Server::at(5).serving("www 1"));
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert_eq!(judged.zone_codes(), ["serial_reused"]);
    // It is so until the next version, whatever the secondary does.
    let judged = checks.check(120, Server::at(5).serving("www 2"), Server::at(5).serving("www 2"));
    assert_eq!((judged.verdict(1), judged.zone_codes()), (Verdict::InSync, vec!["serial_reused"]));
    let judged = checks.check(180, Server::at(6).serving("www 2"), Server::at(6).serving("www 2"));
    assert_eq!(judged.zone_codes(), [""; 0]);
}

#[test]
fn both_contents_of_a_serial_are_stored() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5).serving("www 1"), Server::at(5).serving("www 1"));
    checks.check(60, Server::at(5).serving("www 2"), Server::at(5).serving("www 1"));
    for content in ["www 1", "www 2"] {
        let judged = World::new()
            .primary(Server::at(6).serving("www 3"))
            .secondary(Server::at(5).serving(content))
            .later(120, checks.history().clone())
            .judge();
        assert_eq!(judged.verdict(1), Verdict::Propagating, "{content}");
    }
}

#[test]
fn case_f18_an_older_version_that_returns_is_found_and_ok() {
    let mut checks = Checks::new();
    for (second, serial, content, codes) in [
        (0, 5, "www 1", vec![]),
        (60, 6, "www 2", vec![]),
        (120, 7, "www 1", vec!["older_version_returned"]),
        (180, 8, "www 1", vec![]),
        (240, 9, "www 3", vec![]),
    ] {
        let server = || Server::at(serial).serving(content);
        let judged = checks.check(second, server(), server());
        assert_eq!((judged.zone_codes(), judged.zone_severity()), (codes, Severity::Ok), "{second}");
    }
}

/// Checks a primary that had so many RRsets and has so many now; its secondary follows.
fn after_shrinking(before: usize, now: usize) -> Judged {
    let (before, now) = (records(before), records(now));
    let mut checks = Checks::new();
    checks.check(0, serving(5, &before), serving(5, &before));
    checks.check(60, serving(6, &now), serving(6, &now))
}

#[test]
fn case_f27_a_primary_that_lost_many_rrsets_is_found_though_all_servers_agree() {
    // RRsets before and now; the SOA is one more of each.
    for (before, now, shrank) in [
        (1000, 280, true),
        (253, 202, true),
        (254, 203, false),
        (260, 207, true),
        (260, 208, false),
        (50, 0, false),
    ] {
        let judged = after_shrinking(before, now);
        assert_eq!(judged.verdict(1), Verdict::InSync);
        let codes = if shrank { vec!["reference_shrank"] } else { vec![] };
        assert_eq!(judged.zone_codes(), codes, "{before} {now}");
        let severity = if shrank { Severity::Critical } else { Severity::Ok };
        assert_eq!(judged.zone_severity(), severity, "{before} {now}");
    }
}

#[test]
fn case_f27_a_version_that_lost_many_rrsets_is_not_advised_to_be_copied() {
    let (before, now) = (records(200), records(20));
    let mut checks = Checks::new();
    checks.check(0, serving(5, &before), serving(5, &before));
    for second in [60, 120] {
        let judged = checks.check(second, serving(6, &now), serving(5, &before));
        assert_eq!(judged.zone_codes(), ["reference_shrank"], "{second}");
        assert_eq!(judged.advice(1, Code::Verdict(Verdict::Propagating)), [""; 0]);
    }
    let regained = checks.check(180, serving(7, &before), serving(7, &before));
    assert_eq!(regained.zone_codes(), ["older_version_returned"]);
}

#[test]
fn a_loss_is_read_twice_before_it_is_a_finding() {
    let (before, now) = (records(200), records(20));
    let mut checks = Checks::new();
    checks.check(0, serving(5, &before), serving(5, &before));
    let passing = [serving(6, &now), serving(6, &now), serving(7, &before), serving(7, &before)];
    let judged = checks.check(60, Server::then(passing), serving(7, &before));
    assert_eq!(judged.zone_codes(), [""; 0]);
}

#[test]
fn an_anomaly_is_read_again_in_the_first_check_alone() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5).serving("www 1"), Server::at(5).serving("www 1"));
    let odd = || Server::at(5).serving("www 2");
    for (second, readings) in [(60, 2), (120, 1), (180, 1)] {
        let judged = checks.check(second, odd(), odd());
        assert_eq!(
            (judged.zone_codes(), judged.copy_attempts(0)),
            (vec!["serial_reused"], readings),
            "{second}"
        );
    }
}

#[test]
fn only_the_last_sixteen_copies_are_stored() {
    let mut checks = Checks::new();
    for serial in 1..=20_u32 {
        let server = || Server::at(serial).serving(format!("www {serial}"));
        checks.check(u64::from(serial) * 60, server(), server());
    }
    let known: Vec<u32> = checks
        .history()
        .versions
        .iter()
        .filter(|version| version.copy.is_some())
        .map(|version| version.serial.0)
        .collect();
    assert_eq!(known, (5..=20).collect::<Vec<u32>>());
    let copy = checks.history().versions.last().unwrap().copy.as_ref().unwrap();
    let again = copy.fingerprint.compare(&copy.fingerprint);
    assert_eq!(again, Resemblance::Same);
}
