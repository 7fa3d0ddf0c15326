//! The first thing to see: how all zones are, in a sentence, a bar and numbers.

use maud::{Markup, html};

use super::fleet::Fleet;
use crate::http::pages::badge::{class, shape, zones_with};
use crate::http::pages::layout::Site;
use crate::http::pages::links;
use crate::http::pages::time::moment;
use crate::http::parameters::query;
use crate::judge::Severity;
use crate::report::{count, grouped};

/// The width of the bar, in units of its own.
const BAR_WIDTH: u64 = 1000;

/// The least width of a part of the bar that has any zone, so that a single one is seen.
const MIN_PART: u64 = 6;

/// How all zones are, in a sentence without a full stop; what is wrong comes first, in numbers.
pub(super) fn sentence(fleet: &Fleet) -> String {
    let (zones, checked) = (grouped(fleet.zones), fleet.zones - fleet.unchecked);
    match (fleet.wrong, fleet.zones) {
        (_, 0) => "No zone is configured".to_owned(),
        (0, _) if checked == 0 => "No zone was checked yet".to_owned(),
        (0, 1) if fleet.catching_up() == 1 => "The zone is catching up".to_owned(),
        (0, 1) => "The zone is in sync".to_owned(),
        (0, all) if checked < all => {
            format!("{} of {zones} zones were checked, and nothing is wrong", grouped(checked))
        }
        (0, _) if fleet.catching_up() > 0 => format!("All {zones} zones are in sync or catching up"),
        (0, _) => format!("All {zones} zones are in sync"),
        (1, 1) => "The zone is not as it should be".to_owned(),
        (1, _) => format!("1 of {zones} zones is not as it should be"),
        (wrong, _) => format!("{} of {zones} zones are not as they should be", grouped(wrong)),
    }
}

/// The sentence, with the numbers behind it.
pub(super) fn headline(site: &Site, fleet: &Fleet, sentence: &str) -> Markup {
    let is_calm = fleet.wrong == 0 && fleet.unchecked == 0 && fleet.zones > 0;
    html! {
        div.headline {
            h1 class=[is_calm.then_some(class(Severity::Ok))] { @if is_calm { (shape(Severity::Ok)) } (sentence) }
            (bar(fleet))
            (counts(site, fleet))
            p.muted.aside {
                @if let Some(at) = fleet.checked { span { "Last check " (moment(at, site.now)) } " " }
                (records_read(fleet))
            }
        }
    }
}

/// How many of the zones whose records are wanted were read, and how many not yet.
fn records_read(fleet: &Fleet) -> Markup {
    let Fleet { wanted, read, .. } = *fleet;
    html! {
        @if wanted > 0 {
            span {
                "Records were read of " (grouped(read)) " of " (count(wanted, "zone", "zones"))
                @if read < wanted { ", of " (grouped(wanted - read)) " not yet" } "."
            }
        }
    }
}

/// How many zones have each verdict; each number leads to them.
fn counts(site: &Site, fleet: &Fleet) -> Markup {
    html! {
        ul.counts {
            @for (verdict, zones) in fleet.by_verdict() {
                li {
                    a href=(links::zones(&site.base, &query([("verdict", verdict.code())]))) {
                        (zones_with(verdict, zones))
                    }
                }
            }
            @if fleet.unchecked > 0 {
                li {
                    a href=(links::zones(&site.base, &query([("sort", "checked")]))) {
                        span.verdict { b { (grouped(fleet.unchecked)) } " not checked yet" }
                    }
                }
            }
        }
    }
}

/// A bar whose parts are as long as many zones have each severity. The numbers below say the same.
fn bar(fleet: &Fleet) -> Markup {
    let severities = [Severity::Critical, Severity::Unknown, Severity::Warning];
    let mut parts: Vec<(&str, u64)> =
        severities.map(|severity| (class(severity), fleet.with_severity(severity))).to_vec();
    parts.push(("unchecked", fleet.unchecked));
    let mut at = 0;
    let mut drawn = Vec::new();
    for (class, zones) in parts.into_iter().filter(|(_, zones)| *zones > 0) {
        let width = (zones * BAR_WIDTH).checked_div(fleet.zones).unwrap_or_default().max(MIN_PART);
        drawn.push((class, at, width));
        at += width;
    }
    html! {
        @if fleet.zones > 0 {
            svg.proportions viewBox={ "0 0 " (BAR_WIDTH) " 10" } preserveAspectRatio="none" aria-hidden="true" {
                rect class=(class(Severity::Ok)) width=(BAR_WIDTH) height="10" {}
                @for (class, x, width) in drawn { rect class=(class) x=(x) width=(width) height="10" {} }
            }
        }
    }
}
