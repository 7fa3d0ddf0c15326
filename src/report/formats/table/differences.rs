//! The RRsets in which an address differs, like a patch: `-` is the reference, `+` is the address.

use crate::report::model::{DifferenceReport, FoundReport, RrsetReport};
use crate::report::model::{DifferencesReport, kind_name};
use crate::report::text::page::{BOLD, FOUND, REFERENCE, TerminalPage, plain, styled};
use crate::report::text::signatures::GroupedDifferences;
use crate::report::text::{self, columns};

/// RRsets listed for each address: few people read more.
const MAX_RRSETS: usize = 10;

/// Records listed of each side of an RRset.
const MAX_RECORDS: usize = 3;

/// Columns for records to the right of the name of their RRset; with less, they go below it.
const MIN_RECORD_WIDTH: usize = 30;

/// The column at which owner names begin, after the kind of the difference.
const NAME_COLUMN: usize = 14;

/// A line for one record of an RRset, or for several that are left out.
#[derive(Debug)]
struct RecordLine {
    sign: char,
    text: String,
}

/// Writes the first of the RRsets that differ, and the causes of many signatures.
pub(super) fn rrsets(page: &mut TerminalPage, differences: &DifferencesReport) {
    let (total, at_least) = (differences.all(), differences.at_least());
    let number = text::count(total, "RRset differs", "RRsets differ");
    page.line([plain(format!("    {at_least}{number} (- reference, + here)"))]);
    let GroupedDifferences { rrsets: listed, causes, more } =
        GroupedDifferences::new(differences, MAX_RRSETS);
    let room = page.width.saturating_sub(NAME_COLUMN + 4 + MIN_RECORD_WIDTH).min(page.width * 2 / 5);
    let widest = listed.iter().map(|it| columns(&name(it))).filter(|width| *width <= room);
    let widest = widest.max().unwrap_or_default();
    for difference in listed {
        rrset(page, difference, widest);
    }
    for cause in causes {
        page.prose([plain("      ")], 8, &plain(cause));
    }
    if more > 0 {
        page.line([plain(format!("      ... and {at_least}{more} more (use --format json)"))]);
    }
}

fn name(difference: &DifferenceReport) -> String {
    format!("{} {}", difference.owner, difference.rtype)
}

/// Writes one RRset, its records to the right of its name if there is room.
fn rrset(page: &mut TerminalPage, difference: &DifferenceReport, widest: usize) {
    let name = name(difference);
    let mut lead = vec![
        plain(format!("      {:<8}", kind_name(difference.kind))),
        styled(BOLD, text::cut_middle(&name, page.width.saturating_sub(NAME_COLUMN))),
    ];
    let mut indent = NAME_COLUMN + widest + 2;
    if columns(&name) > widest {
        indent = NAME_COLUMN + 2;
        page.line(std::mem::take(&mut lead));
    } else {
        lead.push(plain(" ".repeat(widest + 2 - columns(&name))));
    }
    for line in record_lines(difference, page.width.saturating_sub(indent + 2)) {
        if lead.is_empty() {
            lead.push(plain(" ".repeat(indent)));
        }
        let text = format!("{} {}", line.sign, line.text);
        lead.push(match line.sign {
            '-' => styled(REFERENCE, text),
            '+' => styled(FOUND, text),
            _ => plain(text),
        });
        page.line(std::mem::take(&mut lead));
    }
}

/// Returns the records in which the RRset found differs from the one of the reference.
fn record_lines(difference: &DifferenceReport, width: usize) -> Vec<RecordLine> {
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
    let mut lines = records('-', &only_reference, &only_found, width, unlisted(reference));
    lines.extend(records('+', &only_found, &only_reference, width, unlisted(found)));
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
    records: &[String],
    counterparts: &[String],
    width: usize,
    unlisted: u64,
) -> Vec<RecordLine> {
    let mut counterparts = counterparts.iter();
    let mut lines: Vec<RecordLine> = records
        .iter()
        .take(MAX_RECORDS)
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
