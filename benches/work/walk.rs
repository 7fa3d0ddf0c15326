//! Reading all records of a transfer.

use std::hint::black_box;

use zoneprobe::dns::wire::{MessageReader, Scratch};

use crate::zones::TransferStream;

/// Reads all records with their names decompressed, and returns their number, both SOAs counted.
pub(crate) fn walk(stream: &TransferStream) -> u64 {
    let mut scratch = Scratch::default();
    let mut records = 0;
    for message in stream.messages() {
        let mut walk = MessageReader::new(message).expect("it is long enough");
        let _ = black_box(walk.question(&mut scratch));
        for _ in 0..walk.header().counts[1] {
            black_box(walk.record(&mut scratch).expect("it is well-formed"));
            records += 1;
        }
    }
    records
}
