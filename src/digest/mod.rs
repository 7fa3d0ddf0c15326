//! An order-free, keyed digest of one copy of a zone.
//!
//! In: the records of a copy, one by one, in whatever order its server sends them. Out: a
//! [`Digest`] that equals another one exactly when the copies hold the same records, and that says in
//! which [`Buckets`] they differ. It never decides that copies differ: duplicates and collisions of
//! buckets are settled by `compare`, from the records themselves.

mod arena;
mod buckets;
mod expiry;
mod fingerprint;
mod hashing;
mod profile;
mod siphash;

pub use arena::{Arena, Entry};
pub use buckets::{BUCKETS, Buckets};
pub use expiry::Signature;
pub use fingerprint::{Fingerprint, Resemblance};
pub use profile::{HashKey, Profile};

use std::sync::Arc;
use std::time::SystemTime;

use crate::dns::Rtype;
use crate::dns::wire::Record;
use buckets::Table;
use expiry::Expiry;
use hashing::{Hashed, Hashing};

/// A copy of no more octets than this is kept whole and needs no buckets.
const WHOLE_LIMIT: usize = 256 * 1024;

/// The most octets of records kept from the differing buckets of one copy.
const KEPT_LIMIT: usize = 8 * 1024 * 1024;

/// What three sums over all records say: equal sums, equal copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Owners, types and data.
    pub content: u128,
    /// The same with TTLs.
    pub ttl: u128,
    /// The octets of signatures, where the content takes only what they mean.
    pub signatures: u128,
}

/// The digest of one copy, and the records that were kept of it.
#[derive(Debug)]
pub struct Digest {
    profile: Arc<Profile>,
    sums: Sums,
    /// Absent while the whole copy is in `kept`.
    table: Option<Table>,
    kept: Arena,
    /// The buckets whose records are kept once the copy is too large to be kept whole.
    wanted: Buckets,
    /// Whether there are any.
    wants: bool,
    rrsets: RrsetCount,
    /// Absent where signatures are left out by their type.
    expiry: Option<Expiry>,
    hashing: Hashing,
    /// Whether any record may be left out.
    selects: bool,
}

impl Digest {
    /// Starts the digest of a copy; of a large one, the records in `wanted` are kept.
    ///
    /// The times of its signatures are taken as those nearest to `now` (RFC 4034 section 3.1.5).
    pub fn new(profile: Arc<Profile>, wanted: Buckets, now: SystemTime) -> Self {
        let ignores_signatures = profile.content.ignored.contains(&Rtype::RRSIG);
        Self {
            sums: Sums::default(),
            table: None,
            kept: Arena::default(),
            wants: wanted != Buckets::none(),
            wanted,
            rrsets: RrsetCount::default(),
            expiry: (!ignores_signatures).then(|| Expiry::new(now)),
            hashing: Hashing::new(&profile.key),
            selects: profile.selects(),
            profile,
        }
    }

    /// Adds one record of the zone.
    pub fn add(&mut self, record: &Record<'_>) {
        if self.hashing.owner(record.owner) {
            self.rrsets.owner();
        }
        self.rrsets.add(record.rtype);
        if record.rtype == Rtype::RRSIG
            && let Some(expiry) = &mut self.expiry
        {
            expiry.add(record);
        }
        if self.selects && (self.profile.skips(record.rtype) || self.profile.permits(record)) {
            return;
        }
        let hashed = self.hashing.hash(&self.profile, record);
        self.sums.add(&hashed);
        let is_wanted = match &mut self.table {
            Some(table) => {
                table.add(&hashed);
                self.wants && self.wanted.contains(hashed.bucket)
            }
            None => true,
        };
        if is_wanted {
            self.keep(record, hashed.bucket);
        }
    }

    #[inline(never)]
    fn keep(&mut self, record: &Record<'_>, bucket: u16) {
        self.kept.push(record, bucket);
        self.make_room();
    }

    /// Keeps what is kept within its limits.
    fn make_room(&mut self) {
        if self.table.is_none() && self.kept.octets() > WHOLE_LIMIT {
            self.table = Some(self.tabulate());
            self.kept.retain(|bucket| self.wanted.contains(bucket));
        }
        while self.table.is_some() && self.kept.octets() > KEPT_LIMIT && self.wanted.halve() {
            self.kept.retain(|bucket| self.wanted.contains(bucket));
        }
    }

    /// Returns the sums over all records.
    pub fn sums(&self) -> Sums {
        self.sums
    }

    /// Returns how many RRsets the copy holds: exactly, if the records of each owner came together.
    pub fn rrsets(&self) -> u64 {
        self.rrsets.count
    }

    /// Returns the signature that runs out first, whether signatures are compared or not; none where their
    /// type is left out.
    pub fn first_to_expire(&self) -> Option<Signature> {
        self.expiry.as_ref()?.first()
    }

    /// Returns the sum over all content, as an opaque text for equality.
    pub fn fingerprint(&self) -> String {
        format!("{:032x}", self.sums.content)
    }

    /// Returns the buckets in which two copies differ.
    pub fn differing(&self, other: &Self) -> Buckets {
        match (&self.table, &other.table) {
            (Some(own), Some(others)) => own.differing(others),
            (Some(own), None) => own.differing(&other.tabulate()),
            (None, Some(others)) => self.tabulate().differing(others),
            // Both are kept whole, and need no pointing to.
            (None, None) => Buckets::all(),
        }
    }

    fn tabulate(&self) -> Table {
        let mut table = Table::default();
        let mut hashing = Hashing::new(&self.profile.key);
        for entry in self.kept.entries() {
            hashing.owner(entry.owner);
            table.add(&hashing.hash(&self.profile, &entry.record()));
        }
        table
    }

    /// Returns the octets of the records that were kept.
    pub fn octets(&self) -> usize {
        self.kept.octets()
    }

    /// Returns the buckets whose every record was kept.
    pub fn kept_buckets(&self) -> Buckets {
        match self.table {
            Some(_) => self.wanted.clone(),
            None => Buckets::all(),
        }
    }

    /// Returns the records that were kept, of the given buckets.
    pub fn kept<'s>(&'s self, buckets: &'s Buckets) -> impl Iterator<Item = Entry<'s>> {
        self.kept.entries().filter(|entry| buckets.contains(entry.bucket))
    }
}

impl Sums {
    fn add(&mut self, hashed: &Hashed) {
        self.content = self.content.wrapping_add(hashed.content);
        self.ttl = self.ttl.wrapping_add(hashed.ttl);
        self.signatures = self.signatures.wrapping_add(hashed.signature);
    }
}

/// Counts RRsets while the records of one owner come together.
#[derive(Debug, Default)]
struct RrsetCount {
    /// The types below 64 that the owner has, each a bit: nearly all that zones hold.
    low: u64,
    /// Its other types.
    high: Vec<Rtype>,
    count: u64,
}

impl RrsetCount {
    /// Takes in that the records that come next are of another owner.
    #[inline]
    fn owner(&mut self) {
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
            None => self.is_new(rtype),
        };
        self.count += u64::from(is_new);
    }

    /// Takes in a type above the bits.
    fn is_new(&mut self, rtype: Rtype) -> bool {
        let is_new = !self.high.contains(&rtype);
        if is_new {
            self.high.push(rtype);
        }
        is_new
    }
}

#[cfg(test)]
mod tests;
