//! Any octets as the answer to what has changed since serial 5: it ends as a delta from there or as none.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::xfr::ixfr::IxfrResponse;
use zoneprobe::dns::message::Question;
use zoneprobe::dns::{Rtype, Serial};

fuzz_target!(|octets: &[u8]| {
    let question = Question { id: 0x4141, qname: "a".parse().expect("a name"), qtype: Rtype::IXFR };
    let mut answer = IxfrResponse::new(question, Serial(5));
    let mut rest = octets;
    // Each message is as long as its first octet says.
    while let Some((&length, tail)) = rest.split_first() {
        let (message, next) = tail.split_at(usize::from(length).min(tail.len()));
        rest = next;
        match answer.read_message(message) {
            Ok(false) => {}
            Ok(true) => break,
            Err(_) => return,
        }
    }
    if let Ok(delta) = answer.end() {
        assert_eq!(delta.from, Serial(5));
        assert_ne!(delta.to, delta.from);
    }
});
