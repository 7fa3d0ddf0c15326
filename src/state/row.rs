//! One zone's history as octets: the version of the form, then JSON.

use crate::judge::History;

/// The form that is written.
const FORM: u8 = 1;

/// Returns a history as it is stored.
pub(super) fn encode(history: &History) -> Vec<u8> {
    let mut row = vec![FORM];
    // A history is text and numbers; what could not be written would be no history to the next reader.
    let _ = serde_json::to_writer(&mut row, history);
    row
}

/// Reads a history; what was written in another form, or is damaged, is none.
pub(super) fn decode(row: &[u8]) -> Option<History> {
    let (&form, json) = row.split_first()?;
    (form == FORM).then(|| serde_json::from_slice(json).ok())?
}
