//! Catalog zones that real servers produce and consume.

mod broken;
mod consumers;
mod pages;
mod producers;
mod read;
mod watched;

use std::fs;

use tempfile::TempDir;

use crate::harness::Probe;
use crate::harness::daemon::{Daemon, Kind, ServedZone};

/// The catalog of all scenarios.
const CATALOG: &str = "catalog.test";

/// The version that all consumers know.
const VERSION: &str = "version TXT \"2\"\n";

/// The zones that the primary serves beside the catalog.
const ZONES: [&str; 3] = ["a.test", "b.test", "c.test"];

/// The records of a catalog that lists the first two.
const LISTED: &str = "1.zones PTR a.test.\n2.zones PTR b.test.\n";

/// A small zone, whose name is that for which it is loaded.
const MEMBER: &str = "$TTL 300\n@ SOA ns0 host 1 3600 600 86400 300\n@ NS ns0\nns0 A 192.0.2.10\n";

/// A catalog that is written by hand at BIND, and its three consumers.
struct Fleet {
    directory: TempDir,
    primary: Daemon,
    bind: Daemon,
    knot: Daemon,
    powerdns: Daemon,
}

impl Fleet {
    /// Starts all servers, and waits until the consumers serve the zones that are listed at first.
    #[track_caller]
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let member = write(&directory, "member", MEMBER);
        let catalog = write(&directory, CATALOG, &catalog(1, VERSION, LISTED));
        let zones = ZONES.map(|zone| ServedZone { zone: zone.to_owned(), ..member.clone() });
        let primary = Kind::Bind.primary_of(&[&[catalog][..], &zones].concat()).start();
        let consumer = |kind: Kind| kind.consumer(CATALOG, primary.address()).start();
        let [bind, knot, powerdns] = [Kind::Bind, Kind::Knot, Kind::Pdns].map(consumer);
        let fleet = Self { directory, primary, bind, knot, powerdns };
        for zone in ["a.test", "b.test"] {
            fleet.consumers().into_iter().for_each(|(_, consumer)| consumer.await_member(zone, true));
        }
        fleet
    }

    /// The consumers, each with its name in a check.
    fn consumers(&self) -> [(&'static str, &Daemon); 3] {
        [("bind", &self.bind), ("knot", &self.knot), ("powerdns", &self.powerdns)]
    }

    /// Makes the primary serve another catalog, and notifies the consumers.
    #[track_caller]
    fn publish(&self, serial: u32, version: &str, records: &str) {
        write(&self.directory, CATALOG, &catalog(serial, version, records));
        self.primary.reload_files();
        self.primary.await_serial(serial);
        self.consumers().into_iter().for_each(|(_, consumer)| consumer.notify());
    }

    /// Checks a zone at all servers.
    fn check(&self, zone: &str) -> Probe<'static> {
        let probe = Probe::check(zone).primary_at("primary", self.primary.address());
        self.consumers()
            .into_iter()
            .fold(probe, |probe, (name, consumer)| probe.secondary_at(name, consumer.address()))
    }

    /// The verdicts on the consumers for a zone.
    #[track_caller]
    fn verdicts(&self, zone: &str) -> [String; 3] {
        let outcome = self.check(zone).run();
        self.consumers().map(|(name, _)| outcome.verdict(name))
    }
}

/// The text of a catalog.
fn catalog(serial: u32, version: &str, records: &str) -> String {
    format!("$TTL 0\n@ SOA invalid. invalid. {serial} 3600 600 2419200 0\n@ NS invalid.\n{version}{records}")
}

/// Writes the zone file of a zone with this name.
fn write(directory: &TempDir, name: &str, text: &str) -> ServedZone {
    // Renamed into place, so that a server never reads half a file.
    let [path, new] = [name.to_owned(), format!("{name}.new")].map(|name| directory.path().join(name));
    fs::write(&new, text).unwrap();
    fs::rename(new, &path).unwrap();
    ServedZone { zone: name.to_owned(), path }
}
