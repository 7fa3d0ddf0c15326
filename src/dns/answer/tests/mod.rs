pub(crate) mod messages;

use proptest::prelude::*;

use self::messages::{AA, NO_AA, SectionText, TC, message, question, soa};
use super::*;

const RRSIG: &str = "13 3 300 20300101000000 20200101000000 1 example.test. AAAA";
const SOA: &str = "example.test. 300 SOA";

fn parse(asked: &str, flags: u16, sections: SectionText<'_>) -> Answer {
    parsed(asked, &message(asked, flags, sections)).unwrap().unwrap()
}

fn parsed(asked: &str, octets: &[u8]) -> Result<Option<Answer>, Malformed> {
    Answer::parse(octets, &question(asked), &mut Scratch::default())
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// An RRset as `owner type`, and the numbers of its records and of its signatures.
fn sizes(rrset: &Rrset) -> (String, usize, usize) {
    (format!("{} {}", rrset.owner, rrset.rtype), rrset.records.len(), rrset.signatures.len())
}

fn expected(rrset: &str, records: usize, signatures: usize) -> (String, usize, usize) {
    (rrset.to_owned(), records, signatures)
}

/// The kind of a content, with the sizes of its first RRset.
fn content(answer: &Answer) -> (&'static str, (String, usize, usize)) {
    match &answer.content {
        AnswerContent::Rrset(rrset) => ("rrset", sizes(rrset)),
        AnswerContent::Alias(rrset) => ("alias", sizes(rrset)),
        AnswerContent::Redirected(rrset) => ("redirected", sizes(rrset)),
        AnswerContent::Referral { ns, .. } => ("referral", sizes(ns)),
        AnswerContent::Nothing { .. } => ("nothing", expected("", 0, 0)),
    }
}

const NOTHING: AnswerContent = AnswerContent::Nothing { proves_name: false };

#[test]
fn an_rrset_is_gathered_from_among_other_records() {
    let rrsig = format!("www.example.test. 300 RRSIG A {RRSIG}");
    let other = format!("www.example.test. 300 RRSIG CNAME {RRSIG}");
    let answer = parse(
        "www.example.test A",
        AA,
        [
            &[
                &rrsig,
                "www.example.test. 300 A 192.0.2.2",
                &other,
                "other.example.test. 300 A 192.0.2.9",
                "www.example.test. 300 A 192.0.2.1",
                "www.example.test. 300 TXT other",
            ],
            &["example.test. 300 NS ns1.example.test."],
            &["ns1.example.test. 300 A 192.0.2.53"],
        ],
    );
    let AnswerContent::Rrset(rrset) = &answer.content else { panic!("{answer:?}") };
    assert_eq!(rrset.records, [(300, vec![192, 0, 2, 1]), (300, vec![192, 0, 2, 2])]);
    assert_eq!(sizes(rrset), expected("www.example.test. A", 2, 1));
    assert!(answer.authoritative && !answer.truncated && answer.negative.is_none() && answer.rcode == 0);
}

#[test]
fn signatures_between_an_alias_and_its_target_go_to_what_they_cover() {
    let of_target = format!("www.example.test. 300 RRSIG A {RRSIG}");
    let of_alias = format!("alias.example.test. 300 RRSIG CNAME {RRSIG}");
    let target = "www.example.test. 300 A 192.0.2.1";
    let alias = "alias.example.test. 300 CNAME www.example.test.";
    // PowerDNS mixes signatures, YADIFA sends the target first.
    for order in [
        [of_target.as_str(), target, of_alias.as_str(), alias],
        [alias, of_alias.as_str(), target, of_target.as_str()],
        [target, of_target.as_str(), alias, of_alias.as_str()],
    ] {
        let answer = parse("alias.example.test A", AA, [&order, &[], &[]]);
        assert_eq!(content(&answer), ("alias", expected("alias.example.test. CNAME", 1, 1)));
    }
    let itself = parse("alias.example.test CNAME", AA, [&[&of_alias, alias], &[], &[]]);
    assert_eq!(content(&itself), ("rrset", expected("alias.example.test. CNAME", 1, 1)));
}

#[test]
fn a_dname_rrset_above_the_name_is_the_content() {
    let dname = "d.example.test. 300 DNAME target.test.";
    let rrsig = format!("d.example.test. 300 RRSIG DNAME {RRSIG}");
    let cname = "www.d.example.test. 300 CNAME www.target.test.";
    let redirected = ("redirected", expected("d.example.test. DNAME", 1, 1));
    for (asked, records) in [
        ("www.d.example.test A", vec![dname, &rrsig, cname]),
        ("www.d.example.test A", vec![cname, &rrsig, dname]),
        ("www.d.example.test CNAME", vec![&rrsig, cname, dname]),
        // The target is too long (YXDOMAIN).
        ("www.d.example.test A", vec![&rrsig, dname]),
    ] {
        assert_eq!(content(&parse(asked, AA, [&records, &[], &[]])), redirected, "{asked} {records:?}");
    }
    let itself = parse("d.example.test DNAME", AA, [&[dname], &[], &[]]);
    assert_eq!(content(&itself), ("rrset", expected("d.example.test. DNAME", 1, 0)));
}

#[test]
fn a_dname_rrset_of_the_target_of_an_alias_is_left_out() {
    let records = [
        "w.sub.example.test. 300 CNAME x.example.test.",
        "example.test. 300 DNAME target.test.",
        "x.example.test. 300 CNAME x.target.test.",
    ];
    let alias = ("alias", expected("w.sub.example.test. CNAME", 1, 0));
    assert_eq!(content(&parse("w.sub.example.test A", AA, [&records, &[], &[]])), alias);
}

#[test]
fn a_referral_has_its_name_servers_and_the_addresses_below_it() {
    let ds =
        "sub.example.test. 300 DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000";
    let authority =
        ["sub.example.test. 300 NS ns1.sub.example.test.", ds, "sub.example.test. 300 NS ns.test."];
    let addresses = [
        "ns1.sub.example.test. 300 AAAA 2001:db8::2",
        "ns.test. 300 A 192.0.2.1",
        "sub.example.test. 300 A 192.0.2.3",
        "ns1.sub.example.test. 300 A 192.0.2.1",
        "ns1.sub.example.test. 300 AAAA 2001:db8::1",
        "ns1.sub.example.test. 300 TXT text",
    ];
    for asked in ["sub.example.test NS", "www.sub.example.test A"] {
        let answer = parse(asked, NO_AA, [&[], &authority, &addresses]);
        let AnswerContent::Referral { ns, glue } = &answer.content else { panic!("{answer:?}") };
        assert_eq!(sizes(ns), expected("sub.example.test. NS", 2, 0));
        let mut glue: Vec<_> = glue.iter().map(sizes).collect();
        glue.sort();
        let address = |rrset, records| expected(rrset, records, 0);
        let all = [
            address("ns1.sub.example.test. A", 1),
            address("ns1.sub.example.test. AAAA", 2),
            address("sub.example.test. A", 1),
        ];
        assert_eq!(glue, all);
        assert!(!answer.authoritative);
    }
}

#[test]
fn the_name_servers_of_another_name_are_no_referral() {
    let authority = ["sub.example.test. 300 NS ns1.sub.example.test."];
    assert_eq!(parse("www.example.test A", NO_AA, [&[], &authority, &[]]).content, NOTHING);
}

#[test]
fn a_negative_response_has_the_soa_and_its_owner() {
    for (flags, rcode) in [(AA, 0), (AA | 3, 3)] {
        let answer = parse("www.example.test A", flags, [&[], &[SOA], &[]]);
        assert_eq!((answer.rcode, &answer.content), (rcode, &NOTHING));
        assert_eq!(answer.negative, Some((name("example.test"), soa())));
    }
    let with_ns = [SOA, "example.test. 300 NS ns1.example.test."];
    assert_eq!(parse("www.example.test A", AA, [&[], &with_ns, &[]]).content, NOTHING);
}

#[test]
fn an_nsec_record_up_to_the_name_right_behind_proves_the_name() {
    let proves = |nsec: &str| {
        let answer = parse("no.example.test A", AA, [&[], &[SOA, nsec], &[]]);
        answer.content == AnswerContent::Nothing { proves_name: true }
    };
    assert!(proves(r"no.example.test. 300 NSEC \000.no.example.test. RRSIG NSEC"));
    assert!(!proves(r"no.example.test. 300 NSEC www.example.test. TXT RRSIG NSEC"));
    assert!(!proves(r"a.example.test. 300 NSEC \000.a.example.test. TXT RRSIG NSEC"));
}

#[test]
fn the_nsec_records_of_a_denial_or_a_referral_are_kept() {
    let nsec = |answer: &Answer| answer.nsec.iter().map(|(owner, _)| owner.to_string()).collect::<Vec<_>>();
    let records = [
        SOA,
        r"a.example.test. 300 NSEC d.example.test. A RRSIG NSEC",
        r"example.test. 300 NSEC a.example.test. SOA RRSIG NSEC",
    ];
    let denial = parse("b.example.test A", AA | 3, [&[], &records, &[]]);
    assert_eq!(nsec(&denial), ["a.example.test.", "example.test."]);
    assert_eq!(denial.nsec[0].1[..16], *name("d.example.test").as_wire());
    let records =
        ["b.example.test. 300 NS ns.test.", "b.example.test. 300 NSEC c.example.test. NS RRSIG NSEC"];
    assert_eq!(nsec(&parse("b.example.test A", NO_AA, [&[], &records, &[]])), ["b.example.test."]);
    let synthesized = ["b.example.test. 300 A 192.0.2.1"];
    let answer = parse("b.example.test A", AA, [&synthesized, &records[1..], &[]]);
    assert_eq!(nsec(&answer), ["b.example.test."]);
    assert!(parse("b.example.test A", AA | TC, [&synthesized, &records[1..], &[]]).nsec.is_empty());
}

#[test]
fn the_response_to_a_query_for_any_type_holds_nothing_of_use() {
    let records = ["www.example.test. 300 A 192.0.2.1", "www.example.test. 300 TXT text"];
    assert_eq!(parse("www.example.test ANY", AA, [&records, &[], &[]]).content, NOTHING);
}

#[test]
fn nothing_is_used_of_a_truncated_response() {
    let records = ["www.example.test. 300 A 192.0.2.1"];
    let whole = message("www.example.test A", AA | TC, [&records, &[SOA], &[". 0 OPT 000300016e"]]);
    for octets in [whole.as_slice(), &whole[..whole.len() - 40]] {
        let answer = parsed("www.example.test A", octets).unwrap().unwrap();
        assert!(answer.truncated);
        assert_eq!((answer.content, answer.negative, answer.bytes), (NOTHING, None, octets.len()));
    }
}

#[test]
fn records_of_another_class_are_left_out() {
    let mut octets = message("www.example.test A", AA, [&["www.example.test. 300 A 192.0.2.1"], &[], &[]]);
    let class = octets.len() - 4 - 2 - 4 - 1;
    octets[class] = 3;
    assert_eq!(parsed("www.example.test A", &octets).unwrap().unwrap().content, NOTHING);
}

#[test]
fn a_message_with_another_id_question_or_class_is_no_response() {
    let right = message("www.example.test A", AA, [&[], &[SOA], &[]]);
    let mut other_id = right.clone();
    other_id[0] = 1;
    let mut other_class = right.clone();
    other_class[12 + 18 + 3] = 3;
    let mut query = right.clone();
    query[2] = 0;
    for octets in [other_id, other_class, query] {
        assert_eq!(parsed("www.example.test A", &octets), Ok(None));
    }
    assert_eq!(parsed("www.example.test AAAA", &right), Ok(None));
    assert_eq!(parsed("ww.example.test A", &right), Ok(None));
    assert!(parsed("www.example.test A", &right).unwrap().is_some());
}

#[test]
fn letter_case_is_no_difference() {
    let mut octets =
        message("www.example.test MX", AA, [&["www.example.test. 300 MX 10 mail.example.test."], &[], &[]]);
    let lower = parsed("www.example.test MX", &octets);
    octets[12..].make_ascii_uppercase();
    assert_eq!(parsed("www.example.test MX", &octets), lower);
    assert_eq!(content(&lower.unwrap().unwrap()), ("rrset", expected("www.example.test. MX", 1, 0)));
}

#[test]
fn nsid_and_the_extended_rcode_come_from_edns() {
    let answer = parse("www.example.test A", AA | 7, [&[], &[], &[". 16777216 OPT 000300026e31"]]);
    assert_eq!((answer.rcode, answer.nsid.as_deref()), (23, Some(b"n1".as_slice())));
    assert!(answer.has_edns && !parse("www.example.test A", AA, [&[], &[], &[]]).has_edns);
}

#[test]
fn a_response_that_ends_early_is_malformed() {
    let octets = message("www.example.test A", AA, [&["www.example.test. 300 A 192.0.2.1"], &[], &[]]);
    for length in 0..octets.len() {
        assert!(parsed("www.example.test A", &octets[..length]).is_err());
    }
}

proptest! {
    #[test]
    fn any_octets_are_an_answer_or_an_error(
        octets in prop::collection::vec(any::<u8>(), 0..600),
        counts in prop::array::uniform3(0_u8..20),
        keeps_question: bool,
    ) {
        let mut octets = octets;
        if keeps_question {
            let mut whole = message("a.test A", AA, [&[], &[], &[]]);
            (whole[7], whole[9], whole[11]) = (counts[0], counts[1], counts[2]);
            octets.splice(0..0, whole);
        }
        if let Ok(Some(answer)) = parsed("a.test A", &octets) {
            prop_assert!(!answer.truncated || answer.content == NOTHING);
        }
    }

    /// Records of any owner near the name, type and section.
    #[test]
    fn records_in_any_order_and_section_give_a_content(
        flags in prop::sample::select(vec![AA, NO_AA, AA | 3]),
        order in prop::collection::vec((0_usize..3, 0_usize..8), 0..12),
    ) {
        let pool = [
            "a.b.test. 1 A 192.0.2.1",
            "a.b.test. 1 CNAME x.test.",
            "a.b.test. 1 CNAME a.c.test.",
            "b.test. 1 DNAME c.test.",
            "test. 1 DNAME c.test.",
            "b.test. 1 NS ns.b.test.",
            "test. 1 SOA",
            "ns.b.test. 1 AAAA 2001:db8::1",
        ];
        let mut sections: [Vec<&str>; 3] = Default::default();
        for (section, record) in order {
            sections[section].push(pool[record]);
        }
        let [answers, authorities, additionals] = &sections;
        let answer = parse("a.b.test A", flags, [answers, authorities, additionals]);
        if let AnswerContent::Rrset(rrset) = &answer.content {
            prop_assert!(!rrset.records.is_empty() && rrset.rtype == Rtype::A);
        }
    }
}
