//! Records as the text that other programs read.

use std::fmt::Write as _;

use crate::dns::rdata::{to_generic_text, to_text};
use crate::dns::{Name, Rtype};

/// The types whose mnemonic and text programs of the last ten years know, and where a name stands in their text: all
/// others are written as RFC 3597 section 5 says, which every program reads.
const WRITTEN_AS_TEXT: [(Rtype, Names); 22] = [
    (Rtype::A, Names::Nowhere),
    (Rtype::NS, Names::Everywhere),
    (Rtype::CNAME, Names::Everywhere),
    (Rtype::SOA, Names::Everywhere),
    (Rtype::PTR, Names::Everywhere),
    (Rtype(13), Names::Nowhere), // HINFO
    (Rtype::MX, Names::Everywhere),
    (Rtype::TXT, Names::Nowhere),
    (Rtype(17), Names::Everywhere), // RP
    (Rtype::AAAA, Names::Nowhere),
    (Rtype(33), Names::Everywhere), // SRV
    (Rtype(35), Names::Last),       // NAPTR
    (Rtype::DNAME, Names::Everywhere),
    (Rtype::DS, Names::Nowhere),
    (Rtype(44), Names::Nowhere), // SSHFP
    (Rtype(52), Names::Nowhere), // TLSA
    (Rtype(53), Names::Nowhere), // SMIMEA
    (Rtype(61), Names::Nowhere), // OPENPGPKEY
    (Rtype(64), Names::Second),  // SVCB
    (Rtype::HTTPS, Names::Second),
    (Rtype(256), Names::Nowhere), // URI
    (Rtype::CAA, Names::Nowhere),
];

/// The most characters of a tag that NSD takes.
const MAX_TAG: usize = 15;

/// Which fields of a text are names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Nowhere,
    /// All that are no numbers.
    Everywhere,
    /// The second one.
    Second,
    /// The last one.
    Last,
}

/// Writes a type: its mnemonic, or `TYPE` and its number.
pub(super) fn type_text(rtype: Rtype) -> String {
    match names_of(rtype) {
        Some(_) => rtype.to_string(),
        None => format!("TYPE{}", rtype.0),
    }
}

/// Writes an owner name. Every octet that is no letter, digit, hyphen, underscore, slash or asterisk is written as its
/// number: Knot reads no others as they are.
pub(super) fn owner_text(owner: &Name) -> String {
    let mut out = String::new();
    for label in owner.labels() {
        for &octet in label {
            if is_plain(octet) {
                out.push(char::from(octet));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\{octet:03}");
            }
        }
        out.push('.');
    }
    if out.is_empty() { ".".to_owned() } else { out }
}

/// Writes the RDATA of a record as text that is read as exactly these octets.
pub(super) fn rdata_text(rtype: Rtype, rdata: &[u8]) -> String {
    match as_text(rtype, rdata) {
        Some(text) => text,
        None => to_generic_text(rdata),
    }
}

/// The same in so many characters at most, if it can be.
pub(super) fn rdata_text_within(rtype: Rtype, rdata: &[u8], max: usize) -> Option<String> {
    let text = as_text(rtype, rdata).filter(|text| text.len() <= max);
    text.or_else(|| Some(to_generic_text(rdata))).filter(|text| text.len() <= max)
}

/// The text of a type that is written so, if its names are such as every program reads.
fn as_text(rtype: Rtype, rdata: &[u8]) -> Option<String> {
    let names = names_of(rtype)?;
    let text = to_text(rtype, rdata);
    let named = match names {
        Names::Nowhere => None,
        Names::Everywhere => Some(text.as_str()),
        Names::Second => text.split(' ').nth(1),
        Names::Last => text.rsplit(' ').next(),
    };
    let is_readable = |octet: u8| is_plain(octet) || matches!(octet, b'.' | b' ');
    let has_readable_names = named.is_none_or(|named| named.bytes().all(is_readable));
    (has_readable_names && !is_refused_by_some(rtype, &text)).then_some(text)
}

/// Whether NSD refuses text that others read: keys of SVCB by number, and tags of CAA that are no tags of RFC 8659 section
/// 4.1.
fn is_refused_by_some(rtype: Rtype, text: &str) -> bool {
    let is_tag = |tag: &str| {
        let is_usual = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit();
        tag.len() <= MAX_TAG && tag.bytes().all(is_usual)
    };
    match names_of(rtype) {
        Some(Names::Second) => text.contains(" key"),
        _ if rtype == Rtype::CAA => !text.split(' ').nth(1).is_none_or(is_tag),
        _ => false,
    }
}

fn names_of(rtype: Rtype) -> Option<Names> {
    WRITTEN_AS_TEXT.iter().find(|(known, _)| *known == rtype).map(|(_, names)| *names)
}

/// Whether every program reads an octet of a name as it is.
fn is_plain(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'/' | b'*')
}
