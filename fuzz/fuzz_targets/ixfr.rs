//! Any bytes as the response to IXFR with serial 5: the changes since then, or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::message::Question;
use zoneprobe::dns::xfr::ixfr::IxfrResponse;
use zoneprobe::dns::{Rtype, Serial};

fuzz_target!(|bytes: &[u8]| {
    let question = Question { id: 0x4141, qname: "a".parse().expect("a name"), qtype: Rtype::IXFR };
    let mut response = IxfrResponse::new(question, Serial(5));
    let mut rest = bytes;
    // The first byte of each message is its length.
    while let Some((&length, tail)) = rest.split_first() {
        let (message, next) = tail.split_at(usize::from(length).min(tail.len()));
        rest = next;
        match response.read_message(message, |_| ()) {
            Ok(false) => {}
            Ok(true) => break,
            Err(_) => return,
        }
    }
    if let Ok(changed) = response.end() {
        assert_eq!(changed.from, Serial(5));
        assert_ne!(changed.to, changed.from);
    }
});
