//! The zone that is checked, and its versions.

use std::sync::LazyLock;

use zoneprobe::testserver::Zone;

use super::script::PeerVersion;

/// The name of the zone.
pub(crate) const NAME: &str = "zone.test";

/// The name of the zone, in wire form.
pub(crate) const APEX: [u8; 11] = *b"\x04zone\x04test\0";

/// The text of the current version.
const TEXT: &str = include_str!("example.zone");

/// The versions of the zone: the current one, an older and a newer one, and other records with the current serial.
static VERSIONS: LazyLock<[Zone; 4]> = LazyLock::new(|| {
    let current = Zone::parse(NAME, TEXT).expect("it is a zone");
    let with = |serial, lines| {
        let zone = current.clone().with_serial(serial).replace(lines);
        zone.expect("these are records")
    };
    let older = with(6, "www 300 IN A 192.0.2.79");
    let newer = with(8, "new 300 IN TXT \"of the next version\"");
    let changed = with(7, "www 300 IN A 192.0.2.99");
    [current, older, newer, changed]
});

/// The zone in a version.
pub(crate) fn zone(version: PeerVersion) -> &'static Zone {
    let [current, older, newer, changed] = &*VERSIONS;
    match version {
        PeerVersion::Current => current,
        PeerVersion::Older => older,
        PeerVersion::Newer => newer,
        PeerVersion::Changed => changed,
    }
}
