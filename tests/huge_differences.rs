//! Copies that differ in very much: every difference is told, within limits of memory and of output.

use std::process::Stdio;

use zoneprobe::testserver::Zone;

use crate::harness::service::servers;
use crate::harness::{Nameserver, Probe, RunningNameserver, Service, peak_memory};

const ZONE: &str = "example.test";

/// Bytes of a report on two servers, in any format.
const MAX_REPORT: usize = 100 * 1024;

/// A zone with so many TXT records of 255 octets at one owner, each octet of which is escaped in text.
fn texts(count: u32) -> Nameserver {
    let apex = Zone::parse(ZONE, "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns0").unwrap();
    let server = Nameserver::new().zone_copy(apex);
    (0..count).fold(server, |server, number| {
        let text = [[255].as_slice(), &number.to_be_bytes(), &[0xee; 251]].concat();
        server.record("many", 16, 60, &text)
    })
}

fn probe<'n>(primary: &'n RunningNameserver, secondary: &'n RunningNameserver) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).secondary(secondary)
}

#[test]
fn a_huge_rrset_is_counted_and_shown_in_part_in_every_format() {
    let (primary, other) = (texts(24_000).start(), texts(1).start());
    let outcome = probe(&primary, &other).critical();
    let differences = outcome.server("ns1")["differences"].clone();
    assert_eq!((&differences["changed"], &differences["complete"]), (&1.into(), &false.into()));
    let rrset = &differences["rrsets"][0];
    assert_eq!((&rrset["reference"]["records"], &rrset["found"]["records"]), (&24_000.into(), &1.into()));
    assert!(rrset["reference"]["rdata"].as_array().unwrap().len() > 5);
    for (format, more) in [
        ("json", "24000"),
        ("ndjson", "24000"),
        ("table", "more"),
        ("nagios", "1 changed"),
        ("junit", "more records"),
        ("markdown", "more records"),
        ("github", "more records"),
        ("prometheus", "zoneprobe_server_differing_rrsets"),
    ] {
        let outcome = probe(&primary, &other).format(format).run();
        let bytes = outcome.stdout().len();
        assert!(bytes < MAX_REPORT && outcome.stdout().contains(more), "{format}: {bytes} bytes");
    }
}

#[test]
fn an_rrset_that_is_too_large_to_be_kept_is_diverged_in_little_memory() {
    let (primary, other) = (texts(40_000).start(), texts(2).start());
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_zoneprobe"))
        .args(["check", ZONE, "--resolver", "127.0.0.1:1", "--format", "json"])
        .args(["-p", &primary.address().to_string(), "-s", &other.address().to_string()])
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let peak = peak_memory(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(peak < 64 * 1024, "{peak} KiB");
    // One of 40,000 records differs.
    let changed = texts(40_000).edit(|zone| {
        let records = zone.records().iter().cloned().map(|mut record| {
            if record.rdata.get(1..5) == Some(&777_u32.to_be_bytes()) {
                record.rdata[200] = 0;
            }
            record
        });
        let apex = Zone::parse(ZONE, "@ 60 IN SOA ns0 host 7 3600 600 86400 60").unwrap();
        records.fold(apex, Zone::record)
    });
    let outcome = probe(&primary, &changed.start()).critical();
    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(outcome.differences("ns1").len(), 1, "{}", outcome.transcript());
    assert_eq!(outcome.server("ns1")["differences"]["exact"], true);
    assert!(outcome.stdout().len() < MAX_REPORT);
}

#[test]
fn serve_keeps_no_more_of_a_huge_rrset_than_check_shows() {
    let (primary, other) = (texts(24_000).start(), texts(1).start());
    let configuration = format!(
        "probe: {{interval: 1s, compare: records}}\n{}zones: [{ZONE}]\n",
        servers(&[&primary, &other])
    );
    let service = Service::start(&configuration);
    service.await_verdict(ZONE, "ns1", "diverged");
    let page = service.get(&format!("/api/v1/zones/{ZONE}"));
    assert!(page.text.len() < MAX_REPORT, "{} bytes", page.text.len());
}

#[test]
fn verify_counts_changes_that_are_not_listed() {
    let (directory, server) = (tempfile::tempdir().unwrap(), texts(3).start());
    let path = directory.path().join("before.db");
    std::fs::write(&path, "$ORIGIN example.test.\n@ 60 IN SOA ns0 host 6 3600 600 86400 60\n@ 60 NS ns0\n")
        .unwrap();
    let probe = Probe::verify(ZONE).primary(&server);
    let path = path.to_str().unwrap();
    let outcome = probe.args(["--baseline", path, "--max-differences", "0"]).critical();
    assert!(outcome.stdout().contains("found 1 RRset that differs"), "{}", outcome.transcript());
}
