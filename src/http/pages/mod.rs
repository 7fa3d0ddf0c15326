//! Pages for people: HTML that is whole without its script.
//!
//! In: what the monitor has published. Out: pages, each in the frame of `layout`, and the assets that they load. Links
//! are made in `links` alone. Text that others have written passes `text::visible`.

mod assets;
mod badge;
mod copy;
mod explain;
mod index;
mod layout;
mod links;
mod refusal;
mod servers;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod zone;

use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;

use self::layout::Site;
use super::parameters::Parameters;
use super::response::{HttpResponse, accepts_gzip};
use super::state::AppState;

/// A page, or an asset of pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// `/`: all zones.
    Zones,
    /// `/zones/ZONE`: one zone.
    Zone(String),
    /// `/servers`: all servers.
    Servers,
    /// `/servers/NAME`: one server.
    Server(String),
    /// `/explain`: all codes.
    Codes,
    /// `/explain/CODE`: what a code means.
    Code(String),
    /// `/assets/NAME`.
    Asset(String),
}

impl Page {
    /// What requests for it are counted as.
    pub(super) fn handler(&self) -> &'static str {
        match self {
            Self::Zones => "page",
            Self::Zone(_) => "zone_page",
            Self::Servers => "servers_page",
            Self::Server(_) => "server_page",
            Self::Codes | Self::Code(_) => "explain_page",
            Self::Asset(_) => "asset",
        }
    }

    /// The parameters that it knows.
    fn parameters(&self) -> &'static [&'static str] {
        match self {
            Self::Zones => &index::PARAMETERS,
            Self::Servers => &servers::PARAMETERS,
            Self::Zone(_) | Self::Server(_) | Self::Codes | Self::Code(_) | Self::Asset(_) => &[],
        }
    }

    fn respond(&self, state: &AppState, site: &Site, query: &str) -> HttpResponse {
        match Parameters::parse(query, self.parameters()) {
            Err(reason) => refusal::bad_request(site, &reason),
            Ok(parameters) => match self {
                Self::Zones => index::respond(&state.results, site, parameters),
                Self::Zone(name) => zone::respond(&state.results, site, name),
                Self::Servers => servers::respond(state, site, &parameters),
                Self::Server(name) => servers::respond_one(state, site, name),
                Self::Codes => explain::index(site),
                Self::Code(name) => explain::one(&state.results, site, name),
                Self::Asset(name) => assets::respond(name).unwrap_or_else(|| refusal::not_found(site)),
            },
        }
    }
}

/// The page at a path.
pub(super) fn route(path: &str) -> Option<Page> {
    let below = |prefix| path.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map(str::to_owned);
    match path {
        "/" => Some(Page::Zones),
        // Clients make this of `/zones/.`, the page of the root (RFC 3986 section 5.2.4).
        "/zones/" => Some(Page::Zone(".".to_owned())),
        "/servers" => Some(Page::Servers),
        "/explain" => Some(Page::Codes),
        _ => below("/zones/")
            .map(Page::Zone)
            .or_else(|| below("/servers/").map(Page::Server))
            .or_else(|| below("/explain/").map(Page::Code))
            .or_else(|| below("/assets/").map(Page::Asset)),
    }
}

/// Answers a request for a page.
pub(super) async fn respond(state: &Arc<AppState>, request: &Request<Incoming>, page: Page) -> HttpResponse {
    let query = request.uri().query().unwrap_or_default().to_owned();
    respond_with(state, request, move |state, site| page.respond(state, site, &query)).await
}

/// Answers a request for what is not there.
pub(super) async fn not_found(state: &Arc<AppState>, request: &Request<Incoming>) -> HttpResponse {
    respond_with(state, request, |_, site| refusal::not_found(site)).await
}

/// Renders a page on a thread for blocking work, compressed where the client accepts that.
async fn respond_with(
    state: &Arc<AppState>,
    request: &Request<Incoming>,
    render: impl FnOnce(&AppState, &Site) -> HttpResponse + Send + 'static,
) -> HttpResponse {
    let accepts_gzip = accepts_gzip(request.headers());
    let response = state.render(move |state| {
        let response = render(state, &Site::of(state));
        if accepts_gzip { response.compressed() } else { response }
    });
    response.await.unwrap_or_else(HttpResponse::internal_error)
}
