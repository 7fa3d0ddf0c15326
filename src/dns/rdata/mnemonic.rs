//! The mnemonics of numbers in RDATA.

use super::field::Field;

/// DNSSEC algorithms (IANA "DNS Security Algorithm Numbers"), with the spellings that servers use.
const ALGORITHMS: &[(u16, &str)] = &[
    (1, "RSAMD5"),
    (2, "DH"),
    (3, "DSA"),
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
    (14, "ECDSAP384SHA384"),
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

/// The number that a mnemonic stands for in a field.
pub(super) fn number(field: Field, text: &str) -> Option<u16> {
    let table = match field {
        Field::Algorithm => ALGORITHMS,
        Field::Certificate => CERTIFICATES,
        Field::Scheme => SCHEMES,
        _ => return None,
    };
    table.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(number, _)| *number)
}
