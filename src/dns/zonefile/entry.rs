//! Joins lines to entries (RFC 1035 section 5.1), and splits them into tokens.
//!
//! An entry is a line, or several lines within parentheses. Its text is kept until it is complete, so that an
//! error can show its line.

use super::error::ZoneFileErrorKind;
use super::token::{TokenSpan, Tokens};
use crate::dns::position::Excerpt;

/// The maximum length of an entry in octets: RDATA of 65535 octets, each written as `\DDD`, and comments.
pub(super) const MAX_ENTRY: usize = 1 << 20;

/// The lines of an entry, and the tokens in them.
#[derive(Debug, Default)]
pub(super) struct EntryBuffer {
    text: Vec<u8>,
    /// The number of each line, and its offset in the text.
    lines: Vec<(u64, usize)>,
    spans: Vec<TokenSpan>,
    /// The offsets of the parentheses that are not closed yet.
    open: Vec<usize>,
    /// The offset of a quotation mark that is not closed yet, since a backslash escapes the line break.
    open_quote: Option<usize>,
}

impl EntryBuffer {
    /// Empties the buffer, for the next entry.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
        self.spans.clear();
        self.open.clear();
        self.open_quote = None;
    }

    /// Adds a line, without its line break; returns whether the entry is complete.
    pub(super) fn add_line(
        &mut self,
        number: u64,
        octets: &[u8],
    ) -> Result<bool, (ZoneFileErrorKind, Excerpt)> {
        let begin = self.text.len();
        self.lines.push((number, begin));
        self.text.extend_from_slice(octets);
        if self.text.len() > MAX_ENTRY {
            return Err((ZoneFileErrorKind::EntryTooLong, self.excerpt(begin, begin + 1)));
        }
        let mut at = self.open_quote.take().unwrap_or(begin);
        while let Some(&octet) = self.text.get(at) {
            match octet {
                b' ' | b'\t' | b'\r' | b'\x0c' => at += 1,
                b';' => break,
                b'(' => {
                    self.open.push(at);
                    at += 1;
                }
                b')' => {
                    self.open
                        .pop()
                        .ok_or_else(|| (ZoneFileErrorKind::UnopenedParenthesis, self.excerpt(at, at + 1)))?;
                    at += 1;
                }
                b'"' => {
                    let Some(end) = self.closing_quote(at + 1) else {
                        return self.continue_quote(at);
                    };
                    self.spans.push(TokenSpan { start: at + 1, end, quoted: true });
                    at = end + 1;
                }
                _ => {
                    let end = self.end_of_token(at);
                    self.spans.push(TokenSpan { start: at, end, quoted: false });
                    at = end;
                }
            }
        }
        // A token in quotes is only attached to a token in the same line.
        self.text.push(b'\n');
        Ok(self.open.is_empty())
    }

    /// Goes on with a quoted string in the next line, if the line break is escaped.
    fn continue_quote(&mut self, at: usize) -> Result<bool, (ZoneFileErrorKind, Excerpt)> {
        let backslashes = self.text.iter().rev().take_while(|octet| **octet == b'\\').count();
        if backslashes.is_multiple_of(2) {
            return Err((ZoneFileErrorKind::UnclosedQuote, self.excerpt(at, at + 1)));
        }
        self.open_quote = Some(at);
        self.text.push(b'\n');
        Ok(false)
    }

    /// The offset of the quotation mark that closes a string.
    fn closing_quote(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            match self.text.get(at)? {
                b'"' => return Some(at),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    fn end_of_token(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(&octet) = self.text.get(at) {
            match octet {
                b' ' | b'\t' | b'\r' | b'\x0c' | b';' | b'(' | b')' | b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        at.min(self.text.len())
    }

    /// The quotation mark or the last parenthesis that is not closed yet.
    pub(super) fn unclosed(&self) -> Option<(ZoneFileErrorKind, Excerpt)> {
        let quote = self.open_quote.map(|at| (ZoneFileErrorKind::UnclosedQuote, at));
        let parenthesis = || self.open.last().map(|&at| (ZoneFileErrorKind::UnclosedParenthesis, at));
        quote.or_else(parenthesis).map(|(kind, at)| (kind, self.excerpt(at, at + 1)))
    }

    /// Whether the first line begins with white space.
    pub(super) fn begins_blank(&self) -> bool {
        self.text.first().is_some_and(u8::is_ascii_whitespace)
    }

    /// The number of the first line.
    pub(super) fn first_line(&self) -> u64 {
        self.lines.first().map_or(0, |&(number, _)| number)
    }

    /// The tokens of the entry.
    pub(super) fn tokens(&self) -> Tokens<'_> {
        Tokens::new(&self.text, &self.spans)
    }

    /// The line of a token, with the token marked; of the end of the entry, if there is no such token.
    pub(super) fn excerpt_of_token(&self, index: usize) -> Excerpt {
        match (self.spans.get(index), self.spans.last()) {
            (Some(span), _) => self.excerpt(span.start, span.end),
            (None, Some(last)) => {
                let end = last.end + usize::from(last.quoted);
                self.excerpt(end, end + 1)
            }
            (None, None) => self.excerpt(0, 1),
        }
    }

    /// The line at an offset of the text, with the octets from `start` to `end` marked.
    fn excerpt(&self, start: usize, end: usize) -> Excerpt {
        let after = self.lines.partition_point(|&(_, begin)| begin <= start);
        let (number, begin) = self.lines.get(after.saturating_sub(1)).copied().unwrap_or((0, 0));
        let until = self.lines.get(after).map_or(self.text.len(), |&(_, next)| next);
        let octets = self.text.get(begin..until).unwrap_or_default();
        let octets = octets.strip_suffix(b"\n").unwrap_or(octets);
        Excerpt::new(number, octets, start - begin, end - begin)
    }
}
