//! What a server says, in a form that is safe in every output.

use crate::dns::escape;

/// The most bytes of one text that are quoted.
const MAX_QUOTED: usize = 256;

/// Escapes a text of a server, and shortens it.
pub(super) fn quoted(octets: &[u8]) -> String {
    let octets = octets.trim_ascii();
    match octets.get(..MAX_QUOTED) {
        Some(start) if octets.len() > MAX_QUOTED => escape::text(start) + "...",
        _ => escape::text(octets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_terminal_acts_on_what_is_quoted_and_it_is_short() {
        assert_eq!(quoted(b" \x1b]0;owned\x07 ok\r\n"), "\\027]0;owned\\007 ok");
        assert_eq!(quoted(&[b'a'; MAX_QUOTED]), "a".repeat(MAX_QUOTED));
        assert_eq!(quoted(&[b'a'; MAX_QUOTED + 1]), "a".repeat(MAX_QUOTED) + "...");
    }
}
