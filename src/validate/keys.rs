//! The keys of a copy.

use std::collections::BTreeMap;

use crate::dns::dnssec::{Dnskey, VerifyingKey};
use crate::dns::{Name, Rrset};

/// The keys of a zone, by their tags.
pub(super) struct Keys {
    /// The zone.
    pub(super) zone: Name,
    by_tag: BTreeMap<u16, Vec<Key>>,
}

/// A key of a zone.
pub(super) struct Key {
    pub(super) dnskey: Dnskey,
    /// Absent if its signatures cannot be verified.
    pub(super) verifying: Option<VerifyingKey>,
    /// Its RDATA, by which results are cached.
    pub(super) rdata: Vec<u8>,
}

impl Key {
    /// Whether it may sign records of its zone.
    pub(super) fn may_sign(&self) -> bool {
        self.dnskey.is_zone_key() && !self.dnskey.is_revoked()
    }
}

impl Keys {
    /// The keys in a DNSKEY RRset; malformed ones are passed over.
    pub(super) fn new(dnskeys: &Rrset) -> Self {
        let mut by_tag: BTreeMap<u16, Vec<Key>> = BTreeMap::new();
        let mut last: Option<&[u8]> = None;
        for (_, rdata) in &dnskeys.records {
            if last.replace(rdata).is_some_and(|last| last == rdata) {
                continue;
            }
            let Some(dnskey) = Dnskey::from_rdata(rdata) else { continue };
            let (verifying, rdata) = (VerifyingKey::new(&dnskey), rdata.clone());
            by_tag.entry(dnskey.key_tag()).or_default().push(Key { dnskey, verifying, rdata });
        }
        Self { zone: dnskeys.owner.clone(), by_tag }
    }

    /// The keys that have a tag.
    pub(super) fn tagged(&self, tag: u16) -> &[Key] {
        self.by_tag.get(&tag).map_or(&[], Vec::as_slice)
    }

    /// All keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Key> {
        self.by_tag.values().flatten()
    }

    /// Whether no key that may sign has an algorithm that is known, so that the zone counts as unsigned (RFC 4035
    /// section 5.2).
    pub(super) fn are_all_unknown(&self) -> bool {
        let mut signing = self.iter().filter(|key| key.may_sign()).peekable();
        signing.peek().is_some() && signing.all(|key| key.verifying.is_none())
    }
}
