//! A fault for each alert on catalogs and their members.

use std::fmt::Write as _;

use zoneprobe::testserver::Zone;

use super::Fault;
use crate::catalogs::catalog;
use crate::harness::{Nameserver, RunningNameserver};

pub(super) fn faults() -> Vec<Fault> {
    vec![broken(), shrunken(), unserved(), left()]
}

/// The members of a catalog, as its lines.
fn listing(members: &[String]) -> String {
    let mut lines = "version TXT 2\n".to_owned();
    for (number, member) in members.iter().enumerate() {
        let _ = writeln!(lines, "i{number}.zones PTR {member}.");
    }
    lines
}

/// So many members with this name.
fn members(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{name}{number}.test")).collect()
}

/// A catalog with these members, on two servers.
fn fault(zone: &str, members: &[String]) -> Fault {
    let serving = || Nameserver::new().any_zone(zone, &catalog(7, &listing(members))).zones(members, 7);
    let fault = Fault { is_catalog: true, ..Fault::at(zone, serving(), serving()) };
    members.iter().fold(fault, |fault, member| fault.and(member)).settings("compare: serials")
}

/// Publishes the next version of a catalog.
fn publish(zone: &'static str, lines: String) -> impl Fn(&[RunningNameserver]) + 'static {
    move |servers| {
        for server in servers {
            server.edit(|_| Zone::parse(zone, &catalog(8, &lines)).unwrap());
        }
    }
}

/// Its next version is of another version of the format.
fn broken() -> Fault {
    let zone = "broken-catalog.test";
    let fault = fault(zone, &members("of-broken", 1)).raises_at("ZoneCatalogBroken", zone, None);
    fault.once_checked(publish(zone, "version TXT 3".to_owned()))
}

/// Its next version lacks most of its members.
fn shrunken() -> Fault {
    let zone = "shrunken-catalog.test";
    let all = members("of-shrunken", 60);
    let few = listing(&all[..5]);
    let fault = fault(zone, &all).raises_at("ZoneCatalogShrank", zone, None);
    fault.once_checked(publish(zone, few))
}

/// A member that the secondary does not serve.
fn unserved() -> Fault {
    let zone = "unserved-catalog.test";
    let listed = members("unserved", 1);
    let fault = fault(zone, &listed);
    fault.servers[1].drop_zone(&listed[0]);
    let fault = fault.raises_at("ZoneMemberNotServed", &listed[0], Some(1));
    fault.raises_at("ZoneWrongAnswers", &listed[0], None)
}

/// A member that has left, and that the servers still answer for.
fn left() -> Fault {
    let zone = "left-catalog.test";
    let all = members("left", 2);
    let lines = listing(&all[..1]);
    let fault = fault(zone, &all).once_checked(publish(zone, lines));
    fault.raises_at("ZoneNotInCatalog", &all[1], Some(0)).raises_at("ZoneNotInCatalog", &all[1], Some(1))
}
