//! One zone's history as octets: the number of the form, then the fields in their order (postcard).
//!
//! The octets do not say what they are: whoever changes a type of the history gives the form a new number.

use crate::judge::History;

/// The form that is written.
const FORM: u8 = 3;

/// Returns a history as it is stored; `None` for what cannot be stored, which no history is.
pub fn encode(history: &History) -> Option<Vec<u8>> {
    postcard::to_extend(history, vec![FORM]).ok()
}

/// Reads a history; what was written in another form, or is damaged, is none.
pub fn decode(row: &[u8]) -> Option<History> {
    let (&form, fields) = row.split_first()?;
    if form != FORM {
        return None;
    }
    let (history, rest) = postcard::take_from_bytes(fields).ok()?;
    rest.is_empty().then_some(history)
}
