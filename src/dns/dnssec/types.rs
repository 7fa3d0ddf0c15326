//! The types in NSEC and NSEC3 records.

use crate::dns::rtype::Rtype;

/// A bitmap of types as resolvers read it: an octet of zeros at its end does no harm (RFC 4034 section 4.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeSet<'a>(&'a [u8]);

impl<'a> TypeSet<'a> {
    /// The set that some octets are; what is behind a window that is cut short does not count.
    pub fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The types, in the order of the bitmap.
    pub fn iter(self) -> impl Iterator<Item = Rtype> + use<'a> {
        let mut rest = self.0;
        let windows = std::iter::from_fn(move || {
            let (&[window, length], tail) = rest.split_first_chunk::<2>()?;
            let (bits, next) = tail.split_at_checked(length.into())?;
            rest = next;
            Some((window, bits))
        });
        windows.flat_map(|(window, bits)| {
            let octets = (0..32_u16).zip(bits);
            octets.flat_map(move |(index, &octet)| {
                let is_set = move |bit: &u16| octet & 0x80 >> bit != 0;
                (0..8_u16).filter(is_set).map(move |bit| Rtype(u16::from(window) << 8 | index << 3 | bit))
            })
        })
    }

    /// Whether a type is in the set.
    pub fn contains(self, rtype: Rtype) -> bool {
        self.iter().any(|other| other == rtype)
    }
}

/// Appends the bitmap of types in ascending order.
pub fn push_type_bitmap(out: &mut Vec<u8>, types: &[Rtype]) {
    for window in types.chunk_by(|one, other| one.0 >> 8 == other.0 >> 8) {
        let mut bits = [0_u8; 32];
        let mut length = 0_u8;
        for [_, low] in window.iter().map(|rtype| rtype.0.to_be_bytes()) {
            if let Some(octet) = bits.get_mut(usize::from(low / 8)) {
                *octet |= 0x80 >> (low % 8);
            }
            length = low / 8 + 1;
        }
        let number = window.first().map_or(0, |first| first.0.to_be_bytes()[0]);
        out.extend_from_slice(&[number, length]);
        out.extend_from_slice(bits.get(..usize::from(length)).unwrap_or_default());
    }
}
