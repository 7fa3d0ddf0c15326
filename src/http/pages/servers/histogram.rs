//! How long answers take: a picture of many round trips.

use std::time::Duration;

use maud::{Markup, html};

use crate::dns::duration_text;
use crate::report::Sample;

/// Fewer round trips make no picture.
const MIN_COUNT: usize = 10;

/// The ends of the ranges, in microseconds; each is longer than the one before by the same factor, about 1.5.
const ENDS: [u64; 24] = [
    100, 150, 220, 320, 470, 680, 1_000, 1_500, 2_200, 3_200, 4_700, 6_800, 10_000, 15_000, 22_000, 32_000,
    47_000, 68_000, 100_000, 150_000, 220_000, 320_000, 470_000, 680_000,
];

/// The fewest columns that are shown.
const MIN_COLUMNS: usize = 12;

/// The width of a column with its gap.
const COLUMN: usize = 20;

/// The height of the highest column.
const HEIGHT: usize = 60;

/// The round trips of an address as columns; the words below say the same in short.
pub(super) fn histogram(round_trips: &Sample) -> Markup {
    if round_trips.count() < MIN_COUNT {
        return html! {};
    }
    let counts = round_trips.histogram(&ENDS.map(Duration::from_micros));
    let (first, columns) = shown(&counts);
    let shown = counts.get(first..first + columns).unwrap_or_default();
    let highest = shown.iter().copied().max().unwrap_or_default().max(1);
    let percentile = |part| round_trips.percentile(part).map(duration_text).unwrap_or_default();
    let end = |index: usize| ENDS.get(index).map(|micros| duration_text(Duration::from_micros(*micros)));
    let from = first.checked_sub(1).and_then(end).unwrap_or_else(|| "0".to_owned());
    let until = end(first + columns - 1).unwrap_or_default();
    let until = if first + columns == ENDS.len() { format!("{until} and more") } else { until };
    html! {
        figure.histogram {
            svg viewBox={ "0 0 " (columns * COLUMN) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
                @for (index, count) in shown.iter().enumerate() {
                    @let height = if *count == 0 { 1 } else { (count * HEIGHT / highest).max(3) };
                    rect.empty[*count == 0] x=(index * COLUMN + 1) y=(HEIGHT - height) width=(COLUMN - 2) height=(height) {}
                }
            }
            div.axis aria-hidden="true" { span { (from) } span { (until) } }
            figcaption {
                "Round trips: half take at most " (percentile(50)) ", nine of ten at most " (percentile(90))
                ", the longest " (percentile(100)) "."
            }
        }
    }
}

/// The first column that is shown, and how many are: all that have something, and at least some.
fn shown(counts: &[usize]) -> (usize, usize) {
    let first = counts.iter().position(|count| *count > 0).unwrap_or_default();
    let last = counts.iter().rposition(|count| *count > 0).unwrap_or_default();
    let columns = (last + 1 - first).max(MIN_COLUMNS).min(counts.len());
    let before = columns.saturating_sub(last + 1 - first) / 2;
    (first.saturating_sub(before).min(counts.len() - columns), columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_around_what_there_is_are_shown() {
        let counts = |filled: &[usize]| -> Vec<usize> {
            (0..ENDS.len()).map(|index| usize::from(filled.contains(&index))).collect()
        };
        assert_eq!(shown(&counts(&[0])), (0, 12));
        assert_eq!(shown(&counts(&[23])), (12, 12));
        assert_eq!(shown(&counts(&[10, 11])), (5, 12));
        assert_eq!(shown(&counts(&[0, 23])), (0, 24));
        assert_eq!(shown(&counts(&[3, 17])), (3, 15));
    }
}
