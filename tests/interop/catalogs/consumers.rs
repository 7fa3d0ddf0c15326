//! What consumers serve of a good catalog.

use super::{CATALOG, Fleet, LISTED, VERSION};

#[test]
fn consumers_serve_what_a_catalog_lists_and_nothing_else() {
    let fleet = Fleet::start();
    for zone in [CATALOG, "a.test", "b.test"] {
        let outcome = fleet.check(zone).ok();
        for (name, _) in fleet.consumers() {
            assert_eq!(outcome.verdict(name), "in_sync", "{zone} at {name}\n{}", outcome.transcript());
            // Knot refuses over UDP what it gives of a catalog over TCP.
            assert!(
                !outcome.findings(name).contains(&"udp_unanswered".to_owned()),
                "{}",
                outcome.transcript()
            );
        }
    }
    fleet.publish(2, VERSION, "1.zones PTR a.test.\n3.zones PTR c.test.\n");
    for (_, consumer) in fleet.consumers() {
        consumer.await_member("c.test", true);
        consumer.await_member("b.test", false);
    }
    fleet.check("c.test").ok();
    fleet.check(CATALOG).ok();
    assert_eq!(fleet.verdicts("b.test"), ["lame"; 3]);
}

#[test]
fn a_member_that_the_primary_does_not_serve_is_lame_at_all() {
    let fleet = Fleet::start();
    fleet.publish(2, VERSION, &format!("{LISTED}3.zones PTR c.test.\n4.zones PTR nowhere.test.\n"));
    fleet.consumers().into_iter().for_each(|(_, consumer)| consumer.await_member("c.test", true));
    assert_eq!(fleet.verdicts("nowhere.test"), ["lame"; 3]);
    fleet.check(CATALOG).ok();
}

#[test]
fn members_with_a_new_label_and_unknown_properties_stay_served() {
    let fleet = Fleet::start();
    let records = "9.zones PTR a.test.\n2.zones PTR b.test.\ncolour.2.zones TXT \"red\"\n*.ext.2.zones TXT \"x\"\n\
                   group.2.zones TXT \"customers\"\next TXT \"y\"\n3.zones PTR c.test.\n";
    fleet.publish(2, VERSION, records);
    for zone in ["c.test", "a.test", "b.test"] {
        fleet.consumers().into_iter().for_each(|(_, consumer)| consumer.await_member(zone, true));
    }
    fleet.check(CATALOG).ok();
}
