//! Any bytes as the response to IXFR with serial 5: a delta from there, or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::xfr::ixfr::IxfrResponse;
use zoneprobe::dns::message::Question;
use zoneprobe::dns::{Rtype, Serial};

fuzz_target!(|bytes: &[u8]| {
    let question = Question { id: 0x4141, zone: "a".parse().expect("a name"), rtype: Rtype::IXFR };
    let mut response = Incremental::new(question, Serial(5));
    let mut rest = bytes;
    // The first byte of each message is its length.
    while let Some((&length, tail)) = rest.split_first() {
        let (message, next) = tail.split_at(usize::from(length).min(tail.len()));
        rest = next;
        match response.message(message) {
            Ok(false) => {}
            Ok(true) => break,
            Err(_) => return,
        }
    }
    if let Ok(delta) = response.end() {
        assert_eq!(delta.from, Serial(5));
        assert_ne!(delta.to, delta.from);
    }
});
