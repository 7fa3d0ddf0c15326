//! Records that are read by queries, at scripted servers: what they answer, how much they are asked, and when.

mod aging;
mod answers;
mod cover;
mod over_time;
mod reference;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zoneprobe::dns::message::REFUSED;
use zoneprobe::testserver::{Action, Query, ResponseBuilder};

use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

const ZONE: &str = "example.test";

fn server() -> Nameserver {
    Nameserver::new().zone(ZONE, 7)
}

fn check<'n>(primary: &'n RunningNameserver, secondary: &'n RunningNameserver) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).secondary(secondary)
}

/// Refuses transfers as long as the switch is on.
fn refusing_while(server: Nameserver, switch: &Arc<AtomicBool>) -> Nameserver {
    let switch = Arc::clone(switch);
    server.handler(move |asked| {
        let query = asked.query.as_ref().filter(|it| it.is_transfer() && switch.load(Ordering::SeqCst))?;
        Some(vec![Action::Send(ResponseBuilder::new(query).rcode(REFUSED).into_message())])
    })
}

/// Answers one question otherwise than by its zone; the answer is made of the query and its number, from 0.
fn answering(
    server: Nameserver,
    (name, rtype): (&str, u16),
    answer: impl Fn(&Query, usize) -> ResponseBuilder + Send + Sync + 'static,
) -> Nameserver {
    let name: zoneprobe::dns::Name = format!("{name}.{ZONE}").parse().unwrap();
    let count = std::sync::atomic::AtomicUsize::new(0);
    server.handler(move |asked| {
        let query = asked.query.as_ref().filter(|it| it.qname == name && it.qtype.0 == rtype)?;
        let number = count.fetch_add(1, Ordering::SeqCst);
        Some(vec![Action::Send(answer(query, number).into_message())])
    })
}

/// Asserts that a server was asked for all RRsets that queries can see.
#[track_caller]
fn assert_asked_whole(outcome: &Outcome, server: &str) {
    let report = outcome.server(server);
    assert_eq!(report["compared"], "records", "{server}: {}", outcome.transcript());
    let copy = &report["copy"];
    assert_eq!(copy["method"], "queries", "{server}: {}", outcome.transcript());
    assert_eq!(copy["coverage"], "asked", "{server}: {}", outcome.transcript());
    assert_eq!(copy["asked"], copy["askable"], "{server}: {}", outcome.transcript());
}

/// A difference, as owner, type and kind.
fn difference(owner: &str, rtype: &str, kind: &str) -> (String, String, String) {
    (format!("{owner}.{ZONE}."), rtype.to_owned(), kind.to_owned())
}
