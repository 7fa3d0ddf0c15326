//! A zone of which two copies do not fit into the allowed memory.

use std::fmt::Write as _;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

use super::zones::{ZONE, zone};
use crate::harness::daemon::{Daemon, Kind};

/// Records of the zone besides its SOA, name servers and their addresses.
const RECORDS: u32 = 1_000_000;

/// The distance between two planted differences; 25 of them fit.
const STRIDE: u32 = 39_989;

/// The memory that the program may use, in KiB. A copy is 24 MB on the wire, and 37 MB without name compression:
/// two of them do not fit.
const MAX_MEMORY: u64 = 64 * 1024;

#[test]
fn of_a_million_records_all_25_differences_are_found_in_little_memory() {
    let mut first = Kind::Nsd.primary(ZONE, zone(1, &records(Variant::Good))).spawn();
    let mut second = Kind::Bind.primary(ZONE, zone(1, &records(Variant::Planted))).spawn();
    first.await_zones();
    second.await_zones();

    let (report, memory) = check(&first, &second);

    let server = &report["zones"][0]["servers"][1];
    assert_eq!(server["verdict"], "diverged", "{server:#}");
    assert_eq!(server["differences"]["complete"], true, "{server:#}");
    assert_eq!(server["copy"]["records"], RECORDS + 5, "{server:#}");
    assert_eq!(reported(server), planted(), "{server:#}");
    assert!(memory < MAX_MEMORY, "the peak was {memory} KiB");
}

/// One of the two copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Good,
    Planted,
}

/// A difference in the planted copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    Missing,
    Extra,
    Changed,
    Grown,
    Ttl,
}

/// The planted differences by turns: each kind occurs five times.
const PLANTS: [Plant; 5] = [Plant::Missing, Plant::Extra, Plant::Changed, Plant::Grown, Plant::Ttl];

/// The difference at the owner with this number, if one is planted there.
fn plant(number: u32) -> Option<Plant> {
    let turn = usize::try_from(number / STRIDE).ok()?;
    number.is_multiple_of(STRIDE).then(|| PLANTS[turn % PLANTS.len()])
}

/// The records of a copy as zone-file text.
fn records(copy: Variant) -> String {
    let mut text = String::with_capacity(32 << 20);
    for number in 1..=RECORDS {
        let [_, a, b, c] = number.to_be_bytes();
        let plant = plant(number).filter(|plant| copy == Variant::Planted || *plant == Plant::Extra);
        // Writing to a string cannot fail.
        let _ = match (plant, copy) {
            (Some(Plant::Missing), _) | (Some(Plant::Extra), Variant::Good) => Ok(()),
            (Some(Plant::Changed), _) => writeln!(text, "n{number} A 11.{a}.{b}.{c}"),
            (Some(Plant::Grown), _) => writeln!(text, "n{number} A 10.{a}.{b}.{c}\n A 11.{a}.{b}.{c}"),
            (Some(Plant::Ttl), _) => writeln!(text, "n{number} 7 A 10.{a}.{b}.{c}"),
            (Some(Plant::Extra) | None, _) => writeln!(text, "n{number} A 10.{a}.{b}.{c}"),
        };
    }
    text
}

/// The planted differences, as owner, type and kind, sorted.
fn planted() -> Vec<(String, String, String)> {
    let mut planted: Vec<_> = (1..=RECORDS)
        .filter_map(|number| {
            let kind = match plant(number)? {
                Plant::Missing => "missing",
                Plant::Extra => "extra",
                Plant::Changed | Plant::Grown => "changed",
                Plant::Ttl => "ttl",
            };
            Some((format!("n{number}.{ZONE}."), "A".to_owned(), kind.to_owned()))
        })
        .collect();
    planted.sort();
    planted
}

/// The differences of a server in the report, as owner, type and kind, sorted.
fn reported(server: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rrsets = server["differences"]["rrsets"].as_array().expect("the server has differences");
    let mut reported: Vec<_> = rrsets
        .iter()
        .map(|rrset| (text(&rrset["owner"]), text(&rrset["type"]), text(&rrset["kind"])))
        .collect();
    reported.sort();
    reported
}

/// Runs the program and returns its report, and its peak memory in KiB.
fn check(first: &Daemon, second: &Daemon) -> (Value, u64) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zoneprobe"))
        .args(["check", ZONE, "--format", "json"])
        .args(["--primary", &format!("ns0={}", first.address())])
        .args(["--secondary", &format!("ns1={}", second.address())])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program is built");
    let mut stdout = child.stdout.take().expect("its output is piped");
    let reader = thread::spawn(move || {
        let mut report = String::new();
        stdout.read_to_string(&mut report).map(|_| report)
    });
    let memory = crate::harness::peak_memory(&mut child);
    let report = reader.join().expect("the reader does not panic").expect("the report is text");
    assert_eq!(child.wait().expect("the child is ours").code(), Some(2), "{report}");
    (serde_json::from_str(&report).expect("the report is JSON"), memory)
}
