//! NSD, Knot and BIND on loopback, each with all zones of the bench.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::question;

#[path = "../../tests/harness/daemon/port.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod port;
#[path = "../../tests/harness/daemon/process.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod process;

/// How often a server is looked at while it loads its zones.
const POLL: Duration = Duration::from_millis(50);

/// How long a server may take to load its zones on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// The TSIG key that every server knows: its name, algorithm and secret.
pub(crate) const KEY: [&str; 3] =
    ["bench", "hmac-sha256", "c2VjcmV0IG9mIHRoZSBiZW5jaCwgMzIgb2N0ZXRzIGxvbmc="];

/// A zone and the file it is loaded from.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) zone: String,
    pub(crate) file: PathBuf,
}

/// Whose software it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Software {
    Nsd,
    Knot,
    Bind,
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    software: Software,
    pub(crate) address: SocketAddr,
    child: Child,
    directory: TempDir,
}

/// Returns a port that is free on UDP and TCP.
pub(crate) fn unused_port() -> u16 {
    port::unused()
}

/// Returns a new directory under the build directory.
pub(crate) fn directory() -> TempDir {
    process::directory()
}

impl Software {
    /// Starts it with zones; it is not awaited.
    pub(crate) fn start(self, zones: &[Served]) -> Server {
        let (directory, port) = (process::directory(), port::unused());
        let configuration = directory.path().join("configuration");
        let text = match self {
            Self::Nsd => nsd(directory.path(), port, zones),
            Self::Knot => knot(directory.path(), port, zones),
            Self::Bind => bind(directory.path(), port, zones),
        };
        fs::write(&configuration, text).expect("the directory is ours");
        let mut command = Command::new(self.program(directory.path()));
        match self {
            Self::Nsd => command.arg("-d"),
            Self::Knot => &mut command,
            Self::Bind => command.args(["-4", "-g", "-n", "1"]),
        };
        command.arg("-c").arg(configuration);
        let child = process::spawn(&command, directory.path());
        Server { software: self, address: (Ipv4Addr::LOCALHOST, port).into(), child, directory }
    }

    fn program(self, directory: &Path) -> PathBuf {
        match self {
            Self::Nsd => process::program("nsd"),
            Self::Knot => process::program("knotd"),
            Self::Bind => {
                // AppArmor knows `named` by its path, and confines it there to directories that are not ours.
                let named = directory.join("named");
                fs::copy(process::program("named"), &named).expect("the directory is ours");
                named
            }
        }
    }

    /// Returns its name and version.
    pub(crate) fn version(self) -> String {
        let (program, flag) = match self {
            Self::Nsd => ("nsd", "-v"),
            Self::Knot => ("knotd", "-V"),
            Self::Bind => ("named", "-v"),
        };
        crate::machine::first_line(&process::program(program), flag)
    }
}

impl Server {
    /// Waits until it serves all its zones.
    pub(crate) fn await_zones(&mut self, zones: &[Served]) {
        let deadline = Instant::now() + PATIENCE;
        for Served { zone, .. } in zones {
            while !question::is_served(zone, self.address) {
                let running = !process::has_ended(&mut self.child) && Instant::now() < deadline;
                assert!(running, "{:?} does not serve {zone}:\n{}", self.software, self.log());
                thread::sleep(POLL);
            }
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(process::log(self.directory.path())).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        process::end(&mut self.child);
    }
}

fn nsd(directory: &Path, port: u16, zones: &[Served]) -> String {
    let ([key, algorithm, secret], directory) = (KEY, directory.display());
    let mut text = format!(
        r#"server:
    ip-address: 127.0.0.1@{port}
    do-ip6: no
    server-count: 1
    tcp-count: 200
    username: ""
    chroot: ""
    zonesdir: "{directory}"
    database: ""
    pidfile: "{directory}/pid"
    xfrdfile: "{directory}/xfrd.state"
    xfrdir: "{directory}"
    zonelistfile: "{directory}/zone.list"
    cookie-secret-file: "{directory}/cookies"
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
key:
    name: "{key}"
    algorithm: {algorithm}
    secret: "{secret}"
pattern:
    name: "open"
    provide-xfr: 127.0.0.1 NOKEY
    provide-xfr: 127.0.0.1 {key}
"#
    );
    for Served { zone, file } in zones {
        let file = file.display();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "zone:\n    name: \"{zone}\"\n    zonefile: \"{file}\"\n    include-pattern: \"open\"\n"
        );
    }
    text
}

fn knot(directory: &Path, port: u16, zones: &[Served]) -> String {
    let ([key, algorithm, secret], directory) = (KEY, directory.display());
    let mut text = format!(
        r#"server:
    rundir: "{directory}"
    pidfile: "{directory}/pid"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{directory}/database"
log:
  - target: stderr
    any: warning
key:
  - id: {key}
    algorithm: {algorithm}
    secret: "{secret}"
acl:
  - id: unsigned
    address: 127.0.0.1
    action: transfer
  - id: signed
    key: {key}
    action: [transfer, query]
template:
  - id: default
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
    zonefile-load: whole
    acl: [unsigned, signed]
zone:
"#
    );
    for Served { zone, file } in zones {
        // Writing to a string cannot fail.
        let _ = write!(text, "  - domain: {zone}\n    file: \"{}\"\n", file.display());
    }
    text
}

fn bind(directory: &Path, port: u16, zones: &[Served]) -> String {
    let directory = directory.display();
    let mut text = format!(
        r#"options {{
    directory "{directory}"; pid-file none; lock-file none; session-keyfile none;
    managed-keys-directory "{directory}";
    listen-on port {port} {{ 127.0.0.1; }};
    recursion no; dnssec-validation no; empty-zones-enable no; check-names primary ignore;
    allow-transfer {{ 127.0.0.1; }}; notify no;
}};
controls {{ }};
logging {{ category default {{ stderr_errors; }}; channel stderr_errors {{ stderr; severity error; }}; }};
"#
    );
    for Served { zone, file } in zones {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "zone \"{zone}\" {{ type primary; file \"{}\"; }};", file.display());
    }
    text
}
