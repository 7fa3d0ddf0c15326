//! Records as people type them: what differs from a zone file, and the slips that a zone file cannot show.

use std::borrow::Cow;

use super::error::ExpectError;
use crate::dns::idna::to_a_labels;
use crate::dns::name::{display, is_within};
use crate::dns::rdata::to_text;
use crate::dns::{Name, Rtype};

/// The type of text.
const TXT: u16 = 16;

/// Types whose RDATA holds text, in which `;` and characters outside ASCII may be meant.
const TEXT_TYPES: [u16; 12] = [13, 16, 19, 20, 35, 56, 99, 256, 257, 258, 261, 262];

/// Types whose RDATA holds names, and no text.
const NAME_TYPES: [u16; 13] = [2, 5, 12, 15, 17, 18, 21, 26, 33, 36, 39, 64, 65];

/// A part of a line without white space, or in quotes.
#[derive(Clone, Copy, Debug)]
struct Word<'t> {
    text: &'t str,
    start: usize,
    is_quoted: bool,
}

/// A record as it was typed.
pub(super) struct TypedRecord<'t> {
    text: &'t str,
    words: Vec<Word<'t>>,
    /// Where `;` begins a comment.
    comment: Option<usize>,
    /// The type, and which word it is.
    rtype: Option<(Rtype, usize)>,
}

impl<'t> TypedRecord<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let (words, comment) = words(text);
        let found = words.iter().enumerate().skip(1).find_map(|(index, word)| {
            let is_prefix =
                word.text.eq_ignore_ascii_case("IN") || word.text.starts_with(|it: char| it.is_ascii_digit());
            (!is_prefix).then_some((word.text, index))
        });
        let rtype = found.and_then(|(word, index)| Some((word.parse().ok()?, index)));
        Self { text, words, comment, rtype }
    }

    /// The record as it stands in a zone file: the U-labels of its names are A-labels.
    pub(super) fn to_zone_file(&self) -> Result<Cow<'t, str>, ExpectError> {
        self.require_no_comment()?;
        if self.text.is_ascii() {
            return Ok(self.text.into());
        }
        let mut out = String::new();
        let mut copied = 0;
        for (index, word) in self.words.iter().enumerate() {
            let is_name = index == 0
                || self.rtype.is_some_and(|(rtype, at)| index > at && NAME_TYPES.contains(&rtype.0));
            if is_name && !word.is_quoted {
                out.push_str(self.text.get(copied..word.start).unwrap_or_default());
                out.push_str(
                    &to_a_labels(word.text).map_err(|error| ExpectError::InvalidName(error.into()))?,
                );
                copied = word.start + word.text.len();
            }
        }
        out.push_str(self.text.get(copied..).unwrap_or_default());
        Ok(out.into())
    }

    /// Requires that no `;` cuts the record, where it is not plainly meant to begin a comment.
    fn require_no_comment(&self) -> Result<(), ExpectError> {
        let Some(at) = self.comment else { return Ok(()) };
        let before = self.text.get(..at).unwrap_or_default();
        let is_text = self.rtype.is_some_and(|(rtype, _)| TEXT_TYPES.contains(&rtype.0));
        if !is_text && before.ends_with(char::is_whitespace) {
            return Ok(());
        }
        let hint = match self.rtype.filter(|(rtype, _)| is_text && rtype.0 == TXT && !before.contains('"')) {
            Some((_, index)) => {
                let head = self.words.get(index).map_or(0, |word| word.start + word.text.len());
                let (head, data) = self.text.split_at_checked(head).unwrap_or((self.text, ""));
                format!("put the text in quotes: {head} \"{}\"", data.trim())
            }
            None => "put text that holds `;` in quotes, and leave comments out".to_owned(),
        };
        let left_out = self.text.get(at..).unwrap_or_default().escape_debug().to_string();
        Err(ExpectError::Comment { left_out, hint: hint.replace(char::is_control, "?") })
    }

    /// Requires that the zone's name does not stand twice at the end of a name that was typed without a final dot.
    pub(super) fn require_single_origin(
        &self,
        zone: &Name,
        owner: &Name,
        rdata: &[u8],
    ) -> Result<(), ExpectError> {
        if let Some(word) = self.words.first() {
            require_single_origin(zone, owner, word.text)?;
        }
        let Some((rtype, at)) = self.rtype.filter(|(rtype, _)| NAME_TYPES.contains(&rtype.0)) else {
            return Ok(());
        };
        let data = to_text(rtype, rdata);
        let names = data.split(' ').filter_map(|word| word.parse::<Name>().ok());
        let doubled: Vec<Name> = names.filter(|name| is_doubled(name, zone)).collect();
        for word in self.words.iter().skip(at + 1) {
            for name in &doubled {
                let origin = display(zone.as_wire());
                let is_this = name.to_string().eq_ignore_ascii_case(&format!("{}.{origin}", word.text));
                if is_this {
                    require_single_origin(zone, name, word.text)?;
                }
            }
        }
        Ok(())
    }
}

/// Requires that the zone's name does not stand twice at the end of a name, unless it was typed with a final dot.
pub(super) fn require_single_origin(zone: &Name, name: &Name, typed: &str) -> Result<(), ExpectError> {
    if typed.ends_with('.') || !is_doubled(name, zone) {
        return Ok(());
    }
    Err(ExpectError::DoubledOrigin { typed: typed.escape_debug().to_string(), name: name.clone() })
}

/// Whether a name ends with the name of the zone twice.
fn is_doubled(name: &Name, zone: &Name) -> bool {
    let (name, zone) = (name.as_wire(), zone.as_wire());
    let origin = zone.split_last().map_or(zone, |(_, labels)| labels);
    let twice = [origin, zone].concat();
    !origin.is_empty() && is_within(name, &twice)
}

/// The words of a line, and where a comment begins.
fn words(text: &str) -> (Vec<Word<'_>>, Option<usize>) {
    let mut words = Vec::new();
    let mut comment = None;
    let mut start: Option<usize> = None;
    let mut is_quoted = false;
    let mut characters = text.char_indices();
    let mut push = |start: usize, end: usize, is_quoted| {
        words.extend(text.get(start..end).map(|text| Word { text, start, is_quoted }));
    };
    while let Some((at, character)) = characters.next() {
        match (character, start) {
            ('\\', _) => {
                start = start.or(Some(at));
                characters.next();
            }
            ('"', Some(begin)) if is_quoted => {
                push(begin, at, true);
                (start, is_quoted) = (None, false);
            }
            _ if is_quoted => {}
            ('"', begin) => {
                if let Some(begin) = begin {
                    push(begin, at, false);
                }
                (start, is_quoted) = (Some(at + 1), true);
            }
            (';', _) => {
                comment = Some(at);
                break;
            }
            (space, Some(begin)) if space.is_whitespace() => {
                push(begin, at, false);
                start = None;
            }
            (space, None) if space.is_whitespace() => {}
            (_, begin) => start = begin.or(Some(at)),
        }
    }
    if let Some(begin) = start {
        push(begin, comment.unwrap_or(text.len()), is_quoted);
    }
    (words, comment)
}
