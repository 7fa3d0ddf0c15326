//! A zone that all software loads, the same on every server.

use super::super::every_software;
use super::super::record_types::records_read_by;
use super::{ALL, Servers, ZONE, assert_right, large_rrset, name, zone};
use crate::harness::Probe;
use crate::harness::daemon::Kind;

every_software! {
    the_same_zone_on_all_software_is_in_sync_with_the_transfer_of_this_one
}

fn the_same_zone_on_all_software_is_in_sync_with_the_transfer_of_this_one(primary: Kind) {
    let text = zone(2_026_112_201, &(records_read_by(&ALL) + &large_rrset('x')));
    let servers = Servers::start(primary.primary(ZONE, text.clone()), |_| text.clone());

    let outcome = servers.check().ok();

    assert_eq!(outcome.zone()["verdict"], "in_sync", "{}", outcome.transcript());
    assert_eq!(outcome.zone()["compared"], "records", "{}", outcome.transcript());
    assert_eq!(outcome.server("ns0")["copy"]["method"], "axfr");
    let asked = |kind| outcome.server(name(kind))["copy"]["asked"].as_u64().unwrap();
    for kind in ALL {
        assert_right(&outcome, name(kind));
        assert_eq!(asked(kind), asked(Kind::Bind), "{}", outcome.transcript());
    }
}

#[test]
fn the_same_zone_on_all_software_is_in_sync_with_its_zone_file() {
    let text = zone(2_026_112_201, &(records_read_by(&ALL) + &large_rrset('x')));
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("zone"), &text).unwrap();
    let mut servers = ALL.map(|kind| kind.primary(ZONE, text.clone()).refusing_transfers().spawn());
    servers.iter_mut().for_each(crate::harness::daemon::Daemon::await_zones);
    let probe = Probe::check(ZONE).current_dir(directory.path()).args(["-z", "zone"]);
    let probe = servers.iter().fold(probe, |probe, it| probe.secondary_at(name(it.kind()), it.address()));

    let outcome = probe.ok();

    for kind in ALL {
        assert_right(&outcome, name(kind));
    }
}
