//! A record of the zones, and its zone-file text.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::{BASE32HEX_NOPAD, BASE64, HEXLOWER};

/// One record; names are absolute, with the final dot.
pub(crate) struct Record {
    pub(crate) owner: String,
    pub(crate) ttl: u32,
    pub(crate) data: Rdata,
}

/// Type and RDATA of a record.
pub(crate) enum Rdata {
    Soa { mname: String, rname: String },
    Ns(String),
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Mx(u16, String),
    Txt(String),
    Ds { tag: u16, digest: [u8; 32] },
    Dnskey([u8; 64]),
    Rrsig { covered: u16, labels: u8, signer: String, signature: [u8; 64] },
    Nsec3 { next: [u8; 20], types: &'static [u16] },
    Nsec3Param,
}

/// Serial, refresh, retry, expire and minimum of every SOA.
pub(crate) const SOA_NUMBERS: [u32; 5] = [2_026_112_301, 3600, 600, 86_400, 300];

/// Algorithm of all signatures: ECDSA P-256.
pub(crate) const ALGORITHM: u8 = 13;

/// Key tag of all signatures.
pub(crate) const KEY_TAG: u16 = 31_589;

/// The original TTL of all signatures.
pub(crate) const SIGNED_TTL: u32 = 86_400;

/// Expiration and inception of all signatures, in seconds since 1970 and as zone-file text. They expire in 2080.
pub(crate) const VALID: [(u32, &str); 2] =
    [(3_471_292_800, "20800101000000"), (1_793_491_200, "20261101000000")];

impl Rdata {
    /// The number of the type.
    pub(crate) fn rtype(&self) -> u16 {
        match self {
            Self::A(_) => 1,
            Self::Ns(_) => 2,
            Self::Soa { .. } => 6,
            Self::Mx(..) => 15,
            Self::Txt(_) => 16,
            Self::Aaaa(_) => 28,
            Self::Ds { .. } => 43,
            Self::Rrsig { .. } => 46,
            Self::Dnskey(_) => 48,
            Self::Nsec3 { .. } => 50,
            Self::Nsec3Param => 51,
        }
    }

    /// The mnemonic of the type.
    pub(crate) fn mnemonic(&self) -> &'static str {
        mnemonic(self.rtype())
    }
}

/// The mnemonic of a type.
fn mnemonic(rtype: u16) -> &'static str {
    match rtype {
        1 => "A",
        2 => "NS",
        6 => "SOA",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        43 => "DS",
        46 => "RRSIG",
        48 => "DNSKEY",
        50 => "NSEC3",
        51 => "NSEC3PARAM",
        other => unreachable!("no zone of the benchmarks has type {other}"),
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ", self.owner, self.ttl, self.data.mnemonic())?;
        match &self.data {
            Rdata::Soa { mname, rname } => {
                write!(f, "{mname} {rname}")?;
                SOA_NUMBERS.iter().try_for_each(|number| write!(f, " {number}"))
            }
            Rdata::Ns(name) => f.write_str(name),
            Rdata::A(address) => address.fmt(f),
            Rdata::Aaaa(address) => address.fmt(f),
            Rdata::Mx(preference, name) => write!(f, "{preference} {name}"),
            Rdata::Txt(text) => write!(f, "\"{text}\""),
            Rdata::Ds { tag, digest } => write!(f, "{tag} {ALGORITHM} 2 {}", HEXLOWER.encode(digest)),
            Rdata::Dnskey(key) => write!(f, "257 3 {ALGORITHM} {}", BASE64.encode(key)),
            Rdata::Rrsig { covered, labels, signer, signature } => {
                let [(_, expiration), (_, inception)] = VALID;
                write!(
                    f,
                    "{} {ALGORITHM} {labels} {SIGNED_TTL} {expiration} {inception} {KEY_TAG} {signer} {}",
                    mnemonic(*covered),
                    BASE64.encode(signature)
                )
            }
            Rdata::Nsec3 { next, types } => {
                write!(f, "1 1 0 - {}", BASE32HEX_NOPAD.encode(next))?;
                types.iter().try_for_each(|&rtype| write!(f, " {}", mnemonic(rtype)))
            }
            Rdata::Nsec3Param => f.write_str("1 0 0 -"),
        }
    }
}
