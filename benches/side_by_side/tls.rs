//! Transfers over TLS: a zone of a million records at two servers, beside the same over TCP and beside `kdig +tls`.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::daemon::{self, Daemon, Kind};
use crate::groups::{MILLION, write_zone};
use crate::measurements::{Measurements, named, run_interleaved};
use crate::table::{TargetRow, times};
use crate::workloads::{NO_RESOLVER, check, in_sync, kdig_tls, workload};
use crate::zones::Variant;

const OVER_TCP: &str = "two copies of 1,000,000, NSD and BIND";
const OVER_TLS: &str = "two copies of 1,000,000, NSD and BIND, TLS";
const KDIG: &str = "two `kdig +tls` at once";

/// Measures zoneprobe over TCP and TLS, and `kdig`, by turns.
pub(crate) fn measure(runs: usize) -> Vec<Measurements> {
    let directory = daemon::directory();
    let certificate = Certificate::new(directory.path());
    let million = write_zone(MILLION, Variant::Good, &directory.path().join("million"));
    let spawn = |kind: Kind| {
        let setup = kind.primary_of(std::slice::from_ref(&million));
        setup.tls((&certificate.file, &certificate.key), None).quiet().spawn()
    };
    let mut servers = [spawn(Kind::Nsd), spawn(Kind::Bind)];
    servers.iter_mut().for_each(Daemon::await_zones);
    let zone = MILLION.name();
    let plain = servers.each_ref().map(Daemon::address);
    let tls = servers.each_ref().map(Daemon::tls_address);
    let records = Some(1_000_000);
    let workloads = [
        workload(OVER_TCP, check(&zone, &plain, &["--format", "json"]), runs, in_sync(2, records)),
        workload(OVER_TLS, check_over_tls(&zone, tls, &certificate.file), runs, in_sync(2, records)),
        kdig_tls(KDIG, &zone, tls, runs),
    ];
    run_interleaved(directory.path(), &workloads)
}

/// The targets.
pub(crate) fn rows(measurements: &[Measurements]) -> Vec<TargetRow> {
    let of = |name| named(measurements, name);
    let work = "two copies of 1,000,000 over TLS, NSD and BIND";
    vec![
        times(work, "≤ 2 × the time over TCP", [of(OVER_TLS), of(OVER_TCP)], 2.0),
        times(work, "≤ two parallel `kdig +tls`", [of(OVER_TLS), of(KDIG)], 1.0),
    ]
}

/// The command line of a check of both servers over TLS.
fn check_over_tls(zone: &str, [first, second]: [SocketAddr; 2], ca: &str) -> Vec<String> {
    let server = |address: SocketAddr| format!("tls://{address},tls-ca={ca}");
    let program = env!("CARGO_BIN_EXE_zoneprobe");
    let (first, second) = (server(first), server(second));
    let arguments = [program, "check", zone, "--primary", &first, "--secondary", &second];
    let more = ["--resolver", NO_RESOLVER, "--format", "json"];
    arguments.into_iter().chain(more).map(str::to_owned).collect()
}

/// A certificate that is its own authority, in files.
struct Certificate {
    file: String,
    key: String,
}

impl Certificate {
    fn new(directory: &Path) -> Self {
        let certified =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("the name is one");
        let write = |name: &str, text: String| {
            let path = directory.join(name);
            fs::write(&path, text).expect("the directory is ours");
            path.display().to_string()
        };
        let file = write("certificate.pem", certified.cert.pem());
        Self { file, key: write("certificate.key", certified.signing_key.serialize_pem()) }
    }
}
