//! `$GENERATE`, which common servers read beside RFC 1035: one template, many records.

use std::fmt::Write as _;

use super::entry::EntryBuffer;
use super::error::{Expected, ZonefileErrorKind};
use super::reader::{RecordSink, ZonefileReader};
use super::token::{Token, TokenError, Tokens};

/// The most numbers of a range: a network of prefix length 8 has as many addresses.
const LONGEST_RANGE: u64 = 1 << 24;

const RANGE: Expected = Expected::new("a range of numbers", "START-STOP or START-STOP/STEP, as in 1-254");

impl ZonefileReader {
    /// Reads the line as often as the range has numbers, each time with the next one in place of `$`.
    pub(super) fn generate(
        &mut self,
        entry: &EntryBuffer,
        tokens: &mut Tokens<'_>,
        sink: RecordSink<'_>,
    ) -> Result<(), TokenError> {
        let range = tokens.required("the range")?;
        let numbers = numbers(range)?;
        let mut template = Vec::new();
        while let Some(token) = tokens.take() {
            template.push((token, parts(token)?));
        }
        if template.len() < 3 {
            return Err(tokens.ends("the owner, the type and the data of the records"));
        }
        let mut line = Vec::new();
        let mut generated = EntryBuffer::default();
        for number in numbers {
            line.clear();
            for (token, parts) in &template {
                if !line.is_empty() {
                    line.push(b' ');
                }
                write_word(*token, parts, number, &mut line);
            }
            generated.clear();
            generated.line(entry.first_line(), &line).map_err(|(fault, _)| range.wrong(fault))?;
            let written = self.record(&generated, &mut generated.tokens(), &mut *sink);
            // What is wrong with a record is shown in the template, whose words are the same.
            written.map_err(|TokenError { place, fault }| TokenError { place: place + 2, fault })?;
        }
        Ok(())
    }
}

fn numbers(range: Token<'_>) -> Result<impl Iterator<Item = u32>, TokenError> {
    let text = range.plain().unwrap_or_default();
    let (bounds, step) = text.split_once('/').unwrap_or((text, "1"));
    let (start, stop) = bounds.split_once('-').ok_or_else(|| range.invalid(RANGE))?;
    let [start, stop, step] = [start, stop, step].map(|number| number.parse::<u32>().ok());
    let (Some(start), Some(stop), Some(step)) = (start, stop, step.filter(|&step| step > 0)) else {
        return Err(range.invalid(RANGE));
    };
    let count = u64::from(stop.checked_sub(start).ok_or_else(|| range.invalid(RANGE))? / step) + 1;
    if count > LONGEST_RANGE {
        return Err(range.wrong(ZonefileErrorKind::RangeTooLong(LONGEST_RANGE)));
    }
    Ok((start..=stop).step_by(usize::try_from(step).unwrap_or(usize::MAX)))
}

/// A piece of the template.
#[derive(Clone, Debug)]
enum Part {
    /// Octets as they are.
    Text(Vec<u8>),
    /// The number of the record.
    Number { offset: i64, width: usize, base: char },
}

fn parts(token: Token<'_>) -> Result<Vec<Part>, TokenError> {
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
                parts.push(Part::Text(std::mem::take(&mut text)));
                let modifier = tail.strip_prefix(b"{").map(|inside| {
                    let length = inside.iter().position(|&octet| octet == b'}');
                    length.and_then(|length| Some((inside.get(..length)?, inside.get(length + 1..)?)))
                });
                parts.push(match modifier {
                    None => Part::Number { offset: 0, width: 0, base: 'd' },
                    Some(split) => {
                        let bad = || token.wrong(ZonefileErrorKind::InvalidModifier(token.shown()));
                        let (inside, after) = split.ok_or_else(bad)?;
                        rest = after;
                        modifier_of(inside).ok_or_else(bad)?
                    }
                });
            }
            (octet, _) => text.push(octet),
        }
    }
    parts.push(Part::Text(text));
    Ok(parts)
}

/// Reads `OFFSET[,WIDTH[,BASE]]`.
fn modifier_of(octets: &[u8]) -> Option<Part> {
    let text = std::str::from_utf8(octets).ok()?;
    let mut settings = text.split(',');
    let offset = settings.next()?.parse::<i32>().ok()?.into();
    let width = settings.next().map_or(Some(0), |width| width.parse().ok().filter(|&width| width < 256))?;
    let base = settings.next().unwrap_or("d").parse().ok().filter(|base| "doxXnN".contains(*base))?;
    settings.next().is_none().then_some(Part::Number { offset, width, base })
}

fn write_word(token: Token<'_>, parts: &[Part], number: u32, line: &mut Vec<u8>) {
    let quote = token.quoted.then_some(b'"');
    line.extend(quote);
    for part in parts {
        match part {
            Part::Text(text) => line.extend_from_slice(text),
            Part::Number { offset, width, base } => {
                line.extend_from_slice(shown(i64::from(number) + offset, *width, *base).as_bytes());
            }
        }
    }
    line.extend(quote);
}

fn shown(number: i64, width: usize, base: char) -> String {
    match base {
        'o' => format!("{number:0width$o}"),
        'x' => format!("{number:0width$x}"),
        'X' => format!("{number:0width$X}"),
        'n' | 'N' => nibbles(number, width, base == 'N'),
        _ => format!("{number:0width$}"),
    }
}

/// The digits of a number in hexadecimal, the last one first, with dots between them, as BIND writes them:
/// `width` counts both, and an even one ends with a dot.
fn nibbles(number: i64, width: usize, upper: bool) -> String {
    let mut text = String::new();
    let mut rest = number & i64::from(u32::MAX);
    loop {
        // Writing to a string cannot fail.
        let _ = if upper { write!(text, "{:X}", rest & 15) } else { write!(text, "{:x}", rest & 15) };
        rest >>= 4;
        if rest != 0 || text.len() < width {
            text.push('.');
        }
        if rest == 0 && text.len() >= width {
            return text;
        }
    }
}
