//! SipHash-1-3-128 (Aumasson and Bernstein, SipHash: a fast short-input PRF, 2012), word by word.
//!
//! What many inputs begin with is hashed once: the state behind it is copied for each of them. It is the
//! hash that the crate `siphasher` computes of the same octets; the tests hold them against each other.

/// A hash under way.
#[derive(Clone, Copy)]
pub(super) struct SipHash {
    state: [u64; 4],
    /// Octets in whole words that were taken in.
    octets: u64,
}

impl SipHash {
    /// Starts under a secret key.
    pub(super) fn new(key: [u8; 16]) -> Self {
        let key = u128::from_le_bytes(key);
        let [low, high] = halves(key);
        let state = [
            low ^ 0x736f_6d65_7073_6575,
            high ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573,
        ];
        Self { state, octets: 0 }
    }

    /// Takes in eight octets.
    #[inline]
    pub(super) fn word(&mut self, word: u64) {
        self.mix(word);
        self.octets += 8;
    }

    /// Takes in octets, and zeros up to the end of a word.
    #[inline]
    pub(super) fn padded(&mut self, octets: &[u8]) {
        let rest = self.words(octets);
        if !rest.is_empty() {
            self.word(short(rest));
        }
    }

    /// Takes in the last octets, and returns the hash of all.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a state handed over in memory costs more than a round")]
    pub(super) fn finish(mut self, octets: &[u8]) -> u128 {
        let rest = self.words(octets);
        self.close(short(rest), rest.len())
    }

    /// Takes in a last word, of which so many octets count, fewer than eight, and returns the hash of all.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a state handed over in memory costs more than a round")]
    pub(super) fn close(mut self, word: u64, octets: usize) -> u128 {
        // Of the length counts what fits into an octet.
        self.mix((self.octets + octets as u64) << 56 | word);
        self.state[2] ^= 0xee;
        let low = self.finalize();
        self.state[1] ^= 0xdd;
        let high = self.finalize();
        u128::from(high) << 64 | u128::from(low)
    }

    /// Returns the words of the state as one.
    #[inline]
    pub(super) fn mixed(self) -> u64 {
        let [a, b, c, d] = self.state;
        a ^ b ^ c ^ d
    }

    /// Takes in all whole words; returns what is left.
    #[inline]
    fn words<'o>(&mut self, octets: &'o [u8]) -> &'o [u8] {
        let (words, rest) = octets.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        rest
    }

    #[inline]
    fn mix(&mut self, word: u64) {
        self.state[3] ^= word;
        self.round();
        self.state[0] ^= word;
    }

    #[inline]
    fn finalize(&mut self) -> u64 {
        for _ in 0..3 {
            self.round();
        }
        self.mixed()
    }

    #[inline]
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.state;
        a = a.wrapping_add(b);
        c = c.wrapping_add(d);
        b = b.rotate_left(13) ^ a;
        d = d.rotate_left(16) ^ c;
        a = a.rotate_left(32).wrapping_add(d);
        c = c.wrapping_add(b);
        d = d.rotate_left(21) ^ a;
        b = b.rotate_left(17) ^ c;
        self.state = [a, b, c.rotate_left(32), d];
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
fn halves(value: u128) -> [u64; 2] {
    [value as u64, (value >> 64) as u64]
}

/// Returns fewer than eight octets as a word, the first one lowest.
#[inline]
pub(super) fn short(octets: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (octets.first_chunk::<4>(), octets.last_chunk::<4>()) {
        // They may overlap, and say the same there.
        let shift = 8 * (octets.len() - 4);
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift;
    }
    octets.iter().rev().fold(0, |word, &octet| word << 8 | u64::from(octet))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use siphasher::sip128::SipHasher13;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_hash_of_another_implementation(
            key: [u8; 16],
            front in prop::collection::vec(any::<u8>(), 0..40),
            back in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let mut hash = SipHash::new(key);
            hash.padded(&front);
            let mut all = front;
            all.resize(all.len().next_multiple_of(8), 0);
            all.extend_from_slice(&back);
            let other = SipHasher13::new_with_key(&key).hash(&all).as_u128();
            prop_assert_eq!(hash.finish(&back), other);
        }
    }
}
