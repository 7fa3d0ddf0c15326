//! A digest of what changes from one version of the zone to another.

use std::collections::HashMap;
use std::sync::Arc;

use super::hashing::{RecordHasher, RecordHashes};
use super::{Profile, Sums};
use crate::dns::wire::Record;
use crate::dns::{Rtype, Serial};

/// The digest of a delta: what it adds to the sums of a copy, less what it deletes from them, up to each version on
/// the way.
///
/// The sums wrap around, so a record that is deleted is subtracted, and those of a record that is added and deleted
/// again are zero. The SOA is no part of them.
#[derive(Debug)]
pub struct DeltaDigest {
    profile: Arc<Profile>,
    hasher: RecordHasher,
    sums: Sums,
    /// The versions on the way, in order, each with the sums up to it.
    versions: Vec<(Serial, Sums)>,
}

impl DeltaDigest {
    /// Starts the digest of a delta between copies whose digests have the same profile.
    pub fn new(profile: Arc<Profile>) -> Self {
        let hasher = RecordHasher::new(&profile.key);
        Self { hasher, profile, sums: Sums::default(), versions: Vec::new() }
    }

    /// Takes in a record that the newer version has, and the older one has not.
    pub fn add(&mut self, record: &Record<'_>) {
        if let Some(hashes) = self.hashes(record) {
            self.sums.add(&hashes);
        }
    }

    /// Takes in a record that the older version has, and the newer one has not.
    pub fn delete(&mut self, record: &Record<'_>) {
        if let Some(hashes) = self.hashes(record) {
            self.sums.subtract(&hashes);
        }
    }

    /// Ends the changes that lead to a version.
    pub fn reach(&mut self, serial: Serial) {
        self.versions.push((serial, self.sums));
    }

    fn hashes(&mut self, record: &Record<'_>) -> Option<RecordHashes> {
        if record.rtype == Rtype::SOA || self.profile.leaves_out(record) {
            return None;
        }
        self.hasher.set_owner(record.owner);
        Some(self.hasher.hash(&self.profile, record))
    }

    /// Whether the delta turns the one content into the other. TTLs and the SOA are no part of it.
    pub fn turns(&self, from: Sums, to: Sums) -> bool {
        from.content.wrapping_add(self.sums.content) == to.content
    }

    /// Returns the newest version that both deltas lead to, and what has changed up to it, if that is the same in both.
    /// They begin at the same version, and their digests have the same profile.
    pub fn agreement(&self, other: &Self) -> Option<(Serial, Option<Sums>)> {
        let others: HashMap<Serial, Sums> = other.versions.iter().copied().collect();
        self.versions.iter().rev().find_map(|(serial, sums)| {
            let of_other = others.get(serial)?;
            Some((*serial, Some(*sums).filter(|sums| sums == of_other)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::HashKey;
    use crate::dns::Name;
    use crate::plan::ContentRules;

    /// Address records, each by the last byte of the address and its TTL.
    type Hosts<'t> = &'t [(u8, u32)];

    /// A delta of steps, each with its serial and the records that it deletes and adds.
    fn delta(steps: &[(u32, Hosts<'_>, Hosts<'_>)]) -> DeltaDigest {
        let owner: Name = "www.example.com".parse().unwrap();
        let profile = Arc::new(Profile { key: HashKey([7; 16]), content: ContentRules::default() });
        let mut delta = DeltaDigest::new(profile);
        for (serial, deleted, added) in steps {
            for &(host, ttl) in *deleted {
                delta.delete(&Record::new(owner.as_wire(), Rtype(1), ttl, &[192, 0, 2, host]));
            }
            for &(host, ttl) in *added {
                delta.add(&Record::new(owner.as_wire(), Rtype(1), ttl, &[192, 0, 2, host]));
            }
            delta.reach(Serial(*serial));
        }
        delta
    }

    #[test]
    fn deltas_agree_at_the_newest_version_that_both_lead_to() {
        let steps = delta(&[(2, &[(1, 60)], &[(2, 60)]), (3, &[(2, 60)], &[(3, 60)])]);
        let condensed = delta(&[(3, &[(1, 60)], &[(3, 60)])]);
        let older = delta(&[(2, &[(1, 60)], &[(2, 60)])]);
        let other = delta(&[(2, &[], &[(2, 60)]), (3, &[(2, 60)], &[(4, 60)])]);
        let other_ttl = delta(&[(3, &[(1, 60)], &[(3, 90)])]);
        let newer = delta(&[(4, &[], &[])]);
        for (with, agreement) in [
            (&steps, Some((Serial(3), true))),
            (&condensed, Some((Serial(3), true))),
            (&older, Some((Serial(2), true))),
            (&other, Some((Serial(3), false))),
            (&other_ttl, Some((Serial(3), false))),
            (&newer, None),
        ] {
            let agrees = |(serial, sums): (Serial, Option<Sums>)| (serial, sums.is_some());
            assert_eq!(steps.agreement(with).map(agrees), agreement, "{with:?}");
            assert_eq!(with.agreement(&steps).map(agrees), agreement, "{with:?}");
        }
    }

    #[test]
    fn a_record_that_comes_and_goes_changes_nothing() {
        let there_and_back = delta(&[(2, &[], &[(2, 60)]), (3, &[(2, 60)], &[])]);
        let there = delta(&[(2, &[], &[(2, 60)])]);
        assert_eq!(there_and_back.agreement(&there_and_back), Some((Serial(3), Some(Sums::default()))));
        assert_ne!(there.agreement(&there), Some((Serial(2), Some(Sums::default()))));
    }
}
