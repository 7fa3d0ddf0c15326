//! Text held against a file in `fixtures/golden`; `UPDATE_GOLDEN=1` writes the file anew.

use std::path::Path;

/// Finds something volatile at the front of a text: its length, and what stands for it.
type Filter = fn(&str) -> Option<(usize, &'static str)>;

/// Holds `text`, its ports and times taken out, against a golden file.
#[track_caller]
pub fn assert_golden(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden").join(file);
    let found = filtered(text);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file is in a directory")).unwrap();
        std::fs::write(&path, &found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}\nwrite it with UPDATE_GOLDEN=1\n--- found\n{found}", path.display())
    });
    assert!(
        expected == found,
        "{} differs; rewrite it with UPDATE_GOLDEN=1 if that is meant\n--- expected\n{expected}\n--- found\n{found}",
        path.display()
    );
}

/// Puts names in the place of what differs from run to run.
pub fn filtered(text: &str) -> String {
    let filters: [Filter; 3] = [address, timestamp, duration];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let in_word = out.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '.' || last == ':');
        let found = if in_word { None } else { filters.iter().find_map(|filter| filter(rest)) };
        let (length, shown) = found.unwrap_or((first.len_utf8(), &rest[..first.len_utf8()]));
        out.push_str(shown);
        rest = &rest[length..];
    }
    out
}

/// `127.0.0.1:PORT` and `[::1]:PORT`.
fn address(text: &str) -> Option<(usize, &'static str)> {
    for (host, shown) in [("127.0.0.1:", "127.0.0.1:PORT"), ("[::1]:", "[::1]:PORT")] {
        if let Some(rest) = text.strip_prefix(host) {
            let digits = digits(rest);
            return (digits > 0).then_some((host.len() + digits, shown));
        }
    }
    None
}

/// `2026-11-22T20:00:00Z`, with or without a fraction.
fn timestamp(text: &str) -> Option<(usize, &'static str)> {
    let form = "dddd-dd-ddTdd:dd:dd";
    let matches = text.len() > form.len()
        && text.bytes().zip(form.bytes()).all(|(octet, wanted)| match wanted {
            b'd' => octet.is_ascii_digit(),
            literal => octet == literal,
        });
    let end = text.find('Z').filter(|&end| matches && end <= form.len() + 10)?;
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
