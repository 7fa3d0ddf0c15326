//! What other programs read: exactly the records that are meant.

use proptest::prelude::*;

use super::*;
use crate::diff::presentation::{owner_text, rdata_text, rdata_text_within, type_text};
use crate::dns::wire::Record;
use crate::dns::zonefile::{NextInput, ZoneFileReader};

#[test]
fn types_that_older_programs_do_not_know_are_written_by_number() {
    assert_eq!(type_text(Rtype::CAA), "CAA");
    assert_eq!(type_text(Rtype(263)), "TYPE263");
    assert_eq!(rdata_text(Rtype(29), &[0; 16]), format!(r"\# 16 {}", "00".repeat(16)));
    let long = [[255].as_slice(), &[0xee; 255]].concat().repeat(200);
    assert!(rdata_text_within(Rtype::TXT, &long, 125_000).unwrap().starts_with(r"\# 51200 ff"));
    assert_eq!(rdata_text_within(Rtype::TXT, &long, 65_000), None);
}

#[test]
fn names_with_odd_octets_are_written_so_that_every_program_reads_them() {
    let odd: Name = r"a\.b\@c+d\032.example.".parse().unwrap();
    assert_eq!(owner_text(&odd), r"a\046b\064c\043d\032.example.");
    assert_eq!(owner_text(&Name::root()), ".");
    assert_eq!(rdata_text(Rtype::NS, "ns.example.".parse::<Name>().unwrap().as_wire()), "ns.example.");
    assert!(rdata_text(Rtype::NS, odd.as_wire()).starts_with(r"\# 18 "));
    assert!(rdata_text(Rtype::CAA, b"\0\x05Issueca").starts_with(r"\# "));
    assert!(rdata_text(Rtype::HTTPS, b"\0\x01\0\x02\x9b\0\x01x").starts_with(r"\# "));
    let naptr = [b"\0\x01\0\x02\x01u\x03sip\x05!^.*$", zone().as_wire()].concat();
    assert_eq!(rdata_text(Rtype(35), &naptr), r#"1 2 "u" "sip" "!^.*$" example."#);
}

#[test]
fn knotc_gets_words_in_quotes() {
    let mut out = String::new();
    let text = rrset(r"o\'d\\", Rtype::TXT, &[(60, b"\x05a \"\\b")]);
    let group = all(&mut changes(vec![text], vec![a("x", 60, 1)]));
    let mut commands = KnotcCommands::new(&zone());
    commands.push_begin(&mut out);
    commands.push_group(&mut out, &group);
    commands.push_commit(&mut out);
    let expected = r#"zone-begin example.
zone-unset example. x.example. A
zone-set example. "o\\039d\\092.example." 60 TXT "\"a \\\"\\\\b\""
zone-commit example.
"#;
    assert_eq!(out, expected);
}

#[test]
fn knotc_gets_no_record_that_it_would_drop() {
    let huge = rrset("huge", Rtype(65280), &[(60, &vec![0; 40_000])]);
    let group = all(&mut changes(vec![huge, a("www", 60, 1)], Vec::new()));
    let (mut out, mut commands) = (String::new(), KnotcCommands::new(&zone()));
    commands.push_group(&mut out, &group);
    assert_eq!((commands.too_large(), out.lines().count()), (1, 1));
}

#[test]
fn a_zone_file_keeps_what_is_left_out() {
    let rules = DiffRules { zone: zone(), ignored: vec![Rtype::CAA] };
    let reference = vec![
        a("www", 60, 1),
        rrset("@", Rtype::CAA, &[(60, b"\0\x05issueours")]),
        rrset("@", Rtype::DNSKEY, &[(60, &[1])]),
    ];
    let target = vec![rrset("@", Rtype::CAA, &[(60, b"\0\x05issuetheirs")]), ns("@", 60, &["ns.example."])];
    let mut out = String::new();
    for pair in Merged::new(stream(reference), stream(target)) {
        zone::push_rrset(&mut out, &rules, &pair.unwrap());
    }
    let expected = "example. 60 IN NS ns.example.\nexample. 60 IN CAA 0 issue \"theirs\"\n\
                    www.example. 60 IN A 192.0.2.1\n";
    assert_eq!(out, expected);
}

/// Reads a line of a zone file; `None` if it is refused.
fn read(line: &str) -> Option<(Name, Rtype, u32, Vec<u8>)> {
    let mut found = None;
    let mut take = |record: &Record<'_>| {
        let owner = Name::from_wire(record.owner).unwrap();
        found = Some((owner, record.rtype, record.ttl, record.rdata.to_vec()));
    };
    let next = ZoneFileReader::new(zone()).read_line(line.trim_end().as_bytes(), &mut take);
    assert!(!matches!(next, Ok(NextInput::Include(_))));
    found
}

#[test]
fn text_with_every_octet_is_read_back() {
    let octets: Vec<u8> = (0..=255).collect();
    let rdata = [&[255], &octets[..255], &[1, 255]].concat();
    let data = RrsetData { ttl: 60, rdata: vec![rdata.clone()] };
    let mut out = String::new();
    zone::push_records(&mut out, &zone(), Rtype::TXT, &data);
    assert_eq!(read(&out).map(|(.., octets)| octets), Some(rdata));
}

/// Types that are written as text, and one that is not.
fn types() -> impl Strategy<Value = Rtype> {
    let types = [1, 2, 5, 13, 15, 16, 17, 28, 33, 35, 39, 43, 44, 52, 61, 64, 65, 256, 257, 65280];
    prop::sample::select(types.to_vec()).prop_map(Rtype)
}

proptest! {
    #[test]
    fn our_own_reader_of_zone_files_reads_the_same_octets(
        label in prop::collection::vec(any::<u8>(), 1..20),
        rtype in types(),
        ttl in 0..=0x7fff_ffff_u32,
        rdata in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let wire = [&[u8::try_from(label.len()).unwrap()], label.as_slice(), zone().as_wire()].concat();
        let owner = Name::from_wire(&wire).unwrap();
        let data = RrsetData { ttl, rdata: vec![rdata] };
        let mut out = String::new();
        zone::push_records(&mut out, &owner, rtype, &data);
        prop_assert_eq!(out.lines().count(), 1);
        prop_assert!(out.is_ascii());
        let read = read(&out);
        // What does not have the form of its type is refused, and comes from no server.
        if let Some((found, kind, seconds, octets)) = read {
            prop_assert_eq!((found, kind, seconds), (owner, rtype, ttl));
            // Names are read in lower case.
            prop_assert!(octets.eq_ignore_ascii_case(&data.rdata[0]));
        }
    }
}
