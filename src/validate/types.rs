//! The types at an owner name, as an NSEC or NSEC3 record must list them.

use crate::dns::dnssec::{Rrsig, TypeSet};
use crate::dns::rdata::push_type_bitmap;
use crate::dns::{Rrset, Rtype};

/// The most types of an owner with signatures and without records that are remembered.
const MAX_ORPHANS: usize = 16;

/// What an owner name is in its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The zone is authoritative for it.
    Authoritative,
    /// It is delegated to another zone (RFC 9499 section 7).
    Delegation,
    /// It is below a delegation or a DNAME, where it has glue, or nothing that is ever asked for.
    Occluded,
}

/// Whether a chain must have a record of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// It may.
    Optional,
    /// It must, unless an NSEC3 record with the Opt-Out flag covers the name: an insecure delegation, or an empty
    /// non-terminal that comes from such alone (RFC 5155 section 7.1).
    UnlessOptOut,
    /// It must.
    Required,
}

/// The types at an owner name, each list in ascending order; those of denial itself are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnerTypes {
    pub(super) place: Place,
    /// Those with records and signatures.
    pub(super) signed: Vec<Rtype>,
    /// Those with records alone.
    pub(super) unsigned: Vec<Rtype>,
    /// Those with signatures alone.
    pub(super) orphans: Vec<Orphan>,
}

/// Signatures over an RRset that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orphan {
    pub(super) rtype: Rtype,
    pub(super) signatures: u16,
    /// The key tag of the first one.
    pub(super) key_tag: u16,
}

impl OwnerTypes {
    pub(super) fn new(place: Place) -> Self {
        Self { place, signed: Vec::new(), unsigned: Vec::new(), orphans: Vec::new() }
    }

    /// Adds an RRset of the owner.
    pub(super) fn add(&mut self, rrset: &Rrset) {
        let Rrset { rtype, records, signatures, .. } = rrset;
        if is_of_denial(*rtype) {
            return;
        }
        match (records.as_slice(), signatures.as_slice()) {
            ([], [(_, first), ..]) if self.orphans.len() < MAX_ORPHANS => {
                let key_tag = Rrsig::from_rdata(first).map_or(0, |rrsig| rrsig.key_tag);
                let signatures = u16::try_from(signatures.len()).unwrap_or(u16::MAX);
                self.orphans.push(Orphan { rtype: *rtype, signatures, key_tag });
            }
            ([], [_, ..]) => {}
            // One that fits in no response comes without records.
            (_, []) => self.unsigned.push(*rtype),
            _ => self.signed.push(*rtype),
        }
    }

    /// Whether the name has records of a type.
    pub(super) fn has(&self, rtype: Rtype) -> bool {
        [&self.signed, &self.unsigned].iter().any(|types| types.binary_search(&rtype).is_ok())
    }

    /// Whether the name has nothing but records of denial.
    pub(super) fn is_empty(&self) -> bool {
        self.signed.is_empty() && self.unsigned.is_empty() && self.orphans.is_empty()
    }

    /// Whether a chain must have a record of the name. What is not signed at all is a fault of its own.
    pub(super) fn need(&self) -> Need {
        match self.place {
            Place::Authoritative if !self.signed.is_empty() => Need::Required,
            Place::Delegation if self.has(Rtype::DS) => Need::Required,
            Place::Delegation => Need::UnlessOptOut,
            Place::Authoritative | Place::Occluded => Need::Optional,
        }
    }

    /// Whether a record lists the types of the name, as far as it matters to resolvers.
    pub(super) fn are_listed_in(&self, listed: TypeSet<'_>) -> bool {
        let is_orphan = |rtype: &Rtype| self.orphans.iter().any(|orphan| orphan.rtype == *rtype);
        let is_real = |rtype: &Rtype| !is_of_denial(*rtype) && !is_meta(*rtype);
        match self.place {
            Place::Occluded => true,
            // Resolvers take no other type from the side of the parent (RFC 6840 sections 4.1 and 4.4).
            Place::Delegation => {
                let deceiving = [Rtype::SOA, Rtype::CNAME, Rtype::DNAME];
                listed.contains(Rtype::NS)
                    && listed.contains(Rtype::DS) == self.has(Rtype::DS)
                    && !listed.iter().any(|rtype| deceiving.contains(&rtype))
            }
            Place::Authoritative => {
                let mut listed: Vec<Rtype> = listed.iter().filter(is_real).collect();
                listed.sort_unstable();
                self.signed.iter().all(|rtype| listed.binary_search(rtype).is_ok())
                    && listed.iter().all(|rtype| self.has(*rtype) || is_orphan(rtype))
            }
        }
    }

    /// The orphaned signatures over RRsets that a record lists: the RRsets are lost.
    pub(super) fn lost<'s>(&'s self, listed: TypeSet<'s>) -> impl Iterator<Item = &'s Orphan> {
        let is_authoritative = self.place == Place::Authoritative;
        self.orphans.iter().filter(move |orphan| is_authoritative && listed.contains(orphan.rtype))
    }

    /// Appends it as octets.
    pub(super) fn push(&self, out: &mut Vec<u8>) {
        out.push(match self.place {
            Place::Authoritative => 0,
            Place::Delegation => 1,
            Place::Occluded => 2,
        });
        for types in [&self.signed, &self.unsigned] {
            let mut bitmap = Vec::new();
            push_type_bitmap(&mut bitmap, types);
            out.extend_from_slice(&u16::try_from(bitmap.len()).unwrap_or(0).to_be_bytes());
            out.extend_from_slice(&bitmap);
        }
        for Orphan { rtype, signatures, key_tag } in &self.orphans {
            out.extend([rtype.0, *signatures, *key_tag].iter().flat_map(|number| number.to_be_bytes()));
        }
    }

    /// Parses what [`push`](Self::push) wrote.
    pub(super) fn parse(octets: &[u8]) -> Option<Self> {
        let (place, mut rest) = octets.split_first()?;
        let mut types = Self::new(match place {
            0 => Place::Authoritative,
            1 => Place::Delegation,
            _ => Place::Occluded,
        });
        for list in [&mut types.signed, &mut types.unsigned] {
            let (length, tail) = rest.split_first_chunk::<2>()?;
            let (bitmap, tail) = tail.split_at_checked(u16::from_be_bytes(*length).into())?;
            list.extend(TypeSet::new(bitmap).iter());
            rest = tail;
        }
        let orphans = rest.as_chunks::<6>().0.iter().map(|&[r0, r1, s0, s1, t0, t1]| Orphan {
            rtype: Rtype(u16::from_be_bytes([r0, r1])),
            signatures: u16::from_be_bytes([s0, s1]),
            key_tag: u16::from_be_bytes([t0, t1]),
        });
        types.orphans.extend(orphans);
        Some(types)
    }
}

/// Whether records of a type make up the proof itself; resolvers look up none of them in it.
fn is_of_denial(rtype: Rtype) -> bool {
    [Rtype::RRSIG, Rtype::NSEC, Rtype::NSEC3].contains(&rtype)
}

/// Whether a type has no records, so that resolvers pass over it (RFC 4034 section 4.1.2, RFC 6895 section 3.1).
fn is_meta(rtype: Rtype) -> bool {
    matches!(rtype.0, 0 | 41 | 128..=255)
}
