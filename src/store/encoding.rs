//! The history of one zone as bytes: the version of the format, then the fields in order (postcard), then those of the
//! link that begins at a signer, if there is one, and last how verdicts have changed, unless nothing did.
//!
//! The bytes do not describe themselves: a change of a type of the history raises the version. The version before is read
//! too.

use crate::judge::History;
use crate::judge::history::VerdictChange;

/// The version that is written.
pub(super) const FORMAT_VERSION: u8 = 9;

/// The version before, which ends without the changes of verdicts.
const FORMAT_WITHOUT_CHANGES: u8 = 8;

/// The changes of each address that has any, by its place among all: those of the history, then those of the link that
/// begins at a signer.
type Changes<C> = Vec<(u32, C)>;

/// Returns a history as it is stored; `None` if it cannot be stored, which does not happen to a history.
pub fn encode(history: &History) -> Option<Vec<u8>> {
    let row = postcard::to_extend(history, vec![FORMAT_VERSION]).ok()?;
    let row = postcard::to_extend(&history.downstream, row).ok()?;
    let lists =
        links(history).flat_map(|history| history.addresses.values()).map(|past| past.changes.as_slice());
    let changes: Changes<&[VerdictChange]> = (0..).zip(lists).filter(|(_, list)| !list.is_empty()).collect();
    if changes.is_empty() {
        return Some(row);
    }
    postcard::to_extend(&changes, row).ok()
}

/// Returns a stored history; `None` if it is damaged, or of another version.
pub fn decode(row: &[u8]) -> Option<History> {
    let (&version, fields) = row.split_first()?;
    let (history, rest) = postcard::take_from_bytes::<History>(fields).ok()?;
    let (downstream, rest) = postcard::take_from_bytes(rest).ok()?;
    let history = History { downstream, ..history };
    match version {
        FORMAT_WITHOUT_CHANGES => rest.is_empty().then(|| history.without_changes()),
        FORMAT_VERSION if rest.is_empty() => Some(history),
        FORMAT_VERSION => with_changes(history, rest),
        _ => None,
    }
}

fn with_changes(mut history: History, bytes: &[u8]) -> Option<History> {
    let (changes, rest): (Changes<Vec<VerdictChange>>, _) = postcard::take_from_bytes(bytes).ok()?;
    let mut downstream = history.downstream.take();
    let last = downstream.iter_mut().flat_map(|history| history.addresses.values_mut());
    let mut addresses = history.addresses.values_mut().chain(last).zip(0..);
    for (place, list) in changes {
        let (address, _) = addresses.find(|(_, number)| *number == place)?;
        address.changes = list;
    }
    drop(addresses);
    history.downstream = downstream;
    rest.is_empty().then_some(history)
}

/// The histories of both links.
fn links(history: &History) -> impl Iterator<Item = &History> {
    [history].into_iter().chain(history.downstream.as_deref())
}
