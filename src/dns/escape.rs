//! Escapes octets from the network as text that is safe in every output.
//!
//! The text is that of zone files (RFC 1035 section 5.1): printable ASCII is itself, every other octet is
//! `\DDD`. It holds no control character and nothing outside ASCII, so that no terminal acts on it.

use std::fmt::Write as _;

/// Escapes octets as zone-file text without quotes: NSIDs, error texts, whatever a server sends.
pub fn text(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len());
    for &octet in octets {
        push(&mut out, octet, b"\\");
    }
    out
}

/// Appends a character string in quotes.
pub fn push_quoted(out: &mut String, octets: &[u8]) {
    out.push('"');
    for &octet in octets {
        push(out, octet, b"\\\"");
    }
    out.push('"');
}

/// Appends a label of a name; characters with a meaning in zone files are escaped too.
pub fn push_label(out: &mut String, label: &[u8]) {
    for &octet in label {
        if octet == b' ' {
            out.push_str("\\032");
        } else {
            push(out, octet, b".\\\"();@$");
        }
    }
}

fn push(out: &mut String, octet: u8, special: &[u8]) {
    if !(0x20..0x7f).contains(&octet) {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\{octet:03}");
        return;
    }
    if special.contains(&octet) {
        out.push('\\');
    }
    out.push(char::from(octet));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_octets_outside_ascii_become_decimal() {
        assert_eq!(text(b"\x1b[31mred\x07\xff\\"), "\\027[31mred\\007\\255\\\\");
    }

    #[test]
    fn quotes_are_escaped_only_inside_quotes() {
        let mut out = String::new();
        push_quoted(&mut out, b"say \"hi\"");
        assert_eq!(out, r#""say \"hi\"""#);
        assert_eq!(text(b"say \"hi\""), "say \"hi\"");
    }
}
