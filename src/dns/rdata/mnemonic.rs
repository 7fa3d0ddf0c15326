//! The mnemonics of numbers in RDATA.

use super::field::Field;
use super::services;

/// DNSSEC algorithms (IANA "DNS Security Algorithm Numbers"), with the spellings that servers use.
const ALGORITHMS: &[(u16, &str)] = &[
    (1, "RSAMD5"),
    (2, "DH"),
    (3, "DSA"),
    (4, "ECC"),
    (5, "RSASHA1"),
    (6, "DSA-NSEC3-SHA1"),
    (6, "NSEC3DSA"),
    (7, "RSASHA1-NSEC3-SHA1"),
    (7, "NSEC3RSASHA1"),
    (8, "RSASHA256"),
    (10, "RSASHA512"),
    (12, "ECC-GOST"),
    (12, "ECCGOST"),
    (13, "ECDSAP256SHA256"),
    (13, "ECDSA256"),
    (14, "ECDSAP384SHA384"),
    (14, "ECDSA384"),
    (15, "ED25519"),
    (16, "ED448"),
    (252, "INDIRECT"),
    (253, "PRIVATEDNS"),
    (254, "PRIVATEOID"),
];

/// Certificate types (RFC 4398 section 2.1).
const CERTIFICATES: &[(u16, &str)] = &[
    (1, "PKIX"),
    (2, "SPKI"),
    (3, "PGP"),
    (4, "IPKIX"),
    (5, "ISPKI"),
    (6, "IPGP"),
    (7, "ACPKIX"),
    (8, "IACPKIX"),
    (253, "URI"),
    (254, "OID"),
];

/// Notification schemes (RFC 9859).
const SCHEMES: &[(u16, &str)] = &[(1, "NOTIFY")];

/// Types of digests in DS (RFC 4034 appendix A.2), with the spellings that BIND reads.
const DIGEST_TYPES: &[(u16, &str)] =
    &[(1, "SHA-1"), (1, "SHA1"), (2, "SHA-256"), (2, "SHA256"), (3, "GOST"), (4, "SHA-384"), (4, "SHA384")];

/// Hash algorithms of NSEC3 (RFC 5155 section 11).
const HASH_ALGORITHMS: &[(u16, &str)] = &[(1, "SHA-1")];

/// Protocols of keys (RFC 2535 section 7.1).
const KEY_PROTOCOLS: &[(u16, &str)] =
    &[(0, "NONE"), (1, "TLS"), (2, "EMAIL"), (3, "DNSSEC"), (4, "IPSEC"), (255, "ALL")];

/// Flags of keys (RFC 2535 section 7.1).
const KEY_FLAGS: &[(u16, &str)] = &[
    (0x4000, "NOCONF"),
    (0x8000, "NOAUTH"),
    (0xc000, "NOKEY"),
    (0x2000, "FLAG2"),
    (0x1000, "EXTEND"),
    (0x0800, "FLAG4"),
    (0x0400, "FLAG5"),
    (0x0000, "USER"),
    (0x0100, "ZONE"),
    (0x0200, "HOST"),
    (0x0300, "NTYP3"),
    (0x0080, "FLAG8"),
    (0x0040, "FLAG9"),
    (0x0020, "FLAG10"),
    (0x0010, "FLAG11"),
    (0x0001, "KSK"),
];

/// The number that a mnemonic stands for in a field.
pub(super) fn number(field: Field, text: &str) -> Option<u16> {
    let table = match field {
        Field::Algorithm => ALGORITHMS,
        Field::Certificate => CERTIFICATES,
        Field::DigestType => DIGEST_TYPES,
        Field::HashAlgorithm => HASH_ALGORITHMS,
        Field::KeyFlags => return key_flags(text),
        Field::KeyProtocol => KEY_PROTOCOLS,
        Field::Protocol => services::PROTOCOLS,
        Field::Scheme => SCHEMES,
        _ => return None,
    };
    find(table, text)
}

/// The flags of a key: hexadecimal, or mnemonics with `|` between them.
fn key_flags(text: &str) -> Option<u16> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u16::from_str_radix(digits, 16).ok(),
        None => text.split('|').map(key_flag).try_fold(0, |flags, flag| Some(flags | flag?)),
    }
}

fn key_flag(name: &str) -> Option<u16> {
    let signatory = || {
        let (prefix, number) = name.split_at_checked(3)?;
        let is_signatory = prefix.eq_ignore_ascii_case("SIG");
        number.parse().ok().filter(|number| is_signatory && *number < 16)
    };
    find(KEY_FLAGS, name).or_else(signatory)
}

/// The number of a name in a table, in any letter case.
pub(super) fn find(table: &[(u16, &str)], text: &str) -> Option<u16> {
    table.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(number, _)| *number)
}
