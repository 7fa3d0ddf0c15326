//! `$GENERATE`, a directive of all common servers that no RFC has: one template, many records.

use std::fmt::Write as _;

use super::error::{Expected, ZoneFileErrorKind};
use super::token::{Token, TokenError, Tokens};

/// The maximum length of a range: the number of addresses of a network of prefix length 8.
const MAX_RANGE: u64 = 1 << 24;

const OWNER: Expected = Expected::new("the owner of a template", "it without quotes");
const RANGE: Expected = Expected::new("a range of numbers", "START-STOP or START-STOP/STEP, as in 1-254");

/// A `$GENERATE` directive.
#[derive(Debug)]
pub(super) struct GenerateDirective<'t> {
    /// The token with the range.
    pub(super) range: Token<'t>,
    start: u32,
    stop: u32,
    step: usize,
    template: Vec<(Token<'t>, Vec<TemplatePart>)>,
    /// Whether the data are one string in quotes, whose content is the text of the data, as in BIND.
    is_data_quoted: bool,
}

/// A part of a token of the template.
#[derive(Clone, Debug)]
enum TemplatePart {
    /// Text that is copied.
    Text(Vec<u8>),
    /// The number of the record.
    Number { offset: i64, width: usize, base: char },
}

impl<'t> GenerateDirective<'t> {
    /// Parses the tokens behind `$GENERATE`.
    pub(super) fn parse(tokens: &mut Tokens<'t>) -> Result<Self, TokenError> {
        let range = tokens.required("the range")?;
        let (start, stop, step) = parse_range(range)?;
        let mut template = Vec::new();
        while let Some(token) = tokens.take() {
            template.push((token, parse_parts(token)?));
        }
        if template.len() < 3 {
            return Err(tokens.missing("the owner, the type and the data of the records"));
        }
        if let Some((owner, _)) = template.first().filter(|(owner, _)| owner.quoted) {
            return Err(owner.invalid(OWNER));
        }
        let prefix = |(token, _): &&(Token<'t>, _)| token.class().is_some() || token.looks_like_ttl();
        let data = template.iter().skip(1).skip_while(prefix).skip(1);
        let is_data_quoted = data.clone().count() == 1 && data.last().is_some_and(|(token, _)| token.quoted);
        if let Some((_, parts)) = template.last_mut().filter(|_| is_data_quoted) {
            parts.iter_mut().for_each(unescape_quotes);
        }
        Ok(Self { range, start, stop, step, template, is_data_quoted })
    }

    /// The token of the directive that made a token of a record.
    ///
    /// The template has the same tokens behind the directive and the range, except in quoted data.
    pub(super) fn index(&self, index: usize) -> usize {
        let last = self.template.len() + 1;
        if self.is_data_quoted { last.min(index + 2) } else { index + 2 }
    }

    /// The numbers of the range, each of which makes a record.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        (self.start..=self.stop).step_by(self.step)
    }

    /// Replaces the content of `line` by the record of a number.
    pub(super) fn write_record(&self, number: u32, line: &mut Vec<u8>) {
        line.clear();
        for (token, parts) in &self.template {
            if !line.is_empty() {
                line.push(b' ');
            }
            let quoted = token.quoted && !self.is_data_quoted;
            write_token(quoted, parts, number, line);
        }
    }
}

fn parse_range(range: Token<'_>) -> Result<(u32, u32, usize), TokenError> {
    let text = range.plain().unwrap_or_default();
    let (bounds, step) = text.split_once('/').unwrap_or((text, "1"));
    let (start, stop) = bounds.split_once('-').ok_or_else(|| range.invalid(RANGE))?;
    let [start, stop, step] = [start, stop, step].map(|number| number.parse::<u32>().ok());
    let (Some(start), Some(stop), Some(step)) = (start, stop, step.filter(|&step| step > 0)) else {
        return Err(range.invalid(RANGE));
    };
    let count = u64::from(stop.checked_sub(start).ok_or_else(|| range.invalid(RANGE))? / step) + 1;
    if count > MAX_RANGE {
        return Err(range.error(ZoneFileErrorKind::RangeTooLong(MAX_RANGE)));
    }
    Ok((start, stop, usize::try_from(step).unwrap_or(usize::MAX)))
}

fn parse_parts(token: Token<'_>) -> Result<Vec<TemplatePart>, TokenError> {
    let mut parts = Vec::new();
    let mut text = Vec::new();
    let mut rest = token.octets;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'\\', [escaped, after @ ..]) => {
                // `\$` is the character itself, in names and in strings alike.
                text.extend_from_slice(&[b'\\', *escaped]);
                rest = after;
            }
            (b'$', [b'$', after @ ..]) => {
                text.extend_from_slice(b"\\$");
                rest = after;
            }
            (b'$', _) => {
                parts.push(TemplatePart::Text(std::mem::take(&mut text)));
                let modifier = tail.strip_prefix(b"{").map(|inside| {
                    let length = inside.iter().position(|&octet| octet == b'}');
                    length.and_then(|length| Some((inside.get(..length)?, inside.get(length + 1..)?)))
                });
                parts.push(match modifier {
                    None => TemplatePart::Number { offset: 0, width: 0, base: 'd' },
                    Some(split) => {
                        let invalid = || token.error(ZoneFileErrorKind::InvalidModifier(token.printable()));
                        let (inside, after) = split.ok_or_else(invalid)?;
                        rest = after;
                        parse_modifier(inside).ok_or_else(invalid)?
                    }
                });
            }
            (octet, _) => text.push(octet),
        }
    }
    parts.push(TemplatePart::Text(text));
    Ok(parts)
}

/// Turns `\"` into the quotation mark that it is in the text of the data.
fn unescape_quotes(part: &mut TemplatePart) {
    if let TemplatePart::Text(text) = part {
        let mut rest = std::mem::take(text);
        while let Some(at) = rest.windows(2).position(|two| two == b"\\\"") {
            let behind = rest.split_off(at + 1);
            rest.pop();
            text.append(&mut rest);
            rest = behind;
        }
        text.append(&mut rest);
    }
}

/// Parses `OFFSET[,WIDTH[,BASE]]`.
fn parse_modifier(octets: &[u8]) -> Option<TemplatePart> {
    let text = std::str::from_utf8(octets).ok()?;
    let mut items = text.split(',');
    let offset = items.next()?.parse::<i32>().ok()?.into();
    let width = items.next().map_or(Some(0), |width| width.parse().ok().filter(|&width| width < 256))?;
    let base = items.next().unwrap_or("d").parse().ok().filter(|base| "doxXnN".contains(*base))?;
    items.next().is_none().then_some(TemplatePart::Number { offset, width, base })
}

fn write_token(quoted: bool, parts: &[TemplatePart], number: u32, line: &mut Vec<u8>) {
    let quote = quoted.then_some(b'"');
    line.extend(quote);
    for part in parts {
        match part {
            TemplatePart::Text(text) => line.extend_from_slice(text),
            TemplatePart::Number { offset, width, base } => {
                line.extend_from_slice(print_number(i64::from(number) + offset, *width, *base).as_bytes());
            }
        }
    }
    line.extend(quote);
}

fn print_number(number: i64, width: usize, base: char) -> String {
    match base {
        'o' => format!("{number:0width$o}"),
        'x' => format!("{number:0width$x}"),
        'X' => format!("{number:0width$X}"),
        'n' | 'N' => print_nibbles(number, width, base == 'N'),
        _ => format!("{number:0width$}"),
    }
}

/// Prints the hexadecimal digits of a number with dots between them, the last digit first, as BIND does:
/// `width` counts digits and dots, and an even one ends with a dot.
fn print_nibbles(number: i64, width: usize, upper_case: bool) -> String {
    let mut text = String::new();
    let mut rest = number & i64::from(u32::MAX);
    loop {
        // Writing to a string cannot fail.
        let _ = if upper_case { write!(text, "{:X}", rest & 15) } else { write!(text, "{:x}", rest & 15) };
        rest >>= 4;
        if rest != 0 || text.len() < width {
            text.push('.');
        }
        if rest == 0 && text.len() >= width {
            return text;
        }
    }
}
