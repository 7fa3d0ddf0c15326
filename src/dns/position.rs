//! A position in a text file, and the line around it as an error message shows it.

use std::fmt;

/// The maximum number of characters of a line that an excerpt shows.
const MAX_COLUMNS: usize = 100;

/// The characters shown in front of the marked ones, where the line is longer.
const LEADING_COLUMNS: usize = 40;

/// A position in a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, counted from 1.
    pub line: u64,
    /// The character in that line, counted from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A line of a text file in which some characters are marked.
///
/// It is shown in two lines, the second with the marks and without a line break at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The first marked character.
    pub position: Position,
    /// The part of the line that is shown, free of control characters.
    text: String,
    /// The columns in front of the marks.
    indent: usize,
    /// The number of marks.
    width: usize,
}

impl Excerpt {
    /// Marks the bytes from `start` to `end` of a line.
    pub(crate) fn new(line: u64, bytes: &[u8], start: usize, end: usize) -> Self {
        let columns = |until: usize| {
            let part = bytes.get(..until).unwrap_or(bytes);
            String::from_utf8_lossy(part).chars().count()
        };
        let (from, to) = (columns(start), columns(end));
        let skipped =
            if columns(bytes.len()) <= MAX_COLUMNS { 0 } else { from.saturating_sub(LEADING_COLUMNS) };
        let whole = String::from_utf8_lossy(bytes);
        let text: String = whole.chars().skip(skipped).take(MAX_COLUMNS).map(printable).collect();
        let indent = from - skipped;
        let width = to.saturating_sub(from).clamp(1, MAX_COLUMNS.saturating_sub(indent).max(1));
        let position = Position { line, column: from + 1 };
        Self { position, text: text.trim_end().to_owned(), indent, width }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, text, indent, width } = self;
        let number = position.line.to_string();
        let (blank, marks) = (" ".repeat(number.len()), "^".repeat(*width));
        write!(f, "    {number} | {text}\n    {blank} | {:indent$}{marks}", "")
    }
}

/// Returns a character one column wide that is no control character.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        ascii @ ' '..='~' => ascii,
        letter if letter.is_alphanumeric() => letter,
        _ => '?',
    }
}
