//! The types in NSEC and NSEC3 records.

use crate::dns::rdata;
use crate::dns::rtype::Rtype;

/// The most octets of a window; what is behind them stands for no type.
const MAX_BITMAP: usize = 32;

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
            let bits = bits.get(..MAX_BITMAP).unwrap_or(bits);
            rdata::set_bits(bits).map(move |bit| Rtype(u16::from(window) << 8 | bit))
        })
    }

    /// Whether a type is in the set.
    pub fn contains(self, rtype: Rtype) -> bool {
        self.iter().any(|other| other == rtype)
    }
}
