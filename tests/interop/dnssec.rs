//! Signed zones. Each software orders and writes signatures and NSEC chains in its own way.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use humantime::format_rfc3339_seconds;
use tempfile::TempDir;
use zoneprobe::clock;

use super::zones::{ZONE, zone};
use super::{differences, every_software};
use crate::harness::Probe;
use crate::harness::daemon::{self, Daemon, Kind, program};

/// How a signed zone denies that a name exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    Nsec,
    Nsec3,
}

every_software! {
    a_zone_signed_with_nsec_is_in_sync_on_every_software
    a_zone_signed_with_nsec3_is_in_sync_on_every_software
}

fn a_zone_signed_with_nsec_is_in_sync_on_every_software(primary: Kind) {
    is_in_sync_on_every_software(primary, Denial::Nsec);
}

fn a_zone_signed_with_nsec3_is_in_sync_on_every_software(primary: Kind) {
    is_in_sync_on_every_software(primary, Denial::Nsec3);
}

/// Every software.
pub(super) const ALL: [Kind; 5] = [Kind::Bind, Kind::Nsd, Kind::Knot, Kind::Pdns, Kind::Yadifa];

fn is_in_sync_on_every_software(primary: Kind, denial: Denial) {
    let text = signed(denial);
    let primary = primary.primary(ZONE, text.clone()).start();
    // YADIFA accepts no transfer from Knot.
    let receivers = ALL.iter().filter(|&&kind| (primary.kind(), kind) != (Kind::Knot, Kind::Yadifa));
    let mut secondaries: Vec<_> =
        receivers.map(|kind| kind.secondary(ZONE, primary.address()).spawn()).collect();
    let mut primaries = ALL.map(|kind| kind.primary(ZONE, text.clone()).spawn());
    secondaries.iter_mut().chain(&mut primaries).for_each(Daemon::await_zones);
    let servers: Vec<_> = secondaries.iter().chain(&primaries).collect();

    let probe = Probe::check(ZONE).primary_at("ns0", primary.address());
    let name = |index: usize| format!("ns{}", index + 1);
    let indexed = servers.iter().enumerate();
    let probe =
        indexed.fold(probe, |probe, (index, server)| probe.secondary_at(&name(index), server.address()));
    let outcome = probe.arg("--fail-on").arg("critical").ok();

    let reference = chain_ttl(primary.kind(), 0);
    for (index, server) in servers.iter().enumerate() {
        let (kind, report) = (server.kind(), outcome.server(&name(index)));
        assert_eq!(report["verdict"], "in_sync", "{kind:?}: {report:#}");
        let ttl = chain_ttl(kind, if index < secondaries.len() { reference } else { 0 });
        let differs = denial == Denial::Nsec3 && ttl != reference;
        let expected: &[_] = if differs { &[("example.test.", "NSEC3PARAM", "ttl")] } else { &[] };
        assert_eq!(outcome.differences(&name(index)), differences(expected), "{kind:?}: {report:#}");
        assert_eq!(report["severity"], if differs { "warning" } else { "ok" }, "{kind:?}: {report:#}");
    }
}

/// The TTL with which a software serves an NSEC3PARAM that it loads with `ttl`.
pub(super) fn chain_ttl(kind: Kind, ttl: u32) -> u32 {
    match kind {
        Kind::Bind | Kind::Nsd | Kind::Knot => ttl,
        // It makes its own record, with the minimum of the SOA.
        Kind::Pdns => 300,
        Kind::Yadifa => 0,
    }
}

#[test]
fn a_missing_signature_diverges_and_is_named() {
    let text = signed(Denial::Nsec);
    let without: Vec<_> =
        text.lines().filter(|line| !(line.starts_with("www.") && line.contains("RRSIG\tA "))).collect();
    assert!(without.len() < text.lines().count(), "the signer writes one record a line\n{text}");
    let primary = Kind::Knot.primary(ZONE, text.clone()).start();
    let other = Kind::Bind.primary(ZONE, without.join("\n") + "\n").start();

    let outcome = super::check(&primary, &other).critical();

    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(outcome.differences("ns1"), differences(&[("www.example.test.", "RRSIG", "missing")]));
}

#[test]
fn a_server_that_loaded_a_signed_zone_file_is_in_sync_with_it() {
    for denial in [Denial::Nsec, Denial::Nsec3] {
        let text = signed(denial);
        let server = Kind::Nsd.primary(ZONE, text.clone()).start();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("signed"), &text).unwrap();
        let probe = Probe::check(ZONE).primary_at("ns0", server.address()).current_dir(directory.path());
        let probe = probe.args(["-z", "signed", "--dnssec", "bytes"]);
        assert_eq!(probe.ok().verdict("ns0"), "in_sync", "{denial:?}");
    }
}

/// Every server has the zone of the primary, signed at another time.
#[test]
fn expired_and_expiring_signatures_are_found_on_every_software() {
    let directory = unsigned_zone();
    let days =
        |from: i64, to: i64| sign(directory.path(), Denial::Nsec, &["-P", "-s", &day(from), "-e", &day(to)]);
    let primary = Kind::Nsd.primary(ZONE, days(-5, 25)).start();
    for (from, to, code, exit) in [(-40, -10, "signatures_expired", 2), (-29, 1, "signatures_expire_soon", 1)]
    {
        let text = days(from, to);
        let mut servers = ALL.map(|kind| kind.primary(ZONE, text.clone()).spawn());
        servers.iter_mut().for_each(Daemon::await_zones);
        let probe = Probe::check(ZONE).primary_at("ns0", primary.address());
        let name = |index: usize| format!("ns{}", index + 1);
        let indexed = servers.iter().enumerate();
        let outcome = indexed
            .fold(probe, |probe, (index, server)| probe.secondary_at(&name(index), server.address()))
            .run();
        assert_eq!(outcome.code(), exit, "{}", outcome.transcript());
        assert_eq!(outcome.findings("ns0"), [""; 0], "{}", outcome.transcript());
        for (index, server) in servers.iter().enumerate() {
            let (kind, report) = (server.kind(), outcome.server(&name(index)));
            assert_eq!(report["verdict"], "in_sync", "{kind:?}: {report:#}");
            let mut codes = outcome.findings(&name(index));
            codes.sort_unstable();
            assert_eq!(codes, ["signatures_differ", code], "{kind:?}: {report:#}");
            let expires = report["copy"]["signatures_expire"].as_str().unwrap();
            let digits: String = expires.chars().filter(char::is_ascii_digit).collect();
            assert!(text.contains(&format!(" {digits} ")), "{kind:?}: {expires}");
        }
    }
}

/// The time so many days from now, in the format of `dnssec-signzone`.
pub(super) fn day(days: i64) -> String {
    let distance = Duration::from_hours(24 * days.unsigned_abs());
    let time = if days < 0 { clock::now() - distance } else { clock::now() + distance };
    format_rfc3339_seconds(time).to_string().chars().filter(char::is_ascii_digit).collect()
}

/// A signed zone, a record a line.
pub(super) fn signed(denial: Denial) -> String {
    sign(unsigned_zone().path(), denial, &[])
}

/// Creates a directory with a zone and its keys.
pub(super) fn unsigned_zone() -> TempDir {
    unsigned_zone_of(
        "www A 192.0.2.1\nwww AAAA 2001:db8::1\n*.wild TXT \"any\"\na.deep.tree MX 10 www\n\
         child NS ns.child\nns.child A 192.0.2.4\nsecure NS ns0\nsecure DS 12345 13 2 \
         0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nalias CNAME www\n",
    )
}

/// Creates a directory with a zone that has these records, and with its keys.
pub(super) fn unsigned_zone_of(records: &str) -> TempDir {
    let directory = daemon::directory();
    fs::write(directory.path().join("zone"), zone(7, records)).expect("the directory is ours");
    let algorithm = ["-q", "-a", "ECDSAP256SHA256"];
    // The key-signing key has CDS and CDNSKEY published.
    run(
        "dnssec-keygen",
        directory.path(),
        &[&algorithm[..], &["-f", "KSK", "-P", "sync", "now", ZONE]].concat(),
    );
    run("dnssec-keygen", directory.path(), &[&algorithm[..], &[ZONE]].concat());
    directory
}

/// Signs the zone of a directory and returns it.
pub(super) fn sign(directory: &Path, denial: Denial, more: &[&str]) -> String {
    let chain: &[&str] = match denial {
        Denial::Nsec => &[],
        Denial::Nsec3 => &["-3", "ABCD", "-H", "5"],
    };
    let format = ["-q", "-S", "-O", "full", "-o", ZONE, "-f", "signed"];
    run("dnssec-signzone", directory, &[&format[..], chain, more, &["zone"]].concat());
    fs::read_to_string(directory.join("signed")).expect("the signer wrote it")
}

#[track_caller]
fn run(name: &str, directory: &Path, arguments: &[&str]) {
    let output = Command::new(program(name)).args(arguments).current_dir(directory).output();
    let output = output.expect("the program was found");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{name} {}`: {errors}", arguments.join(" "));
}
