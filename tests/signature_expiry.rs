//! Expired and expiring signatures, over real sockets.

use std::time::{Duration, UNIX_EPOCH};

use zoneprobe::clock;
use zoneprobe::dns::Name;

use crate::harness::{Nameserver, Probe, RunningNameserver};

const ZONE: &str = "example.test";

pub(crate) const DAY: i64 = 24 * 3600;

/// The RDATA of an RRSIG of a zone over TXT that expires in so many seconds and was valid for so many in all.
pub(crate) fn rrsig(zone: &str, left: i64, validity: i64) -> Vec<u8> {
    let signer: Name = zone.parse().unwrap();
    let now = i64::try_from(clock::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let times = [now + left, now + left - validity].map(|time| u32::try_from(time).unwrap().to_be_bytes());
    let front = [0, 16, 13, 3, 0, 0, 1, 44];
    [&front[..], &times.concat(), b"\x12\x34", signer.as_wire(), &[7; 64]].concat()
}

/// A server of a zone with one signature that expires in so many seconds, and a fresh one.
fn signed(left: i64, validity: i64) -> Nameserver {
    let server = Nameserver::new().zone(ZONE, 7).with("txt 300 TXT a");
    server.record("www", 46, 300, &rrsig(ZONE, 60 * DAY, 90 * DAY)).record(
        "txt",
        46,
        300,
        &rrsig(ZONE, left, validity),
    )
}

fn check<'n>(primary: &'n RunningNameserver, secondary: &'n RunningNameserver) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).secondary(secondary)
}

#[test]
fn expired_and_expiring_signatures_are_findings_on_primary_and_secondary() {
    for (left, validity, code) in [
        (-60, 30 * DAY, Some("signatures_expired")),
        (2 * DAY, 30 * DAY, Some("signatures_expire_soon")),
        (4 * DAY, 30 * DAY, None),
        // Signatures with a short validity are renewed often.
        (1200, 3600, None),
        (600, 3600, Some("signatures_expire_soon")),
    ] {
        let (primary, secondary) = (signed(left, validity).start(), signed(left, validity).start());
        let probe = check(&primary, &secondary);
        let outcome = match code {
            Some("signatures_expired") => probe.critical(),
            Some(_) => probe.warning(),
            None => probe.ok(),
        };
        for name in ["ns0", "ns1"] {
            let server = outcome.server(name);
            assert_eq!(server["verdict"], "in_sync", "{left}: {server:#}");
            // The two servers may have signed in different seconds.
            let mut found = outcome.findings(name);
            found.retain(|code| code != "signatures_differ");
            assert_eq!(found, Vec::from_iter(code), "{left}: {server:#}");
        }
    }
}

#[test]
fn the_finding_names_the_rrset_and_the_time_of_expiry() {
    let rdata = rrsig(ZONE, -DAY, 30 * DAY);
    let at = UNIX_EPOCH + Duration::from_secs(u32::from_be_bytes(rdata[8..12].try_into().unwrap()).into());
    let expires = humantime::format_rfc3339_seconds(at).to_string();
    let old = || Nameserver::new().zone(ZONE, 7).record("txt", 46, 300, &rdata);
    let (primary, secondary) = (old().start(), old().start());
    let outcome = check(&primary, &secondary).critical();
    let server = outcome.server("ns1");
    assert_eq!(server["copy"]["signatures_expire"], expires);
    let finding = &server["findings"][0];
    let message = finding["message"].as_str().unwrap();
    let start = format!("the signature over txt.example.test. TXT expired at {expires}, 1 d ");
    assert!(message.starts_with(&start), "{message}");
    let address = secondary.address();
    let dig = format!("dig @{} -p {} txt.example.test TXT +norecurse +dnssec", address.ip(), address.port());
    assert!(finding["advice"][0].as_str().unwrap().starts_with(&dig), "{finding}");

    let exposition = check(&primary, &secondary).format("prometheus").run();
    let labels = format!("zone=\"{ZONE}\",server=\"ns1\",address=\"{address}\"");
    let seconds = at.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let sample = format!("zoneprobe_server_rrsig_earliest_expiry_timestamp_seconds{{{labels}}} {seconds}\n");
    assert!(exposition.stdout().contains(&sample), "{sample}{}", exposition.stdout());
}

#[test]
fn expired_signatures_are_found_with_dnssec_ignore_and_not_with_ignore_type_rrsig() {
    let (primary, secondary) = (signed(-60, DAY).start(), signed(-60, DAY).start());
    let outcome = check(&primary, &secondary).args(["--dnssec", "ignore"]).critical();
    assert_eq!(outcome.findings("ns1"), ["signatures_expired"]);
    let outcome = check(&primary, &secondary).args(["--ignore-type", "RRSIG"]).ok();
    assert!(outcome.server("ns1")["copy"]["signatures_expire"].is_null());
}

#[test]
fn one_expired_signature_in_a_large_copy_is_found() {
    let (primary, secondary) = (signed(-60, DAY).hosts(20_000), signed(-60, DAY).hosts(20_000));
    let (primary, secondary) = (primary.start(), secondary.start());
    let outcome = check(&primary, &secondary).args(["--dnssec", "ignore"]).critical();
    assert_eq!(outcome.findings("ns0"), ["signatures_expired"]);
    assert_eq!(outcome.findings("ns1"), ["signatures_expired"]);
}

#[test]
fn a_zone_without_signatures_has_null_as_its_expiry() {
    let (primary, secondary) =
        (Nameserver::new().zone(ZONE, 7).start(), Nameserver::new().zone(ZONE, 7).start());
    let outcome = check(&primary, &secondary).ok();
    let copy = &outcome.server("ns0")["copy"];
    assert!(
        copy.as_object().unwrap().contains_key("signatures_expire") && copy["signatures_expire"].is_null()
    );
}

#[test]
fn the_report_has_the_expiry_of_signatures_in_a_zone_file() {
    let (directory, server) = (tempfile::tempdir().unwrap(), Nameserver::new().zone(ZONE, 7).start());
    let text = "@ 60 SOA . . 7 1 1 1 1\n@ 60 RRSIG SOA 13 2 60 20850101000000 20261110003616 4660 . //8=\n";
    std::fs::write(directory.path().join("db.example"), text).unwrap();
    let probe = Probe::check(ZONE).primary(&server).current_dir(directory.path()).args(["-z", "db.example"]);
    let outcome = probe.critical();
    assert_eq!(outcome.zone()["reference"]["copy"]["signatures_expire"], "2085-01-01T00:00:00Z");
}
