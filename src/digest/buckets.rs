//! Buckets of RRsets by owner and type, and a sum for each: they tell where two copies differ. A bucket with more
//! records than can be kept is divided into parts, with a sum for each of them.

use std::collections::BTreeMap;

use super::hashing::RecordHashes;

/// The number of buckets.
pub const BUCKETS: usize = 1 << 16;

const WORDS: usize = BUCKETS / 64;

/// The number of additions in a batch. The sum of a bucket is seldom in the cache: in a batch, the processor
/// waits for many of them at once instead of for one after the other.
const BATCH: usize = 128;

/// The sum of each bucket of one copy: half a megabyte, most of which stays in the cache of one core.
///
/// One number stands for content, TTLs and signatures together. 64 bits are enough to *locate* a difference;
/// the sums over the whole copy, which decide whether there is one, have 128.
#[derive(Debug)]
pub(super) struct BucketSums {
    sums: Box<[u64]>,
    /// The next batch: numbers, and the buckets they are to be added to.
    pending: Vec<(u16, u64)>,
}

impl Default for BucketSums {
    fn default() -> Self {
        Self { sums: vec![0; BUCKETS].into_boxed_slice(), pending: Vec::with_capacity(BATCH) }
    }
}

impl BucketSums {
    #[inline]
    pub(super) fn add(&mut self, hashes: &RecordHashes) {
        self.pending.push((hashes.bucket, hashes.combined()));
        if self.pending.len() >= BATCH {
            self.add_pending();
        }
    }

    fn add_pending(&mut self) {
        for (bucket, hash) in self.pending.drain(..) {
            if let Some(sum) = self.sums.get_mut(usize::from(bucket)) {
                *sum = sum.wrapping_add(hash);
            }
        }
    }

    /// Returns the buckets whose sums differ.
    pub(super) fn differing(&self, other: &Self) -> Buckets {
        let mut buckets = Buckets::none();
        for ((bucket, own), others) in (0..=u16::MAX).zip(&self.sums).zip(&other.sums) {
            if own != others {
                buckets.insert(bucket);
            }
        }
        for &(bucket, _) in self.pending.iter().chain(&other.pending) {
            if self.sum(bucket) == other.sum(bucket) {
                buckets.remove(bucket);
            } else {
                buckets.insert(bucket);
            }
        }
        buckets
    }

    /// Returns the sum of a bucket, with its pending additions.
    fn sum(&self, bucket: u16) -> u64 {
        let sum = self.sums.get(usize::from(bucket)).copied().unwrap_or_default();
        let pending = self.pending.iter().filter(|(pending, _)| *pending == bucket);
        pending.fold(sum, |sum, (_, hash)| sum.wrapping_add(*hash))
    }
}

/// A set of buckets, some of them in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// One bit for each bucket.
    words: Box<[u64]>,
    /// Of these buckets, all of which are in the set, only these parts are.
    limited: BTreeMap<u16, Parts>,
}

impl Buckets {
    /// Returns the empty set.
    pub fn none() -> Self {
        Self { words: vec![0; WORDS].into_boxed_slice(), limited: BTreeMap::new() }
    }

    /// Returns the set of all buckets.
    pub fn all() -> Self {
        Self { words: vec![u64::MAX; WORDS].into_boxed_slice(), limited: BTreeMap::new() }
    }

    /// Adds a bucket.
    pub fn insert(&mut self, bucket: u16) {
        set_bit(&mut self.words, bucket);
        self.limited.remove(&bucket);
    }

    /// Removes a bucket.
    fn remove(&mut self, bucket: u16) {
        if let Some(word) = self.words.get_mut(usize::from(bucket / 64)) {
            *word &= !(1 << (bucket % 64));
        }
        self.limited.remove(&bucket);
    }

    /// Removes all but these parts of a bucket.
    pub(super) fn limit(&mut self, bucket: u16, parts: Parts) {
        let parts = self.parts(bucket).common(parts);
        if parts == Parts::NONE {
            self.remove(bucket);
        } else if parts != Parts::ALL {
            self.limited.insert(bucket, parts);
        }
    }

    /// Whether a bucket is in the set, or a part of it.
    #[inline]
    pub fn contains(&self, bucket: u16) -> bool {
        has_bit(&self.words, bucket)
    }

    /// Returns the parts of a bucket that are in the set.
    pub(super) fn parts(&self, bucket: u16) -> Parts {
        match self.limited.get(&bucket) {
            Some(parts) => *parts,
            None if self.contains(bucket) => Parts::ALL,
            None => Parts::NONE,
        }
    }

    /// Returns the buckets that are in the set only in part.
    pub(super) fn limited(&self) -> impl Iterator<Item = u16> {
        self.limited.keys().copied()
    }

    /// Whether a bucket is in the set only in part.
    pub fn is_limited(&self, bucket: u16) -> bool {
        self.limited.contains_key(&bucket)
    }

    /// Returns the number of buckets.
    pub fn count(&self) -> u32 {
        count_bits(&self.words)
    }

    /// Returns the number of parts of all buckets.
    pub fn size(&self) -> usize {
        let in_part: usize = self.limited.values().map(|parts| parts.count() as usize).sum();
        (self.count() as usize - self.limited.len()) * PARTS + in_part
    }

    /// Adds the buckets of another set.
    pub fn unite(&mut self, other: &Self) {
        let limited: Vec<(u16, Parts)> = self
            .limited()
            .chain(other.limited())
            .map(|bucket| (bucket, self.parts(bucket).union(other.parts(bucket))))
            .collect();
        for (own, others) in self.words.iter_mut().zip(&other.words) {
            *own |= others;
        }
        self.limited = limited.into_iter().filter(|(_, parts)| *parts != Parts::ALL).collect();
    }

    /// Returns the buckets that are in both sets.
    pub fn common(&self, other: &Self) -> Self {
        let words = self.words.iter().zip(&other.words).map(|(own, others)| own & others).collect();
        let mut common = Self { words, limited: BTreeMap::new() };
        for bucket in self.limited().chain(other.limited()) {
            common.limit(bucket, self.parts(bucket).common(other.parts(bucket)));
        }
        common
    }

    /// Whether every bucket of this set is in the other one.
    pub fn is_within(&self, other: &Self) -> bool {
        let parts_are_within = |bucket| self.parts(bucket).common(other.parts(bucket)) == self.parts(bucket);
        self.words.iter().zip(&other.words).all(|(own, others)| own & !others == 0)
            && self.limited().chain(other.limited()).all(parts_are_within)
    }

    /// Removes the upper half of the buckets; false if the set was empty.
    ///
    /// Which buckets stay depends on the set alone, so two copies that are over their limit keep buckets in
    /// common.
    pub fn halve(&mut self) -> bool {
        let count = self.count();
        remove_highest(&mut self.words, count - count / 2);
        let Self { words, limited } = self;
        limited.retain(|bucket, _| has_bit(words, *bucket));
        count > 0
    }
}

/// The number of parts of a bucket.
pub(super) const PARTS: usize = 1 << 8;

/// A set of parts of one bucket, among which the records of each RRset are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts([u64; PARTS / 64]);

impl Parts {
    pub(super) const NONE: Self = Self([0; PARTS / 64]);
    pub(super) const ALL: Self = Self([u64::MAX; PARTS / 64]);

    /// Returns the parts whose sums differ.
    pub(super) fn differing(own: &[u64; PARTS], others: &[u64; PARTS]) -> Self {
        let mut parts = Self::NONE;
        for ((part, own), others) in (0..=u8::MAX).zip(own).zip(others) {
            if own != others {
                set_bit(&mut parts.0, part.into());
            }
        }
        parts
    }

    pub(super) fn contains(self, part: u8) -> bool {
        has_bit(&self.0, part.into())
    }

    fn count(self) -> u32 {
        count_bits(&self.0)
    }

    fn common(self, other: Self) -> Self {
        let mut parts = self;
        parts.0.iter_mut().zip(other.0).for_each(|(own, others)| *own &= others);
        parts
    }

    fn union(self, other: Self) -> Self {
        let mut parts = self;
        parts.0.iter_mut().zip(other.0).for_each(|(own, others)| *own |= others);
        parts
    }

    /// Returns the lower half of the parts; `None` if there is only one.
    pub(super) fn halved(mut self) -> Option<Self> {
        let count = self.count();
        remove_highest(&mut self.0, count - count / 2);
        (count > 1).then_some(self)
    }
}

#[inline]
fn has_bit(words: &[u64], bit: u16) -> bool {
    words.get(usize::from(bit / 64)).is_some_and(|word| word & 1 << (bit % 64) != 0)
}

#[inline]
fn set_bit(words: &mut [u64], bit: u16) {
    if let Some(word) = words.get_mut(usize::from(bit / 64)) {
        *word |= 1 << (bit % 64);
    }
}

#[inline]
fn count_bits(words: &[u64]) -> u32 {
    words.iter().map(|word| word.count_ones()).sum()
}

/// Clears so many of the highest bits.
fn remove_highest(words: &mut [u64], mut count: u32) {
    for word in words.iter_mut().rev() {
        while count > 0 && *word != 0 {
            *word &= !(1 << word.ilog2());
            count -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_count_whether_they_are_pending_or_not() {
        let hashes = |number: u32| RecordHashes {
            bucket: u16::try_from(number % 300).unwrap(),
            content: number.into(),
            ttl: u128::from(number) << 64 | 7,
            signature: u128::from(number % 3),
        };
        let sums = |numbers: &mut dyn Iterator<Item = u32>| {
            let mut sums = BucketSums::default();
            numbers.for_each(|number| sums.add(&hashes(number)));
            sums
        };
        for count in [0, 1, 127, 128, 129, 1000] {
            let (one, other) = (sums(&mut (0..count)), sums(&mut (0..count).rev()));
            assert_eq!(one.differing(&other), Buckets::none(), "{count}");
            let more = sums(&mut (0..=count));
            let mut expected = Buckets::none();
            if count > 0 {
                expected.insert(hashes(count).bucket);
            }
            assert_eq!(one.differing(&more), expected, "{count}");
            assert_eq!(more.differing(&one), expected, "{count}");
        }
    }

    #[test]
    fn halving_keeps_the_lower_half() {
        let mut buckets = Buckets::none();
        for bucket in [3, 70, 700, 65535] {
            buckets.insert(bucket);
        }
        assert!(buckets.halve());
        let kept: Vec<u16> = (0..=u16::MAX).filter(|&bucket| buckets.contains(bucket)).collect();
        assert_eq!(kept, [3, 70]);
        assert!(buckets.halve());
        assert!(buckets.halve());
        assert!(!buckets.halve());
    }

    /// The parts with these numbers.
    fn parts(numbers: &[u8]) -> Parts {
        let mut sums = [0; PARTS];
        for &part in numbers {
            sums[usize::from(part)] = 1;
        }
        Parts::differing(&sums, &[0; PARTS])
    }

    #[test]
    fn buckets_in_part_are_united_and_compared_part_by_part() {
        let with = |bucket: u16, numbers: &[u8]| {
            let mut buckets = Buckets::none();
            buckets.insert(7);
            buckets.insert(bucket);
            buckets.limit(bucket, parts(numbers));
            buckets
        };
        let (one, other) = (with(9, &[1, 2]), with(9, &[2, 200]));
        assert_eq!(one.common(&other), with(9, &[2]));
        let disjoint = one.common(&with(9, &[3]));
        assert!(disjoint.contains(7) && !disjoint.contains(9) && !disjoint.is_limited(9));
        assert_eq!(
            (one.size(), with(9, &[2, 3, 200]).size(), Buckets::all().size()),
            (258, 259, BUCKETS * 256)
        );
        let mut united = one.clone();
        united.unite(&other);
        assert_eq!(united, with(9, &[1, 2, 200]));
        assert!(one.is_within(&united) && !united.is_within(&one) && one.is_within(&Buckets::all()));
        assert!(!Buckets::all().is_within(&one));
        united.insert(9);
        assert!(!united.is_limited(9) && united.contains(9));
        let mut halved = with(9, &[1, 2]);
        assert!(halved.halve() && !halved.contains(9) && !halved.is_limited(9));
    }

    #[test]
    fn halving_parts_keeps_the_lower_half_and_at_least_one() {
        assert_eq!(parts(&[3, 70, 255]).halved(), Some(parts(&[3])));
        assert_eq!(parts(&[70]).halved(), None);
    }
}
