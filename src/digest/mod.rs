//! A keyed digest of one copy of a zone, independent of the order of its records.
//!
//! In: the records of a copy, one by one, in the order in which the server sends them. Out: a [`Digest`].
//! Digests with equal [`Sums`] are of copies with the same records; of other copies, they tell in which
//! [`Buckets`] these may differ. Whether they do differ is for `compare` to decide, from the records: a
//! duplicate changes the sums, and two RRsets may share a bucket.

mod arena;
mod buckets;
mod delta;
mod expiry;
mod fingerprint;
mod hashing;
mod profile;
mod siphash;

pub use arena::KeptRecord;
pub use buckets::{BUCKETS, Buckets};
pub use delta::DeltaDigest;
pub use expiry::Signature;
pub use fingerprint::{Fingerprint, Resemblance};
pub use profile::{HashKey, Profile};

use std::sync::Arc;
use std::time::SystemTime;

use crate::dns::Rtype;
use crate::dns::wire::Record;
use arena::Arena;
use buckets::BucketSums;
use expiry::EarliestExpiry;
use hashing::{RecordHasher, RecordHashes};

/// The maximum size of a copy that is kept whole and needs no buckets.
const MAX_WHOLE_BYTES: usize = 256 * 1024;

/// The maximum size of the records that are kept of a larger copy.
const MAX_KEPT_BYTES: usize = 8 * 1024 * 1024;

/// Three sums of the hashes of all records: if they are equal, the copies are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Of owner, type and RDATA.
    pub content: u128,
    /// Of the same and the TTL.
    pub ttl: u128,
    /// Of whole signatures, where `content` has only the parts that count.
    pub signatures: u128,
}

/// The digest of one copy, and the records of it that are kept.
#[derive(Debug)]
pub struct Digest {
    profile: Arc<Profile>,
    sums: Sums,
    /// Absent while the whole copy is in `kept`.
    bucket_sums: Option<BucketSums>,
    kept: Arena,
    /// The buckets whose records are kept once the copy is too large to be kept whole.
    wanted: Buckets,
    /// Whether `wanted` has any buckets.
    any_wanted: bool,
    rrsets: RrsetCounter,
    /// Absent where the type RRSIG is left out.
    expiry: Option<EarliestExpiry>,
    hasher: RecordHasher,
    /// Whether any record may be left out.
    may_skip: bool,
}

impl Digest {
    /// Starts the digest of a copy. If it is too large to be kept whole, the records in `wanted` are kept.
    ///
    /// The times of signatures are those nearest to `now` (RFC 4034 section 3.1.5).
    pub fn new(profile: Arc<Profile>, wanted: Buckets, now: SystemTime) -> Self {
        let ignores_signatures = profile.content.ignored.contains(&Rtype::RRSIG);
        Self {
            sums: Sums::default(),
            bucket_sums: None,
            kept: Arena::default(),
            any_wanted: wanted != Buckets::none(),
            wanted,
            rrsets: RrsetCounter::default(),
            expiry: (!ignores_signatures).then(|| EarliestExpiry::new(now)),
            hasher: RecordHasher::new(&profile.key),
            may_skip: profile.may_skip(),
            profile,
        }
    }

    /// Adds one record of the zone.
    pub fn add(&mut self, record: &Record<'_>) {
        if self.hasher.set_owner(record.owner) {
            self.rrsets.start_owner();
        }
        self.rrsets.add(record.rtype);
        if record.rtype == Rtype::RRSIG
            && let Some(expiry) = &mut self.expiry
        {
            expiry.add(record);
        }
        if self.may_skip && self.profile.leaves_out(record) {
            return;
        }
        let hashes = self.hasher.hash(&self.profile, record);
        self.sums.add(&hashes);
        let is_wanted = match &mut self.bucket_sums {
            Some(bucket_sums) => {
                bucket_sums.add(&hashes);
                self.any_wanted && self.wanted.contains(hashes.bucket)
            }
            None => true,
        };
        if is_wanted {
            self.keep(record, hashes.bucket);
        }
    }

    #[inline(never)]
    fn keep(&mut self, record: &Record<'_>, bucket: u16) {
        self.kept.push(record, bucket);
        self.enforce_limits();
    }

    /// Drops records while too many are kept.
    fn enforce_limits(&mut self) {
        if self.bucket_sums.is_none() && self.kept.len() > MAX_WHOLE_BYTES {
            self.bucket_sums = Some(self.sum_kept());
            self.kept.retain(MAX_WHOLE_BYTES, |bucket| self.wanted.contains(bucket));
        }
        while self.bucket_sums.is_some() && self.kept.len() > MAX_KEPT_BYTES && self.wanted.halve() {
            self.kept.retain(MAX_WHOLE_BYTES, |bucket| self.wanted.contains(bucket));
        }
    }

    /// Returns the sums over all records.
    pub fn sums(&self) -> Sums {
        self.sums
    }

    /// Returns the number of RRsets in the copy; it is exact if the records of each owner were consecutive.
    pub fn rrsets(&self) -> u64 {
        self.rrsets.count
    }

    /// Returns the signature that expires first, whether signatures are compared or not; `None` where the type
    /// RRSIG is left out.
    pub fn first_to_expire(&self) -> Option<Signature> {
        self.expiry.as_ref()?.first()
    }

    /// Returns the sum over all content as an opaque text, to be compared for equality.
    pub fn fingerprint(&self) -> String {
        format!("{:032x}", self.sums.content)
    }

    /// Returns the buckets in which two copies may differ.
    pub fn differing(&self, other: &Self) -> Buckets {
        match (&self.bucket_sums, &other.bucket_sums) {
            (Some(own), Some(others)) => own.differing(others),
            (Some(own), None) => own.differing(&other.sum_kept()),
            (None, Some(others)) => self.sum_kept().differing(others),
            // Both are kept whole, and can be compared whole.
            (None, None) => Buckets::all(),
        }
    }

    /// Returns the bucket sums of a copy that is kept whole.
    fn sum_kept(&self) -> BucketSums {
        let mut sums = BucketSums::default();
        let mut hasher = RecordHasher::new(&self.profile.key);
        for kept in self.kept.records() {
            hasher.set_owner(kept.owner);
            sums.add(&hasher.hash(&self.profile, &kept.record()));
        }
        sums
    }

    /// Returns the size of the records that are kept, in bytes.
    pub fn kept_bytes(&self) -> usize {
        self.kept.len()
    }

    /// Returns the buckets of which every record is kept.
    pub fn kept_buckets(&self) -> Buckets {
        match self.bucket_sums {
            Some(_) => self.wanted.clone(),
            None => Buckets::all(),
        }
    }

    /// Returns the kept records of the given buckets.
    pub fn kept<'s>(&'s self, buckets: &'s Buckets) -> impl Iterator<Item = KeptRecord<'s>> {
        self.kept.records().filter(|record| buckets.contains(record.bucket))
    }
}

impl Sums {
    fn add(&mut self, hashes: &RecordHashes) {
        self.content = self.content.wrapping_add(hashes.content);
        self.ttl = self.ttl.wrapping_add(hashes.ttl);
        self.signatures = self.signatures.wrapping_add(hashes.signature);
    }
}

/// Counts RRsets, as long as the records of each owner are consecutive.
#[derive(Debug, Default)]
struct RrsetCounter {
    /// The types below 64 of the current owner, one bit for each: nearly all that zones have.
    low: u64,
    /// Its types from 64 on.
    high: Vec<Rtype>,
    count: u64,
}

impl RrsetCounter {
    /// Starts the records of another owner.
    #[inline]
    fn start_owner(&mut self) {
        self.low = 0;
        self.high.clear();
    }

    #[inline]
    fn add(&mut self, rtype: Rtype) {
        let is_new = match 1_u64.checked_shl(rtype.0.into()) {
            Some(bit) => {
                let before = self.low;
                self.low |= bit;
                self.low != before
            }
            None => self.add_high(rtype),
        };
        self.count += u64::from(is_new);
    }

    /// Adds a type from 64 on; returns whether the owner did not have it yet.
    fn add_high(&mut self, rtype: Rtype) -> bool {
        let is_new = !self.high.contains(&rtype);
        if is_new {
            self.high.push(rtype);
        }
        is_new
    }
}

#[cfg(test)]
mod tests;
