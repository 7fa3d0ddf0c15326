//! Counts instructions and allocations of the hot paths, which do not depend on the load of the machine.
//!
//! Valgrind runs this program twice for each path, with one pass and with two. The difference is the cost of one
//! pass, without the cost of making the input.
//!
//! Valgrind hides the SHA instructions of processors, so signatures take fewer instructions without it.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark reads its own input, fails by a panic, and prints its result"
)]

#[path = "work/digest.rs"]
mod digest;
#[path = "work/signatures.rs"]
mod signatures;
#[path = "work/walk.rs"]
mod walk;
#[expect(dead_code, reason = "the planted copy is for the benchmarks of comparisons")]
mod zones;

use std::env;
use std::hint::black_box;
use std::process::Command;

use zoneprobe::digest::Buckets;

use signatures::SignedStream;
use zones::{GeneratedZone, TransferStream, Variant};

/// Records of each stream. Valgrind makes everything fifty times slower.
const RECORDS: u64 = 20_000;

const ZONES: [&str; 2] = ["mixed", "registry"];
const PATHS: [&str; 3] = ["walk", "fingerprint", "tsig"];

/// The first argument of the runs under Valgrind, before zone, path and passes.
const WORK: &str = "--work";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [WORK, zone, path, passes] => work(&stream(zone), path, passes.parse().expect("it is a number")),
        _ => table(),
    }
}

fn stream(zone: &str) -> TransferStream {
    let zone = if zone == "mixed" { GeneratedZone::Mixed(RECORDS) } else { GeneratedZone::Registry(RECORDS) };
    TransferStream::new(zone, Variant::Good)
}

fn work(stream: &TransferStream, path: &str, passes: u32) {
    let profile = digest::profile();
    let signed = (path == "tsig").then(|| SignedStream::new(stream));
    for _ in 0..passes {
        match &signed {
            Some(signed) => assert!(black_box(signed.verify()) > 0),
            None if path == "walk" => assert_eq!(black_box(walk::walk(stream)), stream.records + 1),
            None => {
                let (whole, digest) = digest::digest(stream, &profile, Buckets::none());
                assert_eq!(whole.records, stream.records);
                black_box(digest.sums());
            }
        }
    }
}

fn table() {
    println!("| zone | path | instructions a record | allocations a pass of {RECORDS} records |");
    println!("|---|---|---|---|");
    for zone in ZONES {
        let records = stream(zone).records;
        for path in PATHS {
            let instructions = difference(zone, path, instructions);
            let allocations = difference(zone, path, allocations);
            let tenths = instructions * 10 / records;
            println!("| {zone} | {path} | {}.{} | {allocations} |", tenths / 10, tenths % 10);
            // A pass allocates its buffers and buckets, which are few; a record must not allocate.
            assert!(allocations < records / 100, "{path} allocates {allocations} times in {records} records");
        }
    }
}

/// The cost of one pass.
fn difference(zone: &str, path: &str, count: impl Fn(&[&str]) -> u64) -> u64 {
    let [one, two] = ["1", "2"].map(|passes| count(&[WORK, zone, path, passes]));
    two.saturating_sub(one)
}

fn instructions(arguments: &[&str]) -> u64 {
    let output = valgrind(&["--tool=callgrind", "--callgrind-out-file=/dev/null"], arguments);
    number(&output, "Collected :")
}

fn allocations(arguments: &[&str]) -> u64 {
    let output = valgrind(&["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"], arguments);
    number(&output, "total heap usage:")
}

fn valgrind(options: &[&str], arguments: &[&str]) -> String {
    let own = env::current_exe().expect("the path of this program is known");
    let output = Command::new("valgrind").args(options).arg(own).args(arguments).output();
    let output = output.expect("`valgrind` is installed by `benches/run`");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

/// The number after a label.
fn number(text: &str, label: &str) -> u64 {
    let (_, after) = text.split_once(label).unwrap_or_else(|| panic!("valgrind prints no `{label}`: {text}"));
    let digits = after.trim_start().chars().take_while(|&it| it.is_ascii_digit() || it == ',');
    digits.filter(|&it| it != ',').collect::<String>().parse().expect("it is a number")
}
