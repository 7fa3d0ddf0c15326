//! `serve` over a hundred thousand zones on real servers: memory, CPU of a round, and what a scrape takes.
//!
//! `cargo bench --bench scale -- [--zones N] [--interval SECONDS] [--quick]`; `benches/run` installs what it needs.
//! The scrape stands beside its floor: the same text, sent from memory.

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

#[path = "../../tests/harness/daemon/mod.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod daemon;
#[path = "../side_by_side/machine.rs"]
mod machine;
mod scrape;
mod service;

use std::fs;
use std::path::Path;
use std::time::Duration;

use daemon::{Daemon, Kind, ServedZone};
use service::{Round, Service};

/// Zones that are not in sync: the primary has a newer serial.
const BAD_ZONES: u32 = 100;

/// Zones of the service that tells everything of each.
const FEW_ZONES: u32 = 1000;

/// Rounds that are measured, once every zone was looked at.
const ROUNDS: u32 = 2;

/// What is to be measured.
struct Task {
    zones: u32,
    interval: Duration,
    /// Whether records are compared too, which takes ten intervals.
    records: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let value = arguments.iter().skip_while(|argument| *argument != name).nth(1);
        value.map(|value| value.parse().expect("a number stands behind it"))
    };
    let task = Task {
        zones: after("--zones").unwrap_or(100_000),
        interval: Duration::from_secs(after("--interval").unwrap_or(60).into()),
        records: !arguments.iter().any(|argument| argument == "--quick"),
    };
    println!("{}", bench(&task));
}

fn bench(task: &Task) -> String {
    let directory = daemon::directory();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).expect("the directory is ours");
        path
    };
    let [old, new] = [1, 2].map(|serial| write(&format!("zone.{serial}"), &zone_text(serial)));
    let servers = [&new, &old, &old].map(|first| start(task.zones, first, &old));
    let mut told = machine::machine();
    told += &format!(
        "- servers, on the same cores: three of {}, each with {} zones of six records\n\n",
        machine::first_line(&daemon::program("nsd"), "-v"),
        task.zones
    );
    told += "| zones × addresses | compared | interval | memory | CPU of a round | cores in use | questions of a round | late | `/metrics` | packed | floor | size |\n";
    told += "|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    let configure = |zones, interval, more: &str| configuration(&servers, zones, interval, more);
    let serials = configure(task.zones, task.interval, "compare: serials");
    told += &row(task, task.zones, "serials", &Service::start(&serials));
    if task.records {
        let records = configure(task.zones, task.interval, "compare: records");
        let service = Service::start(&records);
        service.await_transfers(u64::from(task.zones) * 3, task.interval * 12);
        told += &row(task, task.zones, "records", &service);
    }
    let few = FEW_ZONES.min(task.zones);
    let everything = configure(few, task.interval, "compare: serials") + "metrics: {detail: server}\n";
    told += &row(task, few, "serials, `detail: server`", &Service::start(&everything));
    told
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
    let path = |number| if number < BAD_ZONES { first } else { rest };
    let files: Vec<ServedZone> =
        (0..zones).map(|number| ServedZone { zone: name(number), path: path(number).to_owned() }).collect();
    Kind::Nsd.primary_of(&files).quiet().start()
}

fn configuration(servers: &[Daemon], zones: u32, interval: Duration, compare: &str) -> String {
    let mut text = format!("probe: {{interval: {}s, {compare}}}\nservers:\n", interval.as_secs());
    for (place, server) in servers.iter().enumerate() {
        let role = if place == 0 { ", role: primary" } else { "" };
        text += &format!("  ns{place}: {{address: \"{}\"{role}}}\n", server.address());
    }
    let names: Vec<String> = (0..zones).map(name).collect();
    text += &format!("zones: [{}]\n", names.join(", "));
    text
}

fn row(task: &Task, zones: u32, compared: &str, service: &Service) -> String {
    service.await_ready(task.interval * 3);
    let Round { cpu, questions, late, memory } = service.rounds(ROUNDS, task.interval);
    let scrape = scrape::measure(service.address());
    format!(
        "| {zones} × 3 | {compared} | {} s | {memory:.0} MiB | {:.2} s | {:.2} | {questions} | {late} | {:.1} ms | {:.1} ms | {:.1} ms | {:.1} MB |\n",
        task.interval.as_secs(),
        cpu.as_secs_f64(),
        cpu.as_secs_f64() / task.interval.as_secs_f64(),
        scrape.plain * 1e3,
        scrape.packed * 1e3,
        scrape.floor * 1e3,
        scrape.megabytes,
    )
}
