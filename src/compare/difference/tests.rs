use std::sync::Arc;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;
use crate::digest::{Buckets, Digest, HashKey, Profile};
use crate::dns::wire::Record;
use crate::dns::xfr::axfr::CopySummary;
use crate::dns::{Name, Serial, Soa};
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
        digest.add(&Record::new(owner, *rtype, *ttl, rdata));
    }
    let whole = CopySummary { soa: soa(1), soa_ttl: 1, records: 1, dropped: 0, unstated_ttls: 0 };
    Copy { summary: whole, digest, bytes: 0, duration: Duration::ZERO, zonemd: None }
}

/// Compares as a check does: where the first reading did not keep the records, by a second one.
fn compared(profile: &Profile, ours: &[Owned], theirs: &[Owned]) -> Differences {
    let first = [ours, theirs].map(|records| copy(profile, records, Buckets::none()));
    let differing = first[0].digest.differing(&first[1].digest);
    let second = [ours, theirs].map(|records| copy(profile, records, differing.clone()));
    differences_of(profile, &second[0], &second[1], usize::MAX)
}

fn differences_of(profile: &Profile, reference: &Copy, found: &Copy, max_listed: usize) -> Differences {
    let scope =
        Scope { zone: &zone(), profile, compares_soa: true, changed: None, max_listed, is_file: false };
    differences(reference, found, &scope)
}

/// An RRset by its owner, its type, and the type that its signatures cover.
type Key3 = (Vec<Vec<u8>>, u16, u16);

/// The records of each RRset: what identifies them, their TTLs, and all their bytes.
#[derive(Default)]
struct Sets {
    identities: BTreeSet<Vec<u8>>,
    ttls: BTreeSet<u32>,
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
        set.ttls.insert(*ttl);
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
    // Those that do more harm come first; the keys are in canonical order already.
    differing.sort_by_key(|(rtype, _)| match *rtype {
        43 | 48 | 59 | 60 => 0,
        47 | 50 | 51 | 63 | 65534 => 2,
        46 => 3,
        _ => 1,
    });
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
    let types = vec![1_u16, 2, 16, 43, 47, 48, 51, 59, 60, 63, 65280, 65534];
    let plain = (prop::sample::select(types), prop::collection::vec(0..3_u8, 0..3));
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
        prop_assert_eq!(differences.completeness, Completeness::Complete);
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
        prop_assert_eq!(differences, Differences::default());
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
        prop_assert_eq!(differences.completeness, Completeness::Complete);
        prop_assert_eq!(found(&differences), naive(SignatureComparison::Semantic, &ours, &theirs));
    }
}

#[test]
fn large_copies_that_are_read_once_are_not_compared_completely() {
    let profile = profile(SignatureComparison::Semantic);
    let (ours, theirs) = (ballast(12_000), ballast(12_001));
    let [ours, theirs] = [ours, theirs].map(|records| copy(&profile, &records, Buckets::none()));
    let differences = differences_of(&profile, &ours, &theirs, 100);
    assert_eq!((differences.is_exact(), differences.content()), (false, 0));
}

/// The DNSKEY record of a key, all of whose octets are the same, at the apex.
fn dnskey(octet: u8) -> Owned {
    let rdata = [&[1, 1, 3, 13], [octet; 64].as_slice()].concat();
    Owned { owner: b"\x04test\0".to_vec(), rtype: Rtype::DNSKEY, ttl: 300, rdata }
}

#[test]
fn other_keys_are_known_and_listed_first_whatever_was_kept() {
    let profile = profile(SignatureComparison::Semantic);
    // Every record differs, and none of a large copy is kept that is read once.
    let records = |key: u8, count: u32| -> Vec<Owned> {
        let mut records = ballast(count);
        for record in &mut records {
            record.rdata = vec![key; 4];
        }
        records.push(dnskey(key));
        records
    };
    for count in [3, 12_000] {
        let [ours, theirs] = [1, 2].map(|key| copy(&profile, &records(key, count), Buckets::none()));
        let differences = differences_of(&profile, &ours, &theirs, 100);
        assert_eq!(differences.is_exact(), count == 3);
        assert_eq!(differences.changed, if count == 3 { 4 } else { 1 });
        assert!(differences.unexpected);
        let first = &differences.listed[0];
        assert_eq!((first.owner.as_str(), first.rtype.as_str()), ("test.", "DNSKEY"));
        assert_eq!(first.kind, DifferenceKind::Changed);
        let keys = differences.keys.unwrap();
        assert!(keys.reference.len() == 1 && keys.found.len() == 1 && keys.reference != keys.found);
    }
}

#[test]
fn keys_that_are_not_compared_are_not_other_keys() {
    let ignoring = ContentRules { ignored: vec![Rtype::DNSKEY], ..ContentRules::default() };
    let permitting = ContentRules { permitted: vec![(zone(), Rtype::DNSKEY)], ..ContentRules::default() };
    for content in [ignoring, permitting, profile(SignatureComparison::Ignore).content] {
        let profile = Profile { content, ..profile(SignatureComparison::Semantic) };
        let [ours, theirs] = [1, 2].map(|key| copy(&profile, &[dnskey(key)], Buckets::none()));
        assert_eq!(differences_of(&profile, &ours, &theirs, 100), Differences::default());
    }
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

/// An RRset of one record at a name below the zone.
fn one(label: &str, rtype: Rtype, rdata: &[u8]) -> Owned {
    let length = u8::try_from(label.len()).unwrap();
    let owner = [&[length], label.as_bytes(), b"\x04test\0"].concat();
    Owned { owner, rtype, ttl: 300, rdata: rdata.to_vec() }
}

/// The owners and types of what is listed of a copy that has none of these records and another SOA.
fn listed_of(records: &[Owned], max: usize) -> Vec<(String, String)> {
    let profile = profile(SignatureComparison::Semantic);
    let ours = copy(&profile, records, Buckets::none());
    let mut theirs = copy(&profile, &[], Buckets::none());
    theirs.summary.soa.retry = 9;
    let listed = differences_of(&profile, &ours, &theirs, max).listed;
    listed.into_iter().map(|listed| (listed.owner, listed.rtype)).collect()
}

#[test]
fn what_does_more_harm_is_listed_first_and_stays_where_the_list_is_cut() {
    let types = [Rtype::RRSIG, Rtype::NSEC, Rtype(1), Rtype::DS, Rtype::NSEC3, Rtype::ZONEMD, Rtype(16)];
    let others = [Rtype::CDS, Rtype::NSEC3PARAM, Rtype::CDNSKEY, Rtype::DNSKEY, Rtype(65534), Rtype(65280)];
    let signature = rrsig(1, 1, 0, 0);
    let at = |label: &str, types: &[Rtype]| -> Vec<Owned> {
        types.iter().map(|&rtype| one(label, rtype, &signature)).collect()
    };
    let records = [at("a", &types), at("b", &others)].concat();
    let expected = [
        ("a.test.", "DS"),
        ("b.test.", "DNSKEY"),
        ("b.test.", "CDS"),
        ("b.test.", "CDNSKEY"),
        ("test.", "SOA"),
        ("a.test.", "A"),
        ("a.test.", "TXT"),
        ("b.test.", "TYPE65280"),
        ("a.test.", "NSEC"),
        ("a.test.", "NSEC3"),
        ("a.test.", "ZONEMD"),
        ("b.test.", "NSEC3PARAM"),
        ("b.test.", "TYPE65534"),
        ("a.test.", "RRSIG"),
    ];
    for max in 0..=expected.len() + 1 {
        let listed = listed_of(&records, max);
        let listed: Vec<(&str, &str)> = listed.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(listed, expected[..max.min(expected.len())], "{max}");
    }
}

/// One RRset of TXT records, each of 260 octets that no other number has.
fn texts(numbers: impl IntoIterator<Item = u32>) -> Vec<Owned> {
    let text = |number: u32| {
        let rdata = [[255].as_slice(), &number.to_be_bytes(), &[0xee; 251], b"\x03abc"].concat();
        Owned { owner: b"\x01m\x04test\0".to_vec(), rtype: Rtype(16), ttl: 300, rdata }
    };
    numbers.into_iter().map(text).collect()
}

/// Compares as a check does, which reads copies again until their differences are known.
fn compared_after_readings(ours: &[Owned], theirs: &[Owned], readings: u32) -> Differences {
    let profile = profile(SignatureComparison::Semantic);
    let mut copies = [ours, theirs].map(|records| copy(&profile, records, Buckets::none()));
    for _ in 1..readings {
        let differing = copies[0].digest.differing(&copies[1].digest);
        copies = [ours, theirs].map(|records| copy(&profile, records, differing.clone()));
    }
    differences_of(&profile, &copies[0], &copies[1], 100)
}

/// The bytes of all text that is listed.
fn listed_bytes(differences: &Differences) -> usize {
    let rrsets = |listed: &Difference| [listed.reference.clone(), listed.found.clone()];
    let rdata = differences.listed.iter().flat_map(rrsets).flatten().flat_map(|rrset| rrset.rdata);
    let owners = differences.listed.iter().map(|listed| listed.owner.len());
    rdata.map(|text| text.len()).chain(owners).sum()
}

#[test]
fn a_difference_in_an_rrset_that_is_too_large_to_be_kept_is_found() {
    // Two readings suffice where much differs, three where little does.
    for (ours, theirs, readings, exact) in [
        (texts(0..40_000), texts(0..1), 2, false),
        (texts(0..1), texts(7..40_000), 2, false),
        (texts(0..40_000), texts(50_000..90_000), 2, false),
        (texts(0..40_000), texts(1..40_001), 3, true),
        (texts(0..40_000), texts((0..17).chain(18..40_000)), 3, true),
    ] {
        let differences = compared_after_readings(&ours, &theirs, readings);
        assert_eq!((differences.changed, differences.content(), differences.is_exact()), (1, 1, exact));
        let [Difference { reference: Some(reference), found: Some(found), .. }] = &differences.listed[..]
        else {
            panic!("{:?}", differences.listed);
        };
        assert_eq!((reference.records, found.records), (ours.len() as u64, theirs.len() as u64));
        assert_ne!(reference.rdata, found.rdata);
        assert!(differences.completeness != Completeness::Complete && listed_bytes(&differences) < 40 * 1024);
    }
}

#[test]
fn an_rrset_that_is_too_large_to_be_kept_is_missing_where_nothing_is() {
    let differences = compared_after_readings(&texts(0..40_000), &[], 2);
    assert_eq!((differences.missing, differences.content()), (1, 1));
    let differences = compared_after_readings(&[], &texts(0..40_000), 2);
    assert_eq!((differences.extra, differences.content()), (1, 1));
    assert_eq!(differences.listed[0].found.as_ref().unwrap().records, 40_000);
}

#[test]
fn duplicates_in_an_rrset_that_is_too_large_to_be_kept_are_no_difference() {
    let ours = texts(0..40_000);
    let theirs = [ours.clone(), texts(99..100)].concat();
    let differences = compared_after_readings(&ours, &theirs, 3);
    assert_eq!(differences, Differences::default());
}

#[test]
fn one_huge_rrset_does_not_keep_others_from_being_named() {
    let ours = [ballast(20_000), texts(0..40_000)].concat();
    let mut theirs = [ballast(20_000), texts(100_000..140_000)].concat();
    theirs[12_345].rdata = vec![9; 4];
    theirs.remove(777);
    let differences = compared_after_readings(&ours, &theirs, 2);
    let named: Vec<(&str, DifferenceKind)> =
        differences.listed.iter().map(|listed| (listed.owner.as_str(), listed.kind)).collect();
    let expected = [
        ("000777.test.", DifferenceKind::Missing),
        ("012345.test.", DifferenceKind::Changed),
        ("m.test.", DifferenceKind::Changed),
    ];
    assert_eq!(named, expected);
}

#[test]
fn what_is_listed_of_an_rrset_is_bounded_and_what_differs_comes_first() {
    let ours = texts(0..20_000);
    let theirs = texts((0..10_000).chain(10_001..20_000).chain([30_000]));
    let differences = compared_after_readings(&ours, &theirs, 2);
    assert!(differences.completeness == Completeness::Cut && listed_bytes(&differences) < 40 * 1024);
    let [Difference { reference: Some(reference), found: Some(found), .. }] = &differences.listed[..] else {
        panic!("{:?}", differences.listed);
    };
    let only_in = |one: &RrsetText, other: &RrsetText| -> Vec<String> {
        one.rdata.iter().filter(|text| !other.rdata.contains(text)).cloned().collect()
    };
    assert!(only_in(reference, found)[0].starts_with(r#""\000\000'\016\238"#), "{reference:?}");
    assert!(only_in(found, reference)[0].starts_with(r#""\000\000u0\238"#), "{found:?}");
    assert_eq!((only_in(reference, found).len(), only_in(found, reference).len()), (1, 1));
}

#[test]
fn what_is_listed_of_many_rrsets_is_bounded_and_all_are_counted() {
    // Owners whose octets are all escaped, and records that are too long to be listed.
    let long = |number: u32| Owned {
        owner: [[63; 1].as_slice(), &[0xff; 59], &number.to_be_bytes(), b"\x3f", &[0xfe; 63], b"\x04test\0"]
            .concat(),
        rtype: Rtype(65280),
        ttl: 300,
        rdata: [vec![0xcc; 10_000], number.to_be_bytes().to_vec()].concat(),
    };
    let ours: Vec<Owned> = (0..500).map(long).collect();
    let mut theirs = ours.clone();
    for record in &mut theirs {
        record.rdata[9_000] = 0;
    }
    let differences = compared_after_readings(&ours, &theirs, 2);
    assert_eq!((differences.changed, differences.completeness), (500, Completeness::Cut));
    assert!(differences.listed.len() > 20 && listed_bytes(&differences) < 100 * 1024);
    for listed in &differences.listed {
        let (ours, theirs) = (listed.reference.as_ref().unwrap(), listed.found.as_ref().unwrap());
        assert!(ours.rdata[0].contains("... (10004 octets, SHA-256 ") && ours.rdata != theirs.rdata);
    }
}

#[test]
fn an_rrset_of_mixed_ttls_is_compared_by_the_set_of_its_ttls() {
    use DifferenceKind::Ttl;
    let profile = profile(SignatureComparison::Semantic);
    let with = |ttls: &[u32]| {
        let records: Vec<Owned> = ttls
            .iter()
            .zip(1..)
            .map(|(ttl, octet)| Owned {
                owner: b"\x01m\x04test\0".to_vec(),
                rtype: Rtype(1),
                ttl: *ttl,
                rdata: vec![192, 0, 2, octet],
            })
            .collect();
        copy(&profile, &records, Buckets::none())
    };
    let mixed = with(&[456, 123, 789]);
    for (found, from_server, from_file) in [
        ([456, 123, 789], None, None),
        ([789, 456, 123], None, None),
        ([123, 123, 123], Some(Ttl), None),
        ([789, 789, 123], Some(Ttl), None),
        ([456, 123, 60], Some(Ttl), Some(Ttl)),
        ([60, 60, 60], Some(Ttl), Some(Ttl)),
    ] {
        for (is_file, expected) in [(false, from_server), (true, from_file)] {
            let scope = Scope {
                zone: &zone(),
                profile: &profile,
                compares_soa: true,
                changed: None,
                max_listed: 9,
                is_file,
            };
            let differences = differences(&mixed, &with(&found), &scope);
            let listed = differences.listed.first();
            assert_eq!(listed.map(|listed| listed.kind), expected, "{found:?} {is_file}");
            let Some(Difference { reference: Some(ours), found: Some(theirs), .. }) = listed else {
                continue;
            };
            assert_eq!((ours.ttl, ours.ttls.as_slice()), (123, [456, 123, 789].as_slice()));
            let is_mixed = found != [found[0]; 3];
            assert_eq!(theirs.ttls, if is_mixed { found.to_vec() } else { Vec::new() });
        }
    }
    // A file without mixed TTLs is right about its one.
    let scope = Scope {
        zone: &zone(),
        profile: &profile,
        compares_soa: true,
        changed: None,
        max_listed: 9,
        is_file: true,
    };
    assert_eq!(differences(&with(&[123; 3]), &mixed, &scope).ttl, 1);
}

#[test]
fn what_is_wrong_is_held_for_the_largest_ttl_of_what_is_served_and_of_a_denial_for_that_of_the_soa() {
    let address = |label: &str, ttl, octet| Owned { ttl, ..one(label, Rtype::A, &[192, 0, 2, octet]) };
    let held = |ours: &[Owned], theirs: &[Owned]| {
        compared(&profile(SignatureComparison::Semantic), ours, theirs).held_for
    };
    let right = [address("a", 300, 1), address("b", 900, 1)];
    // The SOA of these copies has a TTL of 1.
    assert_eq!(held(&right, &right[1..]), Some(1));
    assert_eq!(held(&right, &[address("a", 600, 9), address("b", 900, 1)]), Some(600));
    assert_eq!(held(&right, &[right.as_slice(), &[address("c", 50, 1)]].concat()), Some(50));
    assert_eq!(held(&right, &[address("a", u32::MAX, 9), address("b", 900, 1)]), Some(0));
    assert_eq!(held(&right, &[address("a", 301, 1), address("b", 900, 1)]), None, "its data are right");
    assert_eq!(held(&right, &right), None);
}
