//! `notify` at real secondaries: those that take it have the zone soon, and those that refuse it are named.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::zones::{ZONE, zone};
use super::{Pair, every_software};
use crate::harness::Probe;
use crate::harness::daemon::Kind;

/// An address of this host from which no server takes NOTIFY unless it is told to.
const STRANGER: &str = "127.0.0.3";

every_software! {
    a_secondary_that_lags_has_the_zone_soon
    a_stranger_is_refused_until_it_is_allowed
}

fn lagging_pair(secondary: Kind) -> Pair {
    let mut pair = Pair::start(secondary.other(), secondary, &zone(1, ""));
    pair.primary.restart(|setup| setup.zone_text(zone(2, "")));
    pair
}

fn notify(primary: SocketAddr) -> Probe<'static> {
    Probe::notify(ZONE).primary_at("ns0", primary).args(["--wait", "60s"])
}

/// Names a secondary that is asked and notified from the stranger's address.
fn from_stranger(probe: Probe<'static>, name: &str, address: SocketAddr) -> Probe<'static> {
    probe.arg("--secondary").arg(format!("{name}={address},source={STRANGER}"))
}

fn a_secondary_that_lags_has_the_zone_soon(secondary: Kind) {
    let pair = lagging_pair(secondary);
    assert_eq!(pair.secondary.serial(), 1);
    let started = Instant::now();
    let outcome = notify(pair.primary.address()).secondary_at("ns1", pair.secondary.address()).ok();
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.findings("ns1"), ["notify_taken"], "{}", outcome.transcript());
    assert_eq!(pair.secondary.serial(), 2);
}

fn a_stranger_is_refused_until_it_is_allowed(secondary: Kind) {
    let mut pair = lagging_pair(secondary);
    let (primary, address) = (pair.primary.address(), pair.secondary.address());
    let rcode = match secondary {
        Kind::Bind | Kind::Nsd | Kind::Pdns => "REFUSED",
        Kind::Knot => "NOTAUTH",
        // The tests let it take NOTIFY from all.
        Kind::Yadifa => return,
    };
    let outcome = from_stranger(notify(primary), "ns1", address).warning();
    let refused = outcome.server("ns1")["findings"][1].clone();
    assert_eq!(refused["code"], "notify_refused", "{}", outcome.transcript());
    let message = refused["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("it refused the NOTIFY ({rcode})")), "{message}");
    assert!(
        refused["advice"].as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains(STRANGER))
    );
    assert_eq!(pair.secondary.serial(), 1);
    // As the advice says.
    pair.secondary.restart(|setup| setup.notified_from(STRANGER));
    pair.secondary.await_serial(2);
    pair.primary.restart(|setup| setup.zone_text(zone(3, "")));
    let outcome = from_stranger(notify(primary), "ns1", address).ok();
    assert_eq!(outcome.findings("ns1"), ["notify_taken"], "{}", outcome.transcript());
    assert_eq!(pair.secondary.serial(), 3);
}

#[test]
fn willing_secondaries_are_current_and_the_one_that_refuses_is_named() {
    let mut primary = Kind::Bind.primary(ZONE, zone(1, "")).start();
    let secondary = |kind: Kind| kind.secondary(ZONE, primary.address()).start();
    let willing = [Kind::Bind, Kind::Nsd, Kind::Knot].map(secondary);
    let refusing = secondary(Kind::Nsd);
    primary.restart(|setup| setup.zone_text(zone(2, "")));
    let names = ["ns1", "ns2", "ns3"];
    let probe = willing
        .iter()
        .zip(names)
        .fold(notify(primary.address()), |probe, (server, name)| probe.secondary_at(name, server.address()));
    let started = Instant::now();
    let outcome = from_stranger(probe, "ns4", refusing.address()).warning();
    // The one that refuses is not waited for.
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    for name in names {
        assert_eq!(outcome.verdict(name), "in_sync", "{}", outcome.transcript());
        assert_eq!(outcome.findings(name), ["notify_taken"]);
    }
    assert_eq!(outcome.findings("ns4"), ["propagating", "notify_refused"]);
    assert!(outcome.stderr().contains(" refused the NOTIFY (REFUSED)\n"), "{}", outcome.stderr());
}
