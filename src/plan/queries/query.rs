//! One query for an RRset, with the answer that an authoritative server must give.

use super::askable::wire_len;
use crate::dns::{Name, Rrset, Rtype};

/// A query, and the answer to it that the records of a zone require.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrsetQuery {
    /// The name that is asked for.
    pub qname: Name,
    /// The type that is asked for.
    pub qtype: Rtype,
    /// The answer that an authoritative server must give.
    pub expected: ExpectedAnswer,
}

/// What an authoritative server must answer to a query (RFC 1034 section 4.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedAnswer {
    /// The RRset of the QNAME, with authority.
    Rrset(Rrset),
    /// The RRset of a wildcard under the QNAME (RFC 4592). The RRset has the wildcard's own name; a CNAME RRset
    /// answers queries for any type.
    Synthesized(Rrset),
    /// A referral (RFC 9499 section 7).
    Referral {
        /// The NS RRset of the delegation.
        ns: Rrset,
        /// The address RRsets of its name servers whose names are at or below the delegation.
        glue: Vec<Rrset>,
    },
    /// The name exists, and has no RRset of the type.
    NoData,
    /// The name does not exist.
    NxDomain,
}

impl ExpectedAnswer {
    /// The length that its RRsets take in a message.
    pub fn wire_len(&self) -> usize {
        match self {
            Self::Rrset(rrset) | Self::Synthesized(rrset) => wire_len(rrset),
            Self::Referral { ns, glue } => std::iter::once(ns).chain(glue).map(wire_len).sum(),
            Self::NoData | Self::NxDomain => 0,
        }
    }
}

impl RrsetQuery {
    /// The query for a type that a name does not have.
    pub(super) fn no_data(qname: Name, qtype: Rtype) -> Self {
        Self { qname, qtype, expected: ExpectedAnswer::NoData }
    }

    /// The owner name in reports: the wildcard's own name where the answer is made from one, else the QNAME.
    pub fn owner(&self) -> &Name {
        match &self.expected {
            ExpectedAnswer::Synthesized(rrset) => &rrset.owner,
            _ => &self.qname,
        }
    }

    /// The number of the zone's RRsets that are asked by it, each of them by one query.
    pub fn rrsets(&self) -> u64 {
        match &self.expected {
            ExpectedAnswer::Rrset(_) => 1,
            ExpectedAnswer::Referral { glue, .. } => 1 + glue.len() as u64,
            // A wildcard's RRset is asked by its own name too, and counts there.
            ExpectedAnswer::Synthesized(_) | ExpectedAnswer::NoData | ExpectedAnswer::NxDomain => 0,
        }
    }
}
