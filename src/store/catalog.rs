//! What is known of a catalog as bytes: the version of the format, then the fields in order (postcard).

use crate::judge::catalog::CatalogState;

/// The version that is written. It is raised with each change of the types that are encoded.
const FORMAT_VERSION: u8 = 1;

/// The maximum size of a row. Two million members with names of usual length fit.
const MAX_ROW_BYTES: usize = 128 << 20;

/// Returns what is known of a catalog as it is stored; `None` if it is too large.
pub(super) fn encode(state: &CatalogState) -> Option<Vec<u8>> {
    let row = postcard::to_extend(state, vec![FORMAT_VERSION]).ok()?;
    (row.len() <= MAX_ROW_BYTES).then_some(row)
}

/// Returns what is stored of a catalog; `None` if it is damaged, or of another version.
pub(super) fn decode(row: &[u8]) -> Option<CatalogState> {
    let (&version, fields) = row.split_first().filter(|_| row.len() <= MAX_ROW_BYTES)?;
    if version != FORMAT_VERSION {
        return None;
    }
    let (state, rest) = postcard::take_from_bytes::<CatalogState>(fields).ok()?;
    let lists = state.list.iter().flat_map(|list| [&list.members, &list.left]);
    // Members are found by their place in this order.
    let is_ordered =
        lists.into_iter().all(|list| list.is_sorted_by(|first, second| first.zone < second.zone));
    (rest.is_empty() && is_ordered).then_some(state)
}
