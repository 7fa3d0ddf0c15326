use std::sync::Arc;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;
use crate::digest::{Buckets, Digest, HashKey};
use crate::dns::wire::{CLASS_IN, Record};
use crate::dns::xfr::axfr::CopySummary;
use crate::dns::{Serial, Soa};
use crate::plan::{ContentRules, SignatureComparison};

/// A record on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owned {
    owner: Vec<u8>,
    rtype: Rtype,
    ttl: u32,
    rdata: Vec<u8>,
}

/// The signer's name in the signatures of these tests.
const SIGNER: &[u8] = b"\x04test\0";

fn zone() -> Name {
    "test".parse().unwrap()
}

fn soa(serial: u32) -> Soa {
    Soa { mname: zone(), rname: zone(), serial: Serial(serial), refresh: 1, retry: 1, expire: 1, minimum: 1 }
}

fn profile(dnssec: SignatureComparison) -> Profile {
    Profile {
        key: HashKey(*b"sixteen octets!!"),
        content: ContentRules { dnssec, ..ContentRules::default() },
    }
}

fn copy(profile: &Profile, records: &[Owned], wanted: Buckets) -> Copy {
    let mut digest = Digest::new(Arc::new(profile.clone()), wanted, UNIX_EPOCH);
    for Owned { owner, rtype, ttl, rdata } in records {
        digest.add(&Record { owner, rtype: *rtype, class: CLASS_IN, ttl: *ttl, rdata });
    }
    let whole = CopySummary { soa: soa(1), soa_ttl: 1, records: 1, dropped: 0, unstated_ttls: 0 };
    Copy { summary: whole, digest, bytes: 0, duration: Duration::ZERO }
}

/// Compares as a check does: where the first reading did not keep the records, by a second one.
fn compared(profile: &Profile, ours: &[Owned], theirs: &[Owned]) -> Differences {
    let first = [ours, theirs].map(|records| copy(profile, records, Buckets::none()));
    let differing = first[0].digest.differing(&first[1].digest);
    let second = [ours, theirs].map(|records| copy(profile, records, differing.clone()));
    differences_of(profile, &second[0], &second[1], usize::MAX)
}

fn differences_of(profile: &Profile, reference: &Copy, found: &Copy, max_listed: usize) -> Differences {
    let scope = Scope { zone: &zone(), profile, changed: None, max_listed };
    differences(reference, found, &scope)
}

/// An RRset by its owner, its type, and the type that its signatures cover.
type Key3 = (Vec<Vec<u8>>, u16, u16);

/// The records of each RRset: what identifies them, that with TTLs, and all their bytes.
#[derive(Default)]
struct Sets {
    identities: BTreeSet<Vec<u8>>,
    ttls: BTreeSet<(Vec<u8>, u32)>,
    rdata: BTreeSet<Vec<u8>>,
}

fn sets(dnssec: SignatureComparison, records: &[Owned]) -> BTreeMap<Key3, Sets> {
    let mut sets: BTreeMap<Key3, Sets> = BTreeMap::new();
    for Owned { owner, rtype, ttl, rdata } in records {
        let signature = *rtype == Rtype::RRSIG && rdata.len() > 18 + SIGNER.len();
        let identity = match (signature, dnssec) {
            (true, SignatureComparison::Semantic) => [&rdata[..8], &rdata[16..18 + SIGNER.len()]].concat(),
            _ => rdata.clone(),
        };
        let covered = if signature { u16::from_be_bytes([rdata[0], rdata[1]]) } else { 0 };
        let owner = Name::from_wire(owner).unwrap();
        let reversed = owner.labels().rev().map(<[u8]>::to_vec).collect();
        let set = sets.entry((reversed, rtype.0, covered)).or_default();
        set.ttls.insert((identity.clone(), *ttl));
        set.identities.insert(identity);
        set.rdata.insert(rdata.clone());
    }
    sets
}

/// Returns what `differences` must find: every RRset that differs, and the number that differs only in signatures.
fn naive(dnssec: SignatureComparison, ours: &[Owned], theirs: &[Owned]) -> (Vec<(u16, DifferenceKind)>, u64) {
    let (ours, theirs) = (sets(dnssec, ours), sets(dnssec, theirs));
    let keys: BTreeSet<&Key3> = ours.keys().chain(theirs.keys()).collect();
    let mut differing = Vec::new();
    let mut signatures = 0;
    for key in keys {
        let kind = match (ours.get(key), theirs.get(key)) {
            (Some(_), None) => DifferenceKind::Missing,
            (None, Some(_)) => DifferenceKind::Extra,
            (Some(ours), Some(theirs)) if ours.identities != theirs.identities => DifferenceKind::Changed,
            (Some(ours), Some(theirs)) if ours.ttls != theirs.ttls => DifferenceKind::Ttl,
            (Some(ours), Some(theirs)) => {
                signatures += u64::from(ours.rdata != theirs.rdata);
                continue;
            }
            (None, None) => continue,
        };
        differing.push((key.1, kind));
    }
    (differing, signatures)
}

fn found(differences: &Differences) -> (Vec<(u16, DifferenceKind)>, u64) {
    let listed = differences.listed.iter();
    let kinds = listed.map(|listed| (listed.rtype.parse::<Rtype>().unwrap().0, listed.kind)).collect();
    (kinds, differences.signatures)
}

fn rrsig(covered: u8, key_tag: u8, inception: u8, signature: u8) -> Vec<u8> {
    let front = [0, covered, 13, 2, 0, 0, 1, 44, 9, 9, 9, 9, 8, 8, 8, inception, 0, key_tag];
    [&front[..], SIGNER, &[signature; 4]].concat()
}

fn owned() -> impl Strategy<Value = Owned> {
    let owner = prop::sample::select(vec![&b"\x04test\0"[..], b"\x01a\x04test\0", b"\x01b\x04test\0"]);
    let plain = (prop::sample::select(vec![1_u16, 2, 16, 65280]), prop::collection::vec(0..3_u8, 0..3));
    let signature =
        (1..3_u8, 1..3_u8, 0..3_u8, 0..3_u8).prop_map(|(a, b, c, d)| (Rtype::RRSIG.0, rrsig(a, b, c, d)));
    (owner, 0..3_u32, prop_oneof![plain, signature]).prop_map(|(owner, ttl, (rtype, rdata))| Owned {
        owner: owner.to_vec(),
        rtype: Rtype(rtype),
        ttl,
        rdata,
    })
}

/// Two copies that have much in common, in different orders and with duplicates.
fn copies() -> impl Strategy<Value = (Vec<Owned>, Vec<Owned>)> {
    let some = |max| prop::collection::vec(owned(), 0..max);
    (some(20), some(4), some(4)).prop_flat_map(|(common, ours, theirs)| {
        let ours = [common.clone(), ours, common.iter().take(2).cloned().collect()].concat();
        (Just(ours).prop_shuffle(), Just([common, theirs].concat()).prop_shuffle())
    })
}

/// `count` records that are the same in every copy, and too many to be kept.
fn ballast(count: u32) -> Vec<Owned> {
    let host = |number: u32| Owned {
        owner: [&b"\x06"[..], format!("{number:06}").as_bytes(), b"\x04test\0"].concat(),
        rtype: Rtype(1),
        ttl: 300,
        rdata: number.to_be_bytes().to_vec(),
    };
    (0..count).map(host).collect()
}

proptest! {
    #[test]
    fn differences_are_those_of_the_sets_of_records(
        (ours, theirs) in copies(),
        dnssec in prop::sample::select(vec![SignatureComparison::Semantic, SignatureComparison::Exact]),
    ) {
        let profile = profile(dnssec);
        let differences = compared(&profile, &ours, &theirs);
        prop_assert!(differences.complete);
        prop_assert_eq!(found(&differences), naive(dnssec, &ours, &theirs));
        let counted = differences.missing + differences.extra + differences.changed + differences.ttl;
        prop_assert_eq!(counted, differences.listed.len() as u64);
    }

    #[test]
    fn a_copy_with_duplicates_in_another_order_is_the_same(
        (sent, shuffled) in prop::collection::vec(owned(), 0..20).prop_flat_map(|records| {
            let doubled = [records.clone(), records.clone()].concat();
            (Just(records), Just(doubled).prop_shuffle())
        }),
    ) {
        let profile = profile(SignatureComparison::Exact);
        let differences = compared(&profile, &sent, &shuffled);
        prop_assert_eq!(differences, Differences { complete: true, ..Differences::default() });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn differences_of_large_copies_are_found_by_reading_them_again(
        (ours, theirs) in copies(),
        sizes in prop::sample::select(vec![(12_000, 12_000), (12_000, 8000), (8000, 12_000)]),
    ) {
        let profile = profile(SignatureComparison::Semantic);
        let ours = [ballast(sizes.0), ours].concat();
        let theirs = [theirs, ballast(sizes.1)].concat();
        let differences = compared(&profile, &ours, &theirs);
        prop_assert!(differences.complete);
        prop_assert_eq!(found(&differences), naive(SignatureComparison::Semantic, &ours, &theirs));
    }
}

#[test]
fn large_copies_that_are_read_once_are_not_compared_completely() {
    let profile = profile(SignatureComparison::Semantic);
    let (ours, theirs) = (ballast(12_000), ballast(12_001));
    let [ours, theirs] = [ours, theirs].map(|records| copy(&profile, &records, Buckets::none()));
    let differences = differences_of(&profile, &ours, &theirs, 100);
    assert_eq!((differences.complete, differences.content()), (false, 0));
}

#[test]
fn another_serial_is_no_difference_and_any_other_field_of_the_soa_is() {
    let profile = profile(SignatureComparison::Semantic);
    let with = |soa: Soa, soa_ttl| {
        let mut copy = copy(&profile, &[], Buckets::none());
        copy.summary = CopySummary { soa, soa_ttl, ..copy.summary };
        copy
    };
    let ours = with(soa(1), 60);
    for (theirs, expected) in [
        (with(soa(2), 60), None),
        (with(soa(2), 61), Some(DifferenceKind::Ttl)),
        (with(Soa { retry: 9, ..soa(1) }, 61), Some(DifferenceKind::Changed)),
    ] {
        let differences = differences_of(&profile, &ours, &theirs, 100);
        assert_eq!(differences.listed.first().map(|listed| listed.kind), expected);
        assert_eq!(differences.soa, expected == Some(DifferenceKind::Changed));
    }
}

#[test]
fn differences_past_the_limit_are_counted_and_not_listed() {
    let profile = profile(SignatureComparison::Semantic);
    let ours = copy(&profile, &ballast(10), Buckets::none());
    let mut theirs = copy(&profile, &[], Buckets::none());
    theirs.summary.soa.retry = 9;
    for max in [0, 1, 5] {
        let differences = differences_of(&profile, &ours, &theirs, max);
        assert_eq!((differences.listed.len(), differences.missing, differences.changed), (max, 10, 1));
    }
}
