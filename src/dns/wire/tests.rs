use std::net::{Ipv4Addr, Ipv6Addr};

use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT};
use hickory_proto::rr::{Name as HickoryName, RData, Record as HickoryRecord, RecordType};
use hickory_proto::serialize::binary::{BinEncodable as _, BinEncoder};
use proptest::prelude::*;

use super::*;
use crate::dns::name::MAX_NAME;
use crate::dns::{Malformed, Name, Rtype};

/// A record that owns its names and RDATA.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owned {
    owner: Vec<u8>,
    rtype: Rtype,
    ttl: u32,
    rdata: Vec<u8>,
}

/// Reads all records of a message.
fn read_records(octets: &[u8]) -> Result<Vec<Owned>, Malformed> {
    let mut scratch = Scratch::default();
    let mut reader = MessageReader::new(octets)?;
    reader.question(&mut scratch)?;
    let [_, answers, authorities, additionals] = reader.header().counts.map(u32::from);
    let mut records = Vec::new();
    for _ in 0..answers + authorities + additionals {
        let Record { owner, rtype, ttl, rdata, .. } = reader.record(&mut scratch)?;
        records.push(Owned { owner: owner.to_vec(), rtype, ttl, rdata: rdata.to_vec() });
    }
    Ok(records)
}

/// A message with one record, whose owner is the root and whose RDATA begins at offset 23.
fn with_rdata(rtype: u16, rdata: &[u8]) -> Vec<u8> {
    let mut octets = vec![0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    octets.extend_from_slice(&rtype.to_be_bytes());
    octets.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
    octets.extend_from_slice(&u16::try_from(rdata.len()).unwrap().to_be_bytes());
    octets.extend_from_slice(rdata);
    octets
}

/// A message with one record, whose owner is written in these octets.
fn with_owner(owner: &[u8]) -> Vec<u8> {
    let mut octets = vec![0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    octets.extend_from_slice(owner);
    octets.extend_from_slice(&[0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
    octets
}

/// Reads the RDATA of a message with one record.
fn rdata_of(octets: &[u8]) -> Result<Vec<u8>, Malformed> {
    read_records(octets).map(|records| records[0].rdata.clone())
}

#[test]
fn compression_that_does_not_point_backwards_is_malformed() {
    for (owner, why) in [
        (&b"\xc0\x0c"[..], "to itself"),
        (b"\xc0\x0d", "into itself"),
        (b"\xc0\x0e", "forwards"),
        (b"\xff\xff", "out of the message"),
        (b"\x01a\xc0\x0c", "to the start of its own name"),
        (b"\x01a\xc0\x0e", "to itself behind a label"),
    ] {
        assert_eq!(read_records(&with_owner(owner)), Err(Malformed::Pointer), "{why}");
    }
    // Two names that point to each other: the first one points forwards.
    let mut second = with_owner(&[0]);
    second[7] = 2;
    second.extend_from_slice(b"\x01b\xc0\x1b\0\x01\0\x01\0\0\0\x3c\0\0");
    assert_eq!(read_records(&second), Err(Malformed::Pointer));
}

#[test]
fn a_chain_of_pointers_is_followed() {
    // The RDATA of three NS records: a name at offset 23, and two names that each point to the one before.
    let mut octets = with_rdata(2, b"\x03one\0");
    octets[7] = 3;
    for target in [23_u8, 0] {
        let at = u8::try_from(octets.len()).unwrap();
        let target = if target == 0 { at - 4 } else { target };
        octets.extend_from_slice(b"\0\0\x02\0\x01\0\0\0\x3c\0\x04\x01x\xc0");
        octets.push(target);
    }
    let names: Vec<_> = read_records(&octets).unwrap().into_iter().map(|record| record.rdata).collect();
    assert_eq!(names, [b"\x03one\0".to_vec(), b"\x01x\x03one\0".to_vec(), b"\x01x\x01x\x03one\0".to_vec()]);
}

#[test]
fn labels_and_names_above_their_limits_are_malformed() {
    let label = |length: usize| [vec![u8::try_from(length).unwrap()], vec![b'a'; length]].concat();
    let longest = [label(63), label(63), label(63), label(61), vec![0]].concat();
    assert_eq!(longest.len(), MAX_NAME);
    assert_eq!(read_records(&with_owner(&longest)).unwrap()[0].owner, longest);
    let longer = [label(63), label(63), label(63), label(62), vec![0]].concat();
    assert_eq!(read_records(&with_owner(&longer)), Err(Malformed::LongName));
    let without_space_for_the_root = [label(63), label(63), label(63), label(62), label(1), vec![0]].concat();
    assert_eq!(read_records(&with_owner(&without_space_for_the_root)), Err(Malformed::LongName));
    for kind in [0x40, 0x7f, 0x80, 0xbf] {
        assert_eq!(read_records(&with_owner(&[kind, b'a', 0])), Err(Malformed::LabelType), "{kind:#x}");
    }
}

#[test]
fn names_are_decompressed_in_the_types_that_may_hold_compressed_names() {
    // The RDATA of the second record points to the name at offset 23.
    let target = b"\x04Mail\x07EXAMPLE\0";
    let lower_case = b"\x04mail\x07example\0".to_vec();
    for (rtype, front, back, names) in [
        (14, 0, 0, 2),
        (17, 0, 0, 2),
        (18, 2, 0, 1),
        (21, 2, 0, 1),
        (26, 2, 0, 2),
        (33, 6, 0, 1),
        (6, 0, 20, 2),
        (15, 2, 0, 1),
        (12, 0, 0, 1),
    ] {
        let mut octets = with_rdata(2, target);
        octets[7] = 2;
        let rdata = [vec![7; front], b"\xc0\x17".repeat(names), vec![9; back]].concat();
        octets.extend_from_slice(&with_rdata(rtype, &rdata)[12..]);
        let expected = [vec![7; front], lower_case.repeat(names), vec![9; back]].concat();
        assert_eq!(read_records(&octets).unwrap()[1].rdata, expected, "{}", Rtype(rtype));
    }
}

#[test]
fn rdata_whose_length_does_not_fit_is_malformed_or_kept_as_received() {
    // MX: the name ends behind its RDATA.
    assert_eq!(rdata_of(&with_rdata(15, b"\0\x0a\x04mai")), Err(Malformed::UnexpectedEnd));
    let mut beyond = with_rdata(15, b"\0\x0a\x04mail\0");
    beyond[22] -= 1;
    beyond.push(0);
    assert_eq!(rdata_of(&beyond), Err(Malformed::Rdata));
    // Octets behind the last name are kept, so that they are compared.
    assert_eq!(rdata_of(&with_rdata(15, b"\0\x0a\x04MAIL\0rest")), Ok(b"\0\x0a\x04mail\0rest".to_vec()));
    // Names in NSEC are never compressed, so the RDATA can be kept as received.
    assert_eq!(rdata_of(&with_rdata(47, b"\x09cut")), Ok(b"\x09cut".to_vec()));
    // Empty RDATA, as in an UPDATE message, is malformed for MX and kept for A.
    assert!(rdata_of(&with_rdata(15, b"")).is_err());
    assert_eq!(rdata_of(&with_rdata(1, b"")), Ok(Vec::new()));
    let mut lying = with_rdata(1, b"\xc0\0\x02\x01");
    lying[22] = 5;
    assert_eq!(rdata_of(&lying), Err(Malformed::UnexpectedEnd));
}

#[test]
fn messages_cut_short_are_malformed() {
    let whole = with_rdata(15, b"\0\x0a\x04mail\0");
    for end in 0..whole.len() {
        assert!(read_records(&whole[..end]).is_err(), "cut at {end}");
    }
    let mut two_questions = whole.clone();
    two_questions[5] = 2;
    assert_eq!(read_records(&two_questions), Err(Malformed::TooManyQuestions(2)));
}

fn label() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_]{1,10}"
}

/// Names that share suffixes, so that there is something to compress.
fn hickory_name() -> impl Strategy<Value = HickoryName> {
    let parent = prop::sample::select(vec!["Example.COM.", "sub.example.com.", "example.com.", "NET.", "."]);
    (prop::collection::vec(label(), 0..3), parent).prop_map(|(labels, parent)| {
        let text = labels.into_iter().map(|label| label + ".").collect::<Vec<_>>().concat();
        let text = if text.is_empty() { parent.to_owned() } else { text + parent.trim_start_matches('.') };
        HickoryName::from_ascii(text).unwrap()
    })
}

fn hickory_rdata() -> impl Strategy<Value = RData> {
    let name = hickory_name;
    prop_oneof![
        any::<u32>().prop_map(|octets| RData::A(A(Ipv4Addr::from_bits(octets)))),
        any::<u128>().prop_map(|octets| RData::AAAA(AAAA(Ipv6Addr::from_bits(octets)))),
        name().prop_map(|name| RData::NS(NS(name))),
        name().prop_map(|name| RData::CNAME(CNAME(name))),
        name().prop_map(|name| RData::PTR(PTR(name))),
        (any::<u16>(), name()).prop_map(|(preference, name)| RData::MX(MX::new(preference, name))),
        (any::<[u16; 3]>(), name()).prop_map(|([a, b, c], name)| RData::SRV(SRV::new(a, b, c, name))),
        prop::collection::vec("[ -~]{0,40}", 1..4).prop_map(|texts| RData::TXT(TXT::new(texts))),
        (name(), name(), any::<u32>(), 0..i32::MAX).prop_map(|(mname, rname, serial, time)| RData::SOA(
            SOA::new(mname, rname, serial, time, time, time, 60)
        )),
    ]
}

fn hickory_record() -> impl Strategy<Value = HickoryRecord> {
    (hickory_name(), any::<u32>(), hickory_rdata())
        .prop_map(|(owner, ttl, rdata)| HickoryRecord::from_rdata(owner, ttl, rdata))
}

/// Returns a record in canonical form, as hickory writes it.
fn canonical(record: &HickoryRecord) -> Owned {
    let encode = |part: &dyn Fn(&mut BinEncoder<'_>)| {
        let mut octets = Vec::new();
        let mut encoder = BinEncoder::new(&mut octets);
        encoder.set_canonical_form(true);
        part(&mut encoder);
        octets
    };
    let owner = encode(&|encoder| record.name.to_lowercase().emit(encoder).unwrap());
    let rdata = encode(&|encoder| record.data.emit(encoder).unwrap());
    Owned { owner, rtype: Rtype(record.record_type().into()), ttl: record.ttl, rdata }
}

proptest! {
    #[test]
    fn messages_written_by_hickory_are_read_in_canonical_form(
        qname in hickory_name(),
        records in prop::collection::vec(hickory_record(), 0..40),
    ) {
        let mut message = Message::new(7, MessageType::Response, OpCode::Query);
        message.add_query(Query::query(qname.clone(), RecordType::AXFR));
        message.add_answers(records.clone());
        let octets = message.to_vec().unwrap();
        let expected: Vec<Owned> = records.iter().map(canonical).collect();
        prop_assert_eq!(read_records(&octets).unwrap(), expected);
        let mut scratch = Scratch::default();
        let mut reader = MessageReader::new(&octets).unwrap();
        let (name, qtype, qclass) = reader.question(&mut scratch).unwrap().unwrap();
        let qname: Name = qname.to_ascii().parse().unwrap();
        prop_assert_eq!((name, qtype, qclass), (qname.as_wire(), Rtype::AXFR, CLASS_IN));
    }

    #[test]
    fn arbitrary_octets_are_read_or_malformed(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read_records(&octets);
    }

    #[test]
    fn a_skipped_record_ends_where_a_read_one_does(
        records in prop::collection::vec(hickory_record(), 1..10),
        errors in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut message = Message::new(7, MessageType::Response, OpCode::Query);
        message.add_answers(records.clone());
        let mut octets = message.to_vec().unwrap();
        for (offset, octet) in errors {
            let offset = HEADER_LEN + offset.index(octets.len() - HEADER_LEN);
            octets[offset] = octet;
        }
        let mut scratch = Scratch::default();
        let mut reader = MessageReader::new(&octets).unwrap();
        for _ in records {
            let mut skipping = reader.clone();
            let Ok(record) = reader.record(&mut scratch) else { break };
            prop_assert_eq!(skipping.skip_record(), Ok(record.rtype));
            prop_assert_eq!(skipping.offset(), reader.offset());
        }
    }

    #[test]
    fn a_message_with_a_few_changed_octets_is_read_or_malformed(
        records in prop::collection::vec(hickory_record(), 1..10),
        errors in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut message = Message::new(7, MessageType::Response, OpCode::Query);
        message.add_answers(records);
        let mut octets = message.to_vec().unwrap();
        for (offset, octet) in errors {
            let offset = offset.index(octets.len());
            octets[offset] = octet;
        }
        let _ = read_records(&octets);
    }

    #[test]
    fn canonical_rdata_of_any_type_stays_the_same_when_it_is_read_again(
        rtype in prop_oneof![0..70_u16, 99..110_u16, 250..265_u16],
        rdata in prop::collection::vec(prop_oneof![Just(0_u8), Just(0xc0), 0..70_u8, any::<u8>()], 0..60),
    ) {
        // RDATA that was read is canonical.
        if let Ok(canonical) = rdata_of(&with_rdata(rtype, &rdata)) {
            prop_assert_eq!(rdata_of(&with_rdata(rtype, &canonical)), Ok(canonical));
        }
    }
}
