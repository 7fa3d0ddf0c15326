//! `/metrics`: what Prometheus reads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::{Bytes, Incoming};
use hyper::{Request, StatusCode};

use super::answer::{Answer, takes_packed};
use super::site::{Scrape, Site};

/// The text format that every version of Prometheus reads.
pub(super) const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// An exposition that is no older than this is given again: two servers that scrape at once cost one.
pub(super) const FRESH: Duration = Duration::from_millis(200);

pub(super) async fn answer(site: &Arc<Site>, request: &Request<Incoming>) -> Answer {
    let packed = takes_packed(request.headers());
    let mut last = site.last_scrape.lock().await;
    let scrape = match last.take().filter(|scrape| scrape.made.elapsed() < FRESH) {
        Some(scrape) if !packed || scrape.packed.is_some() => scrape,
        other => {
            let site = Arc::clone(site);
            let made = tokio::task::spawn_blocking(move || made(&site, other, packed)).await;
            match made {
                Ok(scrape) => scrape,
                Err(_) => {
                    return Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "a fault of this program\n");
                }
            }
        }
    };
    *last = Some(scrape.clone());
    drop(last);
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
fn made(site: &Site, fresh: Option<Scrape>, packed: bool) -> Scrape {
    let mut scrape = fresh.unwrap_or_else(|| Scrape {
        made: Instant::now(),
        text: Bytes::from(site.exposition()),
        packed: None,
    });
    if packed && scrape.packed.is_none() {
        scrape.packed = Some(super::answer::gzip(&scrape.text));
    }
    scrape
}
