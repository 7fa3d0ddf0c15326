//! The history of one zone as bytes: the version of the format, then the fields in order (postcard), then those of the
//! link that begins at a signer, if there is one.
//!
//! The bytes do not describe themselves: a change of a type of the history raises the version.

use crate::judge::History;

/// The version that is written.
pub(super) const FORMAT_VERSION: u8 = 8;

/// Returns a history as it is stored; `None` if it cannot be stored, which does not happen to a history.
pub fn encode(history: &History) -> Option<Vec<u8>> {
    let row = postcard::to_extend(history, vec![FORMAT_VERSION]).ok()?;
    postcard::to_extend(&history.downstream, row).ok()
}

/// Returns a stored history; `None` if it is damaged, or of another version.
pub fn decode(row: &[u8]) -> Option<History> {
    let (&version, fields) = row.split_first()?;
    if version != FORMAT_VERSION {
        return None;
    }
    let (history, rest) = postcard::take_from_bytes(fields).ok()?;
    let (downstream, rest) = postcard::take_from_bytes(rest).ok()?;
    rest.is_empty().then_some(History { downstream, ..history })
}
