//! The addresses of a zone, one row for each.

use std::time::Duration;

use maud::{Markup, html};

use super::name::{nothing, server_link, server_name};
use super::view::ZoneView;
use crate::dns::duration_text;
use crate::http::pages::badge::badge;
use crate::http::pages::text::{in_words, visible};
use crate::http::pages::time::moment_of;
use crate::plan::Role;
use crate::report::model::{AnswerReport, Compared, ServerReport};

/// The table of addresses. Where there is no room for columns, each row is a block with labels.
pub(super) fn addresses(view: &ZoneView<'_>) -> Markup {
    let servers = &view.snapshot.report.servers;
    html! {
        @if !servers.is_empty() {
            h2 #addresses { "Addresses" }
            div.scroll tabindex="0" role="region" aria-labelledby="addresses" {
                table.rows role="table" aria-labelledby="addresses" {
                    thead role="rowgroup" {
                        tr role="row" {
                            @for column in ["Server", "Verdict", "Serial", "Since", "Last answer", "Compared"] {
                                th scope="col" role="columnheader" { (column) }
                            }
                        }
                    }
                    tbody role="rowgroup" {
                        @for server in servers { (row(view, server)) }
                    }
                }
            }
        }
    }
}

fn row(view: &ZoneView<'_>, server: &ServerReport) -> Markup {
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                @match server.address {
                    Some(_) => (server_link(&view.site.base, server)),
                    None => (server_name(server)),
                }
                @if let Some(role) = role(view, server) { " " span.part.tag { (role) } }
            }
            td role="cell" data-label="Verdict" { div { (badge(server.severity, &in_words(&server.headline()))) } }
            td role="cell" data-label="Serial" { div { (serial(server)) } }
            td role="cell" data-label="Since" { div { (since(view, server)) } }
            td role="cell" data-label="Last answer" { div { (answer(server)) } }
            td role="cell" data-label="Compared" { div { (compared(view, server)) } }
        }
    }
}

/// What the server is in the zone; of a secondary nothing is said.
fn role(view: &ZoneView<'_>, server: &ServerReport) -> Option<&'static str> {
    let report = &view.snapshot.report;
    let references = [&report.reference, &report.secondaries_reference];
    let is_reference = references.into_iter().flatten().any(|reference| {
        reference.server == server.server
            && reference.address.is_some()
            && reference.address == server.address
    });
    match server.role {
        Role::Signer => Some("signer"),
        _ if is_reference => Some("reference"),
        Role::Primary => Some("primary"),
        Role::Secondary => None,
    }
}

fn serial(server: &ServerReport) -> Markup {
    html! {
        @match server.serial {
            Some(serial) => span.serial { (serial) },
            None => (nothing("no serial")),
        }
        @if let Some(lag) = server.lag_in_words() { " " span.part.muted { (lag) } }
    }
}

/// Since when it is out of sync, and by when it heals.
fn since(view: &ZoneView<'_>, server: &ServerReport) -> Markup {
    let now = view.site.now;
    let due = if server.self_heals == Some(false) { "was due" } else { "due" };
    html! {
        @match server.since.as_deref() {
            Some(since) => (moment_of(since, now)),
            None => @if server.deadline.is_none() { (nothing("not out of sync, or not known since when")) },
        }
        @if let Some(deadline) = server.deadline.as_deref() {
            " " span.part { span.muted { (due) " " } (moment_of(deadline, now)) }
        }
    }
}

fn answer(server: &ServerReport) -> Markup {
    html! {
        @match (&server.answer, &server.failure) {
            (Some(answer), _) => (answered(answer)),
            (None, Some(failure)) => (visible(&failure.message)),
            (None, None) => (nothing("none")),
        }
    }
}

fn answered(answer: &AnswerReport) -> Markup {
    let AnswerReport { rcode, authoritative, rtt_seconds, nsid, .. } = answer;
    let rtt = Duration::try_from_secs_f64(*rtt_seconds).unwrap_or_default();
    html! {
        (duration_text(rtt)) span.muted { " over " (answer.transport_name()) }
        @if rcode != "NOERROR" { ", " (visible(rcode)) }
        @if !authoritative { ", without authority" }
        @if let Some(nsid) = nsid { " " span.part.muted { "NSID " (visible(nsid)) } }
    }
}

/// What was compared of it in the last check, and when its records were.
fn compared(view: &ZoneView<'_>, server: &ServerReport) -> Markup {
    let (what, when) = match server.compared {
        Compared::None => ("nothing", "records "),
        Compared::Serials => ("serial", "records "),
        Compared::Changes => ("changes", "all records "),
        Compared::Records => ("records", ""),
        Compared::Sampled => ("a sample", ""),
    };
    html! {
        (what)
        @if let Some(at) = server.compared_at.as_deref() {
            " " span.part { span.muted { (when) } (moment_of(at, view.site.now)) }
        }
    }
}
