//! What counts as content, and the secret of the hash over it.

use super::siphash::SipHash;
use crate::dns::wire::Record;
use crate::dns::{Name, Rtype};
use crate::plan::{ContentRules, SignatureComparison};

/// Raised whenever the same records come to hash otherwise: what was remembered before is then no evidence.
const CANONICAL_FORM: u16 = 3;

/// In front of what is hashed for a profile; it begins nothing else that is hashed.
const PROFILE: u8 = 0xfd;

/// A secret for the hash: the author of a zone must not be able to make two records collide.
#[derive(Clone)]
pub struct HashKey(pub [u8; 16]);

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashKey(secret)")
    }
}

/// What counts when copies are compared; digests of different profiles say nothing about each other.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The secret of the hash.
    pub key: HashKey,
    /// What of a zone counts.
    pub content: ContentRules,
}

impl Profile {
    /// Returns a number that is the same for profiles whose digests can be compared, and for no others.
    pub fn id(&self) -> u64 {
        let mut ignored: Vec<u16> = self.content.ignored.iter().map(|rtype| rtype.0).collect();
        ignored.sort_unstable();
        ignored.dedup();
        let dnssec = match self.content.dnssec {
            SignatureComparison::Meaning => 0,
            SignatureComparison::Bytes => 1,
            SignatureComparison::Ignore => 2,
        };
        let numbers = [CANONICAL_FORM, dnssec].into_iter().chain(ignored);
        let numbers = numbers.flat_map(u16::to_be_bytes);
        let mut permitted: Vec<(&[u8], [u8; 2])> = self
            .content
            .permitted
            .iter()
            .map(|(owner, rtype)| (owner.as_wire(), rtype.0.to_be_bytes()))
            .collect();
        permitted.sort_unstable();
        permitted.dedup();
        let permitted = permitted.into_iter().flat_map(|(owner, rtype)| owner.iter().copied().chain(rtype));
        let mut input: Vec<u8> = std::iter::once(PROFILE).chain(numbers).collect();
        if !self.content.permitted.is_empty() {
            input.push(PROFILE);
            input.extend(permitted);
        }
        (SipHash::new(self.key.0).finish(&input) >> 64) as u64
    }

    /// Returns whether any record may be left out.
    pub(super) fn selects(&self) -> bool {
        let ContentRules { dnssec, ignored, permitted, .. } = &self.content;
        *dnssec == SignatureComparison::Ignore || !ignored.is_empty() || !permitted.is_empty()
    }

    /// Returns whether records of a type are left out.
    pub(super) fn skips(&self, rtype: Rtype) -> bool {
        let generated = matches!(rtype, Rtype::RRSIG | Rtype::NSEC | Rtype::NSEC3 | Rtype::NSEC3PARAM);
        (self.content.dnssec == SignatureComparison::Ignore && generated)
            || self.content.ignored.contains(&rtype)
    }

    /// Returns whether a record is of an RRset that may be anything, or a signature over one (RFC 4034 section 3.1.1).
    pub(super) fn permits(&self, record: &Record<'_>) -> bool {
        let of = match (record.rtype, record.rdata.first_chunk()) {
            (Rtype::RRSIG, Some(&covered)) => Rtype(u16::from_be_bytes(covered)),
            (rtype, _) => rtype,
        };
        let is_of = |(owner, rtype): &(Name, Rtype)| {
            *rtype == of && owner.as_wire().eq_ignore_ascii_case(record.owner)
        };
        self.content.permitted.iter().any(is_of)
    }

    /// Returns the part of the RDATA by which two records are the same.
    ///
    /// Of an RRSIG taken by its meaning: type covered, algorithm, labels and original TTL (8 octets),
    /// then key tag and signer; not the times between them, nor the signature (RFC 4034 section 3.1).
    pub fn identity<'r>(&self, rtype: Rtype, rdata: &'r [u8]) -> (&'r [u8], &'r [u8]) {
        let whole = (rdata, [].as_slice());
        if rtype != Rtype::RRSIG || self.content.dnssec != SignatureComparison::Meaning {
            return whole;
        }
        let (Some(front), Some(from_tag)) = (rdata.get(..8), rdata.get(16..)) else { return whole };
        let mut end = 2;
        while let Some(&length) = from_tag.get(end) {
            end += 1 + usize::from(length);
            if length == 0 {
                return (front, from_tag.get(..end).unwrap_or(from_tag));
            }
        }
        whole
    }
}
