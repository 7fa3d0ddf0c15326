//! Octets from the network as text that is safe to show anywhere.
//!
//! Zone-file text (RFC 1035 section 5.1): printable ASCII stands for itself, all else is `\DDD`. The
//! result holds no control character and nothing outside ASCII, so no terminal obeys it.

use std::fmt::Write as _;

/// Returns `octets` as zone-file text without quotes: NSIDs, error texts, whatever a server says.
pub fn text(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len());
    for &octet in octets {
        push(&mut out, octet, b"\\");
    }
    out
}

/// Appends a character string in quotes (RFC 1035 section 5.1).
pub fn push_quoted(out: &mut String, octets: &[u8]) {
    out.push('"');
    for &octet in octets {
        push(out, octet, b"\\\"");
    }
    out.push('"');
}

/// Appends one label of a name: characters that mean something in a zone file are escaped too.
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
    fn control_characters_and_bytes_outside_ascii_become_decimal() {
        assert_eq!(text(b"\x1b[31mred\x07\xff\\"), "\\027[31mred\\007\\255\\\\");
    }

    #[test]
    fn quotes_are_escaped_inside_quotes_only() {
        let mut out = String::new();
        push_quoted(&mut out, b"say \"hi\"");
        assert_eq!(out, r#""say \"hi\"""#);
        assert_eq!(text(b"say \"hi\""), "say \"hi\"");
    }
}
