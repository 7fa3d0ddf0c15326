//! Copies that are made to cost time or memory, and copies of any records at all.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::signer::*;
use crate::dns::Rtype;

#[test]
fn many_keys_of_one_tag_and_many_signatures_cost_a_bounded_number_of_trials() {
    let [ksk, zsk] = keys();
    let mut copy = signed(Denial::Nsec);
    // The sum of the octet pairs stays the same.
    let mut colliding = zsk.record();
    for number in 0..600_u16 {
        let [high, low] = number.to_be_bytes();
        let original = zsk.record().rdata;
        colliding.rdata.clone_from(&original);
        for (at, octet) in [(8, high), (9, low)] {
            let (left, right) = (original[at], original[at + 4]);
            let moved = octet.min(left).min(u8::MAX - right);
            colliding.rdata[at] = left - moved;
            colliding.rdata[at + 4] = right + moved;
        }
        copy.0.push(colliding.clone());
    }
    let tags: Vec<u16> = copy
        .rrset(&below("@"), Rtype::DNSKEY)
        .iter()
        .map(|record| crate::dns::dnssec::Dnskey::from_rdata(&record.rdata).unwrap().key_tag())
        .collect();
    assert!(tags.iter().filter(|tag| **tag == zsk.dnskey().key_tag()).count() > 100);
    copy.sign_again(&below("@"), Rtype::DNSKEY, &ksk);
    let good = copy.signature(&below("www"), Rtype::A).clone();
    for number in 0..500_u16 {
        let mut bad = good.clone();
        let end = bad.rdata.len();
        bad.rdata[end - 2..].copy_from_slice(&number.to_be_bytes());
        copy.0.push(bad);
    }
    let start = Instant::now();
    let validation = copy.validate();
    // Without a bound, half a million trials would take a minute.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(validation.signatures > 500);
}

#[test]
fn a_signature_is_tried_by_several_keys_of_its_tag() {
    let [ksk, zsk] = keys();
    let mut copy = signed(Denial::Nsec);
    let mut colliding = zsk.record();
    // Sorted in front of the key that signs, with the same sum.
    let (left, right) = (colliding.rdata[8], colliding.rdata[10]);
    let moved = left.min(u8::MAX - right);
    (colliding.rdata[8], colliding.rdata[10]) = (left - moved, right + moved);
    assert!(moved > 0 && colliding.rdata < zsk.record().rdata);
    copy.0.push(colliding);
    copy.sign_again(&below("@"), Rtype::DNSKEY, &ksk);
    assert_eq!(copy.faults(), [""; 0]);
}

#[test]
fn an_rrset_that_fits_in_no_response_is_not_judged() {
    let mut copy = signed(Denial::Nsec);
    let owner = below("mail");
    for number in 0..4000_u16 {
        let rdata = [&[18][..], &[b'x'; 16], &number.to_be_bytes()].concat();
        copy.0.push(ZoneRecord { owner: owner.clone(), rtype: Rtype::TXT, ttl: 60, rdata });
    }
    assert_eq!(copy.faults(), [""; 0]);
}

/// RDATA of the types that matter here, right or wrong.
fn any_record() -> impl Strategy<Value = ZoneRecord> {
    let owner = prop::sample::select(vec!["@", "a", "b.a", "*.a", "c.b.a", "ns.cut", "cut", "dn", "x.dn"]);
    let rtypes = [1, 2, 5, 6, 16, 39, 43, 46, 47, 48, 50, 51, 63, 65534].map(Rtype).to_vec();
    let rdata = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        (0..200_usize, any::<u8>(), any::<u8>()).prop_map(|(record, at, octet)| {
            let copy = signed(if octet & 1 == 0 { NSEC3 } else { Denial::Nsec });
            let mut rdata = copy.0[record % copy.0.len()].rdata.clone();
            let at = usize::from(at) % rdata.len();
            rdata[at] = octet;
            rdata
        }),
    ];
    (owner, prop::sample::select(rtypes), any::<u16>(), rdata).prop_map(|(owner, rtype, ttl, rdata)| {
        ZoneRecord { owner: below(owner), rtype, ttl: ttl.into(), rdata }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_records_give_a_result(
        records in prop::collection::vec(any_record(), 0..30),
        is_signed: bool,
        removed in prop::collection::vec(any::<u16>(), 0..5),
    ) {
        let mut copy = if is_signed { signed(NSEC3) } else { parse(TEXT) };
        for index in removed {
            let index = usize::from(index) % copy.0.len();
            copy.0.remove(index);
        }
        copy.0.extend(records.into_iter().filter(|record| record.rtype != Rtype::SOA));
        let validation = copy.validate();
        let judged = validation.valid + validation.unverified;
        prop_assert!(judged <= validation.signatures, "{:?}", validation);
        prop_assert_eq!(validation.faults.len() as u64, validation.fault_count.min(100));
    }
}
