//! The results as Markdown.

use std::time::Duration;

use crate::groups::{Bench, SMALL_ZONES, milliseconds, number, single_core};
use crate::measurements::Measurements;
use crate::versions;

/// KiB in a MiB.
const KIB: f64 = 1024.0;

/// How long zoneprobe waits for a response by default.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A target, the measurement, and whether the target is met.
pub(crate) struct TargetRow {
    pub(crate) work: &'static str,
    pub(crate) target: &'static str,
    pub(crate) measured: String,
    pub(crate) met: bool,
}

/// The machine, the targets and all measurements.
pub(crate) fn table<'a>(
    rows: impl IntoIterator<Item = TargetRow>,
    measurements: impl IntoIterator<Item = &'a Measurements>,
) -> String {
    let mut text = versions::describe();
    text += "\n| work | target | measured | met |\n|---|---|---|---|\n";
    for TargetRow { work, target, measured, met } in rows {
        text += &format!("| {work} | {target} | {measured} | {} |\n", if met { "yes" } else { "no" });
    }
    text += "\nTimes are medians. Peak memory is the highest of all runs, of the largest process of each.\n";
    text += "\n| measured | runs | median | min–max | CPU | peak memory |\n|---|---|---|---|---|---|\n";
    for measured in measurements {
        let [min, max] = measured.spread().map(milliseconds);
        text += &format!(
            "| {} | {} | {:.1} ms | {min:.1}–{max:.1} ms | {:.1} ms | {:.1} MiB |\n",
            measured.name,
            measured.runs(),
            milliseconds(measured.wall()),
            milliseconds(measured.cpu()),
            mebibytes(measured),
        );
    }
    text
}

/// The targets of transfers, sweeps and one zone.
pub(crate) fn rows(bench: &Bench) -> Vec<TargetRow> {
    let mut rows = transfers(bench);
    rows.extend(sizes(bench));
    rows.extend(sweeps(bench));
    rows.extend(single_core_and_start(bench));
    rows
}

fn mebibytes(measured: &Measurements) -> f64 {
    number(measured.peak()) / KIB
}

pub(crate) fn ratio(above: &Measurements, below: &Measurements) -> f64 {
    above.wall().as_secs_f64() / below.wall().as_secs_f64()
}

pub(crate) fn times(
    work: &'static str,
    target: &'static str,
    [above, below]: [&Measurements; 2],
    max: f64,
) -> TargetRow {
    let ratio = ratio(above, below);
    TargetRow { work, target, measured: format!("{ratio:.2} ×"), met: ratio <= max }
}

pub(crate) fn memory(
    work: &'static str,
    target: &'static str,
    measured: &Measurements,
    max: f64,
) -> TargetRow {
    let peak = mebibytes(measured);
    TargetRow { work, target, measured: format!("{peak:.1} MiB"), met: peak <= max }
}

fn transfers(bench: &Bench) -> Vec<TargetRow> {
    let of = |name| bench.of(name);
    let two = of("two copies of 1,000,000");
    let differing = of("two copies, 25 RRsets differing");
    let kdig = ratio(of("kdig, sort, diff"), two);
    let floors = [two, of("floor: two copies of 1,000,000")];
    let differing_floors = [differing, of("floor: two copies, 25 RRsets differing")];
    let three = [of("three copies of 1,000,000"), of("floor: three copies of 1,000,000")];
    let work = "two copies of 1,000,000 records, NSD and Knot, identical";
    let with_differences = "the same with 25 RRsets differing, all named";
    vec![
        times(work, "≤ 1.5 × floor", floors, 1.5),
        memory(work, "≤ 32 MiB", two, 32.0),
        TargetRow {
            work,
            target: "≥ 5 × faster than kdig, sort, diff",
            measured: format!("{kdig:.1} ×"),
            met: kdig >= 5.0,
        },
        times(with_differences, "≤ 3 × floor", differing_floors, 3.0),
        memory(with_differences, "≤ 48 MiB", differing, 48.0),
        times("three copies, NSD, Knot, BIND", "≤ 1.3 × floor of those three", three, 1.3),
    ]
}

fn sizes(bench: &Bench) -> Vec<TargetRow> {
    let [small, large, huge] =
        ["two copies of 100,000", "two copies of 1,000,000", "two copies of 10,000,000, replayed"]
            .map(|name| bench.of(name));
    let work = "1,000,000 against 100,000 records";
    let peaks = [small, large, huge].map(mebibytes);
    let is_near = |peak: f64| (peak - peaks[0]).abs() <= 4.0;
    let signed = [bench.of("two copies of 1,000,000, TSIG"), large];
    vec![
        times(work, "≤ 11 × the time", [large, small], 11.0),
        TargetRow {
            work,
            target: "the same memory ± 4 MiB",
            measured: format!("{:.1} against {:.1} MiB", peaks[1], peaks[0]),
            met: is_near(peaks[1]),
        },
        TargetRow {
            work: "10,000,000 against 100,000 records",
            target: "the same memory ± 4 MiB",
            measured: format!("{:.1} against {:.1} MiB", peaks[2], peaks[0]),
            met: is_near(peaks[2]),
        },
        times("TSIG (HMAC-SHA256) transfer of 1,000,000 records", "≤ 1.3 × without", signed, 1.3),
    ]
}

fn sweeps(bench: &Bench) -> Vec<TargetRow> {
    let (ours, dnsperf) = (bench.of("10,000 zones"), bench.of("two `dnsperf` at once"));
    let many = bench.of("many zones from standard input");
    let queries = number(SMALL_ZONES) * 2.0;
    let [each, theirs] = [ours, dnsperf].map(|measured| measured.cpu().as_secs_f64() * 1e6 / queries);
    let rate = |measured: &Measurements, zones: u64| 2.0 * number(zones) / measured.wall().as_secs_f64();
    let (short, long) = (rate(ours, SMALL_ZONES), rate(many, bench.many_zones));
    let work = "10,000 zones × 2 servers, SOA, UDP";
    let from_input = if bench.many_zones == 1_000_000 {
        "1,000,000 zones from standard input"
    } else {
        "100,000 zones from standard input (quick)"
    };
    let grown = mebibytes(many) - mebibytes(ours);
    vec![
        times(work, "≤ 1.5 × two parallel `dnsperf -n 1 -e`", [ours, dnsperf], 1.5),
        memory(work, "≤ 48 MiB", ours, 48.0),
        TargetRow {
            work,
            target: "≤ 8 µs of CPU a query",
            measured: format!("{each:.1} µs (`dnsperf` {theirs:.1} µs)"),
            met: each <= 8.0,
        },
        TargetRow {
            work,
            target: "every zone in_sync on both servers",
            measured: "checked".to_owned(),
            met: true,
        },
        beside_down("10,000 zones, one server silent", bench),
        beside_down("10,000 zones, one server refusing", bench),
        TargetRow {
            work: from_input,
            target: "the same rate (no more than a tenth less)",
            measured: format!("{long:.0} against {short:.0} queries a second"),
            met: long >= 0.9 * short,
        },
        TargetRow {
            work: from_input,
            target: "the same memory (± 4 MiB)",
            measured: format!("{grown:+.1} MiB"),
            met: grown <= 4.0,
        },
    ]
}

/// The row of a sweep at a server that lives and one that is down: two timeouts tell that it is.
fn beside_down(work: &'static str, bench: &Bench) -> TargetRow {
    let (down, alive) = (bench.of(work), bench.of("10,000 zones"));
    let seconds = down.wall().as_secs_f64();
    TargetRow {
        work,
        target: "≤ 3 × both alive and two timeouts",
        measured: format!("{seconds:.1} s, {:.1} ×", ratio(down, alive)),
        met: down.wall() <= 3 * alive.wall() + 2 * TIMEOUT,
    }
}

fn single_core_and_start(bench: &Bench) -> Vec<TargetRow> {
    let [mixed, registry] = single_core();
    let record = |target, [median, fastest]: [f64; 2], max| TargetRow {
        work: "walk, canonical form and fingerprint, one core",
        target,
        measured: format!("{median:.0} ns (fastest pass {fastest:.0} ns)"),
        met: median <= max,
    };
    let time = milliseconds(bench.of("one small zone, three servers").without_waiting());
    vec![
        record("mixed zone: ≤ 75 ns a record", mixed, 75.0),
        record("registry's zone: ≤ 110 ns a record", registry, 110.0),
        TargetRow {
            work: "`check` of one zone on three servers",
            target: "≤ 15 ms without the slowest response",
            measured: format!("{time:.1} ms"),
            met: time <= 15.0,
        },
    ]
}
