//! The RRsets in which an address differs, as the terminal shows them: `-` is the reference, `+` is the address.

use maud::{Markup, html};

use crate::http::pages::text::visible;
use crate::report::model::{DifferenceReport, DifferencesReport};
use crate::report::{GroupedDifferences, RecordLine, count, kind_name, record_lines};

/// RRsets that are listed of each address.
const MAX_RRSETS: usize = 20;

/// RRsets that are listed of all addresses of a zone.
const MAX_RRSETS_OF_ALL: usize = 100;

/// Records that are listed of each side of an RRset.
const MAX_RECORDS: usize = 5;

/// Characters of a record.
const MAX_RECORD_WIDTH: usize = 400;

/// The RRsets that differ; nothing if none does. The page has shown some of other addresses already.
pub(super) fn differences(differences: &DifferencesReport, shown: &mut usize) -> Markup {
    let at_least = differences.at_least();
    let total = count(differences.all(), "RRset differs", "RRsets differ");
    let max = MAX_RRSETS.min(MAX_RRSETS_OF_ALL.saturating_sub(*shown));
    let GroupedDifferences { rrsets, causes, more } = GroupedDifferences::new(differences, max);
    *shown += rrsets.len();
    html! {
        @if !differences.rrsets.is_empty() {
            p.diff-head {
                @if !at_least.is_empty() { "At least " } (total)
                span.muted { " (" span.del { "− reference" } ", " span.add { "+ here" } ")" }
            }
            div.diff {
                @for difference in rrsets { (rrset(difference)) }
                @for cause in causes { p { (visible(&cause)) } }
                @if more > 0 { p.muted { "… and " (at_least) (more) " more" } }
            }
        }
    }
}

fn rrset(difference: &DifferenceReport) -> Markup {
    html! {
        div.rrset {
            p {
                span.kind { (kind_name(difference.kind)) } " "
                strong { (visible(&difference.owner)) " " (visible(&difference.rtype)) }
            }
            ul {
                @for line in record_lines(difference, MAX_RECORDS, MAX_RECORD_WIDTH) { (record(&line)) }
            }
        }
    }
}

fn record(line: &RecordLine) -> Markup {
    let (class, sign, meaning) = match line.sign {
        '-' => ("del", "−", "the reference has "),
        '+' => ("add", "+", "here is "),
        _ => ("same", " ", ""),
    };
    html! {
        li class=(class) {
            span.sign aria-hidden="true" { (sign) } span.hidden { (meaning) } code { (visible(&line.text)) }
        }
    }
}
