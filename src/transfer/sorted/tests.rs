use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use proptest::prelude::*;

use super::entry::RecordForm;
use super::runs::RunWriter;
use super::sorter::SortLimits;
use super::storage::{Storage, TemporaryFile};
use super::tally::Counts;
use super::*;
use crate::digest::{Buckets, Digest, HashKey, Profile};
use crate::dns::wire::Record;
use crate::dns::{Name, Rrset, Rtype, Soa, TtlAndRdata};
use crate::net::{Client, QueryLimiter};
use crate::observe::{CopyAttempt, Failure};
use crate::plan::{ContentRules, Role, Target};
use crate::testserver::{
    Action, IncomingQuery, TestServer, TransferLayout, Zone, ZoneRecord, transfer_messages,
};
use crate::transfer::{CopyOptions, TransferClient, TransferLimits, ZoneFile};

const TXT: Rtype = Rtype(16);
const PTR: Rtype = Rtype(12);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn soa() -> Soa {
    Soa::from_rdata(&[0; 22]).unwrap()
}

fn limits(memory: usize) -> SortLimits {
    SortLimits { memory, runs: 64, file_bytes: u64::MAX, directory: std::env::temp_dir() }
}

/// A record with an owner of its own.
#[derive(Clone, Debug)]
struct OwnedRecord {
    owner: Name,
    rtype: Rtype,
    ttl: u32,
    rdata: Vec<u8>,
}

impl OwnedRecord {
    fn new(owner: &str, rtype: Rtype, rdata: &[u8]) -> Self {
        Self { owner: name(owner), rtype, ttl: 60, rdata: rdata.to_vec() }
    }

    fn record(&self) -> Record<'_> {
        let Self { owner, rtype, ttl, rdata } = self;
        Record::new(owner.as_wire(), *rtype, *ttl, rdata)
    }
}

fn sort(limits: SortLimits, records: &[OwnedRecord]) -> Result<SortedRrsets, SortError> {
    let mut sorter = RecordSorter::with_limits(&name("example"), RecordForm::Compared, limits);
    for record in records {
        sorter.add(&record.record());
    }
    sorter.finish(&soa(), 300)
}

fn read(sorted: &SortedRrsets) -> Vec<Rrset> {
    sorted.iter().collect::<Result<_, _>>().unwrap()
}

/// The RRsets of the zone, its SOA among them, as a plain sort has them.
fn sorted_plainly(records: &[OwnedRecord]) -> Vec<Rrset> {
    let apex = OwnedRecord { ttl: 300, ..OwnedRecord::new("example", Rtype::SOA, &[0; 22]) };
    let mut rrsets = BTreeMap::<_, (Name, Vec<TtlAndRdata>, Vec<TtlAndRdata>)>::new();
    for OwnedRecord { owner, rtype, ttl, rdata } in records.iter().chain([&apex]) {
        let labels: Vec<Vec<u8>> = owner.labels().rev().map(<[u8]>::to_vec).collect();
        let is_signature = *rtype == Rtype::RRSIG;
        let rtype = match rdata.as_slice() {
            &[high, low, ..] if is_signature => Rtype(u16::from_be_bytes([high, low])),
            _ => *rtype,
        };
        let rrset = rrsets.entry((labels, rtype)).or_insert((owner.clone(), Vec::new(), Vec::new()));
        let side = if is_signature { &mut rrset.2 } else { &mut rrset.1 };
        side.push((*ttl, rdata.clone()));
    }
    let rrsets = rrsets.into_iter();
    rrsets
        .map(|((_, rtype), (owner, records, signatures))| Rrset::new(owner, rtype, records, signatures))
        .collect()
}

fn owners() -> impl Strategy<Value = Name> {
    let label = prop::collection::vec(prop_oneof![0_u8..3, Just(b'a'), Just(0xff)], 1..4);
    prop::collection::vec(label, 0..4).prop_map(|labels| {
        let mut wire = Vec::new();
        for label in labels {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label);
        }
        wire.extend_from_slice(name("example").as_wire());
        Name::from_wire(&wire).unwrap()
    })
}

fn records() -> impl Strategy<Value = Vec<OwnedRecord>> {
    let rtypes = prop_oneof![Just(TXT), Just(Rtype::NS), Just(Rtype(257))];
    let covered = rtypes.clone().prop_map(|rtype| (Rtype::RRSIG, rtype.0.to_be_bytes().to_vec()));
    let kind = prop_oneof![2 => rtypes.prop_map(|rtype| (rtype, Vec::new())), 1 => covered];
    let record = (owners(), kind, 1_u32..3, prop::collection::vec(0_u8..2, 0..3));
    let record = record.prop_map(|(owner, (rtype, front), ttl, rest)| {
        let rdata = [front, rest].concat();
        OwnedRecord { owner, rtype, ttl, rdata }
    });
    prop::collection::vec(record, 0..120)
}

proptest! {
    #[test]
    fn records_in_any_order_are_sorted_as_by_a_plain_sort(
        records in records(),
        memory in prop_oneof![1_usize..2000, Just(1 << 20)],
        runs in 2_usize..5,
    ) {
        let sorted = sort(SortLimits { runs, ..limits(memory) }, &records).unwrap();
        let expected = sorted_plainly(&records);
        prop_assert_eq!(read(&sorted), expected.clone());
        let with_records = expected.iter().filter(|rrset| !rrset.records.is_empty());
        prop_assert_eq!(sorted.rrsets(), with_records.count() as u64);
        let names: BTreeSet<_> = expected.iter().map(|rrset| rrset.owner.as_wire()).collect();
        prop_assert_eq!(sorted.names(), names.len() as u64);
        prop_assert_eq!(sorted.unaskable(), 0);
    }

    #[test]
    fn a_file_that_was_changed_is_an_error_or_read_to_its_end(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let run = 0..bytes.len() as u64;
        let sorted = SortedRrsets::new(name("example"), Arc::new(Storage::Memory(bytes)), run, Counts::default());
        prop_assert!(sorted.iter().take(100).count() < 100);
    }
}

#[test]
fn signatures_are_with_the_rrset_that_they_cover_or_alone() {
    let records = [
        OwnedRecord::new("www.example", Rtype::RRSIG, &[0, 2, 1]),
        OwnedRecord::new("www.example", Rtype::RRSIG, &[0, 16, 1]),
        OwnedRecord::new("www.example", TXT, b"\x01a"),
        OwnedRecord::new("www.example", Rtype::RRSIG, &[]),
    ];
    let sorted = sort(limits(1), &records).unwrap();
    let rrsets = read(&sorted);
    let counts = rrsets.iter().map(|rrset| (rrset.rtype.0, rrset.records.len(), rrset.signatures.len()));
    assert_eq!(counts.collect::<Vec<_>>(), [(6, 1, 0), (0, 0, 1), (2, 0, 1), (16, 1, 1)]);
    assert_eq!((sorted.rrsets(), sorted.names()), (2, 2));
}

#[test]
fn records_are_sorted_as_they_are_signed_where_that_is_wanted() {
    let owner = name("example");
    let [upper, lower]: [&[u8]; 2] = [b"\0\x01\x01B\0", b"\0\x01\x01b\0"];
    let https = Record::new(owner.as_wire(), Rtype::HTTPS, 60, lower);
    for (sorter, sorted) in [
        (RecordSorter::new(&owner, 1 << 20), vec![lower, b"\0\x02\0"]),
        (RecordSorter::of_signed(&owner, 1 << 20), vec![upper, lower, b"\0\x02\0"]),
    ] {
        let mut sorter = sorter;
        for signed in [lower, upper] {
            sorter.add(&Record { signed, ..https });
        }
        sorter.add(&Record::new(owner.as_wire(), Rtype::HTTPS, 60, b"\0\x02\0"));
        let rrsets = read(&sorter.finish(&soa(), 300).unwrap());
        let rdata: Vec<&[u8]> = rrsets[1].records.iter().map(|(_, rdata)| rdata.as_slice()).collect();
        assert_eq!(rdata, sorted);
    }
}

#[test]
fn small_zones_take_no_file_and_large_ones_two_at_most() {
    let records: Vec<_> =
        (0..500).map(|n| OwnedRecord::new(&format!("h{n}.example"), TXT, b"\x01a")).collect();
    let nowhere = SortLimits { directory: PathBuf::from("/nonexistent"), ..limits(1 << 20) };
    let in_memory = sort(nowhere, &records).unwrap();
    assert!(matches!(*in_memory.storage, Storage::Memory(_)));
    let directory = tempfile::tempdir().unwrap();
    let in_file = SortLimits { directory: directory.path().to_owned(), runs: 3, ..limits(100) };
    let in_file = sort(in_file, &records).unwrap();
    let Storage::File(TemporaryFile { file, .. }) = &*in_file.storage else { panic!("it is in a file") };
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "the file has no name");
    assert_eq!(read(&in_memory), read(&in_file));
}

#[test]
fn many_readers_read_at_once() {
    let records: Vec<_> =
        (0..20_000).map(|n| OwnedRecord::new(&format!("h{n}.example"), TXT, b"\x01a")).collect();
    let sorted = sort(limits(100_000), &records).unwrap();
    let expected = read(&sorted);
    assert_eq!(expected.len(), 20_001);
    let mut halfway = sorted.iter();
    let first: Vec<_> = halfway.by_ref().take(10_000).collect::<Result<_, _>>().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (sorted, expected) = (sorted.clone(), &expected);
            scope.spawn(move || assert_eq!(read(&sorted), *expected));
        }
    });
    let rest: Vec<_> = halfway.collect::<Result<_, _>>().unwrap();
    assert_eq!([first, rest].concat(), expected);
}

#[test]
fn an_rrset_that_fits_in_no_response_is_left_out_and_counted() {
    let mut records = Vec::new();
    for n in 0..300_u16 {
        let rdata = [&n.to_be_bytes(), [7; 253].as_slice()].concat();
        records.push(OwnedRecord::new("m.example", TXT, &rdata));
        // With their signature, these do not fit either.
        if n < 244 {
            records.push(OwnedRecord::new("o.example", TXT, &rdata));
        }
    }
    records.push(OwnedRecord::new("o.example", Rtype::RRSIG, &[&[0, 16], [7; 900].as_slice()].concat()));
    records
        .extend(["a.example", "n.example", "z.example"].map(|owner| OwnedRecord::new(owner, TXT, b"\x01a")));
    // RDATA that became longer than any message, once its names were decompressed.
    records.push(OwnedRecord::new("y.example", Rtype(65280), &vec![7; 70_000]));
    // Servers compress these names.
    let compressed = |n: u16| [&[63, b'a', b'b'], n.to_be_bytes().as_slice(), &[7; 59], &[0]].concat();
    records.extend((0..4_000).map(|n| OwnedRecord::new("p.example", PTR, &compressed(n))));
    for memory in [1_000, 10_000_000] {
        let sorted = sort(limits(memory), &records).unwrap();
        let owners: Vec<_> = read(&sorted).iter().map(|rrset| rrset.owner.without_final_dot()).collect();
        assert_eq!(owners, ["example", "a.example", "n.example", "p.example", "z.example"]);
        assert_eq!((sorted.rrsets(), sorted.names(), sorted.unaskable()), (8, 8, 3));
    }
}

#[test]
fn an_error_names_the_directory_and_the_remedy() {
    let records: Vec<_> =
        (0..100).map(|n| OwnedRecord::new(&format!("h{n}.example"), TXT, b"\x01a")).collect();
    let nowhere = SortLimits { directory: PathBuf::from("/nonexistent"), ..limits(100) };
    let text = sort(nowhere, &records).unwrap_err().to_string();
    assert!(
        text.starts_with("no temporary file can be created in `/nonexistent`: No such file or directory"),
        "{text}"
    );
    assert!(text.ends_with("; set TMPDIR to a directory that can be written to"), "{text}");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let file = TemporaryFile { file: full, directory: PathBuf::from("/tmp/\u{1b}x") };
    let mut writer = RunWriter::to_file(file, u64::MAX);
    writer.push(entry::Entry::new(&[0; 12])).unwrap();
    assert_eq!(
        writer.finish().unwrap_err().to_string(),
        "a temporary file in `/tmp/\\u{1b}x` cannot be written: No space left on device (os error 28); set TMPDIR \
         to a directory with more room"
    );
    let small = SortLimits { file_bytes: 100_000, ..limits(1_000) };
    let many: Vec<_> = records.iter().cycle().take(10_000).cloned().collect();
    assert_eq!(
        sort(small, &many).unwrap_err().to_string(),
        "the records take more than 100000 bytes of a temporary file, which is the limit"
    );
}

#[test]
fn a_file_that_cannot_be_read_ends_the_reader_with_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("write-only");
    let written = File::create(&path).unwrap();
    for (file, error) in [(written, "Bad file descriptor"), (File::open(&path).unwrap(), "failed to fill")] {
        let file = TemporaryFile { file, directory: PathBuf::from("/tmp") };
        let sorted =
            SortedRrsets::new(name("example"), Arc::new(Storage::File(file)), 0..100, Counts::default());
        let results: Vec<_> = sorted.iter().collect();
        let [Err(only)] = results.as_slice() else { panic!("{results:?}") };
        let text = only.to_string();
        assert!(text.starts_with("a temporary file in `/tmp` cannot be read: "), "{text}");
        assert!(
            text.contains(error) && text.ends_with("; set TMPDIR to a directory on another disk"),
            "{text}"
        );
    }
}

const ZONE: &str = "@ SOA ns hostmaster 7 3600 600 86400 300\n@ NS ns\n@ NS ns.elsewhere.test.\nns A 192.0.2.1\n\
    WWW.B A 192.0.2.3\nwww.b A 192.0.2.2\n*.a TXT \"x\" \"y\"\na.a MX 10 NS\nsub NS ns.sub\nns.sub AAAA 2001:db8::1\n";

fn digest() -> Digest {
    let profile = Arc::new(Profile { key: HashKey([7; 16]), content: ContentRules::default() });
    Digest::new(profile, Buckets::none(), UNIX_EPOCH)
}

const TRANSFER_LIMITS: TransferLimits =
    TransferLimits { max_bytes: 1 << 20, max_records: 1000, idle_timeout: Duration::from_secs(10) };

async fn transfer_sorted(records: Vec<ZoneRecord>) -> (CopyAttempt, Option<SortedRrsets>) {
    let handler = move |query: &IncomingQuery| {
        let query = query.query.as_ref().unwrap();
        let messages = transfer_messages(query, &records, &TransferLayout::default());
        messages.into_iter().map(Action::Send).collect()
    };
    let server = TestServer::start(Ipv4Addr::LOCALHOST.into(), handler).await.unwrap();
    let target = Target { role: Role::Primary, ..Target::at("ns1", server.address()) };
    let client = Client::new(Duration::from_secs(10), Arc::new(QueryLimiter::new(4, 1, None)));
    let client = TransferClient { client: Arc::new(client), limits: TRANSFER_LIMITS };
    let zone = name("example.test");
    let sorter = RecordSorter::new(&zone, 100);
    client.axfr_sorted(&target, &zone, (digest(), sorter, CopyOptions::default()), Instant::now()).await
}

async fn read_file_sorted(path: &Path, sorter: RecordSorter) -> (CopyAttempt, Option<SortedRrsets>) {
    let file = ZoneFile::new(path.to_owned(), TRANSFER_LIMITS);
    file.read_again_sorted(&name("example.test"), (digest(), sorter, CopyOptions::default()), Instant::now())
        .await
}

#[tokio::test]
async fn a_zone_file_and_a_transfer_of_it_give_the_same_rrsets() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("zone");
    fs::write(&path, format!("$TTL 3600\n{ZONE}")).unwrap();
    let zone = Zone::parse("example.test", ZONE).unwrap();
    let (transferred, rrsets) = transfer_sorted(zone.transfer()).await;
    let (read_again, from_file) =
        read_file_sorted(&path, RecordSorter::new(&name("example.test"), RecordSorter::DEFAULT_MEMORY)).await;
    assert_eq!(transferred.copy.unwrap().digest.sums(), read_again.copy.unwrap().digest.sums());
    let (rrsets, from_file) = (rrsets.unwrap(), from_file.unwrap());
    assert_eq!((rrsets.rrsets(), rrsets.names()), (8, 7));
    assert_eq!(read(&rrsets), read(&from_file));
    let owners: Vec<_> = read(&rrsets).iter().map(|rrset| rrset.owner.without_final_dot()).collect();
    let expected = ["@", "@", "*.a", "a.a", "www.b", "ns", "sub", "ns.sub"].map(|owner| match owner {
        "@" => "example.test".to_owned(),
        relative => format!("{relative}.example.test"),
    });
    assert_eq!(owners, expected);
}

#[tokio::test]
async fn a_copy_that_is_not_whole_gives_no_rrsets() {
    let mut records = Zone::parse("example.test", ZONE).unwrap().transfer();
    records.push(records[1].clone());
    let (attempt, rrsets) = transfer_sorted(records).await;
    assert!(attempt.copy.is_err() && rrsets.is_none());
}

#[tokio::test]
async fn records_that_cannot_be_sorted_are_a_failure_of_the_attempt() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("zone");
    fs::write(&path, format!("$TTL 3600\n{ZONE}")).unwrap();
    let nowhere = SortLimits { directory: PathBuf::from("/nonexistent"), ..limits(100) };
    let (attempt, rrsets) = read_file_sorted(
        &path,
        RecordSorter::with_limits(&name("example.test"), RecordForm::Compared, nowhere),
    )
    .await;
    assert!(rrsets.is_none());
    let failure = attempt.copy.unwrap_err();
    assert!(matches!(failure, Failure::NotSorted(_)));
    assert!(
        failure.to_string().starts_with(
            "this host cannot sort the records: no temporary file can be created in `/nonexistent`"
        ),
        "{failure}"
    );
}
