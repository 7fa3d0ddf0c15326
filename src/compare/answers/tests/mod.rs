mod faults;
mod servers;

use super::*;
use crate::digest::{HashKey, Profile};
use crate::dns::answer::Answer;
use crate::dns::answer::tests::messages::{SectionText, message, question, rrset};
use crate::dns::wire::Scratch;
use crate::dns::{Name, Rrset, rdata};
use crate::observe::{DifferenceKind, Transport, WrongRrset};
use crate::plan::ContentRules;
use crate::plan::queries::{ExpectedAnswer, RrsetQuery};

const WWW: &str = "www.example.test. 300 A 192.0.2.1";
const WWW_2: &str = "www.example.test. 300 A 192.0.2.2";
const SIGNATURE: &str =
    "www.example.test. 300 RRSIG A 13 3 300 20300101000000 20200101000000 1 example.test. AAAA";
const WILD: &str = "*.wild.example.test. 300 A 192.0.2.7";
const CUT: &str = "sub.example.test. 300 NS ns1.sub.example.test.";
const CUT_2: &str = "sub.example.test. 300 NS ns2.example.test.";
const GLUE: &str = "ns1.sub.example.test. 300 A 192.0.2.53";
const GLUE_6: &str = "ns1.sub.example.test. 300 AAAA 2001:db8::53";
const DS: &str =
    "sub.example.test. 300 DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000";
const APEX_NS: &str = "example.test. 300 NS ns1.example.test.";
const SOA: &str = "example.test. 60 SOA";
const EDNS: &str = ". 0 OPT ";

/// Expects an RRset, given its records and the signatures over it.
fn expects(records: &[&str]) -> RrsetQuery {
    let rrset = rrset(records);
    RrsetQuery { qname: rrset.owner.clone(), qtype: rrset.rtype, expected: ExpectedAnswer::Rrset(rrset) }
}

/// Expects an answer to `name type`.
fn expects_of(asked: &str, expected: ExpectedAnswer) -> RrsetQuery {
    let question = question(asked);
    RrsetQuery { qname: question.qname, qtype: question.qtype, expected }
}

fn expects_referral(ns: &[&str], glue: &[&[&str]]) -> RrsetQuery {
    let glue: Vec<Rrset> = glue.iter().map(|records| rrset(records)).collect();
    expects_of("sub.example.test NS", ExpectedAnswer::Referral { ns: rrset(ns), glue })
}

fn parsed(query: &RrsetQuery, flags: u16, sections: SectionText<'_>) -> Answer {
    let asked = format!("{} {}", query.qname, query.qtype);
    let octets = message(&asked, flags, sections);
    Answer::parse(&octets, &question(&asked), &mut Scratch::default()).unwrap().unwrap()
}

fn judged(query: &RrsetQuery, flags: u16, sections: SectionText<'_>) -> JudgedAnswer {
    judged_under(ContentRules::default(), Transport::Tcp, (query, flags, sections))
}

fn judged_under(
    content: ContentRules,
    transport: Transport,
    (query, flags, sections): (&RrsetQuery, u16, SectionText<'_>),
) -> JudgedAnswer {
    let zone: Name = "example.test".parse().unwrap();
    let profile = Profile { key: HashKey([0; 16]), content };
    let scope = AnswerScope { zone: &zone, profile: &profile, is_file: false, transport };
    judge(query, &parsed(query, flags, sections), &scope)
}

/// What differs, as `kind owner type: reference / found`.
fn differences(judged: JudgedAnswer) -> Vec<String> {
    let JudgedAnswer::Differs(wrong) = judged else { panic!("{judged:?}") };
    wrong.iter().map(described).collect()
}

fn described(wrong: &WrongRrset) -> String {
    let kind = match wrong.kind {
        DifferenceKind::Missing => "missing",
        DifferenceKind::Extra => "extra",
        DifferenceKind::Changed => "changed",
        DifferenceKind::Ttl => "ttl",
        DifferenceKind::Answer => "answer",
    };
    let side = |rrset: &Option<Rrset>| {
        let text = |(ttl, data): &(u32, Vec<u8>)| format!("{ttl} {}", rdata::to_text(wrong.rtype, data));
        rrset.as_ref().map_or_else(
            || "-".to_owned(),
            |rrset| rrset.records.iter().map(text).collect::<Vec<_>>().join(", "),
        )
    };
    let found = match &wrong.answer {
        Some(answer) => format!("{} {}", answer.rcode, answer.content),
        None => side(&wrong.found),
    };
    format!("{kind} {} {}: {} / {found}", wrong.owner, wrong.rtype, side(&wrong.reference))
}
