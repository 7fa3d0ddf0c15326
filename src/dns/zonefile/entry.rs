//! The words of a master file (RFC 1035 section 5.1): lines in, entries out.
//!
//! An entry is a line, or all lines between a line's parentheses. Its lines are kept until it is whole,
//! so that a mistake can be shown in its place.

use super::error::ZonefileErrorKind;
use super::token::{TokenSpan, Tokens};
use crate::dns::position::Excerpt;

/// The most octets of an entry: RDATA of 65535 octets, each written as `\DDD`, and room for comments.
pub(super) const LONGEST_ENTRY: usize = 1 << 20;

/// The lines of an entry that is being read, cut into words.
#[derive(Debug, Default)]
pub(super) struct EntryBuffer {
    text: Vec<u8>,
    /// The number of each line, and where it begins.
    lines: Vec<(u64, usize)>,
    spans: Vec<TokenSpan>,
    /// Where each parenthesis was opened that is still open.
    open: Vec<usize>,
}

impl EntryBuffer {
    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
        self.spans.clear();
        self.open.clear();
    }

    /// Takes in one line without its end; returns whether the entry is whole.
    pub(super) fn line(&mut self, number: u64, octets: &[u8]) -> Result<bool, (ZonefileErrorKind, Excerpt)> {
        let begin = self.text.len();
        self.lines.push((number, begin));
        self.text.extend_from_slice(octets);
        if self.text.len() > LONGEST_ENTRY {
            return Err((ZonefileErrorKind::EntryTooLong, self.at(begin, begin + 1)));
        }
        let mut at = begin;
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
                        .ok_or_else(|| (ZonefileErrorKind::UnopenedParenthesis, self.at(at, at + 1)))?;
                    at += 1;
                }
                b'"' => {
                    let end = self
                        .closing(at + 1)
                        .ok_or_else(|| (ZonefileErrorKind::UnclosedQuote, self.at(at, at + 1)))?;
                    self.spans.push(TokenSpan { start: at + 1, end, quoted: true });
                    at = end + 1;
                }
                _ => {
                    let end = self.end_of_word(at);
                    self.spans.push(TokenSpan { start: at, end, quoted: false });
                    at = end;
                }
            }
        }
        // Lines apart from each other, so that no word is taken for the continuation of another.
        self.text.push(b'\n');
        Ok(self.open.is_empty())
    }

    /// Returns where the quotation mark stands that closes a string.
    fn closing(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            match self.text.get(at)? {
                b'"' => return Some(at),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    fn end_of_word(&self, from: usize) -> usize {
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

    /// Returns the place of a parenthesis that is open still.
    pub(super) fn open(&self) -> Option<Excerpt> {
        self.open.last().map(|&at| self.at(at, at + 1))
    }

    /// Returns whether the first line begins with white space.
    pub(super) fn begins_blank(&self) -> bool {
        self.text.first().is_some_and(u8::is_ascii_whitespace)
    }

    /// Returns the number of its first line.
    pub(super) fn first_line(&self) -> u64 {
        self.lines.first().map_or(0, |&(number, _)| number)
    }

    /// Returns its words.
    pub(super) fn tokens(&self) -> Tokens<'_> {
        Tokens::new(&self.text, &self.spans)
    }

    /// Returns the place of a word, or of the end of the entry.
    pub(super) fn excerpt(&self, place: usize) -> Excerpt {
        match (self.spans.get(place), self.spans.last()) {
            (Some(span), _) => self.at(span.start, span.end),
            (None, Some(last)) => {
                let end = last.end + usize::from(last.quoted);
                self.at(end, end + 1)
            }
            (None, None) => self.at(0, 1),
        }
    }

    fn at(&self, start: usize, end: usize) -> Excerpt {
        let after = self.lines.partition_point(|&(_, begin)| begin <= start);
        let (number, begin) = self.lines.get(after.saturating_sub(1)).copied().unwrap_or((0, 0));
        let until = self.lines.get(after).map_or(self.text.len(), |&(_, next)| next);
        let octets = self.text.get(begin..until).unwrap_or_default();
        let octets = octets.strip_suffix(b"\n").unwrap_or(octets);
        Excerpt::new(number, octets, start - begin, end - begin)
    }
}
