use proptest::prelude::*;

use super::*;
use crate::dns::Name;
use crate::testserver::{Query, ResponseBuilder, Section, Zone, ZoneRecord};

const TEXT: &str = "
@    3600 IN SOA ns0 hostmaster 5 3600 600 604800 300
@    3600 IN NS  ns0
ns0  3600 IN A   192.0.2.53
www   300 IN A   192.0.2.80
";

fn zone(serial: u32) -> Zone {
    Zone::parse("example.test", TEXT).unwrap().with_serial(serial)
}

fn soa(serial: u32) -> ZoneRecord {
    zone(serial).soa_record()
}

fn host(label: &str) -> ZoneRecord {
    ZoneRecord { owner: zone(5).name(label).unwrap(), rtype: Rtype(1), ttl: 60, rdata: vec![192, 0, 2, 99] }
}

fn question() -> Question {
    Question { id: 4711, qname: "example.test".parse().unwrap(), qtype: Rtype::IXFR }
}

fn received_query() -> Query {
    Query::parse(&query(&question(), zone(5).soa())).unwrap()
}

/// The messages of a response, with this number of records in each.
fn messages_of(records: &[ZoneRecord], each: usize) -> Vec<Vec<u8>> {
    records
        .chunks(each)
        .map(|records| {
            ResponseBuilder::new(&received_query()).records(Section::Answer, records).into_message()
        })
        .collect()
}

fn read(messages: &[Vec<u8>]) -> Result<ChangedRrsets, IxfrError> {
    let mut response = IxfrResponse::new(question(), Serial(5));
    for message in messages {
        if response.read_message(message, |_| ())? {
            break;
        }
    }
    response.end()
}

fn changed(to: u32, labels: &[&str]) -> ChangedRrsets {
    let mut changed = ChangedRrsets::new(Serial(5), Serial(to));
    for label in labels {
        changed.insert(host(label).owner.as_wire(), Rtype(1), 0);
    }
    changed
}

/// Two difference sequences: `a` is replaced by `b`, then `b` by `c`.
fn two_sequences() -> Vec<ZoneRecord> {
    let [a, b, c] = ["a", "b", "c"].map(host);
    vec![soa(7), soa(5), a, soa(6), b.clone(), soa(6), b, soa(7), c, soa(7)]
}

#[test]
fn a_query_has_the_soa_of_its_serial() {
    let wire = query(&question(), zone(5).soa());
    let mut scratch = Scratch::default();
    let mut reader = MessageReader::new(&wire).unwrap();
    assert_eq!(reader.header().counts, [1, 0, 1, 0]);
    assert_eq!(reader.question(&mut scratch).unwrap().unwrap().1, Rtype::IXFR);
    let record = reader.record(&mut scratch).unwrap();
    assert_eq!(
        (record.owner, record.rtype, record.class),
        (question().qname.as_wire(), Rtype::SOA, CLASS_IN)
    );
    assert_eq!(Soa::from_rdata(record.rdata).as_ref(), Some(zone(5).soa()));
    assert_eq!(reader.offset(), wire.len());
}

#[test]
fn every_kind_of_response_yields_changes_or_an_error() {
    let whole = zone(7).transfer();
    let host = |label| host(label);
    let retimed = zone(7).with_soa(|soa| soa.retry += 1).soa_record();
    let stray = ZoneRecord { owner: "elsewhere.test".parse().unwrap(), ..host("x") };
    let cases: Vec<(&str, Vec<ZoneRecord>, Result<ChangedRrsets, IxfrError>)> = vec![
        (
            "one sequence",
            vec![soa(6), soa(5), host("a"), soa(6), host("b"), soa(6)],
            Ok(changed(6, &["a", "b"])),
        ),
        ("two sequences", two_sequences(), Ok(changed(7, &["a", "b", "c"]))),
        ("condensed", vec![soa(7), soa(5), host("a"), soa(7), soa(7)], Ok(changed(7, &["a"]))),
        ("nothing but the serial", vec![soa(6), soa(5), soa(6), soa(6)], Ok(changed(6, &[]))),
        ("a record of another zone", vec![soa(6), soa(5), stray, soa(6), soa(6)], Ok(changed(6, &[]))),
        ("up to date", vec![soa(5)], Err(IxfrError::UpToDate)),
        ("older", vec![soa(4)], Err(IxfrError::UpToDate)),
        ("the whole zone", whole, Err(IxfrError::WholeZone)),
        ("an empty zone", vec![soa(7), soa(7)], Err(IxfrError::WholeZone)),
        ("a lone SOA that is newer", vec![soa(7)], Err(IxfrError::Incomplete)),
        ("another beginning", vec![soa(7), soa(6), soa(7), soa(7)], Err(IxfrError::Inconsistent)),
        ("a gap", vec![soa(8), soa(5), soa(6), soa(7), soa(8), soa(8)], Err(IxfrError::Inconsistent)),
        ("backwards", vec![soa(7), soa(5), soa(4), soa(4), soa(7), soa(7)], Err(IxfrError::Inconsistent)),
        ("in a circle", vec![soa(7), soa(5), soa(5)], Err(IxfrError::Inconsistent)),
        ("another end", vec![soa(7), soa(5), soa(7), retimed], Err(IxfrError::Inconsistent)),
        ("no SOA in front", vec![host("a"), soa(7)], Err(IxfrError::Inconsistent)),
        ("records after the end", [two_sequences(), vec![host("d")]].concat(), Err(IxfrError::Inconsistent)),
    ];
    for (case, records, expected) in cases {
        for each in [1, 2, 100] {
            if case == "records after the end" && each < 100 {
                continue;
            }
            assert_eq!(read(&messages_of(&records, each)), expected, "{case}, {each} in a message");
        }
    }
}

#[test]
fn a_response_that_ends_early_is_incomplete() {
    let whole = messages_of(&two_sequences(), 1);
    for cut in 0..whole.len() {
        assert_eq!(read(&whole[..cut]), Err(IxfrError::Incomplete), "{cut}");
    }
}

#[test]
fn errors_and_responses_to_other_queries_yield_nothing() {
    for rcode in [1, 2, 4, 5, 9] {
        let reply = ResponseBuilder::new(&received_query()).rcode(rcode).into_message();
        assert_eq!(read(&[reply]), Err(IxfrError::Rcode(rcode)));
    }
    let message = messages_of(&two_sequences(), 100).swap_remove(0);
    let other = Mismatch::Question("xxample.test. IXFR".to_owned());
    for (offset, octet, mismatch) in
        [(1, 0xff, Mismatch::Id), (2, 0x04, Mismatch::NotResponse), (13, b'x', other)]
    {
        let mut other = message.clone();
        other[offset] = octet;
        assert_eq!(read(&[other]), Err(IxfrError::Mismatched(mismatch)), "octet {offset}");
    }
    let short = message[..message.len() - 1].to_vec();
    assert_eq!(read(&[short]), Err(IxfrError::Malformed(Malformed::UnexpectedEnd)));
}

#[test]
fn signatures_are_distinguished_by_the_type_they_cover() {
    let signature =
        ZoneRecord { rtype: Rtype::RRSIG, rdata: [&[0, 1], [0; 20].as_slice()].concat(), ..host("a") };
    let read = read(&messages_of(&[soa(6), soa(5), signature, soa(6), soa(6)], 100)).unwrap();
    let owner = host("a").owner;
    let is_changed = |rtype, covered| read.contains(owner.as_wire(), rtype, covered);
    assert_eq!(
        [is_changed(Rtype::RRSIG, 1), is_changed(Rtype::RRSIG, 28), is_changed(Rtype(1), 0)],
        [true, false, false]
    );
}

#[test]
fn owner_names_are_equal_in_upper_and_lower_case() {
    let owner = "\x03WwW\x07eXample\x04TEST\0";
    let mut message = messages_of(&[soa(6), soa(5)], 100).swap_remove(0);
    message[7] = 5;
    message.extend_from_slice(owner.as_bytes());
    message.extend_from_slice(b"\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01");
    let mut rest = messages_of(&[soa(6), soa(6)], 100).swap_remove(0);
    message.extend_from_slice(&rest.split_off(question().to_wire(OptRecord::Omitted).len()));
    assert_eq!(read(&[message]), Ok(changed(6, &["www"])));
}

#[test]
fn too_many_records_or_empty_messages_are_refused() {
    let many = |count: usize| {
        let hosts = (0..count).map(|number| host(&format!("h{number}")));
        [soa(6), soa(5)].into_iter().chain(hosts).chain([soa(6), soa(6)]).collect::<Vec<ZoneRecord>>()
    };
    assert!(read(&messages_of(&many(MAX_RRSETS), 1000)).is_ok());
    assert_eq!(read(&messages_of(&many(MAX_RRSETS + 1), 1000)), Err(IxfrError::TooLarge));
    let again = [vec![soa(6), soa(5)], vec![host("a"); MAX_RECORDS as usize]].concat();
    assert_eq!(read(&messages_of(&again, 1000)), Err(IxfrError::TooLarge));
    assert_eq!(
        read(&vec![ResponseBuilder::new(&received_query()).into_message(); 1000]),
        Err(IxfrError::TooLarge)
    );
}

proptest! {
    #[test]
    fn any_split_into_messages_yields_the_same_changes(cuts in prop::collection::vec(1..5_usize, 1..9)) {
        let records = two_sequences();
        let mut rest = records.as_slice();
        let mut messages = Vec::new();
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            messages.extend(messages_of(now, 100));
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(read(&messages), Ok(changed(7, &["a", "b", "c"])));
    }

    #[test]
    fn arbitrary_octets_yield_changes_or_an_error(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&[octets]);
    }

    #[test]
    fn a_response_with_a_few_changed_octets_yields_changes_or_an_error(
        errors in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut messages = messages_of(&two_sequences(), 3);
        for (message, offset, octet) in errors {
            let message = &mut messages[message.index(4)];
            let offset = offset.index(message.len());
            message[offset] = octet;
        }
        let _ = read(&messages);
    }

    #[test]
    fn every_zone_and_serial_can_be_queried(labels in prop::collection::vec("[a-z]{1,20}", 0..6), serial: u32) {
        let name: Name = format!("{}.", labels.join(".")).parse().unwrap();
        let soa = Soa { mname: name.clone(), rname: name.clone(), serial: Serial(serial), ..zone(5).soa().clone() };
        let wire = query(&Question { qname: name, ..question() }, &soa);
        prop_assert!(Query::parse(&wire).is_some());
    }
}
