//! The fields of each type's RDATA, in one table that serves comparing, showing and reading.
//!
//! For comparing, names inside RDATA are decompressed and folded, for *every* type known to hold
//! names: servers differ in which they fold (BIND none, Knot most, NSD all), so the list of RFC 4034
//! section 6.2 would leave false differences. For showing, the same fields become zone-file text, and
//! what the table does not know becomes `\# length hex` (RFC 3597 section 5). What is shown, and what
//! people write in master files, is read by the same fields again.

use std::ops::Range;

use super::malformed::Malformed;
use super::rtype::Rtype;
use super::wire::NameDecompressor;

mod apl;
mod location;
mod mnemonic;
mod parse;
mod service;
mod text;
mod window;

pub(super) use parse::from_words;
pub use text::to_text;

/// One field of RDATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// Unsigned integers in network order.
    U8,
    U16,
    U32,
    /// A DNSSEC algorithm, one octet; a mnemonic is read too (RFC 4034 appendix A.1).
    Algorithm,
    /// The kind of a certificate, two octets; a mnemonic is read too (RFC 4398 section 2.1).
    Certificate,
    /// How to notify, one octet; a mnemonic is read too (RFC 9859).
    Scheme,
    /// Seconds, four octets; read with units too.
    Ttl,
    /// Addresses.
    Ipv4,
    Ipv6,
    /// The latter half of an IPv6 address, or the former (RFC 6742).
    Locator,
    /// Hardware addresses (RFC 7043).
    Eui48,
    Eui64,
    /// A place on earth (RFC 1876).
    Location,
    /// Seconds since 1970 (RFC 4034 section 3.2).
    Time,
    /// An RR type as mnemonic.
    Type,
    /// A domain name.
    Name,
    /// A character string (RFC 1035 section 3.3).
    String,
    /// A character string of letters and digits, without quotes (RFC 8659 section 4.1.1).
    Tag,
    /// A string prefixed by its length, as hexadecimal, `-` when empty (RFC 5155 section 3.3).
    Salt,
    /// A string prefixed by its length, as base32hex (RFC 5155 section 3.3).
    Hash,
    /// Whether to look for a relay, one bit, and the kind of its address, seven (RFC 8777 section 4.2).
    Relay,
    /// A gateway whose kind stands in the second octet of the RDATA (RFC 4025, RFC 8777).
    Gateway,
    /// The host identity and its key, whose lengths stand in front (RFC 8005).
    HostIdentity,
    /// All that is left: character strings.
    Strings,
    /// All that is left: names.
    Names,
    /// All that is left: the bitmap of types (RFC 4034 section 4.1.2).
    Types,
    /// All that is left: parameters of SVCB (RFC 9460 section 2.2).
    Parameters,
    /// All that is left: ranges of addresses (RFC 3123).
    Prefixes,
    /// All that is left: the bitmap of ports (RFC 1035 section 3.4.2).
    Ports,
    /// All that is left: an OSI address, in hexadecimal after `0x` (RFC 1706).
    Nsap,
    /// All that is left, at least an octet: as hexadecimal, base64.
    Hex,
    Base64,
    /// All that is left, if anything: as base64.
    Key,
    /// All that is left: as one string in quotes.
    Text,
    /// All that is left, of no known form.
    Opaque,
}

use Field as F;

/// Returns the fields of a type's RDATA, or none when nothing is known of it.
const fn fields(rtype: Rtype) -> Option<&'static [Field]> {
    Some(match rtype.0 {
        1 => &[F::Ipv4],
        // NS, MD, MF, CNAME, MB, MG, MR, PTR, NSAP-PTR, DNAME
        2 | 3 | 4 | 5 | 7 | 8 | 9 | 12 | 23 | 39 => &[F::Name],
        // SOA
        6 => &[F::Name, F::Name, F::U32, F::Ttl, F::Ttl, F::Ttl, F::Ttl],
        // WKS
        11 => &[F::Ipv4, F::U8, F::Ports],
        // HINFO
        13 => &[F::String, F::String],
        // MINFO, RP, TALINK
        14 | 17 | 58 => &[F::Name, F::Name],
        // MX, AFSDB, RT, KX, LP
        15 | 18 | 21 | 36 | 107 => &[F::U16, F::Name],
        // TXT, X25, ISDN, SPF, NINFO, AVC, RESINFO, WALLET
        16 | 19 | 20 | 56 | 99 | 258 | 261 | 262 => &[F::Strings],
        // NSAP
        22 => &[F::Nsap],
        // SIG, RRSIG
        24 | 46 => &[F::Type, F::Algorithm, F::U8, F::Ttl, F::Time, F::Time, F::U16, F::Name, F::Base64],
        // KEY, DNSKEY, RKEY, CDNSKEY
        25 | 48 | 57 | 60 => &[F::U16, F::U8, F::Algorithm, F::Base64],
        // PX
        26 => &[F::U16, F::Name, F::Name],
        // GPOS
        27 => &[F::String, F::String, F::String],
        28 => &[F::Ipv6],
        // LOC
        29 => &[F::Location],
        // NXT: the bitmap of RFC 2535 section 5.2 is of another form than NSEC's
        30 => &[F::Name, F::Opaque],
        // EID, NIMLOC
        31 | 32 => &[F::Hex],
        // SRV
        33 => &[F::U16, F::U16, F::U16, F::Name],
        // NAPTR
        35 => &[F::U16, F::U16, F::String, F::String, F::String, F::Name],
        // CERT
        37 => &[F::Certificate, F::U16, F::Algorithm, F::Base64],
        // APL
        42 => &[F::Prefixes],
        // DS, CDS, TA, DLV
        43 | 59 | 32768 | 32769 => &[F::U16, F::Algorithm, F::U8, F::Hex],
        // SSHFP
        44 => &[F::U8, F::U8, F::Hex],
        // IPSECKEY
        45 => &[F::U8, F::U8, F::Algorithm, F::Gateway, F::Key],
        // NSEC
        47 => &[F::Name, F::Types],
        // DHCID, OPENPGPKEY
        49 | 61 => &[F::Base64],
        // NSEC3
        50 => &[F::U8, F::U8, F::U16, F::Salt, F::Hash, F::Types],
        // NSEC3PARAM
        51 => &[F::U8, F::U8, F::U16, F::Salt],
        // TLSA, SMIMEA
        52 | 53 => &[F::U8, F::U8, F::U8, F::Hex],
        // HIP
        55 => &[F::HostIdentity, F::Names],
        // CSYNC
        62 => &[F::U32, F::U16, F::Types],
        // ZONEMD
        63 => &[F::U32, F::U8, F::U8, F::Hex],
        // SVCB, HTTPS
        64 | 65 => &[F::U16, F::Name, F::Parameters],
        // DSYNC
        66 => &[F::Type, F::Scheme, F::U16, F::Name],
        // NID, L64
        104 | 106 => &[F::U16, F::Locator],
        // L32
        105 => &[F::U16, F::Ipv4],
        // EUI48, EUI64
        108 => &[F::Eui48],
        109 => &[F::Eui64],
        // URI
        256 => &[F::U16, F::U16, F::Text],
        // CAA
        257 => &[F::U8, F::Tag, F::Text],
        // AMTRELAY
        260 => &[F::U8, F::Relay, F::Gateway],
        _ => return None,
    })
}

/// Returns how many octets a field takes, if that is the same for all RDATA.
const fn width(field: Field) -> Option<usize> {
    Some(match field {
        F::U8 | F::Algorithm | F::Scheme | F::Relay => 1,
        F::U16 | F::Certificate | F::Type => 2,
        F::U32 | F::Ttl | F::Ipv4 | F::Time => 4,
        F::Eui48 => 6,
        F::Locator | F::Eui64 => 8,
        F::Ipv6 | F::Location => 16,
        F::Name
        | F::Names
        | F::String
        | F::Tag
        | F::Salt
        | F::Hash
        | F::Gateway
        | F::HostIdentity
        | F::Strings
        | F::Types
        | F::Parameters
        | F::Prefixes
        | F::Ports
        | F::Nsap
        | F::Hex
        | F::Base64
        | F::Key
        | F::Text
        | F::Opaque => return None,
    })
}

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
                (F::Name, Self::NoName, Some(octets)) => Self::OneName(octets),
                (F::Name | F::Names | F::Gateway, ..) => Self::Fields,
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
            F::Name => self.name(),
            F::String | F::Tag | F::Salt | F::Hash => {
                let length = *self.octets.get(self.at).ok_or(Malformed::Rdata)?;
                self.pass(1 + usize::from(length))
            }
            F::Gateway => match self.octets.get(self.start + 1).map(|kind| kind & 0x7f) {
                Some(1) => self.pass(4),
                Some(2) => self.pass(16),
                Some(3) => self.name(),
                _ => Ok(()),
            },
            F::HostIdentity => {
                let lengths = self.octets.get(self.start..).and_then(<[u8]>::first_chunk);
                let &[hit, _, high, low] = lengths.ok_or(Malformed::Rdata)?;
                self.pass(4 + usize::from(hit) + usize::from(u16::from_be_bytes([high, low])))
            }
            F::Names => {
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
