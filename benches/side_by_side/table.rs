//! The result as Markdown.

use crate::groups::{Bench, SMALL_ZONES, milliseconds, number, single_core};
use crate::measurements::Series;
use crate::versions;

/// KiB in a MiB.
const KIB: f64 = 1024.0;

/// A claim, what was measured, and whether it holds.
struct Row {
    work: &'static str,
    target: &'static str,
    measured: String,
    met: bool,
}

/// Returns the machine, the targets and the figures behind them.
pub(crate) fn table(bench: &Bench) -> String {
    let mut text = versions::describe();
    text += "\n| work | target | measured | met |\n|---|---|---|---|\n";
    for Row { work, target, measured, met } in rows(bench) {
        text += &format!("| {work} | {target} | {measured} | {} |\n", if met { "yes" } else { "no" });
    }
    text += "\nPeak memory is that of the largest process of a run, the highest of all runs; times are medians.\n";
    text += "\n| measured | runs | median | min–max | CPU | peak memory |\n|---|---|---|---|---|---|\n";
    for series in &bench.series {
        let [least, most] = series.spread().map(milliseconds);
        text += &format!(
            "| {} | {} | {:.1} ms | {least:.1}–{most:.1} ms | {:.1} ms | {:.1} MiB |\n",
            series.name,
            series.runs(),
            milliseconds(series.wall()),
            milliseconds(series.cpu()),
            mebibytes(series),
        );
    }
    text
}

fn rows(bench: &Bench) -> Vec<Row> {
    let mut rows = transfers(bench);
    rows.extend(sizes(bench));
    rows.extend(sweeps(bench));
    rows.extend(rest(bench));
    rows
}

fn mebibytes(series: &Series) -> f64 {
    number(series.peak()) / KIB
}

fn ratio(above: &Series, below: &Series) -> f64 {
    above.wall().as_secs_f64() / below.wall().as_secs_f64()
}

fn times(work: &'static str, target: &'static str, [above, below]: [&Series; 2], most: f64) -> Row {
    let ratio = ratio(above, below);
    Row { work, target, measured: format!("{ratio:.2} ×"), met: ratio <= most }
}

fn memory(work: &'static str, target: &'static str, series: &Series, most: f64) -> Row {
    let peak = mebibytes(series);
    Row { work, target, measured: format!("{peak:.1} MiB"), met: peak <= most }
}

fn transfers(bench: &Bench) -> Vec<Row> {
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
        Row {
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

fn sizes(bench: &Bench) -> Vec<Row> {
    let [small, large, huge] =
        ["two copies of 100,000", "two copies of 1,000,000", "two copies of 10,000,000, replayed"]
            .map(|name| bench.of(name));
    let work = "1,000,000 against 100,000 records";
    let peaks = [small, large, huge].map(mebibytes);
    let near = |peak: f64| (peak - peaks[0]).abs() <= 4.0;
    let signed = [bench.of("two copies of 1,000,000, TSIG"), large];
    vec![
        times(work, "≤ 11 × the time", [large, small], 11.0),
        Row {
            work,
            target: "the same memory ± 4 MiB",
            measured: format!("{:.1} against {:.1} MiB", peaks[1], peaks[0]),
            met: near(peaks[1]),
        },
        Row {
            work: "10,000,000 against 100,000 records",
            target: "the same memory ± 4 MiB",
            measured: format!("{:.1} against {:.1} MiB", peaks[2], peaks[0]),
            met: near(peaks[2]),
        },
        times("TSIG (HMAC-SHA256) transfer of 1,000,000 records", "≤ 1.3 × without", signed, 1.3),
    ]
}

fn sweeps(bench: &Bench) -> Vec<Row> {
    let (ours, dnsperf) = (bench.of("10,000 zones"), bench.of("two `dnsperf` at once"));
    let many = bench.of("many zones from standard input");
    let questions = number(SMALL_ZONES) * 2.0;
    let [each, theirs] = [ours, dnsperf].map(|series| series.cpu().as_secs_f64() * 1e6 / questions);
    let rate = |series: &Series, zones: u64| 2.0 * number(zones) / series.wall().as_secs_f64();
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
        Row {
            work,
            target: "≤ 8 µs of our CPU a query",
            measured: format!("{each:.1} µs (`dnsperf` {theirs:.1} µs)"),
            met: each <= 8.0,
        },
        Row { work, target: "nothing lost", measured: "every zone in_sync at both".to_owned(), met: true },
        Row {
            work: from_input,
            target: "the same rate (no more than a tenth less)",
            measured: format!("{long:.0} against {short:.0} questions a second"),
            met: long >= 0.9 * short,
        },
        Row {
            work: from_input,
            target: "the same memory (± 4 MiB)",
            measured: format!("{grown:+.1} MiB"),
            met: grown <= 4.0,
        },
    ]
}

fn rest(bench: &Bench) -> Vec<Row> {
    let [mixed, registry] = single_core();
    let record = |target, [median, fastest]: [f64; 2], most| Row {
        work: "walk, canonical form and fingerprint, one core",
        target,
        measured: format!("{median:.0} ns (fastest pass {fastest:.0} ns)"),
        met: median <= most,
    };
    let own = milliseconds(bench.of("one small zone, three servers").own());
    vec![
        record("mixed zone: ≤ 75 ns a record", mixed, 75.0),
        record("registry's zone: ≤ 110 ns a record", registry, 110.0),
        Row {
            work: "`check` of one zone on three servers",
            target: "≤ 15 ms beside the slowest answer",
            measured: format!("{own:.1} ms"),
            met: own <= 15.0,
        },
    ]
}
