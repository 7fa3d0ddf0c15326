//! Keys that come and go, keys that may not sign, and DS records.

use std::sync::Arc;

use super::signer::*;
use crate::dns::Rtype;
use crate::dns::dnssec::Ds;
use crate::observe::ChainOfTrust;
use crate::validate::{DsRecords, Validator};

fn ds(keys: &[&TestKey]) -> DsRecords {
    DsRecords::Known(keys.iter().map(|key| key.ds()).collect())
}

fn unknown() -> DsRecords {
    DsRecords::Unknown("no one asked".to_owned())
}

#[test]
fn the_chain_of_trust_depends_on_the_ds_records() {
    let [ksk, zsk] = keys();
    let copy = signed(Denial::Nsec);
    for (ds, expected, faults) in [
        (unknown(), ChainOfTrust::Unknown, vec![]),
        (DsRecords::NONE, ChainOfTrust::Insecure, vec![]),
        (ds(&[&ksk]), ChainOfTrust::Secure, vec![]),
        (ds(&[&TestKey::new(9, KSK), &ksk]), ChainOfTrust::Secure, vec![]),
        (ds(&[&TestKey::new(9, KSK)]), ChainOfTrust::Broken, vec!["@ DNSKEY NoMatchingDs"]),
        // It is published, and does not sign the keys.
        (ds(&[&zsk]), ChainOfTrust::Broken, vec!["@ DNSKEY NoMatchingDs"]),
    ] {
        let validation = copy.validate_with(&ds);
        assert_eq!(
            (validation.chain, texts(&validation)),
            (expected, faults.iter().map(|it| (*it).to_owned()).collect()),
            "{ds:?}"
        );
    }
}

#[test]
fn ds_records_that_no_resolver_understands_leave_the_zone_insecure() {
    let copy = signed(Denial::Nsec);
    let [ksk, _] = keys();
    for (algorithm, digest_type, expected) in [
        (15, 3, ChainOfTrust::Insecure),
        (200, 2, ChainOfTrust::Insecure),
        (1, 2, ChainOfTrust::Insecure),
        // Ed448 is known to resolvers, and not to us.
        (16, 2, ChainOfTrust::Unknown),
    ] {
        let ds = Ds { algorithm, digest_type, ..ksk.ds() };
        let validation = copy.validate_with(&DsRecords::Known(vec![ds]));
        assert_eq!((validation.chain, validation.fault_count), (expected, 0), "{algorithm} {digest_type}");
    }
}

#[test]
fn sha_1_counts_only_where_there_is_no_other_digest() {
    let copy = signed(Denial::Nsec);
    let [ksk, _] = keys();
    let data = [name(ZONE).as_wire(), &ksk.dnskey().to_rdata()].concat();
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &data).as_ref().to_vec();
    let sha1 = Ds { digest_type: 1, digest, ..ksk.ds() };
    let other = TestKey::new(9, KSK).ds();
    assert_eq!(copy.validate_with(&DsRecords::Known(vec![sha1.clone()])).chain, ChainOfTrust::Secure);
    assert_eq!(copy.validate_with(&DsRecords::Known(vec![sha1, other])).chain, ChainOfTrust::Broken);
}

#[test]
fn a_faulty_signature_over_the_keys_breaks_the_chain_and_is_told_once() {
    let [ksk, _] = keys();
    let mut copy = signed(Denial::Nsec);
    *copy.signature(&below("@"), Rtype::DNSKEY).rdata.last_mut().unwrap() ^= 1;
    let validation = copy.validate_with(&ds(&[&ksk]));
    assert_eq!(validation.chain, ChainOfTrust::Broken);
    assert_eq!(texts(&validation), ["@ DNSKEY WrongData"]);
}

#[test]
fn an_unsigned_zone_has_no_signatures_and_faults_only_if_the_parent_has_ds_records() {
    let copy = parse(TEXT);
    for (ds, chain, faults) in [
        (unknown(), ChainOfTrust::Unknown, [].as_slice()),
        (DsRecords::NONE, ChainOfTrust::Insecure, &[]),
        (ds(&[&keys()[0]]), ChainOfTrust::Broken, &["@ DNSKEY NoMatchingDs"]),
    ] {
        let validation = copy.validate_with(&ds);
        assert_eq!((validation.signatures, validation.chain), (0, chain));
        assert_eq!(texts(&validation), faults);
    }
}

#[test]
fn signatures_without_any_key_are_one_fault() {
    let mut copy = signed(NSEC3);
    copy.remove(&below("@"), Rtype::DNSKEY);
    assert_eq!(copy.faults(), ["@ DNSKEY NoKeys"]);
    // While a zone ceases to be signed, no resolver looks at what is left.
    assert_eq!(copy.validate_with(&DsRecords::NONE).fault_count, 0);
    let broken = copy.validate_with(&ds(&[&keys()[0]]));
    assert_eq!(texts(&broken), ["@ DNSKEY NoKeys", "@ DNSKEY NoMatchingDs"]);
}

#[test]
fn keys_in_a_zone_that_is_not_signed_yet_are_no_fault_without_ds_records() {
    let mut copy = parse(TEXT);
    copy.0.extend(keys().map(|key| key.record()));
    assert_eq!(copy.validate_with(&DsRecords::NONE).fault_count, 0);
    assert!(copy.validate().fault_count > 0);
}

#[test]
fn rollovers_have_no_fault_at_any_step() {
    let [ksk, zsk] = keys();
    let (new_ksk, new_zsk) = (TestKey::new(3, KSK), TestKey::new(4, ZSK));
    let resigned = |mut copy: Copy, rtype: Rtype, key: &TestKey| {
        copy.sign_again(&below("www"), rtype, key);
        copy
    };
    let published = |keys: &[&TestKey], signing: &[&TestKey]| {
        let mut copy = parse(TEXT);
        copy.0.extend(keys.iter().map(|key| key.record()));
        copy.add_chain(Denial::Nsec);
        copy.sign_all(signing)
    };
    for (step, copy) in [
        ("the new key is published", published(&[&ksk, &zsk, &new_zsk], &[&ksk, &zsk])),
        (
            "some are signed by it",
            resigned(published(&[&ksk, &zsk, &new_zsk], &[&ksk, &zsk]), Rtype::A, &new_zsk),
        ),
        ("all are signed by both", published(&[&ksk, &zsk, &new_zsk], &[&ksk, &zsk, &new_zsk])),
        ("the old signatures are left behind", published(&[&ksk, &new_zsk], &[&ksk, &zsk, &new_zsk])),
        ("the new signatures come before the key", published(&[&ksk, &zsk], &[&ksk, &zsk, &new_zsk])),
        ("two keys sign the keys", published(&[&ksk, &new_ksk, &zsk], &[&ksk, &new_ksk, &zsk])),
        ("one key signs everything", published(&[&zsk], &[&zsk])),
    ] {
        if step == "one key signs everything" {
            let mut copy = copy;
            copy.sign_again(&below("@"), Rtype::DNSKEY, &zsk);
            assert_eq!(copy.faults(), [""; 0], "{step}");
            assert_eq!(copy.validate_with(&ds(&[&zsk])).chain, ChainOfTrust::Secure);
            continue;
        }
        assert_eq!(copy.faults(), [""; 0], "{step}");
    }
}

#[test]
fn leftover_signatures_are_counted_as_not_verified() {
    let [ksk, zsk] = keys();
    let old = TestKey::new(4, ZSK);
    let mut copy = signed(Denial::Nsec);
    let more = old.sign(&copy.rrset(&below("www"), Rtype::A));
    copy.0.push(more);
    let validation = copy.validate();
    assert_eq!((validation.unverified, validation.fault_count), (1, 0));
    // One that has expired beside one that is valid is no fault either.
    let expire = |rdata: &mut Vec<u8>| rdata[8..12].copy_from_slice(&(NOW - 1).to_be_bytes());
    let expired = zsk.sign_with(&copy.rrset(&below("www"), Rtype::AAAA), expire);
    copy.0.push(expired);
    let validation = copy.validate();
    assert_eq!((validation.unverified, validation.fault_count), (2, 0));
    assert_eq!(validation.signatures, validation.valid + validation.unverified);
    // Where the other one is bad, only that is told.
    *copy.signature(&below("www"), Rtype::A).rdata.last_mut().unwrap() ^= 1;
    assert_eq!(copy.faults(), ["www A WrongData"]);
    let _ = ksk;
}

#[test]
fn a_damaged_signature_is_a_fault_beside_one_that_is_valid() {
    let [_, zsk] = keys();
    let mut copy = signed(Denial::Nsec);
    let mut damaged = zsk.sign(&copy.rrset(&below("www"), Rtype::A));
    *damaged.rdata.last_mut().unwrap() ^= 1;
    copy.0.push(damaged);
    assert_eq!(copy.faults(), ["www A WrongData"]);
}

#[test]
fn keys_that_may_not_sign_are_wrong_keys() {
    let revoke = |record: &mut ZoneRecord| record.rdata[1] |= 0x80;
    let no_zone_key = |record: &mut ZoneRecord| record.rdata[0] = 0;
    let other_protocol = |record: &mut ZoneRecord| record.rdata[2] = 2;
    for change in [revoke, no_zone_key, other_protocol] {
        let [ksk, zsk] = keys();
        let mut bad = zsk.record();
        change(&mut bad);
        let dnskey = crate::dns::dnssec::Dnskey::from_rdata(&bad.rdata).unwrap();
        let mut copy = signed(Denial::Nsec);
        copy.0.push(bad);
        copy.sign_again(&below("@"), Rtype::DNSKEY, &ksk);
        let tag = |rdata: &mut Vec<u8>| rdata[16..18].copy_from_slice(&dnskey.key_tag().to_be_bytes());
        copy.sign_again_with(&below("www"), Rtype::A, &zsk, tag);
        assert_eq!(copy.faults(), ["www A WrongKey"]);
    }
}

#[test]
fn a_revoked_key_signs_the_keys_and_vouches_for_nothing() {
    let [ksk, zsk] = keys();
    let revoked = TestKey::new(5, KSK | 0x80);
    let mut copy = parse(TEXT);
    copy.0.extend([&ksk, &zsk, &revoked].map(TestKey::record));
    copy.add_chain(Denial::Nsec);
    let mut copy = copy.sign_all(&[&ksk, &zsk]);
    let more = revoked.sign(&copy.rrset(&below("@"), Rtype::DNSKEY));
    copy.0.push(more);
    let validation = copy.validate_with(&ds(&[&ksk]));
    assert_eq!((validation.fault_count, validation.unverified), (0, 0));
    assert_eq!(validation.signatures, validation.valid);
    assert_eq!(copy.validate_with(&ds(&[&revoked])).chain, ChainOfTrust::Broken);
    copy.sign_again(&below("@"), Rtype::DNSKEY, &revoked);
    assert_eq!(copy.faults(), ["@ DNSKEY WrongKey"]);
}

#[test]
fn keys_of_unknown_algorithms_alone_leave_the_zone_unverified() {
    let [mut ksk, mut zsk] = keys();
    (ksk.algorithm, zsk.algorithm) = (16, 16);
    let mut copy = parse(TEXT).signed(&[&ksk, &zsk], Denial::Nsec);
    copy.remove(&below("www"), Rtype::NSEC);
    let validation = copy.validate();
    assert!(validation.signatures > 0);
    assert_eq!((validation.unverified, validation.fault_count), (validation.signatures, 0));
}

#[test]
fn keys_that_are_too_short_for_us_leave_the_chain_unknown() {
    let [mut ksk, mut zsk] = keys();
    (ksk.algorithm, zsk.algorithm) = (8, 8);
    let copy = parse(TEXT).signed(&[&ksk, &zsk], Denial::Nsec);
    let validation = copy.validate_with(&ds(&[&ksk]));
    assert_eq!((validation.chain, validation.fault_count), (ChainOfTrust::Unknown, 0));
}

#[test]
fn an_rrset_that_is_signed_by_an_unknown_algorithm_alone_is_no_fault() {
    let [ksk, zsk] = keys();
    let mut other = TestKey::new(6, ZSK);
    other.algorithm = 16;
    let mut copy = parse(TEXT);
    copy.0.extend([&ksk, &zsk, &other].map(TestKey::record));
    copy.add_chain(Denial::Nsec);
    let mut copy = copy.sign_all(&[&ksk, &zsk]);
    copy.sign_again(&below("www"), Rtype::A, &other);
    let validation = copy.validate();
    assert_eq!((validation.unverified, validation.fault_count), (1, 0));
}

#[test]
fn the_times_of_signatures_wrap_around_in_2106() {
    let copy = signed(Denial::Nsec);
    let sorted = copy.sorted();
    let later = time(NOW) + std::time::Duration::from_secs(1 << 32);
    let validation = Validator::new().validate(&name(ZONE), &sorted, &unknown(), later).unwrap();
    assert_eq!(validation.fault_count, 0);
    let after = later + std::time::Duration::from_secs(86_401);
    let validation = Validator::new().validate(&name(ZONE), &sorted, &unknown(), after).unwrap();
    assert_eq!(validation.valid, 0);
    assert!(texts(&validation).iter().all(|text| text.ends_with("Expired")));
}

#[test]
fn a_signature_is_valid_at_its_first_and_its_last_second() {
    let sorted = signed(Denial::Nsec).sorted();
    let half = std::time::Duration::from_millis(500);
    let at = |now| Validator::new().validate(&name(ZONE), &sorted, &unknown(), now).unwrap();
    for (now, is_valid) in [
        (time(NOW - 86_400) - half, false),
        (time(NOW - 86_400), true),
        (time(NOW + 86_400) + half, true),
        (time(NOW + 86_401), false),
    ] {
        assert_eq!(at(now).fault_count == 0, is_valid, "{now:?}");
    }
    assert_eq!(at(time(NOW - 86_400) - half).holds_until, Some(time(NOW - 86_401)));
}

#[test]
fn results_are_remembered_while_they_hold_and_for_the_same_ds_records() {
    let validator = Validator::new();
    let copy = signed(Denial::Nsec);
    let validation = Arc::new(copy.validate());
    let id = crate::validate::CopyId::of_test(7);
    validator.remember(id, &unknown(), Arc::clone(&validation));
    let unasked = DsRecords::Unknown("the resolver does not answer".to_owned());
    assert_eq!(validator.known(id, &unasked, time(NOW)).as_deref(), Some(&*validation));
    assert!(validator.known(id, &DsRecords::NONE, time(NOW)).is_none());
    assert!(validator.known(crate::validate::CopyId::of_test(8), &unknown(), time(NOW)).is_none());
    assert!(validator.known(id, &unknown(), time(NOW + 86_400)).is_some());
    assert!(validator.known(id, &unknown(), time(NOW + 86_401)).is_none());
}

#[test]
fn signatures_that_were_verified_before_are_not_verified_again_but_judged_by_the_time() {
    let validator = Validator::new();
    let sorted = signed(NSEC3).sorted();
    let at = |now| validator.validate(&name(ZONE), &sorted, &unknown(), now).unwrap();
    let first = at(time(NOW));
    assert_eq!(at(time(NOW)), first);
    assert_eq!(at(time(NOW + 100_000)).valid, 0);
    let other = signed(Denial::Nsec);
    let sorted = other.sorted();
    let validation = validator.validate(&name(ZONE), &sorted, &unknown(), time(NOW)).unwrap();
    assert_eq!(validation, other.validate());
}
