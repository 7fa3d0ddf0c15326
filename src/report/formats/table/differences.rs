//! The RRsets in which an address differs, as a reader of patches expects: `-` the reference, `+` here.

use crate::compare::{Difference, Kind, ShownRrset};
use crate::report::model::DifferencesReport;
use crate::report::text::page::{BOLD, FOUND, Page, REFERENCE, plain, styled};
use crate::report::text::{self, columns};

/// RRsets shown for each address: so many are read, more are scrolled past.
const MOST_RRSETS: usize = 10;

/// Records shown of each side of an RRset.
const MOST_RECORDS: usize = 3;

/// The narrowest that records may be beside the name of their RRset; with less they go beneath.
const NARROWEST_RECORD: usize = 30;

/// The column at which owners begin, behind the word for how they differ.
const NAME: usize = 14;

/// One record of an RRset, or words about several.
#[derive(Debug)]
struct Side {
    sign: char,
    text: String,
}

/// Writes the first of the RRsets that differ.
pub(super) fn rrsets(page: &mut Page, differences: &DifferencesReport) {
    let (total, least) = (differences.all(), differences.least());
    let number = text::count(total, "RRset differs", "RRsets differ");
    page.line([plain(format!("    {least}{number} (- reference, + here)"))]);
    let shown = differences.rrsets.iter().take(MOST_RRSETS);
    let room = page.width.saturating_sub(NAME + 4 + NARROWEST_RECORD).min(page.width * 2 / 5);
    let widest = shown.clone().map(|it| columns(&name(it))).filter(|width| *width <= room);
    let widest = widest.max().unwrap_or_default();
    shown.clone().for_each(|difference| rrset(page, difference, widest));
    let more = total.saturating_sub(shown.count() as u64);
    if more > 0 {
        page.line([plain(format!("      ... and {least}{more} more (use --format json)"))]);
    }
}

fn name(difference: &Difference) -> String {
    format!("{} {}", difference.owner, difference.rtype)
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing => "missing",
        Kind::Extra => "extra",
        Kind::Changed => "changed",
        Kind::Ttl => "ttl",
    }
}

/// Writes one RRset, its records beside its name where that leaves them room.
fn rrset(page: &mut Page, difference: &Difference, widest: usize) {
    let name = name(difference);
    let mut lead = vec![
        plain(format!("      {:<8}", word(difference.kind))),
        styled(BOLD, text::cut_middle(&name, page.width.saturating_sub(NAME))),
    ];
    let mut indent = NAME + widest + 2;
    if columns(&name) > widest {
        indent = NAME + 2;
        page.line(std::mem::take(&mut lead));
    } else {
        lead.push(plain(" ".repeat(widest + 2 - columns(&name))));
    }
    for side in sides(difference, page.width.saturating_sub(indent + 2)) {
        if lead.is_empty() {
            lead.push(plain(" ".repeat(indent)));
        }
        let text = format!("{} {}", side.sign, side.text);
        lead.push(match side.sign {
            '-' => styled(REFERENCE, text),
            '+' => styled(FOUND, text),
            _ => plain(text),
        });
        page.line(std::mem::take(&mut lead));
    }
}

/// Returns the records that tell an RRset of the reference from the one that was found.
fn sides(difference: &Difference, width: usize) -> Vec<Side> {
    let (reference, found) = (difference.reference.as_ref(), difference.found.as_ref());
    let (only_reference, only_found) = (only_in(reference, found), only_in(found, reference));
    let alike = reference.map_or(0, |it| it.rdata.len()) - only_reference.len();
    // Where nothing but the TTL differs, one record shows it as well as all.
    let (only_reference, only_found, alike) = match (only_reference.is_empty(), only_found.is_empty()) {
        (true, true) => (first(reference), first(found), alike.saturating_sub(1)),
        _ => (only_reference, only_found, alike),
    };
    let alike_in = match (reference, found) {
        (Some(reference), Some(found)) if reference.ttl != found.ttl => " but for the TTL",
        _ => "",
    };
    let mut sides = records('-', &only_reference, &only_found, width);
    sides.extend(records('+', &only_found, &only_reference, width));
    if alike > 0 {
        sides.push(Side {
            sign: ' ',
            text: text::cut_around(&format!("... and {alike} alike{alike_in}"), 0, width),
        });
    }
    sides
}

/// Returns the records of one side that the other one lacks, with the TTL in front.
fn only_in(one: Option<&ShownRrset>, other: Option<&ShownRrset>) -> Vec<String> {
    let Some(one) = one else { return Vec::new() };
    let lacks = |rdata: &&String| other.is_none_or(|other| !other.rdata.contains(rdata));
    one.rdata.iter().filter(lacks).map(|rdata| format!("{} {rdata}", one.ttl)).collect()
}

fn first(rrset: Option<&ShownRrset>) -> Vec<String> {
    rrset.into_iter().filter_map(|it| Some(format!("{} {}", it.ttl, it.rdata.first()?))).collect()
}

/// Returns the lines of one side, each cut so that what tells it from its counterpart is seen.
fn records(sign: char, records: &[String], counterparts: &[String], width: usize) -> Vec<Side> {
    let mut counterparts = counterparts.iter();
    let mut sides: Vec<Side> = records
        .iter()
        .take(MOST_RECORDS)
        .map(|record| {
            let place = counterparts.next().map_or(0, |other| text::common_prefix(record, other));
            Side { sign, text: text::cut_around(record, place, width) }
        })
        .collect();
    let more = records.len().saturating_sub(MOST_RECORDS);
    if more > 0 {
        sides.push(Side { sign, text: format!("... {more} more") });
    }
    sides
}
