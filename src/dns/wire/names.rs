//! Names on the wire, decompressed and folded.

use crate::dns::malformed::Malformed;
use crate::dns::name::{MAX_LABEL, MAX_NAME};

/// Octets of a short label, and of any label, that are copied together.
const SHORT: usize = 16;
const LONG: usize = MAX_LABEL + 1;

/// Octets of a name, and of what is copied together behind its end.
pub(super) const ROOM: usize = MAX_NAME + LONG;

/// Room for a name.
pub(super) type NameBuf = [u8; ROOM];

/// How many ends of names are remembered.
const ENDS: usize = 8;

/// Reads names, and has room for one.
#[derive(Debug)]
pub(crate) struct NameDecompressor {
    pub(super) ends: Ends,
    name: NameBuf,
}

impl Default for NameDecompressor {
    fn default() -> Self {
        Self { ends: Ends::default(), name: [0; ROOM] }
    }
}

impl NameDecompressor {
    /// Appends the name at `at` to `out`, decompressed and folded; returns where it ends.
    pub(crate) fn append(&mut self, octets: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Malformed> {
        let (length, next) = self.ends.expand(octets, at, &mut self.name)?;
        out.extend_from_slice(self.name.get(..length).ok_or(Malformed::LongName)?);
        Ok(next)
    }
}

/// The ends of names that pointers of one message lead to, as they were last read: most names of a zone end
/// alike.
#[derive(Debug)]
pub(super) struct Ends {
    /// Where each end stands in the message; 0, in the header, if there is none.
    targets: [u16; ENDS],
    lengths: [usize; ENDS],
    octets: [[u8; LONG]; ENDS],
}

impl Default for Ends {
    fn default() -> Self {
        Self { targets: [0; ENDS], lengths: [0; ENDS], octets: [[0; LONG]; ENDS] }
    }
}

impl Ends {
    /// Forgets the ends: another message is read.
    pub(super) fn forget(&mut self) {
        self.targets = [0; ENDS];
    }

    /// Copies the name at `at` into `out`, decompressed and folded; returns its length and where it ends.
    pub(super) fn expand(
        &mut self,
        octets: &[u8],
        at: usize,
        out: &mut NameBuf,
    ) -> Result<(usize, usize), Malformed> {
        let mut read = at;
        let mut written = 0;
        // Where the name goes on behind its first pointer, that pointer's target, and what was written before it.
        let mut first = None;
        // RFC 1035 section 4.1.4: a pointer names a *prior* occurrence. Each must point before the part it
        // was found in, so the loop ends.
        let mut limit = at;
        loop {
            let length = *octets.get(read).ok_or(Malformed::Short)?;
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
                    let low = *octets.get(read + 1).ok_or(Malformed::Short)?;
                    let target = u16::from_be_bytes([length & 0x3f, low]);
                    let (_, _, end) = *first.get_or_insert((target, written, read + 2));
                    read = usize::from(target);
                    if read >= limit {
                        return Err(Malformed::Pointer);
                    }
                    limit = read;
                    if let Some(length) = self.recall(target, out, written) {
                        let length = written + length;
                        return if length > MAX_NAME { Err(Malformed::LongName) } else { Ok((length, end)) };
                    }
                }
                _ => return Err(Malformed::Label),
            }
        }
        let Some((target, begin, end)) = first else { return Ok((written, read + 1)) };
        self.remember(target, out, begin, written);
        Ok((written, end))
    }

    /// Copies a remembered end to its place in a name; returns its length.
    #[inline]
    fn recall(&self, target: u16, out: &mut NameBuf, begin: usize) -> Option<usize> {
        let place = place(target);
        if self.targets.get(place) != Some(&target) || target == 0 {
            return None;
        }
        *out.get_mut(begin..)?.first_chunk_mut()? = *self.octets.get(place)?;
        self.lengths.get(place).copied()
    }

    /// Remembers the end of a name, unless it is long.
    fn remember(&mut self, target: u16, name: &NameBuf, begin: usize, end: usize) {
        let (place, length) = (place(target), end - begin);
        let from = name.get(begin..).and_then(<[u8]>::first_chunk).filter(|_| length <= LONG);
        let to = (self.targets.get_mut(place), self.lengths.get_mut(place), self.octets.get_mut(place));
        if let (Some(from), (Some(own), Some(own_length), Some(octets))) = (from, to) {
            (*own, *own_length, *octets) = (target, length, *from);
        }
    }
}

/// Returns where the end at a place of the message is remembered.
fn place(target: u16) -> usize {
    usize::from(target ^ target >> 3 ^ target >> 6) % ENDS
}

/// Copies a label with its length in front, and folds it: no length of a label is a letter.
///
/// A piece of one size is copied and folded in a few steps, whatever comes behind the label: it is overwritten
/// by what follows, or is behind the end of the name.
#[inline]
fn copy_label(
    octets: &[u8],
    read: usize,
    out: &mut NameBuf,
    written: usize,
    label: usize,
) -> Result<(), Malformed> {
    let (from, to) = (octets.get(read..).unwrap_or_default(), out.get_mut(written..).unwrap_or_default());
    if label < SHORT {
        if let (Some(from), Some(to)) = (from.first_chunk::<SHORT>(), to.first_chunk_mut::<SHORT>()) {
            *to = from.map(|octet| octet.to_ascii_lowercase());
            return Ok(());
        }
    } else if let (Some(from), Some(to)) = (from.first_chunk::<LONG>(), to.first_chunk_mut::<LONG>()) {
        *to = from.map(|octet| octet.to_ascii_lowercase());
        return Ok(());
    }
    // Close to the end of the message.
    let from = from.get(..=label).ok_or(Malformed::Short)?;
    let to = to.get_mut(..=label).ok_or(Malformed::LongName)?;
    to.copy_from_slice(from);
    to.make_ascii_lowercase();
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Names one behind the other, most of them ended by a pointer to a place where one of the others has a
    /// label, or anywhere.
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

    fn read(ends: &mut Ends, octets: &[u8], at: usize) -> Result<(Vec<u8>, usize), Malformed> {
        let mut out = [0xff; ROOM];
        let (length, next) = ends.expand(octets, at, &mut out)?;
        Ok((out[..length].to_vec(), next))
    }

    proptest! {
        #[test]
        fn what_is_remembered_of_a_message_is_what_is_read_without(
            names in prop::collection::vec(
                (
                    prop::collection::vec(prop::collection::vec(any::<u8>(), 1..64), 0..4),
                    prop::option::weighted(0.9, any::<prop::sample::Index>()),
                ),
                1..60,
            ),
        ) {
            let (octets, begins) = message(&names);
            let mut ends = Ends::default();
            for at in begins {
                let remembering = read(&mut ends, &octets, at);
                prop_assert_eq!(remembering, read(&mut Ends::default(), &octets, at));
            }
        }
    }

    #[test]
    fn a_remembered_end_counts_towards_the_length_of_a_name() {
        let label = |length: u8| [&[length][..], &vec![b'a'; length.into()]].concat();
        let end = [label(40), vec![0]].concat();
        let at = 12 + end.len();
        let read_behind = |last: u8| {
            let mut octets = vec![0; 12];
            octets.extend_from_slice(&end);
            octets.extend_from_slice(b"\x01b\xc0\x0c");
            octets.extend([label(63), label(63), label(63), label(last), b"\xc0\x0c".to_vec()].concat());
            let mut ends = Ends::default();
            assert_eq!(read(&mut ends, &octets, at).unwrap().1, at + 4);
            read(&mut ends, &octets, at + 4).map(|(name, _)| name.len())
        };
        assert_eq!(read_behind(20), Ok(MAX_NAME));
        assert_eq!(read_behind(21), Err(Malformed::LongName));
    }

    #[test]
    fn another_message_has_ends_of_its_own() {
        let mut ends = Ends::default();
        for end in [b"\x03one\0", b"\x03two\0"] {
            ends.forget();
            let octets = [&[0; 12], &end[..], b"\x01a\xc0\x0c"].concat();
            let (name, _) = read(&mut ends, &octets, 17).unwrap();
            assert_eq!(name, [b"\x01a", &end[..]].concat());
        }
    }
}
