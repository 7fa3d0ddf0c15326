//! The ZONEMD records at the apex of a copy.

use crate::dns::Zonemd;
use crate::observe::ZonemdHash;

/// The ZONEMD records at the apex of a copy, of which those are kept that can be verified.
#[derive(Debug, Default)]
pub(super) struct PublishedDigests {
    is_any: bool,
    sha384: Published,
    sha512: Published,
}

/// What is published for one scheme and hash algorithm.
#[derive(Debug, Default)]
enum Published {
    #[default]
    Nothing,
    /// One record, with this RDATA.
    One(Vec<u8>),
    /// Several records, none of which counts (RFC 8976 section 4, step 4).
    Several,
}

impl PublishedDigests {
    /// Adds the RDATA of a ZONEMD record.
    pub(super) fn add(&mut self, rdata: &[u8]) {
        self.is_any = true;
        let published = match Zonemd::from_rdata(rdata) {
            Some(Zonemd { scheme: Zonemd::SIMPLE, hash_algorithm: 1, .. }) => &mut self.sha384,
            Some(Zonemd { scheme: Zonemd::SIMPLE, hash_algorithm: 2, .. }) => &mut self.sha512,
            _ => return,
        };
        match published {
            Published::Nothing => *published = Published::One(rdata.to_vec()),
            Published::One(first) if first == rdata => {}
            Published::One(_) | Published::Several => *published = Published::Several,
        }
    }

    /// Whether there is any ZONEMD record.
    pub(super) fn is_any(&self) -> bool {
        self.is_any
    }

    /// The records whose scheme and hash algorithm are known and occur once.
    pub(super) fn verifiable(&self) -> impl Iterator<Item = (ZonemdHash, Zonemd<'_>)> {
        let of_hash = [(ZonemdHash::Sha384, &self.sha384), (ZonemdHash::Sha512, &self.sha512)];
        of_hash.into_iter().filter_map(|(hash, published)| match published {
            Published::One(rdata) => Some((hash, Zonemd::from_rdata(rdata)?)),
            Published::Nothing | Published::Several => None,
        })
    }
}
