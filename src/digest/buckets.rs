//! Where copies differ: the records of a zone fall into buckets by owner and type.

use super::hashing::Hashed;

/// How many buckets there are.
pub const BUCKETS: usize = 1 << 16;

const WORDS: usize = BUCKETS / 64;

/// Additions that are made together. A bucket is seldom near: made one by one, each would wait for memory by
/// itself, and in a row they wait at once.
const TOGETHER: usize = 128;

/// The sum of each bucket of one copy: half a megabyte, most of which stays near the core that adds.
///
/// One number tells of content, TTLs and signatures at once. Sixty-four bits are enough to *locate* a
/// difference; the sums over the whole copy, which decide, have twice that.
#[derive(Debug)]
pub(super) struct Table {
    sums: Box<[u64]>,
    /// What is still to be added, and to which bucket.
    waiting: Vec<(u16, u64)>,
}

impl Default for Table {
    fn default() -> Self {
        Self { sums: vec![0; BUCKETS].into_boxed_slice(), waiting: Vec::with_capacity(TOGETHER) }
    }
}

impl Table {
    #[inline]
    pub(super) fn add(&mut self, hashed: &Hashed) {
        self.waiting.push((hashed.bucket, hashed.located()));
        if self.waiting.len() >= TOGETHER {
            self.settle();
        }
    }

    fn settle(&mut self) {
        for (place, more) in self.waiting.drain(..) {
            if let Some(sum) = self.sums.get_mut(usize::from(place)) {
                *sum = sum.wrapping_add(more);
            }
        }
    }

    pub(super) fn differing(&self, other: &Self) -> Buckets {
        let mut buckets = Buckets::none();
        for ((place, own), others) in (0..=u16::MAX).zip(&self.sums).zip(&other.sums) {
            if own != others {
                buckets.insert(place);
            }
        }
        for &(place, _) in self.waiting.iter().chain(&other.waiting) {
            if self.sum(place) == other.sum(place) {
                buckets.remove(place);
            } else {
                buckets.insert(place);
            }
        }
        buckets
    }

    /// Returns the sum of a bucket with what is still to be added.
    fn sum(&self, place: u16) -> u64 {
        let sum = self.sums.get(usize::from(place)).copied().unwrap_or_default();
        let waiting = self.waiting.iter().filter(|(waiting, _)| *waiting == place);
        waiting.fold(sum, |sum, (_, more)| sum.wrapping_add(*more))
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

    /// Adds one bucket.
    pub fn insert(&mut self, bucket: u16) {
        if let Some(word) = self.0.get_mut(usize::from(bucket / 64)) {
            *word |= 1 << (bucket % 64);
        }
    }

    /// Takes one bucket out.
    fn remove(&mut self, bucket: u16) {
        if let Some(word) = self.0.get_mut(usize::from(bucket / 64)) {
            *word &= !(1 << (bucket % 64));
        }
    }

    /// Returns whether a bucket is in the set.
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

    /// Returns whether every bucket of this set is in the other.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, others)| own & !others == 0)
    }

    /// Drops the upper half of the buckets; false when there is nothing left to drop.
    ///
    /// Which buckets stay depends on the set alone, so two copies that are short of room keep buckets
    /// that both of them have.
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
    fn additions_count_whether_they_wait_or_not() {
        let hashed = |number: u32| Hashed {
            bucket: u16::try_from(number % 300).unwrap(),
            content: number.into(),
            ttl: u128::from(number) << 64 | 7,
            signature: u128::from(number % 3),
        };
        let table = |numbers: &mut dyn Iterator<Item = u32>| {
            let mut table = Table::default();
            numbers.for_each(|number| table.add(&hashed(number)));
            table
        };
        for count in [0, 1, 127, 128, 129, 1000] {
            let (one, other) = (table(&mut (0..count)), table(&mut (0..count).rev()));
            assert_eq!(one.differing(&other), Buckets::none(), "{count}");
            let more = table(&mut (0..=count));
            let mut expected = Buckets::none();
            if count > 0 {
                expected.insert(hashed(count).bucket);
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
