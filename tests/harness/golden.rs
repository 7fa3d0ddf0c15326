//! Comparison of text with a file in `fixtures/golden`; `UPDATE_GOLDEN=1` rewrites the file.

use std::path::Path;

/// Returns the length of a volatile part at the start of a text, and its replacement.
type Filter = fn(&str) -> Option<(usize, &'static str)>;

/// Asserts that `text`, with ports and times replaced, equals a golden file.
#[track_caller]
pub(crate) fn assert_golden(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden").join(file);
    let found = filtered(text);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file is in a directory")).unwrap();
        std::fs::write(&path, &found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}\nset UPDATE_GOLDEN=1 to write it\n--- found\n{found}", path.display())
    });
    assert!(
        expected == found,
        "{} differs; set UPDATE_GOLDEN=1 to rewrite it if that is intended\n--- expected\n{expected}\n--- found\n{found}",
        path.display()
    );
}

/// Replaces values that differ between runs by placeholders.
pub(crate) fn filtered(text: &str) -> String {
    let filters: [Filter; 3] = [address, timestamp, duration];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let in_word = out.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '.' || last == ':');
        let found = if in_word { None } else { filters.iter().find_map(|filter| filter(rest)) };
        let (length, replacement) = found.unwrap_or((first.len_utf8(), &rest[..first.len_utf8()]));
        out.push_str(replacement);
        rest = &rest[length..];
    }
    out
}

/// `127.0.0.1:PORT` and `[::1]:PORT`.
fn address(text: &str) -> Option<(usize, &'static str)> {
    for (host, replacement) in [("127.0.0.1:", "127.0.0.1:PORT"), ("[::1]:", "[::1]:PORT")] {
        if let Some(rest) = text.strip_prefix(host) {
            let digits = digits(rest);
            return (digits > 0).then_some((host.len() + digits, replacement));
        }
    }
    None
}

/// `2026-11-22T20:00:00Z`, with or without a fraction.
fn timestamp(text: &str) -> Option<(usize, &'static str)> {
    let pattern = "dddd-dd-ddTdd:dd:dd";
    let matches = text.len() > pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, expected)| match expected {
            b'd' => byte.is_ascii_digit(),
            literal => byte == literal,
        });
    let end = text.find('Z').filter(|&end| matches && end <= pattern.len() + 10)?;
    Some((end + 1, "TIME"))
}

/// A decimal fraction of seconds, alone or with a unit: `0.0042`, `1.25s`, `12ms`, `0.3 ms`.
fn duration(text: &str) -> Option<(usize, &'static str)> {
    let whole = digits(text);
    if whole == 0 {
        return None;
    }
    let rest = &text[whole..];
    let fraction = rest.strip_prefix('.').map_or(0, digits);
    let end = if fraction > 0 { whole + 1 + fraction } else { whole };
    let end = if text[end..].starts_with(" ms") { end + 1 } else { end };
    let unit = text[end..].chars().take_while(char::is_ascii_alphabetic).count();
    let is_end = !text[end + unit..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '.');
    match &text[end..end + unit] {
        "ms" | "µs" if is_end => Some((end + unit, "DURATION")),
        "s" if is_end && fraction > 0 => Some((end + unit, "DURATION")),
        "" if is_end && fraction > 3 => Some((end, "SECONDS")),
        _ => None,
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}
