//! `/zones/ZONE`: everything that is known of one zone.
//!
//! In: its last result, its history and its settings. The words are those of the terminal, where there are any; times are
//! both relative and exact.

mod addresses;
mod arrivals;
mod caches;
mod differences;
mod findings;
mod name;
mod strips;
mod summary;
mod troubles;
mod view;

use hyper::StatusCode;
use maud::{Markup, html};

use self::view::ZoneView;
use super::badge::badge;
use super::layout::{PageHead, REFRESH, Section, Site, layout};
use super::text::{in_words, visible};
use super::{links, refusal};
use crate::dns::{Name, idna};
use crate::http::response::HttpResponse;
use crate::http::url::percent_decode;
use crate::judge::Severity;
use crate::monitor::Results;
use crate::report::symbol;
use crate::store;

/// The page of the zone that a path names, percent-encoded.
pub(super) fn respond(results: &Results, site: &Site, name: &str) -> HttpResponse {
    let typed = percent_decode(name).unwrap_or_else(|| name.to_owned());
    let Ok(zone) = typed.parse::<Name>() else {
        let title = format!("{} is no name of a zone", visible(&typed));
        return refusal::refusal(site, StatusCode::NOT_FOUND, &title, &all_zones(site));
    };
    match results.snapshot(&zone) {
        Some(Some(packed)) => {
            let snapshot = packed.unpack();
            let history = store::decode(&snapshot.history).unwrap_or_default();
            let (settings, id) = (results.settings(&zone), results.id(&zone));
            let view = ZoneView { site, zone, snapshot, history, settings, id };
            HttpResponse::html(StatusCode::OK, page(&view))
        }
        Some(None) => HttpResponse::html(StatusCode::OK, unchecked(site, &zone)),
        None => unknown(results, site, &zone),
    }
}

fn page(view: &ZoneView<'_>) -> String {
    let report = &view.snapshot.report;
    let main = html! {
        p.kicker { (badge(report.severity, &in_words(&report.headline()))) }
        (heading(&view.zone))
        (summary::summary(view))
        (addresses::addresses(view))
        (troubles::troubles(view))
        (strips::strips(view))
        (arrivals::arrivals(view))
        (caches::caches(view))
    };
    let state = match report.severity {
        Severity::Ok => "in sync".to_owned(),
        _ => in_words(&report.headline()),
    };
    frame(view.site, &format!("{} {state}: {}", symbol(report.severity), visible(report.label())), &main)
}

/// A zone that was not checked since the start.
fn unchecked(site: &Site, zone: &Name) -> String {
    let main = html! {
        p.kicker { span.verdict { "not checked yet" } }
        (heading(zone))
        p.lead { "This zone was not checked since zoneprobe started. Its first check comes soon, and then its state is here." }
    };
    frame(site, &format!("… not checked yet: {}", visible(&zone.without_final_dot())), &main)
}

/// A zone that is not monitored; perhaps one above it is.
fn unknown(results: &Results, site: &Site, zone: &Name) -> HttpResponse {
    let ancestors = zone.ancestors().filter_map(Name::from_wire);
    let mut known = ancestors.filter(|ancestor| results.snapshot(ancestor).is_some());
    let near = known.find(|ancestor| *ancestor != Name::root());
    let hint = html! {
        @if let Some(near) = near {
            "Is it part of " a href=(links::zone(&site.base, &near)) { (visible(&near.without_final_dot())) } "? "
        }
        (all_zones(site))
    };
    let title = format!("{} is not monitored here", visible(&zone.without_final_dot()));
    refusal::refusal(site, StatusCode::NOT_FOUND, &title, &hint)
}

fn all_zones(site: &Site) -> Markup {
    html! { "See " a href=(links::zones(&site.base, "")) { "all zones" } "." }
}

/// The name of a zone; as people write it too, where that is another one.
fn heading(zone: &Name) -> Markup {
    let name = zone.without_final_dot();
    let unicode = idna::to_u_labels(&name);
    html! {
        h1.zone-name {
            (visible(&name))
            @if let Some(unicode) = unicode { " " span.unicode { bdi { (visible(&unicode)) } } }
        }
    }
}

fn frame(site: &Site, title: &str, main: &Markup) -> String {
    let head = PageHead { title, section: Some(Section::Zones), search: "", refresh: Some(REFRESH) };
    layout(site, &head, main)
}

#[cfg(test)]
mod tests;
