//! Styled lines for a terminal, within its width and without control sequences but those of the styles.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::judge::Severity;

use crate::report::text;

/// A part of a line with one style.
#[derive(Debug)]
pub(crate) struct StyledText {
    style: Style,
    text: String,
}

/// Text without a style.
pub(crate) fn plain(text: impl Into<String>) -> StyledText {
    styled(Style::new(), text)
}

/// Text with a style.
pub(crate) fn styled(style: Style, text: impl Into<String>) -> StyledText {
    StyledText { style, text: text.into() }
}

/// The style of names.
pub(crate) const BOLD: Style = Style::new().bold();

/// The style of records that the reference has.
pub(crate) const REFERENCE: Style = AnsiColor::Green.on_default();

/// The style of records that an address has instead.
pub(crate) const FOUND: Style = AnsiColor::Red.on_default();

/// The style of commands to type.
pub(crate) const COMMAND: Style = AnsiColor::Cyan.on_default();

/// The style of a severity.
pub(crate) fn style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Critical => AnsiColor::Red,
        Severity::Unknown => AnsiColor::Magenta,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Ok => AnsiColor::Green,
    };
    colour.on_default().bold()
}

/// The symbol of a severity, so that it shows without colour too.
pub(crate) fn symbol(severity: Severity) -> char {
    match severity {
        Severity::Critical => '✗',
        Severity::Unknown => '?',
        Severity::Warning => '!',
        Severity::Ok => '✓',
    }
}

/// Lines for a terminal of a given width.
#[derive(Debug)]
pub(crate) struct TerminalPage {
    /// Columns of a line.
    pub(crate) width: usize,
    text: String,
}

impl TerminalPage {
    /// A page without any line.
    pub(crate) fn new(width: usize) -> Self {
        Self { width, text: String::new() }
    }

    /// Appends an empty line.
    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Appends a line without wrapping it; spaces at its end are removed.
    ///
    /// All text passes through here, so this is where control characters are replaced.
    pub(crate) fn line(&mut self, parts: impl IntoIterator<Item = StyledText>) {
        let mut parts: Vec<StyledText> = parts.into_iter().collect();
        while let Some(last) = parts.last_mut() {
            last.text.truncate(last.text.trim_end().len());
            if !last.text.is_empty() {
                break;
            }
            parts.pop();
        }
        for StyledText { style, text } in parts {
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{style}{}{style:#}", text::safe(&text));
        }
        self.text.push('\n');
    }

    /// Appends prose after a lead, wrapped to the width; all lines but the first are indented.
    pub(crate) fn prose(
        &mut self,
        lead: impl IntoIterator<Item = StyledText>,
        indent: usize,
        prose: &StyledText,
    ) {
        let mut line: Vec<StyledText> = lead.into_iter().collect();
        let taken: usize = line.iter().map(|part| text::columns(&part.text)).sum();
        let (first, rest) = (self.width.saturating_sub(taken), self.width.saturating_sub(indent));
        for text in text::wrap(&prose.text, first, rest) {
            line.push(styled(prose.style, text));
            self.line(std::mem::replace(&mut line, vec![plain(" ".repeat(indent))]));
        }
    }

    /// The text of all lines.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
