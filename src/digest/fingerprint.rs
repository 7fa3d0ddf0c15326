//! A total of one copy that outlives the copy, to be held against totals of other copies later.

use serde::{Deserialize, Serialize};

use super::hashing::Hashing;
use super::{Buckets, Digest, Profile};
use crate::dns::wire::{CLASS_IN, Record};
use crate::dns::{Name, Rtype, Serial, Soa};

/// What is remembered of a copy: its content, the serial apart, in a few octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The profile that it was made under ([`Profile::id`]).
    pub profile: u64,
    /// The sum over all records, the SOA without its serial among them.
    pub content: u128,
    /// The same over distinct records; of copies that were kept whole.
    pub distinct: Option<u128>,
    /// How many RRsets there are.
    pub rrsets: u64,
    /// How many records there are.
    pub records: u64,
}

/// What two fingerprints say of their copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resemblance {
    /// The same records.
    Same,
    /// Other records.
    Different,
    /// Nothing: they were made under different profiles, or may differ in duplicates alone.
    Unknown,
}

impl Fingerprint {
    /// Takes the fingerprint of a copy of so many records.
    pub fn of(digest: &Digest, zone: &Name, soa: &Soa, records: u64) -> Self {
        let profile = &digest.profile;
        let soa = soa_hash(profile, zone, soa);
        Self {
            profile: profile.id(),
            content: digest.sums().content.wrapping_add(soa),
            distinct: distinct(digest).map(|sum| sum.wrapping_add(soa)),
            rrsets: digest.rrsets() + 1,
            records,
        }
    }

    /// Returns what both say of their copies; duplicates are no difference.
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
            // The RRsets are as many, and the records are not: some may be there twice.
            _ if self.rrsets == other.rrsets && self.records != other.records => Resemblance::Unknown,
            _ => Resemblance::Different,
        }
    }
}

fn soa_hash(profile: &Profile, zone: &Name, soa: &Soa) -> u128 {
    let soa = Soa { serial: Serial(0), ..soa.clone() };
    let rdata = soa.to_rdata();
    let record = Record { owner: zone.as_wire(), rtype: Rtype::SOA, class: CLASS_IN, ttl: 0, rdata: &rdata };
    if profile.skips(Rtype::SOA) {
        return 0;
    }
    let mut hashing = Hashing::new(&profile.key);
    hashing.owner(record.owner);
    hashing.hash(profile, &record).content
}

/// Returns the sum over distinct records; `None` if the copy was not kept whole.
fn distinct(digest: &Digest) -> Option<u128> {
    let all = Buckets::all();
    if digest.kept_buckets() != all {
        return None;
    }
    let mut hashing = Hashing::new(&digest.profile.key);
    let hashed = digest.kept(&all).map(|entry| {
        hashing.owner(entry.owner);
        hashing.hash(&digest.profile, &entry.record()).content
    });
    let mut hashes: Vec<u128> = hashed.collect();
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

    fn print_under(profile: &Arc<Profile>, records: &[&str], refresh: u32) -> Fingerprint {
        let zone: Name = "example.com".parse().unwrap();
        let mut digest = Digest::new(Arc::clone(profile), Buckets::none(), UNIX_EPOCH);
        for text in records {
            let (owner, rdata) = (zone.as_wire(), text.as_bytes());
            digest.add(&Record { owner, rtype: Rtype(16), class: CLASS_IN, ttl: 300, rdata });
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
        Fingerprint::of(&digest, &zone, &soa, records.len() as u64 + 1)
    }

    fn print(records: &[&str]) -> Fingerprint {
        print_under(&profile(7, ContentRules::default()), records, 3600)
    }

    #[test]
    fn order_duplicates_and_the_serial_are_no_difference() {
        assert_eq!(print(&["a", "b"]).compare(&print(&["b", "a", "a"])), Resemblance::Same);
        assert_eq!(print(&["a", "b"]).compare(&print(&["a", "c"])), Resemblance::Different);
    }

    #[test]
    fn soa_timers_are_content() {
        let profile = profile(7, ContentRules::default());
        let other = print_under(&profile, &["a"], 7200);
        assert_eq!(print(&["a"]).compare(&other), Resemblance::Different);
    }

    #[test]
    fn another_profile_is_no_evidence() {
        let ignoring = ContentRules { ignored: vec![Rtype(1)], ..ContentRules::default() };
        for other in [profile(8, ContentRules::default()), profile(7, ignoring)] {
            let other = print_under(&other, &["b"], 3600);
            assert_eq!(print(&["a"]).compare(&other), Resemblance::Unknown);
        }
        let one = ContentRules { ignored: vec![Rtype(1), Rtype(2)], ..ContentRules::default() };
        let same = ContentRules { ignored: vec![Rtype(2), Rtype(1), Rtype(1)], ..ContentRules::default() };
        assert_eq!(profile(7, one).id(), profile(7, same).id());
    }

    #[test]
    fn a_large_copy_with_more_records_in_as_many_rrsets_may_hold_duplicates() {
        let large = |content, records| Fingerprint { content, records, distinct: None, ..print(&["a"]) };
        assert_eq!(large(1, 10).compare(&large(2, 11)), Resemblance::Unknown);
        assert_eq!(large(1, 10).compare(&large(2, 10)), Resemblance::Different);
    }
}
