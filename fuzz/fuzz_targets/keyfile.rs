//! Any text as a key file: keys, or an error with a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::keyfile;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match keyfile::parse(text) {
        Ok(keys) => assert!(!keys.is_empty()),
        Err(error) => {
            assert!((1..=text.lines().count() as u64 + 1).contains(&error.position.line), "{error}")
        }
    }
});
