//! What is measured against what.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::daemon::port::unused_address;
use crate::daemon::{self, Daemon, Kind, ServedZone};
use crate::measurements::{Series, Work, alternate, median};
use crate::replay::Replayer;
use crate::work;
use crate::workloads::{self, Source, check, floor, in_sync};
use crate::zones::{Copy, Stream, Zone};

/// The zone of most transfers.
pub(crate) const MILLION: Zone = Zone::Mixed(1_000_000);

const HUNDRED_THOUSAND: Zone = Zone::Mixed(100_000);
const TEN_MILLION: Zone = Zone::Mixed(10_000_000);
const REGISTRY: Zone = Zone::Registry(1_000_000);

/// Zones of a sweep.
pub(crate) const SMALL_ZONES: u64 = 10_000;

/// The TSIG key of all servers: its name, algorithm and secret.
const KEY: [&str; 3] = ["bench", "hmac-sha256", "c2VjcmV0IG9mIHRoZSBiZW5jaCwgMzIgb2N0ZXRzIGxvbmc="];

/// How often the single-core work is timed.
const PASSES: usize = 401;

/// The servers, the zones they serve, and what was measured.
pub(crate) struct Bench {
    runs: usize,
    /// Zones of the sweep from standard input.
    pub(crate) many_zones: u64,
    directory: TempDir,
    nsd: Daemon,
    knot: Daemon,
    bind: Daemon,
    /// Serves the copy of the zone that differs.
    planted: Daemon,
    pub(crate) series: Vec<Series>,
}

impl Bench {
    /// Makes the zones and starts the servers.
    pub(crate) fn new(runs: usize, quick: bool) -> Self {
        let directory = daemon::directory();
        let write = |zone, copy, name: &str| write_zone(zone, copy, &directory.path().join(name));
        let million = write(MILLION, Copy::Good, "million");
        let planted = write(MILLION, Copy::Planted, "planted");
        let small = small_zones(directory.path());
        let mut all = vec![
            million.clone(),
            write(HUNDRED_THOUSAND, Copy::Good, "hundred-thousand"),
            write(REGISTRY, Copy::Good, "registry"),
        ];
        all.extend(small.iter().cloned());
        let few = [million, small[0].clone()];
        let [name, algorithm, secret] = KEY;
        let spawn = |kind: Kind, files: &[ServedZone]| {
            kind.primary_of(files).key(name, algorithm, secret).quiet().spawn()
        };
        // All of them load their zones at the same time.
        let mut servers = [
            spawn(Kind::Nsd, &all),
            spawn(Kind::Knot, &all),
            spawn(Kind::Bind, &few),
            spawn(Kind::Knot, &[planted]),
        ];
        servers.iter_mut().for_each(Daemon::await_zones);
        let [nsd, knot, bind, planted] = servers;
        let many_zones = if quick { 100_000 } else { 1_000_000 };
        Self { runs, many_zones, directory, nsd, knot, bind, planted, series: Vec::new() }
    }

    fn alternate(&mut self, works: &[Work]) {
        self.series.extend(alternate(self.directory.path(), works));
    }

    fn pair(&self) -> [SocketAddr; 2] {
        [self.nsd.address(), self.knot.address()]
    }

    fn trio(&self) -> [SocketAddr; 3] {
        [self.nsd.address(), self.knot.address(), self.bind.address()]
    }

    /// Copies of large zones.
    pub(crate) fn transfers(&mut self) {
        let (runs, pair, trio) = (self.runs, self.pair(), self.trio());
        let differing = [self.nsd.address(), self.planted.address()];
        let (million, registry) = (MILLION.name(), REGISTRY.name());
        let check = |zone: &str, addresses: &[SocketAddr]| check(zone, addresses, &["--format", "json"]);
        let keys = self.key_file();
        let signed = workloads::check(&million, &pair, &["--format", "json", "--tsig-file", &keys]);
        let hundred_thousand = check(&HUNDRED_THOUSAND.name(), &pair);
        let mut identical = vec![
            floor("floor: two copies of 1,000,000", &million, &pair, runs),
            workloads::work(
                "two copies of 1,000,000",
                check(&million, &pair),
                runs,
                in_sync(2, Some(1_000_000)),
            ),
            workloads::work("two copies of 1,000,000, TSIG", signed, runs, in_sync(2, Some(1_000_000))),
            workloads::work("two copies of 100,000", hundred_thousand, runs, in_sync(2, Some(100_000))),
            workloads::kdig_sort_diff(&million, pair, runs),
            workloads::ldns_compare_zones(&million, pair, runs),
        ];
        identical.extend(workloads::nsdiff(&million, pair, runs));
        self.alternate(&identical);
        self.alternate(&[
            floor("floor: two copies, 25 RRsets differing", &million, &differing, runs),
            workloads::work(
                "two copies, 25 RRsets differing",
                check(&million, &differing),
                runs,
                workloads::planted(),
            ),
        ]);
        self.alternate(&[
            floor("floor: three copies of 1,000,000", &million, &trio, runs),
            workloads::work(
                "three copies of 1,000,000",
                check(&million, &trio),
                runs,
                in_sync(3, Some(1_000_000)),
            ),
        ]);
        self.alternate(&[
            floor("floor: two copies of the registry's zone", &registry, &pair, runs),
            workloads::work(
                "two copies of the registry's zone",
                check(&registry, &pair),
                runs,
                in_sync(2, None),
            ),
        ]);
    }

    fn key_file(&self) -> String {
        let [name, algorithm, secret] = KEY;
        let path = self.directory.path().join("keys");
        fs::write(&path, format!("key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};\n"))
            .expect("the directory is ours");
        path.display().to_string()
    }

    /// Copies of 10,000,000 records, from a server of the bench.
    pub(crate) fn replayed(&mut self) {
        let replayer = Replayer::start(TEN_MILLION, [unused_address(), unused_address()]);
        let (zone, runs) = (TEN_MILLION.name(), self.runs.min(3));
        let check = check(&zone, &replayer.addresses, &["--format", "json"]);
        self.alternate(&[
            floor("floor: two copies of 10,000,000, replayed", &zone, &replayer.addresses, runs),
            workloads::work("two copies of 10,000,000, replayed", check, runs, in_sync(2, Some(10_000_000))),
        ]);
    }

    /// SOA of many zones.
    pub(crate) fn sweeps(&mut self) {
        let directory = self.directory.path().to_owned();
        let (queries, zones, many) =
            (directory.join("queries"), directory.join("zones"), directory.join("many"));
        write_names(&queries, SMALL_ZONES, " SOA");
        write_names(&zones, SMALL_ZONES, "");
        write_names(&many, self.many_zones, "");
        let (runs, pair) = (self.runs, self.pair());
        let sweep = workloads::sweep("10,000 zones", Source::File(zones), &pair, SMALL_ZONES, runs);
        workloads::verify_sweep(&sweep, 2, SMALL_ZONES, &directory);
        self.alternate(&[workloads::dnsperf(&queries, pair, SMALL_ZONES, runs), sweep]);
        let source = Source::Input(many);
        let many =
            workloads::sweep("many zones from standard input", source, &pair, self.many_zones, runs.min(3));
        self.alternate(&[many]);
    }

    /// One small zone.
    pub(crate) fn start_up(&mut self) {
        let (zone, trio) = (small_name(0), self.trio());
        let check = check(&zone, &trio, &["--format", "json"]);
        // It is so short that more runs cost nothing.
        let runs = self.runs * 5;
        self.alternate(&[
            floor("floor: one small zone, three servers", &zone, &trio, runs),
            workloads::work("one small zone, three servers", check, runs, in_sync(3, Some(5))),
        ]);
    }

    /// Returns what was measured under a name.
    pub(crate) fn of(&self, name: &str) -> &Series {
        self.series.iter().find(|series| series.name == name).expect("it was measured")
    }
}

/// Returns what walk, canonical form and fingerprint take of one core, in nanoseconds a record: the median of all
/// passes, and the fastest one, which tells how much of it is the neighbours'.
pub(crate) fn single_core() -> [[f64; 2]; 2] {
    [HUNDRED_THOUSAND, Zone::Registry(100_000)].map(|zone| {
        let (stream, profile) = (Stream::new(zone, Copy::Good), work::profile());
        let passes = (0..PASSES).map(|_| {
            let wanted = zoneprobe::digest::Buckets::none();
            let started = Instant::now();
            let (whole, digest) = work::digest(&stream, &profile, wanted);
            let taken = started.elapsed();
            assert_eq!(whole.records, stream.records);
            std::hint::black_box(digest.sums());
            taken
        });
        let passes: Vec<Duration> = passes.collect();
        let fastest = passes.iter().copied().min().expect("there are passes");
        [median(passes.into_iter()), fastest].map(|taken| taken.as_secs_f64() * 1e9 / number(stream.records))
    })
}

/// Returns a count as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

/// Returns a duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn write_zone(zone: Zone, copy: Copy, path: &Path) -> ServedZone {
    let mut file = BufWriter::new(File::create(path).expect("the directory is ours"));
    zone.write(copy, &mut file).and_then(|()| file.flush()).expect("there is room for it");
    ServedZone { zone: zone.name(), path: path.to_owned() }
}

/// Writes the file that all small zones are loaded from.
fn small_zones(directory: &Path) -> Vec<ServedZone> {
    let path: PathBuf = directory.join("small");
    let text = "$TTL 3600\n@ SOA ns0 hostmaster 1 3600 600 86400 300\n@ NS ns0\n@ NS ns1\n\
                ns0 A 192.0.2.1\nns1 A 192.0.2.2\n";
    fs::write(&path, text).expect("the directory is ours");
    (0..SMALL_ZONES).map(|number| ServedZone { zone: small_name(number), path: path.clone() }).collect()
}

fn small_name(number: u64) -> String {
    format!("zone-{number:05}.test.")
}

/// Writes the names of the small zones, over and over until there are enough.
fn write_names(path: &Path, count: u64, after: &str) {
    let mut file = BufWriter::new(File::create(path).expect("the directory is ours"));
    for number in 0..count {
        writeln!(file, "{}{after}", small_name(number % SMALL_ZONES)).expect("there is room for it");
    }
    file.flush().expect("there is room for it");
}
