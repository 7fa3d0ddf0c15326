//! How bad something is, by a shape, a word and a colour.

use maud::{Markup, html};

use super::text::in_words;
use crate::judge::{Severity, Verdict};
use crate::report::grouped;

/// Words with the shape and the colour of a severity.
pub(super) fn badge(severity: Severity, words: &str) -> Markup {
    badge_with(severity, &html! { (words) })
}

/// How many zones have a verdict.
pub(super) fn zones_with(verdict: Verdict, zones: u64) -> Markup {
    badge_with(verdict.severity(), &html! { b { (grouped(zones)) } " " (in_words(verdict.code())) })
}

/// Markup with the shape and the colour of a severity.
fn badge_with(severity: Severity, words: &Markup) -> Markup {
    html! { span class={ "verdict " (class(severity)) } { (shape(severity)) span { (words) } } }
}

/// The class that gives the colour of a severity.
pub(super) fn class(severity: Severity) -> &'static str {
    severity.name()
}

/// The shape of a severity: an octagon, a diamond, a triangle or a disc. Words beside it say the same.
pub(super) fn shape(severity: Severity) -> Markup {
    let (outline, sign) = match severity {
        Severity::Critical => ("M5 1h6l4 4v6l-4 4H5l-4-4V5z", "M5.5 5.5l5 5m0-5l-5 5"),
        Severity::Unknown => ("M8 .5L15.5 8 8 15.5.5 8z", "M6 6.4a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1m0 2v.4"),
        Severity::Warning => ("M8 1l7.5 14H.5z", "M8 6v4.2m0 2.1v.4"),
        Severity::Ok => ("M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 1 1 8 .8z", "M4.8 8.3l2.2 2.2 4.2-4.6"),
    };
    html! {
        svg.shape viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {
            path d=(outline) {}
            path.sign d=(sign) {}
        }
    }
}
