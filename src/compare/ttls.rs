//! The TTLs of an RRset on two sides.

use std::collections::BTreeSet;

/// Whether both sides have the same TTLs, where the records of each disagree as a whole (RFC 2181 section 5.2).
///
/// Servers load such an RRset of a zone file with all of its TTLs, or with any one of them.
pub(super) fn same_ttls<O, T>(ours: impl Fn() -> O, theirs: impl Fn() -> T, is_file: bool) -> bool
where
    O: Iterator<Item = u32>,
    T: Iterator<Item = u32>,
{
    let mut all = ours().chain(theirs());
    let first = all.next();
    if all.all(|ttl| Some(ttl) == first) {
        return true;
    }
    let (ours, theirs): (BTreeSet<u32>, BTreeSet<u32>) = (ours().collect(), theirs().collect());
    ours == theirs || (is_file && ours.len() > 1 && theirs.is_subset(&ours))
}
