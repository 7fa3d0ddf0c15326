//! The commands that are measured, and the results they must have.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::measure::{MeasuredCommand, StdoutMode, Usage, error_text, output};
use crate::measurements::{ResultCheck, Workload};
use crate::zones::generate;
use crate::{drain, versions};

/// The maximum number of runs of slow peers.
pub(crate) const MAX_SLOW_RUNS: usize = 3;

/// A resolver that does not exist: no query leaves this machine.
pub(crate) const NO_RESOLVER: &str = "127.0.0.1:1";

/// Drains the zone from all addresses at once.
pub(crate) fn floor(name: &'static str, zone: &str, addresses: &[SocketAddr], runs: usize) -> Workload {
    let own = std::env::current_exe().expect("the path of this program is known");
    let mut arguments = vec![own.display().to_string(), drain::MODE.to_owned(), zone.to_owned()];
    arguments.extend(addresses.iter().map(ToString::to_string));
    workload(name, arguments, runs, succeeded())
}

/// The command line of a check of one zone, with more arguments.
pub(crate) fn check(zone: &str, addresses: &[SocketAddr], more: &[&str]) -> Vec<String> {
    let mut arguments = vec![env!("CARGO_BIN_EXE_zoneprobe").to_owned(), "check".to_owned()];
    arguments.extend((!zone.is_empty()).then(|| zone.to_owned()));
    for (index, address) in addresses.iter().enumerate() {
        let role = if index == 0 { "--primary" } else { "--secondary" };
        arguments.extend([role.to_owned(), format!("ns{index}={address}")]);
    }
    arguments.extend(["--resolver", NO_RESOLVER].into_iter().chain(more.iter().copied()).map(str::to_owned));
    arguments
}

/// A workload whose output is checked.
pub(crate) fn workload(
    name: &'static str,
    arguments: Vec<String>,
    runs: usize,
    check: ResultCheck,
) -> Workload {
    let command = MeasuredCommand { arguments, input: None, stdout: StdoutMode::Kept };
    Workload { name, command, runs, check }
}

/// The exit code is 0.
pub(crate) fn succeeded() -> ResultCheck {
    Box::new(|usage, directory| {
        assert_eq!(usage.code, 0, "{}", error_text(directory));
        Duration::ZERO
    })
}

/// All servers are in sync, with so many records.
pub(crate) fn in_sync(servers: usize, records: Option<u64>) -> ResultCheck {
    Box::new(move |usage, directory| {
        let report = report(usage, directory, 0);
        let found = report["zones"][0]["servers"].as_array().expect("a report has servers");
        assert_eq!(found.len(), servers, "{report:#}");
        for server in found {
            assert_eq!(server["verdict"], "in_sync", "{server:#}");
            if let Some(records) = records {
                assert_eq!(server["copy"]["records"], records, "{server:#}");
            }
        }
        let responses = found.iter().filter_map(|server| server["answer"]["rtt_seconds"].as_f64());
        Duration::from_secs_f64(responses.fold(0.0, f64::max))
    })
}

/// The second server has all planted differences and no other.
pub(crate) fn planted() -> ResultCheck {
    Box::new(|usage, directory| {
        let report = report(usage, directory, 2);
        let server = &report["zones"][0]["servers"][1];
        assert_eq!(server["verdict"], "diverged", "{server:#}");
        assert_eq!(server["differences"]["complete"], true, "{server:#}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rrsets = server["differences"]["rrsets"].as_array().expect("the server has differences");
        let differences =
            rrsets.iter().map(|rrset| (text(&rrset["owner"]), text(&rrset["type"]), text(&rrset["kind"])));
        let mut differences: Vec<_> = differences.collect();
        differences.sort();
        assert_eq!(differences, generate::planted());
        Duration::ZERO
    })
}

/// The report of the last command, which ended with this exit code.
pub(crate) fn report(usage: &Usage, directory: &Path, code: i32) -> Value {
    let text = fs::read_to_string(output(directory)).expect("it was just written");
    assert_eq!(usage.code, code, "{text}\n{}", error_text(directory));
    serde_json::from_str(&text).expect("the report is JSON")
}

/// The usual way without zoneprobe: parallel transfers, sorted and compared.
pub(crate) fn kdig_sort_diff(zone: &str, addresses: [SocketAddr; 2], runs: usize) -> Workload {
    let transfer = |address: SocketAddr, file: &str| {
        let (ip, port) = (address.ip(), address.port());
        format!("kdig @{ip} -p {port} {zone} AXFR +noall +answer | LC_ALL=C sort > {file} &")
    };
    let [first, second] = addresses;
    let script = [transfer(first, "first"), transfer(second, "second"), "wait; diff first second".to_owned()];
    let arguments = ["sh", "-c", &script.join("\n")].map(str::to_owned).to_vec();
    workload("kdig, sort, diff", arguments, runs.min(MAX_SLOW_RUNS), succeeded())
}

/// `kdig` over TLS, which reads both copies and prints nothing of them.
pub(crate) fn kdig_tls(name: &'static str, zone: &str, addresses: [SocketAddr; 2], runs: usize) -> Workload {
    let transfer = |address: SocketAddr| {
        let (ip, port) = (address.ip(), address.port());
        format!("kdig @{ip} -p {port} +tls {zone} AXFR +noall > /dev/null &")
    };
    let script = [transfer(addresses[0]), transfer(addresses[1]), "wait".to_owned()];
    let arguments = ["sh", "-c", &script.join("\n")].map(str::to_owned).to_vec();
    workload(name, arguments, runs.min(MAX_SLOW_RUNS), succeeded())
}

/// `ldns-compare-zones`, which reads files; the time includes the transfers into them.
pub(crate) fn ldns_compare_zones(zone: &str, addresses: [SocketAddr; 2], runs: usize) -> Workload {
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
    workload("kdig, ldns-compare-zones", arguments, runs.min(MAX_SLOW_RUNS), succeeded())
}

/// `nsdiff`, if it is installed: Debian 12 has no package of it.
pub(crate) fn nsdiff(zone: &str, addresses: [SocketAddr; 2], runs: usize) -> Option<Workload> {
    let [first, second] = addresses.map(|address| format!("{}#{}", address.ip(), address.port()));
    let arguments = ["nsdiff", "-s", &first, "-m", &second, zone].map(str::to_owned).to_vec();
    versions::is_installed("nsdiff")
        .then(|| workload("nsdiff", arguments, runs.min(MAX_SLOW_RUNS), succeeded()))
}

/// A file of queries for `dnsperf`, each in a line `NAME TYPE`.
pub(crate) struct Queries {
    pub(crate) path: PathBuf,
    pub(crate) count: u64,
}

/// Queries that are sent once by two `dnsperf` processes at once, each to one address.
pub(crate) fn dnsperf(
    name: &'static str,
    options: &str,
    queries: &Queries,
    addresses: [SocketAddr; 2],
    runs: usize,
) -> Workload {
    let (path, count) = (queries.path.display(), queries.count);
    let pass = |address: SocketAddr| {
        let (ip, port) = (address.ip(), address.port());
        format!("dnsperf -n 1 {options} -s {ip} -p {port} -d {path} &")
    };
    let script = [addresses.map(pass).join("\n"), "wait".to_owned()].join("\n");
    let arguments = ["sh", "-c", &script].map(str::to_owned).to_vec();
    let check: ResultCheck = Box::new(move |usage, directory| {
        let text = fs::read_to_string(output(directory)).expect("it was just written");
        let completed = text.lines().filter(|line| line.contains("Queries completed:"));
        let all = completed.filter(|line| line.contains(&format!(" {count} (100.00%)"))).count();
        assert!(usage.code == 0 && all == 2, "dnsperf lost responses:\n{text}");
        Duration::ZERO
    });
    workload(name, arguments, runs, check)
}

/// A check of the serials of many zones on all servers, which prints a line for each zone.
pub(crate) fn sweep(
    name: &'static str,
    zone_list: ZoneList,
    addresses: &[SocketAddr],
    zones: u64,
    runs: usize,
) -> Workload {
    let (argument, input) = match zone_list {
        ZoneList::File(path) => (path.display().to_string(), None),
        ZoneList::Input(path) => ("-".to_owned(), Some(path)),
    };
    let arguments =
        check("", addresses, &["--zones", &argument, "--compare", "serials", "--format", "ndjson"]);
    let check: ResultCheck = Box::new(move |usage, directory| {
        // Every server of every zone is in sync.
        assert_eq!(usage.code, 0, "{}", error_text(directory));
        assert_eq!(usage.lines, zones, "a line for each zone");
        Duration::ZERO
    });
    let command = MeasuredCommand { arguments, input, stdout: StdoutMode::Counted };
    Workload { name, command, runs, check }
}

/// A check of the serials of many zones at a server that lives and one that is down.
pub(crate) fn sweep_beside_down(
    name: &'static str,
    zone_list: &Path,
    addresses: [SocketAddr; 2],
    zones: u64,
    runs: usize,
) -> Workload {
    let zone_list = zone_list.display().to_string();
    let more = ["--zones", &zone_list, "--compare", "serials", "--format", "ndjson"];
    let check: ResultCheck = Box::new(move |usage, directory| {
        assert_eq!(usage.code, 2, "{}", error_text(directory));
        let found = verdicts(directory);
        assert_eq!(found.len() as u64, zones, "a line for each zone");
        for verdicts in found {
            assert_eq!(verdicts, ["in_sync", "unreachable"]);
        }
        Duration::ZERO
    });
    workload(name, self::check("", &addresses, &more), runs.min(MAX_SLOW_RUNS), check)
}

/// The verdicts on the servers of each line of the last output.
fn verdicts(directory: &Path) -> Vec<Vec<String>> {
    let lines = BufReader::new(File::open(output(directory)).expect("it was just written")).lines();
    let verdicts = |line: std::io::Result<String>| {
        let zone: Value = serde_json::from_str(&line.expect("it is text")).expect("a line is JSON");
        let servers = zone["servers"].as_array().expect("a line has servers").iter();
        servers.map(|server| server["verdict"].as_str().unwrap_or_default().to_owned()).collect()
    };
    lines.map(verdicts).collect()
}

/// The input of a sweep.
pub(crate) enum ZoneList {
    File(PathBuf),
    Input(PathBuf),
}

/// Runs a sweep once, unmeasured, and checks every line.
pub(crate) fn check_sweep(sweep: &Workload, servers: usize, zones: u64, directory: &Path) {
    let usage = MeasuredCommand { stdout: StdoutMode::Kept, ..sweep.command.clone() }.run(directory);
    assert_eq!(usage.code, 0, "{}", error_text(directory));
    let found = verdicts(directory);
    assert_eq!(found.len() as u64, zones, "a line for each zone");
    for verdicts in found {
        assert!(
            verdicts.len() == servers && verdicts.iter().all(|verdict| verdict == "in_sync"),
            "{verdicts:?}"
        );
    }
}
