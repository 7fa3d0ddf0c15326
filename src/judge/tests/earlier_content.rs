//! Servers that number their own versions: their content shows which version they lag behind.

use super::checks::Checks;
use super::judged::Judged;
use super::world::{Server, World};
use crate::judge::{Code, Verdict};
use crate::plan::{Compare, Serials};

/// Consecutive checks of servers that number their own versions.
fn checks() -> Checks {
    Checks::new().rules(|rules| rules.serials = Serials::Independent)
}

fn at(serial: u32, version: u32) -> Server {
    Server::at(serial).serving(format!("www {version}"))
}

/// The verdict over the secondary, and since when it is out of sync.
fn lag(judged: &Judged) -> (Verdict, Option<u64>) {
    (judged.verdict(1), judged.since(1))
}

#[test]
fn the_content_of_an_earlier_version_is_a_lag_with_a_clock() {
    let mut checks = checks();
    assert_eq!(checks.check(0, at(5, 1), at(90, 1)).verdict(1), Verdict::InSync);
    let judged = checks.check(60, at(6, 2), at(90, 1));
    assert_eq!(lag(&judged), (Verdict::Propagating, Some(60)));
    assert_eq!(judged.deadline(1), Some(60 + 4200));
    assert_eq!(judged.self_heals(1), Some(true));
    let message = judged.message(1, Code::Verdict(Verdict::Propagating));
    assert!(
        message.starts_with("it has the records of serial 5, behind serial 6 at ns0 since "),
        "{message}"
    );
    // It goes on numbering, as a signer does that renews signatures.
    assert_eq!(lag(&checks.check(4000, at(7, 3), at(91, 1))), (Verdict::Propagating, Some(60)));
    assert_eq!(lag(&checks.check(4300, at(7, 3), at(92, 1))), (Verdict::Stuck, Some(60)));
    assert_eq!(lag(&checks.check(4400, at(7, 3), at(93, 3))), (Verdict::InSync, None));
}

#[test]
fn the_lag_begins_anew_with_each_version_that_arrives() {
    let mut checks = checks();
    checks.check(0, at(5, 1), at(90, 1));
    checks.check(60, at(6, 2), at(90, 1));
    checks.check(120, at(7, 3), at(90, 1));
    assert_eq!(lag(&checks.check(180, at(7, 3), at(91, 2))), (Verdict::Propagating, Some(120)));
}

#[test]
fn content_that_the_reference_never_served_is_diverged() {
    let mut checks = checks();
    checks.check(0, at(5, 1), at(90, 1));
    assert_eq!(checks.check(60, at(6, 2), at(90, 9)).verdict(1), Verdict::Diverged);
    // Nor is anything known of what it served before the first check.
    let judged = World::new().rules(|rules| rules.serials = Serials::Independent);
    assert_eq!(judged.primary(at(6, 2)).secondary(at(90, 1)).judge().verdict(1), Verdict::Diverged);
}

#[test]
fn content_that_has_come_back_is_current() {
    let mut checks = checks();
    checks.check(0, at(5, 1), at(90, 1));
    checks.check(60, at(6, 2), at(90, 1));
    assert_eq!(checks.check(120, at(7, 1), at(90, 1)).verdict(1), Verdict::InSync);
    // The version in between is an earlier one from now on.
    assert_eq!(lag(&checks.check(180, at(7, 1), at(91, 2))), (Verdict::Propagating, Some(120)));
}

#[test]
fn a_new_serial_with_the_same_content_is_no_successor() {
    let mut checks = checks();
    checks.check(0, at(5, 1), at(90, 1));
    checks.check(60, at(6, 1), at(90, 1));
    assert_eq!(lag(&checks.check(120, at(7, 2), at(90, 1))), (Verdict::Propagating, Some(120)));
}

#[test]
fn records_that_change_without_a_new_serial_are_a_new_version() {
    let mut checks = checks();
    checks.check(0, at(5, 1), at(90, 1));
    let judged = checks.check(60, at(5, 2), at(90, 1));
    assert_eq!(lag(&judged), (Verdict::Propagating, Some(60)));
    let message = judged.message(1, Code::Verdict(Verdict::Propagating));
    assert!(message.starts_with("it has records that serial 5 at ns0 had before since "), "{message}");
}

#[test]
fn a_lag_outlives_the_versions_that_are_remembered() {
    let mut checks = checks();
    checks.check(0, at(5, 0), at(90, 0));
    for version in 1..40_u32 {
        let judged = checks.check(u64::from(version) * 60, at(5 + version, version), at(90 + version, 0));
        assert_eq!(lag(&judged), (Verdict::Propagating, Some(60)), "{version}");
    }
}

#[test]
fn the_soa_of_a_server_is_no_content_of_an_earlier_version() {
    let mut checks = checks();
    let own = || at(90, 1).refresh(7200);
    checks.check(0, at(5, 1), own());
    assert_eq!(lag(&checks.check(60, at(6, 2).retry(900), own())), (Verdict::Propagating, Some(60)));
}

#[test]
fn a_lag_lasts_between_comparisons() {
    let mut checks = checks();
    checks.check(0, at(5, 1), at(90, 1));
    let serials = |primary, secondary| {
        World::new().primary(primary).secondary(secondary).rules(|rules| {
            (rules.serials, rules.compare) = (Serials::Independent, Compare::PreviousRecords);
        })
    };
    // Nothing is known of the new version yet.
    assert_eq!(checks.check_world(60, serials(at(6, 2), at(90, 1))).verdict(1), Verdict::InSync);
    assert_eq!(lag(&checks.check(120, at(6, 2), at(90, 1))), (Verdict::Propagating, Some(60)));
    let judged = checks.check_world(180, serials(at(6, 2), at(91, 1)));
    assert_eq!(lag(&judged), (Verdict::Propagating, Some(60)));
    let message = judged.message(1, Code::Verdict(Verdict::Propagating));
    assert!(
        message.starts_with("it has the records of serial 5, behind serial 6 at ns0 since "),
        "{message}"
    );
    assert_eq!(lag(&checks.check_world(4300, serials(at(6, 2), at(91, 1)))), (Verdict::Stuck, Some(60)));
    assert_eq!(checks.check(4400, at(6, 2), at(92, 2)).verdict(1), Verdict::InSync);
    assert_eq!(checks.check_world(4500, serials(at(6, 2), at(92, 2))).verdict(1), Verdict::InSync);
}

#[test]
fn another_ttl_alone_is_no_earlier_version() {
    let mut checks = checks();
    checks.check(0, at(5, 1), at(90, 1));
    assert_eq!(checks.check(60, at(6, 1).ttl(60), at(90, 1)).verdict(1), Verdict::InSync);
}
