//! What an update message does to one RRset or record.

use std::fmt::Write as _;

use crate::diff::changes::RrsetChange;
use crate::diff::presentation::{owner_text, rdata_text_within, type_text};
use crate::dns::rdata::to_generic_text;
use crate::dns::{Name, Rtype};

/// The octets of a record without its owner name and RDATA: type, class, TTL and length.
pub(super) const RECORD_HEAD: usize = 10;

/// The most characters of RDATA: `nsupdate` reads lines of 131,071 characters.
const MAX_RDATA_TEXT: usize = 125_000;

/// One operation (RFC 2136 section 2.5).
pub(super) struct Operation {
    owner: Name,
    rtype: Rtype,
    what: What,
}

enum What {
    /// Removes the whole RRset.
    RemoveRrset,
    /// Removes one record.
    RemoveRecord(Vec<u8>),
    /// Adds a record with a TTL.
    Add(u32, Vec<u8>),
}

/// Operations in the order in which a server must take them.
pub(super) struct Operations {
    operations: Vec<Operation>,
    len: usize,
}

impl Operation {
    /// The addition of a record.
    pub(super) fn add(owner: &Name, rtype: Rtype, ttl: u32, rdata: &[u8]) -> Self {
        Self { owner: owner.clone(), rtype, what: What::Add(ttl, rdata.to_vec()) }
    }

    /// The octets that it takes in a message at most.
    pub(super) fn len(&self) -> usize {
        let rdata = match &self.what {
            What::RemoveRrset => 0,
            What::RemoveRecord(rdata) | What::Add(_, rdata) => rdata.len(),
        };
        self.owner.as_wire().len() + RECORD_HEAD + rdata
    }

    /// Writes its line.
    pub(super) fn push(&self, out: &mut String) {
        let (owner, kind) = (owner_text(&self.owner), type_text(self.rtype));
        // Writing to a string cannot fail.
        let _ = match &self.what {
            What::RemoveRrset => writeln!(out, "update delete {owner} {kind}"),
            What::RemoveRecord(rdata) => {
                writeln!(out, "update delete {owner} {kind} {}", rdata_of_line(self.rtype, rdata))
            }
            What::Add(ttl, rdata) => {
                writeln!(out, "update add {owner} {ttl} {kind} {}", rdata_of_line(self.rtype, rdata))
            }
        };
    }
}

/// Writes RDATA as a part of a line. What a message takes always fits.
pub(super) fn rdata_of_line(rtype: Rtype, rdata: &[u8]) -> String {
    rdata_text_within(rtype, rdata, MAX_RDATA_TEXT).unwrap_or_else(|| to_generic_text(rdata))
}

impl Operations {
    /// The operations for changes that belong together; `room` is what a message has for them.
    ///
    /// What is removed comes first: a server ignores a CNAME that is added beside other records, and the reverse (RFC
    /// 2136 section 3.4.2.2).
    pub(super) fn of_group(zone: &Name, group: &[&RrsetChange], room: usize) -> Self {
        let mut operations = Self { operations: Vec::new(), len: 0 };
        let (own, other): (Vec<_>, Vec<_>) =
            group.iter().copied().partition(|change| change.rtype == Rtype::NS && change.owner == *zone);
        for change in own {
            operations.replace_name_servers(change);
        }
        // An RRset that fits in no message is changed record by record.
        let (whole, large): (Vec<_>, Vec<_>) =
            other.into_iter().partition(|change| change.len() <= room || !change.keeps_ttl());
        for change in whole.iter().filter(|change| change.from.is_some()) {
            operations.push(change, What::RemoveRrset);
        }
        for change in &large {
            operations.remove_records(change);
        }
        for change in whole {
            operations.add_records(change, Unchanged::Added);
        }
        for change in large {
            operations.add_records(change, Unchanged::Kept);
        }
        operations
    }

    /// The octets that they take in a message at most.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds the new NS set of the zone before it removes what is left of the old one: a server ignores the removal of the
    /// whole set, and of its last record (RFC 2136 section 3.4.2.4). An addition gives the records its TTL.
    fn replace_name_servers(&mut self, change: &RrsetChange) {
        self.add_records(change, Unchanged::Added);
        self.remove_records(change);
    }

    /// Removes the records that must not be there.
    fn remove_records(&mut self, change: &RrsetChange) {
        for rdata in change.from.iter().flat_map(|from| from.without(change.to.as_ref())) {
            self.push(change, What::RemoveRecord(rdata.clone()));
        }
    }

    /// Adds the records that must be there.
    fn add_records(&mut self, change: &RrsetChange, unchanged: Unchanged) {
        let Some(to) = &change.to else { return };
        let there = change.from.as_ref().filter(|_| unchanged == Unchanged::Kept);
        for rdata in to.without(there) {
            self.push(change, What::Add(to.ttl, rdata.clone()));
        }
    }

    fn push(&mut self, change: &RrsetChange, what: What) {
        let operation = Operation { owner: change.owner.clone(), rtype: change.rtype, what };
        self.len += operation.len();
        self.operations.push(operation);
    }
}

/// What is done about records that the target has already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unchanged {
    /// They are added all the same.
    Added,
    /// They stay.
    Kept,
}

impl IntoIterator for Operations {
    type Item = Operation;
    type IntoIter = std::vec::IntoIter<Operation>;

    fn into_iter(self) -> Self::IntoIter {
        self.operations.into_iter()
    }
}
