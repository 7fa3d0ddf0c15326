//! Delegations that are right, and what is said of each that is not.

use sha2::{Digest as _, Sha256};

use super::*;
use crate::dns::dnssec::{Dnskey, Ds};
use crate::dns::message::REFUSED;
use crate::judge::Severity::{Critical, Ok as Good, Unknown, Warning};
use crate::observe::{DelegatedServer, Failure};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn zone() -> Name {
    name("e.example")
}

fn key(octet: u8) -> Dnskey {
    Dnskey { flags: 257, protocol: 3, algorithm: 13, public_key: vec![octet; 64] }
}

fn ds(octet: u8) -> Ds {
    let digest = Sha256::new().chain_update(zone().as_wire()).chain_update(key(octet).to_rdata()).finalize();
    Ds { key_tag: key(octet).key_tag(), algorithm: 13, digest_type: 2, digest: digest.to_vec() }
}

fn delete() -> Ds {
    Ds { key_tag: 0, algorithm: 0, digest_type: 0, digest: vec![0] }
}

fn referral(glue: &[(&str, &str)]) -> Referral {
    let mut glue: Vec<(Name, IpAddr)> =
        glue.iter().map(|(owner, address)| (name(owner), address.parse().unwrap())).collect();
    glue.sort_by(|(name, address), (other, last)| (name.as_wire(), address).cmp(&(other.as_wire(), last)));
    Referral { names: names(&["ns1.e.example", "ns2.example.net"]), glue, is_whole: true }
}

fn names(names: &[&str]) -> Vec<Name> {
    crate::observe::sorted(names.iter().map(|text| name(text)))
}

fn parent(number: u8, referral: Result<Referral, NoReferral>) -> ParentServer {
    let address = ([192, 0, 2, 100 + number], 53).into();
    ParentServer { server: format!("p{number}"), address, referral, ds: Some(vec![ds(1)]) }
}

fn server(text: &str, outcome: Result<(), Failure>) -> DelegatedServer {
    let last = if text == "ns1.e.example" { 1 } else { 2 };
    DelegatedServer {
        name: name(text),
        addresses: vec![(([192, 0, 2, last], 53).into(), outcome)],
        absent: None,
    }
}

/// A delegation that is right.
fn right() -> DelegationSighting {
    let of_parent = || Ok(referral(&[("ns1.e.example", "192.0.2.1")]));
    DelegationSighting {
        parents: Ok(vec![parent(1, of_parent()), parent(2, of_parent())]),
        child: Some(ChildSide {
            server: "ns1".to_owned(),
            address: ([192, 0, 2, 1], 53).into(),
            names: Some(names(&["ns1.e.example", "ns2.example.net"])),
            addresses: vec![(name("ns1.e.example"), vec![[192, 0, 2, 1].into()])],
            keys: Some(vec![key(1)]),
            cds: Vec::new(),
            cdnskey: Vec::new(),
        }),
        name_servers: vec![server("ns1.e.example", Ok(())), server("ns2.example.net", Ok(()))],
        is_confirmed: true,
    }
}

fn all_parents(seen: &mut DelegationSighting, change: impl Fn(&mut ParentServer)) {
    seen.parents.as_mut().unwrap().iter_mut().for_each(change);
}

fn all_referrals(seen: &mut DelegationSighting, change: impl Fn(&mut Referral)) {
    all_parents(seen, |parent| change(parent.referral.as_mut().unwrap()));
}

fn child(seen: &mut DelegationSighting) -> &mut ChildSide {
    seen.child.as_mut().unwrap()
}

/// What is found, each with its severity and message.
fn found(seen: &DelegationSighting) -> Vec<(&'static str, Severity, String)> {
    let findings = findings(&zone(), &DelegationRules::default(), Some(seen));
    findings.into_iter().map(|it| (it.code.name(), it.severity, it.message)).collect()
}

/// What makes a right delegation another one.
type Change = fn(&mut DelegationSighting);

type Row = (&'static str, Change, Severity, &'static str);

#[track_caller]
fn assert_rows(code: &str, rows: &[Row]) {
    for (what, change, severity, message) in rows {
        let mut seen = right();
        change(&mut seen);
        let found = found(&seen);
        let [(name, found_severity, text)] = found.as_slice() else { panic!("{what}: {found:#?}") };
        assert_eq!((*name, found_severity), (code, severity), "{what}: {text}");
        assert!(text.contains(message), "{what}: {text}");
    }
}

#[test]
fn of_a_right_delegation_nothing_is_said() {
    let rows: [(&str, Change); 11] = [
        ("it is right", |_| ()),
        ("nobody has keys", |seen| {
            child(seen).keys = Some(Vec::new());
            all_parents(seen, |parent| parent.ds = Some(Vec::new()));
        }),
        ("an island of security", |seen| all_parents(seen, |parent| parent.ds = Some(Vec::new()))),
        ("one of two DS records matches", |seen| {
            all_parents(seen, |parent| parent.ds = Some(vec![ds(1), ds(2)]));
        }),
        ("the digest is of a type that nobody here knows", |seen| {
            all_parents(seen, |parent| parent.ds = Some(vec![Ds { digest_type: 99, ..ds(1) }]));
        }),
        ("the keys are not known", |seen| {
            child(seen).keys = None;
            all_parents(seen, |parent| parent.ds = Some(vec![ds(7)]));
        }),
        ("glue outside the zone, which is not needed", |seen| {
            all_referrals(seen, |referral| {
                referral.glue.push((name("ns2.example.net"), [192, 0, 2, 99].into()));
            });
        }),
        ("a datagram had no room for all glue", |seen| {
            child(seen).addresses[0].1.push("2001:db8::1".parse().unwrap());
            all_referrals(seen, |referral| referral.is_whole = false);
        }),
        ("an address could not be looked up", |seen| seen.name_servers[1].addresses.clear()),
        ("CDS that the parent has", |seen| child(seen).cds = vec![ds(1)]),
        ("CDNSKEY of which the parent has made a digest of its own", |seen| {
            (child(seen).cds, child(seen).cdnskey) = (vec![Ds { digest_type: 4, ..ds(1) }], vec![key(1)]);
        }),
    ];
    for (what, change) in rows {
        let mut seen = right();
        change(&mut seen);
        assert_eq!(found(&seen), [], "{what}");
    }
}

#[test]
fn another_ns_set_is_told() {
    assert_rows(
        "delegation_differs",
        &[
            (
                "another name server",
                |seen| child(seen).names = Some(names(&["ns1.e.example", "ns3.e.example"])),
                Warning,
                "ns2.example.net only at the parent, ns3.e.example only in the zone",
            ),
            (
                "a name server less",
                |seen| all_referrals(seen, |referral| referral.names.truncate(1)),
                Warning,
                "ns2.example.net only in the zone",
            ),
        ],
    );
}

#[test]
fn glue_that_is_not_what_the_zone_has_is_told() {
    assert_rows(
        "delegation_differs",
        &[
            (
                "another address",
                |seen| child(seen).addresses[0].1 = vec![[192, 0, 2, 9].into()],
                Critical,
                "the glue of ns1.e.example is 192.0.2.1, and its address in the zone is 192.0.2.9",
            ),
            (
                "an address less",
                |seen| child(seen).addresses[0].1.push("2001:db8::1".parse().unwrap()),
                Warning,
                "the glue of ns1.e.example lacks 2001:db8::1",
            ),
            (
                "an address that the zone has not",
                |seen| child(seen).addresses[0].1.clear(),
                Warning,
                "the parent has glue for ns1.e.example (192.0.2.1), and the zone itself has no address for it",
            ),
            (
                "no glue where it is needed",
                |seen| all_referrals(seen, |referral| referral.glue.clear()),
                Warning,
                "the parent has no glue for ns1.e.example, which is in the zone",
            ),
            (
                "no glue for any",
                |seen| {
                    child(seen).names = Some(names(&["ns1.e.example"]));
                    seen.name_servers.truncate(1);
                    all_referrals(seen, |referral| {
                        referral.glue.clear();
                        referral.names = names(&["ns1.e.example"]);
                    });
                },
                Critical,
                "the parent has no glue for ns1.e.example",
            ),
        ],
    );
}

#[test]
fn servers_of_the_parent_that_differ_or_have_no_delegation_are_told() {
    assert_rows(
        "delegation_differs",
        &[
            (
                "servers of the parent that differ",
                |seen| {
                    let other = seen.parents.as_mut().unwrap()[1].referral.as_mut().unwrap();
                    other.names = names(&["ns1.e.example"]);
                },
                Warning,
                "different NS sets: p1 192.0.2.101:53 has ns1.e.example, ns2.example.net; p2 192.0.2.102:53 has \
             ns1.e.example",
            ),
            (
                "no delegation",
                |seen| {
                    seen.name_servers.clear();
                    all_parents(seen, |parent| parent.referral = Err(NoReferral::NotDelegated));
                },
                Critical,
                "the parent does not delegate the zone (p1 192.0.2.101:53, p2 192.0.2.102:53)",
            ),
            (
                "no delegation at one of them",
                |seen| seen.parents.as_mut().unwrap()[0].referral = Err(NoReferral::NotDelegated),
                Warning,
                "some servers of the parent do not delegate the zone (p1 192.0.2.101:53)",
            ),
        ],
    );
}

#[test]
fn name_servers_that_do_not_answer_are_told() {
    assert_rows(
        "delegation_differs",
        &[
            (
                "one is lame",
                |seen| seen.name_servers[1] = server("ns2.example.net", Err(Failure::Rcode(REFUSED))),
                Warning,
                "not every name server of the parent's NS set answers for the zone with authority: ns2.example.net \
             192.0.2.2:53: answered REFUSED",
            ),
            (
                "one has no address",
                |seen| {
                    let absent = Some("the name does not exist (NXDOMAIN)".to_owned());
                    seen.name_servers[1] =
                        DelegatedServer { name: name("ns2.example.net"), addresses: Vec::new(), absent };
                },
                Warning,
                "ns2.example.net: the name does not exist (NXDOMAIN)",
            ),
            (
                "all are lame",
                |seen| {
                    seen.name_servers[0] = server("ns1.e.example", Err(Failure::Timeout));
                    seen.name_servers[1] = server("ns2.example.net", Err(Failure::NotAuthoritative));
                },
                Critical,
                "no name server of the parent's NS set answers for the zone with authority",
            ),
            (
                "one is lame, and of the other nothing is known",
                |seen| {
                    seen.name_servers[0] = server("ns1.e.example", Err(Failure::Timeout));
                    seen.name_servers[1].addresses.clear();
                },
                Warning,
                "ns1.e.example 192.0.2.1:53: no answer before the deadline",
            ),
        ],
    );
}

#[test]
fn ds_records_that_match_no_key_are_told() {
    assert_rows(
        "delegation_differs",
        &[
            (
                "another key",
                |seen| child(seen).keys = Some(vec![key(2)]),
                Critical,
                "matches a key of the zone (key tag",
            ),
            ("no key", |seen| child(seen).keys = Some(Vec::new()), Critical, "and the zone is not signed"),
            (
                "the key is revoked",
                |seen| child(seen).keys = Some(vec![Dnskey { flags: 0x0181, ..key(1) }]),
                Critical,
                "and the zone is not signed",
            ),
            (
                "SHA-1 does not count beside SHA-256",
                |seen| {
                    all_parents(seen, |parent| {
                        parent.ds =
                            Some(vec![Ds { digest_type: 1, ..ds(1) }, Ds { digest: vec![1; 32], ..ds(1) }]);
                    });
                },
                Critical,
                "no DS record of the parent (p1 192.0.2.101:53: key tag",
            ),
            (
                "one server of the parent has another one too",
                |seen| seen.parents.as_mut().unwrap()[1].ds = Some(vec![ds(1), ds(2)]),
                Warning,
                "the servers of the parent have different DS records: p1 192.0.2.101:53 has key tag",
            ),
            (
                "at one server of the parent",
                |seen| seen.parents.as_mut().unwrap()[1].ds = Some(vec![ds(3)]),
                Critical,
                "(p2 192.0.2.102:53: key tag",
            ),
            (
                "parent and child on one server, but for one that has the DS records",
                |seen| {
                    seen.parents.as_mut().unwrap()[0].referral = Err(NoReferral::ServesZone);
                    child(seen).keys = Some(vec![key(2)]);
                },
                Critical,
                "no DS record of the parent",
            ),
        ],
    );
}

#[test]
fn what_is_wrong_is_one_finding_with_what_to_type() {
    let mut seen = right();
    child(&mut seen).keys = Some(vec![key(2)]);
    child(&mut seen).names = Some(names(&["ns1.e.example"]));
    let findings = findings(&zone(), &DelegationRules::default(), Some(&seen));
    let [Finding { severity: Critical, message, advice, .. }] = findings.as_slice() else {
        panic!("{findings:#?}")
    };
    assert_eq!(message.matches("; ").count(), 1, "{message}");
    assert_eq!(
        advice.as_slice(),
        [
            "dig @192.0.2.101 e.example NS +norecurse",
            "dig @192.0.2.1 e.example NS +norecurse",
            "dig @192.0.2.101 e.example DS +norecurse",
            "dig @192.0.2.1 e.example DNSKEY +norecurse | dnssec-dsfromkey -f - e.example  # the DS records that the parent \
         needs",
            "# at the registrar of e.example, or in the zone above it: let the name servers be ns1.e.example",
        ]
    );
}

#[test]
fn what_cannot_be_seen_is_told_and_is_no_fault() {
    assert_rows(
        "delegation_unseen",
        &[
            (
                "parent and child on one server",
                |seen| all_parents(seen, |parent| parent.referral = Err(NoReferral::ServesZone)),
                Good,
                "cannot be seen, other than its DS records: parent and child are on one server (p1 192.0.2.101:53, p2",
            ),
            (
                "without DS records",
                |seen| {
                    all_parents(seen, |parent| {
                        (parent.referral, parent.ds) = (Err(NoReferral::ServesZone), None);
                    });
                },
                Good,
                "what the parent has of the zone cannot be seen: parent and child are on one server",
            ),
            (
                "no answer",
                |seen| {
                    all_parents(seen, |parent| {
                        (parent.referral, parent.ds) = (Err(NoReferral::Failed(Failure::Timeout)), None);
                    });
                },
                Good,
                "no server of the parent shows the delegation: p1 192.0.2.101:53: no answer before the deadline; p2",
            ),
            (
                "nobody to ask",
                |seen| seen.parents = Err("the root zone has no parent".to_owned()),
                Good,
                "the delegation was not seen: the root zone has no parent",
            ),
        ],
    );
    let mut seen = right();
    seen.parents = Ok(vec![parent(1, Err(NoReferral::NotParent))]);
    let rules = DelegationRules { parents: vec!["192.0.2.101".parse().unwrap()].into() };
    let named = findings(&zone(), &rules, Some(&seen));
    assert_eq!(named[0].severity, Unknown, "who names a server expects it to tell: {named:?}");
    assert!(named[0].message.ends_with("p1 192.0.2.101:53: it does not have the zone above"), "{named:?}");
    let late = findings(&zone(), &rules, None);
    assert_eq!((late[0].code, late[0].severity), (Code::DelegationUnseen, Good));
}

#[test]
fn cds_records_that_the_parent_has_not_taken_are_told() {
    assert_rows(
        "parent_update_pending",
        &[
            (
                "a new key",
                |seen| child(seen).cds = vec![ds(1), ds(2)],
                Good,
                "the zone asks its parent for DS records of key tags",
            ),
            (
                "a new key by CDNSKEY alone",
                |seen| child(seen).cdnskey = vec![key(2)],
                Good,
                "the zone asks its parent for DS records of key tag",
            ),
            (
                "removal",
                |seen| child(seen).cds = vec![delete()],
                Good,
                "the removal of all DS records (CDS or CDNSKEY), and the parent still has DS records of key tag",
            ),
            (
                "the first DS records",
                |seen| {
                    child(seen).cds = vec![ds(1)];
                    all_parents(seen, |parent| parent.ds = Some(Vec::new()));
                },
                Good,
                "and the parent still has no DS record (p1 192.0.2.101:53)",
            ),
        ],
    );
    let mut seen = right();
    child(&mut seen).cds = vec![delete()];
    child(&mut seen).keys = Some(Vec::new());
    all_parents(&mut seen, |parent| parent.ds = Some(Vec::new()));
    assert_eq!(found(&seen), [], "the removal is done");
}

#[test]
fn a_first_look_over_udp_without_all_glue_is_a_reason_for_a_second_one() {
    let mut seen = right();
    all_referrals(&mut seen, |referral| (referral.glue, referral.is_whole) = (Vec::new(), false));
    assert_eq!(found(&seen), []);
    seen.is_confirmed = false;
    assert!(is_in_doubt(&zone(), &seen));
    assert!(!is_in_doubt(&zone(), &right()));
}
