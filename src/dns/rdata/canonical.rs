//! RDATA in canonical form (RFC 4034 section 6.2).

use std::ops::Range;

use super::field::{Field, fields, fixed_len, gateway_type};
use crate::dns::malformed::Malformed;
use crate::dns::rtype::Rtype;
use crate::dns::wire::NameDecompressor;

/// Where the RDATA of a type has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NameLayout {
    /// Nowhere.
    NoName,
    /// One name, behind this number of octets.
    OneName(usize),
    /// In places that are found field by field.
    PerField,
}

impl NameLayout {
    /// The layout of a type.
    #[inline]
    fn of(rtype: Rtype) -> Self {
        NAME_LAYOUTS.get(usize::from(rtype.0)).copied().unwrap_or_else(|| Self::compute(rtype))
    }

    const fn compute(rtype: Rtype) -> Self {
        let mut offset = Some(0);
        let mut layout = Self::NoName;
        let mut rest = match fields(rtype) {
            Some(fields) => fields,
            None => &[],
        };
        while let [field, others @ ..] = rest {
            layout = match (field, layout, offset) {
                (Field::Name, Self::NoName, Some(octets)) => Self::OneName(octets),
                (Field::Name | Field::Names | Field::Gateway | Field::RelayAddress | Field::A6, ..) => {
                    Self::PerField
                }
                _ => layout,
            };
            offset = match (offset, fixed_len(*field)) {
                (Some(octets), Some(more)) => Some(octets + more),
                _ => None,
            };
            rest = others;
        }
        layout
    }
}

/// The layouts of the types up to 127, which nearly all records have.
static NAME_LAYOUTS: [NameLayout; 128] = {
    let mut layouts = [NameLayout::NoName; 128];
    let (mut number, mut rest) = (0, layouts.as_mut_slice());
    while let [layout, others @ ..] = rest {
        *layout = NameLayout::compute(Rtype(number));
        (number, rest) = (number + 1, others);
    }
    layouts
};

/// Whether the RDATA of a type may hold names.
#[inline]
pub(crate) fn holds_names(rtype: Rtype) -> bool {
    NameLayout::of(rtype) != NameLayout::NoName
}

/// Whether the names in the RDATA of a type keep their case in the form that is signed.
///
/// All keep it but those in the list of RFC 4034 section 6.2, in which NSEC is no more (RFC 6840 section 5.1).
#[inline]
pub(crate) fn is_signed_as_written(rtype: Rtype) -> bool {
    let is_folded =
        matches!(rtype.0, 2..=9 | 12 | 14 | 15 | 17 | 18 | 21 | 24 | 26 | 30 | 33 | 35 | 36 | 38 | 39 | 46);
    !is_folded && holds_names(rtype)
}

/// Whether the names in the RDATA of a type may be compressed (RFC 1035, RFC 3597 section 4).
fn may_be_compressed(rtype: Rtype) -> bool {
    matches!(rtype.0, 2..=9 | 12 | 14 | 15 | 17 | 18 | 21 | 24 | 26 | 30 | 33 | 35)
}

/// Replaces the content of `out` by RDATA in canonical form: names decompressed and in lower case.
///
/// RDATA that does not have the form of its type is copied as received, unless its type allows compressed
/// names: then its meaning may depend on the message, and the message is malformed.
pub(crate) fn canonicalise(
    rtype: Rtype,
    octets: &[u8],
    range: Range<usize>,
    names: &mut NameDecompressor,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    out.clear();
    let Range { start, end } = range;
    let mut canonicaliser = Canonicaliser { octets, start, copied: start, at: start, end, names, out };
    match canonicaliser.canonicalise(rtype) {
        Ok(()) => Ok(()),
        Err(malformed) if may_be_compressed(rtype) => Err(malformed),
        Err(_) => {
            out.clear();
            out.extend_from_slice(octets.get(start..end).ok_or(Malformed::Rdata)?);
            Ok(())
        }
    }
}

/// Copies RDATA from a message in canonical form.
struct Canonicaliser<'a> {
    octets: &'a [u8],
    start: usize,
    /// The offset up to which `out` has the RDATA.
    copied: usize,
    at: usize,
    end: usize,
    names: &'a mut NameDecompressor,
    out: &'a mut Vec<u8>,
}

impl Canonicaliser<'_> {
    fn canonicalise(&mut self, rtype: Rtype) -> Result<(), Malformed> {
        if let NameLayout::OneName(octets) = NameLayout::of(rtype) {
            self.skip(octets)?;
            self.name()?;
        } else {
            fields(rtype).unwrap_or(&[]).iter().try_for_each(|field| self.field(*field))?;
        }
        self.at = self.end;
        self.copy()
    }

    fn field(&mut self, field: Field) -> Result<(), Malformed> {
        if let Some(octets) = fixed_len(field) {
            return self.skip(octets);
        }
        match field {
            Field::Name => self.name(),
            Field::String | Field::Tag | Field::Salt | Field::Hash => {
                let length = *self.octets.get(self.at).ok_or(Malformed::Rdata)?;
                self.skip(1 + usize::from(length))
            }
            Field::Gateway | Field::RelayAddress => {
                match self.octets.get(self.start..).and_then(gateway_type) {
                    Some(1) => self.skip(4),
                    Some(2) => self.skip(16),
                    Some(3) => self.name(),
                    _ => Ok(()),
                }
            }
            Field::A6 => self.a6(),
            Field::HostIdentity => {
                let lengths = self.octets.get(self.start..).and_then(<[u8]>::first_chunk);
                let &[hit, _, high, low] = lengths.ok_or(Malformed::Rdata)?;
                self.skip(4 + usize::from(hit) + usize::from(u16::from_be_bytes([high, low])))
            }
            Field::Names => {
                while self.at < self.end {
                    self.name()?;
                }
                Ok(())
            }
            // Fields behind the last name are copied at the end.
            _ => Ok(()),
        }
    }

    /// RFC 2874 section 3.1: the suffix has the octets that the prefix does not fill; a prefix has a name.
    fn a6(&mut self) -> Result<(), Malformed> {
        let prefix_len = *self.octets.get(self.start).ok_or(Malformed::Rdata)?;
        self.skip(1 + 16_usize.saturating_sub(usize::from(prefix_len / 8)))?;
        if prefix_len == 0 { Ok(()) } else { self.name() }
    }

    /// Skips octets that are copied unchanged.
    #[inline]
    fn skip(&mut self, count: usize) -> Result<(), Malformed> {
        self.at += count;
        if self.at > self.end { Err(Malformed::Rdata) } else { Ok(()) }
    }

    /// Copies the octets that were skipped since the last name.
    fn copy(&mut self) -> Result<(), Malformed> {
        self.out.extend_from_slice(self.octets.get(self.copied..self.at).ok_or(Malformed::Rdata)?);
        Ok(())
    }

    fn name(&mut self) -> Result<(), Malformed> {
        self.copy()?;
        self.at = self.names.append(self.octets, self.at, self.out)?;
        self.copied = self.at;
        if self.at > self.end { Err(Malformed::Rdata) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_of_a_type_follows_from_its_fields() {
        for (rtype, layout) in [
            (1, NameLayout::NoName),
            (2, NameLayout::OneName(0)),
            (6, NameLayout::PerField),
            (15, NameLayout::OneName(2)),
            (16, NameLayout::NoName),
            (26, NameLayout::PerField),
            (33, NameLayout::OneName(6)),
            (35, NameLayout::PerField),
            (38, NameLayout::PerField),
            (45, NameLayout::PerField),
            (46, NameLayout::OneName(18)),
            (47, NameLayout::OneName(0)),
            (55, NameLayout::PerField),
            (65, NameLayout::OneName(2)),
            (260, NameLayout::PerField),
            (65280, NameLayout::NoName),
        ] {
            assert_eq!(NameLayout::of(Rtype(rtype)), layout, "{}", Rtype(rtype));
        }
    }
}
