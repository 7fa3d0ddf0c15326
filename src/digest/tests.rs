use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;
use crate::plan::{ContentRules, SignatureComparison};

/// A record that owns its data.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnedRecord {
    owner: Vec<u8>,
    rtype: Rtype,
    ttl: u32,
    rdata: Vec<u8>,
}

impl OwnedRecord {
    fn record(&self) -> Record<'_> {
        let Self { owner, rtype, ttl, rdata } = self;
        Record::new(owner, *rtype, *ttl, rdata)
    }
}

fn profile(dnssec: SignatureComparison) -> Profile {
    Profile {
        key: HashKey(*b"sixteen octets!!"),
        content: ContentRules { dnssec, ..ContentRules::default() },
    }
}

fn digest(profile: &Profile, records: &[OwnedRecord]) -> Digest {
    digest_wanting(profile, records, Buckets::none())
}

fn digest_wanting(profile: &Profile, records: &[OwnedRecord], wanted: Buckets) -> Digest {
    let mut digest = Digest::new(Arc::new(profile.clone()), wanted, UNIX_EPOCH);
    for record in records {
        digest.add(&record.record());
    }
    digest
}

fn bucket(profile: &Profile, owned: &OwnedRecord) -> u16 {
    let mut hasher = RecordHasher::new(&profile.key);
    hasher.set_owner(&owned.owner);
    hasher.hash(profile, &owned.record()).bucket
}

/// `count` records of different owners, some 30 bytes each.
fn hosts(count: u32) -> Vec<OwnedRecord> {
    let host = |number: u32| OwnedRecord {
        owner: [&b"\x05"[..], format!("{number:05}").as_bytes(), b"\x04test\0"].concat(),
        rtype: Rtype(1),
        ttl: 300,
        rdata: number.to_be_bytes().to_vec(),
    };
    (0..count).map(host).collect()
}

/// A signature over an A RRset; the last octets are the signature itself.
fn rrsig(inception: u8, key_tag: u8, signature: u8) -> OwnedRecord {
    let mut rdata = vec![0, 1, 13, 2, 0, 0, 1, 44];
    rdata.extend_from_slice(&[9, 9, 9, 9, 8, 8, 8, inception, 0, key_tag]);
    rdata.extend_from_slice(b"\x04test\0");
    rdata.extend_from_slice(&[signature; 32]);
    OwnedRecord { owner: b"\x03www\x04test\0".to_vec(), rtype: Rtype::RRSIG, ttl: 300, rdata }
}

#[test]
fn signatures_count_by_meaning_by_bytes_or_not_at_all() {
    let fresh = [rrsig(1, 1, 1)];
    for (other, meaning_differs, bytes_differ) in
        [(rrsig(2, 1, 1), false, true), (rrsig(1, 1, 2), false, true), (rrsig(1, 2, 1), true, true)]
    {
        let other = [other];
        let by_meaning = profile(SignatureComparison::Semantic);
        let (ours, theirs) = (digest(&by_meaning, &fresh).sums(), digest(&by_meaning, &other).sums());
        assert_eq!(ours.content != theirs.content, meaning_differs);
        assert_ne!(ours.signatures, theirs.signatures);
        let by_bytes = profile(SignatureComparison::Exact);
        let (ours, theirs) = (digest(&by_bytes, &fresh).sums(), digest(&by_bytes, &other).sums());
        assert_eq!(ours.content != theirs.content, bytes_differ);
        let ignored = profile(SignatureComparison::Ignore);
        assert_eq!(digest(&ignored, &fresh).sums(), Sums::default());
    }
}

#[test]
fn a_signature_that_cannot_be_parsed_counts_whole() {
    let by_meaning = profile(SignatureComparison::Semantic);
    for cut in 0..23 {
        let mut ours = rrsig(1, 1, 1);
        ours.rdata.truncate(cut);
        let mut theirs = ours.clone();
        let before = digest(&by_meaning, std::slice::from_ref(&ours)).sums();
        theirs.rdata.push(0xee);
        assert_ne!(before.content, digest(&by_meaning, &[theirs]).sums().content, "cut at {cut}");
    }
}

#[test]
fn ignored_types_do_not_count() {
    let mut ignoring = profile(SignatureComparison::Semantic);
    ignoring.content.ignored = vec![Rtype(1)];
    let all = hosts(10);
    let digest = digest(&ignoring, &all);
    assert_eq!((digest.sums(), digest.kept(&Buckets::all()).count()), (Sums::default(), 0));
}

#[test]
fn nothing_that_a_signer_makes_counts_where_signatures_are_ignored() {
    let ignoring = profile(SignatureComparison::Ignore);
    let of_type = |rtype| OwnedRecord { rtype: Rtype(rtype), ..hosts(1).remove(0) };
    for rtype in [46, 47, 50, 51, 48, 59, 60, 63, 65534] {
        assert_eq!(digest(&ignoring, &[of_type(rtype)]).sums(), Sums::default(), "{rtype}");
        let by_meaning = digest(&profile(SignatureComparison::Semantic), &[of_type(rtype)]).sums();
        assert_ne!(by_meaning, Sums::default(), "{rtype}");
    }
    for rtype in [1, 2, 43, 44, 52, 61, 62, 65533] {
        assert_ne!(digest(&ignoring, &[of_type(rtype)]).sums(), Sums::default(), "{rtype}");
    }
}

#[test]
fn the_first_signature_to_expire_is_known_unless_rrsig_is_left_out() {
    // Expiration 0x09090909, inception 0x08080801.
    let signatures = [rrsig(1, 1, 1)];
    for dnssec in [SignatureComparison::Semantic, SignatureComparison::Exact, SignatureComparison::Ignore] {
        let first = digest(&profile(dnssec), &signatures).first_to_expire().unwrap();
        assert_eq!((first.owner.to_string(), first.covered), ("www.test.".to_owned(), Rtype(1)));
        assert_eq!(first.expires, UNIX_EPOCH + Duration::from_secs(0x0909_0909));
        assert_eq!(first.validity, Duration::from_secs(0x0909_0909 - 0x0808_0801));
    }
    let mut ignoring = profile(SignatureComparison::Semantic);
    ignoring.content.ignored = vec![Rtype(1), Rtype::RRSIG];
    assert_eq!(digest(&ignoring, &signatures).first_to_expire(), None);
    assert_eq!(digest(&profile(SignatureComparison::Semantic), &hosts(3)).first_to_expire(), None);
}

#[test]
fn a_small_copy_is_kept_whole_and_a_large_one_in_its_wanted_buckets() {
    let profile = profile(SignatureComparison::Semantic);
    let small = hosts(1000);
    let kept = digest(&profile, &small);
    assert_eq!(kept.kept_buckets(), Buckets::all());
    assert_eq!(kept.kept(&Buckets::all()).count(), 1000);
    let large = hosts(20_000);
    let bare = digest(&profile, &large);
    assert_eq!(bare.kept_buckets(), Buckets::none());
    assert_eq!(bare.kept(&Buckets::all()).count(), 0);
    let mut wanted = Buckets::none();
    (0..100).for_each(|bucket| wanted.insert(bucket));
    let some = digest_wanting(&profile, &large, wanted.clone());
    assert_eq!(some.kept_buckets(), wanted);
    let expected: Vec<_> = large
        .iter()
        .filter(|owned| wanted.contains(bucket(&profile, owned)))
        .map(|owned| owned.owner.as_slice())
        .collect();
    let all = Buckets::all();
    let found: Vec<_> = some.kept(&all).map(|position| some.record_at(position).unwrap().owner).collect();
    assert_eq!(found, expected);
    assert_eq!(some.sums(), bare.sums());
}

#[test]
fn the_bucket_of_a_difference_is_found_between_copies_of_any_size() {
    let profile = profile(SignatureComparison::Semantic);
    let large = hosts(20_000);
    let mut changed = large.clone();
    changed[12_345].rdata[0] ^= 1;
    let mut expected = Buckets::none();
    expected.insert(bucket(&profile, &large[12_345]));
    assert_eq!(digest(&profile, &large).differing(&digest(&profile, &changed)), expected);
    // One copy is just too large to be kept whole; the other one has one host fewer.
    let mut growing = Digest::new(Arc::new(profile.clone()), Buckets::none(), UNIX_EPOCH);
    let is_whole = |owned: &&OwnedRecord| {
        growing.add(&owned.record());
        growing.bucket_sums.is_none()
    };
    let limit = large.iter().take_while(is_whole).count() + 1;
    let (whole, summed) = (digest(&profile, &large[..limit - 1]), digest(&profile, &large[..limit]));
    assert!(whole.bucket_sums.is_none());
    let mut expected = Buckets::none();
    expected.insert(bucket(&profile, &large[limit - 1]));
    assert_eq!(whole.differing(&summed), expected);
    assert_eq!(summed.differing(&whole), expected);
    assert_eq!(whole.differing(&whole), Buckets::all());
}

#[test]
fn a_copy_over_its_limit_keeps_fewer_buckets_but_whole_ones() {
    let profile = profile(SignatureComparison::Semantic);
    let mut all = hosts(3000);
    for owned in &mut all {
        owned.rdata.resize(4000, 7);
    }
    let digest = digest_wanting(&profile, &all, Buckets::all());
    assert!(digest.kept.len() <= MAX_KEPT_BYTES);
    let kept = digest.kept_buckets();
    assert!(kept != Buckets::all() && kept != Buckets::none());
    let of_kept_buckets = all.iter().filter(|owned| kept.contains(bucket(&profile, owned))).count();
    assert_eq!(digest.kept(&Buckets::all()).count(), of_kept_buckets);
}

fn owned() -> impl Strategy<Value = OwnedRecord> {
    let owner = prop::sample::select(vec![&b"\x04test\0"[..], b"\x01a\x04test\0", b"\x01b\x04test\0"]);
    let rtype = prop::sample::select(vec![1_u16, 2, 16, 46, 47, 65280]);
    let rdata = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..6),
        (0..3_u8, 0..3_u8, 0..3_u8).prop_map(|(a, b, c)| rrsig(a, b, c).rdata),
    ];
    (owner, rtype, 0..3_u32, rdata).prop_map(|(owner, rtype, ttl, rdata)| OwnedRecord {
        owner: owner.to_vec(),
        rtype: Rtype(rtype),
        ttl,
        rdata,
    })
}

fn dnssec() -> impl Strategy<Value = SignatureComparison> {
    prop::sample::select(vec![SignatureComparison::Semantic, SignatureComparison::Exact])
}

proptest! {
    #[test]
    fn the_order_of_records_does_not_count(
        (sent, shuffled) in prop::collection::vec(owned(), 0..40)
            .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
        dnssec in dnssec(),
    ) {
        let profile = profile(dnssec);
        prop_assert_eq!(digest(&profile, &sent).sums(), digest(&profile, &shuffled).sums());
    }

    #[test]
    fn one_changed_record_changes_the_sums(
        before in prop::collection::vec(owned(), 1..20),
        place: prop::sample::Index,
        new in owned(),
    ) {
        let profile = profile(SignatureComparison::Exact);
        let mut after = before.clone();
        let place = place.index(after.len());
        after[place] = new.clone();
        let (ours, theirs) = (digest(&profile, &before).sums(), digest(&profile, &after).sums());
        let old = &before[place];
        let same_content = (&old.owner, old.rtype, &old.rdata) == (&new.owner, new.rtype, &new.rdata);
        prop_assert_eq!(ours.content == theirs.content, same_content);
        prop_assert_eq!(ours.ttl == theirs.ttl, same_content && old.ttl == new.ttl);
    }

    #[test]
    fn a_changed_ttl_changes_only_the_sum_of_ttls(
        before in prop::collection::vec(owned(), 1..20),
        place: prop::sample::Index,
        dnssec in dnssec(),
    ) {
        let profile = profile(dnssec);
        let mut after = before.clone();
        let place = place.index(after.len());
        after[place].ttl += 1;
        let (ours, theirs) = (digest(&profile, &before).sums(), digest(&profile, &after).sums());
        prop_assert_eq!((ours.content, ours.signatures), (theirs.content, theirs.signatures));
        prop_assert_ne!(ours.ttl, theirs.ttl);
    }

    #[test]
    fn a_duplicate_record_changes_the_sums(
        before in prop::collection::vec(owned(), 1..20),
        place: prop::sample::Index,
    ) {
        let profile = profile(SignatureComparison::Semantic);
        let mut after = before.clone();
        after.push(before[place.index(before.len())].clone());
        let (ours, theirs) = (digest(&profile, &before).sums(), digest(&profile, &after).sums());
        prop_assert_ne!(ours.content, theirs.content);
    }
}

#[test]
fn permitted_rrsets_and_their_signatures_are_left_out() {
    let owner: crate::dns::Name = "www.example".parse().unwrap();
    let permitted = vec![(owner, Rtype(1))];
    let content = ContentRules { permitted, ..ContentRules::default() };
    let profile = Arc::new(Profile { key: HashKey(*b"sixteen octets!!"), content });
    assert_ne!(profile.id(), Profile { key: profile.key.clone(), content: ContentRules::default() }.id());
    let sums = |records: &[(&str, u16, &[u8])]| {
        let mut digest = Digest::new(Arc::clone(&profile), Buckets::none(), UNIX_EPOCH);
        for (owner, rtype, rdata) in records {
            let owner: crate::dns::Name = owner.parse().unwrap();
            digest.add(&Record::new(owner.as_wire(), Rtype(*rtype), 60, rdata));
        }
        digest.sums()
    };
    let signature = |covered: u8| [&[0, covered], [7; 24].as_slice(), &[0]].concat();
    let (over_a, over_txt) = (signature(1), signature(16));
    assert_eq!(sums(&[("www.example", 1, &[1, 2, 3, 4]), ("www.example", 46, &over_a)]), sums(&[]));
    assert_ne!(sums(&[("www.example", 46, &over_txt)]), sums(&[]));
    assert_ne!(sums(&[("www.example", 28, &[0; 16])]), sums(&[]));
    assert_ne!(sums(&[("mail.example", 1, &[1, 2, 3, 4])]), sums(&[]));
}

/// Two records of one RRset with different TTLs, among so many others that stand between them.
fn mixed_ttls_apart(others: u32) -> Vec<OwnedRecord> {
    let record = |ttl, octet| OwnedRecord {
        owner: b"\x01m\x04test\0".to_vec(),
        rtype: Rtype(1),
        ttl,
        rdata: vec![192, 0, 2, octet],
    };
    [vec![record(60, 1)], hosts(others), vec![record(300, 2)]].concat()
}

#[test]
fn mixed_ttls_are_found_among_all_records_of_a_small_copy() {
    let profile = profile(SignatureComparison::Semantic);
    assert_eq!(digest(&profile, &hosts(1000)).mixed_ttls(), None);
    let mixed = digest(&profile, &mixed_ttls_apart(1000)).mixed_ttls().unwrap();
    assert_eq!((mixed.rrsets, mixed.owner.to_string()), (1, "m.test.".to_owned()));
    assert_eq!((mixed.rtype, mixed.covered, mixed.ttls), (Rtype(1), None, vec![60, 300]));
}

#[test]
fn mixed_ttls_are_found_in_a_large_copy_among_consecutive_and_among_kept_records() {
    let profile = profile(SignatureComparison::Semantic);
    let apart = mixed_ttls_apart(20_000);
    assert_eq!(digest(&profile, &apart).mixed_ttls(), None);
    let mut wanted = Buckets::none();
    wanted.insert(bucket(&profile, &apart[0]));
    assert_eq!(digest_wanting(&profile, &apart, wanted).mixed_ttls().unwrap().ttls, [60, 300]);
    let mut adjacent = apart;
    adjacent.rotate_right(1);
    assert_eq!(digest(&profile, &adjacent).mixed_ttls().unwrap().ttls, [60, 300]);
}
