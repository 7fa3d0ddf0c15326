//! Damaged signatures and records: each is named with its reason, and nothing else is.

use super::signer::*;
use crate::dns::Rtype;
use crate::observe::ChainOfTrust;

type Damage = fn(&mut Copy);

const A: Rtype = Rtype::A;

fn damage(copy: &mut Copy, owner: &str, change: impl FnOnce(&mut Vec<u8>)) {
    change(&mut copy.record(&below(owner), A).rdata);
}

#[test]
fn a_whole_copy_has_no_fault() {
    for denial in [Denial::Nsec, NSEC3, OPT_OUT] {
        let copy = signed(denial);
        let validation = copy.validate();
        assert_eq!(texts(&validation), [""; 0], "{denial:?}");
        let signatures = copy.0.iter().filter(|record| record.rtype == Rtype::RRSIG).count() as u64;
        assert_eq!(
            (validation.signatures, validation.valid, validation.unverified),
            (signatures, signatures, 0)
        );
        assert_eq!(validation.fault_count, 0, "{denial:?}");
        assert_eq!(validation.chain, ChainOfTrust::Unknown);
        assert_eq!(validation.holds_until, Some(time(NOW + 86_400)));
    }
}

/// What is done to a copy, and the faults that come of it.
const DAMAGES: [(&str, Damage, &[&str]); 24] = [
    ("an octet of RDATA", |copy| damage(copy, "www", |rdata| rdata[3] ^= 1), &["www A WrongData"]),
    (
        "an octet of a signature",
        |copy| *copy.signature(&below("www"), A).rdata.last_mut().unwrap() ^= 1,
        &["www A WrongData"],
    ),
    (
        "a signature that is cut short",
        |copy| assert!(copy.signature(&below("www"), A).rdata.pop().is_some()),
        &["www A WrongData"],
    ),
    (
        "a signature that ends within its fields",
        |copy| copy.signature(&below("www"), A).rdata.truncate(17),
        &["www A WrongData"],
    ),
    ("the original TTL", |copy| copy.signature(&below("www"), A).rdata[7] ^= 1, &["www A WrongData"]),
    ("the inception", |copy| copy.signature(&below("www"), A).rdata[15] ^= 1, &["www A WrongData"]),
    ("the TTLs, which resolvers cut", |copy| copy.0.iter_mut().for_each(|record| record.ttl = 86_400), &[]),
    ("one TTL of an RRset", |copy| copy.record(&below("www"), A).ttl = 60, &[]),
    (
        "a record that is gone",
        |copy| {
            let gone = copy.rrset(&below("www"), A)[0].clone();
            copy.0.retain(|record| *record != gone);
        },
        &["www A WrongData"],
    ),
    (
        "a record more",
        |copy| {
            let mut more = copy.rrset(&below("www"), A)[0].clone();
            more.rdata[3] = 99;
            copy.0.push(more);
        },
        &["www A WrongData"],
    ),
    (
        "the same record twice",
        |copy| {
            let twice = copy.rrset(&below("www"), A)[0].clone();
            copy.0.push(ZoneRecord { ttl: 1, ..twice });
        },
        &[],
    ),
    (
        "an RRset that is gone, but for its signature",
        |copy| {
            copy.0.retain(|record| !(record.owner == below("www") && record.rtype == A));
        },
        &["www A WrongData"],
    ),
    ("a signature that is gone", |copy| copy.remove_signatures(&below("www"), A), &["www A Unsigned"]),
    (
        "an RRset more",
        |copy| {
            copy.0.push(ZoneRecord {
                owner: below("www"),
                rtype: Rtype::TXT,
                ttl: 60,
                rdata: b"\x01x".to_vec(),
            });
        },
        &["www TXT Unsigned"],
    ),
    (
        "a name more",
        |copy| copy.0.push(ZoneRecord { owner: below("new"), rtype: A, ttl: 60, rdata: vec![1; 4] }),
        &["new A Unsigned"],
    ),
    (
        "an expired signature",
        |copy| {
            let change = |rdata: &mut Vec<u8>| rdata[8..12].copy_from_slice(&(NOW - 1).to_be_bytes());
            copy.sign_again_with(&below("www"), A, &keys()[1], change);
        },
        &["www A Expired"],
    ),
    (
        "a signature of the future",
        |copy| {
            let change = |rdata: &mut Vec<u8>| rdata[12..16].copy_from_slice(&(NOW + 1).to_be_bytes());
            copy.sign_again_with(&below("www"), A, &keys()[1], change);
        },
        &["www A NotYetValid"],
    ),
    (
        "a signature by a key that is not published",
        |copy| copy.sign_again(&below("www"), A, &TestKey::new(9, ZSK)),
        &["www A NoDnskey"],
    ),
    (
        "a signature of another algorithm than the key",
        |copy| copy.signature(&below("www"), A).rdata[2] = 13,
        &["www A WrongKey"],
    ),
    (
        "a signature of an algorithm without a key",
        |copy| copy.signature(&below("www"), A).rdata[2] = 200,
        &["www A WrongKey"],
    ),
    (
        "a signature by the parent",
        |copy| {
            let change = |rdata: &mut Vec<u8>| drop(rdata.splice(18.., b"\x04test\0".iter().copied()));
            copy.sign_again_with(&below("www"), A, &keys()[1], change);
        },
        &["www A Signer"],
    ),
    (
        "a signature for too many labels",
        |copy| copy.sign_again_with(&below("www"), A, &keys()[1], |rdata| rdata[3] = 4),
        &["www A Labels"],
    ),
    (
        "a signature for a wildcard above",
        |copy| copy.signature(&below("www"), A).rdata[3] = 2,
        &["www A Labels"],
    ),
    (
        "glue",
        |copy| {
            copy.record(&below("ns.child"), A).rdata[0] ^= 1;
            copy.record(&below("child"), Rtype::NS).rdata[0] = 1;
        },
        &[],
    ),
];

#[test]
fn each_damage_is_named_with_its_reason_and_nothing_else_is() {
    for denial in [Denial::Nsec, NSEC3, OPT_OUT] {
        for (what, damage, expected) in DAMAGES {
            let mut copy = signed(denial);
            damage(&mut copy);
            let validation = copy.validate();
            assert_eq!(texts(&validation), expected, "{what}, {denial:?}");
            assert_eq!(validation.fault_count, expected.len() as u64, "{what}, {denial:?}");
            let bad = validation.signatures - validation.valid - validation.unverified;
            assert!(bad <= expected.len() as u64, "{what}, {denial:?}: {validation:?}");
        }
    }
}

#[test]
fn every_octet_of_a_signature_record_matters() {
    let length = signed(Denial::Nsec).signature(&below("www"), A).rdata.len();
    // Behind the type, which makes it a signature over another RRset.
    for octet in 2..length {
        for bit in [1, 0x80] {
            let mut copy = signed(Denial::Nsec);
            copy.signature(&below("www"), A).rdata[octet] ^= bit;
            assert_eq!(copy.validate().fault_count, 1, "octet {octet}");
        }
    }
}

#[test]
fn faults_of_the_apex_come_first_and_a_hundred_are_kept() {
    let text = (0..300).fold(TEXT.to_owned(), |text, number| text + &format!("a{number:03} A 192.0.2.1\n"));
    let mut copy = parse(&text).signed(&keys().each_ref(), Denial::Nsec);
    for record in &mut copy.0 {
        if record.rtype == Rtype::RRSIG && record.owner != below("@") || record.rtype == Rtype::MX {
            *record.rdata.last_mut().unwrap() ^= 1;
        }
    }
    let validation = copy.validate();
    let texts = texts(&validation);
    assert_eq!(texts.len(), 100);
    assert!(validation.fault_count > 600, "{}", validation.fault_count);
    assert_eq!(texts[0], "@ MX WrongData");
    assert!(texts[1].starts_with("a000 "), "{texts:?}");
}
