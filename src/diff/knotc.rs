//! Changes as commands that Knot DNS' `knotc` reads on its standard input, in one transaction.
//!
//! `knotc` splits a line into words as a shell does: within double quotes, a backslash stands before a quote and before a
//! backslash.

use super::changes::RrsetChange;
use super::presentation::{owner_text, rdata_text_within, type_text};
use crate::dns::Name;

/// The most characters of RDATA: `knotc` drops a command with more without a word.
const MAX_RDATA_TEXT: usize = 65_000;

/// Writes commands for `knotc`, group by group.
pub struct KnotcCommands {
    /// The zone in the text of commands.
    zone: String,
    too_large: u64,
}

impl KnotcCommands {
    /// Commands about a zone.
    pub fn new(zone: &Name) -> Self {
        Self { zone: owner_text(zone), too_large: 0 }
    }

    /// Writes the command that begins the transaction.
    pub fn push_begin(&self, out: &mut String) {
        push_command(out, "zone-begin", &[&self.zone]);
    }

    /// Writes changes that belong together: first what is removed, so that a CNAME never meets other records.
    pub fn push_group(&mut self, out: &mut String, group: &[RrsetChange]) {
        let with_texts: Vec<(&RrsetChange, Vec<String>)> =
            group.iter().filter_map(|change| Some((change, rdata_texts(change)?))).collect();
        self.too_large += (group.len() - with_texts.len()) as u64;
        for (change, _) in with_texts.iter().filter(|(change, _)| change.from.is_some()) {
            let (owner, kind) = (owner_text(&change.owner), type_text(change.rtype));
            push_command(out, "zone-unset", &[&self.zone, &owner, &kind]);
        }
        for (change, texts) in &with_texts {
            let Some(to) = &change.to else { continue };
            let (owner, kind) = (owner_text(&change.owner), type_text(change.rtype));
            let ttl = to.ttl.to_string();
            for text in texts {
                push_command(out, "zone-set", &[&self.zone, &owner, &ttl, &kind, text]);
            }
        }
    }

    /// Writes the command that puts the changes in place.
    pub fn push_commit(&self, out: &mut String) {
        push_command(out, "zone-commit", &[&self.zone]);
    }

    /// The number of RRsets that were left out since `knotc` cannot read a record.
    pub fn too_large(&self) -> u64 {
        self.too_large
    }
}

/// The RDATA of all records that must be there; `None` if one of them is too long.
fn rdata_texts(change: &RrsetChange) -> Option<Vec<String>> {
    let records = change.to.iter().flat_map(|to| &to.rdata);
    records.map(|rdata| rdata_text_within(change.rtype, rdata, MAX_RDATA_TEXT)).collect()
}

/// Writes a command with its arguments.
fn push_command(out: &mut String, command: &str, arguments: &[&str]) {
    out.push_str(command);
    for argument in arguments {
        out.push(' ');
        push_word(out, argument);
    }
    out.push('\n');
}

/// Writes a word, in quotes unless it has no character with a meaning.
fn push_word(out: &mut String, word: &str) {
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b".-_*:/".contains(&octet);
    if !word.is_empty() && word.bytes().all(is_plain) {
        out.push_str(word);
        return;
    }
    out.push('"');
    for character in word.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}
