//! The seeds of the fuzz targets, run through the code that they fuzz on a stable compiler.

use std::path::Path;

use zoneprobe::dns::message::{OptRecord, Question, Response};
use zoneprobe::dns::tsig::{Algorithm, TsigKey, Verifier};
use zoneprobe::dns::wire::{MessageReader, Scratch};
use zoneprobe::dns::xfr::axfr::{AxfrProgress, AxfrReader};
use zoneprobe::dns::xfr::ixfr::IxfrResponse;
use zoneprobe::dns::zonefile::ZoneFileReader;
use zoneprobe::dns::{Rtype, Serial, keyfile, rdata};
use zoneprobe::testserver::Zone;

/// The seeds of a fuzz target, each with its path.
pub(crate) fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect()
}

fn question(rtype: Rtype) -> Question {
    Question { id: 0x4141, qname: "a".parse().unwrap(), qtype: rtype }
}

#[test]
fn wire_seeds_are_read_and_every_known_type_has_a_text_form() {
    let mut records = 0;
    for (seed, bytes) in seeds("wire") {
        let mut scratch = Scratch::default();
        let mut walk = MessageReader::new(&bytes).unwrap();
        walk.question(&mut scratch).unwrap();
        for _ in 0..walk.header().counts[1] {
            let record = walk.record(&mut scratch).unwrap_or_else(|error| panic!("{seed}: {error}"));
            let text = rdata::to_text(record.rtype, record.rdata);
            assert!(
                !text.starts_with("\\#") || record.rtype == Rtype(65280),
                "{seed}: {} {text}",
                record.rtype
            );
            records += 1;
        }
    }
    assert!(records >= 30, "{records}");
}

#[test]
fn ixfr_seeds_are_complete_deltas() {
    for (seed, bytes) in seeds("ixfr") {
        let mut answer = IxfrResponse::new(question(Rtype::IXFR), Serial(5));
        let mut rest = bytes.as_slice();
        let mut whole = false;
        while let Some((&length, tail)) = rest.split_first() {
            let (message, next) = tail.split_at(length.into());
            whole = answer.read_message(message, |_| ()).unwrap_or_else(|why| panic!("{seed}: {why}"));
            rest = next;
        }
        assert!(whole, "{seed}");
        assert_eq!(answer.end().unwrap().from, Serial(5), "{seed}");
    }
}

#[test]
fn xfr_seeds_are_complete_transfers() {
    for (seed, bytes) in seeds("xfr") {
        let mut transfer = AxfrReader::new(question(Rtype::AXFR), 100);
        let mut rest = bytes.as_slice();
        let mut progress = AxfrProgress::Incomplete;
        while let Some((&length, tail)) = rest.split_first() {
            let (message, next) = tail.split_at(length.into());
            progress =
                transfer.read_message(message, |_| {}).unwrap_or_else(|fault| panic!("{seed}: {fault}"));
            rest = next;
        }
        assert_eq!(progress, AxfrProgress::Complete, "{seed}");
        assert_eq!(transfer.end().unwrap().records, 2, "{seed}");
    }
}

#[test]
fn the_message_seed_is_a_soa_response() {
    let (_, bytes) = seeds("message").into_iter().find(|(seed, _)| seed.ends_with("soa")).unwrap();
    let answer = Response::parse(&bytes, &question(Rtype::SOA)).unwrap().unwrap();
    assert_eq!(answer.soa().unwrap().serial.0, 7);
    assert_eq!(answer.edns.unwrap().expire, Some(3600));
}

#[test]
fn key_file_and_zone_seeds_are_read() {
    for (seed, bytes) in seeds("keyfile") {
        let text = std::str::from_utf8(&bytes).unwrap();
        let keys = keyfile::parse(text).unwrap_or_else(|error| panic!("{seed}:{error}"));
        assert!(!keys.is_empty(), "{seed}");
    }
    for (seed, bytes) in seeds("zonefile") {
        let mut reader = ZoneFileReader::new("a".parse().unwrap());
        for line in bytes.split(|&byte| byte == b'\n') {
            reader.read_line(line, &mut |_| {}).unwrap_or_else(|mistake| panic!("{seed}:{mistake}"));
        }
        assert!(reader.end().unwrap().records > 10, "{seed}");
    }
    for (seed, bytes) in seeds("zone") {
        let zone = Zone::parse("a", std::str::from_utf8(&bytes).unwrap());
        let zone = zone.unwrap_or_else(|error| panic!("{seed}: {error}"));
        assert_eq!(zone.soa().serial.0, 7, "{seed}");
    }
}

#[test]
fn tsig_seeds_do_not_verify() {
    let key = TsigKey::new("k".parse().unwrap(), Algorithm::Sha256, vec![7; 32]);
    for (seed, bytes) in seeds("tsig") {
        let mac = key.sign(&mut question(Rtype::SOA).to_wire(OptRecord::Omitted), 1_000_000).unwrap();
        assert!(Verifier::new(&key, &mac).verify(&bytes[1..], 1_000_000).is_err(), "{seed}");
    }
}
