//! Signs zones for tests, by rules of its own and without regard to speed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::BASE32_DNSSEC;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::dns::dnssec::{Dnskey, Ds, nsec3_hash, signed_labels};
use crate::dns::name::{is_within, push_sort_key};
use crate::dns::rdata::push_type_bitmap;
use crate::dns::wire::{CLASS_IN, Record};
use crate::dns::zonefile::ZoneFileReader;
use crate::dns::{Name, Rtype, Soa};
use crate::observe::{FaultReason, Validation};
use crate::transfer::{RecordSorter, SortedRrsets};
use crate::validate::{DsRecords, Validator};

/// The time of all tests.
pub(super) const NOW: u32 = 1_800_000_000;

/// The zone of all tests.
pub(super) const ZONE: &str = "example.test";

/// A zone with something of each kind.
pub(super) const TEXT: &str = "$TTL 3600\n\
    @ SOA ns0 host 7 3600 900 604800 300\n\
    @ NS ns0\n\
    @ MX 10 mail\n\
    ns0 A 192.0.2.53\n\
    mail A 192.0.2.25\n\
    www A 192.0.2.1\n\
    www A 192.0.2.2\n\
    www AAAA 2001:db8::1\n\
    *.wild TXT any\n\
    a.deep.tree MX 10 www\n\
    child NS ns.child\n\
    child A 192.0.2.4\n\
    ns.child A 192.0.2.4\n\
    secure NS ns0\n\
    secure DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n\
    under.ent NS ns.elsewhere.test.\n\
    alias CNAME www\n\
    dn DNAME other.test.\n\
    below.dn TXT occluded\n";

/// A key of the tests, of algorithm Ed25519 unless its number is changed.
pub(super) struct TestKey {
    pair: Ed25519KeyPair,
    pub(super) flags: u16,
    pub(super) algorithm: u8,
}

/// Flags of a zone key.
pub(super) const ZSK: u16 = 256;

/// Flags of a zone key that is a secure entry point.
pub(super) const KSK: u16 = 257;

/// How a zone proves what does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    Nsec,
    Nsec3 { iterations: u16, opt_out: bool },
}

pub(super) const NSEC3: Denial = Denial::Nsec3 { iterations: 2, opt_out: false };
pub(super) const OPT_OUT: Denial = Denial::Nsec3 { iterations: 0, opt_out: true };

/// The salt of all chains.
const SALT: &[u8] = &[0xab, 0xcd];

/// A record of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ZoneRecord {
    pub(super) owner: Name,
    pub(super) rtype: Rtype,
    pub(super) ttl: u32,
    pub(super) rdata: Vec<u8>,
}

/// A zone, signed or not.
#[derive(Clone, Debug)]
pub(super) struct Copy(pub(super) Vec<ZoneRecord>);

impl TestKey {
    pub(super) fn new(seed: u8, flags: u16) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self { pair, flags, algorithm: 15 }
    }

    pub(super) fn dnskey(&self) -> Dnskey {
        let public_key = self.pair.public_key().as_ref().to_vec();
        Dnskey { flags: self.flags, protocol: 3, algorithm: self.algorithm, public_key }
    }

    pub(super) fn record(&self) -> ZoneRecord {
        ZoneRecord { owner: name(ZONE), rtype: Rtype::DNSKEY, ttl: 3600, rdata: self.dnskey().to_rdata() }
    }

    pub(super) fn ds(&self) -> Ds {
        let dnskey = self.dnskey();
        let data = [name(ZONE).as_wire(), &dnskey.to_rdata()].concat();
        let digest = ring::digest::digest(&ring::digest::SHA256, &data).as_ref().to_vec();
        Ds { key_tag: dnskey.key_tag(), algorithm: dnskey.algorithm, digest_type: 2, digest }
    }

    /// Signs an RRset as it is in a zone; the fields of the RRSIG are changed first.
    pub(super) fn sign_with(&self, rrset: &[&ZoneRecord], change: impl FnOnce(&mut Vec<u8>)) -> ZoneRecord {
        let ZoneRecord { owner, rtype, ttl, .. } = rrset[0].clone();
        let mut rdata = rtype.0.to_be_bytes().to_vec();
        rdata.extend([self.algorithm, u8::try_from(signed_labels(&owner)).unwrap()]);
        for number in [ttl, NOW + 86_400, NOW - 86_400] {
            rdata.extend(number.to_be_bytes());
        }
        rdata.extend(self.dnskey().key_tag().to_be_bytes());
        rdata.extend(name(ZONE).as_wire());
        change(&mut rdata);
        let original_ttl: [u8; 4] = rdata[4..8].try_into().unwrap();
        let records: BTreeSet<&[u8]> = rrset.iter().map(|record| record.rdata.as_slice()).collect();
        let mut data = rdata.clone();
        for record in records {
            data.extend(owner.as_wire());
            data.extend(rtype.0.to_be_bytes());
            data.extend(CLASS_IN.to_be_bytes());
            data.extend(original_ttl);
            data.extend(u16::try_from(record.len()).unwrap().to_be_bytes());
            data.extend(record);
        }
        rdata.extend(self.pair.sign(&data).as_ref());
        ZoneRecord { owner, rtype: Rtype::RRSIG, ttl, rdata }
    }

    pub(super) fn sign(&self, rrset: &[&ZoneRecord]) -> ZoneRecord {
        self.sign_with(rrset, |_| {})
    }
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// A name of the zone.
pub(super) fn below(label: &str) -> Name {
    if label == "@" { name(ZONE) } else { name(&format!("{label}.{ZONE}")) }
}

/// The two keys that zones of the tests are signed by.
pub(super) fn keys() -> [TestKey; 2] {
    [TestKey::new(1, KSK), TestKey::new(2, ZSK)]
}

/// The records of a zone in text form.
pub(super) fn parse(text: &str) -> Copy {
    let mut reader = ZoneFileReader::new(name(ZONE));
    let mut records = Vec::new();
    for line in text.lines() {
        let mut sink = |record: &Record<'_>| {
            records.push(ZoneRecord {
                owner: Name::from_wire(record.owner).unwrap(),
                rtype: record.rtype,
                ttl: record.ttl,
                rdata: record.signed.to_vec(),
            });
        };
        reader.read_line(line.trim_start().as_bytes(), &mut sink).unwrap();
    }
    let summary = reader.end().unwrap();
    let (owner, rdata) = (name(ZONE), summary.soa.to_rdata());
    records.push(ZoneRecord { owner, rtype: Rtype::SOA, ttl: summary.soa_ttl, rdata });
    Copy(records)
}

/// The zone of the tests, signed by [`keys`].
pub(super) fn signed(denial: Denial) -> Copy {
    parse(TEXT).signed(&keys().each_ref(), denial)
}

impl Copy {
    /// Signs it: DNSKEY by the keys that are secure entry points, all else by the others.
    pub(super) fn signed(mut self, keys: &[&TestKey], denial: Denial) -> Self {
        self.0.extend(keys.iter().map(|key| key.record()));
        self.add_chain(denial);
        self.sign_all(keys)
    }

    /// Adds the chain that proves what does not exist.
    pub(super) fn add_chain(&mut self, denial: Denial) {
        match denial {
            Denial::Nsec => self.add_nsec(),
            Denial::Nsec3 { iterations, opt_out } => self.add_nsec3(SALT, iterations, opt_out),
        }
    }

    /// Signs each RRset that needs it.
    pub(super) fn sign_all(mut self, keys: &[&TestKey]) -> Self {
        let mut rrsets: BTreeMap<(Vec<u8>, Rtype), Vec<&ZoneRecord>> = BTreeMap::new();
        for record in self.0.iter().filter(|record| self.needs_signature(record)) {
            rrsets.entry((sort_key(&record.owner), record.rtype)).or_default().push(record);
        }
        let mut signatures = Vec::new();
        for ((_, rtype), rrset) in &rrsets {
            let is_signed_by = |key: &&&TestKey| (key.flags == KSK) == (*rtype == Rtype::DNSKEY);
            signatures.extend(keys.iter().filter(is_signed_by).map(|key| key.sign(rrset)));
        }
        self.0.extend(signatures);
        self
    }

    fn needs_signature(&self, record: &ZoneRecord) -> bool {
        let is_parental = [Rtype::DS, Rtype::NSEC].contains(&record.rtype);
        record.rtype == Rtype::NSEC3
            || !self.is_occluded(&record.owner) && (!self.is_cut(&record.owner) || is_parental)
    }

    fn has(&self, owner: &Name, rtype: Rtype) -> bool {
        self.0.iter().any(|record| record.owner == *owner && record.rtype == rtype)
    }

    fn is_cut(&self, owner: &Name) -> bool {
        *owner != name(ZONE) && self.has(owner, Rtype::NS)
    }

    fn is_occluded(&self, owner: &Name) -> bool {
        owner.ancestors().skip(1).filter(|above| is_within(above, name(ZONE).as_wire())).any(|above| {
            let above = Name::from_wire(above).unwrap();
            self.is_cut(&above) || self.has(&above, Rtype::DNAME)
        })
    }

    /// The names with records that are not occluded, in canonical order.
    fn names(&self) -> Vec<Name> {
        let others = self.0.iter().filter(|record| record.rtype != Rtype::NSEC3);
        let names = others.map(|record| &record.owner).filter(|owner| !self.is_occluded(owner));
        let names: BTreeMap<Vec<u8>, Name> = names.map(|owner| (sort_key(owner), owner.clone())).collect();
        names.into_values().collect()
    }

    /// The types of a name that the zone is authoritative for, and more.
    fn bitmap(&self, owner: &Name, more: &[Rtype]) -> Vec<u8> {
        let of_owner = self.0.iter().filter(|record| record.owner == *owner).map(|record| record.rtype);
        let is_cut = self.is_cut(owner);
        let counts = |rtype: &Rtype| !is_cut || [Rtype::NS, Rtype::DS].contains(rtype);
        let types: BTreeSet<Rtype> = of_owner.filter(counts).chain(more.iter().copied()).collect();
        let mut bitmap = Vec::new();
        push_type_bitmap(&mut bitmap, &types.into_iter().collect::<Vec<_>>());
        bitmap
    }

    fn add_nsec(&mut self) {
        let names = self.names();
        let nexts = names.iter().cycle().skip(1);
        let records = names.iter().zip(nexts).map(|(owner, next)| {
            let types = self.bitmap(owner, &[Rtype::RRSIG, Rtype::NSEC]);
            let rdata = [next.as_wire(), &types].concat();
            ZoneRecord { owner: owner.clone(), rtype: Rtype::NSEC, ttl: 300, rdata }
        });
        let records: Vec<_> = records.collect();
        self.0.extend(records);
    }

    pub(super) fn add_nsec3(&mut self, salt: &[u8], iterations: u16, opt_out: bool) {
        let parameters = |flags: u8| {
            let [i0, i1] = iterations.to_be_bytes();
            [&[1, flags, i0, i1, u8::try_from(salt.len()).unwrap()], salt].concat()
        };
        let (owner, rdata) = (name(ZONE), parameters(0));
        self.0.push(ZoneRecord { owner, rtype: Rtype::NSEC3PARAM, ttl: 0, rdata });
        let is_left_out = |owner: &Name| opt_out && self.is_cut(owner) && !self.has(owner, Rtype::DS);
        let names = self.names().into_iter().filter(|owner| !is_left_out(owner));
        let mut hashes: BTreeMap<[u8; 20], Vec<u8>> = BTreeMap::new();
        for owner in names {
            let is_in_zone = |above: &&[u8]| is_within(above, name(ZONE).as_wire());
            for above in owner.ancestors().take_while(is_in_zone) {
                let above = Name::from_wire(above).unwrap();
                let signed =
                    self.0.iter().any(|record| record.owner == above && self.needs_signature(record));
                let more: &[Rtype] = if signed { &[Rtype::RRSIG] } else { &[] };
                hashes.insert(nsec3_hash(above.as_wire(), salt, iterations), self.bitmap(&above, more));
            }
        }
        let nexts = hashes.keys().cycle().skip(1);
        let records = hashes.iter().zip(nexts).map(|((hash, types), next)| {
            let owner = name(&format!("{}.{ZONE}", BASE32_DNSSEC.encode(hash)));
            let rdata = [parameters(u8::from(opt_out)), vec![20], next.to_vec(), types.clone()].concat();
            ZoneRecord { owner, rtype: Rtype::NSEC3, ttl: 300, rdata }
        });
        let records: Vec<_> = records.collect();
        self.0.extend(records);
    }

    /// The records of an RRset.
    pub(super) fn rrset(&self, owner: &Name, rtype: Rtype) -> Vec<&ZoneRecord> {
        self.0.iter().filter(|record| record.owner == *owner && record.rtype == rtype).collect()
    }

    /// Removes an RRset, and the signatures over it.
    pub(super) fn remove(&mut self, owner: &Name, rtype: Rtype) {
        self.remove_signatures(owner, rtype);
        self.0.retain(|record| !(record.owner == *owner && record.rtype == rtype));
    }

    /// Removes the signatures over an RRset.
    pub(super) fn remove_signatures(&mut self, owner: &Name, rtype: Rtype) {
        self.0.retain(|record| !(record.owner == *owner && record.covers(rtype)));
    }

    /// Removes a name.
    pub(super) fn remove_name(&mut self, owner: &Name) {
        self.0.retain(|record| record.owner != *owner);
    }

    /// The signature over an RRset.
    pub(super) fn signature(&mut self, owner: &Name, rtype: Rtype) -> &mut ZoneRecord {
        self.0.iter_mut().find(|record| record.owner == *owner && record.covers(rtype)).unwrap()
    }

    /// The first record of an RRset.
    pub(super) fn record(&mut self, owner: &Name, rtype: Rtype) -> &mut ZoneRecord {
        self.0.iter_mut().find(|record| record.owner == *owner && record.rtype == rtype).unwrap()
    }

    /// Signs an RRset anew, by a key.
    pub(super) fn sign_again(&mut self, owner: &Name, rtype: Rtype, key: &TestKey) {
        self.sign_again_with(owner, rtype, key, |_| {});
    }

    /// Signs an RRset anew, by a key, with other fields.
    pub(super) fn sign_again_with(
        &mut self,
        owner: &Name,
        rtype: Rtype,
        key: &TestKey,
        change: impl FnOnce(&mut Vec<u8>),
    ) {
        self.remove_signatures(owner, rtype);
        let signature = key.sign_with(&self.rrset(owner, rtype), change);
        self.0.push(signature);
    }

    /// The owner of the NSEC3 record of a name.
    pub(super) fn hashed(owner: &Name, denial: Denial) -> Name {
        let Denial::Nsec3 { iterations, .. } = denial else { return owner.clone() };
        name(&format!("{}.{ZONE}", BASE32_DNSSEC.encode(&nsec3_hash(owner.as_wire(), SALT, iterations))))
    }

    pub(super) fn sorted(&self) -> SortedRrsets {
        let zone = name(ZONE);
        let mut sorter = RecordSorter::of_signed(&zone, 4096);
        let mut soa = (Soa::from_rdata(&[0; 22]).unwrap(), 0);
        for ZoneRecord { owner, rtype, ttl, rdata } in &self.0 {
            match Soa::from_rdata(rdata).filter(|_| *rtype == Rtype::SOA) {
                Some(own) => soa = (own, *ttl),
                None => sorter.add(&Record::new(owner.as_wire(), *rtype, *ttl, rdata)),
            }
        }
        sorter.finish(&soa.0, soa.1).unwrap()
    }

    pub(super) fn validate_with(&self, ds: &DsRecords) -> Validation {
        Validator::new().validate(&name(ZONE), &self.sorted(), ds, time(NOW)).unwrap()
    }

    pub(super) fn validate(&self) -> Validation {
        self.validate_with(&DsRecords::Unknown("no one asked".to_owned()))
    }

    /// The faults of the copy, as text.
    pub(super) fn faults(&self) -> Vec<String> {
        texts(&self.validate())
    }
}

impl ZoneRecord {
    fn covers(&self, rtype: Rtype) -> bool {
        self.rtype == Rtype::RRSIG && self.rdata[..2] == rtype.0.to_be_bytes()
    }
}

/// Faults as `owner TYPE reason`, with the owner relative to the zone.
pub(super) fn texts(validation: &Validation) -> Vec<String> {
    let text = |fault: &crate::observe::ValidationFault| {
        let owner =
            fault.owner.to_string().replace(&format!(".{ZONE}."), "").replace(&format!("{ZONE}."), "@");
        let reason = match fault.reason {
            FaultReason::Expired(_) => "Expired".to_owned(),
            FaultReason::NotYetValid(_) => "NotYetValid".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{owner} {} {reason}", fault.rtype)
    };
    validation.faults.iter().map(text).collect()
}

pub(super) fn time(seconds: u32) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds.into())
}

pub(super) fn sort_key(owner: &Name) -> Vec<u8> {
    let mut key = Vec::new();
    push_sort_key(&mut key, owner.as_wire());
    key
}
