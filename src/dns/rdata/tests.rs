//! The two forms of RDATA, for comparing and for signatures, over the wire and from zone files.

use std::collections::BTreeSet;

use super::field::{Field, fields};
use crate::dns::Rtype;
use crate::dns::wire::{HEADER_LEN, MessageReader, Record, Scratch};
use crate::dns::zonefile::ZoneFileReader;

/// RDATA as it is compared, and as it is signed.
type Forms = (Vec<u8>, Vec<u8>);

/// Types in the list of RFC 4034 section 6.2 that hold names, without NSEC (RFC 6840 section 5.1), with RDATA.
const FOLDED: &[(&str, &str)] = &[
    ("NS", "Upper.Example."),
    ("MD", "Upper.Example."),
    ("MF", "Upper.Example."),
    ("CNAME", "Upper.Example."),
    ("MB", "Upper.Example."),
    ("MG", "Upper.Example."),
    ("MR", "Upper.Example."),
    ("PTR", "Upper.Example."),
    ("MINFO", "Upper.Example. Upper.Example."),
    ("MX", "10 Upper.Example."),
    ("RP", "Upper.Example. Upper.Example."),
    ("AFSDB", "1 Upper.Example."),
    ("RT", "1 Upper.Example."),
    ("SIG", "A 5 2 300 20300101000000 20200101000000 1 Upper.Example. AQ=="),
    ("PX", "1 Upper.Example. Upper.Example."),
    ("NXT", "Upper.Example. A NS"),
    ("NAPTR", "1 2 Upper Upper Upper Upper.Example."),
    ("KX", "1 Upper.Example."),
    ("SRV", "1 2 3 Upper.Example."),
    ("DNAME", "Upper.Example."),
    ("A6", "64 ::1 Upper.Example."),
    ("RRSIG", "A 13 2 300 20300101000000 20200101000000 1 Upper.Example. AQ=="),
];

/// All other types that hold names.
const AS_WRITTEN: &[(&str, &str)] = &[
    ("NSEC", "Upper.Example. A RRSIG NSEC"),
    ("NSAP-PTR", "Upper.Example."),
    ("IPSECKEY", "10 3 2 Upper.Example. AQ=="),
    ("HIP", "2 2001 AQ== Upper.Example. Upper.Example."),
    ("TALINK", "Upper.Example. Upper.Example."),
    ("SVCB", "1 Upper.Example. alpn=h2"),
    ("HTTPS", "1 Upper.Example. alpn=h2"),
    ("DSYNC", "CDS NOTIFY 5359 Upper.Example."),
    ("LP", "10 Upper.Example."),
    ("AMTRELAY", "10 0 3 Upper.Example."),
];

/// Reads a record of a zone file.
fn from_text(rtype: &str, text: &str) -> Forms {
    let mut forms = None;
    let mut reader = ZoneFileReader::new("test".parse().unwrap());
    for line in ["$ORIGIN Example.", &format!("a.test. 60 {rtype} {text}")] {
        let mut sink = |record: &Record<'_>| {
            forms = Some((record.rdata.to_vec(), record.signed.to_vec()));
        };
        reader.read_line(line.as_bytes(), &mut sink).unwrap_or_else(|error| panic!("{rtype}: {error}"));
    }
    forms.unwrap()
}

/// Reads a record from a message, whose question has a name in RDATA at offset 12.
fn from_wire(rtype: Rtype, rdata: &[u8]) -> Forms {
    let mut message = vec![0; HEADER_LEN];
    message[5] = 1;
    message.extend_from_slice(b"\x05Upper\x07Example\0\0\xfc\0\x01\0");
    message.extend(rtype.0.to_be_bytes());
    message.extend([0, 1, 0, 0, 0, 60]);
    message.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
    message.extend_from_slice(rdata);
    let mut scratch = Scratch::default();
    let mut reader = MessageReader::new(&message).unwrap();
    reader.question(&mut scratch).unwrap();
    let record = reader.record(&mut scratch).unwrap();
    (record.rdata.to_vec(), record.signed.to_vec())
}

/// Replaces octets by others.
fn replaced(octets: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = octets;
    while let Some((first, tail)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = behind;
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}

const UPPER: &[u8] = b"\x05Upper\x07Example\0";
const LOWER: &[u8] = b"\x05upper\x07example\0";

#[test]
fn names_are_signed_in_lower_case_in_the_types_of_the_list_and_as_written_in_all_others() {
    for (table, is_folded) in [(FOLDED, true), (AS_WRITTEN, false)] {
        for (mnemonic, text) in table {
            let (rdata, signed) = from_text(mnemonic, text);
            assert!(replaced(&rdata, LOWER, b"").len() < rdata.len(), "{mnemonic}: {rdata:?}");
            let received = replaced(&rdata, LOWER, UPPER);
            assert_eq!(signed, if is_folded { rdata.clone() } else { received.clone() }, "{mnemonic}");
            assert_eq!(from_wire(mnemonic.parse().unwrap(), &received), (rdata, signed), "{mnemonic}");
        }
    }
}

#[test]
fn a_relative_name_in_a_zone_file_has_the_letters_of_its_origin() {
    let (rdata, signed) = from_text("HTTPS", "1 Upper");
    assert_eq!((&rdata[2..], &signed[2..]), (LOWER, UPPER));
    let (rdata, signed) = from_text("HTTPS", "1 @");
    assert_eq!((&rdata[2..], &signed[2..]), (b"\x07example\0".as_slice(), b"\x07Example\0".as_slice()));
    let (rdata, signed) = from_text("MX", "1 Upper");
    assert_eq!((&rdata[2..], &signed[2..]), (LOWER, LOWER));
}

#[test]
fn octets_of_a_zone_file_keep_their_case_as_text_does() {
    let (rdata, signed) = from_text("HTTPS", "\\# 9 00010555707065 7200");
    assert_eq!((&rdata[..], &signed[..]), (b"\0\x01\x05upper\0".as_slice(), b"\0\x01\x05Upper\0".as_slice()));
    let (rdata, signed) = from_text("NS", "\\# 7 05557070657200");
    assert_eq!((&rdata[..], &signed[..]), (b"\x05upper\0".as_slice(), b"\x05upper\0".as_slice()));
}

#[test]
fn a_name_that_must_not_be_compressed_and_is_is_signed_decompressed() {
    let (rdata, signed) = from_wire(Rtype::HTTPS, b"\0\x01\xc0\x0c");
    assert_eq!((&rdata[2..], &signed[2..]), (LOWER, LOWER));
}

#[test]
fn every_type_that_holds_names_is_in_one_of_the_tables() {
    let holds_name = |field: &Field| {
        matches!(field, Field::Name | Field::Names | Field::Gateway | Field::RelayAddress | Field::A6)
    };
    let known: BTreeSet<Rtype> = (1..=u16::MAX)
        .map(Rtype)
        .filter(|&rtype| {
            rtype != Rtype::SOA && fields(rtype).is_some_and(|fields| fields.iter().any(holds_name))
        })
        .collect();
    let tested = FOLDED.iter().chain(AS_WRITTEN).map(|(mnemonic, _)| mnemonic.parse().unwrap()).collect();
    assert_eq!(known, tested);
}
