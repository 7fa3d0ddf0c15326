//! Which RRsets a query can see, whatever stands beside them.

use crate::dns::{Name, Rrset, Rtype};

/// The records that PowerDNS looks up or computes for each query: ALIAS and LUA, both of types for private use. A
/// query for the type itself finds none.
const COMPUTED: [Rtype; 2] = [Rtype(65401), Rtype(65402)];

/// The maximum length of a message over TCP (RFC 1035 section 4.2.2).
const MAX_MESSAGE: usize = u16::MAX as usize;

/// The length of the header, of a question without its name, and of an OPT record with an NSID.
const MESSAGE_OVERHEAD: usize = 12 + 4 + 64;

/// The length of a record with a compressed owner name, without its RDATA.
const RECORD_OVERHEAD: usize = 12;

/// Whether servers answer a query for the type with its RRset, as far as it depends on the type alone.
pub(super) fn is_askable(rtype: Rtype) -> bool {
    match rtype {
        // RRSIG and SIG are answered with some or all signatures of the name, or refused; NSEC3 records have no
        // names that exist (RFC 5155 section 7.2.8).
        Rtype(0 | 24) | Rtype::OPT | Rtype::RRSIG | Rtype::NSEC3 => false,
        other => !(is_of_queries(other) || is_computed(other)),
    }
}

/// Whether it is a QTYPE or a type of messages (RFC 6895 section 3.1).
fn is_of_queries(rtype: Rtype) -> bool {
    (128..=255).contains(&rtype.0)
}

/// Whether the type makes a server compute what it answers at its owner.
pub fn is_computed(rtype: Rtype) -> bool {
    COMPUTED.contains(&rtype)
}

/// Whether an answer made from a wildcard can show the type. Proofs and keys of a zone are not synthesized, and DS
/// and NS belong to delegations.
pub(super) fn is_synthesized(rtype: Rtype) -> bool {
    let never =
        [Rtype::NS, Rtype::SOA, Rtype::DNAME, Rtype::DS, Rtype::NSEC, Rtype::DNSKEY, Rtype::NSEC3PARAM];
    is_askable(rtype) && !never.contains(&rtype)
}

/// The room that a message has for records.
pub(super) fn room(qname: &Name) -> usize {
    MAX_MESSAGE - MESSAGE_OVERHEAD - qname.as_wire().len()
}

/// The length that an RRset takes in a message, with its signatures.
pub(super) fn wire_len(rrset: &Rrset) -> usize {
    let records = rrset.records.iter().chain(&rrset.signatures);
    records.map(|(_, rdata)| RECORD_OVERHEAD + rdata.len()).sum()
}

/// Whether a message can carry the RRset whole.
pub(super) fn fits(rrset: &Rrset) -> bool {
    wire_len(rrset) <= room(&rrset.owner)
}
