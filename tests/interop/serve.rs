//! `serve` over real servers.

use super::zones::{ZONE, zone};
use super::{Pair, both_ways};
use crate::harness::Service;
use crate::harness::daemon::Kind;

both_ways! {
    a_secondary_whose_transfer_is_refused_is_stuck_until_it_is_allowed
}

#[test]
fn a_secondary_from_knot_to_nsd_whose_transfer_is_refused_is_stuck_until_it_is_allowed() {
    is_stuck_until_transfers_are_allowed(Pair::start(Kind::Knot, Kind::Nsd, &zone(1, "www A 192.0.2.1\n")));
}

fn a_secondary_whose_transfer_is_refused_is_stuck_until_it_is_allowed(primary: Kind) {
    is_stuck_until_transfers_are_allowed(Pair::in_sync(primary, &zone(1, "www A 192.0.2.1\n")));
}

fn is_stuck_until_transfers_are_allowed(mut pair: Pair) {
    let text = format!(
        "probe: {{interval: 1s, grace: 4s}}\nservers:\n  ns0: {{address: \"{}\", role: primary}}\n  \
         ns1: {{address: \"{}\"}}\nzones: [{ZONE}]\n",
        pair.primary.address(),
        pair.secondary.address()
    );
    let service = Service::start(&text);
    service.await_verdict(ZONE, "ns1", "in_sync");
    service.until("a comparison", || service.server(ZONE, "ns1")["compared_at"].is_string());
    let changed = zone(2, "www A 192.0.2.2\n");
    pair.publish_refusing_transfers(&changed);
    service.await_verdict(ZONE, "ns1", "stuck");
    assert_eq!(service.sample("zoneprobe_zone_in_sync", &[ZONE]), Some(0.0));
    assert_eq!(service.sample("zoneprobe_zone_finding", &["stuck"]), Some(1.0));

    let (primary, secondary) = (pair.primary.kind(), pair.secondary.address());
    pair.primary.restart(|_| primary.primary(ZONE, changed).notify(secondary));
    pair.secondary.await_serial(2);

    let server = service.await_verdict(ZONE, "ns1", "in_sync");
    assert_eq!((&server["serial"], &server["since"]), (&2.into(), &serde_json::Value::Null));
    service.until("in sync", || service.sample("zoneprobe_zone_in_sync", &[ZONE]) == Some(1.0));
    assert_eq!(service.sample("zoneprobe_zone_finding", &["stuck"]), None);
}
