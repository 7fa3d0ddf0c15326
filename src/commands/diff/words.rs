//! What is said of a comparison beside the changes.

use super::asked::{AskedSide, Gaps};
use super::read::{Compared, Coverage};
use crate::diff::{ChangeSum, LeftOut};

/// What the changes add up to, and what is not among them, line by line.
pub(super) fn conclusion(compared: &Compared, sum: &ChangeSum, left_out: &LeftOut) -> Vec<String> {
    let Compared { reference, target, coverage, .. } = compared;
    let mut lines = vec![match sum.all() {
        0 if has_rest(coverage, left_out) => format!(
            "{} differs from {}, and nothing that differs can be changed",
            target.name, reference.name
        ),
        0 if has_gaps(coverage) => {
            format!("nothing differs of what {} and {} have answered", target.name, reference.name)
        }
        0 => match coverage {
            Coverage::Whole => format!("{} has the records of {}", target.name, reference.name),
            Coverage::Asked { .. } => {
                format!("{} and {} have answered alike for what was compared", target.name, reference.name)
            }
        },
        1 => format!("1 RRset differs: {}", sum.in_words()),
        all => format!("{all} RRsets differ: {}", sum.in_words()),
    }];
    lines.push(format!("compared: {}", covered(compared)));
    if let Coverage::Asked { gaps, .. } = coverage {
        lines.extend(open(gaps));
    }
    lines.extend(left_out.lines().iter().map(|line| format!("left out: {line}")));
    lines.extend(left_out.mixed_ttls_line());
    lines
}

/// Whether there are differences that are not among the changes.
pub(super) fn has_rest(coverage: &Coverage, left_out: &LeftOut) -> bool {
    let has_more = match coverage {
        Coverage::Whole => false,
        Coverage::Asked { gaps, .. } => gaps.has_differences(),
    };
    has_more || left_out.has_rest()
}

/// Whether there may be differences that are not known, of what was asked for.
pub(super) fn has_gaps(coverage: &Coverage) -> bool {
    match coverage {
        Coverage::Whole => false,
        Coverage::Asked { gaps, .. } => gaps.are_there(),
    }
}

/// How much was compared, and how.
fn covered(compared: &Compared) -> String {
    let Compared { reference, target, coverage, .. } = compared;
    let rrsets = |count: u64| if count == 1 { "1 RRset".to_owned() } else { format!("{count} RRsets") };
    match coverage {
        Coverage::Whole => format!(
            "all records, {} of {} with {} of {}",
            rrsets(target.rrsets.unwrap_or_default()),
            target.name,
            rrsets(reference.rrsets.unwrap_or_default()),
            reference.name
        ),
        Coverage::Asked { side, asked, askable, .. } => {
            let (asked_side, other) = match side {
                AskedSide::Target => (target, reference),
                AskedSide::Reference => (reference, target),
            };
            let of_all = askable.map_or_else(
                || "that are known".to_owned(),
                |askable| format!("of {askable} that queries can see"),
            );
            let (asked, asked_side) = (rrsets(*asked), &asked_side.name);
            format!(
                "{asked} {of_all} of {}, by queries to {asked_side}; what {asked_side} alone has is not seen",
                other.name
            )
        }
    }
}

/// What the answers leave open.
fn open(gaps: &Gaps) -> Vec<String> {
    let Gaps { has_unanswered, unlisted, unclear, named, varying } = gaps;
    let mut lines = Vec::new();
    if *has_unanswered {
        lines.push("not known: some queries have no answer of use".to_owned());
    }
    if *varying > 0 {
        lines.push(format!("not known: {varying} names have answers that vary"));
    }
    if *unlisted > 0 {
        lines.push(format!("not listed: {unlisted} more RRsets that differ"));
    }
    if *unclear > 0 {
        lines.push(format!(
            "not changed: {unclear} RRsets whose answers show other records than were asked for"
        ));
        lines.extend(named.iter().map(|named| format!("  {named}")));
    }
    lines
}
