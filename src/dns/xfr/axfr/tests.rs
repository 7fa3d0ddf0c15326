use proptest::prelude::*;

use super::*;
use crate::testserver::{
    self, FirstMessage, LetterCase, Query, QuestionSection, TransferLayout, Zone, transfer_messages,
};

/// A record that was read: owner, type, TTL and RDATA.
type Owned = (Vec<u8>, Rtype, u32, Vec<u8>);

const TEXT: &str = "
@    3600 IN SOA ns0 hostmaster 7 3600 600 604800 300
@    3600 IN NS  ns0
@    3600 IN MX  10 mail
ns0  3600 IN A   192.0.2.53
mail 3600 IN A   192.0.2.25
www   300 IN A   192.0.2.80
";

fn zone() -> Zone {
    Zone::parse("example.test", TEXT).unwrap()
}

fn question() -> Question {
    Question { id: 4711, qname: "example.test".parse().unwrap(), qtype: Rtype::AXFR }
}

fn query() -> Query {
    Query::parse(&question().to_wire(crate::dns::message::OptRecord::Included)).unwrap()
}

/// The messages of a transfer of these records, with this number of records in each.
fn messages_of(records: &[testserver::ZoneRecord], records_per_message: usize) -> Vec<Vec<u8>> {
    transfer_messages(&query(), records, &TransferLayout { records_per_message, ..TransferLayout::default() })
}

/// Reads messages until the transfer is complete, or no message is left.
fn read(messages: &[Vec<u8>]) -> Result<(CopySummary, Vec<Owned>), XfrError> {
    read_at_most(messages, 1000)
}

fn read_at_most(messages: &[Vec<u8>], max_records: u64) -> Result<(CopySummary, Vec<Owned>), XfrError> {
    let mut reader = AxfrReader::new(question(), max_records);
    let mut records = Vec::new();
    for message in messages {
        let progress = reader.read_message(message, |record| {
            let Record { owner, rtype, ttl, rdata, .. } = *record;
            records.push((owner.to_vec(), rtype, ttl, rdata.to_vec()));
        })?;
        if progress == AxfrProgress::Complete {
            break;
        }
    }
    Ok((reader.end()?, records))
}

/// An address record.
fn host(owner: &str) -> testserver::ZoneRecord {
    testserver::ZoneRecord {
        owner: owner.parse().unwrap(),
        rtype: Rtype(1),
        ttl: 60,
        rdata: vec![192, 0, 2, 99],
    }
}

fn owned(records: &[testserver::ZoneRecord]) -> Vec<Owned> {
    let owned = records
        .iter()
        .map(|record| (record.owner.as_wire().to_vec(), record.rtype, record.ttl, record.rdata.clone()));
    owned.collect()
}

#[test]
fn a_transfer_is_complete_when_its_soa_comes_again() {
    let (summary, records) = read(&messages_of(&zone().transfer(), 100)).unwrap();
    assert_eq!(
        summary,
        CopySummary { soa: zone().soa().clone(), soa_ttl: 3600, records: 6, dropped: 0, unstated_ttls: 0 }
    );
    assert_eq!(records, owned(zone().records()));
}

#[test]
fn a_truncated_message_ends_the_transfer_wherever_it_is() {
    let whole = messages_of(&zone().transfer(), 2);
    for index in 0..whole.len() {
        let mut messages = whole.clone();
        messages[index][2] |= 0x02;
        assert_eq!(read(&messages), Err(XfrError::Truncated), "{index}");
    }
}

#[test]
fn too_many_messages_without_records_end_the_transfer() {
    let whole = messages_of(&zone().transfer(), 2);
    let mut empty = whole[0].clone();
    empty.truncate(12);
    empty[4..12].fill(0);
    let with_empty = |count: usize| -> Vec<Vec<u8>> {
        let (first, rest) = whole.split_at(1);
        [first, &vec![empty.clone(); count], rest].concat()
    };
    assert!(read(&with_empty(3)).is_ok());
    assert_eq!(read(&with_empty(1000)), Err(XfrError::TooManyEmptyMessages));
}

#[test]
fn a_zone_with_only_a_soa_is_complete() {
    let empty = Zone::parse("example.test", "@ 1 IN SOA ns0 h 7 1 1 1 1").unwrap();
    let (summary, records) = read(&messages_of(&empty.transfer(), 1)).unwrap();
    assert_eq!((summary.records, records.len()), (1, 0));
}

#[test]
fn every_message_layout_of_servers_yields_the_same_records() {
    for first_message in [FirstMessage::Full, FirstMessage::SoaOnly] {
        for question in [QuestionSection::First, QuestionSection::Every] {
            for authoritative in [true, false] {
                for owner_case in [LetterCase::Lower, LetterCase::Upper] {
                    let layout = TransferLayout {
                        records_per_message: 2,
                        first_message,
                        question,
                        authoritative,
                        owner_case,
                    };
                    let (summary, records) =
                        read(&transfer_messages(&query(), &zone().transfer(), &layout)).unwrap();
                    assert_eq!((summary.records, records), (6, owned(zone().records())), "{layout:?}");
                }
            }
        }
    }
}

#[test]
fn even_the_first_message_may_leave_out_the_question() {
    let mut messages = messages_of(&zone().transfer(), 2);
    messages.remove(0);
    let opening = zone().transfer();
    let mut first = testserver::ResponseBuilder::new(&query()).without_question();
    for record in &opening[..2] {
        first.push(testserver::Section::Answer, record);
    }
    messages.insert(0, first.into_message());
    assert_eq!(read(&messages).unwrap().1, owned(zone().records()));
}

#[test]
fn a_transfer_that_ends_early_is_incomplete() {
    let whole = messages_of(&zone().transfer(), 1);
    for cut in 1..whole.len() {
        assert_eq!(read(&whole[..cut]), Err(XfrError::Incomplete(cut as u64)));
    }
    assert_eq!(read(&[]), Err(XfrError::Incomplete(0)));
}

#[test]
fn another_closing_soa_means_that_the_zone_changed() {
    for (change, closed) in [(zone().with_serial(8), 8), (zone().with_soa(|soa| soa.retry += 1), 7)] {
        let mut records = zone().transfer();
        records.pop();
        records.push(change.soa_record());
        let changed = XfrError::Changed { opened: Serial(7), closed: Serial(closed) };
        assert_eq!(read(&messages_of(&records, 3)), Err(changed));
    }
}

#[test]
fn a_transfer_without_the_opening_soa_of_the_zone_is_refused() {
    let transfer = zone().transfer();
    let other = Zone::parse("www.example.test", "@ 1 IN SOA ns0 h 7 1 1 1 1").unwrap();
    for records in [&transfer[1..], &other.transfer(), &[]] {
        assert_eq!(read(&messages_of(records, 100)), Err(XfrError::NoOpeningSoa));
    }
}

#[test]
fn a_later_message_without_records_is_ignored() {
    let mut messages = messages_of(&zone().transfer(), 3);
    messages.insert(1, testserver::ResponseBuilder::new(&query()).into_message());
    assert!(read(&messages).is_ok());
}

#[test]
fn a_record_of_the_zone_behind_a_soa_in_one_message_makes_the_transfer_malformed() {
    let transfer = &zone().transfer()[..];
    // It begins and ends with the same SOA.
    let (soa, inner) = (&transfer[..1], &transfer[1..transfer.len() - 1]);
    let other = &[zone().with_serial(8).soa_record()][..];
    let cases: [(&str, Vec<testserver::ZoneRecord>); 7] = [
        ("the SOA twice in front", [soa, soa, inner, soa].concat()),
        ("a SOA between", [soa, &inner[..2], soa, &inner[2..], soa].concat()),
        ("no SOA behind", [soa, soa, inner].concat()),
        ("a third SOA", [transfer, soa].concat()),
        ("one record behind", [transfer, &[host("late.example.test")]].concat()),
        ("another SOA behind", [transfer, other].concat()),
        ("another SOA between", [soa, &inner[..2], other, &inner[2..], soa].concat()),
    ];
    for (case, records) in cases {
        assert_eq!(read(&messages_of(&records, 100)), Err(XfrError::RecordsAfterEnd), "{case}");
    }
}

#[test]
fn a_message_behind_the_end_may_be_read_to_see_that_there_was_none() {
    let whole = messages_of(&zone().transfer(), 100);
    let mut reader = AxfrReader::new(question(), 1000);
    assert_eq!(reader.read_message(&whole[0], |_| ()), Ok(AxfrProgress::Complete));
    let stray = messages_of(&[host("www.elsewhere.test")], 100);
    assert_eq!(reader.read_message(&stray[0], |_| ()), Ok(AxfrProgress::Complete));
    assert_eq!(reader.read_message(&whole[0], |_| ()), Err(XfrError::RecordsAfterEnd));
}

#[test]
fn records_of_other_zones_after_the_closing_soa_are_dropped_and_counted() {
    let mut records = zone().transfer();
    records.extend([host("late.elsewhere.test"), host("later.elsewhere.test")]);
    let (summary, read) = read(&messages_of(&records, 100)).unwrap();
    assert_eq!((summary.records, summary.dropped, read), (6, 2, owned(zone().records())));
}

#[test]
fn records_of_other_zones_are_dropped_and_counted() {
    let mut records = zone().transfer();
    records.insert(1, host("badexample.test"));
    records.insert(3, host("test"));
    let (summary, read) = read(&messages_of(&records, 2)).unwrap();
    assert_eq!((summary.records, summary.dropped, read), (6, 2, owned(zone().records())));
}

#[test]
fn a_soa_below_the_apex_does_not_end_the_transfer() {
    let below = Zone::parse("sub.example.test", "@ 1 IN SOA ns0 h 7 1 1 1 1").unwrap();
    let mut records = zone().transfer();
    records.insert(2, below.soa_record());
    assert_eq!(read(&messages_of(&records, 100)).unwrap().1.len(), 6);
}

#[test]
fn a_record_of_another_class_is_malformed() {
    let mut messages = messages_of(&[zone().soa_record(), host("www.example.test"), zone().soa_record()], 1);
    let class = messages[1].len() - 4 - 2 - 4 - 1;
    messages[1][class] = 3;
    assert_eq!(read(&messages), Err(XfrError::Malformed(Malformed::NotClassIn)));
}

#[test]
fn a_message_with_another_id_or_question_is_refused() {
    let whole = messages_of(&zone().transfer(), 2);
    let other = Mismatch::Question("xxample.test. AXFR".to_owned());
    for (offset, octet, mismatch) in [
        (1, 0xff, Mismatch::Id),
        (2, 0x04, Mismatch::NotResponse),
        (2, 0xa4, Mismatch::NotResponse),
        (13, b'x', other),
    ] {
        let mut messages = whole.clone();
        messages[0][offset] = octet;
        assert_eq!(read(&messages), Err(XfrError::Mismatched(mismatch)), "octet {offset}");
    }
    let mut later = whole;
    later[1][1] ^= 1;
    assert_eq!(read(&later), Err(XfrError::Mismatched(Mismatch::Id)));
}

#[test]
fn an_error_rcode_ends_the_transfer_in_any_message() {
    let refused = testserver::ResponseBuilder::new(&query()).rcode(5).into_message();
    assert_eq!(read(std::slice::from_ref(&refused)), Err(XfrError::Rcode(5)));
    let mut messages = messages_of(&zone().transfer(), 2);
    messages[1] = refused;
    assert_eq!(read(&messages), Err(XfrError::Rcode(5)));
}

#[test]
fn a_malformed_message_ends_the_transfer() {
    let mut messages = messages_of(&zone().transfer(), 2);
    messages[2].pop();
    assert_eq!(read(&messages), Err(XfrError::Malformed(Malformed::UnexpectedEnd)));
}

#[test]
fn a_transfer_with_too_many_records_is_refused() {
    let messages = messages_of(&zone().transfer(), 2);
    assert!(read_at_most(&messages, 6).is_ok());
    assert_eq!(read_at_most(&messages, 5), Err(XfrError::TooManyRecords(5)));
    let mut strays = vec![zone().soa_record()];
    strays.resize(50, host("elsewhere.test"));
    assert_eq!(read_at_most(&messages_of(&strays, 2), 20), Err(XfrError::TooManyRecords(20)));
}

proptest! {
    #[test]
    fn any_split_into_messages_yields_the_same_records(
        hosts in prop::collection::vec(("[a-z]{1,8}", any::<u32>(), any::<[u8; 4]>()), 0..60),
        cuts in prop::collection::vec(1..9_usize, 1..20),
        question_in_each: bool,
    ) {
        let mut zone = zone();
        for (label, ttl, rdata) in hosts {
            let owner = zone.name(&label).unwrap();
            zone = zone.record(testserver::ZoneRecord { owner, rtype: Rtype(1), ttl, rdata: rdata.to_vec() });
        }
        let records = zone.transfer();
        let mut rest = records.as_slice();
        let mut messages = Vec::new();
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            let response = testserver::ResponseBuilder::new(&query());
            let mut reply = response.records(testserver::Section::Answer, now);
            if !question_in_each && !messages.is_empty() {
                // Without a question, names are compressed against nothing.
                let response = testserver::ResponseBuilder::new(&query()).without_question();
                reply = response.records(testserver::Section::Answer, now);
            }
            messages.push(reply.into_message());
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        let (summary, read) = read(&messages).unwrap();
        prop_assert_eq!(summary.records, zone.records().len() as u64 + 1);
        prop_assert_eq!(read, owned(zone.records()));
    }

    #[test]
    fn arbitrary_octets_are_a_message_or_an_error(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&[octets]);
    }

    #[test]
    fn a_transfer_with_a_few_changed_octets_is_complete_or_an_error(
        errors in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut messages = messages_of(&zone().transfer(), 2);
        for (message, offset, octet) in errors {
            let message = &mut messages[message.index(4)];
            let offset = offset.index(message.len());
            message[offset] = octet;
        }
        let _ = read(&messages);
    }
}

#[test]
fn the_apex_is_recognised_after_a_record_of_another_zone() {
    let mut reader = AxfrReader::new(question(), u64::MAX);
    let opening = zone().transfer().into_iter().next().unwrap();
    let mut records = 0;
    for message in messages_of(&[opening, host("www.example.org")], 100) {
        reader.read_message(&message, |_| records += 1).unwrap();
    }
    // In the next message the owner is a pointer to the question.
    let mut second = question().to_wire(crate::dns::message::OptRecord::Omitted);
    (second[2], second[7]) = (0x84, 1);
    second.extend_from_slice(b"\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04\xc0\0\x02\x02");
    reader.read_message(&second, |_| records += 1).unwrap();
    assert_eq!(records, 1);
}
