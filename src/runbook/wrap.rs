//! Plain text for a terminal of 80 columns.

/// The widest a line becomes, as long as no single word is wider.
const COLUMNS: usize = 80;

/// A page as it grows.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// Adds a line as it is.
    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Adds a line as it is, after an empty one.
    pub(super) fn heading(&mut self, text: &str) {
        self.line("");
        self.line(text);
    }

    /// Adds wrapped text, every line of it indented.
    pub(super) fn paragraph(&mut self, indent: &str, text: &str) {
        self.wrapped(indent, indent, text);
    }

    /// Adds one item of a list.
    pub(super) fn item(&mut self, text: &str) {
        self.wrapped("  - ", "    ", text);
    }

    /// Returns the text.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn wrapped(&mut self, first: &str, rest: &str, text: &str) {
        let mut line = first.to_owned();
        let mut is_empty = true;
        for word in words(text) {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
                self.line(&line);
                rest.clone_into(&mut line);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.line(&line);
    }
}

/// Returns the words of a text; what stands between backticks is never broken, so that it can be copied.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '`';
        character == ' ' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stay_on_one_line() {
        let text = "see `a b`, then c";
        assert_eq!(words(text).collect::<Vec<_>>(), ["see", "`a b`,", "then", "c"]);
    }

    #[test]
    fn continuation_lines_are_indented() {
        let mut page = Page::default();
        page.item("word ".repeat(20).trim_end());
        let text = page.into_text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines,
            [
                format!("  - {}", "word ".repeat(15).trim_end()),
                format!("    {}", "word ".repeat(5).trim_end()),
            ]
        );
        assert_eq!(lines[0].len(), 78);
    }
}
