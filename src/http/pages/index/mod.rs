//! `/`: what is wrong in all zones, by cause, and the list of zones.
//!
//! Its cost does not grow with the number of zones but for one pass over them: zones are selected and not sorted, and only
//! those of the page are unpacked.

mod causes;
mod controls;
mod fleet;
mod headline;
mod query;
mod table;
#[cfg(test)]
mod tests;

use hyper::StatusCode;
use maud::html;

use self::controls::{Shown, filters_set, form, pager};
use self::fleet::{Fleet, page_of};
use self::query::ListQuery;
use super::layout::{PageHead, REFRESH, Section, Site, layout};
use super::refusal;
use crate::http::parameters::Parameters;
use crate::http::response::HttpResponse;
use crate::monitor::Results;
use crate::report::count;

/// The parameters that it knows.
pub(super) const PARAMETERS: [&str; 8] = ListQuery::PARAMETERS;

/// The most zones of a page.
const PAGE_ZONES: usize = 100;

/// Answers a request for the list.
pub(super) fn respond(results: &Results, site: &Site, parameters: Parameters) -> HttpResponse {
    match ListQuery::parse(parameters) {
        Ok(query) => HttpResponse::html(StatusCode::OK, page(results, site, &query)),
        Err(reason) => refusal::bad_request(site, &reason),
    }
}

fn page(results: &Results, site: &Site, query: &ListQuery) -> String {
    let (fleet, mut listed) = Fleet::of(results, query);
    let shown = Shown::of(query.page, PAGE_ZONES, listed.len());
    let is_overview = query.is_of_all() && shown.page == 1;
    let causes = is_overview.then(|| causes::causes(site, &listed));
    let zones = page_of(&mut listed, shown.first, shown.size);
    let title = headline::sentence(&fleet);
    let main = html! {
        (headline::headline(site, &fleet, &title))
        @if let Some(causes) = causes { (causes) }
        section.zones {
            h2 #zones {
                @if query.is_of_all() { "All zones" }
                @else { (count(shown.all as u64, "zone", "zones")) " asked for" }
            }
            (filters_set(site, query))
            (form(site, query))
            @if zones.is_empty() {
                p.lead { @if fleet.zones == 0 { "No zone is configured." } @else { "No zone is like that now." } }
            } @else {
                (table::table(site, results, zones))
                (pager(site, query, shown))
            }
        }
    };
    let search = query.value("q");
    layout(
        site,
        &PageHead { title: &title, section: Some(Section::Zones), search, refresh: Some(REFRESH) },
        &main,
    )
}
