//! Signed zones.

use super::super::dnssec::{Denial, chain_ttl, signed};
use super::super::{differences, every_software};
use super::{ALL, Servers, ZONE, assert_asked_whole, assert_right, name};
use crate::harness::daemon::Kind;

#[test]
fn a_zone_signed_with_nsec_is_in_sync_on_all_software() {
    let text = signed(Denial::Nsec);
    let servers = Servers::start(Kind::Nsd.primary(ZONE, text.clone()), |_| text.clone());

    for mode in ["meaning", "bytes", "ignore"] {
        let outcome = servers.check().args(["--dnssec", mode]).ok();

        for kind in ALL {
            assert_right(&outcome, name(kind));
        }
    }
}

#[test]
fn a_zone_signed_with_nsec3_is_in_sync_on_all_software() {
    let text = signed(Denial::Nsec3);
    let servers = Servers::start(Kind::Nsd.primary(ZONE, text.clone()), |_| text.clone());

    let outcome = servers.check().args(["--fail-on", "critical"]).ok();

    for kind in ALL {
        // PowerDNS makes the record itself, with a TTL of its own, which its signature gets too.
        let other = [("example.test.", "NSEC3PARAM", "ttl"), ("example.test.", "RRSIG", "ttl")];
        let expected: &[_] = if chain_ttl(kind, 0) == 0 { &[] } else { &other };
        assert_eq!(outcome.verdict(name(kind)), "in_sync", "{}", outcome.transcript());
        assert_eq!(outcome.differences(name(kind)), differences(expected), "{}", outcome.transcript());
        assert_asked_whole(&outcome, name(kind));
    }
}

every_software! {
    a_stale_record_of_a_signed_zone_is_named
}

fn a_stale_record_of_a_signed_zone_is_named(wrong: Kind) {
    let right = signed(Denial::Nsec);
    let stale = right.replace("192.0.2.1\n", "192.0.2.111\n");
    assert_ne!(stale, right);
    let text = |kind| if kind == wrong { stale.clone() } else { right.clone() };
    let servers = Servers::start(Kind::Knot.primary(ZONE, right.clone()), text);

    let outcome = servers.check().critical();

    for kind in ALL.into_iter().filter(|&kind| kind != wrong) {
        assert_right(&outcome, name(kind));
    }
    assert_eq!(outcome.verdict(name(wrong)), "diverged", "{}", outcome.transcript());
    let expected = differences(&[("www.example.test.", "A", "changed")]);
    assert_eq!(outcome.differences(name(wrong)), expected, "{}", outcome.transcript());
}

#[test]
fn a_missing_signature_is_named() {
    let right = signed(Denial::Nsec);
    let is_kept = |line: &&str| !(line.starts_with("www.") && line.contains("RRSIG\tA "));
    let stripped: String = right.split_inclusive('\n').filter(is_kept).collect();
    assert!(stripped.len() < right.len(), "the signer writes one record a line\n{right}");
    let text = |kind| if kind == Kind::Bind { stripped.clone() } else { right.clone() };
    let servers = Servers::start(Kind::Knot.primary(ZONE, right.clone()), text);

    let outcome = servers.check().critical();

    for kind in ALL.into_iter().filter(|&kind| kind != Kind::Bind) {
        assert_right(&outcome, name(kind));
    }
    assert_eq!(outcome.verdict("bind"), "diverged", "{}", outcome.transcript());
    let expected = differences(&[("www.example.test.", "RRSIG", "missing")]);
    assert_eq!(outcome.differences("bind"), expected, "{}", outcome.transcript());
}
