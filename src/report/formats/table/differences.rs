//! The RRsets in which an address differs, like a patch: `-` is the reference, `+` is the address.

use crate::report::model::{DifferenceReport, DifferencesReport, kind_name};
use crate::report::text::page::{BOLD, FOUND, REFERENCE, TerminalPage, plain, styled};
use crate::report::text::records::record_lines;
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
    for line in record_lines(difference, MAX_RECORDS, page.width.saturating_sub(indent + 2)) {
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
