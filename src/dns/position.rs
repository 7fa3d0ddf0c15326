//! A place in a file that people wrote, and how it is shown.

/// The most columns of a line that are shown.
const SHOWN: usize = 100;

/// How many columns are shown in front of the place, where the line is longer.
const BEFORE: usize = 40;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, counted from 1.
    pub line: u64,
    /// The character in that line, counted from 1.
    pub column: usize,
    /// As much of the line as is shown, with nothing in it that a terminal obeys.
    shown: String,
    /// The columns before the place in what is shown.
    indent: usize,
    /// The columns that are marked.
    width: usize,
}

impl Position {
    /// The place of the octets from `start` to `end` of a line.
    pub(crate) fn new(line: u64, octets: &[u8], start: usize, end: usize) -> Self {
        let columns = |until: usize| {
            let part = octets.get(..until).unwrap_or(octets);
            String::from_utf8_lossy(part).chars().count()
        };
        let (from, to) = (columns(start), columns(end));
        let skipped = if columns(octets.len()) <= SHOWN { 0 } else { from.saturating_sub(BEFORE) };
        let whole = String::from_utf8_lossy(octets);
        let shown: String = whole.chars().skip(skipped).take(SHOWN).map(visible).collect();
        let indent = from - skipped;
        let width = to.saturating_sub(from).clamp(1, SHOWN.saturating_sub(indent).max(1));
        Self { line, column: from + 1, shown: shown.trim_end().to_owned(), indent, width }
    }

    /// Returns the line of the file and, below it, a mark: two lines, without a last line break.
    pub fn excerpt(&self) -> String {
        let Self { line, shown, indent, width, .. } = self;
        let number = line.to_string();
        let (blank, mark) = (" ".repeat(number.len()), "^".repeat(*width));
        format!("    {number} | {shown}\n    {blank} | {:indent$}{mark}", "")
    }
}

/// Returns a character of one column that no terminal obeys.
fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        printable @ ' '..='~' => printable,
        letter if letter.is_alphanumeric() => letter,
        _ => '?',
    }
}
