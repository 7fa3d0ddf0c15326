//! The keys of a zone at one server: those that it publishes, and those that sign its data.

use std::collections::BTreeSet;

use crate::dns::dnssec::Dnskey;
use crate::dns::wire::Record;
use crate::dns::{Name, Rrset, Rtype};

/// The maximum number of DNSKEY records that are kept. Zones have two to eight.
const MAX_PUBLISHED: usize = 64;

/// The maximum size of these records.
const MAX_PUBLISHED_BYTES: usize = 64 * 1024;

/// The maximum number of keys that are known to sign.
const MAX_SIGNING: usize = 64;

/// How signatures refer to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId {
    /// The algorithm.
    pub algorithm: u8,
    /// The key tag.
    pub tag: u16,
}

/// The keys of a zone at one server.
///
/// All of it stays small, however many signatures there are: of each, a few octets are compared with those of the
/// last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    /// The owner of the DNSKEY records that are kept: the shortest one, as no name of a zone is above its apex.
    owner: Vec<u8>,
    /// The TTL and RDATA of these DNSKEY records.
    published: Vec<(u32, Vec<u8>)>,
    published_bytes: usize,
    /// Whether there are more of them.
    is_cut: bool,
    /// The keys with signatures over data.
    signing: Vec<KeyId>,
    /// The last of them.
    last: Option<KeyId>,
}

impl KeySet {
    /// Adds a DNSKEY record.
    #[inline(never)]
    pub(super) fn add_dnskey(&mut self, record: &Record<'_>) {
        self.publish(record.owner, record.ttl, record.rdata);
    }

    /// Adds an RRSIG record.
    #[inline]
    pub(super) fn add_signature(&mut self, record: &Record<'_>) {
        self.add_rrsig(record.rdata);
    }

    /// Adds an RRset of an answer, with the signatures over it.
    pub fn add_rrset(&mut self, rrset: &Rrset) {
        if rrset.rtype == Rtype::DNSKEY {
            for (ttl, rdata) in &rrset.records {
                self.publish(rrset.owner.as_wire(), *ttl, rdata);
            }
        }
        for (_, rdata) in &rrset.signatures {
            self.add_rrsig(rdata);
        }
    }

    /// Adds the keys by which another set is signed.
    pub fn add_signing(&mut self, other: &Self) {
        for &key in &other.signing {
            self.sign(key);
        }
    }

    #[inline]
    fn add_rrsig(&mut self, rdata: &[u8]) {
        // RFC 4034 section 3.1: the key tag is behind the times.
        let Some(&[c0, c1, algorithm, .., t0, t1]) = rdata.first_chunk::<18>() else { return };
        let covered = Rtype(u16::from_be_bytes([c0, c1]));
        let key = KeyId { algorithm, tag: u16::from_be_bytes([t0, t1]) };
        if self.last != Some(key) && !is_about_keys(covered) {
            self.sign(key);
        }
    }

    #[inline(never)]
    fn sign(&mut self, key: KeyId) {
        self.last = Some(key);
        if !self.signing.contains(&key) && self.signing.len() < MAX_SIGNING {
            self.signing.push(key);
        }
    }

    fn publish(&mut self, owner: &[u8], ttl: u32, rdata: &[u8]) {
        if self.published.is_empty() || owner.len() < self.owner.len() {
            *self = Self {
                owner: owner.to_vec(),
                signing: std::mem::take(&mut self.signing),
                last: self.last,
                ..Self::default()
            };
        }
        let is_known = self.published.iter().any(|(_, known)| known == rdata);
        if self.owner != owner || is_known {
            return;
        }
        let bytes = self.published_bytes + rdata.len();
        if self.published.len() >= MAX_PUBLISHED || bytes > MAX_PUBLISHED_BYTES {
            self.is_cut = true;
            return;
        }
        self.published_bytes = bytes;
        self.published.push((ttl, rdata.to_vec()));
    }

    /// Returns the TTL and RDATA of the DNSKEY records of a zone, each once; `None` if there are too many.
    pub fn published(&self, zone: &Name) -> Option<&[(u32, Vec<u8>)]> {
        if !self.owner.eq_ignore_ascii_case(zone.as_wire()) {
            return Some(&[]);
        }
        (!self.is_cut).then_some(&self.published)
    }

    /// Returns the key tags of the DNSKEY records of a zone, sorted.
    pub fn published_tags(&self, zone: &Name) -> Vec<u16> {
        let published = self.published(zone).unwrap_or_default();
        let tags: BTreeSet<u16> = published.iter().map(|(_, rdata)| key_tag(rdata)).collect();
        tags.into_iter().collect()
    }

    /// Whether a zone publishes a key by which its signatures can be verified.
    pub fn publishes(&self, zone: &Name, key: KeyId) -> bool {
        let is_key = |(_, rdata): &(u32, Vec<u8>)| {
            Dnskey::from_rdata(rdata).is_some_and(|dnskey| {
                let id = KeyId { algorithm: dnskey.algorithm, tag: dnskey.key_tag() };
                dnskey.is_zone_key() && !dnskey.is_revoked() && id == key
            })
        };
        self.published(zone).is_none_or(|published| published.iter().any(is_key))
    }

    /// Whether the two sets have other DNSKEY records of a zone; `None` if that is not known.
    pub fn publishes_other(&self, other: &Self, zone: &Name) -> Option<bool> {
        let rdata = |keys: &[(u32, Vec<u8>)]| -> BTreeSet<Vec<u8>> {
            keys.iter().map(|(_, rdata)| rdata.clone()).collect()
        };
        Some(rdata(self.published(zone)?) != rdata(other.published(zone)?))
    }

    /// The keys with signatures over data: not those that sign nothing but the keys themselves.
    pub fn signing(&self) -> &[KeyId] {
        &self.signing
    }

    /// Whether nothing is signed or published.
    pub fn is_unsigned(&self) -> bool {
        self.published.is_empty() && self.signing.is_empty()
    }
}

/// Whether RRsets of a type are signed by the keys that the parent points at (RFC 7344 section 4.1).
fn is_about_keys(rtype: Rtype) -> bool {
    matches!(rtype, Rtype::DNSKEY | Rtype::CDS | Rtype::CDNSKEY)
}

/// The key tag of DNSKEY RDATA; 0 if it is too short for a key.
fn key_tag(rdata: &[u8]) -> u16 {
    Dnskey::from_rdata(rdata).map_or(0, |dnskey| dnskey.key_tag())
}

#[cfg(test)]
mod tests {
    use super::*;

    const APEX: &[u8] = b"\x04test\0";

    fn zone() -> Name {
        "test".parse().unwrap()
    }

    /// A key of algorithm 13.
    fn dnskey(flags: u16, octet: u8) -> Vec<u8> {
        [&flags.to_be_bytes(), &[3, 13][..], &[octet; 64]].concat()
    }

    fn rrsig(covered: u16, algorithm: u8, tag: u16) -> Vec<u8> {
        [&covered.to_be_bytes(), &[algorithm, 1][..], &[0; 12], &tag.to_be_bytes(), APEX].concat()
    }

    fn record<'r>(owner: &'r [u8], rtype: Rtype, rdata: &'r [u8]) -> Record<'r> {
        Record::new(owner, rtype, 300, rdata)
    }

    #[test]
    fn the_keys_of_the_apex_are_kept_wherever_they_come() {
        let below: &[u8] = b"\x05child\x04test\0";
        let mut keys = KeySet::default();
        for (owner, octet) in [(below, 1), (APEX, 2), (below, 3), (APEX, 4), (APEX, 2)] {
            keys.add_dnskey(&record(owner, Rtype::DNSKEY, &dnskey(257, octet)));
        }
        let published: Vec<u8> = keys.published(&zone()).unwrap().iter().map(|(_, rdata)| rdata[4]).collect();
        assert_eq!(published, [2, 4]);
        assert_eq!(keys.published(&"child.test".parse().unwrap()), Some(&[][..]));
    }

    #[test]
    fn a_key_signs_data_if_a_signature_is_over_more_than_keys() {
        let mut keys = KeySet::default();
        for (covered, algorithm, tag) in
            [(48, 13, 1), (6, 13, 2), (59, 13, 3), (60, 13, 4), (1, 13, 2), (1, 8, 2), (47, 13, 2)]
        {
            keys.add_signature(&record(APEX, Rtype::RRSIG, &rrsig(covered, algorithm, tag)));
        }
        let expected = [KeyId { algorithm: 13, tag: 2 }, KeyId { algorithm: 8, tag: 2 }];
        assert_eq!(keys.signing(), expected);
        keys.add_signature(&record(APEX, Rtype::RRSIG, &rrsig(6, 13, 5)[..17]));
        assert_eq!(keys.signing(), expected);
    }

    #[test]
    fn a_key_verifies_signatures_if_it_is_a_zone_key_that_is_not_revoked() {
        for (flags, protocol, expected) in
            [(256, 3, true), (257, 3, true), (0, 3, false), (0x181, 3, false), (256, 2, false)]
        {
            let mut rdata = dnskey(flags, 7);
            rdata[2] = protocol;
            let mut keys = KeySet::default();
            keys.add_dnskey(&record(APEX, Rtype::DNSKEY, &rdata));
            let key = KeyId { algorithm: 13, tag: key_tag(&rdata) };
            assert_eq!(keys.publishes(&zone(), key), expected, "{flags} {protocol}");
            assert!(!keys.publishes(&zone(), KeyId { algorithm: 8, ..key }));
        }
    }

    #[test]
    fn too_many_keys_are_not_known() {
        let mut keys = KeySet::default();
        for octet in 0..=64 {
            keys.add_dnskey(&record(APEX, Rtype::DNSKEY, &dnskey(256, octet)));
        }
        assert_eq!(keys.published(&zone()), None);
        assert_eq!(keys.publishes_other(&KeySet::default(), &zone()), None);
        assert!(keys.publishes(&zone(), KeyId { algorithm: 13, tag: 1 }));
        for tag in 0..1000 {
            keys.add_signature(&record(APEX, Rtype::RRSIG, &rrsig(1, 13, tag)));
        }
        assert_eq!(keys.signing().len(), MAX_SIGNING);
    }

    #[test]
    fn other_keys_are_another_set_in_any_order_and_with_any_ttl() {
        let set = |octets: &[u8]| {
            let mut keys = KeySet::default();
            for octet in octets {
                let rdata = dnskey(256, *octet);
                keys.add_dnskey(&Record::new(APEX, Rtype::DNSKEY, u32::from(*octet), &rdata));
            }
            keys
        };
        for (ours, theirs, expected) in [
            (&[1, 2][..], &[2, 1][..], false),
            (&[1, 2], &[1], true),
            (&[1], &[2], true),
            (&[1], &[], true),
            (&[], &[], false),
        ] {
            assert_eq!(set(ours).publishes_other(&set(theirs), &zone()), Some(expected));
        }
    }
}
