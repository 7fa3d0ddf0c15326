//! The last versions of a zone, and how long each took to reach its addresses.

use std::time::Duration;

use maud::{Markup, html};

use super::name::{nothing, server_name};
use super::view::ZoneView;
use crate::dns::duration_text;
use crate::http::pages::time::moment;
use crate::judge::History;
use crate::judge::history::AddressHistory;
use crate::judge::history::arrivals::Arrival;
use crate::plan::{Role, Serials};
use crate::report::model::{ReferenceReport, ServerReport};

/// The most addresses with a column.
const MAX_ADDRESSES: usize = 12;

/// Two addresses that answered within this time have a version at once: that is about one check.
const TOGETHER: Duration = Duration::from_millis(500);

/// A table for each link on which versions were seen to be published.
pub(super) fn arrivals(view: &ZoneView<'_>) -> Markup {
    let serials = view.settings.as_ref().map(|settings| settings.zone.comparison.serials);
    if serials.is_some_and(|serials| serials != Serials::Shared) {
        // The serials of servers that number their own versions do not tell when a version arrived.
        return html! {};
    }
    let report = &view.snapshot.report;
    let of_roles = |roles: &[Role]| -> Vec<&ServerReport> {
        report.servers.iter().filter(|server| server.id.is_some() && roles.contains(&server.role)).collect()
    };
    html! {
        @match &view.history.downstream {
            None => (table(view, &view.history, &of_roles(&[Role::Primary, Role::Secondary]), report.reference.as_ref())),
            Some(signed) => {
                (table(view, signed, &of_roles(&[Role::Signer, Role::Secondary]), report.secondaries_reference.as_ref()))
            }
        }
    }
}

fn table(
    view: &ZoneView<'_>,
    history: &History,
    servers: &[&ServerReport],
    reference: Option<&ReferenceReport>,
) -> Markup {
    let shown: Vec<&ServerReport> = servers.iter().copied().take(MAX_ADDRESSES).collect();
    let ids: Vec<&str> = shown.iter().filter_map(|server| server.id.as_deref()).collect();
    let publications = history.last_publications(&ids);
    let is_reference = |server: &ServerReport| {
        reference.is_some_and(|it| it.server == server.server && it.address == server.address)
    };
    let usual = |server: &ServerReport| {
        let past = server.id.as_ref().and_then(|id| history.addresses.get(id));
        past.and_then(AddressHistory::usual_latency)
    };
    html! {
        @if !publications.is_empty() {
            h2 #publications { "Last versions" }
            p.muted { "How long each took from the reference to an address, as far as checks have seen it." }
            div.scroll tabindex="0" role="region" aria-labelledby="publications" {
                table.arrivals aria-labelledby="publications" {
                    thead {
                        tr {
                            th scope="col" { "Serial" }
                            th scope="col" { "First seen" }
                            @for server in &shown { th.number scope="col" { (server_name(server)) } }
                        }
                    }
                    tbody {
                        @for publication in &publications {
                            tr {
                                th scope="row" { span.serial { (publication.serial) } }
                                td { (moment(publication.first_seen, view.site.now)) }
                                @for (server, arrival) in shown.iter().zip(&publication.arrivals) {
                                    td.number { (cell(*arrival, is_reference(server))) }
                                }
                            }
                        }
                    }
                    @if shown.iter().any(|server| usual(server).is_some() && !is_reference(server)) {
                        tfoot {
                            tr {
                                th scope="row" colspan="2" { "19 of 20 within" }
                                @for server in &shown {
                                    td.number {
                                        @match usual(server).filter(|_| !is_reference(server)) {
                                            Some(usual) => (took(usual)),
                                            None => (nothing("not known")),
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if servers.len() > shown.len() {
                p.muted { "and " (servers.len() - shown.len()) " more addresses" }
            }
        }
    }
}

/// How long a version took. Two addresses that are checked together do not answer at the same moment.
fn took(time: Duration) -> String {
    if time < TOGETHER { "at once".to_owned() } else { duration_text(time) }
}

/// When a version came to an address.
fn cell(arrival: Arrival, is_reference: bool) -> Markup {
    match arrival {
        Arrival::After(_) if is_reference => html! { span.muted { "published" } },
        Arrival::After(time) => html! { (took(time)) },
        Arrival::Skipped => html! { span.muted { "skipped" } },
        Arrival::NotYet => html! { strong { "not yet" } },
        Arrival::Unknown => nothing("not known"),
    }
}
