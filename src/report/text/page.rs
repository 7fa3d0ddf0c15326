//! Lines for a terminal: styled, never wider than they may be, and free of what a terminal obeys.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::judge::Severity;

use crate::report::text;

/// A piece of a line.
#[derive(Debug)]
pub(crate) struct Span {
    style: Style,
    text: String,
}

/// Returns a piece without colour.
pub(crate) fn plain(text: impl Into<String>) -> Span {
    styled(Style::new(), text)
}

/// Returns a piece with a style.
pub(crate) fn styled(style: Style, text: impl Into<String>) -> Span {
    Span { style, text: text.into() }
}

/// For the names of things.
pub(crate) const BOLD: Style = Style::new().bold();

/// For what the reference has.
pub(crate) const REFERENCE: Style = AnsiColor::Green.on_default();

/// For what was found instead.
pub(crate) const FOUND: Style = AnsiColor::Red.on_default();

/// For commands to type.
pub(crate) const COMMAND: Style = AnsiColor::Cyan.on_default();

/// Returns the style of a severity.
pub(crate) fn style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Critical => AnsiColor::Red,
        Severity::Unknown => AnsiColor::Magenta,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Ok => AnsiColor::Green,
    };
    colour.on_default().bold()
}

/// Returns the sign of a severity; each differs from the others without colour too.
pub(crate) fn symbol(severity: Severity) -> char {
    match severity {
        Severity::Critical => '✗',
        Severity::Unknown => '?',
        Severity::Warning => '!',
        Severity::Ok => '✓',
    }
}

/// Lines for a terminal.
#[derive(Debug)]
pub(crate) struct Page {
    /// How wide a line may be.
    pub(crate) width: usize,
    text: String,
}

impl Page {
    /// A page without lines.
    pub(crate) fn new(width: usize) -> Self {
        Self { width, text: String::new() }
    }

    /// Appends an empty line.
    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Appends a line as it is; spaces at its end are left out.
    ///
    /// Every piece passes here, and nowhere else is a control character turned into something harmless.
    pub(crate) fn line(&mut self, spans: impl IntoIterator<Item = Span>) {
        let mut spans: Vec<Span> = spans.into_iter().collect();
        while let Some(last) = spans.last_mut() {
            last.text.truncate(last.text.trim_end().len());
            if !last.text.is_empty() {
                break;
            }
            spans.pop();
        }
        for Span { style, text } in spans {
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{style}{}{style:#}", text::safe(&text));
        }
        self.text.push('\n');
    }

    /// Appends prose after a lead, broken so that it stays within the width and right of `indent`.
    pub(crate) fn prose(&mut self, lead: impl IntoIterator<Item = Span>, indent: usize, prose: &Span) {
        let mut line: Vec<Span> = lead.into_iter().collect();
        let taken: usize = line.iter().map(|span| text::columns(&span.text)).sum();
        let (first, rest) = (self.width.saturating_sub(taken), self.width.saturating_sub(indent));
        for text in text::wrap(&prose.text, first, rest) {
            line.push(styled(prose.style, text));
            self.line(std::mem::replace(&mut line, vec![plain(" ".repeat(indent))]));
        }
    }

    /// Returns what was written.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
