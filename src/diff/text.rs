//! Changes as people read them: `-` is what the target has, `+` is what it must have.

use std::fmt::Write as _;

use super::changes::RrsetChange;
use super::data::RrsetData;
use crate::dns::rdata::to_text;

/// Writes the records that one side has and the other does not have so.
pub fn push_change(out: &mut String, change: &RrsetChange) {
    let (from, to) = (change.from.as_ref(), change.to.as_ref());
    let mut push = |sign: char, data: &RrsetData, rdata: &[u8]| {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{sign} {} {} {} {}",
            change.owner,
            data.ttl,
            change.rtype,
            to_text(change.rtype, rdata)
        );
    };
    for (sign, data, other) in [('-', from, to), ('+', to, from)] {
        let Some(data) = data else { continue };
        let other = if change.keeps_ttl() { other } else { None };
        data.without(other).for_each(|rdata| push(sign, data, rdata));
    }
}
