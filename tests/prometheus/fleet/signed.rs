//! A fault for each alert on signatures, keys and digests.

use std::path::Path;

use zoneprobe::dns::Rtype;

use super::{Fault, server};
use crate::harness::Nameserver;
use crate::signature_expiry::{DAY, rrsig};

pub(super) fn faults() -> Vec<Fault> {
    vec![other_keys(), invalid(), other_digest(), expired(), expiring()]
}

/// The RDATA of a DNSKEY record.
fn dnskey(octet: u8) -> Vec<u8> {
    [&[1, 1, 3, 13][..], &[octet; 64]].concat()
}

/// A server of a zone with a signature that expires in so many seconds.
fn signed(zone: &str, left: i64) -> Nameserver {
    let server = server(zone).with("txt 300 TXT a");
    server.record("txt", Rtype::RRSIG.0, 300, &rrsig(zone, left, 30 * DAY))
}

fn other_keys() -> Fault {
    let zone = "keys.test";
    let with_key = |octet| signed(zone, 20 * DAY).record("@", Rtype::DNSKEY.0, 300, &dnskey(octet));
    let fault = Fault::at(zone, with_key(7), with_key(8)).raises("ZoneDnskeyDiffers", 1);
    fault.raises("ZoneDiverged", 1).raises_at_zone("ZoneWrongAnswers")
}

/// Signatures that no key has made, at both servers.
fn invalid() -> Fault {
    let zone = "invalid.test";
    let with_key = || signed(zone, 20 * DAY).record("@", Rtype::DNSKEY.0, 300, &dnskey(7));
    let mut fault = Fault::at(zone, with_key(), with_key()).settings("validate: true, ds: dsset");
    fault.prepare = Some(write_ds_records);
    fault.raises("ZoneSignaturesInvalid", 0)
}

/// Writes the DS record of a key that the zone has not.
fn write_ds_records(fault: &Fault, directory: &Path) {
    let record = format!("{}. IN DS 4660 13 2 {}\n", fault.zones[0], "ab".repeat(32));
    std::fs::write(directory.join("dsset"), record).unwrap();
}

/// A digest of other records, at both servers.
fn other_digest() -> Fault {
    let zone = "digest.test";
    let digest = [&7_u32.to_be_bytes()[..], &[1, 1], &[7; 48]].concat();
    let with_digest = || server(zone).record("@", Rtype::ZONEMD.0, 300, &digest);
    Fault::at(zone, with_digest(), with_digest()).raises_at_zone("ZoneZonemdMismatch")
}

fn expired() -> Fault {
    let zone = "signatures.test";
    let fault = Fault::at(zone, signed(zone, -60), signed(zone, -60)).settings("dnssec: ignore");
    fault.raises("ZoneSignaturesExpired", 0).raises("ZoneSignaturesExpired", 1)
}

fn expiring() -> Fault {
    let zone = "soon.test";
    let fault = Fault::at(zone, signed(zone, 2 * DAY), signed(zone, 2 * DAY)).settings("dnssec: ignore");
    fault.raises("ZoneSignaturesExpireSoon", 0).raises("ZoneSignaturesExpireSoon", 1)
}
