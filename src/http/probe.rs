//! `/probe`: one check of one zone, now.
//!
//! It starts from the history that the monitor has of the zone, and adds nothing to it. Without history it cannot
//! tell a lag that lasts too long from one that has just begun.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Request, StatusCode};

use super::metrics::TEXT_FORMAT;
use super::parameters::Parameters;
use super::probe_cache::{CachedProbe, ProbeCache};
use super::probe_result::ProbeResult;
use super::response::HttpResponse;
use super::state::AppState;
use crate::check::{CheckRequest, CheckResult, Checker};
use crate::clock;
use crate::config::MonitorSettings;
use crate::dns::{Name, duration_text};
use crate::plan::{Compare, ComparisonRules, ServerSelection, ZoneSettings, parse_zone};
use crate::report::{ZoneReport, zone_report};
use crate::store;
use crate::transfer::ZoneFileReadError;

/// A younger result is served again.
const MAX_AGE: Duration = Duration::from_secs(1);

/// How long the client waits if it does not say so: the scrape timeout of Prometheus, unless configured.
const DEFAULT_SCRAPE_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest that a client may say it waits.
const MAX_SCRAPE_TIMEOUT: Duration = Duration::from_mins(2);

/// The part of the timeout that is left for the response to arrive.
const RESPONSE_MARGIN: Duration = Duration::from_millis(500);

/// The parameters of a request that are known.
pub(super) const PARAMETERS: [&str; 2] = ["target", "debug"];

/// What a request asks for.
struct ProbeRequest {
    zone: Name,
    debug: bool,
}

pub(super) async fn respond(
    state: &Arc<AppState>,
    request: &Request<Incoming>,
    parameters: &Parameters,
) -> HttpResponse {
    let probe = match ProbeRequest::parse(parameters) {
        Ok(probe) => probe,
        Err(reason) => return HttpResponse::text(StatusCode::BAD_REQUEST, format!("{reason}\n")),
    };
    let is_open = state.http().open_probe;
    let settings = state.results.settings(&probe.zone).map(|settings| configured(&settings));
    let Some(settings) = settings.or_else(|| is_open.then(unconfigured)) else {
        return HttpResponse::text(
            StatusCode::NOT_FOUND,
            "the zone is not configured, and `http.open_probe` is false\n",
        );
    };
    let timeout = check_timeout(request.headers());
    let result = tokio::time::timeout(timeout, state.probes.check(state, &probe.zone, settings, timeout));
    match result.await {
        Ok(Ok(result)) if probe.debug => HttpResponse::text(StatusCode::OK, result.debug()),
        Ok(Ok(result)) => HttpResponse::new(StatusCode::OK, TEXT_FORMAT, result.exposition()),
        Ok(Err(error)) => HttpResponse::text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
        Err(_) => {
            let timeout = duration_text(timeout);
            let message = format!("the check did not end within {timeout}\n");
            HttpResponse::text(StatusCode::SERVICE_UNAVAILABLE, message)
        }
    }
}

impl ProbeRequest {
    /// Reads the parameters of a request.
    fn parse(parameters: &Parameters) -> Result<Self, String> {
        let zone = parameters.one("target")?.ok_or("name a zone: /probe?target=ZONE")?;
        let message = |reason| format!("`{}` is not a zone name: {reason}", zone.escape_debug());
        let zone = parse_zone(zone).map_err(message)?;
        let debug = match parameters.one("debug")? {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => {
                return Err(format!("`debug` is `true` or `false`, not `{}`", other.escape_debug()));
            }
        };
        Ok(Self { zone, debug })
    }
}

/// How long a check may take: Prometheus says how long it waits.
fn check_timeout(headers: &HeaderMap) -> Duration {
    let seconds = headers.get("x-prometheus-scrape-timeout-seconds").and_then(|value| value.to_str().ok());
    let seconds = seconds.and_then(|seconds| seconds.trim().parse::<f64>().ok());
    let timeout = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let timeout = timeout.unwrap_or(DEFAULT_SCRAPE_TIMEOUT).min(MAX_SCRAPE_TIMEOUT);
    timeout.saturating_sub(RESPONSE_MARGIN).max(RESPONSE_MARGIN)
}

/// The checker for a check of this duration: a query ends before it, so that a silent server leaves time to judge.
fn checker(state: &AppState, check_timeout: Duration) -> Arc<Checker> {
    let checker = state.checker();
    let query_timeout = check_timeout * 3 / 4;
    if checker.client.timeout <= query_timeout {
        return checker;
    }
    Arc::new(checker.fork_with_timeout(query_timeout))
}

/// The settings for a zone of the configuration: its copies are left to the schedule of the monitor.
fn configured(settings: &MonitorSettings) -> ZoneSettings {
    let compare = match settings.zone.comparison.compare {
        Compare::Records => Compare::PreviousRecords,
        other => other,
    };
    ZoneSettings { servers: settings.zone.servers.clone(), comparison: settings.rules(compare) }
}

/// The settings for any other zone: its NS set is asked for serials.
fn unconfigured() -> ZoneSettings {
    let servers =
        ServerSelection { servers: Vec::new(), source: None, keys: Arc::from([]), default_key: None };
    ZoneSettings { servers, comparison: ComparisonRules::new(Compare::Serials) }
}

impl ProbeCache {
    /// Checks a zone, or returns a result that is young enough.
    async fn check(
        &self,
        state: &AppState,
        zone: &Name,
        settings: ZoneSettings,
        timeout: Duration,
    ) -> Result<Arc<ProbeResult>, ZoneFileReadError> {
        let last = self.last(zone);
        let mut last = last.lock().await;
        if let Some(cached) = last.as_ref().filter(|cached| cached.ended.elapsed() < MAX_AGE) {
            return Ok(Arc::clone(&cached.result));
        }
        let snapshot = state.results.snapshot(zone).flatten();
        let history = snapshot.and_then(|snapshot| store::decode(&snapshot.history));
        let has_history = history.is_some();
        let began = Instant::now();
        let request = CheckRequest::all(zone.clone(), &settings, clock::now());
        // Its client waits for the metrics of the zone, which say nothing of that.
        let request = CheckRequest { history, asks_status: false, ..request };
        let CheckResult { evidence, judgement, caches, statuses, .. } =
            checker(state, timeout).check(request).await?;
        let (id, page) = (state.results.id(zone), state.page_url(zone));
        let result = Arc::new(ProbeResult {
            report: ZoneReport { id, page, ..zone_report(&evidence, &judgement, &caches, &statuses) },
            ended_at: clock::now(),
            took: began.elapsed(),
            has_history,
            vantage: state.vantage(),
        });
        *last = Some(CachedProbe { ended: Instant::now(), result: Arc::clone(&result) });
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_a_zone() {
        let parse = |query| {
            let probe = ProbeRequest::parse(&Parameters::parse(query, &PARAMETERS)?)?;
            Ok::<_, String>((probe.zone.to_string(), probe.debug))
        };
        assert_eq!(parse("target=example.com"), Ok(("example.com.".to_owned(), false)));
        assert_eq!(parse("debug=true&target=example.com."), Ok(("example.com.".to_owned(), true)));
        assert_eq!(parse("debug=0&target=a%2Db.example"), Ok(("a-b.example.".to_owned(), false)));
        for (query, expected) in [
            ("", "/probe?target=ZONE"),
            ("target=a..b", "`a..b` is not a zone name"),
            ("target=a.example&target=b.example", "`target` is given more than once"),
            ("target=a.example&debug=yes", "not `yes`"),
        ] {
            let refusal = parse(query).unwrap_err();
            assert!(refusal.contains(expected), "{query}: {refusal}");
        }
    }

    #[test]
    fn a_check_ends_half_a_second_before_prometheus_stops_waiting() {
        for (timeout, expected) in [
            (None, 9_500),
            (Some("5"), 4_500),
            (Some("0.7"), 500),
            (Some("1e9"), 119_500),
            (Some("-3"), 9_500),
            (Some("NaN"), 9_500),
            (Some("soon"), 9_500),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(timeout) = timeout {
                headers.insert("x-prometheus-scrape-timeout-seconds", timeout.parse().unwrap());
            }
            assert_eq!(check_timeout(&headers), Duration::from_millis(expected), "{timeout:?}");
        }
    }
}
