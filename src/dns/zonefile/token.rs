//! The tokens of an entry, and the values they are parsed as.

use std::borrow::Cow;
use std::str::FromStr;

use super::error::{Expected, ZoneFileErrorKind};
use crate::dns::name::{MAX_LABEL, MAX_NAME, NameError};

/// The maximum number of characters of a token that a message repeats.
const MAX_PRINTED: usize = 60;

const NUMBER_8: Expected = Expected::new("a number from 0 to 255", "a number from 0 to 255");
const NUMBER_16: Expected = Expected::new("a number from 0 to 65535", "a number from 0 to 65535");
const NUMBER_32: Expected = Expected::new("a number from 0 to 4294967295", "a number from 0 to 4294967295");
const TTL: Expected =
    Expected::new("a time from 0 to 4294967295 seconds", "seconds, or numbers with units, as in 1h30m");

/// An error at a token, or at the end of the entry if the index is past the last token.
#[derive(Clone, Debug)]
pub(in crate::dns) struct TokenError {
    pub(super) index: usize,
    pub(super) kind: ZoneFileErrorKind,
}

/// The offsets of a token in the text of its entry, without quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenSpan {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quoted: bool,
}

/// The tokens of an entry, taken from front to back.
#[derive(Clone, Debug)]
pub(in crate::dns) struct Tokens<'t> {
    text: &'t [u8],
    spans: &'t [TokenSpan],
    next: usize,
}

/// A token as written, without quotes around it.
#[derive(Clone, Copy, Debug)]
pub(in crate::dns) struct Token<'t> {
    pub(in crate::dns) octets: &'t [u8],
    pub(in crate::dns) quoted: bool,
    /// Its number in the entry, counted from 0.
    pub(super) index: usize,
    end: usize,
}

impl<'t> Tokens<'t> {
    /// Starts with the first token of an entry.
    pub(super) fn new(text: &'t [u8], spans: &'t [TokenSpan]) -> Self {
        Self { text, spans, next: 0 }
    }

    /// Returns the next token without taking it.
    pub(in crate::dns) fn peek(&self) -> Option<Token<'t>> {
        let &TokenSpan { start, end, quoted } = self.spans.get(self.next)?;
        Some(Token { octets: self.text.get(start..end)?, quoted, index: self.next, end })
    }

    /// Takes the next token.
    pub(in crate::dns) fn take(&mut self) -> Option<Token<'t>> {
        let token = self.peek()?;
        self.next += 1;
        Some(token)
    }

    /// Takes the next token, which must be there.
    pub(in crate::dns) fn required(&mut self, expected: &'static str) -> Result<Token<'t>, TokenError> {
        self.take().ok_or_else(|| self.missing(expected))
    }

    /// Takes the next token if it is quoted and right behind this one, as in `key="value"`.
    pub(in crate::dns) fn attached(&mut self, token: Token<'t>) -> Option<Token<'t>> {
        let start = self.spans.get(self.next)?.start;
        self.peek().filter(|next| next.quoted && start == token.end + 1)?;
        self.take()
    }

    /// Makes the error that the entry ends where another token is required.
    pub(in crate::dns) fn missing(&self, expected: &'static str) -> TokenError {
        TokenError { index: self.spans.len(), kind: ZoneFileErrorKind::MissingToken(expected) }
    }
}

impl<'t> Token<'t> {
    /// Returns a part of this token as a token with the same index.
    pub(in crate::dns) fn with(self, octets: &'t [u8]) -> Self {
        Self { octets, ..self }
    }

    /// Prints it for messages: free of control characters, and not too long.
    pub(in crate::dns) fn printable(self) -> String {
        let text = String::from_utf8_lossy(self.octets);
        let length = text.chars().count();
        let first: String = text.chars().take(MAX_PRINTED).collect::<String>().escape_debug().to_string();
        let first = first.replace("\\\\", "\\").replace("\\\"", "\"").replace("\\'", "'");
        if length > MAX_PRINTED { first + "..." } else { first }
    }

    /// Makes an error at this token.
    pub(in crate::dns) fn error(self, kind: ZoneFileErrorKind) -> TokenError {
        TokenError { index: self.index, kind }
    }

    /// Makes the error that this token is not what is expected.
    pub(in crate::dns) fn invalid(self, expected: Expected) -> TokenError {
        self.error(ZoneFileErrorKind::Unexpected { token: self.printable(), expected })
    }

    /// Its text as written, if it is ASCII and not quoted.
    pub(super) fn plain(&self) -> Option<&'t str> {
        std::str::from_utf8(self.octets).ok().filter(|text| !self.quoted && text.is_ascii())
    }

    /// Its text, if it is ASCII. Quotes and escapes make no difference, as in NSD.
    pub(in crate::dns) fn text(self) -> Option<Cow<'t, str>> {
        let text = match self.unescaped() {
            Cow::Borrowed(octets) => Cow::Borrowed(std::str::from_utf8(octets).ok()?),
            Cow::Owned(octets) => Cow::Owned(String::from_utf8(octets).ok()?),
        };
        Some(text).filter(|text| text.is_ascii())
    }

    /// Its octets with escapes resolved; as written, if one of them is not valid.
    pub(in crate::dns) fn unescaped(self) -> Cow<'t, [u8]> {
        let mut octets = Vec::new();
        if self.octets.contains(&b'\\') && self.unescape(&mut octets).is_ok() {
            Cow::Owned(octets)
        } else {
            Cow::Borrowed(self.octets)
        }
    }

    /// Whether it is this text, in any letter case, and not quoted.
    pub(in crate::dns) fn is(&self, text: &str) -> bool {
        !self.quoted && self.octets.eq_ignore_ascii_case(text.as_bytes())
    }

    /// Parses it as any type with `FromStr`.
    pub(in crate::dns) fn parse<T: FromStr>(self, expected: Expected) -> Result<T, TokenError> {
        self.text().and_then(|text| text.parse().ok()).ok_or_else(|| self.invalid(expected))
    }

    /// Parses digits as a whole number.
    pub(in crate::dns) fn number(self, max: u32) -> Result<u32, TokenError> {
        let expected = match max {
            0..=0xff => NUMBER_8,
            0x100..=0xffff => NUMBER_16,
            _ => NUMBER_32,
        };
        let digits = self.text().filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()));
        let number = digits.and_then(|text| text.parse().ok()).filter(|&number| number <= max);
        number.ok_or_else(|| self.invalid(expected))
    }

    /// Parses a number of seconds, or numbers with the units w, d, h, m and s.
    pub(in crate::dns) fn seconds(self, max: u32) -> Result<u32, TokenError> {
        let seconds =
            self.text().and_then(|text| seconds(&text)).filter(|&seconds| seconds <= u64::from(max));
        seconds.and_then(|seconds| u32::try_from(seconds).ok()).ok_or_else(|| self.invalid(TTL))
    }

    /// The class that it names (RFC 1035 section 3.2.4, RFC 3597 section 5).
    pub(super) fn class(&self) -> Option<u16> {
        let known = [("IN", 1), ("CS", 2), ("CH", 3), ("HS", 4)];
        if let Some((_, number)) = known.iter().find(|(name, _)| self.is(name)) {
            return Some(*number);
        }
        let (prefix, number) = self.plain()?.split_at_checked(5)?;
        number.parse().ok().filter(|_| prefix.eq_ignore_ascii_case("CLASS"))
    }

    /// Whether it looks like a TTL: it begins with a digit, and has only digits and units of time.
    pub(super) fn looks_like_ttl(&self) -> bool {
        self.plain().is_some_and(|text| {
            let unit = |octet: u8| b"wdhms".contains(&octet.to_ascii_lowercase());
            text.starts_with(|first: char| first.is_ascii_digit())
                && text.bytes().all(|octet| octet.is_ascii_digit() || unit(octet))
        })
    }

    /// Appends its octets, with escapes resolved.
    pub(in crate::dns) fn unescape(self, out: &mut Vec<u8>) -> Result<(), TokenError> {
        let mut rest = self.octets;
        while let Some((octet, tail, _)) = character(rest) {
            out.push(octet.ok_or_else(|| self.error(ZoneFileErrorKind::InvalidEscape))?);
            rest = tail;
        }
        Ok(())
    }

    /// Appends it as a character string (RFC 1035 section 3.3), behind its length.
    pub(in crate::dns) fn string(self, out: &mut Vec<u8>) -> Result<(), TokenError> {
        let begin = out.len();
        out.push(0);
        self.unescape(out)?;
        let length =
            u8::try_from(out.len() - begin - 1).map_err(|_| self.error(ZoneFileErrorKind::StringTooLong))?;
        if let Some(first) = out.get_mut(begin) {
            *first = length;
        }
        Ok(())
    }

    /// Appends it as a name in canonical form. A name without a final dot is below the origin.
    pub(in crate::dns) fn name(self, origin: &[u8], out: &mut Vec<u8>) -> Result<(), TokenError> {
        let begin = out.len();
        self.name_as_written(origin, out)?;
        // The length of a label is never a letter.
        out.get_mut(begin..).unwrap_or_default().make_ascii_lowercase();
        Ok(())
    }

    /// Appends it as a name whose letters keep their case.
    pub(in crate::dns) fn name_as_written(self, origin: &[u8], out: &mut Vec<u8>) -> Result<(), TokenError> {
        let begin = out.len();
        let parsed = self.labels(origin, out);
        let parsed = parsed
            .and_then(|()| if out.len() - begin > MAX_NAME { Err(NameError::LongName) } else { Ok(()) });
        parsed
            .map_err(|reason| self.error(ZoneFileErrorKind::InvalidName { token: self.printable(), reason }))
    }

    fn labels(self, origin: &[u8], out: &mut Vec<u8>) -> Result<(), NameError> {
        match self.octets {
            b"" => return Err(NameError::Empty),
            b"@" => {
                out.extend_from_slice(origin);
                return Ok(());
            }
            b"." => {
                out.push(0);
                return Ok(());
            }
            _ => {}
        }
        let mut rest = self.octets;
        let mut label = out.len();
        out.push(0);
        while let Some((octet, tail, escaped)) = character(rest) {
            rest = tail;
            match octet.ok_or(NameError::BadEscape)? {
                b'.' if !escaped => {
                    end_label(out, label)?;
                    label = out.len();
                    out.push(0);
                }
                octet => out.push(octet),
            }
        }
        if out.len() == label + 1 {
            // The last label is the root label.
            return Ok(());
        }
        end_label(out, label)?;
        out.extend_from_slice(origin);
        Ok(())
    }
}

/// Writes the length of a complete label in front of it.
fn end_label(out: &mut [u8], label: usize) -> Result<(), NameError> {
    let length = out.len() - label - 1;
    if length == 0 {
        return Err(NameError::EmptyLabel);
    }
    let octet = u8::try_from(length).ok().filter(|_| length <= MAX_LABEL).ok_or(NameError::LongLabel)?;
    if let Some(first) = out.get_mut(label) {
        *first = octet;
    }
    Ok(())
}

/// Splits off the first character: its octet (`None` for an invalid escape), the rest, and whether it is escaped.
fn character(octets: &[u8]) -> Option<(Option<u8>, &[u8], bool)> {
    let (&first, rest) = octets.split_first()?;
    if first != b'\\' {
        return Some((Some(first), rest, false));
    }
    let digit = |octet: &u8| octet.is_ascii_digit();
    match rest {
        [hundreds, tens, ones, rest @ ..] if [hundreds, tens, ones].into_iter().all(digit) => {
            let value =
                [hundreds, tens, ones].iter().fold(0_u16, |sum, octet| sum * 10 + u16::from(**octet - b'0'));
            Some((u8::try_from(value).ok(), rest, true))
        }
        [escaped, rest @ ..] if !digit(escaped) => Some((Some(*escaped), rest, true)),
        _ => Some((None, &[], true)),
    }
}

fn seconds(text: &str) -> Option<u64> {
    let mut total = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit = match tail.bytes().next().map(|octet| octet.to_ascii_lowercase()) {
            // Only a single number may be without a unit.
            None if rest.len() == text.len() => 1,
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3600,
            Some(b'd') => 86_400,
            Some(b'w') => 604_800,
            _ => return None,
        };
        let part = number.parse::<u32>().ok()?;
        total = total.checked_add(u64::from(part).checked_mul(unit)?)?;
        rest = tail.get(1..).unwrap_or_default();
    }
    (!text.is_empty()).then_some(total)
}
