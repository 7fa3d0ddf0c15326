//! Records that one server has wrong, each software in its turn.

use super::super::{differences, every_software};
use super::{ALL, Servers, ZONE, assert_asked_whole, assert_right, large_rrset, name, zone};
use crate::harness::daemon::Kind;

every_software! {
    what_one_server_has_wrong_is_named_there_and_nothing_elsewhere
    a_server_with_another_record_in_every_way_is_not_accused_of_more
}

/// The records that all servers have.
const KEPT: &str = "www A 192.0.2.1\nwww A 192.0.2.2\nwww AAAA 2001:db8::1\nalias CNAME www\n\
                    away CNAME www.example.com.\n*.any TXT \"for everybody\"\n*.any MX 10 mail\n\
                    far.down.the.tree A 192.0.2.7\nmail A 192.0.2.25\nfew A 192.0.2.4\n\
                    kept NS ns.kept\nns.kept A 192.0.2.8\nns.kept AAAA 2001:db8::8\nwild A 192.0.2.9\n";

/// The records of the primary, and of every server but one.
const RIGHT: &str = "stale A 192.0.2.3\nfew TXT \"a second RRset\"\nlost A 192.0.2.5\nslow 3600 A 192.0.2.6\n\
                     moved CNAME www\nglued NS ns.glued\nns.glued A 192.0.2.10\nsub NS ns0\nsub NS ns1\n\
                     secure NS ns0\nsecure DS 12345 13 2 \
                     0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n\
                     *.wild TXT \"any\"\nlast.ent A 192.0.2.11\ncut NS ns1\nmx MX 10 mail\n";

/// The records that one server has in their place.
const WRONG: &str = "stale A 192.0.2.33\nslow 300 A 192.0.2.6\nmoved CNAME mail\nglued NS ns.glued\n\
                     ns.glued A 192.0.2.100\nsub NS ns0\nsecure NS ns0\nsecure DS 12345 13 2 \
                     1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nmx MX 20 mail\n\
                     added A 192.0.2.12\nwww TXT \"added\"\nmail TXT \"nobody asks for it\"\n";

/// What is wrong there. It has no names below `ent` any more, so that `ent` does not exist.
const DIFFERENCES: [(&str, &str, &str); 16] = [
    ("stale.example.test.", "A", "changed"),
    ("few.example.test.", "TXT", "missing"),
    ("lost.example.test.", "A", "missing"),
    ("slow.example.test.", "A", "ttl"),
    ("moved.example.test.", "CNAME", "changed"),
    ("ns.glued.example.test.", "A", "changed"),
    ("sub.example.test.", "NS", "changed"),
    ("secure.example.test.", "DS", "changed"),
    ("*.wild.example.test.", "TXT", "missing"),
    ("last.ent.example.test.", "A", "missing"),
    ("ent.example.test.", "A", "answer"),
    ("cut.example.test.", "NS", "missing"),
    ("mx.example.test.", "MX", "changed"),
    ("large.example.test.", "TXT", "changed"),
    ("added.example.test.", "A", "answer"),
    ("www.example.test.", "TXT", "extra"),
];

fn what_one_server_has_wrong_is_named_there_and_nothing_elsewhere(wrong: Kind) {
    let right = zone(7, &format!("{KEPT}{RIGHT}{}", large_rrset('x')));
    let text = |kind| {
        if kind == wrong { zone(7, &format!("{KEPT}{WRONG}{}", large_rrset('y'))) } else { right.clone() }
    };
    let servers = Servers::start(Kind::Bind.primary(ZONE, right.clone()), text);

    let outcome = servers
        .check()
        .args([
            "--name",
            "added.example.test",
            "--name",
            "www.example.test",
            "--name",
            "nowhere.example.test/MX",
        ])
        .critical();

    assert_eq!(outcome.verdict("ns0"), "in_sync", "{}", outcome.transcript());
    for kind in ALL.into_iter().filter(|&kind| kind != wrong) {
        assert_right(&outcome, name(kind));
    }
    let server = name(wrong);
    assert_eq!(outcome.verdict(server), "diverged", "{}", outcome.transcript());
    assert_asked_whole(&outcome, server);
    assert_eq!(outcome.differences(server), differences(&DIFFERENCES), "{}", outcome.transcript());
    let report = outcome.server(server);
    let differing = |owner: &str| {
        let rrsets = report["differences"]["rrsets"].as_array().unwrap();
        rrsets.iter().find(|rrset| rrset["owner"] == owner).cloned().unwrap_or_default()
    };
    assert_eq!(differing("stale.example.test.")["reference"]["rdata"], serde_json::json!(["192.0.2.3"]));
    assert_eq!(differing("stale.example.test.")["found"]["rdata"], serde_json::json!(["192.0.2.33"]));
    assert_eq!(differing("ent.example.test.")["found"]["rcode"], "NXDOMAIN");
    assert!(outcome.findings(server).contains(&"transfer_refused".to_owned()), "{report:#}");
}

/// Other contents of every kind on the primary's side: what is missing here is new there.
fn a_server_with_another_record_in_every_way_is_not_accused_of_more(wrong: Kind) {
    let old = "www A 192.0.2.1\na.b.c A 192.0.2.2\nname A 192.0.2.3\nalias CNAME www\nhost A 192.0.2.4\n";
    let new = "www A 192.0.2.1\nname CNAME www\nalias A 192.0.2.5\nhost NS ns.host\nns.host A 192.0.2.6\n\
               *.c A 192.0.2.7\n";
    let servers = Servers::start(Kind::Nsd.primary(ZONE, zone(7, new)), |kind| {
        zone(7, if kind == wrong { old } else { new })
    });

    let outcome = servers.check().critical();

    for kind in ALL.into_iter().filter(|&kind| kind != wrong) {
        assert_right(&outcome, name(kind));
    }
    assert_eq!(outcome.verdict(name(wrong)), "diverged", "{}", outcome.transcript());
    let mut found = outcome.differences(name(wrong));
    // Of another sort, or missing: what is there in its place is another type.
    for (_, _, kind) in &mut found {
        assert!(["answer", "missing"].contains(&kind.as_str()), "{}", outcome.transcript());
        kind.clear();
    }
    let expected = [
        ("name.example.test.", "CNAME", ""),
        ("alias.example.test.", "A", ""),
        ("host.example.test.", "NS", ""),
        ("ns.host.example.test.", "A", ""),
        ("*.c.example.test.", "A", ""),
    ];
    let host = outcome.transcript().to_owned();
    found.dedup();
    // The glue belongs to the referral: it may be named with it or not.
    let without_glue = |all: Vec<(String, String, String)>| -> Vec<_> {
        all.into_iter().filter(|(owner, ..)| !owner.starts_with("ns.host")).collect()
    };
    assert_eq!(without_glue(found), without_glue(differences(&expected)), "{host}");
}
