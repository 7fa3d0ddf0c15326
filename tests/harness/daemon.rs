//! Real name servers as child processes on loopback: what other people's software makes of a zone.
//!
//! They run in the foreground, in a directory of their own, and end with the value that stands for
//! them. What they log is shown when the test fails.

#![expect(clippy::panic, clippy::print_stderr, reason = "a test fails by a panic, and shows the log first")]

mod bind;
mod nsd;
mod port;
mod process;
mod soa;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use hickory_proto::op::Message;
use tempfile::TempDir;

pub(crate) use bind::clause;
pub(crate) use port::unused_address;
pub(crate) use process::program;

use process::Signal;

/// How long a server may take for anything: longer than a zone of a million records on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often a server is looked at while something is awaited.
const POLL: Duration = Duration::from_millis(20);

/// How often a server that finds its port taken is started anew.
const MOST_STARTS: usize = 10;

/// Whose software it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ISC's `named`.
    Bind,
    /// `nsd` of `NLnet` Labs.
    Nsd,
}

/// Where a server has its zone from.
#[derive(Clone, Debug)]
enum Source {
    /// It has none.
    Nowhere,
    /// From its zone file.
    ZoneFile(String),
    /// By transfer from an address.
    Transfer(SocketAddr),
}

/// Who is given the zone by transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transfers {
    /// Everybody on loopback.
    Everybody,
    /// The probe, which asks from 127.0.0.1, and no secondary, which asks from 127.0.0.2.
    ProbeOnly,
}

/// Whether a primary's zone is changed by messages (RFC 2136) or by its zone file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Updates {
    /// By messages from loopback; BIND does not read the file again then.
    Messages,
    /// By its zone file.
    ZoneFile,
}

/// Which port a server starts at when its own was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    /// Any other: nobody knows it yet.
    Another,
    /// The same: its secondaries know it.
    Same,
}

/// A server yet to be started.
#[derive(Clone, Debug)]
#[must_use]
pub(crate) struct Setup {
    kind: Kind,
    zone: String,
    source: Source,
    transfers: Transfers,
    notify: Option<SocketAddr>,
    updates: Updates,
    key: Option<SharedKey>,
}

/// A key by the words of the configurations of both.
#[derive(Clone, Debug)]
pub(crate) struct SharedKey {
    /// Its name.
    pub(crate) name: String,
    /// Its algorithm.
    pub(crate) algorithm: String,
    /// Its secret in Base64.
    pub(crate) secret: String,
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Daemon {
    setup: Setup,
    directory: TempDir,
    port: u16,
    child: Child,
}

impl Kind {
    /// A server that has the zone from `text`.
    pub(crate) fn primary(self, zone: &str, text: impl Into<String>) -> Setup {
        Setup::new(self, zone, Source::ZoneFile(text.into()))
    }

    /// A server that has the zone by transfer from `primary`, which it asks from 127.0.0.2.
    pub(crate) fn secondary(self, zone: &str, primary: SocketAddr) -> Setup {
        Setup::new(self, zone, Source::Transfer(primary))
    }

    /// A server that was never told of the zone.
    pub(crate) fn stranger(self, zone: &str) -> Setup {
        Setup::new(self, zone, Source::Nowhere)
    }

    /// The software of the others.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Bind => Self::Nsd,
            Self::Nsd => Self::Bind,
        }
    }
}

impl Setup {
    fn new(kind: Kind, zone: &str, source: Source) -> Self {
        let (transfers, updates) = (Transfers::Everybody, Updates::ZoneFile);
        Self { kind, zone: zone.to_owned(), source, transfers, notify: None, updates, key: None }
    }

    /// Gives the zone to those alone who sign with a key.
    pub(crate) fn key(self, key: SharedKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Gives the zone to the probe and to no secondary.
    pub(crate) fn without_transfers(self) -> Self {
        Self { transfers: Transfers::ProbeOnly, ..self }
    }

    /// Tells a secondary of every new version.
    pub(crate) fn notify(self, secondary: SocketAddr) -> Self {
        Self { notify: Some(secondary), ..self }
    }

    /// Lets the zone be changed by messages; BIND only.
    pub(crate) fn updatable(self) -> Self {
        Self { updates: Updates::Messages, ..self }
    }

    /// Serves another zone text, as a primary.
    pub(crate) fn zone_text(self, text: impl Into<String>) -> Self {
        Self { source: Source::ZoneFile(text.into()), ..self }
    }

    /// Starts the server and returns once it serves the zone.
    #[track_caller]
    pub(crate) fn start(self) -> Daemon {
        let mut daemon = self.spawn();
        daemon.await_zone();
        daemon
    }

    /// Starts the server and returns once it answers anything at all, were it REFUSED or SERVFAIL.
    #[track_caller]
    pub(crate) fn start_without_zone(self) -> Daemon {
        let mut daemon = self.spawn();
        daemon.await_start("an answer", Port::Another, |_| true);
        daemon
    }

    /// Starts the server and returns at once.
    #[track_caller]
    pub(crate) fn spawn(self) -> Daemon {
        let directory = process::directory();
        let port = port::unused();
        if let Source::ZoneFile(text) = &self.source {
            write(directory.path(), ZONE_FILE, text);
        }
        let child = self.run(directory.path(), port);
        Daemon { setup: self, directory, port, child }
    }

    fn run(&self, directory: &Path, port: u16) -> Child {
        match self.kind {
            Kind::Bind => {
                write(directory, CONFIGURATION, &bind::configuration(self, directory, port));
                process::spawn(&bind::command(directory), directory)
            }
            Kind::Nsd => {
                write(directory, CONFIGURATION, &nsd::configuration(self, directory, port));
                process::spawn(&nsd::command(directory), directory)
            }
        }
    }
}

/// The zone file's name in a server's directory.
const ZONE_FILE: &str = "zone";

/// The configuration's name in a server's directory.
const CONFIGURATION: &str = "configuration";

impl Daemon {
    /// Returns where it listens, on UDP and TCP.
    pub(crate) fn address(&self) -> SocketAddr {
        port::loopback(self.port)
    }

    /// Waits until it serves the zone with authority, after a start.
    #[track_caller]
    pub(crate) fn await_zone(&mut self) {
        self.await_start("an authoritative SOA", Port::Another, |reply| soa::serial(reply).is_some());
    }

    /// Waits until it serves the zone with this serial.
    #[track_caller]
    pub(crate) fn await_serial(&self, serial: u32) {
        self.await_reply(&format!("serial {serial}"), |reply| soa::serial(reply) == Some(serial));
    }

    /// Waits until it no longer serves the zone with authority.
    #[track_caller]
    pub(crate) fn await_expiry(&self) {
        self.await_reply("a refusal to serve the zone", |reply| soa::serial(reply).is_none());
    }

    /// Waits until EDNS EXPIRE tells that the last refresh is in the past.
    #[track_caller]
    pub(crate) fn await_age(&self) {
        self.await_reply("an EXPIRE below the SOA's", soa::is_aged);
    }

    /// Waits until it has refused to give the zone to a secondary.
    #[track_caller]
    pub(crate) fn await_refused_transfer(&self) {
        let sign = match self.setup.kind {
            Kind::Bind => bind::refused_transfer(&self.setup.zone),
            Kind::Nsd => nsd::refused_transfer(&self.setup.zone),
        };
        self.until(&format!("log `{sign}`"), || self.log().contains(&sign));
    }

    /// Returns the serial it serves now.
    #[track_caller]
    pub(crate) fn serial(&self) -> u32 {
        let reply = soa::ask(self.address(), &self.setup.zone);
        reply.as_ref().and_then(soa::serial).unwrap_or_else(|| self.fail("a serial"))
    }

    /// Puts another text in the place of its zone file and has it read, as an operator would.
    pub(crate) fn reload(&self, text: &str) {
        // Renamed into place: the server never reads half a file.
        write(self.directory.path(), "zone.new", text);
        let file = |name| self.directory.path().join(name);
        fs::rename(file("zone.new"), file(ZONE_FILE)).expect("the directory is ours");
        process::signal(&self.child, Signal::Hup);
    }

    /// Ends the server and starts it at the same address with a changed setup.
    #[track_caller]
    pub(crate) fn restart(&mut self, change: impl FnOnce(Setup) -> Setup) {
        process::end(&mut self.child);
        self.setup = change(self.setup.clone());
        if let Source::ZoneFile(text) = &self.setup.source {
            write(self.directory.path(), ZONE_FILE, text);
        }
        self.child = self.setup.run(self.directory.path(), self.port);
        self.await_start("an authoritative SOA", Port::Same, |reply| soa::serial(reply).is_some());
    }

    /// Makes it silent: its port stays open and nobody answers.
    pub(crate) fn freeze(&self) {
        process::signal(&self.child, Signal::Stop);
    }

    /// Ends it; its port is closed.
    pub(crate) fn stop(&mut self) {
        process::end(&mut self.child);
    }

    /// Waits for a reply after a start; starts anew where the port was taken in the meantime.
    #[track_caller]
    fn await_start(&mut self, what: &str, port: Port, done: impl Fn(&Message) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut starts = 1;
        loop {
            let ended = process::has_ended(&mut self.child);
            let log = self.log().to_ascii_lowercase();
            let taken = log.contains("address already in use") || log.contains("address in use");
            if taken && starts < MOST_STARTS {
                starts += 1;
                process::end(&mut self.child);
                if port == Port::Another {
                    self.port = port::unused();
                }
                self.child = self.setup.run(self.directory.path(), self.port);
            } else if ended || taken || Instant::now() > deadline {
                self.fail(what);
            } else if soa::ask(self.address(), &self.setup.zone).as_ref().is_some_and(&done) {
                return;
            }
            thread::sleep(POLL);
        }
    }

    #[track_caller]
    fn await_reply(&self, what: &str, done: impl Fn(&Message) -> bool) {
        self.until(what, || soa::ask(self.address(), &self.setup.zone).as_ref().is_some_and(&done));
    }

    #[track_caller]
    fn until(&self, what: &str, done: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done() {
            if Instant::now() > deadline {
                self.fail(what);
            }
            thread::sleep(POLL);
        }
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!("{:?} at {} did not come to {what}", self.setup.kind, self.address());
    }

    fn log(&self) -> String {
        let log = fs::read(process::log(self.directory.path())).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        process::end(&mut self.child);
        if thread::panicking() {
            let Setup { kind, zone, .. } = &self.setup;
            eprintln!("--- {kind:?} at {} for `{zone}` logged:\n{}", self.address(), self.log());
        }
    }
}

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, text).expect("the directory is ours");
    path
}
