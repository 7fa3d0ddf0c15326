//! Decompresses names, and turns them to lower case.

use crate::dns::malformed::Malformed;
use crate::dns::name::{MAX_LABEL, MAX_NAME};

/// The number of octets copied at once for a short label.
const SHORT_COPY: usize = 16;

/// The number of octets copied at once for any other label, and the longest suffix that is cached.
const LONG_COPY: usize = MAX_LABEL + 1;

/// The length of a buffer for a name: the last copy may write past the end of the name.
pub(super) const NAME_BUF_LEN: usize = MAX_NAME + LONG_COPY;

/// A buffer for a name.
pub(super) type NameBuf = [u8; NAME_BUF_LEN];

/// The number of suffixes that are cached.
const CACHED_SUFFIXES: usize = 8;

/// Decompresses the names in RDATA.
#[derive(Debug)]
pub(crate) struct NameDecompressor {
    pub(super) suffixes: SuffixCache,
    name: NameBuf,
}

impl Default for NameDecompressor {
    fn default() -> Self {
        Self { suffixes: SuffixCache::default(), name: [0; NAME_BUF_LEN] }
    }
}

impl NameDecompressor {
    /// Appends the name at offset `at` to `out`, decompressed and in lower case; returns the offset behind it.
    pub(crate) fn append(&mut self, octets: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Malformed> {
        let (length, next) = self.suffixes.expand(octets, at, &mut self.name)?;
        out.extend_from_slice(self.name.get(..length).ok_or(Malformed::LongName)?);
        Ok(next)
    }
}

/// The suffixes of names that the compression pointers of one message lead to: most names of a zone share a
/// few of them.
#[derive(Debug)]
pub(super) struct SuffixCache {
    /// The offset of each suffix in the message; 0, which is in the header, for a free slot.
    targets: [u16; CACHED_SUFFIXES],
    lengths: [usize; CACHED_SUFFIXES],
    octets: [[u8; LONG_COPY]; CACHED_SUFFIXES],
}

impl Default for SuffixCache {
    fn default() -> Self {
        Self {
            targets: [0; CACHED_SUFFIXES],
            lengths: [0; CACHED_SUFFIXES],
            octets: [[0; LONG_COPY]; CACHED_SUFFIXES],
        }
    }
}

impl SuffixCache {
    /// Empties the cache, for the next message.
    pub(super) fn clear(&mut self) {
        self.targets = [0; CACHED_SUFFIXES];
    }

    /// Copies the name at offset `at` to `out`, decompressed and in lower case; returns its length, and the
    /// offset behind it in the message.
    pub(super) fn expand(
        &mut self,
        octets: &[u8],
        at: usize,
        out: &mut NameBuf,
    ) -> Result<(usize, usize), Malformed> {
        let mut read = at;
        let mut written = 0;
        // The target of the first pointer, the octets written before it, and the offset behind it.
        let mut first = None;
        // RFC 1035 section 4.1.4: a pointer is to a *prior* occurrence of a name. Each pointer has to point
        // before the labels that led to it, so that the loop ends.
        let mut limit = at;
        loop {
            let length = *octets.get(read).ok_or(Malformed::UnexpectedEnd)?;
            match usize::from(length) {
                0 => {
                    *out.get_mut(written).ok_or(Malformed::LongName)? = 0;
                    written += 1;
                    break;
                }
                label if label <= MAX_LABEL => {
                    copy_label(octets, read, out, written, label)?;
                    written += label + 1;
                    read += label + 1;
                    if written >= MAX_NAME {
                        return Err(Malformed::LongName);
                    }
                }
                pointer if pointer >= 0xc0 => {
                    let low = *octets.get(read + 1).ok_or(Malformed::UnexpectedEnd)?;
                    let target = u16::from_be_bytes([length & 0x3f, low]);
                    let (_, _, end) = *first.get_or_insert((target, written, read + 2));
                    read = usize::from(target);
                    if read >= limit {
                        return Err(Malformed::Pointer);
                    }
                    limit = read;
                    if let Some(length) = self.copy_cached(target, out, written) {
                        let length = written + length;
                        return if length > MAX_NAME { Err(Malformed::LongName) } else { Ok((length, end)) };
                    }
                }
                _ => return Err(Malformed::LabelType),
            }
        }
        let Some((target, begin, end)) = first else { return Ok((written, read + 1)) };
        self.cache(target, out, begin, written);
        Ok((written, end))
    }

    /// Copies a cached suffix to the end of a name; returns its length.
    #[inline]
    fn copy_cached(&self, target: u16, out: &mut NameBuf, begin: usize) -> Option<usize> {
        let slot = slot(target);
        if self.targets.get(slot) != Some(&target) || target == 0 {
            return None;
        }
        *out.get_mut(begin..)?.first_chunk_mut()? = *self.octets.get(slot)?;
        self.lengths.get(slot).copied()
    }

    /// Caches the suffix of a name, unless it is long.
    fn cache(&mut self, target: u16, name: &NameBuf, begin: usize, end: usize) {
        let (slot, length) = (slot(target), end - begin);
        let from = name.get(begin..).and_then(<[u8]>::first_chunk).filter(|_| length <= LONG_COPY);
        let to = (self.targets.get_mut(slot), self.lengths.get_mut(slot), self.octets.get_mut(slot));
        if let (Some(from), (Some(own_target), Some(own_length), Some(octets))) = (from, to) {
            (*own_target, *own_length, *octets) = (target, length, *from);
        }
    }
}

/// The slot of the suffix at an offset of the message.
fn slot(target: u16) -> usize {
    usize::from(target ^ target >> 3 ^ target >> 6) % CACHED_SUFFIXES
}

/// Copies a label with its length octet, in lower case: no length octet is a letter.
///
/// A copy of fixed size takes few instructions. What it copies of the octets behind the label is overwritten by
/// the next label, or lies behind the end of the name.
#[inline]
fn copy_label(
    octets: &[u8],
    read: usize,
    out: &mut NameBuf,
    written: usize,
    label: usize,
) -> Result<(), Malformed> {
    let (from, to) = (octets.get(read..).unwrap_or_default(), out.get_mut(written..).unwrap_or_default());
    if label < SHORT_COPY {
        if let (Some(from), Some(to)) = (from.first_chunk::<SHORT_COPY>(), to.first_chunk_mut::<SHORT_COPY>())
        {
            *to = from.map(|octet| octet.to_ascii_lowercase());
            return Ok(());
        }
    } else if let (Some(from), Some(to)) =
        (from.first_chunk::<LONG_COPY>(), to.first_chunk_mut::<LONG_COPY>())
    {
        *to = from.map(|octet| octet.to_ascii_lowercase());
        return Ok(());
    }
    // The end of the message is near.
    let from = from.get(..=label).ok_or(Malformed::UnexpectedEnd)?;
    let to = to.get_mut(..=label).ok_or(Malformed::LongName)?;
    to.copy_from_slice(from);
    to.make_ascii_lowercase();
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Names in a row, most of which end with a pointer to a label of an earlier name.
    fn message(names: &[(Vec<Vec<u8>>, Option<prop::sample::Index>)]) -> (Vec<u8>, Vec<usize>) {
        let mut octets = vec![0; 12];
        let (mut begins, mut labels) = (Vec::new(), Vec::new());
        for (name, pointer) in names {
            begins.push(octets.len());
            let known = labels.len();
            for label in name {
                labels.push(octets.len());
                octets.push(u8::try_from(label.len()).unwrap());
                octets.extend_from_slice(label);
            }
            match pointer {
                Some(to) if known > 0 => {
                    let target: usize = *to.get(&labels[..known]);
                    octets.extend_from_slice(&(0xc000 | u16::try_from(target).unwrap()).to_be_bytes());
                }
                _ => octets.push(0),
            }
        }
        (octets, begins)
    }

    fn read(cache: &mut SuffixCache, octets: &[u8], at: usize) -> Result<(Vec<u8>, usize), Malformed> {
        let mut out = [0xff; NAME_BUF_LEN];
        let (length, next) = cache.expand(octets, at, &mut out)?;
        Ok((out[..length].to_vec(), next))
    }

    proptest! {
        #[test]
        fn names_are_the_same_with_and_without_the_cache(
            names in prop::collection::vec(
                (
                    prop::collection::vec(prop::collection::vec(any::<u8>(), 1..64), 0..4),
                    prop::option::weighted(0.9, any::<prop::sample::Index>()),
                ),
                1..60,
            ),
        ) {
            let (octets, begins) = message(&names);
            let mut cache = SuffixCache::default();
            for at in begins {
                let cached = read(&mut cache, &octets, at);
                prop_assert_eq!(cached, read(&mut SuffixCache::default(), &octets, at));
            }
        }
    }

    #[test]
    fn a_cached_suffix_counts_towards_the_length_of_a_name() {
        let label = |length: u8| [&[length][..], &vec![b'a'; length.into()]].concat();
        let suffix = [label(40), vec![0]].concat();
        let at = 12 + suffix.len();
        let read_with_last_label = |last: u8| {
            let mut octets = vec![0; 12];
            octets.extend_from_slice(&suffix);
            octets.extend_from_slice(b"\x01b\xc0\x0c");
            octets.extend([label(63), label(63), label(63), label(last), b"\xc0\x0c".to_vec()].concat());
            let mut cache = SuffixCache::default();
            assert_eq!(read(&mut cache, &octets, at).unwrap().1, at + 4);
            read(&mut cache, &octets, at + 4).map(|(name, _)| name.len())
        };
        assert_eq!(read_with_last_label(20), Ok(MAX_NAME));
        assert_eq!(read_with_last_label(21), Err(Malformed::LongName));
    }

    #[test]
    fn a_cleared_cache_holds_no_suffix_of_another_message() {
        let mut cache = SuffixCache::default();
        for suffix in [b"\x03one\0", b"\x03two\0"] {
            cache.clear();
            let octets = [&[0; 12], &suffix[..], b"\x01a\xc0\x0c"].concat();
            let (name, _) = read(&mut cache, &octets, 17).unwrap();
            assert_eq!(name, [b"\x01a", &suffix[..]].concat());
        }
    }
}
