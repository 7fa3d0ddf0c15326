use proptest::prelude::*;

use super::*;
use crate::dns::rdata::check::check;
use crate::dns::rdata::field::fixed_len;
use crate::dns::rdata::to_text;
use crate::dns::wire::{HEADER_LEN, MessageReader, Scratch};
use crate::dns::zonefile::ZoneFileReader;

/// Parses the RDATA of a record in a zone file for `test.`; returns the error in one line.
fn parse(rtype: Rtype, text: &str) -> Result<Vec<u8>, String> {
    let mut reader = ZoneFileReader::new("test".parse().unwrap());
    let mut parsed = Err("no record".to_owned());
    let line = format!("@ 60 IN {rtype} {text}");
    match reader.read_line(line.as_bytes(), &mut |record| parsed = Ok(record.rdata.to_vec())) {
        Ok(_) => parsed,
        Err(error) => Err(error.brief()),
    }
}

/// Reads RDATA from a message, in canonical form.
fn canonical(rtype: Rtype, rdata: &[u8]) -> Option<Vec<u8>> {
    let mut message = vec![0; HEADER_LEN];
    message.push(0);
    message.extend(rtype.0.to_be_bytes());
    message.extend([0, 1, 0, 0, 0, 60]);
    message.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
    message.extend_from_slice(rdata);
    let mut scratch = Scratch::default();
    let mut reader = MessageReader::new(&message).unwrap();
    reader.record(&mut scratch).ok().map(|record| record.rdata.to_vec())
}

fn known_types() -> Vec<u16> {
    let known_types = (1..=u16::MAX).filter(|&number| fields(Rtype(number)).is_some());
    known_types.filter(|&number| number != Rtype::SOA.0).collect()
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    let label =
        prop_oneof![prop::collection::vec(any::<u8>(), 1..6), "[a-z0-9-]{1,8}".prop_map(String::into_bytes),];
    prop::collection::vec(label, 0..4).prop_map(|labels| {
        let mut wire = Vec::new();
        for label in labels {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label.to_ascii_lowercase());
        }
        wire.push(0);
        wire
    })
}

fn counted(octets: Vec<u8>) -> Vec<u8> {
    [vec![u8::try_from(octets.len()).unwrap()], octets].concat()
}

fn octets(count: usize) -> BoxedStrategy<Vec<u8>> {
    prop::collection::vec(any::<u8>(), count).boxed()
}

fn octets_of_any_length() -> BoxedStrategy<Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..40).boxed()
}

fn string() -> BoxedStrategy<Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(counted).boxed()
}

/// Generates a field; a gateway and a host identity are left empty.
fn field(field: Field) -> BoxedStrategy<Vec<u8>> {
    if let Some(length) = number_len(field) {
        return octets(length);
    }
    match field {
        Field::Relay => Just(vec![0x80]).boxed(),
        Field::Type => octets(2),
        Field::Timestamp | Field::Ipv4 => octets(4),
        Field::Ipv6 => octets(16),
        Field::Locator | Field::Eui64 => octets(8),
        Field::Eui48 => octets(6),
        Field::Location => (octets(2), octets(10))
            .prop_map(|(low, rest)| [vec![0, 0x12, 0x16, 0x13, 0x80, 0], low, rest].concat()[..16].to_vec())
            .boxed(),
        Field::Name => name().boxed(),
        Field::String | Field::Salt | Field::Hash => string(),
        Field::Tag => "[a-z0-9]{1,9}".prop_map(|tag| counted(tag.into_bytes())).boxed(),
        Field::Gateway | Field::RelayAddress | Field::HostIdentity => Just(Vec::new()).boxed(),
        Field::A6 => (octets(8), name()).prop_map(|(suffix, name)| [vec![64], suffix, name].concat()).boxed(),
        Field::OptionalString => prop::collection::vec(string(), 0..2).prop_map(|it| it.concat()).boxed(),
        Field::NxtBitmap => prop::collection::vec(1..128_u8, 1..16).boxed(),
        Field::Atma => prop::collection::vec(0..16_u8, 2..20).boxed(),
        Field::Digest(_) => prop_oneof![octets(20), octets(32), octets_of_any_length()].boxed(),
        Field::Strings => prop::collection::vec(string(), 1..4).prop_map(|it| it.concat()).boxed(),
        Field::Names => prop::collection::vec(name(), 0..3).prop_map(|it| it.concat()).boxed(),
        Field::TypeBitmap => (octets(1), octets_of_any_length())
            .prop_map(|(window, bitmap)| {
                let bitmap: Vec<u8> = bitmap.into_iter().take(32).collect();
                [window, counted(bitmap)].concat()
            })
            .boxed(),
        Field::SvcParams => (octets(2), octets_of_any_length())
            .prop_map(|(key, value)| {
                let length = u16::try_from(value.len()).unwrap().to_be_bytes();
                [key, length.to_vec(), value].concat()
            })
            .boxed(),
        Field::AddressPrefixes => (0..128_u8, 0..5_u8)
            .prop_flat_map(|(flags, length)| {
                let front = vec![0, 1, 24, (flags & 0x80) | length];
                octets(length.into()).prop_map(move |address| [front.clone(), address].concat())
            })
            .boxed(),
        _ => octets_of_any_length(),
    }
}

/// Generates a known type, and RDATA of its form.
fn typed_rdata() -> impl Strategy<Value = (Rtype, Vec<u8>)> {
    prop::sample::select(known_types()).prop_flat_map(|number| {
        let parts: Vec<_> = fields(Rtype(number)).unwrap().iter().map(|it| field(*it)).collect();
        parts.prop_map(move |parts| (Rtype(number), parts.concat()))
    })
}

/// Asserts that printed RDATA is parsed again; RDATA that does not have the form of its type is refused.
fn assert_is_parsed_as_printed(rtype: Rtype, rdata: Vec<u8>) -> Result<(), TestCaseError> {
    let text = to_text(rtype, &rdata);
    let parsed = parse(rtype, &text);
    match check(rtype, &rdata) {
        Err(defect) if text.starts_with("\\#") => {
            let expected = format!("the octets are not valid {rtype} data: {defect}");
            prop_assert!(parsed.as_ref().is_err_and(|error| error.ends_with(&expected)), "{:?}", parsed);
        }
        _ => prop_assert_eq!(parsed, Ok(rdata), "{} {}", rtype, text),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn printed_rdata_is_parsed_again((rtype, rdata) in typed_rdata()) {
        if let Some(rdata) = canonical(rtype, &rdata) {
            assert_is_parsed_as_printed(rtype, rdata)?;
        }
    }

    #[test]
    fn arbitrary_octets_of_any_type_are_parsed_as_they_are_printed(
        rtype in prop_oneof![prop::sample::select(known_types()), Just(65280)].prop_map(Rtype),
        rdata in prop::collection::vec(prop_oneof![0..4_u8, any::<u8>()], 0..60),
    ) {
        if let Some(rdata) = canonical(rtype, &rdata) {
            assert_is_parsed_as_printed(rtype, rdata)?;
        }
    }

    #[test]
    fn arbitrary_tokens_are_rdata_or_an_error(
        number in prop::sample::select(known_types()),
        tokens in prop::collection::vec(r#"[0-9]{1,5}|[a-z=,.:/!"\\-]{1,6}|\PC{1,3}|[NEm]|"[^"]{0,4}"|@"#, 0..12),
    ) {
        let rtype = Rtype(number);
        if let Ok(rdata) = parse(rtype, &tokens.join(" ")) {
            let text = to_text(rtype, &rdata);
            prop_assert_eq!(parse(rtype, &text), Ok(rdata), "{} {}", rtype, text);
        }
    }
}

/// Returns the shortest forms of a field; some fields must be longer than the first.
fn shortest_forms(field: Field) -> Vec<Vec<u8>> {
    if let Some(length) = fixed_len(field) {
        return vec![vec![0; length], [vec![0; length - 1], vec![1]].concat(), vec![0xff; length]];
    }
    match field {
        Field::Name | Field::String | Field::Tag | Field::Salt | Field::Hash => {
            vec![vec![0], b"\x01a".to_vec()]
        }
        Field::A6 => vec![[vec![0], vec![1; 16]].concat(), vec![128, 0]],
        Field::HostIdentity => {
            vec![vec![0; 4], vec![1, 0, 0, 0, 7], vec![0, 0, 0, 1, 7], vec![1, 0, 0, 1, 7, 7]]
        }
        Field::Gateway | Field::RelayAddress => vec![Vec::new(), vec![192, 0, 2, 1]],
        _ => vec![Vec::new(), vec![0], vec![1]],
    }
}

#[test]
fn empty_fields_of_every_known_type_are_parsed_as_they_are_printed() {
    for rtype in known_types().into_iter().map(Rtype) {
        let mut all = vec![Vec::new()];
        for field in fields(rtype).unwrap() {
            let forms = shortest_forms(*field);
            let extend = |front: &Vec<u8>| -> Vec<Vec<u8>> {
                forms.iter().map(|form| [front.as_slice(), form].concat()).collect()
            };
            all = all.iter().flat_map(extend).collect();
        }
        for rdata in all.iter().filter_map(|rdata| canonical(rtype, rdata)) {
            assert_is_parsed_as_printed(rtype, rdata).unwrap();
        }
    }
}

/// The octets of the fields of fixed length with which the RDATA of a type begins, and whether it has others.
fn fixed_front(rtype: Rtype) -> (usize, bool) {
    let lengths: Vec<_> = fields(rtype).unwrap().iter().map(|field| fixed_len(*field)).collect();
    let front = lengths.iter().map_while(|length| *length).sum();
    (front, lengths.contains(&None))
}

#[test]
fn generic_rdata_of_every_known_type_is_refused_where_it_is_too_short_or_too_long() {
    for number in known_types() {
        let rtype = Rtype(number);
        let (front, has_rest) = fixed_front(rtype);
        let longer = (!has_rest).then_some(front + 1);
        for length in (0..front).chain(longer) {
            let text = format!(r"\# {length} {}", "00".repeat(length));
            let expected = format!("the octets are not valid {rtype} data");
            let parsed = parse(rtype, &text);
            assert!(
                parsed.as_ref().is_err_and(|error| error.contains(&expected)),
                "{rtype} {text}: {parsed:?}"
            );
        }
    }
}

#[test]
fn rdata_is_printed_as_it_was_parsed() {
    for (rtype, text) in [
        ("LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m"),
        ("LOC", "0 0 0.000 N 180 0 0.000 W 42849672.95m 1.00m 90000000.00m 10.00m"),
        ("APL", "1:192.0.2.0/24 !1:192.0.2.64/28 2:2001:db8::/32"),
        ("WKS", "192.0.2.1 6 25 53 65535"),
        ("NSAP", "0x47000580005a0000000001e133ffffff00016100"),
        ("NID", "10 0014:4fff:ff20:ee64"),
        ("L64", "10 2001:0db8:1140:1000"),
        ("L32", "10 192.0.2.1"),
        ("EUI48", "00-00-5e-00-53-2a"),
        ("EUI64", "00-00-5e-ef-10-00-00-2a"),
        ("AMTRELAY", "10 1 3 relay.example."),
        ("AMTRELAY", "10 0 0 ."),
        ("IPSECKEY", "10 0 0 ."),
        ("IPSECKEY", "10 2 2 2001:db8::38 AQ=="),
        ("HIP", "2 200100107B1A74DF AQID rvs1.example. rvs2.example."),
        ("RRSIG", "A 13 2 3600 20241122035232 20241110003616 4660 . //8="),
        ("NSEC3", "1 1 10 AABB 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG TYPE65280"),
        ("NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr"),
        ("SVCB", r#"1 . key0="\000\001\000\003" alpn=h2 port=53"#),
        ("HTTPS", "1 . alpn=h2,h3 no-default-alpn ipv4hint=192.0.2.1 ech=AQID ipv6hint=2001:db8::1"),
        ("DSYNC", "CDS 1 5359 notify.example."),
        ("CERT", "1 2 8 AQIDBA=="),
        ("URI", r#"10 1 "https://example.test/""#),
        ("CAA", r#"0 issue "ca.example; account=1""#),
        ("HINFO", r#""PC \"x\"" "Linux""#),
    ] {
        let rtype: Rtype = rtype.parse().unwrap();
        let rdata = parse(rtype, text).unwrap_or_else(|error| panic!("{rtype} {text}: {error}"));
        assert_eq!(to_text(rtype, &rdata), text, "{rtype}");
    }
}

#[test]
fn other_ways_to_write_rdata_are_printed_in_one() {
    for (rtype, written, printed) in [
        ("LOC", "52 N 4 53 E 0", "52 0 0.000 N 4 53 0.000 E 0.00m 1.00m 10000.00m 10.00m"),
        ("LOC", "1 2 3.4 s 4 5 6 w 10m 25m", "1 2 3.400 S 4 5 6.000 W 10.00m 20.00m 10000.00m 10.00m"),
        ("NSAP", "0x47.0005.80", "0x47000580"),
        ("CERT", "PKIX 1 RSASHA256 AQID BA==", "1 1 8 AQIDBA=="),
        ("DS", "1 ECDSAP256SHA256 2 01 23 45", "1 13 2 012345"),
        ("NSEC", "b MX TYPE1 A", "b.test. A MX"),
        (
            "RRSIG",
            "A 8 2 1h 1700000000 1690000000 1 @ AQ==",
            "A 8 2 3600 20231114221320 20230722042640 1 test. AQ==",
        ),
        ("HTTPS", r#"1 . port="53" alpn="h2,f\\,oo""#, r#"1 . key1="\002h2\004f,oo" port=53"#),
        (
            "SVCB",
            r#"1 @ mandatory=port,alpn alpn="h2" port=1"#,
            r#"1 test. key0="\000\001\000\003" alpn=h2 port=1"#,
        ),
        ("TXT", r"a b\ c \065 \;", r#""a" "b c" "A" ";""#),
        ("TXT", r#"a="b""#, r#""a=" "b""#),
        ("MX", "10 Mail", "10 mail.test."),
        ("A", r"\# 4 c0 000201", "192.0.2.1"),
        ("MX", r"\# 8 000a 044d61696c 00", "10 mail."),
        ("CNAME", "@", "test."),
    ] {
        let rtype: Rtype = rtype.parse().unwrap();
        let rdata = parse(rtype, written).unwrap_or_else(|error| panic!("{rtype} {written}: {error}"));
        assert_eq!(to_text(rtype, &rdata), printed, "{rtype}");
    }
}
