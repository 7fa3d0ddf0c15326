//! Pages in place of those that were asked for.

use hyper::StatusCode;
use maud::{Markup, html};

use super::layout::{PageHead, Site, layout};
use super::links;
use crate::http::response::HttpResponse;

/// There is nothing at this path.
pub(super) fn not_found(site: &Site) -> HttpResponse {
    let hint = html! { "See " a href=(links::zones(&site.base, "")) { "all zones" } "." };
    refusal(site, StatusCode::NOT_FOUND, "There is nothing here", &hint)
}

/// A request says what its page does not know.
pub(super) fn bad_request(site: &Site, reason: &str) -> HttpResponse {
    let hint = html! {
        (reason) ". Go to " a href=(links::zones(&site.base, "")) { "all zones" } "."
    };
    refusal(site, StatusCode::BAD_REQUEST, "This page was asked for what it does not know", &hint)
}

/// A page with this status, in place of the one that was asked for.
pub(super) fn refusal(site: &Site, status: StatusCode, title: &str, hint: &Markup) -> HttpResponse {
    let main = html! {
        h1 { (title) }
        p.lead { (hint) }
    };
    let head = PageHead { title, section: None, search: "", refresh: None };
    HttpResponse::html(status, layout(site, &head, &main))
}
