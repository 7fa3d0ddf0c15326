//! `/servers/NAME`: one server, at each of its addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hyper::StatusCode;
use maud::{Markup, html};

use super::bar::{bar, counts};
use super::cells::{
    address_words, last_answer, latency, quota, round_trip, to_u64, worst_of, zones_in_words,
};
use super::histogram::histogram;
use crate::config::suggestion;
use crate::http::pages::badge::{badge, class};
use crate::http::pages::copy::command;
use crate::http::pages::layout::{PageHead, REFRESH, Section, Site, layout};
use crate::http::pages::text::{in_words, prose, visible};
use crate::http::pages::time::moment_of;
use crate::http::pages::{links, refusal};
use crate::http::response::HttpResponse;
use crate::http::state::AppState;
use crate::http::url::percent_decode;
use crate::judge::{Severity, Verdict};
use crate::plan::Role;
use crate::report::model::ServerReport;
use crate::report::{
    AddressDetails, AddressSummary, FailureExamples, Measured, PackedSnapshot, address_details,
    address_summaries, count, count_outlines, grouped, measure,
};

/// The addresses that are shown in full.
const MAX_ADDRESSES: usize = 16;

/// The zones at which something is wrong that are named.
const MAX_ZONES: usize = 100;

/// The instances that are named of an address.
const MAX_NSIDS: usize = 12;

/// The commands that are shown for one kind of failure.
const MAX_COMMANDS: usize = 3;

/// Answers a request for the server of this name, percent-encoded.
pub(in crate::http::pages) fn respond(state: &AppState, site: &Site, name: &str) -> HttpResponse {
    let Some(name) = percent_decode(name) else { return refusal::bad_request(site, "the path is not UTF-8") };
    let name = name.as_str();
    let snapshots = state.results.snapshots();
    match page(site, name, &snapshots) {
        Some(page) => page,
        None if is_wanted(state, name) => HttpResponse::html(StatusCode::OK, unchecked(site, name)),
        None => not_found(site, name, &snapshots),
    }
}

/// The page of a server over these zones, if any of them has it.
pub(super) fn page(site: &Site, name: &str, snapshots: &[Arc<PackedSnapshot>]) -> Option<HttpResponse> {
    let zones: Vec<&PackedSnapshot> = snapshots.iter().map(AsRef::as_ref).collect();
    let summaries = address_summaries(count_outlines(zones.iter().copied()));
    let own = summaries.iter().filter(|((server, _), _)| *server == name);
    let own: BTreeMap<&str, &AddressSummary> = own.map(|((_, address), it)| (*address, it)).collect();
    if own.is_empty() {
        return None;
    }
    Some(HttpResponse::html(StatusCode::OK, text(site, name, &own, &zones)))
}

/// Whether a zone that is monitored names the server.
fn is_wanted(state: &AppState, name: &str) -> bool {
    let zones = state.results.zones();
    zones.iter().any(|zone| zone.settings.zone.servers.servers.iter().any(|(_, server)| server.name == name))
}

/// The page of a server of which no zone was checked yet.
fn unchecked(site: &Site, name: &str) -> String {
    let title = visible(name);
    let main = html! {
        h1 { (title) }
        p.lead { "No zone of this server was checked yet." }
    };
    let head =
        PageHead { title: &title, section: Some(Section::Servers), search: "", refresh: Some(REFRESH) };
    layout(site, &head, &main)
}

/// The page in place of that of a server that none of these zones has.
pub(super) fn not_found(site: &Site, name: &str, snapshots: &[Arc<PackedSnapshot>]) -> HttpResponse {
    let all = snapshots.iter().flat_map(|zone| &zone.outline().servers);
    let names: BTreeSet<&str> = all.map(|server| server.server.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let similar = match names.as_slice() {
        [] => String::new(),
        names => sentence(&suggestion(name, names)),
    };
    let hint = html! {
        "No zone has this server. " (prose(&visible(&similar))) " See "
        a href=(links::servers(&site.base)) { "all servers" } "."
    };
    let title = format!("No server is called {}", visible(name));
    refusal::refusal(site, StatusCode::NOT_FOUND, &title, &hint)
}

/// A hint as a sentence of its own.
fn sentence(hint: &str) -> String {
    let mut rest = hint.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    let end = if hint.ends_with('?') { "" } else { "." };
    first.into_iter().chain(rest).chain(end.chars()).collect()
}

/// The page of a server with these addresses.
fn text(
    site: &Site,
    name: &str,
    addresses: &BTreeMap<&str, &AddressSummary>,
    zones: &[&PackedSnapshot],
) -> String {
    let details = address_details(zones.iter().copied(), name);
    let shown: Vec<_> = addresses.iter().take(MAX_ADDRESSES).collect();
    let quota = quota(shown.len());
    let counts = shown.iter().map(|(address, summary)| ((name, **address), summary.zones()));
    let measured = measure(zones.iter().copied(), counts, quota);
    let title = title(name, addresses);
    let has_it = |zone: &&&PackedSnapshot| zone.outline().servers.iter().any(|server| server.server == name);
    let own = to_u64(zones.iter().filter(has_it).count());
    let main = html! {
        p.kicker { a href=(links::servers(&site.base)) { "Servers" } }
        h1 { (title) }
        p.lead { (zones_in_words(own)) " at " (count(to_u64(addresses.len()), "address", "addresses")) "." }
        @for (address, summary) in shown {
            (card(site, &Shown {
                name,
                address,
                summary,
                details: details.get(address),
                measured: measured.get(&(name, *address)),
            }))
        }
        @if addresses.len() > MAX_ADDRESSES {
            p.muted { "and " (addresses.len() - MAX_ADDRESSES) " more addresses" }
        }
        (troubles(site, name, zones))
    };
    let head =
        PageHead { title: &title, section: Some(Section::Servers), search: "", refresh: Some(REFRESH) };
    layout(site, &head, &main)
}

/// What is wrong with the server, in one sentence.
fn title(name: &str, addresses: &BTreeMap<&str, &AddressSummary>) -> String {
    let name = visible(name);
    let down = addresses.values().filter(|summary| summary.is_down()).count();
    match (addresses.len(), down) {
        (1, 1) => format!("{name} is down"),
        (all, down) if all == down => format!("{name} is down at all its {all} addresses"),
        (all, down) if down > 0 => format!("{name} is down at {down} of {all} addresses"),
        _ if addresses.values().any(|summary| summary.is_bad()) => format!("Something is wrong at {name}"),
        _ if addresses.values().any(|summary| summary.is_propagating()) => {
            format!("New versions are on their way to {name}")
        }
        _ => format!("{name} is as it should be"),
    }
}

/// One address of the server.
struct Shown<'a> {
    name: &'a str,
    address: &'a str,
    summary: &'a AddressSummary,
    details: Option<&'a AddressDetails<'a>>,
    measured: Option<&'a Measured>,
}

impl Shown<'_> {
    /// By what `?server=` asks for its zones.
    fn asked_as(&self) -> &str {
        if self.address.is_empty() { self.name } else { self.address }
    }
}

fn card(site: &Site, it: &Shown<'_>) -> Markup {
    let severity = it.summary.severity();
    html! {
        section class={ "card server " (class(severity)) } {
            h2 { (address_words(it.address)) " " (badge(severity, &state(it.summary))) }
            (bar(&it.summary.verdicts))
            (counts(&site.base, it.asked_as(), &it.summary.verdicts))
            div.both {
                (facts(site, it))
                @if let Some(measured) = it.measured { (histogram(&measured.round_trips)) }
            }
            @if let Some(details) = it.details { (failures(site, it, details)) (findings(site, details)) }
        }
    }
}

/// The state of an address, in few words.
fn state(summary: &AddressSummary) -> String {
    let all = zones_in_words(summary.zones());
    match (summary.is_down(), summary.not_ok()) {
        (true, _) => format!("no answer for {} of {all}", grouped(summary.unanswered())),
        (false, 0) => format!("ok for {all}"),
        (false, late) if summary.is_propagating() => format!("new versions of {} of {all}", grouped(late)),
        (false, bad) => format!("trouble at {} of {all}", grouped(bad)),
    }
}

fn facts(site: &Site, it: &Shown<'_>) -> Markup {
    let (zones, drawn) = (it.summary.zones(), it.measured.map_or(0, |measured| measured.drawn));
    html! {
        dl.facts {
            @if let Some(details) = it.details {
                dt { "Role" } dd { (joined(details.roles.iter().map(|role| role_words(*role).to_owned()))) }
            }
            dt { "Last answer" } dd { (last_answer(site, it.measured)) }
            dt { "Round trip" } dd { (round_trip(it.measured)) }
            dt { "New versions arrive" } dd { (latency(it.measured)) }
            dt { "Worst server of" } dd { (worst_of(it.summary)) }
            @if let Some(details) = it.details { (answers(details)) }
            @if drawn < zones {
                dt { "Times from" } dd { (grouped(drawn)) " of " (zones_in_words(zones)) ", drawn evenly" }
            }
        }
    }
}

/// How it answers, and what it says of itself.
fn answers(details: &AddressDetails<'_>) -> Markup {
    let named = details.nsids.iter().take(MAX_NSIDS);
    let others =
        details.nsids.iter().skip(MAX_NSIDS).map(|(_, zones)| zones).sum::<u64>() + details.other_nsids;
    html! {
        @if !details.transports.is_empty() {
            dt { "Asked over" }
            dd { (joined(details.transports.iter().map(|(name, zones)| format!("{name} ({})", zones_in_words(*zones))))) }
        }
        @if !details.nsids.is_empty() {
            dt { "Instances (NSID)" }
            dd {
                ul.plain {
                    @for (nsid, zones) in named { li { code { (visible(nsid)) } " " span.muted { (zones_in_words(*zones)) } } }
                    @if others > 0 { li.muted { "others for " (zones_in_words(others)) } }
                }
            }
        }
        @if !details.software.is_empty() {
            dt { "Says of itself" } dd { (joined(details.software.iter().map(|name| software_words(name).to_owned()))) }
        }
    }
}

/// Why the address gives no answer, or no copy, by kind: for how many zones, and what to do about it.
fn failures(site: &Site, it: &Shown<'_>, details: &AddressDetails<'_>) -> Markup {
    html! {
        @if !details.failures.is_empty() {
            h3 { "Failures" }
            @for (kind, failures) in &details.failures { (failure(site, it, kind, failures)) }
        }
    }
}

/// One kind of failure: what one of its zones shows, the names of others, and the commands that come next.
fn failure(site: &Site, it: &Shown<'_>, kind: &str, failures: &FailureExamples<'_>) -> Markup {
    let Some((first, others)) = failures.examples.split_first() else { return html! {} };
    let fails = |server: &&ServerReport| {
        let has_kind = server.failure.as_ref().is_some_and(|failure| failure.kind == kind);
        has_kind && server.server == it.name && server.address_text() == it.address
    };
    let report = first.unpack().report;
    let Some(server) = report.servers.iter().find(fails) else { return html! {} };
    let more = failures.zones.saturating_sub(to_u64(failures.examples.len()));
    html! {
        p {
            code { (kind) } " for " (zones_in_words(failures.zones)) "; " (zone_link(site, first)) ": "
            @if let Some(failure) = &server.failure { (visible(&failure.message)) }
        }
        @if !others.is_empty() {
            p.muted {
                "Also for "
                @for (index, zone) in others.iter().enumerate() { @if index > 0 { ", " } (zone_link(site, zone)) }
                @if more > 0 { " and " (grouped(more)) " more" }
            }
        }
        @for line in commands(server) { (command(&visible(&line))) }
    }
}

fn zone_link(site: &Site, zone: &PackedSnapshot) -> Markup {
    html! { a href=(links::zone(&site.base, &zone.zone)) { (visible(&zone.zone.without_final_dot())) } }
}

/// The commands that come next, of the findings at an address.
fn commands(server: &ServerReport) -> Vec<String> {
    let bad = server.findings.iter().filter(|finding| finding.severity != Severity::Ok);
    bad.flat_map(|finding| finding.advice.iter().cloned()).take(MAX_COMMANDS).collect()
}

/// The findings at an address, the worst first.
fn findings(site: &Site, details: &AddressDetails<'_>) -> Markup {
    html! {
        @if !details.findings.is_empty() {
            h3 { "Findings" }
            ul.plain.findings {
                @for ((severity, code), zones) in &details.findings {
                    li {
                        a href=(links::explain(&site.base, code)) { (badge(*severity, code)) }
                        " " span.muted { (zones_in_words(*zones)) }
                    }
                }
            }
        }
    }
}

/// The zones at which something is wrong at the server, the worst first.
fn troubles(site: &Site, name: &str, zones: &[&PackedSnapshot]) -> Markup {
    let of = |zone: &PackedSnapshot| {
        let own = zone.outline().servers.iter().filter(|server| server.server == name);
        own.map(|server| (server.severity, server.verdict)).min()
    };
    let is_bad = |state: &(Severity, Verdict)| state.0 != Severity::Ok;
    let mut bad: Vec<_> =
        zones.iter().filter_map(|zone| Some((of(zone).filter(is_bad)?, &zone.zone, *zone))).collect();
    let all = bad.len();
    if all > MAX_ZONES {
        bad.select_nth_unstable_by(MAX_ZONES, |one, other| (one.0, one.1).cmp(&(other.0, other.1)));
        bad.truncate(MAX_ZONES);
    }
    bad.sort_unstable_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    let not_ok = [("severity", "critical,unknown,warning")];
    html! {
        @if all > 0 {
            h2 { "Zones at which something is wrong here" }
            div.scroll.servers tabindex="0" role="region" aria-label="Zones at which something is wrong here" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Zone" }
                            th scope="col" { "Verdict" }
                            th scope="col" { "Address" }
                            th scope="col" { "Serial" }
                            th scope="col" { "Since" }
                        }
                    }
                    tbody { @for (_, _, zone) in &bad { (trouble(site, name, zone)) } }
                }
            }
            @if all > bad.len() {
                p { a href=(links::zones_of_server(&site.base, name, &not_ok)) { "All " (grouped(to_u64(all))) " zones" } }
            }
        }
    }
}

/// A zone at which something is wrong at the server: what is worst.
fn trouble(site: &Site, name: &str, zone: &PackedSnapshot) -> Markup {
    let report = zone.unpack().report;
    let own = report.servers.iter().filter(|server| server.server == name);
    let worst = own.min_by_key(|server| (server.severity, server.verdict));
    html! {
        @if let Some(worst) = worst {
            tr class=(class(worst.severity)) {
                th scope="row" { (zone_link(site, zone)) }
                td data-label="Verdict" { (badge(worst.severity, &in_words(&worst.headline()))) }
                td data-label="Address" { (address_words(worst.address_text())) }
                td data-label="Serial" {
                    @match worst.serial {
                        Some(serial) => span.serial { (serial) },
                        None => span.muted { "unknown" },
                    }
                    @if let Some(lag) = worst.lag_in_words() { " " span.muted { (lag) } }
                }
                td data-label="Since" {
                    @match &worst.since {
                        Some(since) => (moment_of(since, site.now)),
                        None => span.muted { "unknown" },
                    }
                }
            }
        }
    }
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn role_words(role: Role) -> &'static str {
    match role {
        Role::Primary => "primary",
        Role::Signer => "signer",
        Role::Secondary => "secondary",
    }
}

/// The software that was asked what it says itself, as it is called.
fn software_words(name: &str) -> &str {
    match name {
        "bind" => "BIND, at its statistics channel",
        "powerdns" => "PowerDNS, at its API",
        "nsd" => "NSD, by nsd-control",
        "knot" => "Knot DNS, by knotc",
        other => other,
    }
}
