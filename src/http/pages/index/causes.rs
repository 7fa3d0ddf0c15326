//! What is wrong with all zones, by cause.

use maud::{Markup, html};

use super::fleet::Listed;
use crate::http::pages::badge::badge;
use crate::http::pages::layout::Site;
use crate::http::pages::links;
use crate::http::pages::text::{name, visible};
use crate::http::parameters::query;
use crate::report::{Causes, SharedCause, count, group_by_outline, grouped, is_address};

/// The most causes that are shown.
const MAX_CAUSES: usize = 20;

/// The most zones that are named for a cause.
const MAX_NAMED: usize = 3;

/// The causes of all that is wrong with these zones; nothing if nothing is.
pub(super) fn causes(site: &Site, zones: &[Listed]) -> Markup {
    let snapshots = zones.iter().filter_map(|zone| zone.snapshot.as_deref());
    let groups = group_by_outline(snapshots, MAX_NAMED);
    let mut causes = Causes::default();
    for group in &groups {
        causes.add(group.outline, group.count, &group.first);
    }
    let (causes, omitted) = causes.most_important(MAX_CAUSES);
    html! {
        @if !causes.is_empty() {
            section aria-labelledby="causes" {
                h2 #causes { "What is wrong, by cause" }
                ul.causes { @for cause in &causes { (one(site, cause)) } }
                @if omitted > 0 {
                    p.muted { "And " (count(omitted as u64, "other cause", "other causes")) ", of zones below." }
                }
            }
        }
    }
}

fn one(site: &Site, shared: &SharedCause<'_>) -> Markup {
    let SharedCause { cause, zones, of, is_server_wide, named } = shared;
    let code = cause.kind.code();
    let more = zones.saturating_sub(named.len() as u64);
    html! {
        li class=[is_server_wide.then_some("wide")] {
            a.code href=(links::explain(&site.base, code)) { (badge(cause.severity, code)) }
            div {
                @match cause.server {
                    Some((server, address)) => { (at(site, server, address)) }
                    None => { "the zone itself" }
                }
                @if *is_server_wide { strong { " is down for most of its zones" } }
                p.muted {
                    @for (position, zone) in named.iter().enumerate() {
                        @if position > 0 { ", " }
                        a href=(links::zone(&site.base, zone)) { (name(zone)) }
                    }
                    @if more > 0 { " and " (grouped(more)) " more" }
                }
            }
            a.number href=(link_to_zones(site, shared)) {
                strong { (grouped(*zones)) }
                @match of {
                    Some(of) => { " of " (count(*of, "zone", "zones")) }
                    None if *zones == 1 => { " zone" }
                    None => { " zones" }
                }
            }
        }
    }
}

/// A server, and its address if that is not its name.
fn at(site: &Site, server: &str, address: &str) -> Markup {
    html! {
        a href=(links::server(&site.base, server)) { (visible(server)) }
        @if !address.is_empty() && !is_address(server, address) { " " span.muted { (visible(address)) } }
    }
}

/// The zones that have a cause.
fn link_to_zones(site: &Site, shared: &SharedCause<'_>) -> String {
    let code = [("code", shared.cause.kind.code())];
    match shared.cause.server {
        None => links::zones(&site.base, &query(code)),
        Some((server, "")) => links::zones_of_server(&site.base, server, &code),
        Some((_, address)) => links::zones_of_server(&site.base, address, &code),
    }
}
