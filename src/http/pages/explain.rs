//! `/explain` and `/explain/CODE`: the runbook.

use hyper::StatusCode;
use maud::{Markup, html};

use super::badge::badge;
use super::copy::command;
use super::layout::{PageHead, Section, Site, layout};
use super::text::{prose, visible};
use super::{links, refusal};
use crate::advice::logs::{LogCause, READ_LOG};
use crate::http::filter::ZoneFilter;
use crate::http::parameters::query;
use crate::http::response::HttpResponse;
use crate::http::url::percent_decode;
use crate::judge::{Code, Severity};
use crate::monitor::Results;
use crate::report::grouped;
use crate::runbook::{self, RunbookEntry};

/// The severities, the worst first.
const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::Unknown, Severity::Warning, Severity::Ok];

/// The list of all codes.
pub(super) fn index(site: &Site) -> HttpResponse {
    let is_verdict = |code: &Code| matches!(code, Code::Verdict(_));
    let main = html! {
        h1 { "What each code means" }
        p.lead {
            "A verdict says whether a server has the zone as the reference has it. A finding says what else is wrong."
        }
        h2 { "Verdicts" }
        (list(site, Code::all().filter(is_verdict)))
        @for severity in SEVERITIES {
            h2 { (findings_of(severity)) }
            (list(site, Code::all().filter(|code| !is_verdict(code) && code.severity() == severity)))
        }
    };
    let head = PageHead { title: "All codes", section: Some(Section::Codes), search: "", refresh: None };
    HttpResponse::html(StatusCode::OK, layout(site, &head, &main))
}

/// What findings of a severity are called.
fn findings_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical findings",
        Severity::Unknown => "Findings that leave something unknown",
        Severity::Warning => "Warnings",
        Severity::Ok => "Notes",
    }
}

fn list(site: &Site, codes: impl Iterator<Item = Code>) -> Markup {
    html! {
        ul.codes {
            @for code in codes {
                li {
                    a href=(links::explain(&site.base, code.name())) { (badge(code.severity(), code.name())) }
                    span { (runbook::entry(code).title) }
                }
            }
        }
    }
}

/// The page of the code that a path names, percent-encoded.
pub(super) fn one(results: &Results, site: &Site, name: &str) -> HttpResponse {
    let name = percent_decode(name).unwrap_or_else(|| name.to_owned());
    match runbook::find(&name) {
        Ok(code) => {
            let head =
                PageHead { title: code.name(), section: Some(Section::Codes), search: "", refresh: None };
            HttpResponse::html(StatusCode::OK, layout(site, &head, &page(results, site, code)))
        }
        Err(unknown) => {
            let all = html! { "See " a href=(links::codes(&site.base)) { "all codes" } "." };
            let hint = html! {
                @if let Some(code) = unknown.suggestion {
                    "Did you mean " a href=(links::explain(&site.base, code.name())) { (code.name()) } "? "
                }
                (all)
            };
            let title = format!("No code is called {}", visible(&name));
            refusal::refusal(site, StatusCode::NOT_FOUND, &title, &hint)
        }
    }
}

fn page(results: &Results, site: &Site, code: Code) -> Markup {
    let RunbookEntry { title, meaning, causes, remedy, tasks } = runbook::entry(code);
    html! {
        p.kicker { (badge(code.severity(), code.severity().name())) }
        h1 { code { (code.name()) } }
        p.lead { (title) "." (runbook::healing(code)) }
        p { (zones_now(site, code, count_zones(results, code))) }
        section.reading {
            h2 { "What it means" }
            p { (prose(meaning)) }
            h2 { "Possible causes" }
            ul { @for cause in causes { li { (prose(cause)) } } }
            h2 { "What to do" }
            ol { @for step in remedy { li { (prose(step)) } } }
            @for task in tasks {
                h3 { (task.title) }
                @for line in task.commands { (software(line.software, line.text)) }
            }
            (logs(runbook::log_causes(code)))
        }
    }
}

/// How many zones have a code now.
fn count_zones(results: &Results, code: Code) -> u64 {
    let filter = ZoneFilter::of_code(code);
    let mut zones = 0;
    results.visit(|wanted, snapshot| {
        zones += u64::from(filter.is_met(wanted, snapshot.map(AsRef::as_ref)));
    });
    zones
}

/// How many zones have a code now, with a link to them.
fn zones_now(site: &Site, code: Code, zones: u64) -> Markup {
    let link = links::zones(&site.base, &query([("code", code.name())]));
    let have = if zones == 1 { "zone has" } else { "zones have" };
    html! {
        @if zones == 0 { span.muted { "No zone has it now." } }
        @else { a href=(link) { (grouped(zones)) " " (have) " it now" } }
    }
}

/// A command of one server software.
fn software(name: &str, text: &str) -> Markup {
    html! {
        div.software {
            span.muted { (name) }
            (command(text))
        }
    }
}

/// What the log of the server may say, and what follows from each line.
fn logs(causes: &[LogCause]) -> Markup {
    html! {
        @if !causes.is_empty() {
            h2 { "What the log of the server says" }
            (command(READ_LOG))
            @for cause in causes {
                div.card {
                    p.muted { "If it says" }
                    dl.facts {
                        @for line in cause.lines {
                            dt { (line.software) }
                            dd { code { (line.text) } }
                        }
                    }
                    p { "then " (prose(cause.conclusion)) }
                }
            }
        }
    }
}
