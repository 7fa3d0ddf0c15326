//! `/api/v1/zones` and `/api/v1/zones/ZONE`: the last results, as JSON.

use std::num::NonZeroUsize;
use std::sync::Arc;

use humantime::format_rfc3339_seconds;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use serde::Serialize;

use super::filter::ZoneFilter;
use super::parameters::Parameters;
use super::response::{HttpResponse, accepts_gzip};
use super::state::AppState;
use super::url::{percent_decode, percent_encode};
use crate::dns::Name;
use crate::monitor::WantedZone;
use crate::plan::{ExternalUrl, LineId};
use crate::report::PackedSnapshot;
use crate::report::model::{Compared, MembershipReport, ZONE_SCHEMA, ZoneLine, ZoneReport, id_as_json};

/// The parameters of a request for the list that are known.
pub(super) const PARAMETERS: [&str; 8] = {
    let [verdict, severity, code, server, group, text] = ZoneFilter::PARAMETERS;
    [verdict, severity, code, server, group, text, "limit", "after"]
};

/// The zones that were asked for in short, by name.
#[derive(Debug, Serialize)]
struct ZoneList<'m> {
    schema: &'static str,
    /// The number of zones that were asked for, on this page and all others.
    total: usize,
    zones: Vec<ZoneListEntry<'m>>,
    /// Where the next page is; null if this is the last.
    next: Option<String>,
}

/// What a request asks for: some zones, and a page of their list.
struct ListRequest {
    parameters: Parameters,
    filter: ZoneFilter,
    /// The most zones of the page; all of them if it is not given.
    limit: Option<NonZeroUsize>,
    /// The last zone of the page before.
    after: Option<Name>,
}

/// One zone in short; one that was not checked yet has no more than a name, an id and its catalog.
#[derive(Debug, Serialize)]
struct ZoneListEntry<'m> {
    zone: String,
    /// What the line of a list calls it.
    #[serde(serialize_with = "id_as_json")]
    id: Option<Arc<LineId>>,
    /// The URL of its page, where `http.external_url` is set.
    page: Option<String>,
    /// The catalog that the zone comes from; null if the configuration names it.
    membership: Option<MembershipReport<'m>>,
    /// The group of the configuration that the zone is in, or that its catalog gives it.
    group: Option<&'m str>,
    verdict: Option<&'static str>,
    severity: Option<&'static str>,
    compared: Option<Compared>,
    checked_at: Option<String>,
    /// When the records of every address that is in sync were last compared.
    compared_at: Option<String>,
    url: String,
}

impl<'m> ZoneListEntry<'m> {
    fn new(
        wanted: &'m WantedZone,
        snapshot: Option<&PackedSnapshot>,
        external_url: Option<&ExternalUrl>,
    ) -> Self {
        let WantedZone { zone, settings, membership, id } = wanted;
        let base = external_url.map_or("", ExternalUrl::path);
        Self {
            zone: zone.to_string(),
            id: id.clone(),
            page: external_url.map(|url| url.zone_page(zone)),
            membership: membership.as_deref().map(MembershipReport::from),
            group: settings.group.as_deref(),
            verdict: snapshot.map(|snapshot| snapshot.outline().verdict.code()),
            severity: snapshot.map(|snapshot| snapshot.outline().severity.name()),
            checked_at: snapshot.map(|snapshot| format_rfc3339_seconds(snapshot.checked()).to_string()),
            compared: snapshot.map(|snapshot| snapshot.outline().compared),
            compared_at: snapshot
                .and_then(|snapshot| snapshot.records().compared)
                .map(|at| format_rfc3339_seconds(at).to_string()),
            url: format!("{base}/api/v1/zones/{}", percent_encode(&zone.without_final_dot())),
        }
    }
}

impl ListRequest {
    fn parse(parameters: Parameters) -> Result<Self, String> {
        let limit = parameters.one("limit")?.map(|text| {
            let refusal = || format!("`limit` is a number from 1 on, not `{}`", text.escape_debug());
            text.parse().map_err(|_| refusal())
        });
        let after = parameters.one("after")?.map(|text| {
            let refusal = |reason| format!("`{}` is not a zone name: {reason}", text.escape_debug());
            text.parse().map_err(refusal)
        });
        let (limit, after) = (limit.transpose()?, after.transpose()?);
        Ok(Self { filter: ZoneFilter::parse(&parameters)?, parameters, limit, after })
    }

    /// Makes the response.
    fn respond(&self, state: &AppState) -> HttpResponse {
        let (zones, external_url) = (state.results.zones(), state.http().external_url);
        let mut listed: Vec<_> = zones
            .iter()
            .map(|wanted| (wanted, state.results.snapshot(&wanted.zone).flatten()))
            .filter(|(wanted, snapshot)| self.filter.is_met(wanted, snapshot.as_deref()))
            .collect();
        listed.sort_unstable_by(|(one, _), (other, _)| one.zone.cmp(&other.zone));
        let first =
            self.after.as_ref().map_or(0, |after| listed.partition_point(|(it, _)| it.zone <= *after));
        let rest = listed.get(first..).unwrap_or_default();
        let count = self.limit.map_or(rest.len(), |limit| limit.get().min(rest.len()));
        let page = rest.get(..count).unwrap_or_default();
        let next = page.last().filter(|_| count < rest.len()).map(|(last, _)| {
            let query = self.parameters.with("after", &last.zone.without_final_dot());
            format!("{}/api/v1/zones?{query}", state.base_path())
        });
        let entries = page
            .iter()
            .map(|(wanted, snapshot)| ZoneListEntry::new(wanted, snapshot.as_deref(), external_url.as_ref()));
        let list =
            ZoneList { schema: "zoneprobe/zones/1", total: listed.len(), zones: entries.collect(), next };
        HttpResponse::json(StatusCode::OK, &list)
    }
}

/// Answers `/api/v1/zones`.
pub(super) async fn list(
    state: &Arc<AppState>,
    request: &Request<Incoming>,
    parameters: Parameters,
) -> HttpResponse {
    let asked = match ListRequest::parse(parameters) {
        Ok(asked) => asked,
        Err(reason) => return bad_request(&reason),
    };
    let accepts_gzip = accepts_gzip(request.headers());
    let response = state.render(move |state| {
        let response = asked.respond(state);
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
            let (id, page) = (state.results.id(&zone), state.page_url(&zone));
            let report = ZoneReport { id, page, ..snapshot.unpack().report };
            let line = ZoneLine { schema: ZONE_SCHEMA, zone: &report, vantage };
            HttpResponse::json(StatusCode::OK, &line)
        }
        Some(None) => error(StatusCode::SERVICE_UNAVAILABLE, "the zone was not checked yet"),
        None => error(StatusCode::NOT_FOUND, "the zone is not configured"),
    }
}

/// Refuses a request for this reason.
pub(super) fn bad_request(reason: &str) -> HttpResponse {
    error(StatusCode::BAD_REQUEST, reason)
}

fn error(status: StatusCode, error: &str) -> HttpResponse {
    #[derive(Debug, Serialize)]
    struct ErrorBody<'a> {
        error: &'a str,
    }
    HttpResponse::json(status, &ErrorBody { error })
}
