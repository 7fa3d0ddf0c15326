//! Findings, each with the commands to type next and with what its code means.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::view::ZoneView;
use crate::http::pages::copy::command;
use crate::http::pages::text::{prose, visible};
use crate::http::pages::{badge, links};
use crate::judge::Severity;
use crate::report::model::FindingReport;
use crate::runbook;

/// What the page has shown already.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The codes whose meaning it has explained.
    codes: BTreeSet<&'static str>,
    /// How many RRsets it has listed.
    pub(super) rrsets: usize,
    /// How many lists of commands it has folded.
    folded: usize,
}

impl Shown {
    /// The number of the next list of commands that is folded.
    fn folded(&mut self) -> usize {
        self.folded += 1;
        self.folded
    }
}

/// A finding with its commands.
pub(super) fn finding(view: &ZoneView<'_>, finding: &FindingReport, shown: &mut Shown) -> Markup {
    let FindingReport { code, severity, message, advice } = finding;
    html! {
        div class={ "finding " (badge::class(*severity)) } {
            p {
                (badge::shape(*severity)) " " span.hidden { (severity.name()) ": " }
                a.code href=(links::explain(&view.site.base, code)) { (code) } ": " (visible(message))
            }
            @match severity {
                // It is no problem, so its commands would only take room from those that are needed.
                Severity::Ok if !advice.is_empty() => details #{ "commands-" (shown.folded()) } {
                    summary { "Commands" }
                    (next(advice))
                },
                _ => (next(advice)),
            }
            @if shown.codes.insert(code) { (meaning(view, code)) }
        }
    }
}

/// The commands to type next.
pub(super) fn next(advice: &[String]) -> Markup {
    html! {
        @if !advice.is_empty() {
            div.next {
                p.muted { "Next" }
                @for line in advice { (advice_line(line)) }
            }
        }
    }
}

/// A command, with its comment above it; a comment alone is text.
fn advice_line(line: &str) -> Markup {
    let (text, comment) = match (line.strip_prefix("# "), line.split_once("  # ")) {
        (Some(comment), _) => ("", comment),
        (None, Some((text, comment))) => (text, comment),
        (None, None) => (line, ""),
    };
    html! {
        div.line {
            @if !comment.is_empty() { p.comment { (visible(comment)) } }
            @if !text.is_empty() { (command(&visible(text))) }
        }
    }
}

/// What a code means and what to do, for those who open it.
fn meaning(view: &ZoneView<'_>, code: &str) -> Markup {
    let Ok(known) = runbook::find(code) else { return html! {} };
    let entry = runbook::entry(known);
    html! {
        details #{ "about-" (code) } {
            summary { "What this means, and what to do" }
            p { (prose(entry.meaning)) }
            ol { @for step in entry.remedy { li { (prose(step)) } } }
            p { a href=(links::explain(&view.site.base, code)) { "All about " (code) } ": causes, and the logs of servers" }
        }
    }
}
