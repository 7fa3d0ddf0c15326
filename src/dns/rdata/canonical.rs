//! RDATA in canonical form.

use std::ops::Range;

use super::field::{Field, fields, width};
use crate::dns::malformed::Malformed;
use crate::dns::rtype::Rtype;
use crate::dns::wire::NameDecompressor;

/// Where the names of RDATA are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// There are none.
    NoName,
    /// One, behind so many octets.
    OneName(usize),
    /// To be found field by field.
    Fields,
}

impl Shape {
    /// Returns the shape of a type's RDATA.
    #[inline]
    fn of(rtype: Rtype) -> Self {
        SHAPES.get(usize::from(rtype.0)).copied().unwrap_or_else(|| Self::find(rtype))
    }

    const fn find(rtype: Rtype) -> Self {
        let mut behind = Some(0);
        let mut shape = Self::NoName;
        let mut rest = match fields(rtype) {
            Some(fields) => fields,
            None => &[],
        };
        while let [field, others @ ..] = rest {
            shape = match (field, shape, behind) {
                (Field::Name, Self::NoName, Some(octets)) => Self::OneName(octets),
                (Field::Name | Field::Names | Field::Gateway, ..) => Self::Fields,
                _ => shape,
            };
            behind = match (behind, width(*field)) {
                (Some(octets), Some(more)) => Some(octets + more),
                _ => None,
            };
            rest = others;
        }
        shape
    }
}

/// The shapes of nearly all types that zones hold.
static SHAPES: [Shape; 128] = {
    let mut shapes = [Shape::NoName; 128];
    let (mut number, mut rest) = (0, shapes.as_mut_slice());
    while let [shape, others @ ..] = rest {
        *shape = Shape::find(Rtype(number));
        (number, rest) = (number + 1, others);
    }
    shapes
};

/// Returns whether a type's RDATA can hold names.
#[inline]
pub(crate) fn holds_names(rtype: Rtype) -> bool {
    Shape::of(rtype) != Shape::NoName
}

/// Returns whether names in a type's RDATA may be compressed: RFC 1035, and RFC 3597 section 4.
fn may_be_compressed(rtype: Rtype) -> bool {
    matches!(rtype.0, 2..=9 | 12 | 14 | 15 | 17 | 18 | 21 | 24 | 26 | 30 | 33 | 35)
}

/// Writes RDATA with its names decompressed and folded into `out`, which it empties first.
///
/// RDATA that is not as its type promises is copied as it is, unless a compression pointer might hide
/// in it: then its meaning depends on the message, and the message is malformed.
pub(crate) fn canonicalise(
    rtype: Rtype,
    octets: &[u8],
    range: Range<usize>,
    names: &mut NameDecompressor,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    out.clear();
    let Range { start, end } = range;
    let mut reading = Reading { octets, start, copied: start, at: start, end, names, out };
    match reading.read(rtype) {
        Ok(()) => Ok(()),
        Err(malformed) if may_be_compressed(rtype) => Err(malformed),
        Err(_) => {
            out.clear();
            out.extend_from_slice(octets.get(start..end).ok_or(Malformed::Rdata)?);
            Ok(())
        }
    }
}

/// RDATA on its way from the message to canonical form.
struct Reading<'a> {
    octets: &'a [u8],
    start: usize,
    /// What is before it is in `out`.
    copied: usize,
    at: usize,
    end: usize,
    names: &'a mut NameDecompressor,
    out: &'a mut Vec<u8>,
}

impl Reading<'_> {
    fn read(&mut self, rtype: Rtype) -> Result<(), Malformed> {
        if let Shape::OneName(octets) = Shape::of(rtype) {
            self.pass(octets)?;
            self.name()?;
        } else {
            fields(rtype).unwrap_or(&[]).iter().try_for_each(|field| self.field(*field))?;
        }
        self.at = self.end;
        self.copy()
    }

    fn field(&mut self, field: Field) -> Result<(), Malformed> {
        if let Some(octets) = width(field) {
            return self.pass(octets);
        }
        match field {
            Field::Name => self.name(),
            Field::String | Field::Tag | Field::Salt | Field::Hash => {
                let length = *self.octets.get(self.at).ok_or(Malformed::Rdata)?;
                self.pass(1 + usize::from(length))
            }
            Field::Gateway => match self.octets.get(self.start + 1).map(|kind| kind & 0x7f) {
                Some(1) => self.pass(4),
                Some(2) => self.pass(16),
                Some(3) => self.name(),
                _ => Ok(()),
            },
            Field::HostIdentity => {
                let lengths = self.octets.get(self.start..).and_then(<[u8]>::first_chunk);
                let &[hit, _, high, low] = lengths.ok_or(Malformed::Rdata)?;
                self.pass(4 + usize::from(hit) + usize::from(u16::from_be_bytes([high, low])))
            }
            Field::Names => {
                while self.at < self.end {
                    self.name()?;
                }
                Ok(())
            }
            // What follows the last name is copied at the end.
            _ => Ok(()),
        }
    }

    /// Passes over octets that stay as they are.
    #[inline]
    fn pass(&mut self, count: usize) -> Result<(), Malformed> {
        self.at += count;
        if self.at > self.end { Err(Malformed::Rdata) } else { Ok(()) }
    }

    /// Copies what was passed over since the last name.
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
    fn names_are_where_the_fields_of_a_type_say() {
        for (rtype, shape) in [
            (1, Shape::NoName),
            (2, Shape::OneName(0)),
            (6, Shape::Fields),
            (15, Shape::OneName(2)),
            (16, Shape::NoName),
            (26, Shape::Fields),
            (33, Shape::OneName(6)),
            (35, Shape::Fields),
            (45, Shape::Fields),
            (46, Shape::OneName(18)),
            (47, Shape::OneName(0)),
            (55, Shape::Fields),
            (65, Shape::OneName(2)),
            (260, Shape::Fields),
            (65280, Shape::NoName),
        ] {
            assert_eq!(Shape::of(Rtype(rtype)), shape, "{}", Rtype(rtype));
        }
    }
}
