//! Lines of files with secrets, as error messages show them.

use std::ops::Range;

/// Hides the characters in these columns.
pub(super) fn hidden(line: &str, is_hidden: impl Fn(usize) -> bool) -> String {
    let shown = |(column, character)| if is_hidden(column) { '*' } else { character };
    line.chars().enumerate().map(shown).collect()
}

/// Hides all of a line but its keys, its punctuation, and these columns.
pub(super) fn redacted(line: &str, columns: &Range<usize>, keys: &[&str]) -> String {
    let is_of_word = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    let mut shown: Vec<bool> = Vec::new();
    for piece in line.split_inclusive(|character| !is_of_word(character)) {
        let (word, rest) =
            piece.split_at(piece.find(|character| !is_of_word(character)).unwrap_or(piece.len()));
        let is_key = rest == ":" && keys.contains(&word);
        shown.extend(word.chars().map(|_| is_key));
        shown.extend(rest.chars().map(|character| " :{}[],\"'".contains(character)));
    }
    let is_shown = |column: usize| columns.contains(&column) || shown.get(column) == Some(&true);
    hidden(line, |column| !is_shown(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_its_keys_and_what_an_error_is_about() {
        let shown = |line: &str, columns| redacted(line, &columns, &["key", "cert_file"]);
        assert_eq!(shown("  cert_file: /etc/a.pem", 0..0), "  cert_file: **********");
        assert_eq!(shown("  cert_fil: /etc/a.pem", 2..10), "  cert_fil: **********");
        assert_eq!(shown("{key: secret, alice: $2y$10$key}", 0..0), "{key: ******, *****: **********}");
        assert_eq!(shown("-----BEGIN PRIVATE KEY-----", 0..0), "********** ******* ********");
        assert_eq!(shown("  MC4CAQ+/cert_file=", 0..0), "  ******************");
        assert_eq!(shown("ключ: é", 6..7), "****: é");
        assert_eq!(shown("", 0..9), "");
    }
}
