//! Real name servers as child processes on loopback, for tests and benchmarks.
//!
//! Each runs in the foreground, in its own directory, until its [`Daemon`] is dropped. Its log is printed
//! when the test fails.

#![expect(clippy::panic, clippy::print_stderr, reason = "a test fails by a panic, and shows the log first")]

mod bind;
mod control;
mod knot;
mod nsd;
mod pdns;
pub(crate) mod port;
mod process;
pub(crate) mod resolver;
mod setup;
mod soa;
mod status;
mod yadifa;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use hickory_proto::op::Message;
use tempfile::TempDir;

pub(crate) use process::{directory, program};
pub(crate) use setup::{DaemonSetup, Kind, ServedZone};

use port::RestartPort;
use process::Signal;

/// The time a server may take for anything. Zones of a million records on a loaded machine need most of it.
const TIMEOUT: Duration = Duration::from_mins(3);

/// The pause between two polls while something is awaited.
const POLL: Duration = Duration::from_millis(20);

/// The polls between two NOTIFY messages: about a second.
const POLLS_PER_NOTIFY: u32 = 50;

/// The starts before a server whose port is always taken is given up.
const MAX_STARTS: usize = 10;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Daemon {
    setup: DaemonSetup,
    directory: TempDir,
    port: u16,
    child: Child,
}

/// The zone file's name in a server's directory.
const ZONE_FILE: &str = "zone";

/// The configuration's name in a server's directory.
const CONFIGURATION: &str = "configuration";

impl Daemon {
    /// Its software.
    pub(crate) fn kind(&self) -> Kind {
        self.setup.kind
    }

    /// Its address, for UDP and TCP.
    pub(crate) fn address(&self) -> SocketAddr {
        port::loopback(self.port)
    }

    /// Its address for TLS.
    pub(crate) fn tls_address(&self) -> SocketAddr {
        port::loopback(self.setup.tls.as_ref().expect("it speaks TLS").port)
    }

    /// A file in its directory, such as the socket by which it is controlled.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Waits until it serves all its zones after a start.
    #[track_caller]
    pub(crate) fn await_zones(&mut self) {
        self.await_start("an authoritative SOA", RestartPort::Another, |response| {
            soa::serial(response).is_some()
        });
        for ServedZone { zone, .. } in self.setup.zones().iter().skip(1) {
            self.until(&format!("an authoritative SOA of {zone}"), |_| {
                self.query(zone).as_ref().and_then(soa::serial).is_some()
            });
        }
    }

    /// Makes it sign what it has transferred, if its software does not begin with that by itself.
    pub(crate) fn sign_transferred(&self) {
        if self.setup.kind == Kind::Pdns {
            pdns::sign_transferred(&self.setup, self.directory.path());
        }
    }

    /// Asks it for the SOA of a zone: over TCP if it has to do with a catalog.
    fn query(&self, zone: &str) -> Option<Message> {
        match self.setup.catalog {
            Some(_) => soa::query_over_tcp(self.address(), zone),
            None => soa::query(self.address(), zone),
        }
    }

    /// Waits until it answers for a zone with authority, or until it does not.
    #[track_caller]
    pub(crate) fn await_member(&self, zone: &str, is_served: bool) {
        self.until(&format!("{zone} to be served: {is_served}"), |_| {
            let response = self.query(zone);
            response.is_some_and(|response| soa::serial(&response).is_some() == is_served)
        });
    }

    /// Makes it load its zone files again.
    pub(crate) fn reload_files(&self) {
        process::signal(&self.child, Signal::Hup);
    }

    /// Tells it that its primary has a new version.
    pub(crate) fn notify(&self) {
        soa::notify(self.address(), &self.setup.zone);
    }

    /// Waits until it serves the zone with this serial.
    #[track_caller]
    pub(crate) fn await_serial(&self, serial: u32) {
        self.await_response(&format!("serial {serial}"), |response| soa::serial(response) == Some(serial));
    }

    /// Waits until its zone has expired.
    #[track_caller]
    pub(crate) fn await_expiry(&self) {
        self.await_response("a response without authority", |response| soa::serial(response).is_none());
    }

    /// Waits until EDNS EXPIRE shows that its last refresh is in the past.
    #[track_caller]
    pub(crate) fn await_age(&self) {
        self.await_response("an EXPIRE below that of the SOA", soa::is_aged);
    }

    /// Waits until it has refused a transfer to a secondary.
    #[track_caller]
    pub(crate) fn await_refused_transfer(&self) {
        let DaemonSetup { kind, zone, .. } = &self.setup;
        self.until("a refused transfer", |polls| {
            if polls % POLLS_PER_NOTIFY == 0 {
                self.notify_secondary();
            }
            self.log().lines().any(|line| kind.refused_transfer(zone, line))
        });
    }

    /// Waits until its log contains this text.
    #[track_caller]
    pub(crate) fn await_log(&self, text: &str) {
        self.await_log_line(text, |line| line.contains(text));
    }

    /// Waits until its log has such a line.
    #[track_caller]
    pub(crate) fn await_log_line(&self, what: &str, is_it: impl Fn(&str) -> bool) {
        self.until(&format!("`{what}` in the log"), |polls| {
            if self.setup.needs_notify_to_retry() && polls % POLLS_PER_NOTIFY == 0 {
                soa::notify(self.address(), &self.setup.zone);
            }
            self.log().lines().any(&is_it)
        });
    }

    /// The serial it serves now.
    #[track_caller]
    pub(crate) fn serial(&self) -> u32 {
        let response = self.query(&self.setup.zone);
        response.as_ref().and_then(soa::serial).unwrap_or_else(|| self.fail("a serial"))
    }

    /// Replaces its zone file and makes it load the new one, as an operator would.
    pub(crate) fn reload(&self, text: &str) {
        // Renamed into place, so that the server never reads half a file.
        write(self.directory.path(), "zone.new", text);
        fs::rename(self.file("zone.new"), self.file(ZONE_FILE)).expect("the directory is ours");
        match self.setup.kind {
            Kind::Pdns => pdns::reload(&self.setup.zone, self.directory.path()),
            Kind::Yadifa => {
                yadifa::touch(self.directory.path());
                process::signal(&self.child, Signal::Hup);
            }
            Kind::Bind | Kind::Nsd | Kind::Knot => process::signal(&self.child, Signal::Hup),
        }
    }

    /// Stops it and starts it at the same address with a changed setup.
    #[track_caller]
    pub(crate) fn restart(&mut self, change: impl FnOnce(DaemonSetup) -> DaemonSetup) {
        self.end();
        self.setup = change(self.setup.clone());
        self.setup.write_zone(self.directory.path());
        self.child = self.setup.run(self.directory.path(), self.port);
        self.await_start("an authoritative SOA", RestartPort::Same, |response| {
            soa::serial(response).is_some()
        });
    }

    /// Sends NOTIFY to its secondary if its software does that only for changes while it runs.
    fn notify_secondary(&self) {
        let DaemonSetup { kind, zone, notify, .. } = &self.setup;
        match (kind, notify) {
            (Kind::Pdns | Kind::Yadifa, Some(secondary)) => soa::notify(*secondary, zone),
            (Kind::Bind | Kind::Nsd | Kind::Knot, _) | (_, None) => {}
        }
    }

    /// Suspends it: its port stays open and queries get no response.
    pub(crate) fn freeze(&self) {
        process::signal(&self.child, Signal::Stop);
    }

    /// Resumes it after [`Daemon::freeze`].
    pub(crate) fn resume(&self) {
        process::signal(&self.child, Signal::Continue);
    }

    /// Stops it, which closes its port.
    pub(crate) fn stop(&mut self) {
        self.end();
    }

    /// Waits for such a response after a start, and starts it again if its port is taken.
    #[track_caller]
    fn await_start(&mut self, what: &str, port: RestartPort, is_met: impl Fn(&Message) -> bool) {
        let deadline = Instant::now() + TIMEOUT;
        let (mut starts, mut polls) = (1, 0);
        loop {
            polls += 1;
            let ended = process::has_ended(&mut self.child);
            // Before any query: another server on the same port may respond to it.
            let log = self.log().to_ascii_lowercase();
            let is_port_taken = log.contains("address already in use") || log.contains("address in use");
            if is_port_taken && starts < MAX_STARTS {
                starts += 1;
                self.end();
                if port == RestartPort::Another {
                    self.port = port::unused();
                }
                self.child = self.setup.run(self.directory.path(), self.port);
            } else if ended || is_port_taken || Instant::now() > deadline {
                self.fail(what);
            } else if self.query(&self.setup.zone).as_ref().is_some_and(&is_met) {
                return;
            } else if self.setup.needs_notify_to_retry() && polls % POLLS_PER_NOTIFY == 0 {
                soa::notify(self.address(), &self.setup.zone);
            }
            thread::sleep(POLL);
        }
    }

    fn end(&mut self) {
        match self.setup.kind {
            // It takes three seconds to end on SIGTERM.
            Kind::Yadifa => process::kill(&mut self.child),
            Kind::Bind | Kind::Nsd | Kind::Knot | Kind::Pdns => process::end(&mut self.child),
        }
    }

    #[track_caller]
    fn await_response(&self, what: &str, is_met: impl Fn(&Message) -> bool) {
        self.until(what, |_| self.query(&self.setup.zone).as_ref().is_some_and(&is_met));
    }

    /// Polls until the condition is met, which gets the number of polls before.
    #[track_caller]
    fn until(&self, what: &str, is_met: impl Fn(u32) -> bool) {
        let deadline = Instant::now() + TIMEOUT;
        let mut polls = 0;
        while !is_met(polls) {
            polls += 1;
            if Instant::now() > deadline {
                self.fail(what);
            }
            thread::sleep(POLL);
        }
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!("{:?} at {}: waited for {what} in vain", self.setup.kind, self.address());
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
            let DaemonSetup { kind, zone, .. } = &self.setup;
            eprintln!("--- log of {kind:?} at {} for `{zone}`:\n{}", self.address(), self.log());
        }
    }
}

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, text).expect("the directory is ours");
    path
}
