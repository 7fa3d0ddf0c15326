//! Zones that are signed with NSEC, of which no server gives a transfer: the reference is walked from name to name.

use super::dnssec::{ALL, Denial, sign, signed, unsigned_zone};
use super::every_software;
use super::zones::{ZONE, zone};
use crate::harness::daemon::{Daemon, DaemonSetup, Kind};
use crate::harness::{Outcome, Probe};

every_software! {
    a_signed_zone_without_transfers_is_compared_whole
    a_stale_record_of_a_signed_zone_without_transfers_is_named
}

fn a_signed_zone_without_transfers_is_compared_whole(reference: Kind) {
    let text = signed(Denial::Nsec);
    let outcome = check(reference.primary(ZONE, &*text), ALL.map(|kind| kind.primary(ZONE, &*text)), &[]);

    assert_eq!(outcome.code(), 0, "{}", outcome.transcript());
    assert_eq!(outcome.zone()["compared"], "records", "{}", outcome.transcript());
    let is_whole = |name: &str| {
        let copy = &outcome.server(name)["copy"];
        assert_eq!(copy["method"], "queries", "{name}: {}", outcome.transcript());
        assert_eq!(copy["asked"], copy["askable"], "{name}: {}", outcome.transcript());
        copy["askable"].as_u64().unwrap()
    };
    let all = is_whole("ns0");
    for (index, kind) in ALL.into_iter().enumerate() {
        let name = format!("ns{}", index + 1);
        assert_eq!(outcome.verdict(&name), "in_sync", "{kind:?}: {}", outcome.transcript());
        assert!(is_whole(&name) > all - 5, "{kind:?}: {}", outcome.transcript());
    }
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

#[track_caller]
fn check<const N: usize>(reference: DaemonSetup, others: [DaemonSetup; N], arguments: &[&str]) -> Outcome {
    let mut reference = reference.refusing_transfers().spawn();
    let mut others = others.map(|other| other.refusing_transfers().spawn());
    reference.await_zones();
    others.iter_mut().for_each(Daemon::await_zones);
    let probe = Probe::check(ZONE).primary_at("ns0", reference.address()).args(arguments.iter().copied());
    let servers = others.iter().enumerate();
    servers
        .fold(probe, |probe, (index, other)| probe.secondary_at(&format!("ns{}", index + 1), other.address()))
        .run()
}
