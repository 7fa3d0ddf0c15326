//! The table of the fields of each type.

use crate::dns::rtype::Rtype;

/// One field of RDATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
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

/// Returns the fields of a type's RDATA, or none when nothing is known of it.
pub(super) const fn fields(rtype: Rtype) -> Option<&'static [Field]> {
    Some(match rtype.0 {
        1 => &[Field::Ipv4],
        // NS, MD, MF, CNAME, MB, MG, MR, PTR, NSAP-PTR, DNAME
        2 | 3 | 4 | 5 | 7 | 8 | 9 | 12 | 23 | 39 => &[Field::Name],
        // SOA
        6 => &[Field::Name, Field::Name, Field::U32, Field::Ttl, Field::Ttl, Field::Ttl, Field::Ttl],
        // WKS
        11 => &[Field::Ipv4, Field::U8, Field::Ports],
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
            Field::Time,
            Field::Time,
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
        // NXT: the bitmap of RFC 2535 section 5.2 is of another form than NSEC's
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
        42 => &[Field::Prefixes],
        // DS, CDS, TA, DLV
        43 | 59 | 32768 | 32769 => &[Field::U16, Field::Algorithm, Field::U8, Field::Hex],
        // SSHFP
        44 => &[Field::U8, Field::U8, Field::Hex],
        // IPSECKEY
        45 => &[Field::U8, Field::U8, Field::Algorithm, Field::Gateway, Field::Key],
        // NSEC
        47 => &[Field::Name, Field::Types],
        // DHCID, OPENPGPKEY
        49 | 61 => &[Field::Base64],
        // NSEC3
        50 => &[Field::U8, Field::U8, Field::U16, Field::Salt, Field::Hash, Field::Types],
        // NSEC3PARAM
        51 => &[Field::U8, Field::U8, Field::U16, Field::Salt],
        // TLSA, SMIMEA
        52 | 53 => &[Field::U8, Field::U8, Field::U8, Field::Hex],
        // HIP
        55 => &[Field::HostIdentity, Field::Names],
        // CSYNC
        62 => &[Field::U32, Field::U16, Field::Types],
        // ZONEMD
        63 => &[Field::U32, Field::U8, Field::U8, Field::Hex],
        // SVCB, HTTPS
        64 | 65 => &[Field::U16, Field::Name, Field::Parameters],
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
        256 => &[Field::U16, Field::U16, Field::Text],
        // CAA
        257 => &[Field::U8, Field::Tag, Field::Text],
        // AMTRELAY
        260 => &[Field::U8, Field::Relay, Field::Gateway],
        _ => return None,
    })
}

/// Returns how many octets a field takes, if that is the same for all RDATA.
pub(super) const fn width(field: Field) -> Option<usize> {
    Some(match field {
        Field::U8 | Field::Algorithm | Field::Scheme | Field::Relay => 1,
        Field::U16 | Field::Certificate | Field::Type => 2,
        Field::U32 | Field::Ttl | Field::Ipv4 | Field::Time => 4,
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
        | Field::Types
        | Field::Parameters
        | Field::Prefixes
        | Field::Ports
        | Field::Nsap
        | Field::Hex
        | Field::Base64
        | Field::Key
        | Field::Text
        | Field::Opaque => return None,
    })
}
