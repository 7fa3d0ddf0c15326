//! `serve` over fleets of three sizes, each with two addresses and records compared: what a zone costs, and whether that
//! stays the same from ten thousand zones to a million.
//!
//! The other end is [`Responder`], which has every zone and stores none, so that the figures are those of zoneprobe.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::machine;
use crate::name;
use crate::responder::{Responder, ZONES_PER_NEWS};
use crate::scrape;
use crate::service::{Service, Written, until};

/// The sizes of the fleets.
pub(crate) const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];

/// From so many zones on, the interval is five minutes unless it is given.
const LARGE_FLEET: u32 = 500_000;

/// The time in which what is known is saved after a check.
const SAVE_TIME: Duration = Duration::from_secs(15);

/// The time in which it may be missed that every zone was checked, and in which the checks are prepared.
const POLL_TIME: Duration = Duration::from_secs(2);

/// How long a round may take: so many intervals, after which the measurement fails.
const MAX_ROUNDS: u32 = 5;

/// The file that the list of zones is in, beside the configuration.
const LIST: &str = "zones.txt";

/// What is measured of a fleet.
struct Fleet {
    zones: u32,
    interval: Duration,
    /// Bytes of memory, beyond a service of one zone.
    memory: f64,
    /// From the start to a check of every zone.
    first_round: Duration,
    /// The cores in use until every zone was checked and compared.
    first_cores: f64,
    /// The cores in use in an interval without news.
    cores: f64,
    /// The time until the records of every zone were compared.
    compared: Duration,
    state_bytes: u64,
    first_written: u64,
    /// The same as the kernel counts what goes to storage: whole folios, of which a part may have changed.
    first_stored: u64,
    /// Bytes written in an interval without news, and in one with news of one zone in a thousand.
    quiet_written: u64,
    news_written: u64,
    reloads: Vec<(&'static str, Duration)>,
    scrape: f64,
    scrape_gzip: f64,
    late: u64,
}

/// What is claimed, and whether it holds.
struct Claim {
    text: String,
    measured: String,
    holds: bool,
}

/// Measures fleets of these sizes, and prints each as soon as it is measured.
pub(crate) fn bench(sizes: &[u32], interval: Option<Duration>) {
    println!("{}", machine::machine());
    println!(
        "| zones × 2 addresses | interval | memory a zone | first round | compared | cores, first | cores, later | state a zone | written, first (in folios) | written, quiet | written, 0.1 % news | reload | scrape | gzip | late |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut fleets = Vec::new();
    for &zones in sizes {
        let usual = Duration::from_secs(if zones >= LARGE_FLEET { 300 } else { 60 });
        let fleet = measure(zones, interval.unwrap_or(usual));
        println!("{}", fleet.row());
        fleets.push(fleet);
    }
    println!("\n| zones | claim | measured | holds |\n|---|---|---|---|");
    let mut smaller = None;
    for fleet in &fleets {
        for Claim { text, measured, holds } in fleet.claims(smaller) {
            println!("| {} | {text} | {measured} | {} |", fleet.zones, if holds { "yes" } else { "no" });
        }
        smaller = Some(fleet);
    }
}

fn measure(zones: u32, interval: Duration) -> Fleet {
    let responder = Responder::start();
    let list = list(zones);
    let empty = Service::start(&configuration(&responder, interval, "zones: [z0.test]"));
    empty.await_ready(interval);
    let empty_memory = empty.memory();
    drop(empty);
    let (queries, transfers) = (responder.queries(), responder.transfers());

    let by_list = configuration(&responder, interval, &format!("zone_lists: [{LIST}]"));
    let service = Service::start_beside(&by_list, &[(LIST, &list)]);
    // It has read its configuration by now.
    let started = Instant::now();
    service.await_ready(interval * MAX_ROUNDS);
    let first_round = started.elapsed();
    let expected = transfers + u64::from(zones) * 2;
    let is_compared = || responder.transfers() >= expected;
    until("a comparison of every zone", interval * 10 * MAX_ROUNDS, is_compared);
    let compared = started.elapsed();
    let first_cpu = service.cpu();
    std::thread::sleep(SAVE_TIME);
    let first_written = service.written();
    let state_bytes = service.state_bytes();
    let first_memory = service.memory();
    eprintln!(
        "{zones} zones: {} queries in the first round, {:.0} s of CPU, {:.0} MiB, {:?} written, {state_bytes} bytes of state",
        responder.queries() - queries,
        first_cpu.as_secs_f64(),
        first_memory,
        first_written,
    );

    let quiet = interval_cost(&service, interval);
    responder.publish();
    let news = interval_cost(&service, interval);
    let late = service.late_checks();
    let scrape = scrape::measure(service.address());
    let reloads = reloads(&service, &responder, (zones, interval), quiet.cores);
    eprintln!("{zones} zones: {:?} written without news, {:?} with", quiet.written, news.written);
    Fleet {
        zones,
        interval,
        memory: (first_memory.max(service.memory()) - empty_memory) * f64::from(1 << 20),
        first_round,
        first_cores: first_cpu.as_secs_f64() / compared.as_secs_f64(),
        cores: quiet.cores,
        compared,
        state_bytes,
        first_written: first_written.calls,
        first_stored: first_written.storage,
        quiet_written: quiet.written.calls,
        news_written: news.written.calls,
        reloads,
        scrape: scrape.plain,
        scrape_gzip: scrape.gzip,
        late,
    }
}

/// What an interval costs.
struct Interval {
    cores: f64,
    written: Written,
}

fn interval_cost(service: &Service, interval: Duration) -> Interval {
    let (cpu, written) = (service.cpu(), service.written());
    std::thread::sleep(interval);
    let cpu = service.cpu().saturating_sub(cpu);
    Interval { cores: cpu.as_secs_f64() / interval.as_secs_f64(), written: service.written().since(written) }
}

/// The CPU time of each kind of reload, without that of the checks meanwhile.
fn reloads(
    service: &Service,
    responder: &Responder,
    (zones, interval): (u32, Duration),
    cores: f64,
) -> Vec<(&'static str, Duration)> {
    let reload = || {
        let (cpu, started) = (service.cpu(), Instant::now());
        service.reload();
        let checks = Duration::from_secs_f64(cores * started.elapsed().as_secs_f64());
        service.cpu().saturating_sub(cpu).saturating_sub(checks)
    };
    let unchanged = reload();
    service.write(LIST, &list(zones + 1));
    let one_more = reload();
    let names: Vec<String> = (0..=zones).map(name).collect();
    let inline = format!("zones: [{}]", names.join(", "));
    service.configure(&configuration(responder, interval, &inline));
    vec![("unchanged", unchanged), ("one zone more", one_more), ("from a list to `zones`", reload())]
}

fn list(zones: u32) -> String {
    (0..zones).fold(String::new(), |mut list, number| {
        let _ = writeln!(list, "{}", name(number));
        list
    })
}

fn configuration(responder: &Responder, interval: Duration, zones: &str) -> String {
    let [first, second] = responder.addresses;
    format!(
        "probe: {{interval: {}s, compare: records}}\nservers:\n  ns0: {{address: \"{first}\", role: primary}}\n  \
         ns1: {{address: \"{second}\"}}\n{zones}\n",
        interval.as_secs()
    )
}

impl Fleet {
    fn row(&self) -> String {
        let reloads: Vec<String> =
            self.reloads.iter().map(|(_, cpu)| format!("{:.2} s", cpu.as_secs_f64())).collect();
        format!(
            "| {} | {} s | {:.0} B | {:.0} s | {:.0} s | {:.2} | {:.2} | {:.0} B | {:.1} × ({:.1} ×) | {} | {} | {} | {:.0} ms | {:.0} ms | {} |",
            self.zones,
            self.interval.as_secs(),
            self.memory / f64::from(self.zones),
            self.first_round.as_secs_f64(),
            self.compared.as_secs_f64(),
            self.first_cores,
            self.cores,
            number(self.state_bytes) / f64::from(self.zones),
            self.ratio(),
            number(self.first_stored) / number(self.state_bytes),
            kilobytes(self.quiet_written),
            kilobytes(self.news_written),
            reloads.join(", "),
            self.scrape * 1e3,
            self.scrape_gzip * 1e3,
            self.late,
        )
    }

    /// The bytes that were written in the first round, in sizes of the state file.
    fn ratio(&self) -> f64 {
        number(self.first_written) / number(self.state_bytes)
    }

    /// The bytes of memory that each zone takes more than those of a smaller fleet. Without one, what does not grow with
    /// the zones counts too: the cache of the state file, and the checks that run.
    fn memory_of_zone(&self, smaller: Option<&Self>) -> f64 {
        let (memory, zones) = smaller.map_or((0.0, 0), |smaller| (smaller.memory, smaller.zones));
        (self.memory - memory) / f64::from(self.zones.saturating_sub(zones))
    }

    fn claims(&self, smaller: Option<&Self>) -> Vec<Claim> {
        let claim = |text: &str, measured, holds| Claim { text: text.to_owned(), measured, holds };
        let memory = self.memory_of_zone(smaller);
        let beyond = smaller.map_or("a service of one zone".to_owned(), |it| format!("{} zones", it.zones));
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        let news = self.zones.div_ceil(ZONES_PER_NEWS);
        let of_news = self.news_written.saturating_sub(self.quiet_written);
        let mut claims = vec![
            claim(
                &format!("at most 1.2 KiB of memory for each zone more than {beyond}"),
                format!("{memory:.0} B"),
                memory <= 1228.8,
            ),
            claim(
                "the first check of every zone within one interval",
                seconds(self.first_round),
                self.first_round <= self.interval + POLL_TIME,
            ),
            claim(
                "at most one core until every zone is compared",
                format!("{:.2}", self.first_cores),
                self.first_cores <= 1.0,
            ),
            claim("at most one core later", format!("{:.2}", self.cores), self.cores <= 1.0),
            claim(
                "at most 3 × the state file is written in the first round",
                format!("{:.1} ×", self.ratio()),
                self.ratio() <= 3.0,
            ),
            claim(
                "news of 0.1 % of the zones write at most a tenth of the first round",
                format!(
                    "{}, {:.0} B a zone with news",
                    kilobytes(of_news),
                    number(of_news) / f64::from(news)
                ),
                of_news * 10 <= self.first_written,
            ),
            claim("a scrape in `auto` in less than 1 s", format!("{:.3} s", self.scrape), self.scrape < 1.0),
            claim("no late check", self.late.to_string(), self.late == 0),
        ];
        for (what, cpu) in &self.reloads {
            claims.push(claim(
                &format!("a reload takes less than 2 s of CPU: {what}"),
                seconds(*cpu),
                *cpu < Duration::from_secs(2),
            ));
        }
        claims
    }
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.0} kB", number(bytes) / 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "no file is larger than 2^52 bytes")]
fn number(value: u64) -> f64 {
    value as f64
}
