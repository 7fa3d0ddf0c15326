//! What shows that a message was taken.

use std::fmt::Write as _;

use super::operation::{Operation, RECORD_HEAD, rdata_of_line};
use crate::diff::changes::RrsetChange;
use crate::diff::presentation::{owner_text, type_text};
use crate::dns::{Name, Rtype, Serial};

/// The most octets of a guard.
pub(super) const MAX_LEN: usize = 4096;

/// The most octets of the record that marks a message, with its owner name.
pub(super) const MAX_MARKER: usize = 255 + RECORD_HEAD + 64;

/// The first label of the name at which messages are marked.
const MARKER_LABEL: &[u8] = b"\x0f_zoneprobe-diff";

/// The TTL of a mark: nobody should keep it.
const MARKER_TTL: u32 = 0;

/// An RRset that is there, or is not there, because a message was taken: it was otherwise before.
pub(super) struct Guard {
    owner: Name,
    rtype: Rtype,
    /// The records that are there; none if there must be none.
    rdata: Vec<Vec<u8>>,
    /// Whether it is there for this purpose alone.
    is_marker: bool,
}

impl Guard {
    /// What shows that a change was made; `None` of a TTL, which no prerequisite sees, and of much data.
    pub(super) fn of(change: &RrsetChange) -> Option<Self> {
        let rdata = change.to.as_ref().map(|to| to.rdata.clone()).unwrap_or_default();
        let before = change.from.as_ref().map(|from| from.rdata.as_slice()).unwrap_or_default();
        if before == rdata {
            return None;
        }
        let guard = Self { owner: change.owner.clone(), rtype: change.rtype, rdata, is_marker: false };
        (guard.len() <= MAX_LEN).then_some(guard)
    }

    /// A record that marks a message which changes nothing that a prerequisite sees. The next message removes it.
    pub(super) fn marker(zone: &Name, serial: Serial, number: u64) -> Option<Self> {
        let owner = Name::from_wire(&[MARKER_LABEL, zone.as_wire()].concat())?;
        let text = format!("message {number}, serial {}", serial.0);
        let length = u8::try_from(text.len()).ok()?;
        let rdata = [&[length], text.as_bytes()].concat();
        Some(Self { owner, rtype: Rtype::TXT, rdata: vec![rdata], is_marker: true })
    }

    /// The octets that its prerequisites take in a message at most.
    pub(super) fn len(&self) -> usize {
        let record = self.owner.as_wire().len() + RECORD_HEAD;
        self.rdata.iter().map(|rdata| record + rdata.len()).sum::<usize>().max(record)
    }

    /// The operations that put it in place.
    pub(super) fn addition(&self) -> Option<Operation> {
        let rdata = self.rdata.first().filter(|_| self.is_marker)?;
        Some(Operation::add(&self.owner, self.rtype, MARKER_TTL, rdata))
    }

    /// Writes the prerequisites (RFC 2136 section 2.4).
    pub(super) fn push_prerequisites(&self, out: &mut String) {
        let (owner, kind) = (owner_text(&self.owner), type_text(self.rtype));
        // Writing to a string cannot fail.
        if self.rdata.is_empty() {
            let _ = writeln!(out, "prereq nxrrset {owner} {kind}");
        }
        for rdata in &self.rdata {
            let _ = writeln!(out, "prereq yxrrset {owner} {kind} {}", rdata_of_line(self.rtype, rdata));
        }
    }

    /// Writes the removal of a marker.
    pub(super) fn push_removal(&self, out: &mut String) {
        if self.is_marker {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "update delete {} {}", owner_text(&self.owner), type_text(self.rtype));
        }
    }
}
