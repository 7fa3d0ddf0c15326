//! Catalog zones (RFC 9432): the zones that a catalog lists are checked, and the catalog itself.

mod command;
mod findings;
mod reading;
mod serve;

use std::fmt::Write as _;

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::REFUSED;
use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Action, ResponseBuilder};

use crate::harness::{Nameserver, Outcome};

const CATALOG: &str = "catalog.test";

/// A catalog as Knot makes it, with these lines below its version.
pub(crate) fn catalog(serial: u32, lines: &str) -> String {
    let mut text =
        format!("@ 0 IN SOA invalid. invalid. {serial} 3600 600 2147483646 0\n@ 0 IN NS invalid.\n");
    for line in lines.lines() {
        let (owner, rest) = line.trim().split_once(' ').unwrap();
        let _ = writeln!(text, "{owner} 0 IN {rest}");
    }
    text
}

/// A server with a catalog of version 2.
pub(crate) fn serving(serial: u32, lines: &str) -> Nameserver {
    Nameserver::new().any_zone(CATALOG, &catalog(serial, &format!("version TXT 2\n{lines}")))
}

/// The same server, which answers queries for the catalog over TCP alone, as Knot does.
fn over_tcp_alone(server: Nameserver) -> Nameserver {
    server.handler(|asked| {
        let query = asked.query.as_ref()?;
        let is_refused = asked.transport == Transport::Udp && query.qname.to_string() == "catalog.test.";
        is_refused.then(|| vec![Action::Send(ResponseBuilder::new(query).rcode(REFUSED).into_message())])
    })
}

/// The zones of a report, in its order.
fn zones(outcome: &Outcome) -> Vec<String> {
    let report = outcome.json();
    let zones = report["zones"].as_array().unwrap();
    zones.iter().map(|zone| zone["zone"].as_str().unwrap().to_owned()).collect()
}

/// Whether a server was asked for anything else than SOA records and transfers.
fn is_asked_for_more(queries: &[String]) -> bool {
    let harmless = [Rtype::SOA, Rtype::AXFR].map(|rtype| rtype.to_string());
    !queries.iter().all(|query| harmless.iter().any(|rtype| query.contains(rtype)))
}
