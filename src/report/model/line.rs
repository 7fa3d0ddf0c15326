//! The lines of a list of zones in the report: what the user calls them, and those that cannot be read.

use std::sync::Arc;

use std::fmt::Write as _;

use serde::{Serialize, Serializer};

use crate::plan::LineId;

/// The schema of a line that cannot be read, a line of `ndjson`.
pub const UNREAD_SCHEMA: &str = "zoneprobe/unread/1";

/// The maximum number of characters that are shown of a line.
const MAX_INPUT_LEN: usize = 256;

/// The maximum number of characters of an error.
const MAX_ERROR_LEN: usize = 512;

/// A line of a list of zones that cannot be read.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct UnreadLine {
    /// The number of the line, counted from 1.
    pub line: u64,
    /// The line, of a long one the beginning.
    pub input: String,
    /// Why it cannot be read.
    pub error: String,
    /// What the user calls the line; null if it has no `id`.
    #[serde(serialize_with = "id_as_json")]
    #[schemars(with = "Option<LineIdName<'_>>")]
    pub id: Option<Arc<LineId>>,
}

/// A line of a list of zones that cannot be read, as a line of `ndjson`.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct UnreadRow<'r> {
    /// `zoneprobe/unread/1`.
    #[schemars(extend("const" = UNREAD_SCHEMA))]
    pub schema: &'static str,
    /// The line.
    #[serde(flatten)]
    pub line: &'r UnreadLine,
    /// The place that the zones are checked from, as the operator calls it.
    pub vantage: Option<&'r str>,
}

impl UnreadLine {
    /// A line with this number and these bytes, of which the text that is shown is made.
    pub fn new(line: u64, bytes: &[u8], error: &str, id: Option<Arc<LineId>>) -> Self {
        let error = cut(printable(error), MAX_ERROR_LEN);
        let input = cut(text(Self::shown(bytes)), MAX_INPUT_LEN);
        Self { line, input, error, id }
    }

    /// The bytes of a line that are shown, or could be.
    pub fn shown(line: &[u8]) -> &[u8] {
        line.get(..4 * MAX_INPUT_LEN + 4).unwrap_or(line)
    }

    /// What is wrong, with the number of the line: `line 5: it is not UTF-8`.
    pub(in crate::report) fn in_words(&self) -> String {
        format!("line {}: {}", self.line, self.error)
    }
}

/// The text of bytes, of which those that are not UTF-8 are escaped.
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text += &printable(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Escapes the characters that a terminal may act on.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => printable.push(character),
            _ => printable.extend(character.escape_debug()),
        }
    }
    printable
}

fn cut(text: String, max_len: usize) -> String {
    match text.char_indices().nth(max_len) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

/// What a user calls a line, in JSON.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "LineId")]
pub(super) enum LineIdName<'i> {
    /// A text.
    Text(&'i str),
    /// A whole number.
    Number(i64),
}

/// Serializes what a user calls a line as it was given.
pub fn id_as_json<S: Serializer>(id: &Option<Arc<LineId>>, serializer: S) -> Result<S::Ok, S::Error> {
    let id = id.as_deref().map(|id| match id {
        LineId::Text(text) => LineIdName::Text(text),
        LineId::Number(number) => LineIdName::Number(*number),
    });
    id.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_escaped_and_cut() {
        let input = |bytes: &[u8]| UnreadLine::new(1, bytes, "x", None).input;
        assert_eq!(input(b"{\"zone\":\"a b\"}"), "{\"zone\":\"a b\"}");
        assert_eq!(input("b\u{fc}cher\\".as_bytes()), "b\u{fc}cher\\");
        assert_eq!(input(b"a\xff\xfeb"), "a\\xff\\xfeb");
        assert_eq!(input(b"\0\x1b[31m\t"), "\\0\\u{1b}[31m\\t");
        assert_eq!(input("a\u{202e}b".as_bytes()), "a\\u{202e}b");
        let long = input("é".repeat(10_000).as_bytes());
        assert_eq!(long.chars().count(), MAX_INPUT_LEN + 1);
        assert!(long.ends_with('…'));
        assert_eq!(input("é".repeat(MAX_INPUT_LEN).as_bytes()).chars().count(), MAX_INPUT_LEN);
        let line = UnreadLine::new(7, b"", &"x".repeat(10_000), Some(Arc::new(LineId::Number(3))));
        assert_eq!(line.error.chars().count(), MAX_ERROR_LEN + 1);
        let json =
            serde_json::to_value(UnreadRow { schema: UNREAD_SCHEMA, line: &line, vantage: None }).unwrap();
        assert_eq!(
            (&json["schema"], &json["line"], &json["id"]),
            (&UNREAD_SCHEMA.into(), &7.into(), &3.into())
        );
    }
}
