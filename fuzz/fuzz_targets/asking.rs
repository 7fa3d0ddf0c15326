//! Any bytes as the script of a server that a zone is checked at: the check ends in time, with one verdict for each
//! address, and accuses no honest server.

#![no_main]

#[path = "../scripted_check/mod.rs"]
mod scripted_check;

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime needs only threads"));

fuzz_target!(|bytes: &[u8]| {
    let zone_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripted_check/example.zone");
    RUNTIME.block_on(scripted_check::run(bytes, &zone_file));
});
