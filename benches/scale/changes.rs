//! `serve` over one large zone that changes a little: what following the changes costs, beside reading it whole.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::Ipv4Addr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::knot::KnotServers;
use crate::relay::{Relay, Traffic};
use crate::service::{Service, until};
use crate::zones::{GeneratedZone, Rdata, Variant};
use crate::{daemon, machine, scrape};

/// The sizes of the zone in records.
pub(crate) const SIZES: [u32; 3] = [50_000, 500_000, 5_000_000];

/// The number of RRsets that each publication changes.
const CHANGED_RRSETS: usize = 10;

/// The number of publications before the measured ones: buffers and caches have their sizes then.
const FIRST_PUBLICATIONS: u8 = 5;

/// The number of publications that are measured.
const PUBLICATIONS: u8 = 20;

/// The pause between two publications.
const PAUSE: Duration = Duration::from_secs(3);

/// How long the comparison of the whole copies may take, with the wait for its turn.
const COMPARISON_TIMEOUT: Duration = Duration::from_mins(15);

/// How long a publication may take to be compared at all addresses.
const PUBLICATION_TIMEOUT: Duration = Duration::from_mins(1);

/// The number of addresses: a primary and two secondaries.
const ADDRESSES: u32 = 3;

/// The gates, for each publication and address.
const MAX_KILOBYTES: f64 = 10.0;
const MAX_CPU: Duration = Duration::from_millis(50);

/// Memory that is flat grows by no more, in MiB.
const MAX_GROWTH: f64 = 1.0;

/// What passed and what it cost, in some time.
#[derive(Clone, Copy, Debug)]
struct Cost {
    took: Duration,
    cpu: Duration,
    traffic: Traffic,
}

/// A service, and the servers that it watches.
struct Watched {
    zone: String,
    servers: KnotServers,
    relays: [Relay; 3],
    service: Service,
}

/// What is measured of one size.
struct Measured {
    /// The comparison of the whole copies.
    whole: Cost,
    /// The publications.
    published: Cost,
    /// As much time without publications.
    idle: Cost,
    /// Memory in MiB before and after the publications.
    memory: [f64; 2],
}

/// Measures zones of these sizes, and prints the table.
pub(crate) fn bench(sizes: &[u32]) {
    let mut table = machine::machine();
    let knot = machine::first_line(&daemon::program("knotd"), "--version");
    let _ = write!(
        table,
        "- servers, on the same cores: a primary and two secondaries of {knot}\n\
         - {PUBLICATIONS} publications, one every {} s, each of {CHANGED_RRSETS} RRsets; `interval: 1s`\n\
         - bytes are those of the DNS messages from the servers, counted by a relay before each\n\n",
        PAUSE.as_secs()
    );
    table += "| records × addresses | compared | each publication and address | CPU | CPU without publications | SOA, IXFR, AXFR queries | memory | ≤ 10 KB, ≤ 50 ms, no AXFR, flat |\n";
    table += "|---|---|---|---|---|---|---|---|\n";
    for &records in sizes {
        rows(&mut table, records, &measure(records));
    }
    println!("{table}");
}

fn measure(records: u32) -> Measured {
    let directory = daemon::directory();
    let file = directory.path().join("zone");
    let zone = GeneratedZone::Mixed(records.into());
    let owners = write_zone(zone, &file);
    let servers = KnotServers::start(&zone.name(), &file);
    let relays = servers.addresses.map(|server| Relay::start(server, daemon::port::unused_address()));
    let service = Service::start(&configuration(&zone.name(), &relays));
    let watched = Watched { zone: zone.name(), servers, relays, service };
    eprintln!("{records} records: comparing whole copies");
    let whole = watched.cost(|| {
        until("a comparison of the whole copies", COMPARISON_TIMEOUT, || {
            watched.is_compared(|server| server["copy"]["serial"] == server["serial"])
        });
    });
    let whole = Cost { cpu: watched.service.cpu(), ..whole };
    watched.publish(&owners, 0..FIRST_PUBLICATIONS);
    eprintln!("{records} records: publishing");
    let before = watched.service.memory();
    let publications = FIRST_PUBLICATIONS..FIRST_PUBLICATIONS + PUBLICATIONS;
    let published = watched.cost(|| watched.publish(&owners, publications));
    let memory = [before, watched.service.memory()];
    let idle = watched.cost(|| thread::sleep(published.took));
    Measured { whole, published, idle, memory }
}

/// Writes the zone file, and returns the owners of the addresses that change.
fn write_zone(zone: GeneratedZone, path: &Path) -> Vec<String> {
    let GeneratedZone::Mixed(records) = zone else { unreachable!("the zone is a mixed one") };
    // A quarter of the records are addresses.
    let distance = usize::try_from(records).expect("it fits") / 4 / (CHANGED_RRSETS + 1);
    let mut file = BufWriter::new(File::create(path).expect("the directory is ours"));
    let (mut addresses, mut owners) = (0, Vec::new());
    zone.for_each_record(Variant::Good, |record| {
        writeln!(file, "{record}").expect("the directory is ours");
        if matches!(record.data, Rdata::A(_)) {
            addresses += 1;
            if addresses % distance == 0 && owners.len() < CHANGED_RRSETS {
                owners.push(record.owner.clone());
            }
        }
    });
    file.flush().expect("the directory is ours");
    assert_eq!(owners.len(), CHANGED_RRSETS);
    owners
}

fn configuration(zone: &str, relays: &[Relay; 3]) -> String {
    let mut text = "probe: {interval: 1s, compare: records}\nservers:\n".to_owned();
    for (index, relay) in relays.iter().enumerate() {
        let role = if index == 0 { ", role: primary" } else { "" };
        let _ = writeln!(text, "  ns{index}: {{address: \"{}\"{role}}}", relay.address);
    }
    text + &format!("zones: [\"{zone}\"]\n")
}

impl Watched {
    /// Publishes a version after the other, and waits until the last one is compared by its changes at all addresses.
    fn publish(&self, owners: &[String], publications: std::ops::Range<u8>) {
        for publication in publications {
            self.servers.publish(owners, Ipv4Addr::new(198, 51, 100, publication));
            thread::sleep(PAUSE);
        }
        until("the changes to be compared", PUBLICATION_TIMEOUT, || {
            self.is_compared(|server| server["compared"] == "changes")
        });
    }

    /// Whether all addresses serve the version of the primary, and this says of each how that was compared.
    fn is_compared(&self, is_compared: impl Fn(&Value) -> bool) -> bool {
        let (status, report) =
            scrape::get(self.service.address(), &format!("/api/v1/zones/{}", self.zone), "");
        let Some(serial) = self.servers.serial(self.servers.addresses[0]).filter(|_| status == 200) else {
            return false;
        };
        let report: Value = serde_json::from_slice(&report).expect("the report is JSON");
        let servers = report["servers"].as_array().expect("the report has servers");
        let is_current = |server: &Value| server["verdict"] == "in_sync" && server["serial"] == serial;
        servers.len() == self.relays.len()
            && servers.iter().all(|server| is_current(server) && is_compared(server))
    }

    fn cost(&self, run: impl FnOnce()) -> Cost {
        let (started, cpu, before) = (Instant::now(), self.service.cpu(), self.traffic());
        run();
        Cost {
            took: started.elapsed(),
            cpu: self.service.cpu().saturating_sub(cpu),
            traffic: self.traffic().since(before),
        }
    }

    /// What has passed at all addresses.
    fn traffic(&self) -> Traffic {
        self.relays.iter().map(Relay::traffic).fold(Traffic::default(), Traffic::with)
    }
}

/// Writes a row for the whole comparison and one for the changes.
fn rows(table: &mut String, records: u32, measured: &Measured) {
    let Measured { whole, published, idle, memory: [before, after] } = measured;
    let comparisons = f64::from(ADDRESSES);
    let publications = f64::from(u32::from(PUBLICATIONS) * ADDRESSES);
    let queries = |traffic: &Traffic| format!("{}, {}, {}", traffic.soa, traffic.ixfr, traffic.axfr);
    let _ = writeln!(
        table,
        "| {records} × {ADDRESSES} | whole, in {:.1} s | {:.0} KB | {:.1} ms | | {} | {before:.1} MiB | |",
        whole.took.as_secs_f64(),
        kilobytes(whole) / comparisons,
        milliseconds(whole) / comparisons,
        queries(&whole.traffic),
    );
    let bytes = kilobytes(published) / publications;
    let cpu = milliseconds(published) / publications;
    let holds = bytes <= MAX_KILOBYTES
        && cpu <= MAX_CPU.as_secs_f64() * 1e3
        && published.traffic.axfr == 0
        && after - before <= MAX_GROWTH;
    let _ = writeln!(
        table,
        "| {records} × {ADDRESSES} | changes | {bytes:.2} KB | {cpu:.2} ms | {:.2} ms | {} | {before:.1}, then {after:.1} MiB | {} |",
        milliseconds(idle) / publications,
        queries(&published.traffic),
        if holds { "held" } else { "not held" },
    );
}

#[expect(clippy::cast_precision_loss, reason = "it is far below 2^52")]
fn kilobytes(cost: &Cost) -> f64 {
    cost.traffic.received as f64 / 1e3
}

fn milliseconds(cost: &Cost) -> f64 {
    cost.cpu.as_secs_f64() * 1e3
}
