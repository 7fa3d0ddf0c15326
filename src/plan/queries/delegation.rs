//! A delegation: what a referral carries of the records at and below the cut.

use super::askable::{room, wire_len};
use super::query::{ExpectedAnswer, RrsetQuery};
use crate::dns::name::is_within;
use crate::dns::{Name, Rrset, Rtype};

/// A delegation, while the records at and below it are read.
pub(super) struct Delegation {
    ns: Rrset,
    /// The names of the NS set at or below the cut, sorted.
    names: Vec<Name>,
    glue: Vec<Rrset>,
    /// What is left of the room in a message.
    room: usize,
}

impl Delegation {
    /// Begins with an NS RRset that fits into a message.
    pub(super) fn new(ns: Rrset) -> Self {
        let names = ns.records.iter().filter_map(|(_, rdata)| Name::from_wire(rdata));
        let mut names: Vec<Name> = names.filter(|it| is_within(it.as_wire(), ns.owner.as_wire())).collect();
        names.sort_unstable_by(|a, b| a.as_wire().cmp(b.as_wire()));
        names.dedup();
        let room = room(&ns.owner).saturating_sub(wire_len(&ns));
        Self { ns, names, glue: Vec::new(), room }
    }

    /// Takes an RRset at or below the cut, if the referral carries it: whether it does.
    pub(super) fn take(&mut self, rrset: Rrset) -> bool {
        let is_address = matches!(rrset.rtype, Rtype::A | Rtype::AAAA);
        let owner = rrset.owner.as_wire();
        // Signatures below a cut are no part of the zone, and an owner name may not compress.
        let length = rrset.records.len() * owner.len() + wire_len(&rrset);
        if !is_address
            || length > self.room
            || self.names.binary_search_by(|name| name.as_wire().cmp(owner)).is_err()
        {
            return false;
        }
        self.room -= length;
        self.glue.push(rrset);
        true
    }

    /// The query at the cut, whose answer is a referral.
    pub(super) fn query(self) -> RrsetQuery {
        let Self { ns, glue, .. } = self;
        RrsetQuery {
            qname: ns.owner.clone(),
            qtype: Rtype::NS,
            expected: ExpectedAnswer::Referral { ns, glue },
        }
    }
}
