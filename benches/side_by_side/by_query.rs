//! Records by query: a zone at two servers that refuse the transfer, compared with a zone file.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::daemon::{self, Daemon, Kind, ServedZone};
use crate::groups::{KEY, number, write_zone};
use crate::measure::{error_text, output};
use crate::measurements::{Measurements, ResultCheck, Workload, named, run_interleaved};
use crate::table::{TargetRow, memory, ratio, times};
use crate::versions::{self, PYTHON};
use crate::workloads::{MAX_SLOW_RUNS, NO_RESOLVER, Queries, dnsperf, report, workload};
use crate::zones::{GeneratedZone, Variant, generate};

/// The number of RRsets of [`ZONE`]; the other zone has one more.
const RRSETS: u64 = 100_000;

/// The zone that both servers have as the zone file says. The two NS at the apex are the only RRset of two records.
const ZONE: GeneratedZone = GeneratedZone::Mixed(RRSETS + 1);

/// The zone of which Knot has a stale record: a zone of its own, so that the same servers can serve it.
const STALE_ZONE: GeneratedZone = GeneratedZone::Mixed(RRSETS + 2);

/// `dnspython` is slow: it asks for every twentieth RRset.
const DNSPYTHON_STEP: u64 = 20;

/// The program that asks with `dnspython`.
const DNSPYTHON_PROGRAM: &str = include_str!("dnspython.py");

const OURS: &str = "100,000 RRsets by query";
const STALE: &str = "100,000 RRsets by query, one stale";
const DNSPERF: &str = "two `dnsperf -m tcp` at once";
const DNSPYTHON: &str = "`dnspython`, 5,000 RRsets";

/// The servers, and the directory of the files.
struct Servers {
    directory: TempDir,
    nsd: Daemon,
    knot: Daemon,
}

/// Measures zoneprobe and the other programs by turns.
pub(crate) fn measure(runs: usize) -> Vec<Measurements> {
    let servers = Servers::start();
    let (directory, slow) = (servers.directory.path(), runs.min(MAX_SLOW_RUNS));
    let queries = write_queries(directory.join("queries"), 1);
    assert_eq!(queries.count, RRSETS);
    let mut workloads = vec![
        // Like zoneprobe: 256 outstanding queries on one connection, with DO.
        dnsperf(DNSPERF, "-m tcp -D -q 256", &queries, servers.pair(), runs),
        workload(OURS, servers.check(ZONE), runs, all_in_sync()),
        workload(STALE, servers.check(STALE_ZONE), slow, one_stale()),
    ];
    if versions::dnspython().is_some() {
        let queries = write_queries(directory.join("few"), DNSPYTHON_STEP);
        workloads.push(dnspython(&queries, servers.pair(), slow));
    }
    run_interleaved(directory, &workloads)
}

/// The targets.
pub(crate) fn rows(measurements: &[Measurements]) -> Vec<TargetRow> {
    let of = |name| named(measurements, name);
    let work = "100,000 RRsets by query, NSD and Knot, TCP";
    let mut rows = vec![
        times(work, "≤ 1.5 × two parallel `dnsperf -m tcp -D -q 256`", [of(OURS), of(DNSPERF)], 1.5),
        memory(work, "≤ 32 MiB", of(OURS), 32.0),
        TargetRow {
            work,
            target: "all asked and in_sync; the one stale record found",
            measured: "checked".to_owned(),
            met: true,
        },
    ];
    if measurements.iter().any(|measured| measured.name == DNSPYTHON) {
        let faster = ratio(of(DNSPYTHON), of(OURS)) * number(DNSPYTHON_STEP);
        rows.push(TargetRow {
            work,
            target: "≥ 10 × faster than a loop with `dnspython` (5,000 RRsets, scaled)",
            measured: format!("{faster:.0} ×"),
            met: faster >= 10.0,
        });
    }
    rows
}

impl Servers {
    fn start() -> Self {
        let directory = daemon::directory();
        let write = |zone, copy, file: &str| write_zone(zone, copy, &directory.path().join(file));
        let zone = write(ZONE, Variant::Good, file_name(ZONE));
        let good = write(STALE_ZONE, Variant::Good, file_name(STALE_ZONE));
        let stale = write(STALE_ZONE, Variant::Stale, "stale");
        let [name, algorithm, secret] = KEY;
        // They refuse transfers that are not signed with the key, and zoneprobe does not know it.
        let spawn = |kind: Kind, zones: &[ServedZone]| {
            kind.primary_of(zones).key(name, algorithm, secret).requiring_key().quiet().spawn()
        };
        let mut nsd = spawn(Kind::Nsd, &[zone.clone(), good]);
        let mut knot = spawn(Kind::Knot, &[zone, stale]);
        nsd.await_zones();
        knot.await_zones();
        Self { directory, nsd, knot }
    }

    fn pair(&self) -> [SocketAddr; 2] {
        [self.nsd.address(), self.knot.address()]
    }

    /// The command line of a check of both servers against the zone file.
    fn check(&self, zone: GeneratedZone) -> Vec<String> {
        let [nsd, knot] = self.pair();
        let servers = [format!("nsd={nsd}"), format!("knot={knot}")];
        let (name, file) = (zone.name(), self.directory.path().join(file_name(zone)).display().to_string());
        let program = env!("CARGO_BIN_EXE_zoneprobe");
        let zone = [program, "check", &name, "--zone-file", &file, "--format", "json"];
        let servers = ["--secondary", &servers[0], "--secondary", &servers[1], "--resolver", NO_RESOLVER];
        zone.into_iter().chain(servers).map(str::to_owned).collect()
    }
}

fn file_name(zone: GeneratedZone) -> &'static str {
    if zone == ZONE { "zone" } else { "good" }
}

/// Writes queries for the RRsets of [`ZONE`]: for the first, and for each that is `step` RRsets after one of these.
fn write_queries(path: PathBuf, step: u64) -> Queries {
    let mut file = BufWriter::new(File::create(&path).expect("the directory is ours"));
    let (mut last, mut rrsets, mut count) = (String::new(), 0, 0);
    ZONE.for_each_record(Variant::Good, |record| {
        let query = format!("{} {}", record.owner, record.data.mnemonic());
        if query == last {
            return;
        }
        if rrsets % step == 0 {
            writeln!(file, "{query}").expect("the disk has room");
            count += 1;
        }
        rrsets += 1;
        last = query;
    });
    file.flush().expect("the disk has room");
    Queries { path, count }
}

/// Both servers are in sync, and were asked for every RRset.
fn all_in_sync() -> ResultCheck {
    Box::new(|usage, directory| {
        let report = report(usage, directory, 0);
        for server in servers(&report) {
            assert_asked(server, RRSETS);
            assert_eq!(server["verdict"], "in_sync", "{server:#}");
        }
        Duration::ZERO
    })
}

/// Both servers were asked for every RRset, NSD is in sync, and Knot has one other RRset: the stale one.
fn one_stale() -> ResultCheck {
    Box::new(|usage, directory| {
        let report = report(usage, directory, 2);
        let [nsd, knot] = servers(&report);
        for server in [nsd, knot] {
            assert_asked(server, RRSETS + 1);
        }
        assert_eq!(nsd["verdict"], "in_sync", "{nsd:#}");
        assert_eq!(knot["verdict"], "diverged", "{knot:#}");
        let rrsets = knot["differences"]["rrsets"].as_array().expect("the server has a difference");
        let [rrset] = rrsets.as_slice() else { panic!("{knot:#}") };
        let found = [&rrset["owner"], &rrset["type"], &rrset["kind"]];
        assert_eq!(found, [generate::stale(STALE_ZONE).as_str(), "A", "changed"], "{knot:#}");
        Duration::ZERO
    })
}

fn servers(report: &Value) -> [&Value; 2] {
    let servers = report["zones"][0]["servers"].as_array().expect("a report has servers");
    let [nsd, knot] = servers.as_slice() else { panic!("{report:#}") };
    [nsd, knot]
}

/// A server was asked for every RRset.
fn assert_asked(server: &Value, rrsets: u64) {
    let copy = &server["copy"];
    assert_eq!(copy["method"], "queries", "{server:#}");
    assert_eq!([&copy["asked"], &copy["askable"]], [rrsets, rrsets], "{server:#}");
}

/// A loop with `dnspython` that asks both servers and compares their answers.
fn dnspython(queries: &Queries, addresses: [SocketAddr; 2], runs: usize) -> Workload {
    let mut arguments = vec![PYTHON.to_owned(), "-c".to_owned(), DNSPYTHON_PROGRAM.to_owned()];
    arguments.push(queries.path.display().to_string());
    arguments
        .extend(addresses.iter().flat_map(|address| [address.ip().to_string(), address.port().to_string()]));
    let expected = format!("{} asked, 0 differ", queries.count);
    let check: ResultCheck = Box::new(move |usage, directory| {
        let text = fs::read_to_string(output(directory)).expect("it was just written");
        assert!(usage.code == 0 && text.trim() == expected, "{text}{}", error_text(directory));
        Duration::ZERO
    });
    workload(DNSPYTHON, arguments, runs, check)
}
