//! Signed zones: each software keeps signatures and chains in an order, and a spelling, of its own.

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
use crate::harness::daemon::{Daemon, Kind, program};

/// How it is proven that there is no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Denial {
    Nsec,
    Nsec3,
}

every_software! {
    a_signed_zone_with_nsec_is_in_sync_everywhere
    a_signed_zone_with_nsec3_is_in_sync_everywhere
}

fn a_signed_zone_with_nsec_is_in_sync_everywhere(primary: Kind) {
    is_in_sync_everywhere(primary, Denial::Nsec);
}

fn a_signed_zone_with_nsec3_is_in_sync_everywhere(primary: Kind) {
    is_in_sync_everywhere(primary, Denial::Nsec3);
}

/// Everybody's software.
const ALL: [Kind; 5] = [Kind::Bind, Kind::Nsd, Kind::Knot, Kind::Pdns, Kind::Yadifa];

fn is_in_sync_everywhere(primary: Kind, denial: Denial) {
    let text = signed(denial);
    let primary = primary.primary(ZONE, text.clone()).start();
    // YADIFA takes nothing from Knot.
    let takers = ALL.iter().filter(|&&kind| (primary.kind(), kind) != (Kind::Knot, Kind::Yadifa));
    let mut secondaries: Vec<_> =
        takers.map(|kind| kind.secondary(ZONE, primary.address()).spawn()).collect();
    let mut primaries = ALL.map(|kind| kind.primary(ZONE, text.clone()).spawn());
    secondaries.iter_mut().chain(&mut primaries).for_each(Daemon::await_zones);
    let servers: Vec<_> = secondaries.iter().chain(&primaries).collect();

    let probe = Probe::check(ZONE).primary_at("ns0", primary.address());
    let name = |place: usize| format!("ns{}", place + 1);
    let places = servers.iter().enumerate();
    let probe =
        places.fold(probe, |probe, (place, server)| probe.secondary_at(&name(place), server.address()));
    let outcome = probe.arg("--fail-on").arg("critical").ok();

    let reference = chain_ttl(primary.kind(), 0);
    for (place, server) in servers.iter().enumerate() {
        let (kind, report) = (server.kind(), outcome.server(&name(place)));
        assert_eq!(report["verdict"], "in_sync", "{kind:?}: {report:#}");
        let ttl = chain_ttl(kind, if place < secondaries.len() { reference } else { 0 });
        let differs = denial == Denial::Nsec3 && ttl != reference;
        let expected: &[_] = if differs { &[("example.test.", "NSEC3PARAM", "ttl")] } else { &[] };
        assert_eq!(outcome.differences(&name(place)), differences(expected), "{kind:?}: {report:#}");
        assert_eq!(report["severity"], if differs { "warning" } else { "ok" }, "{kind:?}: {report:#}");
    }
}

/// Returns the TTL that a software gives to NSEC3PARAM, where it is given it with `ttl`.
fn chain_ttl(kind: Kind, ttl: u32) -> u32 {
    match kind {
        Kind::Bind | Kind::Nsd | Kind::Knot => ttl,
        // It makes the record anew, with the SOA's minimum.
        Kind::Pdns => 300,
        Kind::Yadifa => 0,
    }
}

#[test]
fn a_lost_signature_is_told() {
    let text = signed(Denial::Nsec);
    let without: Vec<_> =
        text.lines().filter(|line| !(line.starts_with("www.") && line.contains("RRSIG\tA "))).collect();
    assert!(without.len() < text.lines().count(), "the signer writes a record a line\n{text}");
    let primary = Kind::Knot.primary(ZONE, text.clone()).start();
    let other = Kind::Bind.primary(ZONE, without.join("\n") + "\n").start();

    let outcome = super::check(&primary, &other).critical();

    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(outcome.differences("ns1"), differences(&[("www.example.test.", "RRSIG", "missing")]));
}

#[test]
fn a_signed_zone_file_is_what_its_server_serves() {
    for denial in [Denial::Nsec, Denial::Nsec3] {
        let text = signed(denial);
        let server = Kind::Nsd.primary(ZONE, text.clone()).start();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("signed"), &text).unwrap();
        let probe = Probe::check(ZONE).primary_at("ns0", server.address()).current_dir(folder.path());
        let probe = probe.args(["-z", "signed", "--dnssec", "bytes"]);
        assert_eq!(probe.ok().verdict("ns0"), "in_sync", "{denial:?}");
    }
}

/// Every server has the zone that the primary had, signed at another time.
#[test]
fn signatures_that_run_out_are_told_whoever_serves_them() {
    let folder = keyed();
    let days =
        |from: i64, to: i64| sign(folder.path(), Denial::Nsec, &["-P", "-s", &day(from), "-e", &day(to)]);
    let primary = Kind::Nsd.primary(ZONE, days(-5, 25)).start();
    for (from, to, code, exit) in [(-40, -10, "signatures_expired", 2), (-29, 1, "signatures_expire_soon", 1)]
    {
        let text = days(from, to);
        let mut servers = ALL.map(|kind| kind.primary(ZONE, text.clone()).spawn());
        servers.iter_mut().for_each(Daemon::await_zones);
        let probe = Probe::check(ZONE).primary_at("ns0", primary.address());
        let name = |place: usize| format!("ns{}", place + 1);
        let places = servers.iter().enumerate();
        let outcome = places
            .fold(probe, |probe, (place, server)| probe.secondary_at(&name(place), server.address()))
            .run();
        assert_eq!(outcome.code(), exit, "{}", outcome.transcript());
        assert_eq!(outcome.findings("ns0"), [""; 0], "{}", outcome.transcript());
        for (place, server) in servers.iter().enumerate() {
            let (kind, report) = (server.kind(), outcome.server(&name(place)));
            assert_eq!(report["verdict"], "in_sync", "{kind:?}: {report:#}");
            let mut codes = outcome.findings(&name(place));
            codes.sort_unstable();
            assert_eq!(codes, ["signatures_differ", code], "{kind:?}: {report:#}");
            let expires = report["copy"]["signatures_expire"].as_str().unwrap();
            let digits: String = expires.chars().filter(char::is_ascii_digit).collect();
            assert!(text.contains(&format!(" {digits} ")), "{kind:?}: {expires}");
        }
    }
}

/// Returns a day so many days from now, as a signer reads it.
fn day(days: i64) -> String {
    let apart = Duration::from_hours(24 * days.unsigned_abs());
    let time = if days < 0 { clock::now() - apart } else { clock::now() + apart };
    format_rfc3339_seconds(time).to_string().chars().filter(char::is_ascii_digit).collect()
}

/// Returns a signed zone, a record a line.
fn signed(denial: Denial) -> String {
    sign(keyed().path(), denial, &[])
}

/// Returns a folder with a zone and its keys.
fn keyed() -> TempDir {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("cargo makes the directory");
    let records = "www A 192.0.2.1\nwww AAAA 2001:db8::1\n*.wild TXT \"any\"\na.deep.tree MX 10 www\n\
                   child NS ns.child\nns.child A 192.0.2.4\nsecure NS ns0\nsecure DS 12345 13 2 \
                   0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nalias CNAME www\n";
    fs::write(directory.path().join("zone"), zone(7, records)).expect("the directory is ours");
    let algorithm = ["-q", "-a", "ECDSAP256SHA256"];
    // The key that signs the others publishes CDS and CDNSKEY.
    run(
        "dnssec-keygen",
        directory.path(),
        &[&algorithm[..], &["-f", "KSK", "-P", "sync", "now", ZONE]].concat(),
    );
    run("dnssec-keygen", directory.path(), &[&algorithm[..], &[ZONE]].concat());
    directory
}

/// Returns the zone of a folder, signed.
fn sign(directory: &Path, denial: Denial, more: &[&str]) -> String {
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
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{name} {}`: {said}", arguments.join(" "));
}
