//! Domain names in canonical wire format: uncompressed, ASCII letters in lower case (RFC 4034 section 6.2).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::escape;
use super::idna::{InvalidULabel, to_a_labels};

/// The maximum length of a name in octets of wire format, root label included (RFC 1035 section 2.3.4).
pub const MAX_NAME: usize = 255;

/// The maximum length of a label in octets (RFC 1035 section 2.3.4).
pub const MAX_LABEL: usize = 63;

/// The maximum number of labels of a name, without the root label: each takes two octets at least.
const MAX_LABELS: usize = MAX_NAME / 2;

/// A domain name. Names that differ only in letter case are equal; clones share their octets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Arc<[u8]>);

/// Why a text is not a domain name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a name is empty")]
    Empty,
    /// The text begins with a dot, or has two dots in a row.
    #[error("a label is empty")]
    EmptyLabel,
    /// A label has more than 63 octets.
    #[error("a label is longer than 63 octets")]
    LongLabel,
    /// The name has more than 255 octets.
    #[error("a name is longer than 255 octets")]
    LongName,
    /// A backslash is not followed by a character or by three digits up to 255.
    #[error("the escape sequence is not valid")]
    BadEscape,
    /// White space or a control character is not escaped.
    #[error("`{}` is not allowed in a name", .0.escape_debug())]
    BadCharacter(char),
    /// A label with characters outside ASCII is no U-label.
    #[error(transparent)]
    InvalidULabel(#[from] InvalidULabel),
}

impl Name {
    /// Returns the name of the root zone.
    pub fn root() -> Self {
        Self([0].into())
    }

    /// Parses uncompressed wire format; `None` unless it is exactly one name.
    pub fn from_wire(wire: &[u8]) -> Option<Self> {
        let mut rest = wire;
        while let Some((&length, tail)) = rest.split_first() {
            if length == 0 {
                let fits = tail.is_empty() && wire.len() <= MAX_NAME;
                return fits.then(|| Self(wire.to_ascii_lowercase().into()));
            }
            if usize::from(length) > MAX_LABEL {
                return None;
            }
            rest = tail.get(usize::from(length)..)?;
        }
        None
    }

    /// Returns the canonical wire format.
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    /// Returns the labels from left to right, without the root label.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        labels(&self.0).into_iter()
    }

    /// Returns the canonical wire format of the name and of each name above it, the root last.
    pub fn ancestors(&self) -> impl Iterator<Item = &[u8]> {
        fn parent<'w>(wire: &&'w [u8]) -> Option<&'w [u8]> {
            let (&length, tail) = wire.split_first()?;
            tail.get(usize::from(length)..).filter(|parent| !parent.is_empty())
        }
        std::iter::successors(Some(self.as_wire()), parent)
    }

    /// Prints the name without the final dot.
    pub fn without_final_dot(&self) -> String {
        let mut text = self.to_string();
        if text.len() > 1 {
            text.pop();
        }
        text
    }
}

/// Where the labels of a name begin; found without an allocation, since long lists of names are sorted by them.
struct LabelStarts<'w> {
    wire: &'w [u8],
    starts: [u8; MAX_LABELS],
    count: usize,
}

impl<'w> LabelStarts<'w> {
    fn of(wire: &'w [u8]) -> Self {
        let (mut starts, mut count, mut start) = ([0; MAX_LABELS], 0, 0_u8);
        while let Some(&length @ 1..) = wire.get(usize::from(start)) {
            let Some(slot) = starts.get_mut(count) else { break };
            *slot = start;
            count += 1;
            start = start.saturating_add(length).saturating_add(1);
        }
        Self { wire, starts, count }
    }

    /// Returns the labels from right to left, without the root label.
    fn right_to_left(&self) -> impl Iterator<Item = &'w [u8]> {
        let starts = self.starts.get(..self.count).unwrap_or_default();
        starts.iter().rev().filter_map(|&start| {
            let (&length, tail) = self.wire.get(usize::from(start)..)?.split_first()?;
            tail.get(..usize::from(length))
        })
    }
}

/// Whether `name` is `zone` or below it; both are in canonical wire format.
pub fn is_within(name: &[u8], zone: &[u8]) -> bool {
    let mut rest = name;
    while rest.len() > zone.len() {
        let Some((&length, tail)) = rest.split_first() else { return false };
        let Some(parent) = tail.get(usize::from(length)..) else { return false };
        rest = parent;
    }
    rest == zone
}

/// Appends a sort key: keys, compared octet by octet, are in the canonical order of their names (RFC 4034
/// section 6.1).
///
/// It has the labels from right to left, two zeros behind each, and a one behind each zero within a label.
pub fn push_sort_key(out: &mut Vec<u8>, name: &[u8]) {
    for label in labels(name).into_iter().rev() {
        for &octet in label {
            out.push(octet);
            if octet == 0 {
                out.push(1);
            }
        }
        out.extend_from_slice(&[0, 0]);
    }
}

/// Prints a name in canonical wire format as text, with the final dot.
pub fn display(wire: &[u8]) -> String {
    let mut out = String::with_capacity(wire.len());
    for label in labels(wire) {
        escape::push_label(&mut out, label);
        out.push('.');
    }
    if out.is_empty() {
        out.push('.');
    }
    out
}

fn labels(wire: &[u8]) -> Vec<&[u8]> {
    let mut labels = Vec::with_capacity(8);
    let mut rest = wire;
    while let Some((&length, tail)) = rest.split_first() {
        let Some((label, parent)) = tail.split_at_checked(usize::from(length)) else { break };
        if label.is_empty() {
            break;
        }
        labels.push(label);
        rest = parent;
    }
    labels
}

impl FromStr for Name {
    type Err = NameError;

    /// Parses a name as people write it: zone-file text, in which U-labels become A-labels. The final dot is optional:
    /// every name is absolute.
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text {
            "" => return Err(NameError::Empty),
            "." => return Ok(Self(Arc::new([0]))),
            _ => {}
        }
        let text = to_a_labels(text)?;
        let mut wire = Vec::with_capacity(text.len() + 2);
        let mut label = Vec::with_capacity(MAX_LABEL);
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '.' => push_label(&mut wire, &mut label)?,
                '\\' => label.push(unescape(&mut characters)?),
                '!'..='~' => label.push(character.to_ascii_lowercase() as u8),
                other => return Err(NameError::BadCharacter(other)),
            }
        }
        if !label.is_empty() {
            push_label(&mut wire, &mut label)?;
        }
        wire.push(0);
        if wire.len() > MAX_NAME {
            return Err(NameError::LongName);
        }
        Ok(Self(wire.into()))
    }
}

fn push_label(wire: &mut Vec<u8>, label: &mut Vec<u8>) -> Result<(), NameError> {
    if label.is_empty() {
        return Err(NameError::EmptyLabel);
    }
    let length = u8::try_from(label.len()).ok().filter(|&length| usize::from(length) <= MAX_LABEL);
    wire.push(length.ok_or(NameError::LongLabel)?);
    wire.append(label);
    Ok(())
}

fn unescape(characters: &mut std::str::Chars<'_>) -> Result<u8, NameError> {
    let first = characters.next().ok_or(NameError::BadEscape)?;
    if !first.is_ascii_digit() {
        return u8::try_from(first)
            .ok()
            .filter(u8::is_ascii)
            .map(|octet| octet.to_ascii_lowercase())
            .ok_or(NameError::BadEscape);
    }
    let mut value = 0;
    for digit in [Some(first), characters.next(), characters.next()] {
        value = value * 10 + digit.and_then(|digit| digit.to_digit(10)).ok_or(NameError::BadEscape)?;
    }
    u8::try_from(value).map(|octet| octet.to_ascii_lowercase()).map_err(|_| NameError::BadEscape)
}

impl Ord for Name {
    /// The canonical order (RFC 4034 section 6.1).
    fn cmp(&self, other: &Self) -> Ordering {
        LabelStarts::of(&self.0).right_to_left().cmp(LabelStarts::of(&other.0).right_to_left())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&display(&self.0))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'d> Deserialize<'d> for Name {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn the_ancestors_of_a_name_end_with_the_root() {
        let name: Name = "a.b.example".parse().unwrap();
        let texts: Vec<String> = name.ancestors().map(display).collect();
        assert_eq!(texts, ["a.b.example.", "b.example.", "example.", "."]);
        assert_eq!(".".parse::<Name>().unwrap().ancestors().count(), 1);
    }

    #[test]
    fn names_are_equal_regardless_of_case_and_final_dot() {
        assert_eq!(name("WWW.Example.COM"), name("www.example.com."));
        assert_eq!(name("example.com").to_string(), "example.com.");
        assert_eq!(name("example.com").without_final_dot(), "example.com");
        assert_eq!(name(".").without_final_dot(), ".");
        assert_eq!(name("_a.*.BÜCHER.de"), name("_a.*.xn--bcher-kva.de"));
    }

    #[test]
    fn escapes_are_parsed_and_printed() {
        let odd = name(r"a\.b.c\032d.\255x.example.");
        assert_eq!(odd.labels().next(), Some(b"a.b".as_slice()));
        assert_eq!(odd.to_string(), r"a\.b.c\032d.\255x.example.");
    }

    #[test]
    fn text_that_is_no_name_is_refused_with_the_reason() {
        assert_eq!("".parse::<Name>(), Err(NameError::Empty));
        assert_eq!("a..b".parse::<Name>(), Err(NameError::EmptyLabel));
        assert_eq!("a b".parse::<Name>(), Err(NameError::BadCharacter(' ')));
        assert!(matches!("☃.de".parse::<Name>(), Err(NameError::InvalidULabel(_))));
        assert_eq!(format!("{}.de", "ü".repeat(60)).parse::<Name>(), Err(NameError::LongLabel));
        assert_eq!(r"a\25".parse::<Name>(), Err(NameError::BadEscape));
        assert_eq!(r"a\256".parse::<Name>(), Err(NameError::BadEscape));
        assert_eq!("x".repeat(64).parse::<Name>(), Err(NameError::LongLabel));
        assert_eq!("x.".repeat(127).parse::<Name>().map(|name| name.as_wire().len()), Ok(255));
        assert_eq!("x.".repeat(128).parse::<Name>(), Err(NameError::LongName));
    }

    #[test]
    fn a_name_is_within_a_zone_only_at_label_boundaries() {
        let zone = name("example.com");
        for (owner, within) in [
            ("example.com", true),
            ("www.example.com", true),
            ("badexample.com", false),
            ("com", false),
            ("example.org", false),
        ] {
            assert_eq!(is_within(name(owner).as_wire(), zone.as_wire()), within, "{owner}");
        }
        assert!(is_within(zone.as_wire(), name(".").as_wire()));
    }

    #[test]
    fn the_example_of_rfc_4034_section_6_1_is_in_order() {
        let sorted = [
            "example",
            "a.example",
            "yljkjljk.a.example",
            "Z.a.example",
            "zABC.a.EXAMPLE",
            "z.example",
            r"\001.z.example",
            "*.z.example",
            r"\200.z.example",
        ];
        for pair in sorted.windows(2) {
            let key = |text| {
                let mut key = Vec::new();
                push_sort_key(&mut key, name(text).as_wire());
                key
            };
            assert!(key(pair[0]) < key(pair[1]), "{} before {}", pair[0], pair[1]);
            assert!(name(pair[0]) < name(pair[1]), "{} before {}", pair[0], pair[1]);
        }
    }

    proptest! {
        #[test]
        fn sort_keys_order_names_by_their_labels_from_the_right(
            a in prop::collection::vec(prop::collection::vec(0_u8..3, 1..4), 0..4),
            b in prop::collection::vec(prop::collection::vec(0_u8..3, 1..4), 0..4),
        ) {
            let name = |labels: &[Vec<u8>]| {
                let mut wire = Vec::new();
                for label in labels {
                    wire.push(u8::try_from(label.len()).unwrap());
                    wire.extend_from_slice(label);
                }
                wire.push(0);
                Name::from_wire(&wire).unwrap()
            };
            let key = |labels: &[Vec<u8>]| {
                let mut key = Vec::new();
                push_sort_key(&mut key, name(labels).as_wire());
                key
            };
            let expected = a.iter().rev().cmp(b.iter().rev());
            prop_assert_eq!(key(&a).cmp(&key(&b)), expected);
            prop_assert_eq!(name(&a).cmp(&name(&b)), expected);
        }

        #[test]
        fn arbitrary_text_is_a_name_or_an_error(text in ".{0,300}") {
            let _ = text.parse::<Name>();
        }

        #[test]
        fn a_printed_name_parses_to_the_same_name(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..8)) {
            let mut wire = Vec::new();
            for label in &labels {
                wire.push(u8::try_from(label.len()).unwrap());
                wire.extend_from_slice(label);
            }
            wire.push(0);
            let from_wire = Name::from_wire(&wire).unwrap();
            prop_assert_eq!(from_wire.to_string().parse::<Name>().unwrap(), from_wire);
        }
    }
}
