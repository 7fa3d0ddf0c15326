//! `/sd` and `/api/v1`: what programs read.

use std::sync::Arc;

use humantime::format_rfc3339_seconds;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use serde::Serialize;

use super::response::{Answer, takes_packed};
use super::state::AppState;
use crate::dns::Name;
use crate::judge::{Severity, Verdict};
use crate::report::model::{ZONE_SCHEMA, ZoneLine};

/// Targets for Prometheus, as its HTTP service discovery reads them.
#[derive(Debug, Serialize)]
struct TargetGroup {
    targets: Vec<String>,
    labels: std::collections::BTreeMap<&'static str, &'static str>,
}

/// All zones in short.
#[derive(Debug, Serialize)]
struct Summaries {
    schema: &'static str,
    zones: Vec<Summary>,
}

/// One zone in short; of one that was not looked at yet, its name.
#[derive(Debug, Serialize)]
struct Summary {
    zone: String,
    verdict: Option<Verdict>,
    severity: Option<Severity>,
    checked_at: Option<String>,
    url: String,
}

#[derive(Debug, Serialize)]
struct Failed {
    error: String,
}

/// Answers `/sd`: every zone is a target of `/probe`.
pub(super) fn targets(site: &AppState) -> Answer {
    let names = site.board.zones();
    let targets = names.iter().map(Name::without_final_dot).collect();
    json(StatusCode::OK, &[TargetGroup { targets, labels: [("job", "zoneprobe")].into() }])
}

/// Answers `/api/v1/zones`.
pub(super) async fn zones(site: &Arc<AppState>, request: &Request<Incoming>) -> Answer {
    let packed = takes_packed(request.headers());
    let answer = site.make(move |site| {
        let zones = site.board.zones().into_iter().map(|zone| {
            let seen = site.board.snapshot(&zone).flatten();
            Summary {
                zone: zone.to_string(),
                verdict: seen.as_ref().map(|seen| seen.report.verdict),
                severity: seen.as_ref().map(|seen| seen.report.severity),
                checked_at: seen.as_ref().map(|seen| format_rfc3339_seconds(seen.checked).to_string()),
                url: format!("/api/v1/zones/{}", in_path(&zone.without_final_dot())),
            }
        });
        let answer = json(StatusCode::OK, &Summaries { schema: "zoneprobe/zones/1", zones: zones.collect() });
        if packed { answer.packed() } else { answer }
    });
    answer.await.unwrap_or_else(|| failed(StatusCode::INTERNAL_SERVER_ERROR, "a fault of this program"))
}

/// Answers `/api/v1/zones/ZONE`.
pub(super) fn zone(site: &AppState, name: &str) -> Answer {
    let Some(name) = unescaped(name) else { return failed(StatusCode::BAD_REQUEST, "the path is not UTF-8") };
    let zone: Name = match name.parse() {
        Ok(zone) => zone,
        Err(reason) => {
            let told = format!("`{}` is no name of a zone: {reason}", name.escape_debug());
            return failed(StatusCode::BAD_REQUEST, &told);
        }
    };
    match site.board.snapshot(&zone) {
        Some(Some(seen)) => json(StatusCode::OK, &ZoneLine { schema: ZONE_SCHEMA, zone: &seen.report }),
        Some(None) => failed(StatusCode::SERVICE_UNAVAILABLE, "the zone was not checked yet"),
        None => failed(StatusCode::NOT_FOUND, "the zone is not configured"),
    }
}

fn json(status: StatusCode, value: &(impl Serialize + ?Sized)) -> Answer {
    match serde_json::to_vec(value) {
        Ok(body) => Answer::json(status, body),
        Err(_) => Answer::fault(),
    }
}

fn failed(status: StatusCode, error: &str) -> Answer {
    json(status, &Failed { error: error.to_owned() })
}

/// Returns a text as a piece of a path (RFC 3986 section 3.3).
pub(super) fn in_path(text: &str) -> String {
    let mut path = String::new();
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            path.push(char::from(octet));
        } else {
            path.push_str(&format!("%{octet:02X}"));
        }
    }
    path
}

/// Returns what a piece of a path or of a query stands for, if that is text.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let mut octets = Vec::new();
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digit = |octet: u8| char::from(octet).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}
