//! `/metrics`: what Prometheus reads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::{Bytes, Incoming};
use hyper::{Request, StatusCode};

use super::response::{Answer, takes_packed};
use super::state::{AppState, Scrape};

/// The text format that every version of Prometheus reads.
pub(super) const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// An exposition that is no older than this is given again: two servers that scrape at once cost one.
pub(super) const FRESH: Duration = Duration::from_millis(200);

pub(super) async fn answer(site: &Arc<AppState>, request: &Request<Incoming>) -> Answer {
    let packed = takes_packed(request.headers());
    let mut last = Arc::clone(&site.last_scrape).lock_owned().await;
    let fresh = last.take().filter(|scrape| scrape.made.elapsed() < FRESH);
    // Whoever comes next is given what is made now, even if nobody waits for it any more.
    let scrape = site.make(move |site| {
        let scrape = made(site, fresh, packed);
        *last = Some(scrape.clone());
        scrape
    });
    let Some(scrape) = scrape.await else { return Answer::fault() };
    match scrape.packed.filter(|_| packed) {
        Some(body) => {
            let answer = Answer::new(StatusCode::OK, TEXT_FORMAT, body);
            let fields =
                vec![(hyper::header::VARY, "Accept-Encoding"), (hyper::header::CONTENT_ENCODING, "gzip")];
            Answer { fields, ..answer }
        }
        None => Answer {
            fields: vec![(hyper::header::VARY, "Accept-Encoding")],
            ..Answer::new(StatusCode::OK, TEXT_FORMAT, scrape.text)
        },
    }
}

/// Makes an exposition, or packs one that was made.
fn made(site: &AppState, fresh: Option<Scrape>, packed: bool) -> Scrape {
    let mut scrape = fresh.unwrap_or_else(|| Scrape {
        made: Instant::now(),
        text: Bytes::from(site.exposition()),
        packed: None,
    });
    if packed && scrape.packed.is_none() {
        scrape.packed = Some(super::response::gzip(&scrape.text));
    }
    scrape
}
