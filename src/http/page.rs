//! `/`: the status page, for people.

use std::sync::Arc;

use humantime::format_rfc3339_seconds;
use hyper::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::response::HttpResponse;
use super::state::AppState;
use super::url::percent_encode;
use crate::judge::{Severity, Verdict};
use crate::monitor::Results;
use crate::plan::LineId;
use crate::report::{Ended, Outages, PackedSnapshot, RunScope, ZoneReport, ZoneSnapshot, count};

/// The most zones that are shown one by one.
const MAX_ZONES: usize = 300;

/// The most findings that are shown for one zone.
const MAX_FINDINGS: usize = 5;

pub(super) async fn respond(state: &Arc<AppState>) -> HttpResponse {
    match state.render(|state| page(&state.results)).await {
        Some(page) => HttpResponse::new(StatusCode::OK, "text/html; charset=utf-8", page),
        None => HttpResponse::internal_error(),
    }
}

/// The page over these zones.
fn page(results: &Results) -> String {
    let (zones, unread, snapshots) = (results.count(), results.unread(), results.snapshots());
    let snapshots = snapshots.as_slice();
    let bad = || snapshots.iter().map(AsRef::as_ref).filter(|zone| zone.outline().severity != Severity::Ok);
    let outages = outages(snapshots);
    let mut shown = outages.zones;
    shown.sort_by_key(|zone| (zone.outline().severity, zone.outline().verdict));
    let title = match bad().count() {
        0 if snapshots.len() < zones => "not all zones were checked yet".to_owned(),
        0 => "all zones are as they should be".to_owned(),
        1 => "1 zone is not as it should be".to_owned(),
        count => format!("{count} zones are not as they should be"),
    };
    let more = outages.omitted + to_u64(shown.len().saturating_sub(MAX_ZONES));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "zoneprobe: " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "zoneprobe" }
                p.sum { (title) }
                (verdict_counts(zones, snapshots))
                (records_read(unread, snapshots))
                @if !outages.servers.is_empty() {
                    h2 { "Servers that are down" }
                    @for server in &outages.servers { section.critical { (visible(server)) } }
                    p { "Nothing else is wrong with " (count(outages.folded, "zone", "zones")) "." }
                }
                @if !shown.is_empty() {
                    h2 { "Zones that are not as they should be" }
                    @for snapshot in shown.iter().take(MAX_ZONES) {
                        (zone(&snapshot.unpack(), results.id(&snapshot.zone).as_deref()))
                    }
                    @if more > 0 {
                        p { "and " (more) " more, in " a href="/api/v1/zones" { "the list of all" } }
                    }
                }
                p.foot {
                    a href="/metrics" { "metrics" } " · "
                    a href="/api/v1/zones" { "all zones as JSON" } " · "
                    a href="/sd" { "service discovery" }
                }
            }
        }
    };
    page.into_string()
}

/// Tells the servers that are down for most of their zones from the zones at which something else is wrong.
fn outages(snapshots: &[Arc<PackedSnapshot>]) -> Ended<&PackedSnapshot> {
    let mut outages = Outages::new(RunScope::ManyZones);
    let mut zones = Vec::new();
    for snapshot in snapshots.iter().map(AsRef::as_ref) {
        match outages.add(snapshot.outline()) {
            Some(of_zone) => outages.hold(of_zone, || snapshot),
            None if snapshot.outline().severity != Severity::Ok => zones.push(snapshot),
            None => {}
        }
    }
    let mut ended = outages.end();
    ended.zones.extend(zones);
    ended
}

/// How many zones have each verdict.
fn verdict_counts(zones: usize, snapshots: &[Arc<PackedSnapshot>]) -> Markup {
    let count = |verdict| snapshots.iter().filter(|zone| zone.outline().verdict == verdict).count();
    let counts = Verdict::ALL.into_iter().rev().map(|verdict| (verdict, count(verdict)));
    let unchecked = zones.saturating_sub(snapshots.len());
    html! {
        ul.counts {
            @for (verdict, count) in counts.filter(|(_, count)| *count > 0) {
                li class=(class(verdict.severity())) { b { (count) } " " (verdict.code()) }
            }
            @if unchecked > 0 { li { b { (unchecked) } " not checked yet" } }
        }
    }
}

/// How many of the zones whose records are wanted were read, and how many not yet.
fn records_read(unread: usize, snapshots: &[Arc<PackedSnapshot>]) -> Markup {
    let wanted = snapshots.iter().filter(|zone| zone.records().interval.is_some());
    let read = wanted.clone().filter(|zone| zone.records().compared.is_some()).count();
    let wanted = wanted.count() + unread;
    html! {
        @if wanted > 0 {
            p { "Records were read of " (read) " of " (count(to_u64(wanted), "zone", "zones"))
                @if read < wanted { ", of " (wanted - read) " not yet" } "." }
        }
    }
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn zone(snapshot: &ZoneSnapshot, id: Option<&LineId>) -> Markup {
    let report = &snapshot.report;
    let label = report.label();
    html! {
        section class=(class(report.severity)) {
            h3 {
                a href={ "/api/v1/zones/" (percent_encode(label)) } { (visible(label)) } " "
                span { (report.headline()) }
            }
            @if let Some(id) = id { p.origin { "id " (visible(&id.to_string())) } }
            @if let Some(origin) = report.origin_in_words() { p.origin { (visible(&origin)) } }
            (findings(report))
            div {
                table {
                    tr { th { "server" } th { "address" } th { "verdict" } th { "serial" } th { "since" } }
                    @for server in &report.servers {
                        tr class=(class(server.severity)) {
                            td { (visible(&server.server)) }
                            td { (visible(server.address.as_deref().unwrap_or("-"))) }
                            td { (server.headline()) }
                            td { @if let Some(serial) = server.serial { (serial) } }
                            td { @if let Some(since) = &server.since { (since) } }
                        }
                    }
                }
            }
            p.foot { "checked at " (format_rfc3339_seconds(snapshot.checked)) }
        }
    }
}

/// The worst findings, each with the name of its server.
fn findings(report: &ZoneReport) -> Markup {
    let of_servers = report.servers.iter().flat_map(|server| {
        server.findings.iter().map(move |finding| (format!("{}: ", server.server), finding))
    });
    let all = report.findings.iter().map(|finding| (String::new(), finding)).chain(of_servers);
    let mut bad: Vec<_> = all.filter(|(_, finding)| finding.severity != Severity::Ok).collect();
    bad.sort_by_key(|(_, finding)| finding.severity);
    html! {
        ul {
            @for (server, finding) in bad.iter().take(MAX_FINDINGS) {
                li { code { (finding.code) } " " (visible(server)) (visible(&finding.message)) }
            }
        }
    }
}

fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Unknown => "unknown",
        Severity::Warning => "warning",
        Severity::Ok => "ok",
    }
}

/// Escapes the control and invisible characters of a text.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            visible.extend(character.escape_unicode());
        } else {
            visible.push(character);
        }
    }
    visible
}

/// Whether a character changes the direction of a line, or has no width.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

const STYLE: &str = "\
:root{color-scheme:light dark;--bad:#b3261e;--warn:#8a5a00;--odd:#5f4b8b;--line:#8884}\
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--warn:#ffca6b;--odd:#c5b3f2}}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}\
h1{font-size:1.2rem;margin:0}h2{font-size:1.1rem;margin-top:2rem}h3{font-size:1rem;margin:0}\
.sum{font-size:1.5rem;margin:.2rem 0 1rem}.counts{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;padding:0}\
section{border-left:4px solid var(--line);padding:.2rem 0 .2rem 1rem;margin:1rem 0}\
section.critical{border-color:var(--bad)}section.warning{border-color:var(--warn)}section.unknown{border-color:var(--odd)}\
h3 span{font-weight:normal}.origin{margin:0}li.critical b,section.critical>h3 span,tr.critical td:nth-child(3){color:var(--bad)}\
li.warning b,section.warning>h3 span,tr.warning td:nth-child(3){color:var(--warn)}\
li.unknown b,section.unknown>h3 span,tr.unknown td:nth-child(3){color:var(--odd)}\
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}\
th{text-align:left;font-weight:600}td,th{padding:.15rem .6rem .15rem 0;border-bottom:1px solid var(--line);white-space:nowrap}div{overflow-x:auto}\
ul{padding-left:1.2rem;margin:.4rem 0}.foot{font-size:.85rem;opacity:.8}a{color:inherit}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let text = "<b a='1' c=\"2\">&";
        let page = html! { p title=(visible(text)) { (visible(text)) } };
        let escaped = "&lt;b a='1' c=&quot;2&quot;&gt;&amp;";
        assert_eq!(page.into_string(), format!("<p title=\"{escaped}\">{escaped}</p>"));
        assert_eq!(visible("a\u{202e}b\nc"), "a\\u{202e}b\\u{a}c");
    }
}
