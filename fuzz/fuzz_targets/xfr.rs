//! Any bytes as the messages of a transfer: a complete transfer between two equal SOA records, or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::Question;
use zoneprobe::dns::xfr::axfr::{AxfrProgress, AxfrReader};

fuzz_target!(|bytes: &[u8]| {
    let question = Question { id: 0x4141, qname: "a".parse().expect("a name"), qtype: Rtype::AXFR };
    let zone = question.qname.clone();
    let mut reader = AxfrReader::new(question, 10_000);
    let mut rest = bytes;
    let mut records = 0;
    // The first byte of each message is its length.
    while let Some((&length, tail)) = rest.split_first() {
        let (message, next) = tail.split_at(usize::from(length).min(tail.len()));
        rest = next;
        let read = reader.read_message(message, |record| {
            records += 1;
            assert!(zoneprobe::dns::name::is_within(record.owner, zone.as_wire()));
        });
        match read {
            Ok(AxfrProgress::Incomplete) => {}
            Ok(AxfrProgress::Complete) => break,
            Err(_) => return,
        }
    }
    if let Ok(summary) = reader.end() {
        assert_eq!(summary.records, records + 1);
    }
});
