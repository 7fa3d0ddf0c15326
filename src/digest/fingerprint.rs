//! A summary of one copy that outlives the copy, to be compared with those of later copies.

use serde::{Deserialize, Serialize};

use super::hashing::RecordHasher;
use super::{Buckets, Digest, Profile};
use crate::dns::wire::Record;
use crate::dns::{Name, Rtype, Serial, Soa};

/// The content of a copy, without its serial, in a few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredFingerprint", into = "StoredFingerprint")]
pub struct Fingerprint {
    /// The profile it was made with ([`Profile::id`]).
    pub profile: u64,
    /// The sum over all records, with the SOA but without its serial, if the SOA counts.
    pub content: u128,
    /// The same over distinct records; only for copies that are kept whole.
    pub distinct: Option<u128>,
    /// The number of RRsets.
    pub rrsets: u64,
    /// The number of records.
    pub records: u64,
}

/// A fingerprint as it is stored: a copy without duplicates, as nearly all are, has one sum.
#[derive(Serialize, Deserialize)]
struct StoredFingerprint {
    profile: u64,
    content: u128,
    distinct: StoredDistinct,
    rrsets: u64,
    records: u64,
}

/// The sum over distinct records.
#[derive(Serialize, Deserialize)]
enum StoredDistinct {
    Unknown,
    /// It is the sum over all records.
    AsContent,
    Other(u128),
}

impl From<StoredFingerprint> for Fingerprint {
    fn from(stored: StoredFingerprint) -> Self {
        let StoredFingerprint { profile, content, distinct, rrsets, records } = stored;
        let distinct = match distinct {
            StoredDistinct::Unknown => None,
            StoredDistinct::AsContent => Some(content),
            StoredDistinct::Other(distinct) => Some(distinct),
        };
        Self { profile, content, distinct, rrsets, records }
    }
}

impl From<Fingerprint> for StoredFingerprint {
    fn from(fingerprint: Fingerprint) -> Self {
        let Fingerprint { profile, content, distinct, rrsets, records } = fingerprint;
        let distinct = match distinct {
            None => StoredDistinct::Unknown,
            Some(distinct) if distinct == content => StoredDistinct::AsContent,
            Some(distinct) => StoredDistinct::Other(distinct),
        };
        Self { profile, content, distinct, rrsets, records }
    }
}

/// What the fingerprints of two copies tell about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resemblance {
    /// They have the same records.
    Same,
    /// They have different records.
    Different,
    /// Nothing: the profiles are different, or the copies may differ in duplicates only.
    Unknown,
}

impl Fingerprint {
    /// Returns the fingerprint of a copy with this many records, and with this SOA if it counts.
    pub fn of(digest: &Digest, zone: &Name, soa: Option<&Soa>, records: u64) -> Self {
        let profile = &digest.profile;
        let id = if soa.is_some() { profile.id() } else { profile.id_without_soa() };
        let soa = soa.map_or(0, |soa| soa_hash(profile, zone, soa));
        Self {
            profile: id,
            content: digest.sums().content.wrapping_add(soa),
            distinct: distinct(digest).map(|sum| sum.wrapping_add(soa)),
            rrsets: digest.rrsets() + 1,
            records,
        }
    }

    /// Compares the copies of two fingerprints; duplicate records are not a difference.
    pub fn compare(&self, other: &Self) -> Resemblance {
        if self.profile != other.profile {
            return Resemblance::Unknown;
        }
        if self.content == other.content {
            return Resemblance::Same;
        }
        match (self.distinct, other.distinct) {
            (Some(own), Some(others)) if own == others => Resemblance::Same,
            (Some(_), Some(_)) => Resemblance::Different,
            // As many RRsets, but not as many records: some may be duplicates.
            _ if self.rrsets == other.rrsets && self.records != other.records => Resemblance::Unknown,
            _ => Resemblance::Different,
        }
    }
}

fn soa_hash(profile: &Profile, zone: &Name, soa: &Soa) -> u128 {
    let soa = Soa { serial: Serial(0), ..soa.clone() };
    let rdata = soa.to_rdata();
    let record = Record::new(zone.as_wire(), Rtype::SOA, 0, &rdata);
    if profile.skips(Rtype::SOA) {
        return 0;
    }
    let mut hasher = RecordHasher::new(&profile.key);
    hasher.set_owner(record.owner);
    hasher.hash(profile, &record).content
}

/// Returns the sum over distinct records; `None` if the copy is not kept whole.
fn distinct(digest: &Digest) -> Option<u128> {
    if digest.kept_buckets() != Buckets::all() {
        return None;
    }
    let mut hasher = RecordHasher::new(&digest.profile.key);
    let hashes = digest.kept.records().map(|kept| {
        hasher.set_owner(kept.owner);
        hasher.hash(&digest.profile, &kept.record()).content
    });
    let mut hashes: Vec<u128> = hashes.collect();
    hashes.sort_unstable();
    hashes.dedup();
    Some(hashes.into_iter().fold(0, u128::wrapping_add))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::digest::HashKey;
    use crate::plan::ContentRules;

    fn profile(key: u8, content: ContentRules) -> Arc<Profile> {
        Arc::new(Profile { key: HashKey([key; 16]), content })
    }

    fn fingerprint_with(profile: &Arc<Profile>, records: &[&str], refresh: u32) -> Fingerprint {
        let zone: Name = "example.com".parse().unwrap();
        let mut digest = Digest::new(Arc::clone(profile), Buckets::none(), UNIX_EPOCH);
        for text in records {
            let (owner, rdata) = (zone.as_wire(), text.as_bytes());
            digest.add(&Record::new(owner, Rtype(16), 300, rdata));
        }
        let soa = Soa {
            mname: zone.clone(),
            rname: zone.clone(),
            serial: Serial(u32::try_from(records.len()).unwrap()),
            refresh,
            retry: 600,
            expire: 86400,
            minimum: 300,
        };
        Fingerprint::of(&digest, &zone, Some(&soa), records.len() as u64 + 1)
    }

    fn fingerprint(records: &[&str]) -> Fingerprint {
        fingerprint_with(&profile(7, ContentRules::default()), records, 3600)
    }

    #[test]
    fn order_duplicates_and_serial_do_not_count() {
        assert_eq!(fingerprint(&["a", "b"]).compare(&fingerprint(&["b", "a", "a"])), Resemblance::Same);
        assert_eq!(fingerprint(&["a", "b"]).compare(&fingerprint(&["a", "c"])), Resemblance::Different);
    }

    #[test]
    fn soa_timers_count() {
        let profile = profile(7, ContentRules::default());
        let other = fingerprint_with(&profile, &["a"], 7200);
        assert_eq!(fingerprint(&["a"]).compare(&other), Resemblance::Different);
    }

    #[test]
    fn fingerprints_of_different_profiles_are_not_compared() {
        let ignoring = ContentRules { ignored: vec![Rtype(1)], ..ContentRules::default() };
        for other in [profile(8, ContentRules::default()), profile(7, ignoring)] {
            let other = fingerprint_with(&other, &["b"], 3600);
            assert_eq!(fingerprint(&["a"]).compare(&other), Resemblance::Unknown);
        }
        let one = ContentRules { ignored: vec![Rtype(1), Rtype(2)], ..ContentRules::default() };
        let same = ContentRules { ignored: vec![Rtype(2), Rtype(1), Rtype(1)], ..ContentRules::default() };
        assert_eq!(profile(7, one).id(), profile(7, same).id());
    }

    #[test]
    fn large_copies_with_as_many_rrsets_but_not_as_many_records_may_differ_in_duplicates_only() {
        let large =
            |content, records| Fingerprint { content, records, distinct: None, ..fingerprint(&["a"]) };
        assert_eq!(large(1, 10).compare(&large(2, 11)), Resemblance::Unknown);
        assert_eq!(large(1, 10).compare(&large(2, 10)), Resemblance::Different);
    }
}
