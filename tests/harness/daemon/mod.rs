//! Real name servers as child processes on loopback: what other people's software makes of a zone.
//!
//! They run in the foreground, in a directory of their own, and end with the value that stands for
//! them. What they log is shown when the test fails.

#![expect(clippy::panic, clippy::print_stderr, reason = "a test fails by a panic, and shows the log first")]

mod bind;
mod knot;
mod nsd;
mod pdns;
mod port;
mod process;
mod setup;
mod soa;
mod yadifa;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use hickory_proto::op::Message;
use tempfile::TempDir;

pub(crate) use port::unused_address;
pub(crate) use process::program;
pub(crate) use setup::{Kind, Setup};

use port::Port;
use process::Signal;

/// How long a server may take for anything: longer than a zone of a million records on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often a server is looked at while something is awaited.
const POLL: Duration = Duration::from_millis(20);

/// How often one looks before a NOTIFY is sent again: about once a second.
const TRIES_PER_NOTIFY: u32 = 50;

/// How often a server that finds its port taken is started anew.
const MOST_STARTS: usize = 10;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Daemon {
    setup: Setup,
    directory: TempDir,
    port: u16,
    child: Child,
}

/// The zone file's name in a server's directory.
const ZONE_FILE: &str = "zone";

/// The configuration's name in a server's directory.
const CONFIGURATION: &str = "configuration";

impl Daemon {
    /// Returns whose software it is.
    pub(crate) fn kind(&self) -> Kind {
        self.setup.kind
    }

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
        let Setup { kind, zone, .. } = &self.setup;
        self.until("the refusal of a transfer", |tries| {
            if tries % TRIES_PER_NOTIFY == 0 {
                self.nudge();
            }
            self.log().lines().any(|line| kind.refused_transfer(zone, line))
        });
    }

    /// Waits until it has logged something.
    #[track_caller]
    pub(crate) fn await_log(&self, what: &str) {
        self.until(&format!("log `{what}`"), |tries| {
            if self.setup.forgets_to_transfer() && tries % TRIES_PER_NOTIFY == 0 {
                soa::notify(self.address(), &self.setup.zone);
            }
            self.log().contains(what)
        });
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
        match self.setup.kind {
            Kind::Pdns => pdns::reload(&self.setup.zone, self.directory.path()),
            Kind::Yadifa => {
                yadifa::touch(self.directory.path());
                process::signal(&self.child, Signal::Hup);
            }
            Kind::Bind | Kind::Nsd | Kind::Knot => process::signal(&self.child, Signal::Hup),
        }
    }

    /// Ends the server and starts it at the same address with a changed setup.
    #[track_caller]
    pub(crate) fn restart(&mut self, change: impl FnOnce(Setup) -> Setup) {
        self.end();
        self.setup = change(self.setup.clone());
        self.setup.write_zone(self.directory.path());
        self.child = self.setup.run(self.directory.path(), self.port);
        self.await_start("an authoritative SOA", Port::Same, |reply| soa::serial(reply).is_some());
    }

    /// Tells its secondary of its version, where its software does so only for changes while it runs.
    fn nudge(&self) {
        let Setup { kind, zone, notify, .. } = &self.setup;
        match (kind, notify) {
            (Kind::Pdns | Kind::Yadifa, Some(secondary)) => soa::notify(*secondary, zone),
            (Kind::Bind | Kind::Nsd | Kind::Knot, _) | (_, None) => {}
        }
    }

    /// Makes it silent: its port stays open and nobody answers.
    pub(crate) fn freeze(&self) {
        process::signal(&self.child, Signal::Stop);
    }

    /// Ends it; its port is closed.
    pub(crate) fn stop(&mut self) {
        self.end();
    }

    /// Waits for a reply after a start; starts anew where the port was taken in the meantime.
    #[track_caller]
    fn await_start(&mut self, what: &str, port: Port, done: impl Fn(&Message) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let (mut starts, mut tries) = (1, 0);
        loop {
            tries += 1;
            let ended = process::has_ended(&mut self.child);
            let log = self.log().to_ascii_lowercase();
            let taken = log.contains("address already in use") || log.contains("address in use");
            if taken && starts < MOST_STARTS {
                starts += 1;
                self.end();
                if port == Port::Another {
                    self.port = port::unused();
                }
                self.child = self.setup.run(self.directory.path(), self.port);
            } else if ended || taken || Instant::now() > deadline {
                self.fail(what);
            } else if soa::ask(self.address(), &self.setup.zone).as_ref().is_some_and(&done) {
                return;
            } else if self.setup.forgets_to_transfer() && tries % TRIES_PER_NOTIFY == 0 {
                soa::notify(self.address(), &self.setup.zone);
            }
            thread::sleep(POLL);
        }
    }

    fn end(&mut self) {
        match self.setup.kind {
            // Of its own accord it ends after three seconds.
            Kind::Yadifa => process::kill(&mut self.child),
            Kind::Bind | Kind::Nsd | Kind::Knot | Kind::Pdns => process::end(&mut self.child),
        }
    }

    #[track_caller]
    fn await_reply(&self, what: &str, done: impl Fn(&Message) -> bool) {
        self.until(what, |_| soa::ask(self.address(), &self.setup.zone).as_ref().is_some_and(&done));
    }

    #[track_caller]
    fn until(&self, what: &str, done: impl Fn(u32) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut tries = 0;
        while !done(tries) {
            tries += 1;
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
        self.end();
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
