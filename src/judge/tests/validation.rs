//! Copies whose signatures are verified: which address has the finding, where a shared fault is reported, and how often a
//! copy is read.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::checks::Checks;
use super::judged::Judged;
use super::world::{Server, World};
use crate::dns::Rtype;
use crate::judge::{Code, Severity, ValidationResult, Verdict};
use crate::observe::{ChainOfTrust, FaultReason, NotValidated, Validation, ValidationFault};
use crate::plan::{Compare, ComparisonRules, ContentRules, SignatureComparison, ValidationRules};

const MONTH: u32 = 30 * 24 * 3600;

/// The result of verifying the signatures of a copy.
#[derive(Clone, Debug, Default)]
pub(super) struct Validated {
    faults: Vec<ValidationFault>,
    /// The number of further faults, which are not kept.
    more: u64,
    failure: Option<String>,
}

impl Validated {
    fn with(faults: &[ValidationFault]) -> Self {
        Self { faults: faults.to_vec(), ..Self::default() }
    }

    fn failed(reason: &str) -> Self {
        Self { failure: Some(reason.to_owned()), ..Self::default() }
    }

    pub(super) fn result(&self, signatures: usize) -> ValidationResult {
        match &self.failure {
            Some(reason) => Err(NotValidated(reason.clone())),
            None => Ok(Arc::new(Validation {
                signatures: signatures as u64,
                valid: 0,
                unverified: 0,
                chain: ChainOfTrust::Secure,
                fault_count: self.faults.len() as u64 + self.more,
                faults: self.faults.clone(),
                holds_until: None,
            })),
        }
    }
}

fn fault(owner: &str, rtype: Rtype, key_tag: Option<u16>, reason: FaultReason) -> ValidationFault {
    ValidationFault { owner: owner.parse().unwrap(), rtype, key_tag, reason }
}

fn wrong_data(owner: &str) -> ValidationFault {
    fault(&format!("{owner}.example.com"), Rtype::TXT, Some(12345), FaultReason::WrongData)
}

/// A server whose copy is signed.
fn signed() -> Server {
    Server::at(5).signed("www.example.com", "TXT", 20 * 24 * 3600, MONTH)
}

fn with(faults: &[ValidationFault]) -> Server {
    signed().validated(Validated::with(faults))
}

fn validating(rules: &mut ComparisonRules) {
    rules.validation = Some(ValidationRules::default());
}

fn judge(primary: Server, secondaries: impl IntoIterator<Item = Server>) -> Judged {
    let world = World::new().rules(validating).primary(primary);
    secondaries.into_iter().fold(world, World::secondary).judge()
}

#[test]
fn copies_that_are_the_same_are_validated_by_one_more_reading_of_one_of_them() {
    let judged = judge(signed(), [signed(), signed()]);
    assert_eq!(judged.verdicts(), [Verdict::InSync; 3]);
    assert_eq!([0, 1, 2].map(|index| judged.codes(index)), [[""; 0]; 3]);
    assert_eq!([0, 1, 2].map(|index| judged.copy_attempts(index)), [2, 1, 1]);
    assert_eq!([0, 1, 2].map(|index| judged.signatures(index)), [Some(1); 3]);
}

#[test]
fn without_being_asked_for_nothing_is_validated() {
    let judged = World::new().primary(with(&[wrong_data("www")])).secondary(signed()).judge();
    assert_eq!([judged.codes(0), judged.codes(1)], [[""; 0]; 2]);
    assert_eq!([judged.copy_attempts(0), judged.copy_attempts(1)], [1, 1]);
    assert_eq!(judged.signatures(0), None);
}

#[test]
fn a_copy_with_other_data_under_a_signature_is_told_so_and_nobody_else_is() {
    let damaged = signed().serving("www 2").validated(Validated::with(&[wrong_data("www")]));
    let judged = judge(signed(), [damaged, signed()]);
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged, Verdict::InSync]);
    assert!(judged.codes(1).contains(&"signatures_invalid"), "{:?}", judged.codes(1));
    assert_eq!([judged.codes(0), judged.codes(2)], [[""; 0]; 2]);
    assert_eq!(judged.zone_codes(), [""; 0]);
    assert_eq!(
        judged.message(1, Code::SignaturesInvalid),
        "1 RRset of its copy does not validate: www.example.com. TXT: wrong data, the signature is not over these \
         records (key tag 12345)"
    );
    assert_eq!(
        judged.advice(1, Code::SignaturesInvalid)[..3],
        [
            "dig @192.0.2.1 www.example.com TXT +norecurse +dnssec +multiline",
            "delv www.example.com TXT  # do resolvers accept it?",
            "rndc retransfer example.com  # on ns1, if it runs BIND",
        ]
    );
}

#[test]
fn where_the_reference_is_the_damaged_copy_it_is_told_and_the_others_diverge_from_what_is_in_doubt() {
    let damaged = signed().serving("www 2").validated(Validated::with(&[wrong_data("www")]));
    let judged = judge(damaged, [signed()]);
    assert_eq!((judged.codes(0), judged.severity(0)), (vec!["signatures_invalid"], Severity::Critical));
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert!(!judged.codes(1).contains(&"signatures_invalid"));
    let message = judged.message(1, Code::Verdict(Verdict::Diverged));
    assert!(message.ends_with("check the reference first, which is in doubt"), "{message}");
}

#[test]
fn a_fault_that_every_copy_shares_is_told_once_at_the_primary() {
    let faulty = || with(&[wrong_data("www")]);
    let judged = judge(faulty(), [faulty(), faulty()]);
    assert_eq!([0, 1, 2].map(|index| judged.codes(index)), [vec!["signatures_invalid"], vec![], vec![]]);
    assert_eq!(
        [0, 1, 2].map(|index| judged.severity(index)),
        [Severity::Critical, Severity::Ok, Severity::Ok]
    );
    assert!(judged.advice(0, Code::SignaturesInvalid)[2].starts_with("rndc sign example.com  # on ns0"));
}

#[test]
fn without_a_primary_a_shared_fault_is_told_of_the_zone() {
    let faulty = |more: &[ValidationFault]| with(&[&[wrong_data("www")], more].concat());
    // The SOA names ns0 as the primary, which does not answer.
    let world = || World::new().rules(validating).secondary(signed().silent());
    let judged = world().secondary(faulty(&[])).secondary(faulty(&[])).judge();
    assert_eq!([judged.codes(1), judged.codes(2)], [[""; 0]; 2]);
    assert_eq!(
        (judged.zone_codes(), judged.zone_severity()),
        (vec!["signatures_invalid"], Severity::Critical)
    );
    let message = judged.zone_message("signatures_invalid");
    assert!(
        message.starts_with(
            "in the copies of all servers, 1 RRset does not validate: www.example.com. TXT: wrong"
        ),
        "{message}"
    );
    // What one of them has besides is its own.
    let other = faulty(&[wrong_data("x")]).serving("www 2");
    let judged = world().secondary(faulty(&[])).secondary(other).judge();
    assert_eq!(judged.zone_codes(), ["signatures_invalid"]);
    let message = judged.message(2, Code::SignaturesInvalid);
    assert!(message.starts_with("1 RRset of its copy does not validate: x.example.com. TXT"), "{message}");
    assert!(!judged.codes(1).contains(&"signatures_invalid"));
}

#[test]
fn a_zone_file_is_validated_if_it_is_signed() {
    let judged = World::new()
        .rules(validating)
        .zone_file(with(&[wrong_data("www")]))
        .primary(with(&[wrong_data("www")]))
        .judge();
    assert_eq!(judged.zone_codes(), ["signatures_invalid"]);
    assert!(judged.zone_message("signatures_invalid").starts_with("db.example: 1 RRset does not validate"));
    assert_eq!(judged.codes(0), [""; 0]);
    // An unsigned file is what a signer takes in; so the finding is about the server, for its own copy.
    let world = World::new().rules(|rules| {
        validating(rules);
        rules.content = ContentRules { dnssec: SignatureComparison::Ignore, ..ContentRules::default() };
    });
    let judged = world.zone_file(Server::at(5)).primary(with(&[wrong_data("www")])).judge();
    assert_eq!((judged.zone_codes(), judged.codes(0)), (vec![], vec!["signatures_invalid"]));
}

#[test]
fn an_unsigned_copy_is_validated_unless_it_is_behind_a_signer() {
    let no_ds = || Validated::with(&[fault("example.com", Rtype::DNSKEY, None, FaultReason::NoMatchingDs)]);
    let unsigned = || Server::at(5).validated(no_ds());
    // The parent says that the zone is signed.
    let judged = judge(unsigned(), [unsigned()]);
    assert_eq!([judged.codes(0), judged.codes(1)], [vec!["signatures_invalid"], vec![]]);
    assert_eq!(judged.advice(0, Code::SignaturesInvalid)[1], "dig example.com DS  # what the parent has");
    let world = World::new().rules(|rules| {
        validating(rules);
        rules.content = ContentRules { dnssec: SignatureComparison::Ignore, ..ContentRules::default() };
    });
    let judged = world.primary(unsigned()).secondary(signed()).judge();
    assert_eq!([judged.codes(0), judged.codes(1)], [[""; 0]; 2]);
    // A secondary that has lost its signatures has the finding.
    let judged = judge(signed(), [unsigned()]);
    assert!(judged.codes(1).contains(&"signatures_invalid"));
}

#[test]
fn three_rrsets_are_named_and_the_others_counted() {
    let faults = ["a", "b", "c", "d", "e"].map(wrong_data);
    let message = judge(with(&faults), []).message(0, Code::SignaturesInvalid);
    assert!(
        message.starts_with("5 RRsets of its copy do not validate: a.example.com. TXT: wrong data"),
        "{message}"
    );
    assert!(message.contains("; c.example.com. TXT") && message.ends_with("; and 2 more"), "{message}");
    let many = signed().validated(Validated { more: 900, ..Validated::with(&faults) });
    let message = judge(many, []).message(0, Code::SignaturesInvalid);
    assert!(message.starts_with("at least 5 RRsets of its copy do not validate: "), "{message}");
}

#[test]
fn behind_the_last_fault_that_is_known_of_the_reference_nothing_is_told_of_others() {
    let reference = signed().validated(Validated { more: 10, ..Validated::with(&[wrong_data("b")]) });
    let server = |owner: &str| {
        let faults = Validated { more: 10, ..Validated::with(&[wrong_data(owner)]) };
        signed().serving("www 2").validated(faults)
    };
    let judged = judge(reference.clone(), [server("c")]);
    assert!(!judged.codes(1).contains(&"signatures_invalid"));
    let judged = judge(reference, [server("a")]);
    assert!(judged.codes(1).contains(&"signatures_invalid"));
}

#[test]
fn each_reason_is_told_in_words() {
    let at = UNIX_EPOCH + Duration::from_secs(1_000_000);
    for (reason, tag, words) in [
        (FaultReason::Expired(at), Some(7), "expired at 1970-01-12T13:46:40Z (key tag 7)"),
        (
            FaultReason::NotYetValid(at),
            Some(7),
            "not yet valid, only from 1970-01-12T13:46:40Z on (key tag 7)",
        ),
        (
            FaultReason::WrongKey,
            Some(7),
            "wrong key, the one of this tag may not sign it or has another algorithm (key tag 7)",
        ),
        (FaultReason::NoDnskey, Some(7), "no DNSKEY record has the tag of the signature (key tag 7)"),
        (
            FaultReason::Labels,
            Some(7),
            "wrong labels, the signature is for more of them than the name has (key tag 7)",
        ),
        (FaultReason::Signer, Some(7), "wrong signer, the signature names another zone (key tag 7)"),
        (FaultReason::Unsigned, None, "unsigned"),
        (FaultReason::NoKeys, None, "the zone has signatures and no DNSKEY records"),
        (FaultReason::DenialMissing, None, "the name has no NSEC or NSEC3 record"),
        (FaultReason::DenialUnneeded, None, "no such record belongs at this name"),
        (FaultReason::DenialNext, None, "it does not lead to the next name of the chain"),
        (FaultReason::DenialTypes, None, "its types are not those of the name"),
    ] {
        let judged = judge(with(&[fault("a.example.com", Rtype::A, tag, reason)]), []);
        let message = judged.message(0, Code::SignaturesInvalid);
        assert_eq!(message, format!("1 RRset of its copy does not validate: a.example.com. A: {words}"));
    }
}

#[test]
fn an_rrset_is_not_told_twice_as_expired() {
    let at = UNIX_EPOCH + super::world::BEGINNING - Duration::from_mins(1);
    let expired = |owner: &str| fault(owner, Rtype::TXT, Some(7), FaultReason::Expired(at));
    let server = |faults: &[ValidationFault]| {
        Server::at(5).signed("www.example.com", "TXT", -60, MONTH).validated(Validated::with(faults))
    };
    let judged = judge(server(&[expired("www.example.com")]), []);
    assert_eq!(judged.codes(0), ["signatures_expired"]);
    let judged = judge(server(&[expired("mail.example.com"), expired("www.example.com")]), []);
    let message = judged.message(0, Code::SignaturesInvalid);
    assert!(
        message.starts_with("1 RRset of its copy does not validate: mail.example.com. TXT: expired"),
        "{message}"
    );
}

#[test]
fn a_copy_that_changes_each_time_is_not_validated() {
    let changing = Server::then(
        (0..40).map(|second| Server::at(100 + second).signed("www.example.com", "TXT", 9_999_999, MONTH)),
    );
    let world = World::new().rules(|rules| {
        validating(rules);
        rules.has_expectations = true;
    });
    let judged = world.primary(changing).judge();
    assert_eq!(judged.codes(0), ["not_validated"]);
    assert_eq!(judged.severity(0), Severity::Unknown);
    assert_eq!(
        judged.message(0, Code::NotValidated),
        "its signatures were not verified: its copy changed each time it was read"
    );
}

#[test]
fn why_a_copy_was_not_validated_is_told() {
    let failing = || signed().validated(Validated::failed("the disk is full"));
    let judged = judge(failing(), [failing()]);
    for index in 0..2 {
        assert_eq!((judged.codes(index), judged.severity(index)), (vec!["not_validated"], Severity::Unknown));
        assert_eq!(
            judged.message(index, Code::NotValidated),
            "its signatures were not verified: the disk is full"
        );
    }
    // Another server has the same copy, and its result counts for both.
    let judged = judge(failing(), [signed()]);
    assert_eq!([judged.codes(0), judged.codes(1)], [[""; 0]; 2]);
}

#[test]
fn a_server_that_was_read_by_queries_is_not_validated_and_that_is_ok() {
    let judged = judge(signed(), [signed().without_axfr()]);
    assert_eq!(judged.codes(1), ["not_validated", "transfer_refused"]);
    assert_eq!((judged.verdict(1), judged.severity(1)), (Verdict::InSync, Severity::Ok));
}

#[test]
fn where_records_are_left_out_of_the_comparison_each_copy_is_validated_by_itself() {
    let world = World::new().rules(|rules| {
        validating(rules);
        rules.content = ContentRules { ignored: vec![Rtype(99)], ..ContentRules::default() };
    });
    let judged = world.primary(signed()).secondary(with(&[wrong_data("www")])).judge();
    assert_eq!([judged.copy_attempts(0), judged.copy_attempts(1)], [2, 2]);
    assert_eq!([judged.codes(0), judged.codes(1)], [vec![], vec!["signatures_invalid"]]);
}

#[test]
fn what_was_found_in_a_copy_is_told_until_the_next_version_whatever_comes_between() {
    let damaged = || signed().serving("www 2").validated(Validated::with(&[wrong_data("www")]));
    let mut checks = Checks::new().rules(validating);
    let message = checks.check(0, signed(), damaged()).message(1, Code::SignaturesInvalid);
    let between = |rules: &mut ComparisonRules| {
        validating(rules);
        rules.compare = Compare::PreviousRecords;
    };
    let mut checks = checks.rules(between);
    for (second, server) in [(60, damaged()), (120, damaged().silent()), (180, damaged())] {
        let is_silent = second == 120;
        let judged = checks.check(second, signed(), server);
        assert_eq!(judged.copy_attempts(1), 0);
        assert_eq!(judged.codes(0), [""; 0]);
        if !is_silent {
            assert_eq!(judged.message(1, Code::SignaturesInvalid), message, "{second}");
            assert_eq!(judged.severity(1), Severity::Critical);
        }
    }
    let judged = checks.check(240, Server::at(6), Server::at(6));
    assert_eq!(judged.codes(1), [""; 0]);
}
