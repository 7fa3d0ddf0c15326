//! Answers that are wrong, and answers that are of no use.

use super::*;
use crate::dns::Rtype;
use crate::dns::answer::tests::messages::{AA, NO_AA, TC};
use crate::observe::Failure;
use crate::plan::SignatureComparison;

fn assert_differs(query: &RrsetQuery, flags: u16, sections: SectionText<'_>, expected: &[&str]) {
    assert_eq!(differences(judged(query, flags, sections)), expected, "{sections:?}");
}

#[test]
fn data_that_differ_are_named() {
    let query = expects(&[WWW, WWW_2]);
    let stale = "www.example.test. 300 A 192.0.2.9";
    for (records, expected) in [
        (
            &[WWW, stale][..],
            "changed www.example.test. A: 300 192.0.2.1, 300 192.0.2.2 / 300 192.0.2.1, 300 192.0.2.9",
        ),
        (&[WWW], "changed www.example.test. A: 300 192.0.2.1, 300 192.0.2.2 / 300 192.0.2.1"),
        (
            &["www.example.test. 60 A 192.0.2.2", "www.example.test. 60 A 192.0.2.1"],
            "ttl www.example.test. A: 300 192.0.2.1, 300 192.0.2.2 / 60 192.0.2.1, 60 192.0.2.2",
        ),
    ] {
        assert_differs(&query, AA, [records, &[], &[EDNS]], &[expected]);
    }
    let missing = "missing www.example.test. A: 300 192.0.2.1, 300 192.0.2.2 / -";
    assert_differs(&query, AA, [&[], &[SOA], &[EDNS]], &[missing]);
    assert_differs(&query, AA | 3, [&[], &[SOA], &[EDNS]], &[missing]);
    assert_differs(&query, AA, [&[], &[APEX_NS], &[EDNS]], &[missing]);
}

#[test]
fn the_ds_rrset_and_the_dname_rrset_of_a_name_are_compared() {
    let other =
        "sub.example.test. 300 DS 2 13 2 0000000000000000000000000000000000000000000000000000000000000000";
    let zeros = "0".repeat(64);
    assert_differs(
        &expects(&[DS]),
        AA,
        [&[other], &[], &[EDNS]],
        &[&format!("changed sub.example.test. DS: 300 1 13 2 {zeros} / 300 2 13 2 {zeros}")],
    );
    assert_differs(
        &expects(&[DS]),
        AA,
        [&[], &[SOA], &[EDNS]],
        &[&format!("missing sub.example.test. DS: 300 1 13 2 {zeros} / -")],
    );
    let dname = expects(&["d.example.test. 300 DNAME target.test."]);
    assert_differs(
        &dname,
        AA,
        [&["d.example.test. 300 DNAME old.test."], &[], &[EDNS]],
        &["changed d.example.test. DNAME: 300 target.test. / 300 old.test."],
    );
    assert_differs(
        &dname,
        AA | 3,
        [&[], &[SOA], &[EDNS]],
        &["missing d.example.test. DNAME: 300 target.test. / -"],
    );
}

#[test]
fn another_sort_of_answer_for_data_is_described() {
    let query = expects(&[WWW]);
    for (flags, sections, found) in [
        (
            NO_AA,
            [&[][..], &["www.example.test. 300 NS ns.test."][..], &[EDNS][..]],
            "0 referral to www.example.test.",
        ),
        (AA, [&["www.example.test. 300 CNAME target.test."], &[], &[EDNS]], "0 CNAME target.test."),
        (
            AA,
            [
                &["example.test. 300 DNAME other.test.", "www.example.test. 300 CNAME www.other.test."],
                &[],
                &[EDNS],
            ],
            "0 DNAME other.test. at example.test.",
        ),
        (
            AA | 6,
            [&["example.test. 300 DNAME other.test."], &[], &[EDNS]],
            "6 DNAME other.test. at example.test.",
        ),
        (
            AA | 3,
            [&[], &["www.example.test. 60 SOA"], &[EDNS]],
            "3 no such name in the zone www.example.test.",
        ),
    ] {
        let expected = format!("answer www.example.test. A: 300 192.0.2.1 / {found}");
        assert_differs(&query, flags, sections, &[&expected]);
    }
}

#[test]
fn an_empty_name_that_does_not_exist_is_another_sort_of_answer() {
    let query = expects_of("ent.example.test A", ExpectedAnswer::NoData);
    let unrectified = "answer ent.example.test. A: - / 3 no such name";
    assert_differs(&query, AA | 3, [&[], &[SOA], &[EDNS]], &[unrectified]);
    let alias = "answer ent.example.test. A: - / 0 CNAME www.example.test.";
    assert_differs(&query, AA, [&["ent.example.test. 300 CNAME www.example.test."], &[], &[EDNS]], &[alias]);
    let data = ["ent.example.test. 300 A 192.0.2.1"];
    assert_differs(&query, AA, [&data, &[], &[EDNS]], &["extra ent.example.test. A: - / 300 192.0.2.1"]);
}

#[test]
fn a_name_that_should_be_gone_is_described_by_its_answer() {
    let query = expects_of("old.example.test A", ExpectedAnswer::NxDomain);
    let two = ["old.example.test. 300 A 192.0.2.1", "old.example.test. 300 A 192.0.2.2"];
    for (flags, sections, found) in [
        (AA, [&two[..1], &[][..], &[EDNS][..]], "0 A 192.0.2.1"),
        (AA, [&two, &[], &[EDNS]], "0 A 192.0.2.1 and 1 more"),
        (AA, [&["old.example.test. 300 CNAME www.example.test."], &[], &[EDNS]], "0 CNAME www.example.test."),
        (NO_AA, [&[], &["old.example.test. 300 NS ns.test."], &[EDNS]], "0 referral to old.example.test."),
        (AA, [&[], &[SOA], &[EDNS]], "0 no data"),
        // The name has other types.
        (
            AA,
            [&[], &[SOA, "old.example.test. 60 NSEC www.example.test. TXT RRSIG NSEC"], &[EDNS]],
            "0 no data",
        ),
    ] {
        assert_differs(&query, flags, sections, &[&format!("answer old.example.test. A: - / {found}")]);
    }
}

#[test]
fn the_answer_of_a_wildcard_is_held_against_the_wildcard() {
    let query = expects_of("x1.wild.example.test A", ExpectedAnswer::Synthesized(rrset(&[WILD])));
    let wild = "*.wild.example.test. A: 300 192.0.2.7";
    for (flags, sections, found) in [
        (AA | 3, [&[][..], &[SOA][..], &[EDNS][..]], format!("answer {wild} / 3 no such name")),
        (AA, [&[], &[SOA], &[EDNS]], format!("answer {wild} / 0 no data")),
        (
            AA,
            [&["x1.wild.example.test. 300 CNAME a.test."], &[], &[EDNS]],
            format!("answer {wild} / 0 CNAME a.test."),
        ),
        (
            AA,
            [&["x1.wild.example.test. 300 A 192.0.2.8"], &[], &[EDNS]],
            format!("changed {wild} / 300 192.0.2.8"),
        ),
        (AA, [&["x1.wild.example.test. 60 A 192.0.2.7"], &[], &[EDNS]], format!("ttl {wild} / 60 192.0.2.7")),
    ] {
        assert_differs(&query, flags, sections, &[&found]);
    }
    let alias = rrset(&["*.wild.example.test. 300 CNAME www.example.test."]);
    let query = expects_of("x1.wild.example.test A", ExpectedAnswer::Synthesized(alias));
    let expected = "answer *.wild.example.test. CNAME: 300 www.example.test. / 0 A 192.0.2.7";
    assert_differs(&query, AA, [&["x1.wild.example.test. 300 A 192.0.2.7"], &[], &[EDNS]], &[expected]);
}

#[test]
fn name_servers_and_glue_of_a_referral_are_compared() {
    let query = expects_referral(&[CUT, CUT_2], &[&[GLUE], &[GLUE_6]]);
    let servers = "sub.example.test. NS: 300 ns1.sub.example.test., 300 ns2.example.test.";
    let stale = "ns1.sub.example.test. 300 A 192.0.2.99";
    let low_ttl = "ns1.sub.example.test. 60 A 192.0.2.53";
    let both = [CUT, CUT_2];
    for (authority, additional, expected) in [
        (
            &both[..],
            &[stale, GLUE_6, EDNS][..],
            "changed ns1.sub.example.test. A: 300 192.0.2.53 / 300 192.0.2.99",
        ),
        (&both, &[low_ttl, GLUE_6, EDNS], "ttl ns1.sub.example.test. A: 300 192.0.2.53 / 60 192.0.2.53"),
        (&both, &[GLUE, EDNS], "missing ns1.sub.example.test. AAAA: 300 2001:db8::53 / -"),
        // Without the name server, its glue is not in the answer.
        (&[CUT_2], &[EDNS], &format!("changed {servers} / 300 ns2.example.test.")),
        (
            &["sub.example.test. 300 NS ns9.sub.example.test."],
            &["ns9.sub.example.test. 300 A 192.0.2.9", EDNS],
            &format!("changed {servers} / 300 ns9.sub.example.test."),
        ),
    ] {
        assert_differs(&query, NO_AA, [&[], authority, additional], &[expected]);
    }
    let without_ipv6 = expects_referral(&[CUT], &[&[GLUE]]);
    let extra = "extra ns1.sub.example.test. AAAA: - / 300 2001:db8::53";
    assert_differs(&without_ipv6, NO_AA, [&[], &[CUT], &[GLUE, GLUE_6, EDNS]], &[extra]);
}

#[test]
fn a_delegation_that_is_gone_or_elsewhere_is_a_difference() {
    let query = expects_referral(&[CUT], &[&[GLUE]]);
    let servers = "sub.example.test. NS: 300 ns1.sub.example.test.";
    for rcode in [0, 3] {
        assert_differs(&query, AA | rcode, [&[], &[SOA], &[EDNS]], &[&format!("missing {servers} / -")]);
    }
    let deep = RrsetQuery { qname: "a.sub.example.test".parse().unwrap(), ..query.clone() };
    let deep = RrsetQuery {
        expected: ExpectedAnswer::Referral {
            ns: rrset(&["a.sub.example.test. 300 NS ns.test."]),
            glue: Vec::new(),
        },
        ..deep
    };
    let above = "answer a.sub.example.test. NS: 300 ns.test. / 0 referral to sub.example.test.";
    assert_differs(&deep, NO_AA, [&[], &[CUT], &[GLUE, EDNS]], &[above]);
    let alias = ["sub.example.test. 300 CNAME www.example.test."];
    let expected = format!("answer {servers} / 0 CNAME www.example.test.");
    assert_differs(&query, AA, [&alias, &[], &[EDNS]], &[&expected]);
}

#[test]
fn signatures_are_compared_as_the_rules_say() {
    let query = expects(&[WWW, SIGNATURE]);
    let of_key = |tag: u8, bytes: &str| {
        format!(
            "www.example.test. 300 RRSIG A 13 3 300 20300101000000 20200101000000 {tag} example.test. {bytes}"
        )
    };
    let judged_by = |dnssec, records: &[&str], additional: &[&str]| {
        let content = ContentRules { dnssec, ..ContentRules::default() };
        judged_under(content, Transport::Tcp, (&query, AA, [records, &[], additional]))
    };
    let (other_key, other_bytes) = (of_key(2, "AAAA"), of_key(1, "BBBB"));
    let kinds = |judged: JudgedAnswer| match judged {
        JudgedAnswer::Differs(wrong) => {
            wrong.iter().map(|wrong| (wrong.rtype, wrong.kind)).collect::<Vec<_>>()
        }
        right => panic!("{right:?}"),
    };
    let changed = [(Rtype::RRSIG, DifferenceKind::Changed)];
    assert_eq!(kinds(judged_by(SignatureComparison::Semantic, &[WWW, &other_key], &[EDNS])), changed);
    assert_eq!(kinds(judged_by(SignatureComparison::Exact, &[WWW, &other_bytes], &[EDNS])), changed);
    let missing = [(Rtype::RRSIG, DifferenceKind::Missing)];
    assert_eq!(kinds(judged_by(SignatureComparison::Semantic, &[WWW], &[EDNS])), missing);
    // Without EDNS, the query did not ask for signatures.
    assert_eq!(judged_by(SignatureComparison::Semantic, &[WWW], &[]), JudgedAnswer::Same);
    assert_eq!(judged_by(SignatureComparison::Ignore, &[WWW, &other_key], &[EDNS]), JudgedAnswer::Same);
    let both = judged(&query, AA, [&[], &[SOA], &[EDNS]]);
    assert_eq!(kinds(both), [(Rtype::A, DifferenceKind::Missing), (Rtype::RRSIG, DifferenceKind::Missing)]);
}

#[test]
fn rrsets_that_are_left_out_are_no_differences() {
    let query = expects_referral(&[CUT], &[&[GLUE], &[GLUE_6]]);
    let owner: Name = "ns1.sub.example.test".parse().unwrap();
    for content in [
        ContentRules { ignored: vec![Rtype::AAAA], ..ContentRules::default() },
        ContentRules { permitted: vec![(owner, Rtype::AAAA)], ..ContentRules::default() },
    ] {
        let answer = (&query, NO_AA, [&[][..], &[CUT], &[GLUE, EDNS]]);
        assert_eq!(judged_under(content, Transport::Tcp, answer), JudgedAnswer::Same);
    }
}

#[test]
fn an_answer_that_shows_nothing_of_the_zone_is_unusable() {
    let query = expects(&[WWW]);
    let other = ["www.example.test. 300 A 192.0.2.99"];
    for (flags, sections, failure) in [
        (AA | TC, [&other[..], &[][..], &[][..]], Failure::Truncated),
        // A cache in front.
        (NO_AA, [&[WWW], &[], &[EDNS]], Failure::NotAuthoritative),
        (NO_AA, [&other, &[], &[EDNS]], Failure::NotAuthoritative),
        (NO_AA | 3, [&[], &[SOA], &[EDNS]], Failure::NotAuthoritative),
        // A server that serves a zone above, or none.
        (AA | 3, [&[], &["test. 60 SOA"], &[EDNS]], Failure::NotAuthoritative),
        (NO_AA, [&[], &[APEX_NS], &[EDNS]], Failure::NotAuthoritative),
        (NO_AA, [&[], &["test. 60 NS a.test."], &[EDNS]], Failure::NotAuthoritative),
        (NO_AA, [&[], &[], &[EDNS]], Failure::NotAuthoritative),
        (AA | 2, [&[], &[], &[EDNS]], Failure::Rcode(2)),
        (NO_AA | 5, [&[], &[], &[EDNS]], Failure::Rcode(5)),
        (AA | 6, [&[], &[], &[EDNS]], Failure::Rcode(6)),
    ] {
        assert_eq!(judged(&query, flags, sections), JudgedAnswer::Unusable(failure), "{sections:?}");
    }
}

#[test]
fn two_answers_are_compared_as_sets_and_by_the_meaning_of_signatures() {
    let query = expects(&[WWW, WWW_2, SIGNATURE]);
    let of = |records: &[&str]| parsed(&query, AA, [records, &[SOA], &[EDNS]]);
    let anew = "www.example.test. 300 RRSIG A 13 3 300 20310101000000 20210101000000 1 example.test. BBBB";
    let other_key =
        "www.example.test. 300 RRSIG A 13 3 300 20310101000000 20210101000000 2 example.test. BBBB";
    let first = of(&[WWW, WWW_2, SIGNATURE]);
    assert!(same_answer(&first, &of(&[anew, WWW_2, WWW])));
    for records in [&[WWW, SIGNATURE][..], &[WWW, WWW_2, other_key], &[WWW, WWW_2], &[]] {
        assert!(!same_answer(&first, &of(records)), "{records:?}");
    }
    let referral = expects_referral(&[CUT, CUT_2], &[]);
    let of = |authority: &[&str], additional: &[&str]| parsed(&referral, NO_AA, [&[], authority, additional]);
    let first = of(&[CUT, CUT_2], &[GLUE, GLUE_6]);
    assert!(same_answer(&first, &of(&[CUT_2, CUT], &[GLUE_6, GLUE])));
    assert!(!same_answer(&first, &of(&[CUT, CUT_2], &[GLUE])));
    let negative = |rcode| parsed(&query, AA | rcode, [&[], &[SOA], &[EDNS]]);
    assert!(!same_answer(&negative(0), &negative(3)));
}
