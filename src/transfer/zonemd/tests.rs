//! The examples of RFC 8976 appendix A, and zones that its rules are about.

use proptest::prelude::*;
use ring::digest;

use super::hasher::algorithm;
use super::*;
use crate::dns::name::push_sort_key;
use crate::dns::zonefile::ZoneFileReader;
use crate::dns::{Rtype, Serial};

const MEMORY: usize = RecordSorter::DEFAULT_MEMORY;

/// The examples, with their zones and the hash algorithm that is verified.
const EXAMPLES: &[(&str, &str)] = &[
    ("example", include_str!("../../../fixtures/zones/rfc8976/simple.zone")),
    ("example", include_str!("../../../fixtures/zones/rfc8976/complex.zone")),
    ("example", include_str!("../../../fixtures/zones/rfc8976/several.zone")),
    ("uri.arpa", include_str!("../../../fixtures/zones/rfc8976/uri.arpa.zone")),
    ("root-servers.net", include_str!("../../../fixtures/zones/rfc8976/root-servers.net.zone")),
];

/// A record with an owner of its own.
#[derive(Clone, Debug)]
struct OwnedRecord {
    owner: Vec<u8>,
    rtype: Rtype,
    ttl: u32,
    rdata: Vec<u8>,
    signed: Vec<u8>,
}

impl OwnedRecord {
    fn new(owner: &str, rtype: Rtype, ttl: u32, rdata: &[u8]) -> Self {
        let owner = owner.parse::<Name>().unwrap().as_wire().to_vec();
        Self { owner, rtype, ttl, rdata: rdata.to_vec(), signed: rdata.to_vec() }
    }

    /// A ZONEMD record of `example`, with the serial of its SOA.
    fn zonemd(scheme: u8, hash_algorithm: u8, digest: &[u8]) -> Self {
        let rdata = [&7_u32.to_be_bytes(), &[scheme, hash_algorithm][..], digest].concat();
        Self::new("example", Rtype::ZONEMD, 60, &rdata)
    }

    fn record(&self) -> Record<'_> {
        Record { signed: &self.signed, ..Record::new(&self.owner, self.rtype, self.ttl, &self.rdata) }
    }
}

/// The records of a zone file without the SOA, and the summary of the copy.
fn parse(zone: &str, text: &str) -> (Vec<OwnedRecord>, CopySummary) {
    let mut records = Vec::new();
    let mut reader = ZoneFileReader::new(zone.parse().unwrap());
    reader.read_line(format!("$ORIGIN {zone}.").as_bytes(), &mut |_| ()).unwrap();
    for line in text.lines() {
        let mut sink = |record: &Record<'_>| {
            let &Record { owner, rtype, ttl, rdata, signed, .. } = record;
            let (owner, rdata, signed) = (owner.to_vec(), rdata.to_vec(), signed.to_vec());
            records.push(OwnedRecord { owner, rtype, ttl, rdata, signed });
        };
        reader.read_line(line.as_bytes(), &mut sink).unwrap_or_else(|error| panic!("{error}"));
    }
    (records, reader.end().unwrap())
}

/// A zone of two records besides the SOA, without ZONEMD.
fn small_zone() -> (Vec<OwnedRecord>, CopySummary) {
    parse("example", "@ 60 SOA ns hostmaster 7 1 1 1 1\n@ 60 NS ns\nns 60 A 192.0.2.1\n")
}

fn verified<'r>(
    mut verifier: ZonemdVerifier,
    records: impl IntoIterator<Item = &'r OwnedRecord>,
    summary: &CopySummary,
) -> Option<ZonemdCheck> {
    for record in records {
        verifier.add(&record.record());
    }
    verifier.finish(summary)
}

fn verify_in<'r>(
    zone: &str,
    records: impl IntoIterator<Item = &'r OwnedRecord>,
    summary: &CopySummary,
) -> Option<ZonemdCheck> {
    verified(ZonemdVerifier::new(&zone.parse().unwrap(), MEMORY, false), records, summary)
}

/// Verifies the zone `example`, with more records behind the others.
fn verify_with(more: &[OwnedRecord]) -> Option<ZonemdCheck> {
    let (records, summary) = small_zone();
    verify_in("example", records.iter().chain(more), &summary)
}

/// The digest of a zone by a plain sort of all its records.
fn plain_digest(hash: ZonemdHash, zone: &str, records: &[OwnedRecord], summary: &CopySummary) -> Vec<u8> {
    let soa = OwnedRecord::new(zone, Rtype::SOA, summary.soa_ttl, &summary.soa.to_rdata());
    let mut keyed: Vec<_> = records
        .iter()
        .chain([&soa])
        .filter(|record| record.owner != soa.owner || record.rtype != Rtype::ZONEMD)
        .filter(|record| record.owner != soa.owner || record.record().covered() != Rtype::ZONEMD.0)
        .map(|record| {
            let name = Name::from_wire(&record.owner).unwrap();
            let labels: Vec<Vec<u8>> = name.labels().rev().map(<[u8]>::to_vec).collect();
            ((labels, record.rtype, record.signed.clone()), record)
        })
        .collect();
    keyed.sort_by(|(key, record), (other_key, other)| (key, record.ttl).cmp(&(other_key, other.ttl)));
    keyed.dedup_by(|(key, _), (other, _)| key == other);
    let mut wire = Vec::new();
    for (_, OwnedRecord { owner, rtype, ttl, signed, .. }) in keyed {
        let rdlength = u16::try_from(signed.len()).unwrap();
        let [rtype, class, rdlength] = [rtype.0, 1, rdlength].map(u16::to_be_bytes);
        wire.extend([owner, &rtype[..], &class, &ttl.to_be_bytes(), &rdlength, signed].concat());
    }
    digest::digest(algorithm(hash), &wire).as_ref().to_vec()
}

/// The digest of [`small_zone`].
fn small_digest(hash: ZonemdHash) -> Vec<u8> {
    let (records, summary) = small_zone();
    plain_digest(hash, "example", &records, &summary)
}

#[test]
fn the_examples_of_rfc_8976_are_verified() {
    for (zone, text) in EXAMPLES {
        let (records, summary) = parse(zone, text);
        let check = verify_in(zone, &records, &summary);
        assert_eq!(check, Some(ZonemdCheck::Verified(ZonemdHash::Sha384)), "{text}");
    }
}

#[test]
fn the_sha_512_digest_of_the_example_is_verified_where_the_other_does_not_match() {
    let (zone, text) = EXAMPLES[2];
    let (mut records, summary) = parse(zone, text);
    for record in records.iter_mut().filter(|record| record.rtype == Rtype::ZONEMD && record.rdata[5] == 1) {
        record.rdata[6] ^= 1;
    }
    let check = verify_in(zone, &records, &summary);
    assert_eq!(check, Some(ZonemdCheck::Verified(ZonemdHash::Sha512)));
}

#[test]
fn every_record_of_the_examples_counts() {
    for (zone, text) in EXAMPLES {
        let (records, summary) = parse(zone, text);
        let apex = zone.parse::<Name>().unwrap();
        for changed in 0..records.len() {
            let OwnedRecord { owner, rtype, .. } = &records[changed];
            let is_apex = owner == apex.as_wire();
            let is_left_out =
                is_apex && (*rtype == Rtype::ZONEMD || records[changed].record().covered() == 63);
            let same = |other: &&OwnedRecord| other.record() == records[changed].record();
            let is_twice = records.iter().filter(same).count() > 1;
            let mut without = records.clone();
            without.remove(changed);
            let check = verify_in(zone, &without, &summary);
            if is_apex && *rtype == Rtype::ZONEMD {
                assert!(matches!(check, None | Some(ZonemdCheck::Verified(_))), "{check:?}");
            } else if is_left_out || is_twice {
                assert!(matches!(check, Some(ZonemdCheck::Verified(_))), "{owner:?} {rtype}: {check:?}");
            } else {
                assert!(matches!(check, Some(ZonemdCheck::Mismatch(_))), "{owner:?} {rtype}: {check:?}");
            }
        }
    }
}

#[test]
fn a_change_of_ttl_or_of_the_soa_is_a_mismatch() {
    let (zone, text) = EXAMPLES[1];
    let (records, summary) = parse(zone, text);
    for changed in 0..records.len() {
        let mut other = records.clone();
        other[changed].ttl += 1;
        let check = verify_in(zone, &other, &summary);
        // The TTL of a ZONEMD at the apex has no meaning. Of duplicates, the one with the least TTL counts.
        let is_ignored = other[changed].rtype == Rtype::ZONEMD && other[changed].owner.len() == 9
            || other[changed].owner.starts_with(b"\x09duplicate");
        assert_eq!(matches!(check, Some(ZonemdCheck::Verified(_))), is_ignored, "{:?}", other[changed]);
    }
    let other = CopySummary { soa_ttl: summary.soa_ttl + 1, ..summary };
    assert!(matches!(verify_in(zone, &records, &other), Some(ZonemdCheck::Mismatch(_))));
}

#[test]
fn a_copy_without_zonemd_at_its_apex_has_nothing_to_verify() {
    assert_eq!(verify_with(&[]), None);
    let below = OwnedRecord { owner: b"\x01a\x07example\0".to_vec(), ..OwnedRecord::zonemd(1, 1, &[0; 48]) };
    assert_eq!(verify_with(&[below]), None);
    let (records, summary) = small_zone();
    let expecting = ZonemdVerifier::new(&"example".parse().unwrap(), MEMORY, true);
    assert_eq!(verified(expecting, &records, &summary), None);
}

#[test]
fn one_digest_that_matches_is_enough() {
    let [sha384, sha512] = [ZonemdHash::Sha384, ZonemdHash::Sha512].map(small_digest);
    let unknown = [OwnedRecord::zonemd(1, 3, &[0; 48]), OwnedRecord::zonemd(2, 1, &[0; 48])];
    let is_verified = |hash, digests: &[OwnedRecord]| {
        assert_eq!(verify_with(digests), Some(ZonemdCheck::Verified(hash)));
        assert_eq!(verify_with(&[digests, &unknown].concat()), Some(ZonemdCheck::Verified(hash)));
    };
    is_verified(ZonemdHash::Sha384, &[OwnedRecord::zonemd(1, 1, &sha384)]);
    is_verified(ZonemdHash::Sha512, &[OwnedRecord::zonemd(1, 2, &sha512)]);
    is_verified(
        ZonemdHash::Sha384,
        &[OwnedRecord::zonemd(1, 1, &sha384), OwnedRecord::zonemd(1, 2, &[0; 64])],
    );
    is_verified(
        ZonemdHash::Sha512,
        &[OwnedRecord::zonemd(1, 1, &[0; 48]), OwnedRecord::zonemd(1, 2, &sha512)],
    );
}

#[test]
fn digests_that_do_not_match_are_told_with_those_of_the_copy() {
    let faults: Vec<_> = [(ZonemdHash::Sha384, 48), (ZonemdHash::Sha512, 64)]
        .into_iter()
        .map(|(hash, length)| {
            let computed = small_digest(hash).into();
            ZonemdFault::Digest { hash, published: vec![7; length].into(), computed }
        })
        .collect();
    let both = [OwnedRecord::zonemd(1, 1, &[7; 48]), OwnedRecord::zonemd(1, 2, &[7; 64])];
    assert_eq!(verify_with(&both), Some(ZonemdCheck::Mismatch(faults)));
}

#[test]
fn a_digest_that_was_cut_is_a_mismatch() {
    let sha384 = small_digest(ZonemdHash::Sha384);
    for length in [0, 11, 12, 47] {
        let check = verify_with(&[OwnedRecord::zonemd(1, 1, &sha384[..length])]);
        let Some(ZonemdCheck::Mismatch(faults)) = check else { panic!("{length}: {check:?}") };
        assert!(matches!(&faults[..], [ZonemdFault::Digest { computed, .. }] if **computed == sha384));
    }
    let long = verify_with(&[OwnedRecord::zonemd(1, 1, &[&sha384[..], &[0]].concat())]);
    assert!(matches!(long, Some(ZonemdCheck::Mismatch(_))));
}

#[test]
fn digests_of_unknown_schemes_and_hash_algorithms_are_skipped() {
    for digest in [
        OwnedRecord::zonemd(0, 1, &[0; 48]),
        OwnedRecord::zonemd(2, 1, &[0; 48]),
        OwnedRecord::zonemd(240, 1, &[0; 48]),
        OwnedRecord::zonemd(1, 0, &[0; 48]),
        OwnedRecord::zonemd(1, 3, &[0; 48]),
        OwnedRecord::zonemd(1, 255, &[0; 12]),
        OwnedRecord::new("example", Rtype::ZONEMD, 60, &[0, 0, 0, 7, 1]),
    ] {
        assert_eq!(verify_with(&[digest]), Some(ZonemdCheck::Unsupported));
    }
}

#[test]
fn digests_of_the_same_scheme_and_hash_algorithm_do_not_count() {
    let [sha384, sha512] = [ZonemdHash::Sha384, ZonemdHash::Sha512].map(small_digest);
    let right = OwnedRecord::zonemd(1, 1, &sha384);
    for second in [OwnedRecord::zonemd(1, 1, &[0; 48]), OwnedRecord::zonemd(1, 1, &sha384[..12])] {
        let pair = [right.clone(), second];
        assert_eq!(verify_with(&pair), Some(ZonemdCheck::Unsupported));
        let three = [&pair[..], std::slice::from_ref(&right)].concat();
        assert_eq!(verify_with(&three), Some(ZonemdCheck::Unsupported));
        let other = [&pair[..], &[OwnedRecord::zonemd(1, 2, &sha512)]].concat();
        assert_eq!(verify_with(&other), Some(ZonemdCheck::Verified(ZonemdHash::Sha512)));
    }
    // The same record twice is one record.
    assert_eq!(verify_with(&[right.clone(), right]), Some(ZonemdCheck::Verified(ZonemdHash::Sha384)));
}

#[test]
fn a_digest_of_another_serial_is_a_mismatch_and_not_computed() {
    let sha384 = small_digest(ZonemdHash::Sha384);
    let mut stale = OwnedRecord::zonemd(1, 1, &sha384);
    stale.rdata[3] = 6;
    let serial = ZonemdFault::Serial { zonemd: Serial(6), soa: Serial(7) };
    assert_eq!(verify_with(&[stale.clone()]), Some(ZonemdCheck::Mismatch(vec![serial])));
    let sha512 = OwnedRecord::zonemd(1, 2, &small_digest(ZonemdHash::Sha512));
    assert_eq!(verify_with(&[stale, sha512]), Some(ZonemdCheck::Verified(ZonemdHash::Sha512)));
}

/// A zone of more records than are sorted without a ZONEMD, which comes at the end.
fn large_zone() -> (Vec<OwnedRecord>, CopySummary) {
    let (mut records, summary) = small_zone();
    records.extend((0..10_000).map(|n| OwnedRecord::new(&format!("h{n}.example"), Rtype::TXT, 60, b"\x01a")));
    let digest = plain_digest(ZonemdHash::Sha384, "example", &records, &summary);
    records.push(OwnedRecord::zonemd(1, 1, &digest));
    (records, summary)
}

#[test]
fn a_zonemd_behind_many_records_is_verified_only_where_it_is_expected() {
    let (records, summary) = large_zone();
    let verifier = |expects_zonemd| ZonemdVerifier::new(&"example".parse().unwrap(), 300_000, expects_zonemd);
    assert_eq!(verified(verifier(false), &records, &summary), Some(ZonemdCheck::Late));
    let is_verified = Some(ZonemdCheck::Verified(ZonemdHash::Sha384));
    assert_eq!(verified(verifier(true), &records, &summary), is_verified);
    assert_eq!(verified(verifier(false), records.iter().rev(), &summary), is_verified);
}

#[test]
fn no_other_reading_is_needed_for_a_zonemd_that_cannot_match() {
    let (mut records, summary) = large_zone();
    let last = records.len() - 1;
    records[last].rdata[3] = 6;
    assert!(matches!(verify_in("example", &records, &summary), Some(ZonemdCheck::Mismatch(_))));
    records[last] = OwnedRecord::zonemd(1, 3, &[0; 48]);
    assert_eq!(verify_in("example", &records, &summary), Some(ZonemdCheck::Unsupported));
}

/// Sorts records by their owners in canonical order, and leaves those of one owner as they are.
fn sort_owners(records: &mut [OwnedRecord]) {
    records.sort_by_cached_key(|record| {
        let mut key = Vec::new();
        push_sort_key(&mut key, &record.owner);
        key
    });
}

#[test]
fn a_zone_in_order_is_hashed_as_it_comes_until_a_record_is_out_of_order() {
    let (mut records, summary) = large_zone();
    let digest = records.pop().unwrap();
    sort_owners(&mut records);
    records.insert(0, digest);
    let check = |records: &[OwnedRecord]| {
        let mut verifier = ZonemdVerifier::new(&"example".parse().unwrap(), 20_000, false);
        verifier.add_soa(&summary.soa, summary.soa_ttl);
        for record in records {
            verifier.add(&record.record());
        }
        (verifier.records.hasher.is_some(), verifier.finish(&summary))
    };
    let is_verified = Some(ZonemdCheck::Verified(ZonemdHash::Sha384));
    assert_eq!(check(&records), (true, is_verified.clone()));
    records.swap(5, 9000);
    assert_eq!(check(&records), (false, is_verified));
    records.swap(5, 9000);
    records.remove(7000);
    assert!(matches!(check(&records), (true, Some(ZonemdCheck::Mismatch(_)))));
    records.swap(5, 8999);
    assert!(matches!(check(&records), (false, Some(ZonemdCheck::Mismatch(_)))));
}

#[test]
fn a_digest_that_cannot_be_computed_says_why() {
    let (records, summary) = large_zone();
    let zone = "example".parse().unwrap();
    let sorter = RecordSorter::of_digested(&zone, 1000).in_directory("/nonexistent");
    let unsorted = DigestedRecords { sorter: Some(Box::new(sorter)), ..DigestedRecords::default() };
    let verifier = ZonemdVerifier { records: unsorted, ..ZonemdVerifier::new(&zone, MEMORY, true) };
    let Some(ZonemdCheck::NotComputed(why)) = verified(verifier, &records, &summary) else { panic!() };
    assert!(why.starts_with("no temporary file can be created in `/nonexistent`"), "{why}");
}

#[test]
fn names_in_rdata_are_digested_as_they_are_signed() {
    let digest = |line: &str| {
        let (mut records, summary) = small_zone();
        let text = format!("@ 60 SOA ns hostmaster 7 1 1 1 1\na 60 {line}\n");
        records.extend(parse("example", &text).0);
        records.push(OwnedRecord::zonemd(1, 1, &[0; 48]));
        match verify_in("example", &records, &summary) {
            Some(ZonemdCheck::Mismatch(faults)) => faults,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(digest("MX 1 Upper"), digest("MX 1 upper"));
    assert_ne!(digest("HTTPS 1 Upper"), digest("HTTPS 1 upper"));
    assert_ne!(digest("NSEC Upper A"), digest("NSEC upper A"));
}

fn owners() -> impl Strategy<Value = Vec<u8>> {
    let label = prop::collection::vec(prop_oneof![0_u8..3, Just(b'a'), Just(0xff)], 1..4);
    prop::collection::vec(label, 0..4).prop_map(|labels| {
        let mut wire = Vec::new();
        for label in labels {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label);
        }
        wire.extend_from_slice(b"\x07example\0");
        wire
    })
}

fn records() -> impl Strategy<Value = Vec<OwnedRecord>> {
    let rtypes = prop_oneof![Just(Rtype::TXT), Just(Rtype::NS), Just(Rtype::CAA), Just(Rtype::ZONEMD)];
    let covering = rtypes.clone().prop_map(|rtype| (Rtype::RRSIG, rtype.0.to_be_bytes().to_vec()));
    let plain = (rtypes, prop::collection::vec(0_u8..3, 0..3));
    let record = (owners(), 0_u32..3, prop_oneof![3 => plain, 1 => covering]);
    let record = record.prop_map(|(owner, ttl, (rtype, rdata))| {
        let signed = rdata.clone();
        OwnedRecord { owner, rtype, ttl, rdata, signed }
    });
    prop::collection::vec(record, 0..60)
}

proptest! {
    #[test]
    fn a_zone_in_any_order_and_in_any_memory_has_the_digest_of_a_plain_sort(
        mut records in records(),
        at in any::<prop::sample::Index>(),
        memory in prop_oneof![1_usize..2000, Just(MEMORY)],
        is_in_order in any::<bool>(),
        has_soa_first in any::<bool>(),
        has_wrong_sha384 in any::<bool>(),
    ) {
        records.retain(|record| record.rtype != Rtype::ZONEMD || record.owner.len() > 9);
        if is_in_order {
            sort_owners(&mut records);
        }
        let (_, summary) = small_zone();
        let digest = plain_digest(ZonemdHash::Sha512, "example", &records, &summary);
        let at = if is_in_order { 0 } else { at.index(records.len() + 1) };
        records.insert(at, OwnedRecord::zonemd(1, 2, &digest));
        if has_wrong_sha384 {
            records.insert(at, OwnedRecord::zonemd(1, 1, &[0; 48]));
        }
        let mut verifier = ZonemdVerifier::new(&"example".parse().unwrap(), memory, true);
        if has_soa_first {
            verifier.add_soa(&summary.soa, summary.soa_ttl);
        }
        let check = verified(verifier, &records, &summary);
        prop_assert_eq!(check, Some(ZonemdCheck::Verified(ZonemdHash::Sha512)));
    }
}
