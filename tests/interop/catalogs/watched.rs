//! Catalogs and their members, as `serve` watches them.

use serde_json::Value;

use super::{CATALOG, Fleet, LISTED, VERSION};
use crate::harness::Service;

/// A fleet that `serve` watches.
struct Watched {
    fleet: Fleet,
    service: Service,
}

impl Watched {
    /// Starts all servers and `serve`, and waits until it watches the members.
    #[track_caller]
    fn start() -> Self {
        let fleet = Fleet::start();
        let servers =
            fleet.consumers().map(|(name, it)| format!("  {name}: {{address: \"{}\"}}\n", it.address()));
        let text = format!(
            "probe: {{interval: 1s, grace: 3s}}\nservers:\n  primary: {{address: \"{}\", role: primary}}\n{}catalogs: \
             [{CATALOG}]\n",
            fleet.primary.address(),
            servers.concat()
        );
        let service = Service::start(&text);
        let watched = Self { fleet, service };
        for zone in ["a.test", "b.test"] {
            watched.await_verdicts(zone, ["in_sync"; 3]);
        }
        watched
    }

    /// Waits until the consumers have these verdicts for a zone.
    #[track_caller]
    fn await_verdicts(&self, zone: &str, verdicts: [&str; 3]) {
        for ((name, _), verdict) in self.fleet.consumers().into_iter().zip(verdicts) {
            self.service.await_verdict(zone, name, verdict);
        }
    }

    /// Waits until the catalog has this finding, and no other, and returns its message.
    #[track_caller]
    fn await_finding(&self, code: &str) -> String {
        let mut message = String::new();
        self.service.until(code, || {
            let findings = self.report(CATALOG)["findings"].as_array().cloned().unwrap_or_default();
            let [finding] = findings.as_slice() else { return false };
            finding["message"].as_str().unwrap_or_default().clone_into(&mut message);
            finding["code"] == code
        });
        message
    }

    /// Waits until the catalog of this serial is in sync at its consumers, and has no finding.
    #[track_caller]
    fn await_good(&self, serial: u32) {
        self.service.until("a good catalog", || {
            let report = self.report(CATALOG);
            report["findings"] == Value::Array(Vec::new())
                && report["reference"]["serial"] == serial
                && report["verdict"] == "in_sync"
        });
    }

    /// Waits until a server has a finding for a zone, among others.
    #[track_caller]
    fn await_server_finding(&self, zone: &str, server: &str, code: &str) {
        self.service.until(&format!("{code} at {server} for {zone}"), || {
            let server = self.service.server(zone, server);
            let findings = server["findings"].as_array().cloned().unwrap_or_default();
            findings.iter().any(|finding| finding["code"] == code)
        });
    }

    /// The last report of a zone; null if it is not watched.
    fn report(&self, zone: &str) -> Value {
        let response = self.service.get(&format!("/api/v1/zones/{zone}"));
        serde_json::from_str(&response.text).unwrap_or_default()
    }

    /// Whether a zone is watched.
    fn is_watched(&self, zone: &str) -> bool {
        self.service.get(&format!("/api/v1/zones/{zone}")).status == 200
    }
}

/// A catalog that lists all three zones.
fn all() -> String {
    format!("{LISTED}3.zones PTR c.test.\n")
}

#[test]
fn a_broken_catalog_changes_nothing_but_its_finding() {
    let watched = Watched::start();
    let twice = format!("{}9.zones PTR a.test.\n", all());
    for (serial, version, records, part) in [
        (2, "", all(), "no TXT record at `version`"),
        (3, "version TXT \"3\"\n", all(), "its version is \"3\""),
        (4, VERSION, twice, "twice"),
    ] {
        watched.fleet.publish(serial, version, &records);
        watched.service.until(part, || watched.await_finding("catalog_broken").contains(part));
        assert!(!watched.is_watched("c.test"), "{part}");
        for zone in ["a.test", "b.test"] {
            assert!(watched.is_watched(zone), "{part}: {zone}");
        }
    }
    watched.fleet.publish(5, VERSION, &all());
    watched.await_good(5);
    watched.await_verdicts("c.test", ["in_sync"; 3]);
}

#[test]
fn a_member_that_one_consumer_does_not_take_is_not_served_there() {
    let watched = Watched::start();
    watched.fleet.publish(2, "version TXT \"1\"\n", &all());
    watched.await_finding("catalog_version_1");
    watched.await_server_finding("c.test", "knot", "member_not_served");
    for server in ["bind", "powerdns"] {
        watched.service.await_verdict("c.test", server, "in_sync");
    }
    watched.fleet.publish(3, VERSION, &all());
    watched.await_good(3);
    watched.await_verdicts("c.test", ["in_sync"; 3]);
}

#[test]
fn a_member_that_the_primary_does_not_serve_is_served_nowhere() {
    let watched = Watched::start();
    watched.fleet.publish(2, VERSION, &format!("{LISTED}4.zones PTR nowhere.test.\n"));
    for server in ["primary", "bind", "knot", "powerdns"] {
        watched.await_server_finding("nowhere.test", server, "member_not_served");
    }
}

#[test]
fn a_zone_that_leaves_is_not_in_the_catalog_where_it_is_still_served() {
    let watched = Watched::start();
    watched.fleet.publish(2, VERSION, "1.zones PTR a.test.\n");
    watched.await_server_finding("b.test", "primary", "not_in_catalog");
    watched.await_good(2);
    watched.service.until("a warning", || watched.report("b.test")["severity"] == "warning");
}

#[test]
fn members_with_new_labels_and_unknown_properties_stay_in_sync() {
    let watched = Watched::start();
    let records = "9.zones PTR a.test.\n2.zones PTR b.test.\ncolour.2.zones TXT \"red\"\n*.ext.2.zones TXT \"x\"\n\
                   group.2.zones TXT \"customers\"\next TXT \"y\"\n3.zones PTR c.test.\n";
    watched.fleet.publish(2, VERSION, records);
    watched.await_good(2);
    for zone in ["a.test", "b.test", "c.test"] {
        watched.await_verdicts(zone, ["in_sync"; 3]);
    }
}
