//! Copies that are not what their ZONEMD records say: which address has the finding, how bad it is, and how often its
//! copy is read.

use super::checks::Checks;
use super::judged::Judged;
use super::world::{Server, World};
use crate::dns::{Rtype, Serial};
use crate::judge::{Code, Severity, Verdict};
use crate::observe::{ZonemdCheck, ZonemdFault, ZonemdHash};
use crate::plan::{Compare, ContentRules, SignatureComparison};

/// A digest that is not the one of the records.
fn mismatch(computed: u8) -> ZonemdCheck {
    let (published, computed) = ([0xab; 48].into(), [computed; 48].into());
    ZonemdCheck::Mismatch(vec![ZonemdFault::Digest { hash: ZonemdHash::Sha384, published, computed }])
}

fn verified() -> ZonemdCheck {
    ZonemdCheck::Verified(ZonemdHash::Sha384)
}

fn judge(primary: Server, secondary: Server) -> Judged {
    World::new().primary(primary).secondary(secondary).judge()
}

#[test]
fn a_copy_that_matches_its_zonemd_has_no_finding_and_is_read_once() {
    for check in [verified(), ZonemdCheck::Unsupported] {
        let judged = judge(Server::at(5).with_zonemd(check.clone()), Server::at(5).with_zonemd(check));
        assert_eq!([judged.codes(0), judged.codes(1)], [[""; 0]; 2]);
        assert_eq!([judged.copy_attempts(0), judged.copy_attempts(1)], [1, 1]);
    }
}

#[test]
fn a_copy_that_differs_is_told_of_its_own_mismatch_after_two_readings() {
    let damaged = Server::at(5).serving("www 2").with_zonemd(mismatch(1));
    let judged = judge(Server::at(5).with_zonemd(verified()), damaged);
    assert_eq!((judged.verdict(1), judged.severity(1)), (Verdict::Diverged, Severity::Critical));
    assert!(judged.codes(1).contains(&"zonemd_mismatch"), "{:?}", judged.codes(1));
    assert_eq!(
        judged.message(1, Code::ZonemdMismatch),
        "its copy is not what its ZONEMD record says: SIMPLE SHA-384 abababababababab… is published, and that of the \
         records is 0101010101010101…"
    );
    let advice = judged.advice(1, Code::ZonemdMismatch);
    assert_eq!(advice[0], "dig @192.0.2.1 example.com ZONEMD +norecurse");
    assert_eq!(advice[1], "rndc retransfer example.com  # on ns1, if it runs BIND");
    assert_eq!((judged.codes(0), judged.severity(0)), (vec![], Severity::Ok));
}

#[test]
fn a_mismatch_of_all_copies_is_critical_at_the_reference_alone() {
    let server = || Server::at(5).with_zonemd(mismatch(1));
    let judged = judge(server(), server());
    assert_eq!(judged.verdicts(), [Verdict::InSync; 2]);
    assert_eq!([judged.codes(0), judged.codes(1)], [["zonemd_mismatch"]; 2]);
    assert_eq!([judged.severity(0), judged.severity(1)], [Severity::Critical, Severity::Ok]);
    // Two servers have one copy: that is two readings of it.
    assert_eq!([judged.copy_attempts(0), judged.copy_attempts(1)], [1, 1]);
    assert!(judged.message(1, Code::ZonemdMismatch).contains("neither is the one at ns0, which is the same"));
    assert!(
        judged.advice(0, Code::ZonemdMismatch)[1]
            .starts_with("knotc zone-sign example.com  # on ns0, if it runs Knot with zonemd-generate")
    );
}

#[test]
fn a_single_copy_is_read_twice_before_it_is_accused() {
    let lonely = World::new().rules(|rules| rules.has_expectations = true);
    let judged = lonely.primary(Server::at(5).with_zonemd(mismatch(1))).judge();
    assert_eq!((judged.copy_attempts(0), judged.codes(0)), (2, vec!["zonemd_mismatch"]));
    // What is right the second time is right.
    let wrong = || Server::at(5).with_zonemd(mismatch(1));
    let passing = Server::then([wrong(), wrong(), wrong(), Server::at(5).with_zonemd(verified())]);
    let lonely = World::new().rules(|rules| rules.has_expectations = true);
    let judged = lonely.primary(passing).judge();
    assert_eq!(judged.codes(0), [""; 0]);
}

#[test]
fn the_record_of_another_serial_says_so() {
    let fault = ZonemdFault::Serial { zonemd: Serial(4), soa: Serial(5) };
    let server = || Server::at(5).with_zonemd(ZonemdCheck::Mismatch(vec![fault.clone()]));
    let message = judge(server(), server()).message(0, Code::ZonemdMismatch);
    assert_eq!(
        message,
        "its copy is not what its ZONEMD record says: the record is for serial 4, and the serial of the SOA is 5"
    );
}

#[test]
fn a_digest_that_was_not_computed_is_computed_in_one_more_reading() {
    let late = |check| Server::at(5).with_late_zonemd(check);
    let judged = judge(late(verified()), late(verified()));
    assert_eq!([judged.codes(0), judged.codes(1)], [[""; 0]; 2]);
    // The copies are the same, so one of them is enough.
    assert_eq!([judged.copy_attempts(0), judged.copy_attempts(1)], [2, 1]);
    let judged = judge(late(mismatch(1)), late(mismatch(1)));
    assert_eq!([judged.codes(0), judged.codes(1)], [["zonemd_mismatch"]; 2]);
    assert_eq!([judged.severity(0), judged.severity(1)], [Severity::Critical, Severity::Ok]);
}

#[test]
fn a_digest_that_cannot_be_computed_is_noted_unless_another_server_has_the_same_copy() {
    let failing = || Server::at(5).with_zonemd(ZonemdCheck::NotComputed("the disk is full".to_owned()));
    let judged = judge(failing(), failing());
    assert_eq!([judged.codes(0), judged.codes(1)], [["not_validated"]; 2]);
    assert_eq!(judged.message(0, Code::NotValidated), "its ZONEMD record was not verified: the disk is full");
    assert_eq!((judged.severity(0), judged.copy_attempts(0)), (Severity::Ok, 1));
    let judged = judge(failing(), Server::at(5).with_zonemd(verified()));
    assert_eq!([judged.codes(0), judged.codes(1)], [[""; 0]; 2]);
}

#[test]
fn a_copy_without_a_record_that_others_have_is_noted() {
    let with = || Server::at(5).with_zonemd(verified());
    let judged = judge(with(), Server::at(5));
    assert_eq!((judged.codes(0), judged.codes(1)), (vec![], vec!["zonemd_absent_here"]));
    assert_eq!(judged.severity(1), Severity::Ok);
    assert_eq!(
        judged.message(1, Code::ZonemdAbsentHere),
        "its copy has no ZONEMD record, and that of ns0 has one at serial 5"
    );
    // A copy of another serial says nothing about this one.
    let judged = judge(with(), Server::at(4));
    assert_eq!(judged.codes(1), [""; 0]);
}

#[test]
fn a_zone_file_that_does_not_match_is_a_finding_of_the_zone() {
    let server = || Server::at(5).with_zonemd(mismatch(1));
    let judged = World::new().zone_file(server()).primary(server()).judge();
    assert_eq!(judged.zone_codes(), ["zonemd_mismatch"]);
    assert_eq!(judged.zone_severity(), Severity::Critical);
    assert_eq!((judged.codes(0), judged.severity(0)), (vec!["zonemd_mismatch"], Severity::Ok));
    assert!(
        judged.zone_message("zonemd_mismatch").starts_with("db.example is not what its ZONEMD record says: ")
    );
}

#[test]
fn records_that_are_ignored_are_not_verified() {
    for (dnssec, ignored, codes) in [
        (SignatureComparison::Semantic, Some(Rtype::ZONEMD), vec![]),
        (SignatureComparison::Ignore, None, vec!["zonemd_mismatch"]),
    ] {
        let content = ContentRules { dnssec, ignored: Vec::from_iter(ignored), ..ContentRules::default() };
        let world = World::new().rules(|rules| rules.content = content.clone());
        let server = || Server::at(5).with_zonemd(mismatch(1));
        let judged = world.primary(server()).secondary(server()).judge();
        assert_eq!([judged.codes(0), judged.codes(1)], [codes.clone(), codes]);
        if dnssec == SignatureComparison::Ignore {
            // What is left out of the comparison may differ, so each copy is read twice.
            assert_eq!([judged.copy_attempts(0), judged.copy_attempts(1)], [2, 2]);
            assert_eq!([judged.severity(0), judged.severity(1)], [Severity::Critical, Severity::Ok]);
        }
    }
}

#[test]
fn a_mismatch_is_told_until_the_next_version() {
    let server = || Server::at(5).with_zonemd(mismatch(1));
    let mut checks = Checks::new();
    let message = checks.check(0, server(), server()).message(0, Code::ZonemdMismatch);
    let mut checks = checks.rules(|rules| rules.compare = Compare::PreviousRecords);
    let judged = checks.check(60, server(), server());
    assert_eq!(judged.message(0, Code::ZonemdMismatch), message);
    // That of the secondary is ok, and waits for the next comparison.
    assert_eq!((judged.codes(1), judged.copy_attempts(0)), (vec![], 0));
    assert_eq!(checks.check(120, Server::at(6), Server::at(6)).codes(0), [""; 0]);
}
