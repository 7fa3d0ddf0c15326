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
    /// The type of a digest, one octet; in text a number or a mnemonic (RFC 4034 appendix A.2).
    DigestType,
    /// A hash algorithm of NSEC3, one octet; in text a number or a mnemonic (RFC 5155 section 11).
    HashAlgorithm,
    /// The flags of a key, two octets; in text a number, or mnemonics with `|` between them (RFC 2535 section 7.1).
    KeyFlags,
    /// The protocol of a key, one octet; in text a number or a mnemonic (RFC 2535 section 7.1).
    KeyProtocol,
    /// An IP protocol, one octet; in text a number or a name (RFC 1035 section 3.4.2).
    Protocol,
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
    /// A gateway, whose type is in the second octet of the RDATA (RFC 4025).
    Gateway,
    /// A relay, whose type is in the second octet of the RDATA (RFC 8777).
    RelayAddress,
    /// The length of a prefix, the rest of an IPv6 address, and the name of the prefix (RFC 2874 section 3.1).
    A6,
    /// The host identity tag and the public key, behind their lengths (RFC 8005).
    HostIdentity,
    /// The rest: a character string or nothing.
    OptionalString,
    /// The rest: at least one character string.
    Strings,
    /// The rest: domain names.
    Names,
    /// The rest: a bitmap of types (RFC 4034 section 4.1.2).
    TypeBitmap,
    /// The rest: a bitmap of the types below 128 (RFC 2535 section 5.2).
    NxtBitmap,
    /// The rest: the parameters of SVCB (RFC 9460 section 2.2).
    SvcParams,
    /// The rest: address prefixes (RFC 3123).
    AddressPrefixes,
    /// The rest: a bitmap of ports (RFC 1035 section 3.4.2).
    PortBitmap,
    /// The rest: an NSAP address, in text hexadecimal behind `0x` (RFC 1706).
    Nsap,
    /// The rest: an ATM address, in text hexadecimal, or decimal behind `+`.
    Atma,
    /// The rest, at least an octet: in text hexadecimal or base64.
    Hex,
    Base64,
    /// The rest, hexadecimal in text: a digest of the type in the octet before.
    Digest(DigestLengths),
    /// The rest, base64 in text: a key, which is absent if the flags say so (RFC 2535 section 3.1.2).
    Key,
    /// The rest, which may be empty: in text base64.
    OptionalBase64,
    /// The rest, which may be empty: in text base64, `-` when empty.
    DashedBase64,
    /// The rest: in text one string in quotes.
    QuotedRest,
}

/// The lengths of the digests of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DigestLengths {
    /// The types of digests whose length is known, and that length.
    pub(super) known: &'static [(u8, usize)],
    /// The least length of the others.
    pub(super) min: usize,
}

impl DigestLengths {
    /// Whether there may be no digest behind RDATA that ends with its type.
    pub(super) fn may_be_empty(self, front: &[u8]) -> bool {
        let is_known = self.known.iter().any(|(number, _)| front.last() == Some(number));
        self.min == 0 && !is_known
    }
}

/// DS (RFC 4034, RFC 4509, RFC 6605).
const DS_DIGESTS: DigestLengths = DigestLengths { known: &[(1, 20), (2, 32), (4, 48)], min: 1 };

/// SSHFP (RFC 4255, RFC 6594).
const SSH_FINGERPRINTS: DigestLengths = DigestLengths { known: &[(1, 20), (2, 32)], min: 0 };

/// ZONEMD (RFC 8976 section 2.2.4).
const ZONE_DIGESTS: DigestLengths = DigestLengths { known: &[(1, 48), (2, 64)], min: 12 };

/// The fields of the RDATA of a type; `None` if the type is not known.
#[expect(clippy::too_many_lines, reason = "one flat table")]
pub(super) const fn fields(rtype: Rtype) -> Option<&'static [Field]> {
    Some(match rtype.0 {
        1 => &[Field::Ipv4],
        // NS, MD, MF, CNAME, MB, MG, MR, PTR, NSAP-PTR, DNAME
        2 | 3 | 4 | 5 | 7 | 8 | 9 | 12 | 23 | 39 => &[Field::Name],
        // SOA
        6 => &[Field::Name, Field::Name, Field::U32, Field::Ttl, Field::Ttl, Field::Ttl, Field::Ttl],
        // WKS
        11 => &[Field::Ipv4, Field::Protocol, Field::PortBitmap],
        // HINFO
        13 => &[Field::String, Field::String],
        // MINFO, RP, TALINK
        14 | 17 | 58 => &[Field::Name, Field::Name],
        // MX, AFSDB, RT, KX, LP
        15 | 18 | 21 | 36 | 107 => &[Field::U16, Field::Name],
        // TXT, NINFO, SPF, AVC, RESINFO, WALLET
        16 | 56 | 99 | 258 | 261 | 262 => &[Field::Strings],
        // X25
        19 => &[Field::String],
        // ISDN
        20 => &[Field::String, Field::OptionalString],
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
        // KEY
        25 => &[Field::KeyFlags, Field::KeyProtocol, Field::Algorithm, Field::Key],
        // DNSKEY, RKEY, CDNSKEY
        48 | 57 | 60 => &[Field::KeyFlags, Field::KeyProtocol, Field::Algorithm, Field::Base64],
        // PX
        26 => &[Field::U16, Field::Name, Field::Name],
        // GPOS
        27 => &[Field::String, Field::String, Field::String],
        28 => &[Field::Ipv6],
        // LOC
        29 => &[Field::Location],
        // NXT
        30 => &[Field::Name, Field::NxtBitmap],
        // EID, NIMLOC
        31 | 32 => &[Field::Hex],
        // SRV
        33 => &[Field::U16, Field::U16, Field::U16, Field::Name],
        // ATMA
        34 => &[Field::Atma],
        // NAPTR
        35 => &[Field::U16, Field::U16, Field::String, Field::String, Field::String, Field::Name],
        // CERT
        37 => &[Field::Certificate, Field::U16, Field::Algorithm, Field::Base64],
        // A6
        38 => &[Field::A6],
        // SINK
        40 => &[Field::U8, Field::U8, Field::U8, Field::OptionalBase64],
        // APL
        42 => &[Field::AddressPrefixes],
        // DS, CDS, TA, DLV
        43 | 59 | 32768 | 32769 => {
            &[Field::U16, Field::Algorithm, Field::DigestType, Field::Digest(DS_DIGESTS)]
        }
        // SSHFP
        44 => &[Field::U8, Field::U8, Field::Digest(SSH_FINGERPRINTS)],
        // IPSECKEY
        45 => &[Field::U8, Field::U8, Field::Algorithm, Field::Gateway, Field::OptionalBase64],
        // NSEC
        47 => &[Field::Name, Field::TypeBitmap],
        // DHCID, OPENPGPKEY, HHIT, BRID
        49 | 61 | 67 | 68 => &[Field::Base64],
        // NSEC3
        50 => &[Field::HashAlgorithm, Field::U8, Field::U16, Field::Salt, Field::Hash, Field::TypeBitmap],
        // NSEC3PARAM
        51 => &[Field::HashAlgorithm, Field::U8, Field::U16, Field::Salt],
        // TLSA, SMIMEA
        52 | 53 => &[Field::U8, Field::U8, Field::U8, Field::Hex],
        // HIP
        55 => &[Field::HostIdentity, Field::Names],
        // CSYNC
        62 => &[Field::U32, Field::U16, Field::TypeBitmap],
        // ZONEMD
        63 => &[Field::U32, Field::U8, Field::U8, Field::Digest(ZONE_DIGESTS)],
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
        // DOA
        259 => &[Field::U32, Field::U32, Field::U8, Field::String, Field::DashedBase64],
        // AMTRELAY
        260 => &[Field::U8, Field::Relay, Field::RelayAddress],
        _ => return None,
    })
}

/// The length of a field in octets, if it is printed as a number.
pub(super) const fn number_len(field: Field) -> Option<usize> {
    Some(match field {
        Field::U8
        | Field::Algorithm
        | Field::DigestType
        | Field::HashAlgorithm
        | Field::KeyProtocol
        | Field::Protocol
        | Field::Scheme => 1,
        Field::U16 | Field::KeyFlags | Field::Certificate => 2,
        Field::U32 | Field::Ttl => 4,
        _ => return None,
    })
}

/// The length of a field in octets, if it is fixed.
pub(super) const fn fixed_len(field: Field) -> Option<usize> {
    Some(match field {
        Field::Relay => 1,
        Field::Type => 2,
        Field::Ipv4 | Field::Timestamp => 4,
        Field::Eui48 => 6,
        Field::Locator | Field::Eui64 => 8,
        Field::Ipv6 | Field::Location => 16,
        _ => return number_len(field),
    })
}

/// The name of a field in messages.
pub(super) const fn name(field: Field) -> &'static str {
    match field {
        Field::Ttl | Field::Timestamp => "a time",
        Field::Relay => "a number",
        _ if number_len(field).is_some() => "a number",
        Field::Ipv4 => "the IPv4 address",
        Field::Ipv6 => "the IPv6 address",
        Field::Locator => "the locator",
        Field::Eui48 => "the EUI-48",
        Field::Eui64 => "the EUI-64",
        Field::Location => "the location",
        Field::Type => "a type",
        Field::Name | Field::Names => "a name",
        Field::String | Field::OptionalString | Field::Strings => "a string",
        Field::Tag => "the tag",
        Field::Salt => "the salt",
        Field::Hash => "the hash",
        Field::Gateway => "the gateway",
        Field::RelayAddress => "the relay",
        Field::A6 => "the address",
        Field::HostIdentity => "the host identity",
        Field::TypeBitmap | Field::NxtBitmap => "the bitmap of types",
        Field::PortBitmap => "the bitmap of ports",
        Field::SvcParams => "the list of parameters",
        Field::AddressPrefixes => "the list of address prefixes",
        Field::Nsap => "the NSAP address",
        Field::Atma => "the ATM address",
        Field::Digest(_) => "the digest",
        Field::Key => "the key",
        _ => "the rest of the data",
    }
}

/// Whether the flags of a KEY say that it has no key (RFC 2535 section 3.1.2).
pub(super) fn has_no_key(rdata: &[u8]) -> bool {
    rdata.first().is_some_and(|flags| flags & 0xc0 == 0xc0)
}

/// The type of the gateway or relay of RDATA that has one: its second octet, without the discovery bit of a relay.
pub(super) fn gateway_type(rdata: &[u8]) -> Option<u8> {
    rdata.get(1).map(|octet| octet & 0x7f)
}

/// Whether octets are the tag of a CAA record (RFC 8659 section 4.1).
pub(super) fn is_tag(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(u8::is_ascii_alphanumeric)
}
