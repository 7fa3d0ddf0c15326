//! `/sd`: every zone as a target of `/probe`, for the HTTP service discovery of Prometheus.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;

use super::response::HttpResponse;
use super::state::AppState;
use crate::dns::Name;

#[derive(Debug, Serialize)]
struct TargetGroup {
    targets: Vec<String>,
    labels: BTreeMap<&'static str, &'static str>,
}

pub(super) fn respond(state: &AppState) -> HttpResponse {
    let targets = state.results.zones().iter().map(Name::without_final_dot).collect();
    HttpResponse::json(StatusCode::OK, &[TargetGroup { targets, labels: [("job", "zoneprobe")].into() }])
}
