//! Any octets as the stream of a transfer: it ends as a whole copy or as a fault, and a whole copy opened
//! and closed with one SOA.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::Question;
use zoneprobe::dns::xfr::axfr::{AxfrProgress, AxfrReader};

fuzz_target!(|octets: &[u8]| {
    let question = Question { id: 0x4141, qname: "a".parse().expect("a name"), qtype: Rtype::AXFR };
    let zone = question.qname.clone();
    let mut transfer = AxfrReader::new(question, 10_000);
    let mut rest = octets;
    let mut records = 0;
    // Each message is as long as its first octet says.
    while let Some((&length, tail)) = rest.split_first() {
        let (message, next) = tail.split_at(usize::from(length).min(tail.len()));
        rest = next;
        let read = transfer.read_message(message, |record| {
            records += 1;
            assert!(zoneprobe::dns::name::is_within(record.owner, zone.as_wire()));
        });
        match read {
            Ok(AxfrProgress::Incomplete) => {}
            Ok(AxfrProgress::Complete) => break,
            Err(_) => return,
        }
    }
    if let Ok(whole) = transfer.end() {
        assert_eq!(whole.records, records + 1);
    }
});
