//! `serve` for a while, with servers that die, pause and come back, and peers that stall.
//!
//! `tests/soak` runs it for ten minutes and prints figures; here it takes half a minute.

use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::daemon::{Daemon, Kind, ServedZone};
use crate::harness::service::MAX_AGE;
use crate::harness::{OverTcp, Peer, Service};

/// Sets how many seconds it takes.
const SECONDS_VARIABLE: &str = "ZONEPROBE_SOAK_SECONDS";

/// How many seconds it takes otherwise.
const SECONDS: u64 = 25;

/// The zones at each server.
const ZONES: u32 = 50;

/// How much memory may grow from the second quarter of the time to the last, in bytes.
const MAX_GROWTH: f64 = 8.0 * 1024.0 * 1024.0;

/// The pause between two samples.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(500);

/// A server is disturbed after each of so many samples.
const SAMPLES_PER_DISTURBANCE: usize = 6;

/// What is measured at one moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    /// The resident memory, in bytes.
    memory: f64,
    /// The processor time used so far, in whole seconds.
    cpu: f64,
    /// The age of the oldest check of a healthy zone.
    age: Duration,
}

/// What is done to a server, one after the other.
#[derive(Clone, Copy, Debug)]
enum Disturbance {
    Stop,
    Start,
    Freeze,
    Resume,
}

impl Disturbance {
    const ALL: [Self; 4] = [Self::Stop, Self::Start, Self::Freeze, Self::Resume];

    fn apply(self, daemon: &mut Daemon) {
        match self {
            Self::Stop => daemon.stop(),
            Self::Start => daemon.restart(|setup| setup),
            Self::Freeze => daemon.freeze(),
            Self::Resume => daemon.resume(),
        }
    }
}

/// A zone file for every zone: its names are relative.
const ZONE_TEXT: &str =
    "@ 60 IN SOA ns0 hostmaster 7 3600 600 86400 60\n@ 60 IN NS ns0\nns0 60 IN A 192.0.2.1\n";

/// The names of the zones at a server.
fn zones_at(name: &str) -> Vec<String> {
    (1..=ZONES).map(|number| format!("b{number}.{name}.test")).collect()
}

/// A server with its own zones and with those of the others.
fn start(path: &std::path::Path, names: &[&str]) -> Daemon {
    let zones = names.iter().flat_map(|name| zones_at(name));
    let files: Vec<ServedZone> = zones.map(|zone| ServedZone { zone, path: path.to_owned() }).collect();
    Kind::Nsd.primary_of(&files).quiet().start()
}

fn configuration(servers: &[(&str, std::net::SocketAddr)]) -> String {
    let mut text = "probe: {interval: 1s, timeout: 1s, compare: serials}\nservers:\n".to_owned();
    for (index, (name, address)) in servers.iter().enumerate() {
        let role = if index == 0 { ", role: primary" } else { "" };
        writeln!(text, "  {name}: {{address: \"{address}\"{role}}}").unwrap();
    }
    text.push_str("groups:\n");
    for (name, _) in servers.iter().skip(1) {
        let zones = zones_at(name).join(", ");
        writeln!(text, "  at-{name}: {{servers: [primary, {name}], zones: [{zones}]}}").unwrap();
    }
    text
}

fn sample(service: &Service) -> Sample {
    Sample {
        memory: service.sample("process_resident_memory_bytes", &[]).unwrap(),
        cpu: service.sample("process_cpu_seconds_total", &[]).unwrap(),
        age: service.oldest_check_age(".healthy.test"),
    }
}

fn mebibytes(bytes: f64) -> f64 {
    bytes / 1024.0 / 1024.0
}

/// The middle one of the memory of some samples.
fn median_memory(samples: &[Sample]) -> f64 {
    let mut memory: Vec<f64> = samples.iter().map(|sample| sample.memory).collect();
    memory.sort_by(f64::total_cmp);
    memory[memory.len() / 2]
}

#[test]
fn serve_misses_no_healthy_zone_while_servers_die_and_come_back() {
    let seconds = std::env::var(SECONDS_VARIABLE).map_or(SECONDS, |text| text.parse().unwrap());
    let directory = crate::harness::daemon::directory();
    let path = directory.path().join("zone");
    fs::write(&path, ZONE_TEXT).unwrap();
    let peers = [OverTcp::NeverReading, OverTcp::NeverAnswering, OverTcp::Junk, OverTcp::Dripping];
    let peers = peers.map(Peer::silent_over_udp);
    let names = ["healthy", "disturbed", "peer0", "peer1", "peer2", "peer3"];
    let (primary, healthy) = (start(&path, &names), start(&path, &["healthy"]));
    let mut disturbed = start(&path, &["disturbed"]);
    let mut servers = vec![("primary", primary.address())];
    servers.extend([("healthy", healthy.address()), ("disturbed", disturbed.address())]);
    servers.extend(names.into_iter().skip(2).zip(peers.iter().map(Peer::address)));
    let service = Service::start(&configuration(&servers));
    service.await_ready();

    let (started, mut samples) = (Instant::now(), Vec::new());
    let mut disturbances = Disturbance::ALL.iter().cycle();
    eprintln!("seconds  memory MiB  CPU seconds  oldest healthy check");
    while started.elapsed() < Duration::from_secs(seconds) {
        let now = sample(&service);
        assert!(now.age < MAX_AGE, "a healthy zone was checked {:?} ago\n{}", now.age, service.log());
        samples.push(now);
        if samples.len() % SAMPLES_PER_DISTURBANCE == 0 {
            let disturbance = disturbances.next().unwrap();
            disturbance.apply(&mut disturbed);
            let (elapsed, memory) = (started.elapsed().as_secs(), mebibytes(now.memory));
            eprintln!("{elapsed:7}  {memory:10.1}  {:11}  {:.1?}, then {disturbance:?}", now.cpu, now.age);
        }
        thread::sleep(SAMPLE_INTERVAL);
    }
    let quarter = samples.len() / 4;
    let before = median_memory(&samples[quarter..2 * quarter]);
    let after = median_memory(&samples[3 * quarter..]);
    let oldest = samples.iter().map(|sample| sample.age).max().unwrap();
    let grown = format!("{:.1} MiB, then {:.1} MiB", mebibytes(before), mebibytes(after));
    eprintln!("memory {grown}; the oldest healthy check was {oldest:.1?} ago");
    assert!(after < before + MAX_GROWTH, "memory grew: {grown}");
}
