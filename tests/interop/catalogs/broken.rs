//! What consumers do with a catalog that is broken.

use super::{CATALOG, Fleet, LISTED, VERSION};

/// The catalog with another version, and with a third member.
#[track_caller]
fn publish(fleet: &Fleet, serial: u32, version: &str) {
    fleet.publish(serial, version, &format!("{LISTED}3.zones PTR c.test.\n"));
    fleet.bind.await_serial(serial);
    fleet.powerdns.await_serial(serial);
    fleet.knot.await_log("failed to process catalog zone");
}

#[test]
fn a_catalog_without_a_known_version_is_in_sync_where_nothing_of_it_is_done() {
    let fleet = Fleet::start();
    let missing = ("", "has no 'version' record", "catalog zone schema version missing");
    let unknown =
        ("version TXT \"3\"\n", "unsupported version '3'", "unsupported catalog zone schema version \"3\"");
    for (serial, (version, at_bind, at_powerdns)) in (2..).zip([missing, unknown]) {
        publish(&fleet, serial, version);
        // Servers look at a catalog some time after they have it, and then at the last version alone.
        fleet.bind.await_log(at_bind);
        fleet.powerdns.await_log(at_powerdns);
        let [bind, knot, powerdns] = fleet.verdicts(CATALOG);
        assert_eq!([bind.as_str(), &powerdns], ["in_sync"; 2], "{version}");
        assert!(["behind", "propagating"].contains(&knot.as_str()), "{version}: {knot}");
        // Its new member is served nowhere, and those before stay.
        assert_eq!(fleet.verdicts("c.test"), ["lame"; 3]);
        assert_eq!(fleet.verdicts("b.test"), ["in_sync"; 3]);
    }
}

#[test]
fn a_member_of_a_catalog_of_version_1_is_not_served_by_knot() {
    let fleet = Fleet::start();
    publish(&fleet, 2, "version TXT \"1\"\n");
    fleet.bind.await_member("c.test", true);
    fleet.powerdns.await_member("c.test", true);
    assert_eq!(fleet.verdicts("c.test"), ["in_sync", "lame", "in_sync"]);
}

#[test]
fn a_catalog_that_lists_a_zone_twice_is_in_sync_and_powerdns_does_nothing_of_it() {
    let fleet = Fleet::start();
    let records = format!("{LISTED}8.zones PTR a.test.\n3.zones PTR c.test.\n");
    fleet.publish(2, VERSION, &records);
    fleet.powerdns.await_log("Catalog-Zone update failed, only import records");
    for (_, consumer) in [("bind", &fleet.bind), ("knot", &fleet.knot)] {
        consumer.await_member("c.test", true);
    }
    fleet.consumers().into_iter().for_each(|(_, consumer)| consumer.await_serial(2));
    fleet.check(CATALOG).ok();
    assert_eq!(fleet.verdicts("c.test"), ["in_sync", "in_sync", "lame"]);
}
