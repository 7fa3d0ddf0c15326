//! What real secondaries log is what `explain` says that they log.

use std::net::SocketAddr;

use zoneprobe::advice::logs::{
    LogCause, OF_NOTIFY, PORT_CLOSED, PRIMARY_SILENT, TRANSFER_CUT, TRANSFER_REFUSED, TSIG_DIFFERS,
};

use super::Pair;
use super::zones::{ZONE, zone};
use crate::harness::Probe;
use crate::harness::daemon::port::unused_address;
use crate::harness::daemon::{Daemon, Kind};

/// The software whose lines are listed.
const LISTED: [(Kind, &str); 4] =
    [(Kind::Bind, "BIND"), (Kind::Nsd, "NSD"), (Kind::Knot, "Knot"), (Kind::Pdns, "PowerDNS")];

/// Waits until a server has logged each line that is listed for its software.
fn await_lines(server: &Daemon, cause: &LogCause, address: SocketAddr) {
    let (_, software) = LISTED.into_iter().find(|(kind, _)| *kind == server.kind()).unwrap();
    let lines: Vec<_> = cause.lines.iter().filter(|line| line.software == software).collect();
    assert!(!lines.is_empty(), "{software}: {cause:?}");
    for line in lines {
        let separator = match server.kind() {
            Kind::Bind => '#',
            Kind::Nsd | Kind::Knot => '@',
            Kind::Pdns | Kind::Yadifa => ':',
        };
        // The port of a client is any.
        let port = Some(address.port()).filter(|port| *port != 0).map(|port| port.to_string());
        let address = format!("{}{separator}{}", address.ip(), port.unwrap_or_default());
        let text = line.text.replace("ZONE", ZONE).replace("ADDRESS", address.trim_end_matches(separator));
        server.await_log_line(&text, |logged| has_parts(logged, &text));
    }
}

/// Whether a line has all parts of a text, which stand between `...`, in order.
fn has_parts(line: &str, text: &str) -> bool {
    let mut rest = line;
    text.split("...").all(|part| {
        let behind = rest.split_once(part).map(|(_, behind)| behind);
        rest = behind.unwrap_or_default();
        behind.is_some()
    })
}

#[test]
fn a_transfer_that_is_refused() {
    for (kind, _) in LISTED {
        let mut pair = Pair::start(kind.other(), kind, &zone(1, ""));
        pair.publish_refusing_transfers(&zone(2, ""));
        pair.secondary.notify();
        await_lines(&pair.secondary, &TRANSFER_REFUSED, pair.primary.address());
    }
}

#[test]
fn a_primary_whose_port_is_closed() {
    for (kind, cause) in [
        (Kind::Bind, PORT_CLOSED),
        (Kind::Nsd, PORT_CLOSED),
        // They do not tell it from other causes.
        (Kind::Knot, TRANSFER_CUT),
        (Kind::Pdns, PRIMARY_SILENT),
    ] {
        let primary = unused_address();
        let secondary = kind.secondary(ZONE, primary).start_without_zone();
        secondary.notify();
        await_lines(&secondary, &cause, primary);
    }
}

#[test]
fn a_key_whose_secret_differs() {
    let [right, wrong] =
        ["YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBvY3RldHMhISE=", "YW5vdGhlciBzZWNyZXQgb2YgdGhpcnR5LXR3byEhISE="];
    for (kind, _) in LISTED {
        let primary =
            kind.other().primary(ZONE, zone(1, "")).key("probe", "hmac-sha256", right).requiring_key();
        let primary = primary.start();
        let secondary = kind.secondary(ZONE, primary.address()).primary_key("probe", "hmac-sha256", wrong);
        let secondary = secondary.start_without_zone();
        secondary.notify();
        await_lines(&secondary, &TSIG_DIFFERS, primary.address());
    }
}

#[test]
fn a_notify_that_is_refused() {
    let [cause] = OF_NOTIFY else { panic!("{OF_NOTIFY:?}") };
    for (kind, _) in LISTED {
        let mut pair = Pair::start(kind.other(), kind, &zone(1, ""));
        pair.primary.restart(|setup| setup.zone_text(zone(2, "")));
        let server = format!("ns1={},source=127.0.0.3", pair.secondary.address());
        let probe = Probe::notify(ZONE).primary_at("ns0", pair.primary.address());
        probe.args(["-s", &server]).warning();
        await_lines(&pair.secondary, cause, "127.0.0.3:0".parse().unwrap());
    }
}
