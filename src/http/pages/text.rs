//! Text that others have written, as it is shown: nothing in it is hidden, and nothing changes how a line reads. And text of ours.

use maud::{Markup, html};

use crate::dns::Name;

/// Escapes the control and invisible characters of a text.
pub(super) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            visible.extend(character.escape_unicode());
        } else {
            visible.push(character);
        }
    }
    visible
}

/// The name of a zone, as it is shown.
pub(super) fn name(zone: &Name) -> String {
    visible(&zone.without_final_dot())
}

/// A code as words: `in sync`.
pub(super) fn in_words(code: &str) -> String {
    code.replace('_', " ")
}

/// A text of at most so many characters, of which the last says that it goes on.
pub(super) fn shortened(text: &str, max: usize) -> String {
    if text.chars().nth(max).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A text of ours, in which what stands between backticks is code.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Whether a character changes the direction of a line, or has no width.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let text = "<b a='1' c=\"2\">&";
        let page = html! { p title=(visible(text)) { (visible(text)) } };
        let escaped = "&lt;b a='1' c=&quot;2&quot;&gt;&amp;";
        assert_eq!(page.into_string(), format!("<p title=\"{escaped}\">{escaped}</p>"));
        assert_eq!(visible("a\u{202e}b\nc"), "a\\u{202e}b\\u{a}c");
    }

    #[test]
    fn a_long_text_is_shortened() {
        assert_eq!(shortened("äbc", 3), "äbc");
        assert_eq!(shortened("äb c", 3), "äb…");
        assert_eq!(shortened("ä b c", 3), "ä…");
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(prose("a `b <c>` d").into_string(), "a <code>b &lt;c&gt;</code> d");
    }
}
