//! The fields of the RDATA of each type.

use crate::dns::rtype::Rtype;

/// A field of RDATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Unsigned integers in network order.
    U8,
    U16,
    U32,
    /// A DNSSEC algorithm, one octet; in text a number or a mnemonic (RFC 4034 appendix A.1).
    Algorithm,
    /// A certificate type, two octets; in text a number or a mnemonic (RFC 4398 section 2.1).
    Certificate,
    /// A notification scheme, one octet; in text a number or a mnemonic (RFC 9859).
    Scheme,
    /// Seconds, four octets; in text a number, with or without units.
    Ttl,
    /// IP addresses.
    Ipv4,
    Ipv6,
    /// A 64-bit locator or node identifier, one half of an IPv6 address (RFC 6742).
    Locator,
    /// Hardware addresses (RFC 7043).
    Eui48,
    Eui64,
    /// A location on earth (RFC 1876).
    Location,
    /// Seconds since 1970 (RFC 4034 section 3.2).
    Timestamp,
    /// An RR type, in text its mnemonic.
    Type,
    /// A domain name.
    Name,
    /// A character string (RFC 1035 section 3.3).
    String,
    /// A character string of letters and digits, without quotes (RFC 8659 section 4.1.1).
    Tag,
    /// A salt behind its length; in text hexadecimal, `-` when empty (RFC 5155 section 3.3).
    Salt,
    /// A hash behind its length; in text base32hex (RFC 5155 section 3.3).
    Hash,
    /// The discovery bit and the seven bits of the relay type (RFC 8777 section 4.2).
    Relay,
    /// A gateway or relay, whose type is in the second octet of the RDATA (RFC 4025, RFC 8777).
    Gateway,
    /// The host identity tag and the public key, behind their lengths (RFC 8005).
    HostIdentity,
    /// The rest: character strings.
    Strings,
    /// The rest: domain names.
    Names,
    /// The rest: a bitmap of types (RFC 4034 section 4.1.2).
    TypeBitmap,
    /// The rest: the parameters of SVCB (RFC 9460 section 2.2).
    SvcParams,
    /// The rest: address prefixes (RFC 3123).
    AddressPrefixes,
    /// The rest: a bitmap of ports (RFC 1035 section 3.4.2).
    PortBitmap,
    /// The rest: an NSAP address, in text hexadecimal behind `0x` (RFC 1706).
    Nsap,
    /// The rest, at least an octet: in text hexadecimal or base64.
    Hex,
    Base64,
    /// The rest, which may be empty: in text base64.
    OptionalBase64,
    /// The rest: in text one string in quotes.
    QuotedRest,
    /// The rest, of unknown form.
    Opaque,
}

/// The fields of the RDATA of a type; `None` if the type is not known.
pub(super) const fn fields(rtype: Rtype) -> Option<&'static [Field]> {
    Some(match rtype.0 {
        1 => &[Field::Ipv4],
        // NS, MD, MF, CNAME, MB, MG, MR, PTR, NSAP-PTR, DNAME
        2 | 3 | 4 | 5 | 7 | 8 | 9 | 12 | 23 | 39 => &[Field::Name],
        // SOA
        6 => &[Field::Name, Field::Name, Field::U32, Field::Ttl, Field::Ttl, Field::Ttl, Field::Ttl],
        // WKS
        11 => &[Field::Ipv4, Field::U8, Field::PortBitmap],
        // HINFO
        13 => &[Field::String, Field::String],
        // MINFO, RP, TALINK
        14 | 17 | 58 => &[Field::Name, Field::Name],
        // MX, AFSDB, RT, KX, LP
        15 | 18 | 21 | 36 | 107 => &[Field::U16, Field::Name],
        // TXT, X25, ISDN, SPF, NINFO, AVC, RESINFO, WALLET
        16 | 19 | 20 | 56 | 99 | 258 | 261 | 262 => &[Field::Strings],
        // NSAP
        22 => &[Field::Nsap],
        // SIG, RRSIG
        24 | 46 => &[
            Field::Type,
            Field::Algorithm,
            Field::U8,
            Field::Ttl,
            Field::Timestamp,
            Field::Timestamp,
            Field::U16,
            Field::Name,
            Field::Base64,
        ],
        // KEY, DNSKEY, RKEY, CDNSKEY
        25 | 48 | 57 | 60 => &[Field::U16, Field::U8, Field::Algorithm, Field::Base64],
        // PX
        26 => &[Field::U16, Field::Name, Field::Name],
        // GPOS
        27 => &[Field::String, Field::String, Field::String],
        28 => &[Field::Ipv6],
        // LOC
        29 => &[Field::Location],
        // NXT: the bitmap of RFC 2535 section 5.2 is not that of NSEC
        30 => &[Field::Name, Field::Opaque],
        // EID, NIMLOC
        31 | 32 => &[Field::Hex],
        // SRV
        33 => &[Field::U16, Field::U16, Field::U16, Field::Name],
        // NAPTR
        35 => &[Field::U16, Field::U16, Field::String, Field::String, Field::String, Field::Name],
        // CERT
        37 => &[Field::Certificate, Field::U16, Field::Algorithm, Field::Base64],
        // APL
        42 => &[Field::AddressPrefixes],
        // DS, CDS, TA, DLV
        43 | 59 | 32768 | 32769 => &[Field::U16, Field::Algorithm, Field::U8, Field::Hex],
        // SSHFP
        44 => &[Field::U8, Field::U8, Field::Hex],
        // IPSECKEY
        45 => &[Field::U8, Field::U8, Field::Algorithm, Field::Gateway, Field::OptionalBase64],
        // NSEC
        47 => &[Field::Name, Field::TypeBitmap],
        // DHCID, OPENPGPKEY
        49 | 61 => &[Field::Base64],
        // NSEC3
        50 => &[Field::U8, Field::U8, Field::U16, Field::Salt, Field::Hash, Field::TypeBitmap],
        // NSEC3PARAM
        51 => &[Field::U8, Field::U8, Field::U16, Field::Salt],
        // TLSA, SMIMEA
        52 | 53 => &[Field::U8, Field::U8, Field::U8, Field::Hex],
        // HIP
        55 => &[Field::HostIdentity, Field::Names],
        // CSYNC
        62 => &[Field::U32, Field::U16, Field::TypeBitmap],
        // ZONEMD
        63 => &[Field::U32, Field::U8, Field::U8, Field::Hex],
        // SVCB, HTTPS
        64 | 65 => &[Field::U16, Field::Name, Field::SvcParams],
        // DSYNC
        66 => &[Field::Type, Field::Scheme, Field::U16, Field::Name],
        // NID, L64
        104 | 106 => &[Field::U16, Field::Locator],
        // L32
        105 => &[Field::U16, Field::Ipv4],
        // EUI48, EUI64
        108 => &[Field::Eui48],
        109 => &[Field::Eui64],
        // URI
        256 => &[Field::U16, Field::U16, Field::QuotedRest],
        // CAA
        257 => &[Field::U8, Field::Tag, Field::QuotedRest],
        // AMTRELAY
        260 => &[Field::U8, Field::Relay, Field::Gateway],
        _ => return None,
    })
}

/// The length of a field in octets, if it is fixed.
pub(super) const fn fixed_len(field: Field) -> Option<usize> {
    Some(match field {
        Field::U8 | Field::Algorithm | Field::Scheme | Field::Relay => 1,
        Field::U16 | Field::Certificate | Field::Type => 2,
        Field::U32 | Field::Ttl | Field::Ipv4 | Field::Timestamp => 4,
        Field::Eui48 => 6,
        Field::Locator | Field::Eui64 => 8,
        Field::Ipv6 | Field::Location => 16,
        Field::Name
        | Field::Names
        | Field::String
        | Field::Tag
        | Field::Salt
        | Field::Hash
        | Field::Gateway
        | Field::HostIdentity
        | Field::Strings
        | Field::TypeBitmap
        | Field::SvcParams
        | Field::AddressPrefixes
        | Field::PortBitmap
        | Field::Nsap
        | Field::Hex
        | Field::Base64
        | Field::OptionalBase64
        | Field::QuotedRest
        | Field::Opaque => return None,
    })
}
