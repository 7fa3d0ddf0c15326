//! The lines of a list of zones, which is read line by line: it may be larger than memory.

use super::zone_line::{UnreadableLine, ZoneLine};
use crate::dns::Excerpt;

/// The lines of a list of zones, one after the other.
pub trait ListLines {
    /// Reads the next line; `None` at the end of the list.
    fn next_line(&mut self) -> Result<Option<ListLine<'_>>, String>;
}

/// A line of a list of zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLine<'l> {
    /// Its number, counted from 1.
    pub number: u64,
    /// The line with its end; the beginning of one that is too long.
    pub bytes: &'l [u8],
    /// Whether all of the line is there.
    pub is_whole: bool,
}

impl ListLine<'_> {
    /// Parses the line; `None` if it is empty or a comment.
    pub fn parse(&self) -> Result<Option<ZoneLine>, UnreadableLine> {
        ZoneLine::parse(self.bytes, self.is_whole)
    }

    /// Returns the line with its entry marked.
    pub(super) fn excerpt(&self) -> Excerpt {
        let line = self.bytes.trim_ascii_end();
        let entry = line.trim_ascii_start();
        let is_object = entry.starts_with(b"{");
        let comment = entry.iter().position(|&byte| byte == b'#').filter(|_| !is_object);
        let entry_end = entry.get(..comment.unwrap_or(entry.len())).unwrap_or(entry).trim_ascii_end().len();
        let start = line.len() - entry.len();
        Excerpt::new(self.number, line, start, start + entry_end)
    }
}
