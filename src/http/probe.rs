//! `/probe`: one look at one zone, now.
//!
//! It rests on what the watcher remembers of the zone, and adds nothing to that. Of a zone that was never looked
//! at, nothing is remembered: then it cannot tell a lag that lasts too long from one that has just begun.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::{Request, StatusCode};

use super::metrics::TEXT_FORMAT;
use super::response::Answer;
use super::state::AppState;
use super::zones::unescaped;
use crate::check::{CheckRequest, CheckResult};
use crate::clock;
use crate::config::MonitorSettings;
use crate::dns::Name;
use crate::plan::{Compare, ComparisonRules, ServerSelection, ZoneSettings};
use crate::report::{
    Format, Probe, RenderOptions, ReportWriter, RunScope, RunSummary, ZoneReport, seconds, time, zone_report,
};
use crate::store;
use crate::transfer::ZoneFileReadError;

/// A look that was taken less than this ago is told again.
const FRESH: Duration = Duration::from_secs(1);

/// How long a look may take where nobody says: as long as Prometheus waits, if it is not told otherwise.
const USUAL_TIME: Duration = Duration::from_secs(10);

/// The longest that anybody may say.
const LONGEST_TIME: Duration = Duration::from_mins(2);

/// What is kept of the time for the way back.
const WAY_BACK: Duration = Duration::from_millis(500);

/// Zones of which the last look is kept, at most.
const MOST_KEPT: usize = 4096;

/// The last look at each zone, and the right to take another one.
#[derive(Debug)]
pub(super) struct Probes(pub(super) Mutex<HashMap<Name, Arc<tokio::sync::Mutex<Last>>>>);

/// The last look at a zone.
#[derive(Debug, Default)]
pub(super) struct Last {
    look: Option<(Instant, Arc<Look>)>,
}

/// A look that was taken.
#[derive(Debug)]
struct Look {
    report: ZoneReport,
    ended: String,
    took: Duration,
    /// Whether anything was remembered of the zone.
    remembered: bool,
}

/// What somebody asks for.
struct Wish {
    zone: Name,
    debug: bool,
}

pub(super) async fn answer(site: &Arc<AppState>, request: &Request<Incoming>) -> Answer {
    let wish = match wish(request.uri().query().unwrap_or_default()) {
        Ok(wish) => wish,
        Err(reason) => return Answer::text(StatusCode::BAD_REQUEST, format!("{reason}\n")),
    };
    let is_open = site.http().open_probe;
    let terms = site.board.settings(&wish.zone).map(|settings| configured(&settings));
    let Some(terms) = terms.or_else(|| is_open.then(open)) else {
        return Answer::text(
            StatusCode::NOT_FOUND,
            "the zone is not configured, and `http.open_probe` is false\n",
        );
    };
    let within = time_to_look(request.headers());
    let look = tokio::time::timeout(within, site.probes.look(site, &wish.zone, terms));
    match look.await {
        Ok(Ok(look)) if wish.debug => Answer::text(StatusCode::OK, look.debug()),
        Ok(Ok(look)) => Answer::new(StatusCode::OK, TEXT_FORMAT, look.exposition()),
        Ok(Err(error)) => Answer::text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
        Err(_) => {
            let told = format!("the check did not end within {}\n", humantime::format_duration(within));
            Answer::text(StatusCode::SERVICE_UNAVAILABLE, told)
        }
    }
}

/// Reads what is asked for.
fn wish(query: &str) -> Result<Wish, String> {
    let (mut zone, mut debug) = (None, false);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = unescaped(value).ok_or_else(|| format!("`{}` is not UTF-8", name.escape_debug()))?;
        match name {
            "target" => {
                let name = value.parse::<Name>();
                let told = |reason| format!("`{}` is no name of a zone: {reason}", value.escape_debug());
                zone = Some(name.map_err(told)?);
            }
            "debug" => debug = value == "true" || value == "1",
            // Scrape configurations may carry more.
            _ => {}
        }
    }
    let zone = zone.ok_or("say which zone: /probe?target=ZONE")?;
    Ok(Wish { zone, debug })
}

/// Returns how long a look may take: Prometheus says how long it waits.
fn time_to_look(headers: &HeaderMap) -> Duration {
    let told = headers.get("x-prometheus-scrape-timeout-seconds").and_then(|value| value.to_str().ok());
    let told = told.and_then(|told| told.trim().parse::<f64>().ok());
    let waits = told.and_then(|told| Duration::try_from_secs_f64(told).ok()).unwrap_or(USUAL_TIME);
    waits.min(LONGEST_TIME).saturating_sub(WAY_BACK).max(WAY_BACK)
}

/// Returns how a zone of the configuration is looked at: its copies are read when the watcher finds that due.
fn configured(settings: &MonitorSettings) -> ZoneSettings {
    let compare = match settings.zone.rules.compare {
        Compare::Records => Compare::Remembered,
        other => other,
    };
    ZoneSettings { given: settings.zone.given.clone(), rules: settings.rules(compare) }
}

/// Returns how a zone that anybody names is looked at: its name servers are asked for their serials.
fn open() -> ZoneSettings {
    let given = ServerSelection { servers: Vec::new(), source: None, keys: Arc::from([]), usual_key: None };
    ZoneSettings { given, rules: ComparisonRules::new(Compare::Serials) }
}

impl Probes {
    /// Looks at a zone, unless somebody has just done so; one at a time.
    async fn look(
        &self,
        site: &AppState,
        zone: &Name,
        terms: ZoneSettings,
    ) -> Result<Arc<Look>, ZoneFileReadError> {
        let last = self.last(zone);
        let mut last = last.lock().await;
        if let Some((ended, look)) = &last.look
            && ended.elapsed() < FRESH
        {
            return Ok(Arc::clone(look));
        }
        let seen = site.board.snapshot(zone).flatten();
        let history = seen.and_then(|seen| store::decode(&seen.history));
        let remembered = history.is_some();
        let began = Instant::now();
        let request = CheckRequest { history, ..CheckRequest::all(zone.clone(), &terms, clock::now()) };
        let CheckResult { evidence, judgement, .. } = site.prober().check(request).await?;
        let report = zone_report(&evidence, &judgement);
        let look = Look { report, ended: time(clock::now()), took: began.elapsed(), remembered };
        let look = Arc::new(look);
        last.look = Some((Instant::now(), Arc::clone(&look)));
        Ok(look)
    }

    fn last(&self, zone: &Name) -> Arc<tokio::sync::Mutex<Last>> {
        let mut lasts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lasts.len() >= MOST_KEPT {
            lasts.retain(|_, last| Arc::strong_count(last) > 1);
        }
        Arc::clone(lasts.entry(zone.clone()).or_default())
    }
}

impl Look {
    fn written(&self, format: Format) -> String {
        let mut writer =
            ReportWriter::new(format, RenderOptions { width: 120, quiet: false, scope: RunScope::OneZone });
        let mut text = writer.zone(&self.report);
        text.push_str(&writer.end(RunSummary {
            generated_at: self.ended.clone(),
            duration_seconds: seconds(self.took),
            probe: Probe { version: env!("CARGO_PKG_VERSION"), vantage: None },
        }));
        text
    }

    fn exposition(&self) -> Bytes {
        format!("# {}\n{}", self.note(), self.written(Format::Prometheus)).into()
    }

    /// Says what it rests on.
    fn note(&self) -> &'static str {
        if self.remembered {
            "One check now, beside what /metrics remembers of the zone."
        } else {
            "One check now, without any history of its own: it cannot tell stuck from behind."
        }
    }

    /// Returns what was asked and answered, for people.
    fn debug(&self) -> Bytes {
        let table = anstream::adapter::strip_str(&self.written(Format::Table)).to_string();
        let json = serde_json::to_string_pretty(&self.report).unwrap_or_default();
        let (ended, took) = (&self.ended, humantime::format_duration(self.took));
        format!(
            "{}\n\
             It ended at {ended} and took {took}.\n\n{table}\nWhat each address answered:\n\n{json}\n",
            self.note()
        )
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_names_a_zone() {
        let zone = |query| wish(query).map(|wish| (wish.zone.to_string(), wish.debug));
        assert_eq!(zone("target=example.com"), Ok(("example.com.".to_owned(), false)));
        assert_eq!(zone("debug=true&target=example.com."), Ok(("example.com.".to_owned(), true)));
        assert_eq!(zone("module=x&target=a%2Db.example"), Ok(("a-b.example.".to_owned(), false)));
        assert!(zone("").unwrap_err().contains("/probe?target=ZONE"));
        assert!(zone("target=a..b").unwrap_err().contains("`a..b` is no name"));
        assert!(zone("target=%ff").unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn a_look_ends_half_a_second_before_prometheus_stops_waiting() {
        for (told, within) in [
            (None, 9_500),
            (Some("5"), 4_500),
            (Some("0.7"), 500),
            (Some("1e9"), 119_500),
            (Some("-3"), 9_500),
            (Some("NaN"), 9_500),
            (Some("soon"), 9_500),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(told) = told {
                headers.insert("x-prometheus-scrape-timeout-seconds", told.parse().unwrap());
            }
            assert_eq!(time_to_look(&headers), Duration::from_millis(within), "{told:?}");
        }
    }
}
