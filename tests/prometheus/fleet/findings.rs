//! A fault for each finding that has an alert, without those about signatures and catalogs.

use std::path::Path;
use std::time::Duration;

use zoneprobe::clock;
use zoneprobe::digest::HashKey;
use zoneprobe::dns::Serial;
use zoneprobe::judge::History;
use zoneprobe::judge::history::{AddressHistory, SeenSerial, Version};
use zoneprobe::store::Store;

use super::verdicts::publish;
use super::{Fault, STATE, server};
use crate::delegation;
use crate::harness::tls::{Authority, Flaw, TlsFront};
use crate::harness::{Nameserver, Probe};

/// The alert on every zone of which a server gives answers that are not the primary's.
const WRONG: &str = "ZoneWrongAnswers";

pub(super) fn faults() -> Vec<Fault> {
    let faults =
        [expired(), too_long(), slower(), expiring(), refreshes_missed(), certificate(), went_back()];
    let others = [disagreeing(), shrunken(), other_delegation(), uncompared()];
    faults.into_iter().chain(others).collect()
}

fn expired() -> Fault {
    let zone = "expired.test";
    let fault = Fault::at(zone, server(zone), server(zone).servfail_expired());
    fault.raises("ZoneExpired", 1).raises("ZoneServerLame", 1).raises_at_zone(WRONG)
}

/// A lag that will heal, and that the operator does not accept.
fn too_long() -> Fault {
    let zone = "too-long.test";
    let fault = Fault::at(zone, server(zone), server(zone)).settings("max_lag: 1s").once_checked(publish);
    fault.raises("ZoneMaxLagExceeded", 1).raises_at_zone(WRONG)
}

/// A lag of five minutes, where versions arrived within a second.
fn slower() -> Fault {
    let zone = "slower.test";
    let mut fault = Fault::at(zone, Nameserver::new().zone(zone, 8), server(zone));
    fault.prepare = Some(remember_quick_arrivals);
    fault.raises("ZoneSlowerThanUsual", 1).raises_at_zone(WRONG)
}

/// The histories that a service will find.
fn store(directory: &Path) -> Store {
    Store::open(&directory.join(STATE), &HashKey([9; 16]), "zoneprobe serve").unwrap()
}

/// Writes a state in which the last version has been awaited for five minutes.
fn remember_quick_arrivals(fault: &Fault, directory: &Path) {
    let now = clock::now();
    let (before, since) = (now - Duration::from_hours(1), now - Duration::from_mins(5));
    let seen = |serial, first_seen| SeenSerial { serial: Serial(serial), first_seen };
    let version = |serial, first_seen| Version { serial: Serial(serial), first_seen, copy: None };
    let address = |serials| AddressHistory {
        serials,
        last_checked: Some(now),
        last_response: Some(now),
        ..AddressHistory::default()
    };
    let primary = address(vec![seen(7, before), seen(8, since)]);
    let secondary = AddressHistory {
        lagging_since: Some(since),
        out_of_sync_since: Some(since),
        latencies: vec![1000; 5],
        arrivals: 5,
        ..address(vec![seen(7, before)])
    };
    let ids = [0, 1].map(|index: usize| fault.servers[index].address().to_string());
    let history = History {
        versions: vec![version(7, before), version(8, since)],
        addresses: ids.into_iter().zip([primary, secondary]).collect(),
        publications: 6,
        ..History::default()
    };
    let store = store(directory);
    store.save(&fault.zones[0].parse().unwrap(), &history);
    store.flush();
}

/// A copy of which less than a quarter of its time is left.
fn expiring() -> Fault {
    let zone = "expiring.test";
    Fault::at(zone, server(zone), server(zone).expire(100_000)).raises("ZoneExpiresSoon", 1)
}

/// A copy that was not refreshed for a day, and will not expire soon.
fn refreshes_missed() -> Fault {
    let zone = "refresh.test";
    Fault::at(zone, server(zone), server(zone).expire(604_800 - 86_400)).raises("ZoneRefreshMissed", 1)
}

fn certificate() -> Fault {
    let zone = "certificate.test";
    let mut fault = Fault::at(zone, server(zone), server(zone));
    let authority = Authority::new();
    let certificate = authority.issue(&["127.0.0.1"], Flaw::ExpiresSoon);
    let front = TlsFront::new(&certificate).start(Some(fault.servers[1].address()));
    fault.tls = Some((authority, front));
    fault.raises("ZoneTlsCertificateExpiresSoon", 1)
}

/// A primary that was restored from a backup.
fn went_back() -> Fault {
    let zone = "went-back.test";
    let fault = Fault::at(zone, server(zone), server(zone)).once_checked(|servers| servers[0].set_serial(5));
    fault.raises_at_zone("ZoneSerialWentBack").raises("ZoneAhead", 1).raises_at_zone(WRONG)
}

/// Two primaries with other records at the same serial.
fn disagreeing() -> Fault {
    let zone = "disagreeing.test";
    let mut fault = Fault::at(zone, server(zone), server(zone).replace("www 300 A 192.0.2.99"));
    fault.primaries = 2;
    fault.raises_at_zone("ZonePrimariesDisagree").raises("ZoneDiverged", 1).raises_at_zone(WRONG)
}

/// A new version with a tenth of the RRsets, since an earlier check. The next check says nothing of it any more.
fn shrunken() -> Fault {
    let zone = "shrunken.test";
    let large = || server(zone).hosts(100);
    let mut fault = Fault::at(zone, large(), large()).settings("interval: 5m");
    fault.prepare = Some(remember_more_records);
    fault.raises_at_zone("ZoneReferenceShrank")
}

/// Checks the zone, lets that be an hour ago, and publishes a version with fewer records.
fn remember_more_records(fault: &Fault, directory: &Path) {
    let [primary, secondary] = &fault.servers[..] else { unreachable!("it has two servers") };
    let probe = Probe::check(&fault.zones[0]).primary(primary).secondary(secondary);
    probe.args(["--state", directory.join(STATE).to_str().unwrap()]).ok();
    let (store, zone) = (store(directory), fault.zones[0].parse().unwrap());
    let mut history = store.history(&zone);
    for comparison in history.addresses.values_mut().filter_map(|address| address.last_comparison.as_mut()) {
        comparison.at -= Duration::from_hours(1);
    }
    store.save(&zone, &history);
    store.flush();
    for server in [primary, secondary] {
        let names = (0..90).map(|number| format!("h{number} A"));
        server.edit(|zone| names.fold(zone, |zone, host| zone.without(&host).unwrap()).with_serial(8));
    }
}

/// Glue at the parent with another address.
fn other_delegation() -> Fault {
    let parent = delegation::parent(&delegation::PARENT.replace("127.0.0.1", "127.0.0.9")).start();
    let mut fault = Fault::at(delegation::ZONE, delegation::child(), delegation::child());
    fault = fault.settings(&format!("parent: [\"{}\"]", parent.address()));
    fault.others.push(parent);
    fault.raises_at_zone("ZoneDelegationDiffers")
}

/// A zone whose records no server gives.
fn uncompared() -> Fault {
    let zone = "uncompared.test";
    let refusing = || server(zone).transfer_refused();
    let mut fault = Fault::at(zone, refusing(), refusing()).settings("by: transfer");
    fault.alerts.push(["ZonesUncompared", "", ""].map(str::to_owned));
    fault
}
