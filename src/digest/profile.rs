//! What counts as content, and the secret key of the hash over it.

use crate::dns::wire::Record;
use crate::dns::{Name, Rtype};
use crate::plan::{ContentRules, SignatureComparison};
use crate::siphash::SipHash;

/// Raised whenever the same records get other hashes: fingerprints from before can then not be compared.
const CANONICAL_FORM: u16 = 4;

/// The first byte of what is hashed for a profile; records begin with an owner name, and so with another one.
const PROFILE_TAG: u8 = 0xfd;

/// The secret key of the hash: the author of a zone must not be able to make two records collide.
#[derive(Clone)]
pub struct HashKey(pub [u8; 16]);

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashKey(secret)")
    }
}

/// What counts when copies are compared; only digests of the same profile can be.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The key of the hash.
    pub key: HashKey,
    /// What counts as content.
    pub content: ContentRules,
}

impl Profile {
    /// Returns a number that is the same for two profiles if their digests can be compared, and only then.
    pub fn id(&self) -> u64 {
        let mut ignored: Vec<u16> = self.content.ignored.iter().map(|rtype| rtype.0).collect();
        ignored.sort_unstable();
        ignored.dedup();
        let dnssec = match self.content.dnssec {
            SignatureComparison::Semantic => 0,
            SignatureComparison::Exact => 1,
            SignatureComparison::Ignore => 2,
        };
        let dnssec = dnssec | (u16::from(self.content.multi_signer) << 8);
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
        let mut input: Vec<u8> = std::iter::once(PROFILE_TAG).chain(numbers).collect();
        if !self.content.permitted.is_empty() {
            input.push(PROFILE_TAG);
            input.extend(permitted);
        }
        (SipHash::new(self.key.0).finish(&input) >> 64) as u64
    }

    /// Returns the number of this profile where the SOA does not count either.
    pub(super) fn id_without_soa(&self) -> u64 {
        if self.skips(Rtype::SOA) { self.id() } else { !self.id() }
    }

    /// Whether any record may be left out.
    pub fn may_skip(&self) -> bool {
        let ContentRules { dnssec, ignored, permitted, multi_signer } = &self.content;
        *dnssec == SignatureComparison::Ignore
            || *multi_signer
            || !ignored.is_empty()
            || !permitted.is_empty()
    }

    /// Whether a record is left out.
    pub fn leaves_out(&self, record: &Record<'_>) -> bool {
        self.skips(record.rtype) || self.permits(record)
    }

    /// Whether records of a type are left out.
    pub(super) fn skips(&self, rtype: Rtype) -> bool {
        self.content.leaves_out_type(rtype)
    }

    /// Whether a record is in an RRset that is left out, or a signature over one (RFC 4034 section 3.1.1).
    fn permits(&self, record: &Record<'_>) -> bool {
        let rrset_type = match (record.rtype, record.rdata.first_chunk()) {
            (Rtype::RRSIG, Some(&covered)) => Rtype(u16::from_be_bytes(covered)),
            (rtype, _) => rtype,
        };
        let matches = |(owner, rtype): &(Name, Rtype)| {
            *rtype == rrset_type && owner.as_wire().eq_ignore_ascii_case(record.owner)
        };
        self.content.permitted.iter().any(matches)
    }

    /// Returns the parts of RDATA that count, in two pieces: of an RRSIG that is compared by its meaning, its
    /// [`signature_meaning`]; of any other record, all of the RDATA.
    pub fn identity<'r>(&self, rtype: Rtype, rdata: &'r [u8]) -> (&'r [u8], &'r [u8]) {
        if rtype == Rtype::RRSIG && self.content.dnssec == SignatureComparison::Semantic {
            signature_meaning(rdata)
        } else {
            (rdata, &[])
        }
    }
}

/// Returns what the RDATA of an RRSIG means, in two pieces: type covered, algorithm, labels and original TTL
/// (8 octets), and key tag and signer's name; not the times between them, nor the signature (RFC 4034 section 3.1).
pub fn signature_meaning(rdata: &[u8]) -> (&[u8], &[u8]) {
    let whole = (rdata, [].as_slice());
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
