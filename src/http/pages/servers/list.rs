//! `/servers`: all addresses of all servers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hyper::StatusCode;
use maud::{Markup, html};

use super::bar::{bar, counts};
use super::cells::{
    address_words, breaking_at_dots, last_answer, latency, quota, round_trip, to_u64, worst_of,
    zones_in_words,
};
use crate::http::pages::badge::{badge, class};
use crate::http::pages::layout::{PageHead, REFRESH, Section, Site, layout};
use crate::http::pages::text::visible;
use crate::http::pages::{links, refusal};
use crate::http::parameters::Parameters;
use crate::http::response::HttpResponse;
use crate::http::state::AppState;
use crate::judge::Severity;
use crate::report::{
    AddressSummary, Measured, PackedSnapshot, ServerAddress, address_summaries, count, count_outlines,
    grouped, measure,
};

/// The parameters that the page knows.
pub(in crate::http::pages) const PARAMETERS: [&str; 2] = ["q", "page"];

/// The addresses on one page.
const PAGE: usize = 100;

/// With more addresses than this, a form finds some of them.
const MANY: usize = 12;

/// An address with what its zones show.
type Row<'z> = (ServerAddress<'z>, AddressSummary);

pub(in crate::http::pages) fn respond(
    state: &AppState,
    site: &Site,
    parameters: &Parameters,
) -> HttpResponse {
    let snapshots = state.results.snapshots();
    let unchecked = state.results.count().saturating_sub(snapshots.len());
    page(site, parameters, &snapshots, unchecked)
}

/// The page that these parameters ask for, over these zones and so many that were not checked yet.
pub(super) fn page(
    site: &Site,
    parameters: &Parameters,
    snapshots: &[Arc<PackedSnapshot>],
    unchecked: usize,
) -> HttpResponse {
    match Asked::parse(parameters) {
        Ok(asked) => {
            let zones: Vec<&PackedSnapshot> = snapshots.iter().map(AsRef::as_ref).collect();
            HttpResponse::html(StatusCode::OK, text(site, &asked, &zones, unchecked))
        }
        Err(reason) => refusal::bad_request(site, &reason),
    }
}

/// Which addresses are asked for.
#[derive(Debug, Default)]
struct Asked {
    /// The name or the address of the server has this in it.
    text: String,
    /// The number of the page, from 0.
    page: usize,
}

impl Asked {
    fn parse(parameters: &Parameters) -> Result<Self, String> {
        let text = parameters.one("q")?.unwrap_or_default().trim().to_owned();
        let page = parameters.one("page")?.map(|text| {
            let number = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            number.ok_or_else(|| format!("`page` is a number from 1 on, not `{}`", text.escape_debug()))
        });
        Ok(Self { text, page: page.transpose()?.unwrap_or_default() })
    }

    fn is_met(&self, (name, address): ServerAddress<'_>) -> bool {
        let text = self.text.to_lowercase();
        name.to_lowercase().contains(&text) || address.contains(&text)
    }
}

/// The page over these zones.
fn text(site: &Site, asked: &Asked, zones: &[&PackedSnapshot], unchecked: usize) -> String {
    let all = address_summaries(count_outlines(zones.iter().copied()));
    let (title, names) = (title(&all), names(&all));
    let addresses = all.len();
    let mut rows: Vec<Row<'_>> = all.into_iter().filter(|(address, _)| asked.is_met(*address)).collect();
    rows.sort_by_key(|(address, it)| (!it.is_down(), it.severity(), Reverse(it.not_ok()), *address));
    let shown = rows.get(asked.page.saturating_mul(PAGE)..).unwrap_or_default();
    let shown = shown.get(..shown.len().min(PAGE)).unwrap_or_default();
    let measured = times(zones, shown);
    let main = html! {
        h1 { (title) }
        p.lead {
            @if addresses == 0 { "No zone was checked yet." } @else {
                (count(to_u64(names.len()), "server", "servers")) " at "
                (count(to_u64(addresses), "address", "addresses")) ", for "
                (zones_in_words(to_u64(zones.len())))
                @if unchecked > 0 { "; " (grouped(to_u64(unchecked))) " more were not checked yet" } "."
            }
        }
        @if addresses > MANY { (finder(site, asked)) }
        @if !shown.is_empty() {
            (table(site, shown, &measured))
            (pager(site, asked, rows.len()))
            (sample_note(shown, &measured))
        } @else if addresses > 0 {
            p { "No server is asked for here. See " a href=(links::servers(&site.base)) { "all servers" } "." }
        }
    };
    let head =
        PageHead { title: &title, section: Some(Section::Servers), search: "", refresh: Some(REFRESH) };
    layout(site, &head, &main)
}

/// The names of all servers.
fn names<'z, T>(all: &BTreeMap<ServerAddress<'z>, T>) -> BTreeSet<&'z str> {
    all.keys().map(|(name, _)| *name).collect()
}

/// What is wrong, in one sentence.
fn title(all: &BTreeMap<ServerAddress<'_>, AddressSummary>) -> String {
    let with_any = |is_meant: fn(&AddressSummary) -> bool| -> BTreeSet<&str> {
        all.iter().filter(|(_, summary)| is_meant(summary)).map(|((name, _), _)| *name).collect()
    };
    let answering = with_any(|summary| !summary.is_down());
    let of = names(all).len();
    let down: Vec<&str> = names(all).difference(&answering).copied().collect();
    let bad: Vec<&str> = with_any(AddressSummary::is_bad).intersection(&answering).copied().collect();
    let is_down = match down.as_slice() {
        [] => None,
        [one] => Some(format!("{} is down", visible(one))),
        [..] => Some(format!("{} of {of} servers are down", down.len())),
    };
    let is_wrong = match (bad.as_slice(), is_down.is_some()) {
        ([], _) => None,
        ([one], _) => Some(format!("something is wrong at {}", visible(one))),
        ([..], true) => Some(format!("something is wrong at {} others", bad.len())),
        ([..], false) => Some(format!("something is wrong at {} of {of} servers", bad.len())),
    };
    match (is_down, is_wrong) {
        (Some(down), Some(wrong)) => format!("{down}, and {wrong}"),
        (Some(down), None) => down,
        (None, Some(wrong)) => wrong.replacen('s', "S", 1),
        (None, None) if of == 0 => "No server was asked yet".to_owned(),
        (None, None) if !with_any(AddressSummary::is_propagating).is_empty() => {
            "New versions are on their way".to_owned()
        }
        (None, None) if of == 1 => "The server is as it should be".to_owned(),
        (None, None) => format!("All {of} servers are as they should be"),
    }
}

/// Measures the addresses that are shown.
fn times<'z>(zones: &[&'z PackedSnapshot], shown: &[Row<'z>]) -> BTreeMap<ServerAddress<'z>, Measured> {
    let quota = quota(shown.len());
    let addresses = shown.iter().map(|(address, summary)| (*address, summary.zones()));
    measure(zones.iter().copied(), addresses, quota)
}

/// A form that finds servers.
fn finder(site: &Site, asked: &Asked) -> Markup {
    html! {
        form.filters action=(links::servers(&site.base)) {
            label { "Name or address" input type="search" name="q" value=(asked.text) spellcheck="false" autocomplete="off"; }
            button { "Find servers" }
        }
    }
}

fn table(site: &Site, shown: &[Row<'_>], measured: &BTreeMap<ServerAddress<'_>, Measured>) -> Markup {
    html! {
        div.scroll.servers tabindex="0" role="region" aria-label="Servers" {
            table {
                thead {
                    tr {
                        th scope="col" { "Server" }
                        th scope="col" { "Zones by verdict" }
                        th scope="col" { "Worst server of" }
                        th scope="col" { "Last answer" }
                        th scope="col" { "Round trip" }
                        th scope="col" { "New versions" }
                        th scope="col" { "Failures" }
                    }
                }
                tbody {
                    @for (address, summary) in shown { (row(site, *address, summary, measured.get(address))) }
                }
            }
        }
    }
}

fn row(
    site: &Site,
    (name, address): ServerAddress<'_>,
    summary: &AddressSummary,
    measured: Option<&Measured>,
) -> Markup {
    let asked_as = if address.is_empty() { name } else { address };
    html! {
        tr class=(class(summary.severity())) {
            th scope="row" {
                a href=(links::server(&site.base, name)) { (breaking_at_dots(name)) }
                span.address { (address_words(address)) }
                @if summary.is_down() { (badge(Severity::Critical, "down")) }
            }
            td.zones data-label="Zones by verdict" { (bar(&summary.verdicts)) (counts(&site.base, asked_as, &summary.verdicts)) }
            td data-label="Worst server of" { (worst_of(summary)) }
            td data-label="Last answer" { (last_answer(site, measured)) }
            td data-label="Round trip" { (round_trip(measured)) }
            td data-label="New versions" { (latency(measured)) }
            td data-label="Failures" { (failures(summary)) }
        }
    }
}

fn failures(summary: &AddressSummary) -> Markup {
    html! {
        @if summary.failures.is_empty() { span.muted { "none" } } @else {
            ul.plain {
                @for (kind, zones) in &summary.failures { li { code { (kind) } " " span.second { (zones_in_words(*zones)) } } }
            }
        }
    }
}

/// The links to the pages before and after this one, if there are any.
fn pager(site: &Site, asked: &Asked, rows: usize) -> Markup {
    let pages = rows.div_ceil(PAGE);
    let link = |page: usize| links::servers_page(&site.base, &asked.text, page + 1);
    html! {
        @if pages > 1 {
            div.pager {
                @if asked.page > 0 { a rel="prev" href=(link(asked.page - 1)) { "Previous" } }
                span { "Page " (asked.page + 1) " of " (pages) }
                @if asked.page + 1 < pages { a rel="next" href=(link(asked.page + 1)) { "Next" } }
            }
        }
    }
}

/// Of how many zones times are, where they are not of all.
fn sample_note(shown: &[Row<'_>], measured: &BTreeMap<ServerAddress<'_>, Measured>) -> Markup {
    let is_sample = |(address, summary): &&Row<'_>| {
        measured.get(address).is_some_and(|measured| measured.drawn < summary.zones())
    };
    let largest = shown.iter().filter(is_sample).max_by_key(|(_, summary)| summary.zones());
    let drawn = largest.and_then(|(address, summary)| Some((measured.get(address)?.drawn, summary.zones())));
    html! {
        @if let Some((drawn, of)) = drawn {
            p.muted {
                "Times are from zones that were drawn evenly: at each address " (grouped(drawn)) " of " (grouped(of)) ", or fewer."
            }
        }
    }
}
