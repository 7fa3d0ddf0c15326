//! From a request to the endpoint that answers it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::future::FutureExt as _;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};

use super::access::Access;
use super::parameters::Parameters;
use super::response::{HttpResponse, accepts_html};
use super::state::AppState;
use super::{discovery, health, host, metrics, pages, probe, reload, zones};

/// Answers a request; a panic in it ends no other.
pub(super) async fn respond(state: &Arc<AppState>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let is_head = request.method() == Method::HEAD;
    let access = state.access();
    let (handler, response) = match AssertUnwindSafe(admit(state, &access, &request)).catch_unwind().await {
        Ok(routed) => routed,
        Err(_) => ("fault", HttpResponse::internal_error()),
    };
    state.metrics.count_request(handler, response.status.as_u16());
    let mut response = response.into_hyper(is_head);
    access.set_headers(response.headers_mut());
    response
}

/// Routes a request of a client who may ask.
async fn admit(
    state: &Arc<AppState>,
    access: &Access,
    request: &Request<Incoming>,
) -> (&'static str, HttpResponse) {
    match access.admit(request.headers(), &state.passwords).await {
        Ok(()) => route(state, request).await,
        Err(refusal) => ("none", refusal),
    }
}

/// The path of a request below that of all pages; a proxy may have left it out already.
fn path_below<'p>(base: &str, path: &'p str) -> &'p str {
    match path.strip_prefix(base) {
        Some("") => "/",
        Some(below) if below.starts_with('/') => below,
        _ => path,
    }
}

/// The name of the endpoint that a request asks for, and its response.
async fn route(state: &Arc<AppState>, request: &Request<Incoming>) -> (&'static str, HttpResponse) {
    if let Err(refusal) = host::check(request, &state.http().own_hosts()) {
        return ("none", refusal);
    }
    let base = state.base_path();
    let path = path_below(&base, request.uri().path());
    let zone = path.strip_prefix("/api/v1/zones/").filter(|zone| !zone.is_empty());
    let page = pages::route(path);
    let handler = match path {
        "/metrics" => "metrics",
        "/probe" => "probe",
        "/sd" => "sd",
        "/api/v1/zones" => "zones",
        "/-/healthy" => "healthy",
        "/-/ready" => "ready",
        "/-/reload" => "reload",
        _ if zone.is_some() => "zone",
        _ => match &page {
            Some(page) => page.handler(),
            None => return ("none", not_found(state, request).await),
        },
    };
    let is_allowed = match handler {
        "reload" => *request.method() == Method::POST,
        _ => matches!(*request.method(), Method::GET | Method::HEAD),
    };
    if !is_allowed {
        let allowed = if handler == "reload" { "POST" } else { "GET, HEAD" };
        return (handler, HttpResponse::method_not_allowed(allowed));
    }
    if let Some(page) = page {
        return (handler, pages::respond(state, request, page).await);
    }
    let known: &[&str] = match handler {
        "probe" => &probe::PARAMETERS,
        "zones" => &zones::PARAMETERS,
        _ => &[],
    };
    let parameters = match Parameters::parse(request.uri().query().unwrap_or_default(), known) {
        Ok(parameters) => parameters,
        Err(reason) if matches!(handler, "zones" | "zone") => return (handler, zones::bad_request(&reason)),
        Err(reason) => return (handler, HttpResponse::text(StatusCode::BAD_REQUEST, format!("{reason}\n"))),
    };
    let response = match handler {
        "reload" => reload::respond(state, request).await,
        "metrics" => metrics::respond(state, request).await,
        "probe" => probe::respond(state, request, &parameters).await,
        "sd" => discovery::respond(state),
        "zones" => zones::list(state, request, parameters).await,
        "zone" => zones::one(state, zone.unwrap_or_default()),
        "ready" => health::ready(state),
        _ => health::healthy(),
    };
    (handler, response)
}

/// There is nothing at this path: a page says so to a browser, and a line to everything else.
async fn not_found(state: &Arc<AppState>, request: &Request<Incoming>) -> HttpResponse {
    if accepts_html(request.headers()) {
        return pages::not_found(state, request).await;
    }
    HttpResponse::text(StatusCode::NOT_FOUND, "there is nothing here; see /\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_with_and_without_that_of_all_pages() {
        for (base, path, expected) in [
            ("", "/", "/"),
            ("", "/metrics", "/metrics"),
            ("/dns", "/", "/"),
            ("/dns", "/dns", "/"),
            ("/dns", "/dns/", "/"),
            ("/dns", "/dns/metrics", "/metrics"),
            ("/dns", "/metrics", "/metrics"),
            ("/dns", "/dnssec", "/dnssec"),
            ("/a/b", "/a/b/zones/c", "/zones/c"),
            ("/a/b", "/a/metrics", "/a/metrics"),
        ] {
            assert_eq!(path_below(base, path), expected, "{base} {path}");
        }
    }
}
