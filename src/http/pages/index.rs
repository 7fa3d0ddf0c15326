//! `/`: the status page, for people.

use std::sync::Arc;

use hyper::StatusCode;
use maud::{Markup, html};

use super::badge::{badge, class};
use super::layout::{PageHead, REFRESH, Section, Site, layout};
use super::links;
use super::text::visible;
use super::time::moment;
use crate::http::response::HttpResponse;
use crate::http::state::AppState;
use crate::judge::{Severity, Verdict};
use crate::monitor::Results;
use crate::plan::LineId;
use crate::report::{Ended, Outages, PackedSnapshot, RunScope, ZoneReport, ZoneSnapshot, count};

/// The most zones that are shown one by one.
const MAX_ZONES: usize = 300;

/// The most findings that are shown for one zone.
const MAX_FINDINGS: usize = 5;

pub(super) fn respond(state: &AppState, site: &Site) -> HttpResponse {
    super::html(StatusCode::OK, page(&state.results, site))
}

/// The page over these zones.
fn page(results: &Results, site: &Site) -> String {
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
    let main = html! {
        h1 { (title) }
        (verdict_counts(zones, snapshots))
        (records_read(unread, snapshots))
        @if !outages.servers.is_empty() {
            h2 { "Servers that are down" }
            @for server in &outages.servers { section.card.critical { (visible(server)) } }
            p { "Nothing else is wrong with " (count(outages.folded, "zone", "zones")) "." }
        }
        @if !shown.is_empty() {
            h2 { "Zones that are not as they should be" }
            @for snapshot in shown.iter().take(MAX_ZONES) {
                (zone(site, snapshot, results.id(&snapshot.zone).as_deref()))
            }
            @if more > 0 {
                p { "and " (more) " more, in " a href=(links::program(&site.base, "/api/v1/zones")) { "the list of all" } }
            }
        }
    };
    let head = PageHead { title: &title, section: Some(Section::Zones), search: "", refresh: Some(REFRESH) };
    layout(site, &head, &main)
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
                li.verdict class=(class(verdict.severity())) { b { (count) } " " (verdict.code()) }
            }
            @if unchecked > 0 { li.verdict { b { (unchecked) } " not checked yet" } }
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

fn zone(site: &Site, packed: &PackedSnapshot, id: Option<&LineId>) -> Markup {
    let snapshot: ZoneSnapshot = packed.unpack();
    let report = &snapshot.report;
    html! {
        section.card class=(class(report.severity)) {
            h3 {
                a href=(links::zone(&site.base, &packed.zone)) { (visible(report.label())) } " "
                (badge(report.severity, &report.headline()))
            }
            @if let Some(id) = id { p.muted { "id " (visible(&id.to_string())) } }
            @if let Some(origin) = report.origin_in_words() { p.muted { (visible(&origin)) } }
            (findings(report))
            div.scroll {
                table {
                    tr { th { "server" } th { "address" } th { "verdict" } th { "serial" } th { "since" } }
                    @for server in &report.servers {
                        tr {
                            td { (visible(&server.server)) }
                            td { (visible(server.address.as_deref().unwrap_or("-"))) }
                            td { (badge(server.severity, &server.headline())) }
                            td.serial { @if let Some(serial) = server.serial { (serial) } }
                            td { @if let Some(since) = &server.since { (since) } }
                        }
                    }
                }
            }
            p.muted { "checked " (moment(snapshot.checked, site.now)) }
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
