//! Compares zoneprobe with the floor and with other programs, over real servers on this machine.
//!
//! `cargo bench --bench side_by_side -- [--quick] [--runs N] [--by-query | --tls | --validate [N] | --zonemd]`;
//! `benches/run` installs what it needs. With `--by-query` it measures nothing but records by query, with `--tls` nothing
//! but transfers over TLS, with `--validate` nothing but the validation of so many signatures, and with `--zonemd` nothing
//! but zones with a digest of themselves. A wrong result of any measured program aborts it.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark reads its own input, fails by a panic, and prints its result"
)]

mod by_query;
#[path = "../../tests/harness/daemon/mod.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod daemon;
#[path = "../work/digest.rs"]
mod digest;
mod drain;
mod groups;
mod machine;
mod measure;
mod measurements;
mod query;
mod replay;
mod table;
mod tls;
mod validate;
mod versions;
mod workloads;
mod zonemd;
#[path = "../zones/mod.rs"]
mod zones;

use groups::Bench;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((mode, rest)) if mode == measure::MODE => measure::run_measured(rest),
        Some((mode, rest)) if mode == drain::MODE => drain::drain(rest),
        Some((mode, rest)) if mode == replay::MODE => replay::serve(rest),
        _ => bench(&arguments),
    }
}

fn bench(arguments: &[String]) {
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let runs = arguments.iter().skip_while(|argument| *argument != "--runs").nth(1);
    let runs = runs.map(|runs| runs.parse().expect("--runs takes a number"));
    let runs = runs.unwrap_or(if quick { 3 } else { 7 });
    if let Some(at) = arguments.iter().position(|argument| argument == "--validate") {
        let signatures = arguments.get(at + 1).and_then(|number| number.parse().ok());
        return validate::bench(signatures, runs);
    }
    if arguments.iter().any(|argument| argument == "--tls") {
        let over_tls = tls::measure(runs);
        return println!("{}", table::table(tls::rows(&over_tls), &over_tls));
    }
    if arguments.iter().any(|argument| argument == "--zonemd") {
        return zonemd::bench(runs);
    }
    let by_query = by_query::measure(runs);
    if arguments.iter().any(|argument| argument == "--by-query") {
        return println!("{}", table::table(by_query::rows(&by_query), &by_query));
    }
    let mut bench = Bench::new(runs, quick);
    bench.transfers();
    bench.replayed();
    bench.sweeps();
    bench.one_zone();
    let over_tls = tls::measure(runs);
    let rows = table::rows(&bench).into_iter().chain(by_query::rows(&by_query)).chain(tls::rows(&over_tls));
    println!("{}", table::table(rows, bench.measurements.iter().chain(&by_query).chain(&over_tls)));
}
