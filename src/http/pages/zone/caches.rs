//! What the caches of resolvers hold of what is wrong.

use maud::{Markup, html};

use super::findings::next;
use super::view::ZoneView;
use crate::http::pages::badge;
use crate::http::pages::text::visible;
use crate::judge::Severity;
use crate::report::{CacheState, cache_advice, cache_sentences};

/// What each resolver holds, with the commands that drop it; nothing if no resolver was asked.
pub(super) fn caches(view: &ZoneView<'_>) -> Markup {
    let report = &view.snapshot.report;
    html! {
        @if !report.caches.is_empty() {
            h2 { "Caches of resolvers" }
            section.card {
                ul.caches {
                    @for (state, sentence) in cache_sentences(report) {
                        @let severity = severity(state);
                        li class=(badge::class(severity)) { (badge::shape(severity)) " " (visible(&sentence)) }
                    }
                }
                (next(&cache_advice(report)))
            }
        }
    }
}

fn severity(state: CacheState) -> Severity {
    match state {
        CacheState::Fine => Severity::Ok,
        CacheState::Wrong => Severity::Warning,
        CacheState::Unknown => Severity::Unknown,
    }
}
