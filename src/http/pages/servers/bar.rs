//! Zones by verdict, as a bar and as counts that lead to them.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::http::pages::badge::{class, zones_with};
use crate::http::pages::links;
use crate::judge::Verdict;

/// The length of a bar, in units of its own.
const LENGTH: u64 = 1000;

/// The shortest part of a bar that is seen.
const MIN_PART: u64 = 14;

/// The gap between two parts.
const GAP: u64 = 4;

/// A bar with a part for each verdict, the worst first. The counts beside it say the same in words.
pub(super) fn bar(verdicts: &BTreeMap<Verdict, u64>) -> Markup {
    html! {
        svg.share viewBox={ "0 0 " (LENGTH) " 10" } preserveAspectRatio="none" aria-hidden="true" {
            @for Part { verdict, from, length } in parts(verdicts) {
                rect class=(class(verdict.severity())) x=(from) width=(length) height="10" {}
            }
        }
    }
}

/// How many zones of a server have each verdict, the worst first, each with a link to these zones.
pub(super) fn counts(base: &str, server: &str, verdicts: &BTreeMap<Verdict, u64>) -> Markup {
    html! {
        ul.counts {
            @for (verdict, zones) in sorted(verdicts) {
                li {
                    a href=(links::zones_of_server(base, server, &[("verdict", verdict.code())])) {
                        (zones_with(verdict, zones))
                    }
                }
            }
        }
    }
}

/// The verdicts that occur, the worst first.
fn sorted(verdicts: &BTreeMap<Verdict, u64>) -> Vec<(Verdict, u64)> {
    let occurring = verdicts.iter().filter(|(_, zones)| **zones > 0);
    let mut sorted: Vec<(Verdict, u64)> = occurring.map(|(verdict, zones)| (*verdict, *zones)).collect();
    sorted.sort_by_key(|(verdict, _)| (verdict.severity(), *verdict));
    sorted
}

/// A part of a bar.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    verdict: Verdict,
    from: u64,
    length: u64,
}

/// The parts of a bar; the last one ends with it.
fn parts(verdicts: &BTreeMap<Verdict, u64>) -> Vec<Part> {
    let verdicts = sorted(verdicts);
    let all: u64 = verdicts.iter().map(|(_, zones)| zones).sum();
    let share = |zones: u64| {
        let share = u128::from(zones) * u128::from(LENGTH) / u128::from(all.max(1));
        u64::try_from(share).unwrap_or(LENGTH).max(MIN_PART)
    };
    // What small parts have too much, the others have too little, each by its share.
    let total: u64 = verdicts.iter().map(|(_, zones)| share(*zones)).sum();
    let mut parts = Vec::new();
    let mut from = 0;
    for (index, (verdict, zones)) in verdicts.iter().enumerate() {
        let is_last = index + 1 == verdicts.len();
        let length = (share(*zones) * LENGTH / total.max(1)).max(MIN_PART - GAP);
        let until = if is_last { LENGTH } else { (from + length).min(LENGTH) };
        let gap = if is_last { 0 } else { GAP };
        parts.push(Part { verdict: *verdict, from, length: until.saturating_sub(from + gap) });
        from = until;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_is_seen_and_the_bar_is_full() {
        let verdicts = |zones: &[(Verdict, u64)]| zones.iter().copied().collect::<BTreeMap<_, _>>();
        let one = parts(&verdicts(&[(Verdict::InSync, 7)]));
        assert_eq!(one, [Part { verdict: Verdict::InSync, from: 0, length: LENGTH }]);
        let rare = parts(&verdicts(&[(Verdict::InSync, 99_999), (Verdict::Stuck, 1), (Verdict::Mixed, 0)]));
        let [stuck, in_sync] = rare.as_slice() else { panic!("{rare:?}") };
        assert_eq!((stuck.verdict, stuck.from), (Verdict::Stuck, 0));
        assert!(stuck.length >= 8, "{rare:?}");
        assert_eq!(in_sync.from + in_sync.length, LENGTH);
        let all = parts(&Verdict::ALL.into_iter().map(|verdict| (verdict, u64::MAX / 20)).collect());
        assert_eq!(all.len(), Verdict::ALL.len());
        assert!(all.iter().all(|part| part.length >= 8 && part.from + part.length <= LENGTH), "{all:?}");
        assert!(parts(&BTreeMap::new()).is_empty());
    }
}
