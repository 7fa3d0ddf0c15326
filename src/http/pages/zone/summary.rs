//! The sentence on a zone, and the facts beside it.

use std::time::SystemTime;

use maud::{Markup, html};

use super::view::ZoneView;
use crate::dns::duration_text;
use crate::http::pages::links;
use crate::http::pages::text::visible;
use crate::http::pages::time::{moment, moment_of};
use crate::http::url::percent_encode;
use crate::judge::Severity;
use crate::report::model::{ServerReport, ZoneReport};
use crate::report::{Conclusion, count, grouped, reference, scope};

/// What is wrong, what follows from it, and how that is known.
pub(super) fn summary(view: &ZoneView<'_>) -> Markup {
    let report = &view.snapshot.report;
    let sentence = sentence(report);
    html! {
        div.zone-head {
            p.lead { (visible(&sentence)) }
            dl.facts {
                @for (label, fact) in facts(view) { dt { (label) } dd { (fact) } }
            }
        }
    }
}

/// The conclusion on the zone; it begins with a capital letter, unless that is a name.
fn sentence(report: &ZoneReport) -> String {
    let sentence = Conclusion::of(report).sentence();
    let begins_with_name = report.servers.iter().any(|server| {
        sentence.starts_with(&server.server)
            || server.address.as_ref().is_some_and(|it| sentence.starts_with(it))
    });
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) if !begins_with_name => first.to_uppercase().chain(characters).collect(),
        _ => sentence,
    }
}

fn facts(view: &ZoneView<'_>) -> Vec<(&'static str, Markup)> {
    let (snapshot, now) = (&view.snapshot, view.site.now);
    let report = &snapshot.report;
    let mut facts = Vec::new();
    let checked =
        html! { (moment(snapshot.checked, now)) span.muted { " in " (duration_text(snapshot.took)) } };
    facts.push(("Checked", checked));
    facts.push(("Compared", html! { (visible(&scope(report).replacen(" compared ", " ", 1))) }));
    facts.push(("Reference", html! { (visible(&reference(report.reference.as_ref()))) }));
    if let Some(signer) = &report.secondaries_reference {
        facts.push(("Secondaries", html! { "held against " (visible(&reference(Some(signer)))) }));
    }
    facts.extend(records_read(view).map(|read| ("Records read", read)));
    facts.extend(healing(report, now).map(|healing| ("Heals", healing)));
    if let Some(until) = &report.cached_until_at_most {
        let held = html! { "may hold wrong answers; if it is mended now, the last are gone " (moment_of(until, now)) };
        facts.push(("Caches", held));
    }
    if snapshot.publications > 0 {
        let last = snapshot.last_publication;
        let published = html! {
            (grouped(snapshot.publications)) " seen"
            @if let Some(last) = last { ", the last " (moment(last, now)) }
        };
        facts.push(("New versions", published));
    }
    facts.extend(origin(view));
    facts.push(("For programs", json(view)));
    facts
}

/// When the records were read that every address in sync has; `None` if they are not wanted.
fn records_read(view: &ZoneView<'_>) -> Option<Markup> {
    let (records, now) = (view.snapshot.records, view.site.now);
    let interval = records.interval?;
    Some(html! {
        @match records.compared {
            Some(compared) => (moment(compared, now)),
            None => "not yet",
        }
        @if records.is_uncompared(now) && records.compared.is_some() {
            span.muted { ": longer ago than twice " (duration_text(interval)) }
        }
    })
}

/// Whether what is wrong heals without help, and by when; `None` if nothing is wrong, or it is not known.
fn healing(report: &ZoneReport, now: SystemTime) -> Option<Markup> {
    let not_ok = || report.servers.iter().filter(|server| server.severity != Severity::Ok);
    let stays = |server: &&ServerReport| server.self_heals == Some(false);
    let staying = not_ok().filter(stays).count();
    if staying > 0 {
        let since = not_ok().filter(stays).filter_map(|server| server.since.as_deref()).min();
        let of =
            if staying == not_ok().count() { String::new() } else { of_servers(staying, not_ok().count()) };
        return Some(html! {
            "not by itself" (of) @if let Some(since) = since { ", out of sync since " (moment_of(since, now)) }
        });
    }
    let heals = |server: &ServerReport| server.self_heals == Some(true);
    if !not_ok().all(heals) {
        return None;
    }
    // RFC 3339 times with the same offset sort as text.
    let deadline = not_ok().map(|server| server.deadline.as_deref()).max()?;
    Some(html! { "by itself" @if let Some(deadline) = deadline { ", by " (moment_of(deadline, now)) } })
}

fn of_servers(some: usize, all: usize) -> String {
    let to_u64 = |number| u64::try_from(number).unwrap_or(u64::MAX);
    format!(" at {some} of {}", count(to_u64(all), "address", "addresses"))
}

/// Where the zone comes from, and what the operator calls it.
fn origin(view: &ZoneView<'_>) -> Vec<(&'static str, Markup)> {
    let mut facts = Vec::new();
    if let Some(group) = view.settings.as_ref().and_then(|settings| settings.group.as_deref()) {
        let query = format!("group={}", percent_encode(group));
        let link = html! { a href=(links::zones(&view.site.base, &query)) { (visible(group)) } };
        facts.push(("Group", link));
    }
    if let Some(membership) = view.snapshot.report.membership.as_deref() {
        let words = view.snapshot.report.origin_in_words().unwrap_or_default();
        let catalog = membership.catalog.without_final_dot();
        let (before, after) = words.split_once(catalog.as_str()).unwrap_or((words.as_str(), ""));
        let link = html! {
            (visible(before)) a href=(links::zone(&view.site.base, &membership.catalog)) { (visible(&catalog)) }
            (visible(after))
        };
        facts.push(("Catalog", link));
    }
    if let Some(id) = &view.id {
        facts.push(("Id", html! { (visible(&id.to_string())) }));
    }
    facts
}

fn json(view: &ZoneView<'_>) -> Markup {
    let name = percent_encode(&view.zone.without_final_dot());
    let path = format!("/api/v1/zones/{name}");
    html! { a href=(links::program(&view.site.base, &path)) { "this zone as JSON" } }
}
