//! The groups of workloads that are compared with each other.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::daemon::port::unused_address;
use crate::daemon::{self, Daemon, Kind, ServedZone};
use crate::digest;
use crate::measurements::{Measurements, Workload, median, named, run_interleaved};
use crate::replay::Replayer;
use crate::workloads::{self, Queries, ZoneList, check, floor, in_sync};
use crate::zones::{GeneratedZone, TransferStream, Variant};

/// The zone of most transfers.
pub(crate) const MILLION: GeneratedZone = GeneratedZone::Mixed(1_000_000);

const HUNDRED_THOUSAND: GeneratedZone = GeneratedZone::Mixed(100_000);
const TEN_MILLION: GeneratedZone = GeneratedZone::Mixed(10_000_000);
const REGISTRY: GeneratedZone = GeneratedZone::Registry(1_000_000);

/// The number of small zones, each of which a sweep checks once.
pub(crate) const SMALL_ZONES: u64 = 10_000;

/// The TSIG key of all servers: its name, algorithm and secret.
pub(crate) const KEY: [&str; 3] =
    ["bench", "hmac-sha256", "c2VjcmV0IG9mIHRoZSBiZW5jaCwgMzIgb2N0ZXRzIGxvbmc="];

/// The number of passes of which the single-core time is the median.
const PASSES: usize = 401;

/// The servers and the measurements.
pub(crate) struct Bench {
    runs: usize,
    /// The number of zones in the sweep from standard input.
    pub(crate) many_zones: u64,
    directory: TempDir,
    nsd: Daemon,
    knot: Daemon,
    bind: Daemon,
    /// Serves the copy with planted differences.
    planted: Daemon,
    pub(crate) measurements: Vec<Measurements>,
}

impl Bench {
    /// Generates the zones and starts the servers.
    pub(crate) fn new(runs: usize, quick: bool) -> Self {
        let directory = daemon::directory();
        let write = |zone, copy, name: &str| write_zone(zone, copy, &directory.path().join(name));
        let million = write(MILLION, Variant::Good, "million");
        let planted = write(MILLION, Variant::Planted, "planted");
        let small = small_zones(directory.path());
        let mut all = vec![
            million.clone(),
            write(HUNDRED_THOUSAND, Variant::Good, "hundred-thousand"),
            write(REGISTRY, Variant::Good, "registry"),
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
        Self { runs, many_zones, directory, nsd, knot, bind, planted, measurements: Vec::new() }
    }

    fn measure(&mut self, workloads: &[Workload]) {
        self.measurements.extend(run_interleaved(self.directory.path(), workloads));
    }

    fn pair(&self) -> [SocketAddr; 2] {
        [self.nsd.address(), self.knot.address()]
    }

    fn trio(&self) -> [SocketAddr; 3] {
        [self.nsd.address(), self.knot.address(), self.bind.address()]
    }

    /// Measures comparisons of large zones.
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
            workloads::workload(
                "two copies of 1,000,000",
                check(&million, &pair),
                runs,
                in_sync(2, Some(1_000_000)),
            ),
            workloads::workload("two copies of 1,000,000, TSIG", signed, runs, in_sync(2, Some(1_000_000))),
            workloads::workload("two copies of 100,000", hundred_thousand, runs, in_sync(2, Some(100_000))),
            workloads::kdig_sort_diff(&million, pair, runs),
            workloads::ldns_compare_zones(&million, pair, runs),
        ];
        identical.extend(workloads::nsdiff(&million, pair, runs));
        self.measure(&identical);
        self.measure(&[
            floor("floor: two copies, 25 RRsets differing", &million, &differing, runs),
            workloads::workload(
                "two copies, 25 RRsets differing",
                check(&million, &differing),
                runs,
                workloads::planted(),
            ),
        ]);
        self.measure(&[
            floor("floor: three copies of 1,000,000", &million, &trio, runs),
            workloads::workload(
                "three copies of 1,000,000",
                check(&million, &trio),
                runs,
                in_sync(3, Some(1_000_000)),
            ),
        ]);
        self.measure(&[
            floor("floor: two copies of the registry's zone", &registry, &pair, runs),
            workloads::workload(
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

    /// Measures a comparison of 10,000,000 records, from a server of this program.
    pub(crate) fn replayed(&mut self) {
        let replayer = Replayer::start(TEN_MILLION, [unused_address(), unused_address()]);
        let (zone, runs) = (TEN_MILLION.name(), self.runs.min(3));
        let check = check(&zone, &replayer.addresses, &["--format", "json"]);
        self.measure(&[
            floor("floor: two copies of 10,000,000, replayed", &zone, &replayer.addresses, runs),
            workloads::workload(
                "two copies of 10,000,000, replayed",
                check,
                runs,
                in_sync(2, Some(10_000_000)),
            ),
        ]);
    }

    /// Measures SOA queries for many zones.
    pub(crate) fn sweeps(&mut self) {
        let directory = self.directory.path().to_owned();
        let (queries, zones, many) =
            (directory.join("queries"), directory.join("zones"), directory.join("many"));
        write_names(&queries, SMALL_ZONES, " SOA");
        write_names(&zones, SMALL_ZONES, "");
        write_names(&many, self.many_zones, "");
        let (runs, pair) = (self.runs, self.pair());
        let sweep = workloads::sweep("10,000 zones", ZoneList::File(zones.clone()), &pair, SMALL_ZONES, runs);
        workloads::check_sweep(&sweep, 2, SMALL_ZONES, &directory);
        let queries = Queries { path: queries, count: SMALL_ZONES };
        self.measure(&[workloads::dnsperf("two `dnsperf` at once", "-e", &queries, pair, runs), sweep]);
        self.sweeps_beside_down(&zones);
        let source = ZoneList::Input(many);
        let many =
            workloads::sweep("many zones from standard input", source, &pair, self.many_zones, runs.min(3));
        self.measure(&[many]);
    }

    /// Measures SOA queries for zones at a server that lives and one that does not respond.
    fn sweeps_beside_down(&mut self, zones: &Path) {
        let (runs, live) = (self.runs, self.nsd.address());
        // The system takes datagrams and connections for the silent one, and nothing reads them.
        let [silent, refusing] = [unused_address(), unused_address()];
        let _udp = UdpSocket::bind(silent).expect("the port is free");
        let _tcp = TcpListener::bind(silent).expect("the port is free");
        let sweep = |name, other| workloads::sweep_beside_down(name, zones, [live, other], SMALL_ZONES, runs);
        self.measure(&[
            sweep("10,000 zones, one server silent", silent),
            sweep("10,000 zones, one server refusing", refusing),
        ]);
    }

    /// Measures a comparison of one small zone.
    pub(crate) fn one_zone(&mut self) {
        let (zone, trio) = (small_name(0), self.trio());
        let check = check(&zone, &trio, &["--format", "json"]);
        // It takes milliseconds.
        let runs = self.runs * 5;
        self.measure(&[
            floor("floor: one small zone, three servers", &zone, &trio, runs),
            workloads::workload("one small zone, three servers", check, runs, in_sync(3, Some(5))),
        ]);
    }

    /// The measurements of a workload.
    pub(crate) fn of(&self, name: &str) -> &Measurements {
        named(&self.measurements, name)
    }
}

/// Times walk, canonical form and fingerprint on one core, in nanoseconds a record.
///
/// Returns the median of all passes and the fastest pass. Their difference shows the load of the machine.
pub(crate) fn single_core() -> [[f64; 2]; 2] {
    [HUNDRED_THOUSAND, GeneratedZone::Registry(100_000)].map(|zone| {
        let (stream, profile) = (TransferStream::new(zone, Variant::Good), digest::profile());
        let passes = (0..PASSES).map(|_| {
            let wanted = zoneprobe::digest::Buckets::none();
            let started = Instant::now();
            let (whole, digest) = digest::digest(&stream, &profile, wanted);
            let time = started.elapsed();
            assert_eq!(whole.records, stream.records);
            std::hint::black_box(digest.sums());
            time
        });
        let passes: Vec<Duration> = passes.collect();
        let fastest = passes.iter().copied().min().expect("there are passes");
        [median(passes.into_iter()), fastest].map(|time| time.as_secs_f64() * 1e9 / number(stream.records))
    })
}

/// A count as a floating-point number.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

pub(crate) fn write_zone(zone: GeneratedZone, copy: Variant, path: &Path) -> ServedZone {
    let mut file = BufWriter::new(File::create(path).expect("the directory is ours"));
    zone.for_each_record(copy, |record| writeln!(file, "{record}").expect("the disk has room"));
    file.flush().expect("the disk has room");
    ServedZone { zone: zone.name(), path: path.to_owned() }
}

/// Writes the one zone file of all small zones.
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

/// Writes `count` lines with the names of the small zones, again and again, and `suffix`.
fn write_names(path: &Path, count: u64, suffix: &str) {
    let mut file = BufWriter::new(File::create(path).expect("the directory is ours"));
    for number in 0..count {
        writeln!(file, "{}{suffix}", small_name(number % SMALL_ZONES)).expect("the disk has room");
    }
    file.flush().expect("the disk has room");
}
