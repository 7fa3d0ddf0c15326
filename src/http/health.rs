//! `/-/healthy` and `/-/ready`: whether the program runs, and whether it has a result for every zone.

use hyper::StatusCode;

use super::response::HttpResponse;
use super::state::AppState;

pub(super) fn healthy() -> HttpResponse {
    HttpResponse::text(StatusCode::OK, "ok\n")
}

pub(super) fn ready(state: &AppState) -> HttpResponse {
    if state.results.is_ready() {
        HttpResponse::text(StatusCode::OK, "ok\n")
    } else {
        HttpResponse::text(StatusCode::SERVICE_UNAVAILABLE, "not every zone was checked yet\n")
    }
}
