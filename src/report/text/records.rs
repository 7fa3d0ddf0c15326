//! The records in which an RRset differs, like a patch: `-` is the reference, `+` is the address.

use crate::report::model::{DifferenceReport, FoundReport, RrsetReport};
use crate::report::text;

/// A line for one record of an RRset, or for several that are left out.
#[derive(Debug)]
pub(crate) struct RecordLine {
    /// `-`, `+`, or a space for what both have.
    pub(crate) sign: char,
    /// The record.
    pub(crate) text: String,
}

/// Returns the records in which the RRset found differs from the one of the reference.
///
/// At most so many of each side have a line, which is shortened to a width.
pub(crate) fn record_lines(difference: &DifferenceReport, max: usize, width: usize) -> Vec<RecordLine> {
    let reference = difference.reference.as_ref();
    let found = difference.found.as_ref().and_then(FoundReport::rrset);
    let (only_reference, only_found) = (only_in(reference, found), only_in(found, reference));
    let equal = reference.map_or(0, |it| it.rdata.len()) - only_reference.len();
    // Where nothing but the TTL differs, one record shows it as well as all, unless each has its own.
    let (only_reference, only_found, equal) = match (only_reference.is_empty(), only_found.is_empty()) {
        (true, true) => (first(reference), first(found), equal.saturating_sub(1)),
        _ => (only_reference, only_found, equal),
    };
    let except_ttl = match (reference, found) {
        (Some(reference), Some(found)) if reference.ttl != found.ttl => " except for the TTL",
        _ => "",
    };
    let unlisted = |rrset: Option<&RrsetReport>| rrset.map_or(0, RrsetReport::unlisted);
    let bounds = (max, width);
    let mut lines = records('-', [&only_reference, &only_found], bounds, unlisted(reference));
    lines.extend(records('+', [&only_found, &only_reference], bounds, unlisted(found)));
    let answer = difference.found.as_ref().and_then(FoundReport::answer);
    lines.extend(answer.map(|answer| RecordLine { sign: '+', text: text::cut_around(&answer, 0, width) }));
    if equal > 0 && unlisted(reference) == 0 && unlisted(found) == 0 {
        lines.push(RecordLine {
            sign: ' ',
            text: text::cut_around(&format!("... and {equal} equal{except_ttl}"), 0, width),
        });
    }
    lines
}

/// Returns the records of one RRset that the other lacks, with the TTL in front. Where the records of one disagree
/// in TTL, the TTL counts too.
fn only_in(one: Option<&RrsetReport>, other: Option<&RrsetReport>) -> Vec<String> {
    let Some(one) = one else { return Vec::new() };
    let is_mixed = one.ttls.is_some() || other.is_some_and(|other| other.ttls.is_some());
    let lacks = |(ttl, rdata): &(u32, &str)| {
        let same = |(ttls, data): (u32, &str)| data == *rdata && (!is_mixed || ttls == *ttl);
        other.is_none_or(|other| !other.listed().any(same))
    };
    one.listed().filter(lacks).map(with_ttl).collect()
}

fn first(rrset: Option<&RrsetReport>) -> Vec<String> {
    rrset.into_iter().filter_map(|it| it.listed().next()).map(with_ttl).collect()
}

fn with_ttl((ttl, rdata): (u32, &str)) -> String {
    format!("{ttl} {rdata}")
}

/// Returns the lines of one side, each shortened so that its difference from its counterpart stays visible.
fn records(
    sign: char,
    [records, counterparts]: [&[String]; 2],
    (max, width): (usize, usize),
    unlisted: u64,
) -> Vec<RecordLine> {
    let mut counterparts = counterparts.iter();
    let mut lines: Vec<RecordLine> = records
        .iter()
        .take(max)
        .map(|record| {
            let place = counterparts.next().map_or(0, |other| text::common_prefix(record, other));
            RecordLine { sign, text: text::cut_around(record, place, width) }
        })
        .collect();
    let more = (records.len() - lines.len()) as u64 + unlisted;
    if more > 0 {
        lines.push(RecordLine { sign, text: format!("... {more} more") });
    }
    lines
}
