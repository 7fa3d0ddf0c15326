//! Counts instructions and allocations of the hot paths, which no other work on the machine can disturb.
//!
//! Valgrind runs this program anew for each path, once with one pass and once with two. The difference is
//! what one pass takes: what comes before and after, the making of the input too, drops out.
//!
//! Valgrind hides the instructions that processors have for SHA: signatures take fewer in truth.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "what a benchmark reads it has made itself, and what it prints is its result"
)]

#[expect(dead_code, reason = "the comparison is timed only")]
mod work;
#[expect(dead_code, reason = "zone-file text is for the benchmarks with servers")]
mod zones;

use std::env;
use std::hint::black_box;
use std::process::Command;

use zoneprobe::digest::Buckets;

use work::SignedStream;
use zones::{Copy, Stream, Zone};

/// Records of each stream: under valgrind everything takes fifty times as long.
const RECORDS: u64 = 20_000;

const ZONES: [&str; 2] = ["mixed", "registry"];
const PATHS: [&str; 3] = ["walk", "fingerprint", "tsig"];

/// The argument before zone, path and passes that makes it do the work itself.
const WORK: &str = "--work";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [WORK, zone, path, passes] => work(&stream(zone), path, passes.parse().expect("it is a number")),
        _ => table(),
    }
}

fn stream(zone: &str) -> Stream {
    let zone = if zone == "mixed" { Zone::Mixed(RECORDS) } else { Zone::Registry(RECORDS) };
    Stream::new(zone, Copy::Good)
}

fn work(stream: &Stream, path: &str, passes: u32) {
    let profile = work::profile();
    let signed = (path == "tsig").then(|| SignedStream::new(stream));
    for _ in 0..passes {
        match &signed {
            Some(signed) => assert!(black_box(signed.verify()) > 0),
            None if path == "walk" => assert_eq!(black_box(work::walk(stream)), stream.records + 1),
            None => {
                let (whole, digest) = work::digest(stream, &profile, Buckets::none());
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
            // A pass sets up its buffers and buckets, which are few; a record must not take one.
            assert!(allocations < records / 100, "{path} allocates {allocations} times in {records} records");
        }
    }
}

/// Returns what one pass takes.
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
    let own = env::current_exe().expect("a program knows where it is");
    let output = Command::new("valgrind").args(options).arg(own).args(arguments).output();
    let output = output.expect("`valgrind` is installed: `benches/run` does that");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

/// Returns the number behind some words.
fn number(text: &str, words: &str) -> u64 {
    let (_, after) = text.split_once(words).unwrap_or_else(|| panic!("valgrind says no `{words}`: {text}"));
    let digits = after.trim_start().chars().take_while(|&letter| letter.is_ascii_digit() || letter == ',');
    digits.filter(|&letter| letter != ',').collect::<String>().parse().expect("it is a number")
}
