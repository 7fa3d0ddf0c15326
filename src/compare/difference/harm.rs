//! Which differences do the most harm: these are listed first, and stay where not all are.

use crate::dns::Rtype;

/// How much harm it does that an RRset differs, the most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Harm {
    /// Keys, and what ties a zone to those of its parent: resolvers may reject the whole zone.
    Keys,
    /// Data: users get another answer.
    Data,
    /// What a signer derives from data: proofs of what does not exist, the digest of the zone, the state of signing.
    Derived,
    /// Signatures, which differ wherever what they cover does.
    Signatures,
}

impl Harm {
    /// Returns the harm that a difference in an RRset of this type does.
    pub(super) fn of(rtype: Rtype) -> Self {
        match rtype {
            Rtype::DNSKEY | Rtype::CDS | Rtype::CDNSKEY | Rtype::DS => Self::Keys,
            Rtype::RRSIG => Self::Signatures,
            other if other.is_made_by_signers() => Self::Derived,
            _ => Self::Data,
        }
    }
}
