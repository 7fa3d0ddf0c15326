//! `/api/v1/zones` and `/api/v1/zones/ZONE`: the last results, as JSON.

use std::sync::Arc;

use humantime::format_rfc3339_seconds;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use serde::Serialize;

use super::response::{HttpResponse, accepts_gzip};
use super::state::AppState;
use super::url::{percent_decode, percent_encode};
use crate::dns::Name;
use crate::monitor::WantedZone;
use crate::plan::LineId;
use crate::report::model::{Compared, MembershipReport, ZONE_SCHEMA, ZoneLine, ZoneReport, id_as_json};

/// All zones in short.
#[derive(Debug, Serialize)]
struct ZoneList<'m> {
    schema: &'static str,
    zones: Vec<ZoneListEntry<'m>>,
}

/// One zone in short; one that was not checked yet has no more than a name, an id and its catalog.
#[derive(Debug, Serialize)]
struct ZoneListEntry<'m> {
    zone: String,
    /// What the line of a list calls it.
    #[serde(serialize_with = "id_as_json")]
    id: Option<Arc<LineId>>,
    /// The catalog that the zone comes from; null if the configuration names it.
    membership: Option<MembershipReport<'m>>,
    verdict: Option<&'static str>,
    severity: Option<&'static str>,
    compared: Option<Compared>,
    checked_at: Option<String>,
    /// When the records of every address that is in sync were last compared.
    compared_at: Option<String>,
    url: String,
}

impl<'m> ZoneListEntry<'m> {
    fn new(state: &AppState, wanted: &'m WantedZone) -> Self {
        let WantedZone { zone, membership, id, .. } = wanted;
        let snapshot = state.results.snapshot(zone).flatten();
        let snapshot = snapshot.as_ref();
        Self {
            zone: zone.to_string(),
            id: id.clone(),
            membership: membership.as_deref().map(MembershipReport::from),
            verdict: snapshot.map(|snapshot| snapshot.outline().verdict.code()),
            severity: snapshot.map(|snapshot| snapshot.outline().severity.name()),
            checked_at: snapshot.map(|snapshot| format_rfc3339_seconds(snapshot.checked()).to_string()),
            compared: snapshot.map(|snapshot| snapshot.outline().compared),
            compared_at: snapshot
                .and_then(|snapshot| snapshot.records().compared)
                .map(|at| format_rfc3339_seconds(at).to_string()),
            url: format!("/api/v1/zones/{}", percent_encode(&zone.without_final_dot())),
        }
    }
}

/// Answers `/api/v1/zones`.
pub(super) async fn list(state: &Arc<AppState>, request: &Request<Incoming>) -> HttpResponse {
    let accepts_gzip = accepts_gzip(request.headers());
    let response = state.render(move |state| {
        let zones = state.results.zones();
        let zones = zones.iter().map(|wanted| ZoneListEntry::new(state, wanted)).collect();
        let response = HttpResponse::json(StatusCode::OK, &ZoneList { schema: "zoneprobe/zones/1", zones });
        if accepts_gzip { response.compressed() } else { response }
    });
    let response = response.await;
    response.unwrap_or_else(|| error(StatusCode::INTERNAL_SERVER_ERROR, "internal error"))
}

/// Answers `/api/v1/zones/ZONE`.
pub(super) fn one(state: &AppState, name: &str) -> HttpResponse {
    let Some(name) = percent_decode(name) else {
        return error(StatusCode::BAD_REQUEST, "the path is not UTF-8");
    };
    let zone: Name = match name.parse() {
        Ok(zone) => zone,
        Err(reason) => {
            let message = format!("`{}` is not a zone name: {reason}", name.escape_debug());
            return error(StatusCode::BAD_REQUEST, &message);
        }
    };
    match state.results.snapshot(&zone) {
        Some(Some(snapshot)) => {
            let vantage = state.vantage();
            let vantage = vantage.as_deref();
            let report = ZoneReport { id: state.results.id(&zone), ..snapshot.unpack().report };
            let line = ZoneLine { schema: ZONE_SCHEMA, zone: &report, vantage };
            HttpResponse::json(StatusCode::OK, &line)
        }
        Some(None) => error(StatusCode::SERVICE_UNAVAILABLE, "the zone was not checked yet"),
        None => error(StatusCode::NOT_FOUND, "the zone is not configured"),
    }
}

fn error(status: StatusCode, error: &str) -> HttpResponse {
    #[derive(Debug, Serialize)]
    struct ErrorBody<'a> {
        error: &'a str,
    }
    HttpResponse::json(status, &ErrorBody { error })
}
