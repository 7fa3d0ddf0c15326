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
mod keys;
mod mixed_ttls;
mod profile;
mod rrsets;
mod split;

pub use arena::{KeptRecord, RecordPosition};
pub use buckets::{BUCKETS, Buckets};
pub use delta::DeltaDigest;
pub use expiry::Signature;
pub use fingerprint::{Fingerprint, Resemblance};
pub use keys::{KeyId, KeySet};
pub use mixed_ttls::MixedTtls;
pub use profile::{HashKey, Profile, signature_meaning};

use std::sync::Arc;
use std::time::SystemTime;

use crate::dns::Rtype;
use crate::dns::wire::Record;
use arena::Arena;
use buckets::{BucketSums, PARTS, Parts};
use expiry::EarliestExpiry;
use hashing::{RecordHasher, RecordHashes};
use rrsets::RrsetTracker;
use split::SplitBucket;

/// The maximum size of a copy that is kept whole and needs no buckets.
const MAX_WHOLE_BYTES: usize = 256 * 1024;

/// The maximum size of the records that are kept of a larger copy.
const MAX_KEPT_BYTES: usize = 8 * 1024 * 1024;

/// Where too many records are kept, a bucket with more bytes than this is kept in part, so that one huge RRset
/// costs no other one its place.
const MAX_BUCKET_BYTES: usize = MAX_KEPT_BYTES / 16;

/// The maximum number of buckets that are kept in part.
const MAX_SPLIT_BUCKETS: usize = 64;

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

impl Sums {
    /// Returns one sum instead of three: that of two changes is the sum of theirs.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the lower half of a sum is the sum of the lower halves"
    )]
    pub fn folded(self) -> u64 {
        let Self { content, ttl, signatures } = self;
        let [content, ttl, signatures] = [content, ttl, signatures].map(|sum| sum as u64);
        content.wrapping_add(ttl.wrapping_mul(3)).wrapping_add(signatures.wrapping_mul(5))
    }
}

/// The digest of one copy, and the records of it that are kept.
#[derive(Debug)]
pub struct Digest {
    profile: Arc<Profile>,
    sums: Sums,
    /// Of the records that are signed in another form than they are compared in.
    spelling: u128,
    /// Absent while the whole copy is in `kept`.
    bucket_sums: Option<BucketSums>,
    kept: Arena,
    /// The buckets whose records are kept once the copy is too large to be kept whole.
    wanted: Buckets,
    /// The number of buckets in `wanted` at the start.
    initially_wanted: u32,
    /// Whether `wanted` has become less since the start.
    is_reduced: bool,
    /// The buckets that are wanted in part.
    split: Vec<SplitBucket>,
    rrsets: RrsetTracker,
    /// Absent where the type RRSIG is left out.
    expiry: Option<EarliestExpiry>,
    keys: KeySet,
    hasher: RecordHasher,
    /// Whether any record may be left out.
    may_skip: bool,
    is_signed: bool,
}

impl Digest {
    /// Starts the digest of a copy. If it is too large to be kept whole, the records in `wanted` are kept.
    ///
    /// The times of signatures are those nearest to `now` (RFC 4034 section 3.1.5).
    pub fn new(profile: Arc<Profile>, wanted: Buckets, now: SystemTime) -> Self {
        let ignores_signatures = profile.content.ignored.contains(&Rtype::RRSIG);
        Self {
            sums: Sums::default(),
            spelling: 0,
            bucket_sums: None,
            kept: Arena::default(),
            initially_wanted: wanted.count(),
            is_reduced: false,
            split: wanted.limited().map(SplitBucket::new).collect(),
            wanted,
            rrsets: RrsetTracker::default(),
            expiry: (!ignores_signatures).then(|| EarliestExpiry::new(now)),
            keys: KeySet::default(),
            hasher: RecordHasher::new(&profile.key),
            may_skip: profile.may_skip(),
            is_signed: false,
            profile,
        }
    }

    /// Adds one record of the zone.
    pub fn add(&mut self, record: &Record<'_>) {
        if self.hasher.set_owner(record.owner) {
            self.rrsets.start_owner(record.ttl);
        }
        self.rrsets.add(record, &self.profile);
        match record.rtype {
            Rtype::RRSIG => {
                self.is_signed = true;
                self.keys.add_signature(record);
                if let Some(expiry) = &mut self.expiry {
                    expiry.add(record);
                }
            }
            Rtype::DNSKEY => self.keys.add_dnskey(record),
            _ => {}
        }
        if self.may_skip && self.profile.leaves_out(record) {
            return;
        }
        let hashes = self.hasher.hash(&self.profile, record);
        self.sums.add(&hashes);
        if !std::ptr::eq(record.signed, record.rdata) && record.signed != record.rdata {
            self.spelling = self.spelling.wrapping_add(self.hasher.signed(record));
        }
        let is_wanted = match &mut self.bucket_sums {
            Some(bucket_sums) => {
                bucket_sums.add(&hashes);
                self.initially_wanted > 0 && self.wanted.contains(hashes.bucket)
            }
            None => true,
        };
        if is_wanted {
            self.keep(record, &hashes);
        }
    }

    #[inline(never)]
    fn keep(&mut self, record: &Record<'_>, hashes: &RecordHashes) {
        if let Some(split) = self.split.iter_mut().find(|split| split.bucket == hashes.bucket) {
            split.add(record, hashes);
            let is_whole = self.bucket_sums.is_none();
            if !is_whole && !self.wanted.parts(hashes.bucket).contains(hashes.part()) {
                return;
            }
        }
        self.kept.push(record, hashes.bucket);
        self.enforce_limits();
    }

    /// Drops records while too many are kept.
    fn enforce_limits(&mut self) {
        if self.bucket_sums.is_none() && self.kept.len() > MAX_WHOLE_BYTES {
            self.bucket_sums = Some(self.sum_kept());
            self.drop_unwanted();
        }
        while self.bucket_sums.is_some() && self.kept.len() > MAX_KEPT_BYTES && self.reduce() {
            self.is_reduced = true;
            self.drop_unwanted();
        }
    }

    /// Wants fewer records: fewer of the largest bucket if it is too large, else fewer buckets. Returns false if
    /// none were wanted.
    fn reduce(&mut self) -> bool {
        let (bucket, bytes) = self.largest_bucket();
        let parts = match self.wanted.parts(bucket).halved() {
            Some(parts) if bytes > MAX_BUCKET_BYTES => parts,
            _ => return self.wanted.halve(),
        };
        if !self.wanted.is_limited(bucket) {
            if self.split.len() >= MAX_SPLIT_BUCKETS {
                return self.wanted.halve();
            }
            let split = self.split_kept(bucket);
            self.split.push(split);
        }
        self.wanted.limit(bucket, parts);
        true
    }

    /// Returns the bucket with the most bytes of kept records, and their number.
    fn largest_bucket(&self) -> (u16, usize) {
        let mut sizes = vec![0; BUCKETS];
        for record in self.kept.records() {
            if let Some(size) = sizes.get_mut(usize::from(record.bucket)) {
                *size += record.len();
            }
        }
        (0..=u16::MAX).zip(sizes).max_by_key(|(_, size)| *size).unwrap_or_default()
    }

    /// Divides a bucket of which every record is kept into parts.
    fn split_kept(&self, bucket: u16) -> SplitBucket {
        let mut split = SplitBucket::new(bucket);
        let mut hasher = RecordHasher::new(&self.profile.key);
        for kept in self.kept.records().filter(|kept| kept.bucket == bucket) {
            hasher.set_owner(kept.owner);
            split.add(&kept.record(), &hasher.hash(&self.profile, &kept.record()));
        }
        split
    }

    fn drop_unwanted(&mut self) {
        let Self { kept, wanted, profile, split, .. } = self;
        split.retain(|split| wanted.contains(split.bucket));
        let mut selection = Selection::new(wanted, profile);
        kept.retain(|record| selection.contains(record));
    }

    /// Returns a sum over the names in RDATA whose letter case is signed: of copies with equal sums, the same signatures
    /// are valid only if this is equal too.
    pub fn spelling(&self) -> u128 {
        self.spelling
    }

    /// Returns the sums over all records.
    pub fn sums(&self) -> Sums {
        self.sums
    }

    /// Returns the number of RRsets in the copy; it is exact if the records of each owner were consecutive.
    pub fn rrsets(&self) -> u64 {
        self.rrsets.count()
    }

    /// Returns the RRsets whose records have different TTLs: all of them in a copy that is kept whole, else those
    /// whose records were consecutive or are kept. Records that are left out do not count.
    pub fn mixed_ttls(&self) -> Option<MixedTtls> {
        let is_whole = self.bucket_sums.is_none();
        let found = self.rrsets.mixed_ttls().filter(|_| !is_whole);
        found.or_else(|| self.mixed_ttls_among_kept())
    }

    fn mixed_ttls_among_kept(&self) -> Option<MixedTtls> {
        let mut ttls = self.kept.records().map(|kept| kept.ttl);
        let first = ttls.next()?;
        if ttls.all(|ttl| ttl == first) {
            return None;
        }
        let mut records: Vec<KeptRecord<'_>> = self.kept.records().collect();
        records.sort_by(|a, b| a.owner.cmp(b.owner));
        let mut rrsets = RrsetTracker::default();
        for records in records.chunk_by(|a, b| a.owner == b.owner) {
            let [first, ..] = records else { continue };
            rrsets.start_owner(first.ttl);
            for kept in records {
                rrsets.add(&kept.record(), &self.profile);
            }
        }
        rrsets.mixed_ttls()
    }

    /// Returns the signature that expires first, whether signatures are compared or not; `None` where the type
    /// RRSIG is left out.
    pub fn first_to_expire(&self) -> Option<Signature> {
        self.expiry.as_ref()?.first()
    }

    /// Returns the keys that the copy publishes and those that sign its data, compared or not.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// Whether the copy has any signature, compared or not.
    pub fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// Returns the sum over all content as an opaque text, to be compared for equality.
    pub fn fingerprint(&self) -> String {
        format!("{:032x}", self.sums.content)
    }

    /// Returns the buckets in which two copies may differ.
    pub fn differing(&self, other: &Self) -> Buckets {
        let mut differing = match (&self.bucket_sums, &other.bucket_sums) {
            (Some(own), Some(others)) => own.differing(others),
            (Some(own), None) => own.differing(&other.sum_kept()),
            (None, Some(others)) => self.sum_kept().differing(others),
            // Both are kept whole, and can be compared whole.
            (None, None) => return Buckets::all(),
        };
        for SplitBucket { bucket, .. } in self.split.iter().chain(&other.split) {
            if let (Some(own), Some(others)) = (self.part_sums(*bucket), other.part_sums(*bucket)) {
                differing.limit(*bucket, Parts::differing(&own, &others));
            }
        }
        differing
    }

    /// Returns the sum of each part of a bucket, if every record of it was seen since the bucket was wanted.
    fn part_sums(&self, bucket: u16) -> Option<Box<[u64; PARTS]>> {
        if let Some(split) = self.split.iter().find(|split| split.bucket == bucket) {
            return Some(split.sums.clone());
        }
        let is_kept = self.bucket_sums.is_none() || self.wanted.contains(bucket);
        is_kept.then(|| self.split_kept(bucket).sums)
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

    /// Whether so many records were wanted of this copy that it had to do with fewer.
    pub fn is_reduced(&self) -> bool {
        self.is_reduced
    }

    /// Returns the number of buckets of which records were wanted.
    pub fn initially_wanted(&self) -> u32 {
        self.initially_wanted
    }

    /// Returns the buckets of which every record is kept.
    pub fn kept_buckets(&self) -> Buckets {
        match self.bucket_sums {
            Some(_) => self.wanted.clone(),
            None => Buckets::all(),
        }
    }

    /// Returns the positions of the kept records of the given buckets.
    pub fn kept<'s>(&'s self, buckets: &'s Buckets) -> impl Iterator<Item = RecordPosition> + use<'s> {
        let mut selection = Selection::new(buckets, &self.profile);
        let selected = self.kept.positioned().filter(move |(_, record)| selection.contains(record));
        selected.map(|(position, _)| position)
    }

    /// Returns the record at a position of this digest.
    pub fn record_at(&self, position: RecordPosition) -> Option<KeptRecord<'_>> {
        self.kept.get(position)
    }

    /// Returns the number of records of an RRset whose bucket is kept at least in part, duplicates included. The
    /// kind is that of its records ([`Record::kind`]).
    pub fn rrset_records(&self, bucket: u16, owner: &[u8], kind: (Rtype, u16)) -> u64 {
        if let Some(split) = self.split.iter().find(|split| split.bucket == bucket) {
            return split.records(owner, kind);
        }
        self.kept_of_rrset(bucket, owner, kind).count() as u64
    }

    /// Returns the positions of the kept records of one RRset.
    pub fn kept_of_rrset<'s>(
        &'s self,
        bucket: u16,
        owner: &'s [u8],
        kind: (Rtype, u16),
    ) -> impl Iterator<Item = RecordPosition> + use<'s> {
        let of_rrset = move |kept: &KeptRecord<'_>| {
            kept.bucket == bucket && kept.owner == owner && kept.record().kind() == kind
        };
        let of_rrset = self.kept.positioned().filter(move |(_, kept)| of_rrset(kept));
        of_rrset.map(|(position, _)| position)
    }
}

/// Selects kept records by bucket, and where only some parts of a bucket count, by part.
struct Selection<'a> {
    buckets: &'a Buckets,
    profile: &'a Profile,
    hasher: RecordHasher,
}

impl<'a> Selection<'a> {
    fn new(buckets: &'a Buckets, profile: &'a Profile) -> Self {
        Self { buckets, profile, hasher: RecordHasher::new(&profile.key) }
    }

    fn contains(&mut self, kept: &KeptRecord<'_>) -> bool {
        if !self.buckets.contains(kept.bucket) {
            return false;
        }
        if !self.buckets.is_limited(kept.bucket) {
            return true;
        }
        self.hasher.set_owner(kept.owner);
        let hashes = self.hasher.hash(self.profile, &kept.record());
        self.buckets.parts(kept.bucket).contains(hashes.part())
    }
}

impl Sums {
    fn add(&mut self, hashes: &RecordHashes) {
        self.content = self.content.wrapping_add(hashes.content);
        self.ttl = self.ttl.wrapping_add(hashes.ttl);
        self.signatures = self.signatures.wrapping_add(hashes.signature);
    }

    fn subtract(&mut self, hashes: &RecordHashes) {
        self.content = self.content.wrapping_sub(hashes.content);
        self.ttl = self.ttl.wrapping_sub(hashes.ttl);
        self.signatures = self.signatures.wrapping_sub(hashes.signature);
    }
}

#[cfg(test)]
mod tests;
