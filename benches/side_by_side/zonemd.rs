//! A zone with a digest of itself (ZONEMD): two copies of it, beside the same work without the digest, and beside
//! programs that compute the digest of a zone file.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::daemon::{self, Daemon, Kind, ServedZone, program};
use crate::groups::{MILLION, write_zone};
use crate::measurements::{ResultCheck, named, run_interleaved};
use crate::table::{self, TargetRow, memory, ratio, times};
use crate::workloads::{MAX_SLOW_RUNS, check, in_sync, report, succeeded, workload};
use crate::zones::{GeneratedZone, Variant};

/// The zone to which a ZONEMD is added as its last record.
const ZONE: GeneratedZone = GeneratedZone::Mixed(999_999);

const WITHOUT: &str = "two copies of 1,000,000, without ZONEMD";
const WITH: &str = "two copies of 1,000,000, with ZONEMD (SHA-384)";
const PDNSUTIL: &str = "`pdnsutil zonemd-verify-file`, one file";
const LDNS: &str = "`ldns-signzone -Z`, one file";

/// Measures by turns, and prints the tables.
pub(crate) fn bench(runs: usize) {
    let directory = daemon::directory();
    let path = |name: &str| directory.path().join(name);
    let plain = write_zone(MILLION, Variant::Good, &path("plain"));
    let undigested = write_zone(ZONE, Variant::Good, &path("undigested"));
    let digested = add_zonemd(&undigested, &path("digested"));
    let zones = [plain, digested.clone()];
    let mut servers = [Kind::Nsd, Kind::Knot].map(|kind| kind.primary_of(&zones).quiet().spawn());
    servers.iter_mut().for_each(Daemon::await_zones);
    let pair: [SocketAddr; 2] = servers.each_ref().map(Daemon::address);
    let ours = |zone: GeneratedZone| check(&zone.name(), &pair, &["--format", "json"]);
    fs::write(path("pdns.conf"), "launch=\n").expect("the directory is ours");
    let configuration = format!("--config-dir={}", directory.path().display());
    let (zone, file) = (ZONE.name(), digested.path.display().to_string());
    let pdnsutil = [&program_name("pdnsutil"), &configuration, "zonemd-verify-file", &zone, &file];
    let output = path("of-ldns").display().to_string();
    let ldns = [&program_name("ldns-signzone"), "-Z", "-z", "1:1", "-o", &zone, "-f", &output, &file];
    let own = |arguments: &[&str]| arguments.iter().copied().map(str::to_owned).collect();
    let slow = runs.min(MAX_SLOW_RUNS);
    let measured = run_interleaved(
        directory.path(),
        &[
            workload(WITHOUT, ours(MILLION), runs, in_sync(2, Some(1_000_000))),
            workload(WITH, ours(ZONE), runs, verified()),
            workload(PDNSUTIL, own(&pdnsutil), slow, succeeded()),
            workload(LDNS, own(&ldns), slow, succeeded()),
        ],
    );
    let of = |name| named(&measured, name);
    let work = "two copies of 1,000,000 with ZONEMD, NSD and Knot";
    let faster = |target, peer| {
        let faster = ratio(of(peer), of(WITH));
        TargetRow { work, target, measured: format!("{faster:.1} ×"), met: faster > 1.0 }
    };
    let rows = [
        times(work, "≤ 2 × without", [of(WITH), of(WITHOUT)], 2.0),
        memory(work, "≤ 32 MiB", of(WITH), 32.0),
        faster("faster than `pdnsutil zonemd-verify-file` with one file", PDNSUTIL),
        faster("faster than `ldns-signzone -Z` with one file", LDNS),
    ];
    println!("{}", table::table(rows, &measured));
}

fn program_name(name: &str) -> String {
    program(name).display().to_string()
}

/// Adds the digest that `ldns-signzone` computes to a copy of a zone file.
fn add_zonemd(zone: &ServedZone, path: &Path) -> ServedZone {
    let output = path.with_extension("ldns");
    let mut command = Command::new(program("ldns-signzone"));
    command.args(["-Z", "-z", "1:1", "-o", &zone.zone, "-f"]).arg(&output).arg(&zone.path);
    let status = command.status().expect("the program was found");
    assert!(status.success(), "`ldns-signzone` failed");
    let text = fs::read_to_string(&output).expect("it was just written");
    let zonemd = text.lines().find(|line| line.contains("\tZONEMD\t")).expect("it has a digest");
    let plain = fs::read_to_string(&zone.path).expect("it was just written");
    fs::write(path, format!("{plain}{zonemd}\n")).expect("the disk has room");
    ServedZone { zone: zone.zone.clone(), path: path.to_owned() }
}

/// Both copies are in sync, and their digests verified.
fn verified() -> ResultCheck {
    Box::new(|usage, directory| {
        let report = report(usage, directory, 0);
        let servers = report["zones"][0]["servers"].as_array().expect("a report has servers");
        assert_eq!(servers.len(), 2, "{report:#}");
        for server in servers {
            assert_eq!(server["verdict"], "in_sync", "{server:#}");
            assert_eq!(server["copy"]["records"], 1_000_000, "{server:#}");
            assert_eq!(server["copy"]["zonemd"], "verified", "{server:#}");
        }
        Duration::ZERO
    })
}
