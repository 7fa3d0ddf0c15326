//! `/metrics`: all results and the program's own metrics, for Prometheus.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, VARY};
use hyper::{Request, StatusCode};

use super::response::{HttpResponse, accepts_gzip, gzip};
use super::state::{AppState, Exposition};

/// The text format that every version of Prometheus reads.
pub(super) const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A younger exposition is served again: two servers that scrape at once cost one.
pub(super) const MAX_AGE: Duration = Duration::from_millis(200);

pub(super) async fn respond(state: &Arc<AppState>, request: &Request<Incoming>) -> HttpResponse {
    let accepts_gzip = accepts_gzip(request.headers());
    let mut last = Arc::clone(&state.last_exposition).lock_owned().await;
    let young = last.take().filter(|exposition| exposition.made.elapsed() < MAX_AGE);
    // The lock moves along: the next scrape gets this exposition even if the client of this one is gone.
    let exposition = state.render_at_once(move |state| {
        let exposition = render(state, young, accepts_gzip);
        *last = Some(exposition.clone());
        exposition
    });
    let Some(exposition) = exposition.await else { return HttpResponse::internal_error() };
    let mut headers = vec![(VARY, "Accept-Encoding")];
    let body = match exposition.gzip.filter(|_| accepts_gzip) {
        Some(gzip) => {
            headers.push((CONTENT_ENCODING, "gzip"));
            gzip
        }
        None => exposition.text,
    };
    HttpResponse { headers, ..HttpResponse::new(StatusCode::OK, TEXT_FORMAT, body) }
}

/// Renders an exposition, or takes a young one, and compresses it if that is wanted.
fn render(state: &AppState, young: Option<Exposition>, wants_gzip: bool) -> Exposition {
    let mut exposition = young.unwrap_or_else(|| Exposition {
        made: Instant::now(),
        text: Bytes::from(state.exposition()),
        gzip: None,
    });
    if wants_gzip && exposition.gzip.is_none() {
        exposition.gzip = Some(gzip(&exposition.text));
    }
    exposition
}
