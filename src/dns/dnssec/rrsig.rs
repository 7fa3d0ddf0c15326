//! RRSIG RDATA, its times, and what it signs (RFC 4034 section 3).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::dns::name::{MAX_LABEL, MAX_NAME, Name};
use crate::dns::rrset::TtlAndRdata;
use crate::dns::rtype::Rtype;
use crate::dns::wire::CLASS_IN;

/// The label of wildcards.
const WILDCARD: &[u8] = b"*";

/// A signature over an RRset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rrsig<'a> {
    /// The type of the RRset.
    pub covered: Rtype,
    /// The algorithm of the key.
    pub algorithm: u8,
    /// The labels of the owner, without those that a wildcard stands for.
    pub labels: u8,
    /// The TTL of the RRset when it was signed.
    pub original_ttl: u32,
    /// The last second at which it is valid, modulo 2^32.
    pub expiration: u32,
    /// The first second at which it is valid, modulo 2^32.
    pub inception: u32,
    /// The tag of the key.
    pub key_tag: u16,
    /// The zone of the key, in wire format.
    pub signer: &'a [u8],
    /// The signature itself.
    pub signature: &'a [u8],
    /// All of the RDATA in front of the signature.
    signed: &'a [u8],
}

impl<'a> Rrsig<'a> {
    /// Parses RDATA in canonical form; `None` if it is malformed.
    pub fn from_rdata(rdata: &'a [u8]) -> Option<Self> {
        let (&[c0, c1, algorithm, labels, ref numbers @ ..], rest) = rdata.split_first_chunk::<18>()?;
        let &[o0, o1, o2, o3, e0, e1, e2, e3, i0, i1, i2, i3, t0, t1] = numbers;
        let (signer, signature) = split_wire_name(rest)?;
        Some(Self {
            covered: Rtype(u16::from_be_bytes([c0, c1])),
            algorithm,
            labels,
            original_ttl: u32::from_be_bytes([o0, o1, o2, o3]),
            expiration: u32::from_be_bytes([e0, e1, e2, e3]),
            inception: u32::from_be_bytes([i0, i1, i2, i3]),
            key_tag: u16::from_be_bytes([t0, t1]),
            signer,
            signature,
            signed: rdata.get(..rdata.len() - signature.len())?,
        })
    }

    /// The last second at which the signature is valid.
    pub fn expires(&self, now: SystemTime) -> SystemTime {
        nearest(self.expiration, now)
    }

    /// The first second at which the signature is valid.
    pub fn begins(&self, now: SystemTime) -> SystemTime {
        nearest(self.inception, now)
    }

    /// Appends what is signed (section 3.1.8.1): the RDATA without the signature, and the records with the original
    /// TTL, under the name of the wildcard if the owner was made from one (RFC 4035 section 5.3.2).
    ///
    /// The records are sorted by RDATA; those with equal RDATA count once. Returns false if the owner has fewer labels
    /// than were signed: then nothing was.
    #[must_use]
    pub fn push_signed_data(&self, out: &mut Vec<u8>, owner: &Name, records: &[TtlAndRdata]) -> bool {
        let labels = usize::from(self.labels);
        let Some(excess) = signed_labels(owner).checked_sub(labels) else { return false };
        out.extend_from_slice(self.signed);
        let wildcard = match excess {
            0 => None,
            _ => owner.ancestors().nth(excess).map(|parent| [&[1], WILDCARD, parent].concat()),
        };
        let owner = wildcard.as_deref().unwrap_or(owner.as_wire());
        let mut last: Option<&[u8]> = None;
        for (_, rdata) in records {
            if last.replace(rdata).is_some_and(|last| last == rdata) {
                continue;
            }
            out.extend_from_slice(owner);
            out.extend_from_slice(&self.covered.0.to_be_bytes());
            out.extend_from_slice(&CLASS_IN.to_be_bytes());
            out.extend_from_slice(&self.original_ttl.to_be_bytes());
            out.extend_from_slice(&u16::try_from(rdata.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend_from_slice(rdata);
        }
        true
    }
}

/// The number of labels that a signature over an RRset of this owner is for: neither the root nor the label of a
/// wildcard counts (section 3.1.3).
pub fn signed_labels(owner: &Name) -> usize {
    let mut labels = owner.labels();
    let is_wildcard = labels.next() == Some(WILDCARD);
    owner.labels().count() - usize::from(is_wildcard)
}

/// The time nearest to `now` that these 32 bits stand for (section 3.1.5).
#[expect(clippy::cast_possible_truncation, reason = "times are counted modulo 2^32")]
fn nearest(time: u32, now: SystemTime) -> SystemTime {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let distance = time.wrapping_sub(now as u32).cast_signed();
    UNIX_EPOCH + Duration::from_secs(now.saturating_add_signed(distance.into()))
}

/// Splits a name in wire format off some octets.
pub(super) fn split_wire_name(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0;
    loop {
        let label = usize::from(*octets.get(length)?);
        length += 1 + label;
        if label > MAX_LABEL || length > MAX_NAME {
            return None;
        }
        if label == 0 {
            return octets.split_at_checked(length);
        }
    }
}
