//! Zones that are signed with NSEC, of which no server gives a transfer: the reference is walked from name to name.

use std::fs;

use super::dnssec::{ALL, Denial, sign, signed, unsigned_zone, unsigned_zone_of};
use super::every_software;
use super::zones::{ZONE, zone};
use crate::harness::daemon::{self, Daemon, DaemonSetup, Kind, ServedZone};
use crate::harness::{Outcome, Probe};

every_software! {
    a_signed_zone_without_transfers_is_compared_whole
    a_stale_record_of_a_signed_zone_without_transfers_is_named
    names_of_any_kind_are_walked
}

/// Names that end where the next begins, and what a walk stumbles over: delegations side by side with glue of each
/// other, aliases with names below them, wildcards.
const ODD_RECORDS: &str = "0first A 192.0.2.1\n*.a CNAME www\nx.a TXT \"beside a wildcard\"\n\
    alias CNAME www\nbelow.alias A 192.0.2.2\nb.c.d.e.f A 192.0.2.3\n\
    sub NS ns.sub\nns.sub A 192.0.2.4\nsub-2 NS ns.sub-2\nsub-2 NS ns.sub\nns.sub-2 AAAA 2001:db8::4\n\
    sub-2 DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n\
    subs A 192.0.2.5\nWWW A 192.0.2.6\nwww A 192.0.2.7\n*.alias2 TXT \"wild\"\nalias2 CNAME elsewhere.test.\n\
    zz NS ns.elsewhere.test.\n";

/// What YADIFA does not load.
const ODDER_RECORDS: &str = "a\\.b TXT \"a dot within a label\"\na\\032b TXT \"a space\"\n\
    old DNAME new.example.test.\nold A 192.0.2.8\n";

fn a_signed_zone_without_transfers_is_compared_whole(reference: Kind) {
    let text = signed(Denial::Nsec);
    assert_whole(&check(reference.primary(ZONE, &*text), ALL.map(|kind| kind.primary(ZONE, &*text)), &[]));
}

fn a_stale_record_of_a_signed_zone_without_transfers_is_named(reference: Kind) {
    let directory = unsigned_zone();
    let good = sign(directory.path(), Denial::Nsec, &[]);
    let stale = good.replace("192.0.2.4", "192.0.2.44");
    assert_ne!(good, stale);
    let outcome = check(reference.primary(ZONE, &*good), [reference.other().primary(ZONE, &*stale)], &[]);

    assert_eq!(outcome.code(), 2, "{}", outcome.transcript());
    assert_eq!(outcome.verdict("ns1"), "diverged");
    let expected = super::differences(&[("ns.child.example.test.", "A", "changed")]);
    assert_eq!(outcome.differences("ns1"), expected, "{}", outcome.transcript());
}

fn names_of_any_kind_are_walked(reference: Kind) {
    let (records, others) = match reference {
        Kind::Yadifa => (ODD_RECORDS.to_owned(), &ALL[..]),
        _ => (ODD_RECORDS.to_owned() + ODDER_RECORDS, &ALL[..4]),
    };
    let label = "x".repeat(63);
    let records = format!("{records}{label} A 192.0.2.9\n{label}.{label} A 192.0.2.10\n");
    let text = sign(unsigned_zone_of(&records).path(), Denial::Nsec, &[]);
    let others: Vec<_> = others.iter().map(|kind| kind.primary(ZONE, &*text)).collect();
    assert_whole(&check(reference.primary(ZONE, &*text), others, &[]));
}

/// The NS RRset of the delegation is that of the zone below on such a server.
#[test]
fn a_zone_below_on_the_same_server_is_no_part_of_the_zone() {
    let text = signed(Denial::Nsec);
    let child = "$ORIGIN child.example.test.\n$TTL 60\n@ SOA ns root 1 2 3 4 5\n@ NS ns\nns A 192.0.2.9\n\
                 www A 192.0.2.9\n";
    let files = daemon::directory();
    let served = [(ZONE, text.as_str()), ("child.example.test", child)].map(|(zone, text)| {
        let path = files.path().join(zone);
        fs::write(&path, text).unwrap();
        ServedZone { zone: zone.to_owned(), path }
    });
    for kind in [Kind::Bind, Kind::Nsd, Kind::Knot, Kind::Pdns] {
        let others = [Kind::Bind, Kind::Nsd].map(|kind| kind.primary(ZONE, &*text));
        let named = ["--name", "www.child.example.test", "--name", "no.example.test"];
        assert_whole(&check(kind.primary_of(&served), others, &named));
    }
}

/// Their keys differ, and nothing else.
#[test]
fn a_server_that_makes_denials_for_each_query_is_asked_for_what_is_known() {
    for kind in [Kind::Knot, Kind::Pdns] {
        let server = || kind.primary(ZONE, zone(7, "www A 192.0.2.1\n")).signing_responses();
        let outcome = check(server(), [server()], &["--dnssec", "ignore"]);

        assert_eq!(outcome.verdict("ns1"), "in_sync", "{kind:?}: {}", outcome.transcript());
        assert_eq!(outcome.zone()["compared"], "sampled", "{kind:?}: {}", outcome.transcript());
        assert!(outcome.server("ns0")["copy"]["askable"].is_null(), "{kind:?}: {}", outcome.transcript());
    }
}

/// Asserts that all servers were asked for all RRsets that queries can see, and gave the right ones.
#[track_caller]
fn assert_whole(outcome: &Outcome) {
    assert_eq!(outcome.code(), 0, "{}", outcome.transcript());
    let zone = outcome.zone();
    assert_eq!(zone["compared"], "records", "{}", outcome.transcript());
    for server in zone["servers"].as_array().unwrap() {
        assert_eq!(server["verdict"], "in_sync", "{}", outcome.transcript());
        let copy = &server["copy"];
        assert_eq!(copy["method"], "queries", "{}", outcome.transcript());
        assert!(copy["asked"].as_u64() > Some(10), "{}", outcome.transcript());
        assert_eq!(copy["asked"], copy["askable"], "{}", outcome.transcript());
    }
}

#[track_caller]
fn check(
    reference: DaemonSetup,
    others: impl IntoIterator<Item = DaemonSetup>,
    arguments: &[&str],
) -> Outcome {
    let mut reference = reference.refusing_transfers().spawn();
    let mut others: Vec<_> = others.into_iter().map(|other| other.refusing_transfers().spawn()).collect();
    reference.await_zones();
    others.iter_mut().for_each(Daemon::await_zones);
    let probe = Probe::check(ZONE).primary_at("ns0", reference.address()).args(arguments.iter().copied());
    let servers = (1..).zip(&others);
    servers
        .fold(probe, |probe, (index, other)| probe.secondary_at(&format!("ns{index}"), other.address()))
        .run()
}
