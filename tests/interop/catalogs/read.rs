//! What `check --catalog` says of catalogs at real servers.

use super::{CATALOG, Fleet, LISTED, VERSION};
use crate::harness::{Outcome, Probe};

impl Fleet {
    /// Checks the catalog and its members at all servers.
    fn check_catalog(&self) -> Probe<'static> {
        let probe = Probe::check_no_zone().args(["--catalog", CATALOG]);
        let probe = probe.primary_at("primary", self.primary.address());
        self.consumers()
            .into_iter()
            .fold(probe, |probe, (name, consumer)| probe.secondary_at(name, consumer.address()))
    }
}

/// The zones that were checked.
fn zones(outcome: &Outcome) -> Vec<String> {
    let zones = outcome.json()["zones"].as_array().unwrap().clone();
    zones.iter().map(|zone| zone["zone"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_catalog_that_its_consumers_follow_is_ok() {
    let fleet = Fleet::start();
    let outcome = fleet.check_catalog().ok();
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test."]);
    let records = format!("9.zones PTR a.test.\n{LISTED}").replace("1.zones PTR a.test.\n", "")
        + "colour.2.zones TXT red\n*.ext.2.zones TXT x\ngroup.2.zones TXT customers\next TXT y\n3.zones PTR c.test.\n";
    fleet.publish(2, VERSION, &records);
    for (_, consumer) in fleet.consumers() {
        consumer.await_serial(2);
        for zone in ["c.test", "a.test", "b.test"] {
            consumer.await_member(zone, true);
        }
    }
    let outcome = fleet.check_catalog().ok();
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test.", "c.test."]);
}

#[test]
fn a_broken_catalog_is_critical_although_its_consumers_are_in_sync() {
    let fleet = Fleet::start();
    let all = format!("{LISTED}3.zones PTR c.test.\n");
    let twice = format!("{all}9.zones PTR a.test.\n");
    for (serial, version, records, part) in [
        (2, "", &all, "no TXT record at `version`"),
        (3, "version TXT \"3\"\n", &all, "its version is \"3\""),
        (4, VERSION, &twice, "twice"),
    ] {
        fleet.publish(serial, version, records);
        fleet.bind.await_serial(serial);
        fleet.powerdns.await_serial(serial);
        let outcome = fleet.check_catalog().critical();
        assert_eq!(zones(&outcome), ["catalog.test."], "{part}");
        assert_eq!(outcome.zone_findings(), ["catalog_broken"], "{part}\n{}", outcome.transcript());
        let message = outcome.zone()["findings"][0]["message"].clone();
        assert!(message.as_str().unwrap().contains(part), "{message}");
        assert_eq!(outcome.verdict("bind"), "in_sync");
        assert_eq!(outcome.verdict("powerdns"), "in_sync");
    }
}

#[test]
fn a_catalog_of_version_1_is_read_with_a_note() {
    let fleet = Fleet::start();
    fleet.publish(2, "version TXT \"1\"\n", LISTED);
    let outcome = fleet.check_catalog().run();
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test."]);
    assert!(outcome.zone_findings().contains(&"catalog_version_1".to_owned()), "{}", outcome.transcript());
}

#[test]
fn a_member_that_no_server_has_is_not_served() {
    let fleet = Fleet::start();
    fleet.publish(2, VERSION, &format!("{LISTED}4.zones PTR nowhere.test.\n"));
    fleet.consumers().into_iter().for_each(|(_, consumer)| consumer.await_serial(2));
    let outcome = fleet.check_catalog().critical();
    let member = outcome.json()["zones"][3].clone();
    assert_eq!(member["zone"], "nowhere.test.");
    for server in member["servers"].as_array().unwrap() {
        let findings = server["findings"].as_array().unwrap();
        let is_missed = findings.iter().any(|finding| finding["code"] == "member_not_served");
        assert!(is_missed, "{}\n{}", server["server"], outcome.transcript());
    }
}
