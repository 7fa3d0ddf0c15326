//! Internationalised names as people write them: U-labels become A-labels (IDNA 2008, RFC 5890).
//!
//! Labels are mapped as browsers and `dig +idnin` do (UTS 46, non-transitional), and then must be valid by RFC 5892.

use std::borrow::Cow;

use ::idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// The characters that stand for a dot between labels (UTS 46 section 2.3).
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Characters that no label may have although their category is one of letters and marks (RFC 5892 section 2.6).
const DISALLOWED: [char; 10] = [
    '\u{640}', '\u{7fa}', '\u{302e}', '\u{302f}', '\u{3031}', '\u{3032}', '\u{3033}', '\u{3034}', '\u{3035}',
    '\u{303b}',
];

/// Characters that labels may have although their category is none of letters, marks and digits (RFC 5892 section 2.6).
const ALLOWED: [char; 11] = [
    '\u{6fd}', '\u{6fe}', '\u{f0b}', '\u{3007}', '\u{200c}', '\u{200d}', '\u{b7}', '\u{375}', '\u{5f3}',
    '\u{5f4}', '\u{30fb}',
];

/// A label with characters outside ASCII is no U-label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is no label of an internationalised name by IDNA 2008; if it is registered all the same, write it as an \
     A-label (xn--…)",
    .0.escape_debug()
)]
pub struct InvalidULabel(String);

/// Turns each U-label of a name into an A-label; all other labels stay as they are, escapes, underscores and `*` too.
pub(crate) fn to_a_labels(name: &str) -> Result<Cow<'_, str>, InvalidULabel> {
    if name.is_ascii() {
        return Ok(name.into());
    }
    let mut out = String::with_capacity(name.len() + 8);
    let mut label = String::new();
    let mut characters = name.chars();
    while let Some(character) = characters.next() {
        if DOTS.contains(&character) {
            push_label(&label, &mut out)?;
            out.push('.');
            label.clear();
            continue;
        }
        label.push(character);
        if character == '\\' {
            label.extend(characters.next());
        }
    }
    push_label(&label, &mut out)?;
    Ok(out.into())
}

/// Returns a name with the U-label of each A-label that IDNA 2008 allows; `None` if it has no such A-label.
pub(crate) fn to_u_labels(name: &str) -> Option<String> {
    let labels: Vec<String> =
        name.split('.').map(|label| u_label(label).unwrap_or_else(|| label.to_owned())).collect();
    Some(labels.join(".")).filter(|unicode| unicode != name)
}

/// Returns the U-label of an A-label, if it stands for this A-label and no other.
fn u_label(label: &str) -> Option<String> {
    let (unicode, valid) = Uts46::new().to_unicode(label.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    let is_same = |back: Cow<'_, str>| back.eq_ignore_ascii_case(label);
    (valid.is_ok() && !unicode.is_ascii() && to_a_labels(&unicode).is_ok_and(is_same))
        .then(|| unicode.into_owned())
}

fn push_label(label: &str, out: &mut String) -> Result<(), InvalidULabel> {
    if label.is_ascii() {
        out.push_str(label);
        return Ok(());
    }
    let invalid = || InvalidULabel(label.to_owned());
    let mapper = Uts46::new();
    let ascii = mapper
        .to_ascii(label.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Ignore)
        .map_err(|_| invalid())?;
    let (mapped, _) = mapper.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    if !mapped.chars().all(is_valid) {
        return Err(invalid());
    }
    out.push_str(&ascii);
    Ok(())
}

/// Whether a label may have a character, apart from where in it (RFC 5892 section 3).
fn is_valid(character: char) -> bool {
    if character.is_ascii() || ALLOWED.contains(&character) {
        return true;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    let is_letter_or_digit = matches!(
        category,
        GeneralCategory::LowercaseLetter
            | GeneralCategory::OtherLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::DecimalNumber
    );
    is_letter_or_digit && !DISALLOWED.contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u_labels_become_a_labels_and_other_labels_stay() {
        for (typed, converted) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.Example.", "xn--bcher-kva.Example."),
            // Decomposed, as some systems type it.
            ("bu\u{308}cher", "xn--bcher-kva"),
            // Non-transitional: these are letters of their own.
            ("straße.de", "xn--strae-oqa.de"),
            ("βόλος.com", "xn--nxasmm1c.com"),
            ("_dmarc.*.bücher.example", "_dmarc.*.xn--bcher-kva.example"),
            (r"a\.b\032c.bücher", r"a\.b\032c.xn--bcher-kva"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("ｅｘａｍｐｌｅ.com", "example.com"),
            ("xn--bcher-kva.é", "xn--bcher-kva.xn--9ca"),
            ("אבג.example", "xn--4dbcd.example"),
            ("plain.example", "plain.example"),
        ] {
            assert_eq!(to_a_labels(typed).as_deref(), Ok(converted), "{typed}");
        }
    }

    #[test]
    fn a_labels_become_u_labels_where_people_may_use_them() {
        for (name, unicode) in [
            ("xn--bcher-kva.example", Some("bücher.example")),
            ("_dmarc.XN--BCHER-KVA.Example", Some("_dmarc.bücher.Example")),
            (r"a\.b.xn--zckzah", Some(r"a\.b.テスト")),
            ("example.com", None),
            // No label of IDNA 2008: a snowman, and what decodes to nothing.
            ("xn--n3h.example", None),
            ("xn--a.example", None),
            (".", None),
        ] {
            assert_eq!(to_u_labels(name).as_deref(), unicode, "{name}");
        }
    }

    #[test]
    fn what_idna_2008_refuses_is_an_error_that_names_the_label() {
        for (typed, label) in [
            ("a.☃.example", "☃"),
            ("💩.la", "💩"),
            ("_bücher.example", "_bücher"),
            ("-ü.example", "-ü"),
            ("ü\u{200d}.example", "ü\u{200d}"),
            ("אa1ב.example", "אa1ב"),
            (r"b\252ü.example", r"b\252ü"),
            ("\u{fffd}.example", "\u{fffd}"),
            ("ü ö.example", "ü ö"),
        ] {
            assert_eq!(to_a_labels(typed), Err(InvalidULabel(label.to_owned())), "{typed}");
        }
    }
}
