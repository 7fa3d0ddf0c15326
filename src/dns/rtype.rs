//! RR types: mnemonics, and `TYPEnnn` for types without one (RFC 3597 section 5).

use std::fmt;
use std::str::FromStr;

/// The type of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rtype(pub u16);

impl Rtype {
    /// An IPv4 address.
    pub const A: Self = Self(1);
    /// A name server of a zone or of a delegation.
    pub const NS: Self = Self(2);
    /// An alias.
    pub const CNAME: Self = Self(5);
    /// The start of a zone of authority.
    pub const SOA: Self = Self(6);
    /// A name that another name stands for.
    pub const PTR: Self = Self(12);
    /// A mail exchange.
    pub const MX: Self = Self(15);
    /// Text.
    pub const TXT: Self = Self(16);
    /// An IPv6 address (RFC 3596).
    pub const AAAA: Self = Self(28);
    /// The redirection of all names below its owner (RFC 6672).
    pub const DNAME: Self = Self(39);
    /// EDNS (RFC 6891).
    pub const OPT: Self = Self(41);
    /// The digest of a key of a delegated zone (RFC 4034 section 5).
    pub const DS: Self = Self(43);
    /// A signature (RFC 4034 section 3).
    pub const RRSIG: Self = Self(46);
    /// Proof that a name does not exist (RFC 4034 section 4).
    pub const NSEC: Self = Self(47);
    /// Proof that a name does not exist, by hashed names (RFC 5155).
    pub const NSEC3: Self = Self(50);
    /// The parameters of hashed names (RFC 5155 section 4).
    pub const NSEC3PARAM: Self = Self(51);
    /// A key that signs the zone (RFC 4034 section 2).
    pub const DNSKEY: Self = Self(48);
    /// The keys that the parent is to trust (RFC 7344).
    pub const CDS: Self = Self(59);
    /// The same as keys (RFC 7344).
    pub const CDNSKEY: Self = Self(60);
    /// The digest of the zone (RFC 8976).
    pub const ZONEMD: Self = Self(63);
    /// Who may issue certificates (RFC 8659).
    pub const CAA: Self = Self(257);
    /// How a web site is reached (RFC 9460).
    pub const HTTPS: Self = Self(65);
    /// How far BIND has come with signing.
    const SIGNING_STATE: Self = Self(65534);
    /// The signature of a message (RFC 8945 section 4.2).
    pub const TSIG: Self = Self(250);
    /// QTYPE: an incremental zone transfer (RFC 1995).
    pub const IXFR: Self = Self(251);
    /// QTYPE: a full zone transfer (RFC 5936).
    pub const AXFR: Self = Self(252);

    /// Whether a server that signs a zone adds records of this type to it.
    pub fn is_made_by_signers(self) -> bool {
        let made = [
            Self::RRSIG,
            Self::NSEC,
            Self::NSEC3,
            Self::NSEC3PARAM,
            Self::DNSKEY,
            Self::CDS,
            Self::CDNSKEY,
            Self::ZONEMD,
            Self::SIGNING_STATE,
        ];
        made.contains(&self)
    }

    /// Whether each of several signers of a zone has its own records of this type (RFC 8901): all that a signer adds,
    /// but what it tells the parent, which must be the same everywhere.
    pub fn is_of_each_signer(self) -> bool {
        self.is_made_by_signers() && !matches!(self, Self::CDS | Self::CDNSKEY)
    }
}

/// Why a text is not an RR type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not an RR type; write a mnemonic or TYPE1 to TYPE65535", .0.escape_debug())]
pub struct UnknownMnemonic(String);

/// IANA's registry "Resource Record (RR) TYPEs": the types of zones and the QTYPEs of queries.
const MNEMONICS: &[(u16, &str)] = &[
    (1, "A"),
    (2, "NS"),
    (3, "MD"),
    (4, "MF"),
    (5, "CNAME"),
    (6, "SOA"),
    (7, "MB"),
    (8, "MG"),
    (9, "MR"),
    (10, "NULL"),
    (11, "WKS"),
    (12, "PTR"),
    (13, "HINFO"),
    (14, "MINFO"),
    (15, "MX"),
    (16, "TXT"),
    (17, "RP"),
    (18, "AFSDB"),
    (19, "X25"),
    (20, "ISDN"),
    (21, "RT"),
    (22, "NSAP"),
    (23, "NSAP-PTR"),
    (24, "SIG"),
    (25, "KEY"),
    (26, "PX"),
    (27, "GPOS"),
    (28, "AAAA"),
    (29, "LOC"),
    (30, "NXT"),
    (31, "EID"),
    (32, "NIMLOC"),
    (33, "SRV"),
    (34, "ATMA"),
    (35, "NAPTR"),
    (36, "KX"),
    (37, "CERT"),
    (38, "A6"),
    (39, "DNAME"),
    (40, "SINK"),
    (41, "OPT"),
    (42, "APL"),
    (43, "DS"),
    (44, "SSHFP"),
    (45, "IPSECKEY"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (49, "DHCID"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (53, "SMIMEA"),
    (55, "HIP"),
    (56, "NINFO"),
    (57, "RKEY"),
    (58, "TALINK"),
    (59, "CDS"),
    (60, "CDNSKEY"),
    (61, "OPENPGPKEY"),
    (62, "CSYNC"),
    (63, "ZONEMD"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (66, "DSYNC"),
    (67, "HHIT"),
    (68, "BRID"),
    (99, "SPF"),
    (100, "UINFO"),
    (101, "UID"),
    (102, "GID"),
    (103, "UNSPEC"),
    (104, "NID"),
    (105, "L32"),
    (106, "L64"),
    (107, "LP"),
    (108, "EUI48"),
    (109, "EUI64"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
    (258, "AVC"),
    (259, "DOA"),
    (260, "AMTRELAY"),
    (261, "RESINFO"),
    (262, "WALLET"),
    (32768, "TA"),
    (32769, "DLV"),
];

impl fmt::Display for Rtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match MNEMONICS.iter().find(|(number, _)| *number == self.0) {
            Some((_, mnemonic)) => f.pad(mnemonic),
            None => f.pad(&format!("TYPE{}", self.0)),
        }
    }
}

impl FromStr for Rtype {
    type Err = UnknownMnemonic;

    fn from_str(text: &str) -> Result<Self, UnknownMnemonic> {
        let upper = text.to_ascii_uppercase();
        let named = MNEMONICS.iter().find(|(_, mnemonic)| *mnemonic == upper).map(|(number, _)| *number);
        let numbered = || upper.strip_prefix("TYPE")?.parse().ok().filter(|&number| number != 0);
        named.or_else(numbered).map(Self).ok_or_else(|| UnknownMnemonic(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_parsed_as_it_is_printed() {
        for number in 1..=u16::MAX {
            assert_eq!(Rtype(number).to_string().parse(), Ok(Rtype(number)));
        }
    }

    #[test]
    fn a_type_without_a_mnemonic_is_printed_by_number() {
        assert_eq!(Rtype(65280).to_string(), "TYPE65280");
        assert_eq!("type65280".parse(), Ok(Rtype(65280)));
        assert!("TYPE65536".parse::<Rtype>().is_err());
        assert!("TYPE0".parse::<Rtype>().is_err());
        assert!("WWW".parse::<Rtype>().is_err());
    }
}
