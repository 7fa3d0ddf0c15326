//! Text that fits: into a line, and into what a terminal or a monitoring system accepts.

pub(crate) mod caches;
pub(crate) mod conclusion;
pub(crate) mod notes;
pub(crate) mod page;
pub(crate) mod plain;
pub(crate) mod records;
pub(crate) mod sample;
pub(crate) mod scope;
pub(crate) mod signatures;

use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_seconds;

use crate::dns::duration_text;

/// Stands for text that was cut out.
const ELLIPSIS: &str = "...";

/// Whether a terminal might act on a character, or display it at another position.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Replaces every character that is not plainly visible by `?`; the length stays the same.
pub(super) fn safe(text: &str) -> String {
    text.chars().map(|character| if is_unsafe(character) { '?' } else { character }).collect()
}

/// The columns that a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Shortens text to `width` columns by cutting out its middle.
pub(super) fn cut_middle(text: &str, width: usize) -> String {
    let all = columns(text);
    if all <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(ELLIPSIS.len());
    let tail = kept / 2;
    let head: String = text.chars().take(kept - tail).collect();
    let tail: String = text.chars().skip(all - tail).collect();
    format!("{head}{ELLIPSIS}{tail}")
}

/// Shortens text to `width` columns so that the character at `position` stays visible.
pub(super) fn cut_around(text: &str, position: usize, width: usize) -> String {
    /// Columns of context before the position.
    const BEFORE: usize = 12;
    let all = columns(text);
    if all <= width {
        return text.to_owned();
    }
    let inner = width.saturating_sub(2 * ELLIPSIS.len());
    if position < inner {
        let head: String = text.chars().take(width.saturating_sub(ELLIPSIS.len())).collect();
        return head + ELLIPSIS;
    }
    let start = position.saturating_sub(BEFORE.min(inner / 2));
    if all - start <= inner + ELLIPSIS.len() {
        let tail: String = text.chars().skip(all - (inner + ELLIPSIS.len())).collect();
        return format!("{ELLIPSIS}{tail}");
    }
    let middle: String = text.chars().skip(start).take(inner).collect();
    format!("{ELLIPSIS}{middle}{ELLIPSIS}")
}

/// The number of characters that two texts have in common at their start.
pub(super) fn common_prefix(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// Wraps text at spaces; the first line has a width of its own.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let room = |lines: &[String]| if lines.is_empty() { first } else { rest }.max(1);
        let needed = columns(word) + if line.is_empty() { 0 } else { columns(&line) + 1 };
        if needed > room(&lines) && (!line.is_empty() || columns(word) <= rest) {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for character in word.chars() {
            // A word may be wider than a line: a domain name may have 255 bytes.
            if columns(&line) >= room(&lines) {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    lines.extend(Some(line).filter(|line| !line.is_empty()));
    lines
}

/// A number with commas between groups of three digits: `12,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: `1 address`, `2 addresses`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Lists names, at most the first three: `a, b, c and 4 more`.
pub(super) fn list(names: &[String]) -> String {
    list_of(names, names.len())
}

/// Names each of some names once, with their number: `expectation_unmet (2)`.
pub(super) fn counted<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for name in names {
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let text =
        |(name, count): (&str, usize)| if count > 1 { format!("{name} ({count})") } else { name.to_owned() };
    counts.into_iter().map(text).collect()
}

/// Lists names that are only some of `total`.
pub(super) fn list_of(names: &[String], total: usize) -> String {
    /// Names in a list.
    const MAX_NAMES: usize = 3;
    match names {
        [] => String::new(),
        [only] if total == 1 => only.clone(),
        [but_last @ .., last] if total == names.len() && total <= MAX_NAMES => {
            format!("{} and {last}", but_last.join(", "))
        }
        _ => {
            let first: Vec<&str> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
            format!("{} and {} more", first.join(", "), total.saturating_sub(first.len()))
        }
    }
}

/// A part of the answers of an address in percent; `None` for 0.
pub(super) fn percent(ratio: f64) -> Option<String> {
    match ratio {
        _ if ratio <= 0.0 => None,
        _ if ratio < 0.01 => Some("less than 1 %".to_owned()),
        _ if ratio > 0.99 && ratio < 1.0 => Some("more than 99 %".to_owned()),
        _ => Some(format!("{:.0} %", ratio * 100.0)),
    }
}

/// A duration in a unit that suits its size.
pub(super) fn duration(seconds: f64) -> String {
    duration_text(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// A time as RFC 3339 writes it; times before 1970 are shown as 1970, since a server may report any age.
pub fn rfc3339(time: SystemTime) -> String {
    format_rfc3339_seconds(time.max(SystemTime::UNIX_EPOCH)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_text_has_no_control_or_format_characters() {
        assert_eq!(safe("a\u{1b}[31m\r\nb\u{9b}\u{202e}\u{7f}é"), "a?[31m??b???é");
    }

    #[test]
    fn text_is_cut_to_the_width() {
        let text = "abcdefghijklmnopqrstuvwxyz0123456789";
        assert_eq!(cut_middle(text, 36), text);
        assert_eq!(cut_middle(text, 10), "abcd...789");
        assert_eq!(cut_around(text, 3, 12), "abcdefghi...");
        assert_eq!(cut_around(text, 35, 12), "...123456789");
        assert_eq!(cut_around(text, 20, 12), "...rstuvw...");
        for position in 0..36 {
            for width in 10..40 {
                let cut = cut_around(text, position, width);
                assert_eq!(columns(&cut), width.min(36), "{cut}");
                let visible = text.chars().nth(position).unwrap();
                assert!(cut.contains(visible), "{visible} of {cut}");
            }
        }
    }

    #[test]
    fn lines_wrap_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two  three\nfour", 9, 9), ["one two", "three", "four"]);
        assert_eq!(wrap("a bcdefghijkl m", 5, 5), ["a", "bcdef", "ghijk", "l m"]);
        assert_eq!(wrap("seven eight", 3, 9), ["", "seven", "eight"]);
        assert!(wrap(" ", 5, 5).is_empty());
    }

    #[test]
    fn large_numbers_have_commas() {
        let texts = [0, 999, 1000, 12_000, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "12,000", "1,234,567"]);
    }

    #[test]
    fn the_first_names_of_a_list_are_written() {
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        assert_eq!(list(&names[..2]), "a and b");
        assert_eq!(list(&names[..3]), "a, b and c");
        assert_eq!(list(&names), "a, b, c and 2 more");
    }

    #[test]
    fn a_part_is_never_rounded_to_none_or_all() {
        let percents = [0.0, 0.001, 0.333, 0.999, 1.0].map(percent);
        let texts = percents.map(Option::unwrap_or_default);
        assert_eq!(texts, ["", "less than 1 %", "33 %", "more than 99 %", "100 %"]);
    }
}
