//! Where copies differ: the records of a zone fall into buckets by owner and type.

use super::hashing::Hashed;

/// How many buckets there are.
pub const BUCKETS: usize = 1 << 16;

const WORDS: usize = BUCKETS / 64;

/// Additions that are made together. A bucket is seldom near: made one by one, each would wait for memory by
/// itself, and in a row they wait at once.
const TOGETHER: usize = 128;

/// The sums of one bucket. Sixty-four bits are enough to *locate* a difference; the sums over the
/// whole copy, which decide, have twice that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bucket {
    content: u64,
    ttl: u64,
}

impl Bucket {
    fn add(&mut self, more: Self) {
        self.content = self.content.wrapping_add(more.content);
        self.ttl = self.ttl.wrapping_add(more.ttl);
    }
}

/// The sums of every bucket of one copy: a megabyte, and half of one more if it is signed.
#[derive(Debug)]
pub(super) struct Table {
    buckets: Box<[Bucket]>,
    /// What is still to be added, and to which bucket.
    waiting: Vec<(u16, Bucket)>,
    /// The octets of signatures, apart: most records are none, and what is small is near.
    signatures: Option<Box<[u64]>>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            buckets: vec![Bucket::default(); BUCKETS].into_boxed_slice(),
            waiting: Vec::with_capacity(TOGETHER),
            signatures: None,
        }
    }
}

impl Table {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half of a hash is a hash")]
    pub(super) fn add(&mut self, hashed: &Hashed) {
        let more = Bucket { content: hashed.content as u64, ttl: hashed.ttl as u64 };
        self.waiting.push((hashed.bucket, more));
        if self.waiting.len() >= TOGETHER {
            self.settle();
        }
        if hashed.signature == 0 {
            return;
        }
        let signatures = self.signatures.get_or_insert_with(|| vec![0; BUCKETS].into_boxed_slice());
        if let Some(signature) = signatures.get_mut(usize::from(hashed.bucket)) {
            *signature = signature.wrapping_add(hashed.signature as u64);
        }
    }

    fn settle(&mut self) {
        for (place, more) in self.waiting.drain(..) {
            if let Some(bucket) = self.buckets.get_mut(usize::from(place)) {
                bucket.add(more);
            }
        }
    }

    pub(super) fn differing(&self, other: &Self) -> Buckets {
        let mut buckets = Buckets::none();
        for ((place, own), others) in (0..=u16::MAX).zip(&self.buckets).zip(&other.buckets) {
            if own != others || self.signature(place) != other.signature(place) {
                buckets.insert(place);
            }
        }
        for &(place, _) in self.waiting.iter().chain(&other.waiting) {
            if self.bucket(place) == other.bucket(place) && self.signature(place) == other.signature(place) {
                buckets.remove(place);
            } else {
                buckets.insert(place);
            }
        }
        buckets
    }

    /// Returns the sums of a bucket with what is still to be added.
    fn bucket(&self, place: u16) -> Bucket {
        let mut bucket = self.buckets.get(usize::from(place)).copied().unwrap_or_default();
        for (_, more) in self.waiting.iter().filter(|(waiting, _)| *waiting == place) {
            bucket.add(*more);
        }
        bucket
    }

    fn signature(&self, place: u16) -> u64 {
        let signatures = self.signatures.as_ref();
        signatures.and_then(|signatures| signatures.get(usize::from(place)).copied()).unwrap_or_default()
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
            ttl: u128::from(number) * 7,
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
