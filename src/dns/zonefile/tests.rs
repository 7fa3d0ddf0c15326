use proptest::prelude::*;

use super::*;
use crate::dns::xfr::axfr::CopySummary;
use crate::dns::{Serial, name, rdata};

/// The records of a zone file as `owner ttl type data`, in their order and without the SOA.
fn records(text: &str) -> Vec<String> {
    read(text).unwrap_or_else(|error| panic!("{error}")).0
}

fn read(text: &str) -> Result<(Vec<String>, Option<CopySummary>), ZoneFileParseError> {
    let mut reader = ZoneFileReader::new("example.test".parse().unwrap());
    let mut records = Vec::new();
    for line in text.lines() {
        let next = reader.read_line(line.as_bytes(), &mut |record| {
            let data = rdata::to_text(record.rtype, record.rdata);
            records.push(format!("{} {} {} {data}", name::display(record.owner), record.ttl, record.rtype));
        })?;
        assert_eq!(next, NextInput::Line);
    }
    reader.leave()?;
    Ok((records, reader.end()))
}

#[test]
fn owner_ttl_and_class_may_be_left_out() {
    let text = "$TTL 1h\n\
        www A 192.0.2.1\n\
        \t A 192.0.2.2\n\
        \x20 300 IN A 192.0.2.3\n\
        IN 2m A 192.0.2.4 ; the owner is called `in`\n\
        Mail.Example.TEST. CLASS1 AAAA 2001:db8::1\n\
        @ NS ns\n";
    assert_eq!(
        records(text),
        [
            "www.example.test. 3600 A 192.0.2.1",
            "www.example.test. 3600 A 192.0.2.2",
            "www.example.test. 300 A 192.0.2.3",
            "in.example.test. 120 A 192.0.2.4",
            "mail.example.test. 3600 AAAA 2001:db8::1",
            "example.test. 3600 NS ns.example.test.",
        ]
    );
}

#[test]
fn records_without_ttl_have_the_minimum_of_a_soa_without_ttl() {
    let text = "@ SOA ns0 hostmaster 7 1h 10m 1w 5m\nwww A 192.0.2.1\n 60 A 192.0.2.2\n A 192.0.2.3\n";
    let (_, summary) = read(text).unwrap();
    assert_eq!(ttls(text), (vec![300, 60, 300], 3));
    let summary = summary.unwrap();
    assert_eq!((summary.soa.serial, summary.soa.refresh, summary.soa.expire), (Serial(7), 3600, 604_800));
    assert_eq!((summary.soa_ttl, summary.records, summary.dropped), (300, 4, 0));
}

/// The TTLs of the records without the SOA, and the number of records for which none is stated.
fn ttls(text: &str) -> (Vec<u32>, u64) {
    let (records, summary) = read(text).unwrap();
    let ttls = records.iter().map(|record| record.split(' ').nth(1).unwrap().parse().unwrap());
    (ttls.collect(), summary.unwrap().unstated_ttls)
}

#[test]
fn records_without_ttl_are_read_as_by_bind_and_as_by_nsd_where_bind_refuses_the_file() {
    let soa = "SOA ns0 hostmaster 7 3600 600 86400 300\n";
    for (text, expected) in [
        (format!("@ {soa}@ 7200 NS ns1\nns1 A 192.0.2.1\n"), (vec![7200, 300], 2)),
        (format!("@ 60 {soa}@ NS ns1\nns1 7200 A 192.0.2.1\nns2 A 192.0.2.2\n"), (vec![60, 7200, 7200], 2)),
        (format!("@ {soa}$TTL 90\n@ 7200 NS ns1\nns1 A 192.0.2.1\n"), (vec![7200, 90], 1)),
        (format!("ns1 A 192.0.2.1\n@ {soa}@ 7200 NS ns1\n A 192.0.2.2\n"), (vec![3600, 7200, 3600], 3)),
        (format!("ns1 60 A 192.0.2.1\n@ {soa}@ NS ns1\n"), (vec![60, 60], 2)),
        (format!("  60 {soa}@ NS ns1\n"), (vec![60], 1)),
        (format!("other. 60 A 192.0.2.1\nother. A 192.0.2.1\n@ {soa}@ NS ns1\n"), (vec![60], 2)),
        (format!("$TTL 2147483648\n@ {soa}@ NS ns1\n@ 4294967295 NS ns2\n"), (vec![0, 0], 0)),
    ] {
        assert_eq!(ttls(&text), expected, "{text}");
    }
}

#[test]
fn a_byte_order_mark_at_the_start_of_a_file_is_skipped() {
    let text = "\u{feff}$TTL 60\nwww A 192.0.2.1\n";
    assert_eq!(records(text), ["www.example.test. 60 A 192.0.2.1"]);
    let second = "$TTL 60\n\u{feff}www A 192.0.2.1\n";
    assert_eq!(records(second), [r"\239\187\191www.example.test. 60 A 192.0.2.1"]);
    let mut reader = ZoneFileReader::new("example.test".parse().unwrap());
    reader.enter(None);
    let mut owners = Vec::new();
    let line = "\u{feff}www 60 A 192.0.2.1";
    reader.read_line(line.as_bytes(), &mut |record| owners.push(name::display(record.owner))).unwrap();
    assert_eq!(owners, ["www.example.test."]);
}

#[test]
fn a_quoted_string_goes_on_behind_an_escaped_line_break() {
    let text = "$TTL 60\na TXT \"one\\\ntwo\" three\nb TXT x\n";
    assert_eq!(
        records(text),
        [r#"a.example.test. 60 TXT "one\010two" "three""#, r#"b.example.test. 60 TXT "x""#]
    );
    let error = read("$TTL 60\na TXT \"one\\\ntwo\n").unwrap_err();
    assert_eq!(error.brief(), "2:7: the quotation mark is not closed");
    let error = read("$TTL 60\na TXT \"one\\").unwrap_err();
    assert_eq!(error.brief(), "2:7: the quotation mark is not closed");
}

#[test]
fn a_zone_behind_the_zone_is_dropped_and_a_file_of_another_zone_alone_is_an_error() {
    let own = "$TTL 60\n@ SOA . . 7 1 1 1 1\nwww A 192.0.2.1\n";
    let other = "$ORIGIN other.test.\n@ SOA . . 8 1 1 1 1\nwww A 192.0.2.1\n";
    for text in [format!("{own}{other}"), format!("$TTL 60\n{other}$ORIGIN example.test.\n{own}")] {
        let summary = read(&text).unwrap().1.unwrap();
        assert_eq!((summary.soa.serial, summary.records, summary.dropped), (Serial(7), 2, 2));
    }
    let mut reader = ZoneFileReader::new("example.test".parse().unwrap());
    for line in format!("$TTL 60\n{other}").lines() {
        reader.read_line(line.as_bytes(), &mut |_| ()).unwrap();
    }
    let error = reader.take_foreign_soa().unwrap().brief();
    assert_eq!(error, "3:1: the SOA is of `other.test.`, and not of `example.test.`");
    assert!(reader.end().is_none());
    let below = read("$TTL 60\n@ SOA . . 7 1 1 1 1\nsub SOA . . 7 1 1 1 1\n").unwrap_err();
    assert_eq!(below.brief(), "3:1: the SOA is of `sub.example.test.`, and not of `example.test.`");
}

#[test]
fn the_data_of_a_template_may_be_one_string_in_quotes() {
    let text = "$TTL 60\n\
        $DATE 20260101000000\n\
        $GENERATE 1-2 h$ MX \"10 mail$\"\n\
        $GENERATE 1-1 t$ 30 IN TXT \"a b\"\n\
        $GENERATE 1-1 u$ TXT \"\\\"a b\\\"\"\n\
        $GENERATE 1-1 v$ TXT \"a b\" c\n";
    assert_eq!(
        records(text),
        [
            "h1.example.test. 60 MX 10 mail1.example.test.",
            "h2.example.test. 60 MX 10 mail2.example.test.",
            r#"t1.example.test. 30 TXT "a" "b""#,
            r#"u1.example.test. 60 TXT "a b""#,
            r#"v1.example.test. 60 TXT "a b" "c""#,
        ]
    );
    let error = read("$TTL 60\n$GENERATE 1-1 h$ MX \"10 mail $\"\n").unwrap_err();
    assert_eq!(error.brief(), "2:22: `1` follows the end of the MX data");
}

#[test]
fn an_entry_continues_within_parentheses_and_a_comment_ends_with_its_line() {
    let text = "$TTL 60\n\
        txt TXT ( \"a;b(c\" ; one ) two\n\
        \x20   d ) ; three\n\
        \n\
        ; nothing\n\
        mx ( MX 10\n mail )\n";
    assert_eq!(
        records(text),
        [r#"txt.example.test. 60 TXT "a;b(c" "d""#, "mx.example.test. 60 MX 10 mail.example.test."]
    );
}

#[test]
fn escaped_characters_have_no_syntactic_meaning() {
    let text = "$TTL 60\na\\.b\\032c\\;\\( TXT \"say \\\"hi\\\" \\065\\\\\"\n\\@ TXT @\n";
    assert_eq!(
        records(text),
        [r#"a\.b\032c\;\(.example.test. 60 TXT "say \"hi\" A\\""#, r#"\@.example.test. 60 TXT "@""#,]
    );
}

#[test]
fn an_origin_may_be_relative_to_the_one_before() {
    let text =
        "$TTL 60\n$ORIGIN a\nx A 192.0.2.1\n$ORIGIN b\n@ A 192.0.2.2\n$ORIGIN example.test.\n@ A 192.0.2.3\n";
    let owners: Vec<String> =
        records(text).iter().map(|record| record.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(owners, ["x.a.example.test.", "b.a.example.test.", "example.test."]);
}

#[test]
fn records_of_other_zones_are_dropped_and_counted() {
    let text = "$TTL 60\n@ SOA . . 1 1 1 1 1\nwww.other.test. A 192.0.2.1\nexample.test.other. A 192.0.2.1\nwww A 192.0.2.1\n";
    let (records, summary) = read(text).unwrap();
    assert_eq!(records, ["www.example.test. 60 A 192.0.2.1"]);
    let summary = summary.unwrap();
    assert_eq!((summary.records, summary.dropped), (2, 2));
}

#[test]
fn a_second_equal_soa_at_the_end_is_not_counted() {
    let soa = "example.test. 60 IN SOA ns0.example.test. h.example.test. 7 1 1 1 1";
    let text = format!("{soa}\nwww 60 A 192.0.2.1\n{soa}\n");
    assert_eq!(read(&text).unwrap().1.unwrap().records, 2);
}

#[test]
fn generate_makes_a_record_for_each_number_of_its_range() {
    let text = "$TTL 60\n\
        $GENERATE 1-3/2 host-$ A 192.0.2.$\n\
        $GENERATE 9-10 h${1,3,d} 30 IN TXT \"$$ ${0,2,x} ${-9}\"\n\
        $GENERATE 18-18 ${0,3,n} PTR h${0,4,X}\n";
    assert_eq!(
        records(text),
        [
            "host-1.example.test. 60 A 192.0.2.1",
            "host-3.example.test. 60 A 192.0.2.3",
            r#"h010.example.test. 30 TXT "$" "09" "0""#,
            r#"h011.example.test. 30 TXT "$" "0a" "1""#,
            "2.1.example.test. 60 PTR h0012.example.test.",
        ]
    );
}

#[test]
fn an_included_file_has_its_own_origin_and_owner() {
    let mut reader = ZoneFileReader::new("example.test".parse().unwrap());
    let mut owners = Vec::new();
    let mut line = |reader: &mut ZoneFileReader, text: &str| {
        reader.read_line(text.as_bytes(), &mut |record| owners.push(name::display(record.owner))).unwrap()
    };
    line(&mut reader, "www 60 A 192.0.2.1");
    let next = line(&mut reader, "$INCLUDE sub\\032file.db sub");
    let NextInput::Include(include) = next else { panic!("{next:?}") };
    assert_eq!((include.path.as_slice(), include.excerpt.position.line), (&b"sub file.db"[..], 2));
    reader.enter(include.origin);
    line(&mut reader, "@ A 192.0.2.1");
    line(&mut reader, "$ORIGIN deeper");
    line(&mut reader, "x A 192.0.2.1");
    reader.leave().unwrap();
    line(&mut reader, "  A 192.0.2.2");
    line(&mut reader, "y A 192.0.2.2");
    assert_eq!(
        owners,
        [
            "www.example.test.",
            "sub.example.test.",
            "x.deeper.sub.example.test.",
            "www.example.test.",
            "y.example.test."
        ]
    );
}

proptest! {
    #[test]
    fn arbitrary_lines_are_records_or_an_error_in_one_of_them(
        lines in prop::collection::vec(r#"(\$(ORIGIN|TTL|GENERATE)|[@a(;)"\\ ]|[0-9]{1,3}|A|TXT|SOA|IN| |\PC){0,12}"#, 0..6),
    ) {
        let text = lines.join("\n");
        if let Err(error) = read(&text) {
            prop_assert!(error.excerpt.position.line <= lines.len() as u64);
            let message = error.to_string();
            prop_assert!(!message.chars().any(|it| it.is_control() && it != '\n'), "{:?}", message);
        }
    }
}
