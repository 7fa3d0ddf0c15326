//! When a zone is read as a catalog, and where.

use super::world::{Server, World};
use crate::dns::Serial;
use crate::dns::catalog::{CatalogFault, CatalogVersion};
use crate::judge::catalog::{CatalogState, LastReading, ReadingOutcome};
use crate::plan::Compare;

fn server(serial: u32) -> Server {
    Server::at(serial).serving_all(&["version 2"])
}

/// A catalog of which nothing is known.
fn unknown() -> World {
    World::new().catalog(CatalogState::default())
}

/// A catalog that was read at this serial.
fn known_at(serial: u32) -> World {
    let last = LastReading { serial: Serial(serial), outcome: ReadingOutcome::Good };
    World::new().catalog(CatalogState { list: None, last: Some(last) })
}

fn serials(world: World) -> World {
    world.rules(|rules| rules.compare = Compare::Serials)
}

#[test]
fn a_catalog_is_read_from_the_reference() {
    let judged = unknown().primary(server(7)).secondary(server(6)).judge();
    let reading = judged.catalog_reading().unwrap();
    assert_eq!(reading.serial, Serial(7));
    assert_eq!(reading.catalog.as_ref().map(|catalog| catalog.version), Ok(CatalogVersion::Two));
}

#[test]
fn a_catalog_without_a_version_is_read_as_broken() {
    let judged = unknown().primary(Server::at(7)).secondary(Server::at(7)).judge();
    assert_eq!(judged.catalog_reading().unwrap().catalog, Err(CatalogFault::NoVersion));
}

#[test]
fn a_zone_that_is_no_catalog_is_not_read_as_one() {
    let judged = World::new().primary(server(7)).secondary(server(7)).judge();
    assert_eq!(judged.catalog_reading(), None);
}

#[test]
fn a_catalog_is_read_again_at_a_new_serial_or_with_the_copies() {
    let reads =
        |world: World| world.primary(server(7)).secondary(server(7)).judge().catalog_reading().is_some();
    assert!(!reads(serials(known_at(7))));
    assert!(reads(serials(known_at(6))));
    assert!(reads(serials(unknown())));
    assert!(reads(known_at(7)));
}

#[test]
fn a_catalog_that_no_server_gives_is_asked_for_once() {
    for world in [unknown(), serials(unknown())] {
        let judged = world.primary(server(7).without_axfr()).secondary(server(7).without_axfr()).judge();
        assert_eq!(judged.catalog_reading(), None);
    }
}

#[test]
fn without_a_reference_no_catalog_is_read() {
    let judged = unknown().primary(server(7).silent()).secondary(server(7).silent()).judge();
    assert_eq!(judged.catalog_reading(), None);
}

#[test]
fn a_catalog_that_the_reference_does_not_give_is_read_at_its_serial_elsewhere() {
    let reading = |serial| {
        let judged = unknown().primary(server(7).without_axfr()).secondary(server(serial)).judge();
        judged.catalog_reading().map(|reading| reading.serial)
    };
    assert_eq!(reading(7), Some(Serial(7)));
    assert_eq!(reading(6), None);
}

#[test]
fn a_catalog_is_read_from_a_zone_file() {
    let judged = unknown().zone_file(server(7)).secondary(server(7)).judge();
    assert_eq!(judged.catalog_reading().unwrap().serial, Serial(7));
}

#[test]
fn a_catalog_behind_a_signer_is_read_once_from_the_primary() {
    let judged = unknown().primary(server(7)).signer(server(107)).secondary(server(107)).judge();
    assert_eq!(judged.catalog_reading().unwrap().serial, Serial(7));
}

#[test]
fn the_servers_that_a_catalog_names_are_not_asked_for() {
    let judged = unknown().secondary(server(7)).secondary(server(7)).judge();
    assert!(!judged.asked_for_names());
    assert!(judged.catalog_reading().is_some());
}
