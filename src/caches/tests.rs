//! What answers of resolvers show, and what is wrong in it.

use super::suspect::differing;
use super::*;
use crate::compare::{Difference, DifferenceKind, RrsetText, rrset_text};
use crate::dns::edns::{Edns, ExtendedError};
use crate::dns::message::{NOERROR, NXDOMAIN, REFUSED};
use crate::dns::whole::{OwnedRecord, WholeMessage};
use crate::dns::wire::Header;
use crate::dns::{Name, Rtype};
use crate::observe::Failure;

const ZONE: &str = "example.test";
const SERVFAIL: u16 = 2;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn record(owner: &str, rtype: Rtype, ttl: u32, rdata: &[u8]) -> OwnedRecord {
    OwnedRecord { owner: name(owner), rtype, ttl, rdata: rdata.to_vec() }
}

fn address(ttl: u32, octet: u8) -> OwnedRecord {
    record("www.example.test", Rtype::A, ttl, &[192, 0, 2, octet])
}

/// The answer of a resolver, with these records in the answer and authority sections.
fn answer(rcode: u16, records: Vec<OwnedRecord>, authority: Vec<OwnedRecord>) -> WholeMessage {
    WholeMessage {
        header: Header { id: 7, flags: 0x8080 | rcode, counts: [0; 4] },
        rcode,
        edns: None,
        answer: records,
        authority,
        additional: Vec::new(),
    }
}

/// The same with an extended error.
fn with_error(message: WholeMessage, code: u16) -> WholeMessage {
    let extended_errors = vec![ExtendedError { code, text: Vec::new() }];
    WholeMessage { edns: Some(Edns { extended_errors, ..Edns::default() }), ..message }
}

fn suspect(owner: &str, rtype: Rtype, right: Option<RrsetText>) -> Suspect {
    Suspect { owner: name(owner), rtype, right }
}

fn addresses(octets: &[u8]) -> RrsetText {
    let records: Vec<_> = octets.iter().map(|octet| (300, vec![192, 0, 2, *octet])).collect();
    rrset_text(Rtype::A, &records)
}

fn www(right: &[u8]) -> Suspect {
    suspect("www.example.test", Rtype::A, Some(addresses(right)).filter(|_| !right.is_empty()))
}

/// What a resolver holds wrongly, in short, by its answers for these RRsets.
fn held(answers: &[(Suspect, WholeMessage)]) -> Vec<String> {
    let answers: Vec<(&Suspect, CachedAnswer)> = answers
        .iter()
        .map(|(suspect, message)| (suspect, cached(message, (&suspect.owner, suspect.rtype)).unwrap()))
        .collect();
    let reading = read(&name(ZONE), &"office=192.0.2.53".parse().unwrap(), (&answers, None));
    assert_eq!(reading.asked, answers.len());
    let line = |it: &HeldRrset| {
        let stale = if it.is_stale { " stale" } else { "" };
        format!("{} {} {}{stale} {:?}", it.owner, it.rtype, it.ttl, it.rdata)
    };
    reading.wrong.iter().map(line).collect()
}

#[test]
fn what_a_resolver_holds_is_wrong_if_the_reference_has_other_data() {
    let soa = record(ZONE, Rtype::SOA, 12, &[]);
    let alias = record("www.example.test", Rtype::CNAME, 40, b"\x01a\0");
    for (right, message, expected) in [
        (vec![1], answer(NOERROR, vec![address(43, 1)], vec![]), None),
        (vec![1], answer(NOERROR, vec![address(43, 9)], vec![]), Some("A 43 [\"192.0.2.9\"]")),
        (
            vec![1],
            answer(NOERROR, vec![address(43, 9), address(43, 1)], vec![]),
            Some("A 43 [\"192.0.2.1\", \"192.0.2.9\"]"),
        ),
        (vec![1], answer(NOERROR, vec![], vec![soa.clone()]), Some("A 12 []")),
        (vec![1], answer(NXDOMAIN, vec![], vec![soa.clone()]), Some("A 12 []")),
        (vec![1], answer(NOERROR, vec![alias.clone()], vec![]), Some("CNAME 40 [\"a.\"]")),
        (vec![1], answer(NOERROR, vec![], vec![record(".", Rtype::NS, 518_400, b"\x01a\0")]), None),
        (vec![], answer(NOERROR, vec![address(43, 9)], vec![]), Some("A 43 [\"192.0.2.9\"]")),
        (vec![], answer(NOERROR, vec![], vec![soa.clone()]), None),
        (vec![], answer(NXDOMAIN, vec![], vec![soa]), None),
        (vec![], answer(NXDOMAIN, vec![], vec![]), None),
        (vec![], answer(NOERROR, vec![alias], vec![]), None),
    ] {
        let found = held(&[(www(&right), message.clone())]);
        let expected: Vec<String> = expected.iter().map(|it| format!("www.example.test. {it}")).collect();
        assert_eq!(found, expected, "{right:?} {message:?}");
    }
}

#[test]
fn an_answer_that_has_expired_says_so_by_its_extended_error() {
    for (code, expected) in [(3, "A 30 stale"), (19, "A 30 stale"), (20, "A 30")] {
        let message = with_error(answer(NOERROR, vec![address(30, 9)], vec![]), code);
        let found = held(&[(www(&[1]), message)]);
        assert_eq!(found, [format!("www.example.test. {expected} [\"192.0.2.9\"]")], "{code}");
    }
}

#[test]
fn records_of_other_names_are_not_taken_for_the_answer() {
    let other = record("example.test", Rtype::A, 43, &[192, 0, 2, 9]);
    let of_other_zone = record("other.test", Rtype::SOA, 43, &[]);
    assert_eq!(held(&[(www(&[1]), answer(NOERROR, vec![other], vec![of_other_zone]))]), [""; 0]);
}

#[test]
fn a_resolver_that_does_not_show_its_cache_is_told_from_one_that_fails() {
    let failure = |message: &WholeMessage| {
        let failure = cached(message, (&name("www.example.test"), Rtype::A)).unwrap_err();
        (failure.kind(), failure.is_final(), failure.to_string())
    };
    let (kind, is_final, text) = failure(&with_error(answer(REFUSED, vec![], vec![]), 20));
    assert_eq!((kind, is_final), ("rcode", true));
    assert_eq!(
        text,
        "answered REFUSED: it must show its cache to this host, by `access-control: ADDRESS allow_snoop` in unbound \
         or `allow-query-cache { ADDRESS; };` in BIND; one that answers its users can be asked with --cache-recurse"
    );
    let servfail = failure(&answer(SERVFAIL, vec![], vec![]));
    assert_eq!(servfail, ("rcode", false, "answered SERVFAIL".to_owned()));
    let mut authoritative = answer(NOERROR, vec![address(300, 1)], vec![]);
    authoritative.header.flags |= 0x0400;
    let (kind, is_final, text) = failure(&authoritative);
    assert_eq!((kind, is_final), ("authoritative", true));
    assert_eq!(text, "answered with authority: it serves the zone, and is no cache of it");
    assert!(CacheFailure::Failed(Failure::Timeout).is_final());
}

#[test]
fn few_names_are_dropped_one_by_one_and_many_with_their_zone() {
    let advice = |count: usize| {
        let answers: Vec<_> = (0..count)
            .map(|number| {
                let owner = format!("n{number}.example.test");
                let found = record(&owner, Rtype::A, 43, &[192, 0, 2, 9]);
                (suspect(&owner, Rtype::A, None), answer(NOERROR, vec![found], vec![]))
            })
            .collect();
        let answers: Vec<_> = answers
            .iter()
            .map(|(it, message)| (it, cached(message, (&it.owner, it.rtype)).unwrap()))
            .collect();
        let reading = read(&name(ZONE), &"office=192.0.2.53".parse().unwrap(), (&answers, None));
        reading.wrong.last().unwrap().advice.clone()
    };
    assert_eq!(
        advice(3),
        [
            "unbound-control flush n2.example.test  # on office, if it runs unbound",
            "rndc flushname n2.example.test  # on office, if it runs BIND",
        ]
    );
    assert_eq!(
        advice(4),
        [
            "unbound-control flush_zone example.test  # on office, if it runs unbound",
            "rndc flushtree example.test  # on office, if it runs BIND",
        ]
    );
}

#[test]
fn of_an_rrset_with_many_records_the_first_are_kept_and_all_counted() {
    for (count, length, kept) in [(500_u16, 1, 20), (5, 4000, 5), (30, 1000, 4)] {
        let records: Vec<OwnedRecord> = (0..count)
            .map(|number| {
                let text = [&number.to_be_bytes(), vec![7; length].as_slice()].concat();
                record("www.example.test", Rtype(65280), 60, &text)
            })
            .collect();
        let suspect = suspect("www.example.test", Rtype(65280), None);
        let answer = cached(&answer(NOERROR, records, vec![]), (&suspect.owner, suspect.rtype)).unwrap();
        let reading = read(&name(ZONE), &"192.0.2.53".parse().unwrap(), (&[(&suspect, answer)], None));
        let held = &reading.wrong[0];
        assert_eq!((held.rdata.len(), held.records), (kept, count.into()), "{length}");
    }
}

#[test]
fn an_alias_that_is_held_for_several_types_is_one_rrset() {
    let alias = record("www.example.test", Rtype::CNAME, 40, b"\x01a\0");
    let right = rrset_text(Rtype::AAAA, &[(300, vec![0; 16])]);
    let of_type = |rtype, right| {
        (suspect("www.example.test", rtype, Some(right)), answer(NOERROR, vec![alias.clone()], vec![]))
    };
    let answers = [of_type(Rtype::A, addresses(&[1])), of_type(Rtype::AAAA, right)];
    assert_eq!(held(&answers), ["www.example.test. CNAME 40 [\"a.\"]"]);
}

#[test]
fn what_differs_is_asked_for_once_and_within_a_limit() {
    let difference = |owner: &str, rtype: Rtype, kind| Difference {
        owner: owner.to_owned(),
        rtype: rtype.to_string(),
        kind,
        reference: None,
        found: None,
        answer: None,
        signature_cause: None,
    };
    let mut differences = vec![
        difference("example.test.", Rtype::SOA, DifferenceKind::Changed),
        difference(r"a\.b.example.test.", Rtype::A, DifferenceKind::Extra),
        difference(r"a\.b.example.test.", Rtype::A, DifferenceKind::Extra),
        difference("ttl.example.test.", Rtype::A, DifferenceKind::Ttl),
        difference("www.example.test.", Rtype::RRSIG, DifferenceKind::Changed),
        difference("www.example.test.", Rtype(65280), DifferenceKind::Missing),
    ];
    let asked: Vec<String> =
        differing(differences.iter()).iter().map(|it| format!("{} {}", it.owner, it.rtype)).collect();
    assert_eq!(asked, [r"a\.b.example.test. A", "www.example.test. TYPE65280"]);
    differences.extend(
        (0..50).map(|it| difference(&format!("n{it}.example.test."), Rtype::A, DifferenceKind::Extra)),
    );
    assert_eq!(differing(differences.iter()).len(), MAX_SUSPECTS);
}

#[test]
fn a_name_of_the_user_must_be_as_a_server_of_the_zone_answers_it() {
    let mut suspects = vec![www(&[1])];
    let owner = name("mail.example.test");
    let alias = rrset_text(Rtype::CNAME, &[(300, b"\x01a\0".to_vec())]);
    named(&mut suspects, (&name("www.example.test"), Rtype::A), Sighting::Denied { ttl: 1 });
    named(&mut suspects, (&owner, Rtype::A), Sighting::NotHeld);
    named(&mut suspects, (&owner, Rtype::A), Sighting::Rrset { rtype: Rtype::CNAME, rrset: alias.clone() });
    named(&mut suspects, (&owner, Rtype::MX), Sighting::Denied { ttl: 1 });
    let expected = [
        www(&[1]),
        suspect("mail.example.test", Rtype::CNAME, Some(alias)),
        suspect("mail.example.test", Rtype::MX, None),
    ];
    assert_eq!(suspects, expected);
}
