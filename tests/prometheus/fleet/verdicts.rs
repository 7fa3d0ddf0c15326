//! A fault for each verdict that has an alert.

use zoneprobe::dns::Rtype;
use zoneprobe::testserver::{Action, Authority, Zone};

use super::{Fault, server};
use crate::harness::{Nameserver, RunningNameserver};

pub(super) fn faults() -> Vec<Fault> {
    vec![diverged(), ahead(), stuck(), incomparable(), mixed(), unreachable(), lame()]
}

/// A record that was changed without a new serial, in two zones; the name of one is no part of a URL as it is.
fn diverged() -> Fault {
    let (zone, other) = ("diverged.test", "0/25.2.0.192.test");
    let changed = "www 300 A 192.0.2.99";
    let secondary = server(zone).replace(changed).zone(other, 7).replace(changed);
    let fault = Fault::at(zone, server(zone).zone(other, 7), secondary).and(other);
    fault.raises("ZoneDiverged", 1).raises_at_zone("ZoneWrongAnswers")
}

fn ahead() -> Fault {
    let zone = "ahead.test";
    let fault = Fault::at(zone, server(zone), Nameserver::new().zone(zone, 9));
    fault.raises("ZoneAhead", 1).raises_at_zone("ZoneWrongAnswers")
}

/// A secondary that takes no new version, in a zone whose versions arrive within a second.
fn stuck() -> Fault {
    let zone = "stuck.test";
    let fault = Fault::at(zone, server(zone), server(zone)).settings("grace: 1s").once_checked(publish);
    fault.raises("ZoneStuck", 1).raises_at_zone("ZoneWrongAnswers")
}

/// A secondary whose serial is half of all serials away.
fn incomparable() -> Fault {
    let zone = "incomparable.test";
    let fault = Fault::at(zone, server(zone), Nameserver::new().zone(zone, 7 + (1 << 31)));
    fault.raises("ZoneIncomparable", 1).raises_at_zone("ZoneWrongAnswers")
}

/// An address behind which two servers answer by turns.
fn mixed() -> Fault {
    let zone = "mixed.test";
    let other = Zone::parse(zone, "@ 60 IN SOA ns0 host 6 3600 600 86400 60\n@ 60 IN NS ns0").unwrap();
    let other = Authority { zones: vec![other], ..Authority::default() };
    let secondary = server(zone).handler(move |asked| {
        let is_other = asked.nth % 2 == 1 && asked.query.as_ref()?.qtype == Rtype::SOA;
        let messages = is_other.then(|| other.respond(&asked.message, asked.transport))?;
        Some(messages.into_iter().map(Action::Send).collect())
    });
    let fault = Fault::at(zone, server(zone), secondary).settings("samples: 6");
    fault.raises("ZoneMixed", 1)
}

/// A server that answers nothing, for two zones.
fn unreachable() -> Fault {
    let (zone, other) = ("unreachable.test", "unreachable-too.test");
    let both = || Nameserver::new().zone(zone, 7).zone(other, 7);
    let fault = Fault::at(zone, both(), both().silent().tcp_closed()).and(other);
    let fault = fault.raises("ZoneServerUnreachable", 1).raises_at_zone("ZoneWrongAnswers");
    fault.raises_at_server("ServerUnreachable", 1)
}

/// A server that refuses all queries, for two zones.
fn lame() -> Fault {
    let (zone, other) = ("lame.test", "lame-too.test");
    let both = || Nameserver::new().zone(zone, 7).zone(other, 7);
    let fault = Fault::at(zone, both(), both().refusing()).and(other);
    let fault = fault.raises("ZoneServerLame", 1).raises_at_zone("ZoneWrongAnswers");
    fault.raises_at_server("ServerLame", 1)
}

/// Publishes a new version at the primary alone.
pub(super) fn publish(servers: &[RunningNameserver]) {
    servers[0].set_serial(8);
}
