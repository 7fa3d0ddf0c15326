//! SipHash-1-3 (Aumasson and Bernstein, SipHash: a fast short-input PRF, 2012, section 2), word by word, with
//! the 128-bit output of its reference implementation.
//!
//! A prefix that many inputs have in common is hashed once: the state after it is copied for each of them. The
//! hash equals that of the crate `siphasher` over the same bytes, as the tests check.

/// The state of a hash.
#[derive(Clone, Copy)]
pub struct SipHash {
    state: [u64; 4],
    /// The number of bytes that were hashed, in whole words.
    bytes: u64,
}

impl SipHash {
    /// Starts with a secret key (section 2, initialization).
    pub fn new(key: [u8; 16]) -> Self {
        let key = u128::from_le_bytes(key);
        let [low, high] = halves(key);
        let state = [
            low ^ 0x736f_6d65_7073_6575,
            high ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573,
        ];
        Self { state, bytes: 0 }
    }

    /// Hashes eight bytes.
    #[inline]
    pub fn write_word(&mut self, word: u64) {
        self.compress(word);
        self.bytes += 8;
    }

    /// Hashes bytes, and zeros up to the end of a word.
    #[inline]
    pub fn write_padded(&mut self, bytes: &[u8]) {
        let rest = self.write_words(bytes);
        if !rest.is_empty() {
            self.write_word(partial_word(rest));
        }
    }

    /// Hashes the last bytes, and returns the hash of the whole input.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "passing the state in memory costs more than a round")]
    pub fn finish(mut self, bytes: &[u8]) -> u128 {
        let rest = self.write_words(bytes);
        self.finish_word(partial_word(rest), rest.len())
    }

    /// Hashes a last word with fewer than eight bytes, and returns the hash of the whole input.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "passing the state in memory costs more than a round")]
    pub fn finish_word(mut self, word: u64, bytes: usize) -> u128 {
        // Section 2, compression: the last word ends with the length modulo 256.
        self.compress((self.bytes + bytes as u64) << 56 | word);
        self.state[2] ^= 0xee;
        let low = self.finalize();
        self.state[1] ^= 0xdd;
        let high = self.finalize();
        u128::from(high) << 64 | u128::from(low)
    }

    /// Returns the exclusive or of the four words of the state.
    #[inline]
    pub fn fold(self) -> u64 {
        let [a, b, c, d] = self.state;
        a ^ b ^ c ^ d
    }

    /// Hashes the whole words, and returns the bytes that are left.
    #[inline]
    fn write_words<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_word(u64::from_le_bytes(*word));
        }
        rest
    }

    /// One compression round for each word: the 1 of SipHash-1-3.
    #[inline]
    fn compress(&mut self, word: u64) {
        self.state[3] ^= word;
        self.round();
        self.state[0] ^= word;
    }

    /// Three finalization rounds: the 3 of SipHash-1-3.
    #[inline]
    fn finalize(&mut self) -> u64 {
        for _ in 0..3 {
            self.round();
        }
        self.fold()
    }

    /// The `SipRound` of figure 2.1.
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

#[expect(clippy::cast_possible_truncation, reason = "the lower half comes first")]
fn halves(value: u128) -> [u64; 2] {
    [value as u64, (value >> 64) as u64]
}

/// Returns fewer than eight bytes as a little-endian word.
#[inline]
pub fn partial_word(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        // The halves may overlap, and are equal where they do.
        let shift = 8 * (bytes.len() - 4);
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift;
    }
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use siphasher::sip128::SipHasher13;

    use super::*;

    proptest! {
        #[test]
        fn the_hash_equals_that_of_siphasher(
            key: [u8; 16],
            front in prop::collection::vec(any::<u8>(), 0..40),
            back in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let mut hash = SipHash::new(key);
            hash.write_padded(&front);
            let mut all = front;
            all.resize(all.len().next_multiple_of(8), 0);
            all.extend_from_slice(&back);
            let other = SipHasher13::new_with_key(&key).hash(&all).as_u128();
            prop_assert_eq!(hash.finish(&back), other);
        }
    }
}
