//! The ways in which BIND, NSD, Knot, PowerDNS and YADIFA give right answers.

use super::*;
use crate::dns::answer::tests::messages::{AA, NO_AA, soa};
use crate::dns::{Rtype, Serial, Soa};

#[test]
fn an_rrset_in_any_order_and_with_any_other_sections_is_right() {
    let query = expects(&[WWW, WWW_2, SIGNATURE]);
    let apex_ns_signature =
        "example.test. 300 RRSIG NS 13 2 300 20300101000000 20200101000000 1 example.test. AAAA";
    for sections in [
        // Knot, PowerDNS and YADIFA, minimal.
        [[WWW, WWW_2, SIGNATURE].as_slice(), &[], &[EDNS]],
        // BIND and YADIFA change the order, PowerDNS that of signatures.
        [&[WWW_2, WWW, SIGNATURE], &[], &[EDNS]],
        [&[SIGNATURE, WWW_2, WWW], &[], &[EDNS]],
        // NSD adds the NS RRset and the addresses of its names.
        [
            &[WWW, WWW_2, SIGNATURE],
            &[APEX_NS, apex_ns_signature],
            &["ns1.example.test. 300 A 192.0.2.53", EDNS],
        ],
    ] {
        assert_eq!(judged(&query, AA, sections), JudgedAnswer::Same, "{sections:?}");
    }
}

#[test]
fn the_records_of_the_apex_and_odd_types_are_right() {
    for records in [
        &[APEX_NS, "example.test. 300 NS ns2.example.test."][..],
        &["d.example.test. 300 DNAME target.test."],
        &["alias.example.test. 300 CNAME www.example.test."],
        &["*.wild.example.test. 300 A 192.0.2.7"],
        &["t.example.test. 300 TYPE65280 \\# 3 010203"],
        &[DS],
    ] {
        assert_eq!(judged(&expects(records), AA, [records, &[], &[EDNS]]), JudgedAnswer::Same);
    }
}

#[test]
fn an_alias_made_from_a_wildcard_is_right_with_its_target_in_any_order() {
    let wild = "*.alias.example.test. 300 CNAME www.example.test.";
    let query = expects_of("x1.alias.example.test A", ExpectedAnswer::Synthesized(rrset(&[wild])));
    let alias = "x1.alias.example.test. 300 CNAME www.example.test.";
    for records in [&[alias, WWW][..], &[WWW, alias], &[alias]] {
        assert_eq!(judged(&query, AA, [records, &[], &[EDNS]]), JudgedAnswer::Same);
    }
    // The target does not exist (NXDOMAIN is of the target), or lacks the type.
    assert_eq!(judged(&query, AA | 3, [&[alias], &[SOA], &[EDNS]]), JudgedAnswer::Same);
    assert_eq!(judged(&query, AA, [&[alias], &[SOA], &[EDNS]]), JudgedAnswer::Same);
    let itself = expects_of("x1.alias.example.test CNAME", ExpectedAnswer::Synthesized(rrset(&[wild])));
    assert_eq!(judged(&itself, AA, [&[alias], &[], &[EDNS]]), JudgedAnswer::Same);
}

#[test]
fn an_rrset_made_from_a_wildcard_is_right_under_the_name_that_was_asked() {
    let signature = |owner: &str| {
        format!("{owner} 300 RRSIG A 13 3 300 20300101000000 20200101000000 1 example.test. AAAA")
    };
    let (of_wild, of_name) = (signature("*.wild.example.test."), signature("x1.wild.example.test."));
    let query = expects_of("x1.wild.example.test A", ExpectedAnswer::Synthesized(rrset(&[WILD, &of_wild])));
    let nsec = "*.wild.example.test. 60 NSEC www.example.test. A RRSIG NSEC";
    let records = ["x1.wild.example.test. 300 A 192.0.2.7", of_name.as_str()];
    for authority in [&[][..], &[nsec], &[APEX_NS, nsec]] {
        assert_eq!(judged(&query, AA, [&records, authority, &[EDNS]]), JudgedAnswer::Same);
    }
}

#[test]
fn a_name_without_the_type_or_without_any_is_right_with_any_proof() {
    let query = expects_of("ent.example.test A", ExpectedAnswer::NoData);
    let nsec3 =
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.test. 60 NSEC3 1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A";
    for authority in [&[SOA][..], &[SOA, nsec3], &[nsec3, SOA], &["example.test. 1 SOA"], &[], &[APEX_NS]] {
        assert_eq!(judged(&query, AA, [&[], authority, &[EDNS]]), JudgedAnswer::Same, "{authority:?}");
    }
    // The server serves a zone of its own from there on.
    assert_eq!(judged(&query, AA, [&[], &["ent.example.test. 60 SOA"], &[EDNS]]), JudgedAnswer::Same);
}

#[test]
fn a_name_that_does_not_exist_is_right_also_by_compact_denial() {
    let query = expects_of("no.example.test A", ExpectedAnswer::NxDomain);
    assert_eq!(judged(&query, AA | 3, [&[], &[SOA], &[EDNS]]), JudgedAnswer::Same);
    let compact = r"no.example.test. 60 NSEC \000.no.example.test. RRSIG NSEC TYPE128";
    assert_eq!(judged(&query, AA, [&[], &[SOA, compact], &[EDNS]]), JudgedAnswer::Same);
    assert_eq!(judged(&query, AA | 3, [&[], &[SOA, compact], &[EDNS]]), JudgedAnswer::Same);
}

#[test]
fn a_referral_is_right_in_any_order_and_with_other_records() {
    let query = expects_referral(&[CUT, CUT_2], &[&[GLUE], &[GLUE_6]]);
    let outside = "ns2.example.test. 300 A 192.0.2.54";
    for (flags, sections) in [
        (NO_AA, [&[][..], &[CUT, CUT_2], &[GLUE, GLUE_6, EDNS]]),
        (NO_AA, [&[], &[CUT_2, DS, CUT], &[outside, GLUE_6, EDNS, GLUE]]),
        // Old servers set AA.
        (AA, [&[], &[CUT, CUT_2], &[GLUE, GLUE_6, outside, EDNS]]),
    ] {
        assert_eq!(judged(&query, flags, sections), JudgedAnswer::Same, "{sections:?}");
    }
}

#[test]
fn glue_without_room_in_a_datagram_is_no_difference() {
    let query = expects_referral(&[CUT], &[&[GLUE], &[GLUE_6]]);
    let answer = (&query, NO_AA, [&[][..], &[CUT], &[GLUE, EDNS]]);
    let judged = judged_under(ContentRules::default(), Transport::Udp, answer);
    assert_eq!(judged, JudgedAnswer::Same);
}

#[test]
fn the_delegation_to_a_zone_that_the_server_serves_itself_cannot_be_asked() {
    let query = expects_referral(&[CUT], &[&[GLUE]]);
    let child_ns = "sub.example.test. 60 NS other.test.";
    for (flags, sections) in [
        (AA, [&[child_ns][..], &[], &[EDNS]]),
        (AA, [&[], &["sub.example.test. 60 SOA"], &[EDNS]]),
        (AA | 3, [&[], &["sub.example.test. 60 SOA"], &[EDNS]]),
    ] {
        assert_eq!(judged(&query, flags, sections), JudgedAnswer::NotAskable);
    }
    let ds = expects(&[DS]);
    let child = [&[][..], &["sub.example.test. 60 SOA"], &[EDNS]];
    assert_eq!(judged(&ds, AA, child), JudgedAnswer::NotAskable);
}

#[test]
fn an_nsec_rrset_that_a_server_does_not_give_cannot_be_asked() {
    let at_alias = "alias.example.test. 60 NSEC www.example.test. CNAME RRSIG NSEC";
    let alias = "alias.example.test. 300 CNAME www.example.test.";
    let of_target = "www.example.test. 60 NSEC example.test. A RRSIG NSEC";
    let query = expects(&[at_alias]);
    assert_eq!(judged(&query, AA, [&[at_alias], &[], &[EDNS]]), JudgedAnswer::Same);
    // YADIFA follows the alias.
    assert_eq!(judged(&query, AA, [&[of_target, alias], &[], &[EDNS]]), JudgedAnswer::NotAskable);
    // NSD, Knot and YADIFA refer.
    let at_cut = expects(&["sub.example.test. 60 NSEC www.example.test. NS RRSIG NSEC"]);
    assert_eq!(judged(&at_cut, NO_AA, [&[], &[CUT], &[GLUE, EDNS]]), JudgedAnswer::NotAskable);
    // PowerDNS does not answer without DO.
    assert_eq!(judged(&query, AA, [&[], &[SOA], &[]]), JudgedAnswer::NotAskable);
    // A name without its NSEC is a fault.
    assert!(matches!(judged(&query, AA, [&[], &[SOA], &[EDNS]]), JudgedAnswer::Differs(_)));
}

#[test]
fn types_from_which_powerdns_makes_answers_cannot_be_asked() {
    for rtype in ["TYPE65401", "TYPE65402"] {
        let record = format!("lua.example.test. 300 {rtype} \\# 2 0001");
        let query = expects(&[&record]);
        assert_eq!(judged(&query, AA, [&[], &[SOA], &[EDNS]]), JudgedAnswer::NotAskable);
        assert_eq!(judged(&query, AA, [&[&record], &[], &[EDNS]]), JudgedAnswer::Same);
        let wild = format!("*.lua.example.test. 300 {rtype} \\# 2 0001");
        let query =
            expects_of(&format!("x.lua.example.test {rtype}"), ExpectedAnswer::Synthesized(rrset(&[&wild])));
        assert_eq!(judged(&query, AA, [&[], &[SOA], &[EDNS]]), JudgedAnswer::NotAskable);
    }
}

#[test]
fn signatures_made_anew_mean_the_same() {
    let query = expects(&[WWW, SIGNATURE]);
    let anew = "www.example.test. 300 RRSIG A 13 3 300 20310101000000 20210101000000 1 example.test. BBBB";
    assert_eq!(judged(&query, AA, [&[WWW, anew], &[], &[EDNS]]), JudgedAnswer::OtherSignatures);
}

#[test]
fn the_soa_is_not_compared_here() {
    let other = Soa { serial: Serial(1), refresh: 1, ..soa() };
    let expected =
        Rrset::new(question("example.test SOA").qname, Rtype::SOA, vec![(60, other.to_rdata())], vec![]);
    let query = expects_of("example.test SOA", ExpectedAnswer::Rrset(expected));
    assert_eq!(judged(&query, AA, [&[SOA], &[], &[EDNS]]), JudgedAnswer::Same);
}

#[test]
fn an_rrset_with_several_ttls_may_be_served_with_one_of_them_if_it_is_of_a_zone_file() {
    let query = expects(&[WWW, "www.example.test. 60 A 192.0.2.2"]);
    let zone: Name = "example.test".parse().unwrap();
    let profile = Profile { key: HashKey([0; 16]), content: ContentRules::default() };
    let of = |is_file, ttl: u32| {
        let records =
            [format!("www.example.test. {ttl} A 192.0.2.1"), format!("www.example.test. {ttl} A 192.0.2.2")];
        let answer = parsed(&query, AA, [&[&records[0], &records[1]], &[], &[EDNS]]);
        judge(
            &query,
            &answer,
            &AnswerScope { zone: &zone, profile: &profile, is_file, transport: Transport::Tcp },
        )
    };
    assert_eq!(of(true, 60), JudgedAnswer::Same);
    assert!(matches!(of(true, 61), JudgedAnswer::Differs(_)));
    assert!(matches!(of(false, 60), JudgedAnswer::Differs(_)));
}

#[test]
fn another_sort_of_answer_about_a_type_that_is_left_out_is_no_difference() {
    let query = expects(&[WWW]);
    let without_a = || ContentRules { ignored: vec![Rtype::A], ..ContentRules::default() };
    let alias: SectionText<'_> = [&["www.example.test. 300 CNAME other.test."], &[], &[EDNS]];
    assert_eq!(judged_under(without_a(), Transport::Tcp, (&query, AA, alias)), JudgedAnswer::NotAskable);
    assert!(matches!(judged(&query, AA, alias), JudgedAnswer::Differs(_)));
}
