//! Buckets of RRsets by owner and type, and a sum for each: they tell where two copies differ.

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

/// A set of buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets(Box<[u64]>);

impl Buckets {
    /// Returns the empty set.
    pub fn none() -> Self {
        Self(vec![0; WORDS].into_boxed_slice())
    }

    /// Returns the set of all buckets.
    pub fn all() -> Self {
        Self(vec![u64::MAX; WORDS].into_boxed_slice())
    }

    /// Adds a bucket.
    pub fn insert(&mut self, bucket: u16) {
        if let Some(word) = self.0.get_mut(usize::from(bucket / 64)) {
            *word |= 1 << (bucket % 64);
        }
    }

    /// Removes a bucket.
    fn remove(&mut self, bucket: u16) {
        if let Some(word) = self.0.get_mut(usize::from(bucket / 64)) {
            *word &= !(1 << (bucket % 64));
        }
    }

    /// Whether a bucket is in the set.
    pub fn contains(&self, bucket: u16) -> bool {
        self.0.get(usize::from(bucket / 64)).is_some_and(|word| word & 1 << (bucket % 64) != 0)
    }

    /// Adds the buckets of another set.
    pub fn unite(&mut self, other: &Self) {
        for (own, others) in self.0.iter_mut().zip(&other.0) {
            *own |= others;
        }
    }

    /// Returns the buckets that are in both sets.
    pub fn common(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(own, others)| own & others).collect())
    }

    /// Whether every bucket of this set is in the other one.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, others)| own & !others == 0)
    }

    /// Removes the upper half of the buckets; false if the set was empty.
    ///
    /// Which buckets stay depends on the set alone, so two copies that are over their limit keep buckets in
    /// common.
    pub fn halve(&mut self) -> bool {
        let count: u32 = self.0.iter().map(|word| word.count_ones()).sum();
        let mut excess = count - count / 2;
        for word in self.0.iter_mut().rev() {
            while excess > 0 && *word != 0 {
                *word &= !(1 << word.ilog2());
                excess -= 1;
            }
        }
        count > 0
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
}
