//! `serve` over a hundred thousand zones on real servers: memory, CPU, and the time of a scrape; and what becomes of
//! the others while the server of most of them is down.
//!
//! `cargo bench --bench scale -- [--zones N] [--interval SECONDS] [--quick] [--outage]`; `benches/run` installs what
//! it needs. `--outage` measures nothing but that. The floor of a scrape is the same text, sent from memory.
//!
//! `cargo bench --bench scale -- --fleet [--sizes N,N,N] [--interval SECONDS]` measures fleets of up to a million zones
//! at a server of the benchmark, and nothing else.
//!
//! `cargo bench --bench scale -- --pages [--zones N]` measures the pages of a fleet, and nothing else.
//!
//! `cargo bench --bench scale -- --changes [--sizes N,N,N]` measures one large zone that changes a little at three
//! servers, and nothing else.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a benchmark reads its own input, and prints its result"
)]

mod changes;
#[path = "../../tests/harness/daemon/mod.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod daemon;
mod fleet;
mod knot;
#[path = "../side_by_side/machine.rs"]
mod machine;
mod outage;
mod pages;
mod relay;
mod responder;
mod scrape;
mod service;
#[path = "../zones/mod.rs"]
#[expect(dead_code, unused_imports, reason = "other benchmarks use all of it")]
mod zones;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use daemon::{Daemon, Kind, ServedZone};
use service::{IntervalCost, Service};

/// The number of zones that are not in sync: the primary has a newer serial.
const LAGGING_ZONES: u32 = 100;

/// The number of zones of the service with `detail: server`.
const DETAILED_ZONES: u32 = 1000;

/// The number of intervals that are measured, after the first check of every zone.
const INTERVALS: u32 = 2;

/// The arguments.
struct Options {
    zones: u32,
    interval: Duration,
    /// Whether records are compared too, which takes ten intervals.
    records: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1);
    let number = |text: &str| text.parse::<u32>().expect("the value is a number");
    let after = |name: &str| value(name).map(|value| number(value));
    let sizes = value("--sizes").map(|sizes| sizes.split(',').map(number).collect::<Vec<u32>>());
    if arguments.iter().any(|argument| argument == "--fleet") {
        let interval = after("--interval").map(|seconds| Duration::from_secs(seconds.into()));
        fleet::bench(&sizes.unwrap_or_else(|| fleet::SIZES.to_vec()), interval);
        return;
    }
    if arguments.iter().any(|argument| argument == "--changes") {
        changes::bench(&sizes.unwrap_or_else(|| changes::SIZES.to_vec()));
        return;
    }
    if arguments.iter().any(|argument| argument == "--pages") {
        pages::bench(after("--zones").unwrap_or(100_000));
        return;
    }
    let options = Options {
        zones: after("--zones").unwrap_or(100_000),
        interval: Duration::from_secs(after("--interval").unwrap_or(60).into()),
        records: !arguments.iter().any(|argument| argument == "--quick"),
    };
    if !arguments.iter().any(|argument| argument == "--outage") {
        println!("{}", bench(&options));
    }
    println!("{}", outage::bench(&options));
}

fn bench(options: &Options) -> String {
    let directory = daemon::directory();
    let [old, new] = write_zones(directory.path());
    let servers = [&new, &old, &old].map(|first| start(options.zones, first, &old));
    let mut table = machine::machine();
    table += &format!(
        "- servers, on the same cores: three of {}, each with {} zones of six records\n\n",
        machine::first_line(&daemon::program("nsd"), "-v"),
        options.zones
    );
    table += "| zones × addresses | compared | interval | memory | CPU per interval | cores in use | queries per interval | late checks | `/metrics` | gzip | floor | size |\n";
    table += "|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    let configure = |zones, interval, more: &str| configuration(&servers, zones, interval, more);
    let serials = configure(options.zones, options.interval, "compare: serials");
    table += &row(options, options.zones, "serials", &Service::start(&serials));
    if options.records {
        let records = configure(options.zones, options.interval, "compare: records");
        let service = Service::start(&records);
        service.await_transfers(u64::from(options.zones) * 3, options.interval * 12);
        table += &row(options, options.zones, "records", &service);
    }
    let detailed = DETAILED_ZONES.min(options.zones);
    let text = configure(detailed, options.interval, "compare: serials") + "metrics: {detail: server}\n";
    table += &row(options, detailed, "serials, `detail: server`", &Service::start(&text));
    table
}

/// Writes the zone file of all zones, with serial 1 and with serial 2.
fn write_zones(directory: &Path) -> [PathBuf; 2] {
    [1, 2].map(|serial| {
        let path = directory.join(format!("zone.{serial}"));
        fs::write(&path, zone_text(serial)).expect("the directory is ours");
        path
    })
}

fn zone_text(serial: u32) -> String {
    format!(
        "$TTL 300\n@ SOA ns1 host {serial} 3600 600 86400 300\n@ NS ns1\n@ NS ns2\n\
         ns1 A 192.0.2.1\nns2 A 192.0.2.2\nwww A 192.0.2.3\n"
    )
}

fn name(number: u32) -> String {
    format!("z{number}.test")
}

fn start(zones: u32, first: &Path, rest: &Path) -> Daemon {
    let path = |number| if number < LAGGING_ZONES { first } else { rest };
    let files: Vec<ServedZone> =
        (0..zones).map(|number| ServedZone { zone: name(number), path: path(number).to_owned() }).collect();
    Kind::Nsd.primary_of(&files).quiet().start()
}

fn configuration(servers: &[Daemon], zones: u32, interval: Duration, compare: &str) -> String {
    let mut text = format!("probe: {{interval: {}s, {compare}}}\nservers:\n", interval.as_secs());
    for (index, server) in servers.iter().enumerate() {
        let role = if index == 0 { ", role: primary" } else { "" };
        text += &format!("  ns{index}: {{address: \"{}\"{role}}}\n", server.address());
    }
    let names: Vec<String> = (0..zones).map(name).collect();
    text += &format!("zones: [{}]\n", names.join(", "));
    text
}

fn row(options: &Options, zones: u32, compared: &str, service: &Service) -> String {
    service.await_ready(options.interval * 3);
    let IntervalCost { cpu, queries, late, memory } = service.measure(INTERVALS, options.interval);
    let scrape = scrape::measure(service.address());
    format!(
        "| {zones} × 3 | {compared} | {} s | {memory:.0} MiB | {:.2} s | {:.2} | {queries} | {late} | {:.1} ms | {:.1} ms | {:.1} ms | {:.1} MB |\n",
        options.interval.as_secs(),
        cpu.as_secs_f64(),
        cpu.as_secs_f64() / options.interval.as_secs_f64(),
        scrape.plain * 1e3,
        scrape.gzip * 1e3,
        scrape.floor * 1e3,
        scrape.megabytes,
    )
}
