//! Changes as a script for `nsupdate` (RFC 2136).
//!
//! The script is cut into messages, since a message has 65,535 octets at most. Each has prerequisites:
//!
//! - the SOA of the zone, with exactly the serial that the server must have by then: that of the target for the first message,
//!   and one more for each message before it;
//! - what the message before has put in place. A serial alone does not do: if the first message fails, since somebody else
//!   has changed the zone by one update, the second one would find the serial that it expects.
//!
//! So a zone that is changed by others meanwhile is left as it is from then on.

mod guard;
mod operation;

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use super::changes::RrsetChange;
use super::presentation::owner_text;
use crate::dns::{Name, Rtype, Serial, Soa};
use guard::Guard;
use operation::{Operation, Operations};

/// The most octets of a message (RFC 1035 section 4.2.2).
const MAX_MESSAGE: usize = 65_535;

/// The octets that are left to a signature (RFC 8945 section 4.2): two names, a MAC of 64 octets, and numbers.
const SIGNATURE_ROOM: usize = 2 * 255 + 64 + 26;

/// The octets of a header and of the zone section without its name.
const HEAD: usize = 12 + 4;

/// The port where servers take messages without TLS.
const DNS_PORT: u16 = 53;

/// The server that a script changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdatedServer {
    /// Its address.
    pub address: SocketAddr,
    /// The address that queries to it come from, if it is chosen.
    pub source: Option<IpAddr>,
    /// Whether it is queried over TLS, which `nsupdate` does not speak.
    pub is_over_tls: bool,
}

/// Writes a script for `nsupdate`, group by group.
pub struct NsupdateScript {
    zone: Name,
    /// The SOA that the server must have when the next message comes.
    soa: Soa,
    /// The number of the next message.
    number: u64,
    /// What the message before it has put in place.
    before: Option<Guard>,
    /// The operations of the next message.
    operations: Vec<Operation>,
    /// Their octets.
    len: usize,
    /// What of them shows best that the message was taken.
    witness: Option<Guard>,
    too_large: u64,
}

impl NsupdateScript {
    /// A script for a server whose zone has this SOA.
    pub fn new(zone: &Name, soa: &Soa) -> Self {
        Self {
            zone: zone.clone(),
            soa: soa.clone(),
            number: 1,
            before: None,
            operations: Vec::new(),
            len: 0,
            witness: None,
            too_large: 0,
        }
    }

    /// Writes what stands in front of the first message.
    pub fn push_head(&self, out: &mut String, server: Option<UpdatedServer>) {
        if let Some(UpdatedServer { address, source, is_over_tls }) = server {
            let port = if is_over_tls { DNS_PORT } else { address.port() };
            if is_over_tls {
                out.push_str("; nsupdate speaks no TLS: the script names the port without it\n");
            }
            // Writing to a string cannot fail.
            let _ = writeln!(out, "server {} {port}", host(address));
            if let Some(source) = source {
                let _ = writeln!(out, "local {source}");
            }
        }
        let _ = writeln!(out, "zone {}", owner_text(&self.zone));
        // What the reference has was accepted there.
        out.push_str("check-names off\n");
    }

    /// Adds changes that belong in one message, those of an owner together; writes the messages that are full.
    pub fn add(&mut self, out: &mut String, group: &[RrsetChange]) {
        let (mut kept, max) = (Vec::with_capacity(group.len()), self.max_record());
        for change in group {
            let fits = change.to.iter().flat_map(|data| &data.rdata).all(|rdata| rdata.len() <= max);
            if fits { kept.push(change) } else { self.too_large += 1 }
        }
        let room = self.room();
        let operations = Operations::of_group(&self.zone, &kept, room);
        if operations.len() <= room {
            if self.len + operations.len() > room {
                self.end_message(out);
            }
            self.take(operations);
            for change in kept {
                self.offer(Guard::of(change));
            }
            return;
        }
        for operation in operations {
            if self.len + operation.len() > room {
                self.end_message(out);
            }
            self.take([operation]);
        }
    }

    /// Writes the last message, and returns the number of all.
    pub fn finish(&mut self, out: &mut String) -> u64 {
        if !self.operations.is_empty() {
            self.push_message(out);
        }
        self.number - 1
    }

    /// The number of RRsets that were left out since a record fits in no message.
    pub fn too_large(&self) -> u64 {
        self.too_large
    }

    fn take(&mut self, operations: impl IntoIterator<Item = Operation>) {
        for operation in operations {
            self.len += operation.len();
            self.operations.push(operation);
        }
    }

    /// Takes a guard that is shorter than the one that is known.
    fn offer(&mut self, guard: Option<Guard>) {
        let Some(guard) = guard else { return };
        if self.witness.as_ref().is_none_or(|known| guard.len() < known.len()) {
            self.witness = Some(guard);
        }
    }

    /// The octets that a message has for operations, whatever the one before has put in place.
    fn room(&self) -> usize {
        let zone = self.zone.as_wire().len();
        let soa = zone + operation::RECORD_HEAD + self.soa.to_rdata().len();
        MAX_MESSAGE - SIGNATURE_ROOM - HEAD - zone - soa - guard::MAX_LEN - 2 * guard::MAX_MARKER
    }

    /// The most octets of RDATA that a message takes.
    fn max_record(&self) -> usize {
        self.room() - 255 - operation::RECORD_HEAD
    }

    /// Writes a message behind which another one follows: what it puts in place must show.
    fn end_message(&mut self, out: &mut String) {
        if self.operations.is_empty() {
            return;
        }
        if self.witness.is_none() {
            let marker = Guard::marker(&self.zone, self.soa.serial, self.number);
            if let Some(marker) = marker {
                self.take(marker.addition());
                self.witness = Some(marker);
            }
        }
        self.push_message(out);
    }

    fn push_message(&mut self, out: &mut String) {
        let (zone, number) = (owner_text(&self.zone), self.number);
        let soa = operation::rdata_of_line(Rtype::SOA, &self.soa.to_rdata());
        // Writing to a string cannot fail.
        let _ = writeln!(out, "; message {number}");
        let _ = writeln!(out, "prereq yxrrset {zone} {} {soa}", Rtype::SOA);
        if let Some(before) = self.before.take() {
            before.push_prerequisites(out);
            before.push_removal(out);
        }
        for operation in std::mem::take(&mut self.operations) {
            operation.push(out);
        }
        out.push_str("send\n");
        self.before = self.witness.take();
        self.len = 0;
        self.number += 1;
        self.soa.serial = after(self.soa.serial);
    }
}

/// An address as `nsupdate` reads it: a link-local one with its interface.
fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V6(address) if address.scope_id() != 0 => {
            format!("{}%{}", address.ip(), address.scope_id())
        }
        SocketAddr::V4(_) | SocketAddr::V6(_) => address.ip().to_string(),
    }
}

/// The serial of a server after an update: one more, and never 0 (RFC 2136 section 7.11).
fn after(serial: Serial) -> Serial {
    Serial(serial.0.wrapping_add(1).max(1))
}
