//! The commands that are measured, and what each must print.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::measure::{Job, Output, Usage, error_text, output};
use crate::measurements::{Verify, Work};
use crate::zones::generate;
use crate::{drain, versions};

/// Slow peers are run no more often than this.
const SLOW_RUNS: usize = 3;

/// Nobody is there: no name is looked up outside this machine.
const NO_RESOLVER: &str = "127.0.0.1:1";

/// Drains the zone from all addresses at once, and throws it away.
pub(crate) fn floor(name: &'static str, zone: &str, addresses: &[SocketAddr], runs: usize) -> Work {
    let own = std::env::current_exe().expect("a program knows where it is");
    let mut arguments = vec![own.display().to_string(), drain::MODE.to_owned(), zone.to_owned()];
    arguments.extend(addresses.iter().map(ToString::to_string));
    work(name, arguments, runs, succeeded())
}

/// Checks one zone; `more` is added to the command line.
pub(crate) fn check(zone: &str, addresses: &[SocketAddr], more: &[&str]) -> Vec<String> {
    let mut arguments = vec![env!("CARGO_BIN_EXE_zoneprobe").to_owned(), "check".to_owned()];
    arguments.extend((!zone.is_empty()).then(|| zone.to_owned()));
    for (place, address) in addresses.iter().enumerate() {
        let role = if place == 0 { "--primary" } else { "--secondary" };
        arguments.extend([role.to_owned(), format!("ns{place}={address}")]);
    }
    arguments.extend(["--resolver", NO_RESOLVER].into_iter().chain(more.iter().copied()).map(str::to_owned));
    arguments
}

pub(crate) fn work(name: &'static str, arguments: Vec<String>, runs: usize, verify: Verify) -> Work {
    Work { name, job: Job { arguments, input: None, output: Output::Kept }, runs, verify }
}

/// Ends well; of what it prints nothing is said.
fn succeeded() -> Verify {
    Box::new(|usage, directory| {
        assert_eq!(usage.code, 0, "{}", error_text(directory));
        Duration::ZERO
    })
}

/// All servers are in sync, with so many records if copies are compared.
pub(crate) fn in_sync(servers: usize, records: Option<u64>) -> Verify {
    Box::new(move |usage, directory| {
        let report = report(usage, directory, 0);
        let found = report["zones"][0]["servers"].as_array().expect("a report tells of servers");
        assert_eq!(found.len(), servers, "{report:#}");
        for server in found {
            assert_eq!(server["verdict"], "in_sync", "{server:#}");
            if let Some(records) = records {
                assert_eq!(server["copy"]["records"], records, "{server:#}");
            }
        }
        let slowest = found.iter().filter_map(|server| server["answer"]["rtt_seconds"].as_f64());
        Duration::from_secs_f64(slowest.fold(0.0, f64::max))
    })
}

/// The second server differs in all that is planted, and in nothing else.
pub(crate) fn planted() -> Verify {
    Box::new(|usage, directory| {
        let report = report(usage, directory, 2);
        let server = &report["zones"][0]["servers"][1];
        assert_eq!(server["verdict"], "diverged", "{server:#}");
        assert_eq!(server["differences"]["complete"], true, "{server:#}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rrsets = server["differences"]["rrsets"].as_array().expect("differences are told");
        let told =
            rrsets.iter().map(|rrset| (text(&rrset["owner"]), text(&rrset["type"]), text(&rrset["kind"])));
        let mut told: Vec<_> = told.collect();
        told.sort();
        assert_eq!(told, generate::planted());
        Duration::ZERO
    })
}

fn report(usage: &Usage, directory: &Path, code: i32) -> Value {
    let text = fs::read_to_string(output(directory)).expect("it was just written");
    assert_eq!(usage.code, code, "{text}\n{}", error_text(directory));
    serde_json::from_str(&text).expect("the report is JSON")
}

/// What people do without this program: transfers in parallel, sorted, compared.
pub(crate) fn kdig_sort_diff(zone: &str, addresses: [SocketAddr; 2], runs: usize) -> Work {
    let transfer = |address: SocketAddr, file: &str| {
        let (ip, port) = (address.ip(), address.port());
        format!("kdig @{ip} -p {port} {zone} AXFR +noall +answer | LC_ALL=C sort > {file} &")
    };
    let [first, second] = addresses;
    let script = [transfer(first, "first"), transfer(second, "second"), "wait; diff first second".to_owned()];
    let arguments = ["sh", "-c", &script.join("\n")].map(str::to_owned).to_vec();
    work("kdig, sort, diff", arguments, runs.min(SLOW_RUNS), succeeded())
}

/// `ldns-compare-zones`, which reads files; the transfers to them count.
pub(crate) fn ldns_compare_zones(zone: &str, addresses: [SocketAddr; 2], runs: usize) -> Work {
    let transfer = |address: SocketAddr, file: &str| {
        let (ip, port) = (address.ip(), address.port());
        format!("kdig @{ip} -p {port} {zone} AXFR +noall +answer > {file} &")
    };
    let [first, second] = addresses;
    let script = [
        transfer(first, "first"),
        transfer(second, "second"),
        "wait; ldns-compare-zones -e first second".to_owned(),
    ];
    let arguments = ["sh", "-c", &script.join("\n")].map(str::to_owned).to_vec();
    work("kdig, ldns-compare-zones", arguments, runs.min(SLOW_RUNS), succeeded())
}

/// `nsdiff`, if it is installed: Debian has no package of it.
pub(crate) fn nsdiff(zone: &str, addresses: [SocketAddr; 2], runs: usize) -> Option<Work> {
    let [first, second] = addresses.map(|address| format!("{}#{}", address.ip(), address.port()));
    let arguments = ["nsdiff", "-s", &first, "-m", &second, zone].map(str::to_owned).to_vec();
    versions::is_installed("nsdiff").then(|| work("nsdiff", arguments, runs.min(SLOW_RUNS), succeeded()))
}

/// The same SOA questions from two one-pass `dnsperf` runs at once.
pub(crate) fn dnsperf(queries: &Path, addresses: [SocketAddr; 2], zones: u64, runs: usize) -> Work {
    let pass = |address: SocketAddr| {
        let (ip, port, queries) = (address.ip(), address.port(), queries.display());
        format!("dnsperf -n 1 -e -s {ip} -p {port} -d {queries} &")
    };
    let script = [addresses.map(pass).join("\n"), "wait".to_owned()].join("\n");
    let arguments = ["sh", "-c", &script].map(str::to_owned).to_vec();
    let verify: Verify = Box::new(move |usage, directory| {
        let text = fs::read_to_string(output(directory)).expect("it was just written");
        let completed = text.lines().filter(|line| line.contains("Queries completed:"));
        let all = completed.filter(|line| line.contains(&format!(" {zones} (100.00%)"))).count();
        assert!(usage.code == 0 && all == 2, "dnsperf lost answers:\n{text}");
        Duration::ZERO
    });
    work("two `dnsperf` at once", arguments, runs, verify)
}

/// SOA of many zones at all addresses; the result is a line for each zone.
pub(crate) fn sweep(
    name: &'static str,
    source: Source,
    addresses: &[SocketAddr],
    zones: u64,
    runs: usize,
) -> Work {
    let (from, input) = match source {
        Source::File(path) => (path.display().to_string(), None),
        Source::Input(path) => ("-".to_owned(), Some(path)),
    };
    let arguments = check("", addresses, &["--zones", &from, "--compare", "serials", "--format", "ndjson"]);
    let verify: Verify = Box::new(move |usage, directory| {
        // Zero says that every server of every zone is in sync.
        assert_eq!(usage.code, 0, "{}", error_text(directory));
        assert_eq!(usage.lines, zones, "a line for each zone");
        Duration::ZERO
    });
    Work { name, job: Job { arguments, input, output: Output::Counted }, runs, verify }
}

/// Where a sweep has its zones from.
pub(crate) enum Source {
    File(PathBuf),
    Input(PathBuf),
}

/// Runs a sweep once, unmeasured, and reads every line of it.
pub(crate) fn verify_sweep(sweep: &Work, servers: usize, zones: u64, directory: &Path) {
    let usage = Job { output: Output::Kept, ..sweep.job.clone() }.run(directory);
    assert_eq!(usage.code, 0, "{}", error_text(directory));
    let lines = BufReader::new(File::open(output(directory)).expect("it was just written")).lines();
    let mut seen = 0;
    for line in lines {
        let zone: Value = serde_json::from_str(&line.expect("it is text")).expect("a line is JSON");
        let in_sync = zone["servers"].as_array().expect("a line tells of servers").iter();
        assert_eq!(in_sync.filter(|server| server["verdict"] == "in_sync").count(), servers, "{zone:#}");
        seen += 1;
    }
    assert_eq!(seen, zones, "a line for each zone");
}
