//! `serve` while the server of most zones is down: what that costs, and whether other zones are checked in time.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::daemon::{Daemon, Kind, ServedZone};
use crate::scrape;
use crate::service::{Service, until};
use crate::{Options, name, write_zones};

/// The zones at other servers, which are checked every ten seconds; the first of them is not in sync.
const ZONES_ELSEWHERE: u32 = 1000;

/// Their interval.
const INTERVAL_ELSEWHERE: Duration = Duration::from_secs(10);

/// How often the age of their checks is looked at in each interval of the others.
const SAMPLES: u32 = 10;

/// The servers: two of most zones, the second of which goes down, and two of the others.
struct Servers {
    live: Daemon,
    down: Daemon,
    elsewhere: [Daemon; 2],
}

/// What an interval costs.
struct Phase {
    cpu: Duration,
    /// The time since the check of the zone elsewhere that was checked longest ago.
    oldest: Duration,
    metrics: usize,
    log_lines: u64,
}

/// Measures both ways of being down, and returns the table.
pub(crate) fn bench(options: &Options) -> String {
    let directory = crate::daemon::directory();
    let [old, new] = write_zones(directory.path());
    let others = |first: &std::path::PathBuf| -> Vec<ServedZone> {
        let path = |number| if number == 0 { first.clone() } else { old.clone() };
        (0..ZONES_ELSEWHERE)
            .map(|number| ServedZone { zone: elsewhere(number), path: path(number) })
            .collect()
    };
    let start = || crate::start(options.zones, &old, &old);
    let start_elsewhere = |first| Kind::Nsd.primary_of(&others(first)).quiet().start();
    let mut servers =
        Servers { live: start(), down: start(), elsewhere: [start_elsewhere(&new), start_elsewhere(&old)] };
    let mut table = format!(
        "| {} zones at two servers, {ZONES_ELSEWHERE} elsewhere every {} s | CPU per interval | oldest check elsewhere | `/metrics` | log lines | 99 % in sync after it is back |\n|---|---|---|---|---|---|\n",
        options.zones,
        INTERVAL_ELSEWHERE.as_secs(),
    );
    let service = Service::start(&configuration(options, &servers));
    service.await_ready(options.interval * 3);
    row(&mut table, "both alive", &measure(options, &service, service.log_lines()), None);
    // The system still takes datagrams and connections for a process that stands still.
    let lines = service.log_lines();
    servers.down.freeze();
    await_down(&service, options);
    let silent = measure(options, &service, lines);
    servers.down.resume();
    row(&mut table, "one silent", &silent, Some(await_return(&service, options)));
    let lines = service.log_lines();
    servers.down.stop();
    await_down(&service, options);
    let refusing = measure(options, &service, lines);
    servers.down.restart(|setup| setup);
    row(&mut table, "one refusing", &refusing, Some(await_return(&service, options)));
    table
}

fn elsewhere(number: u32) -> String {
    format!("e{number}.example")
}

fn configuration(options: &Options, servers: &Servers) -> String {
    let mut text =
        format!("probe: {{interval: {}s, compare: serials}}\nservers:\n", options.interval.as_secs());
    let all = [&servers.live, &servers.down, &servers.elsewhere[0], &servers.elsewhere[1]];
    for (index, server) in all.into_iter().enumerate() {
        let role = if index % 2 == 0 { ", role: primary" } else { "" };
        let _ = writeln!(text, "  ns{index}: {{address: \"{}\"{role}}}", server.address());
    }
    text += "zones:\n";
    for number in 0..options.zones {
        let _ = writeln!(text, "  - {{zone: {}, servers: [ns0, ns1]}}", name(number));
    }
    for number in 0..ZONES_ELSEWHERE {
        let (zone, seconds) = (elsewhere(number), INTERVAL_ELSEWHERE.as_secs());
        let _ = writeln!(text, "  - {{zone: {zone}, servers: [ns2, ns3], interval: {seconds}s}}");
    }
    text
}

/// Measures an interval; log lines count from an earlier number of them.
fn measure(options: &Options, service: &Service, lines: u64) -> Phase {
    let cpu = service.cpu();
    let mut oldest = Duration::ZERO;
    for _ in 0..SAMPLES {
        thread::sleep(options.interval / SAMPLES);
        oldest = oldest.max(oldest_check_elsewhere(service));
    }
    let (_, metrics) = scrape::get(service.address(), "/metrics", "");
    let text = String::from_utf8_lossy(&metrics);
    assert!(text.contains(&elsewhere(0)), "the zone elsewhere that is not in sync has series");
    Phase {
        cpu: service.cpu().saturating_sub(cpu),
        oldest,
        metrics: metrics.len(),
        log_lines: service.log_lines() - lines,
    }
}

/// The time since the check that is longest ago.
fn oldest_check_elsewhere(service: &Service) -> Duration {
    let (_, list) = scrape::get(service.address(), "/api/v1/zones", "");
    let now = zoneprobe::clock::now();
    let list: Value = serde_json::from_slice(&list).expect("the list is JSON");
    let zones = list["zones"].as_array().expect("the list has zones").iter();
    let zones = zones.filter(|zone| zone["zone"].as_str().is_some_and(|name| name.ends_with(".example.")));
    let ages = zones.map(|zone| {
        let checked = zone["checked_at"].as_str().expect("every zone was checked");
        let checked = humantime::parse_rfc3339(checked).expect("it is a time");
        now.duration_since(checked).unwrap_or_default()
    });
    ages.max().expect("there are zones elsewhere")
}

/// How many zones are in sync at the server that goes down.
fn in_sync(service: &Service) -> u64 {
    service.sum("zoneprobe_server_zones", &["server=\"ns1\"", "verdict=\"in_sync\""]).unwrap_or_default()
}

/// Waits until the server is down for 99 of 100 zones.
fn await_down(service: &Service, options: &Options) {
    until("the zones to be unreachable", options.interval * 3, || {
        in_sync(service) * 100 <= u64::from(options.zones)
    });
}

/// The time until 99 of 100 zones are in sync.
fn await_return(service: &Service, options: &Options) -> Duration {
    let started = Instant::now();
    until("the zones to be in sync", options.interval * 3, || {
        in_sync(service) * 100 >= u64::from(options.zones) * 99
    });
    started.elapsed()
}

fn row(table: &mut String, state: &str, phase: &Phase, back: Option<Duration>) {
    let back = back.map_or_else(|| "-".to_owned(), |back| format!("{:.0} s", back.as_secs_f64()));
    let _ = writeln!(
        table,
        "| {state} | {:.2} s | {:.1} s | {:.2} MB | {} | {back} |",
        phase.cpu.as_secs_f64(),
        phase.oldest.as_secs_f64(),
        scrape::megabytes(phase.metrics),
        phase.log_lines,
    );
}
