//! Which zones a request asks for.

use super::parameters::Parameters;
use crate::config::suggestion;
use crate::judge::{Severity, Verdict};
use crate::monitor::WantedZone;
use crate::report::PackedSnapshot;
use crate::report::model::ServerReport;

/// The severities, the worst first.
const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::Unknown, Severity::Warning, Severity::Ok];

/// Which zones a request asks for: those for which all that it says holds.
#[derive(Debug, Default)]
pub(super) struct ZoneFilter {
    /// The verdict is one of these, unless there are none.
    verdicts: Vec<Verdict>,
    /// The severity is one of these, unless there are none.
    severities: Vec<Severity>,
    /// A server of the zone has this name or address, and then the verdict and the severity are those of the server.
    server: Option<String>,
    /// The zone is of this group of the configuration, or has this `group` property in its catalog.
    group: Option<String>,
    /// The name or the `id` of the zone has this in it, in lower case.
    text: Option<String>,
}

impl ZoneFilter {
    /// The parameters that it reads.
    pub(super) const PARAMETERS: [&str; 5] = ["verdict", "severity", "server", "group", "q"];

    /// Reads it from the parameters of a request.
    pub(super) fn parse(parameters: &Parameters) -> Result<Self, String> {
        let text = |name| parameters.one(name).map(|value| value.map(str::to_owned));
        Ok(Self {
            verdicts: listed(parameters, "verdict", &Verdict::ALL, Verdict::code)?,
            severities: listed(parameters, "severity", &SEVERITIES, Severity::name)?,
            server: text("server")?,
            group: text("group")?,
            text: text("q")?.map(|text| text.trim().to_lowercase()),
        })
    }

    /// Whether a zone is asked for, of which this is the last result.
    pub(super) fn is_met(&self, zone: &WantedZone, result: Option<&PackedSnapshot>) -> bool {
        self.has_text(zone) && self.has_group(zone) && self.has_result(result)
    }

    fn has_text(&self, WantedZone { zone, id, .. }: &WantedZone) -> bool {
        let Some(text) = &self.text else { return true };
        let name = zone.to_string();
        name.to_lowercase().contains(text)
            || id.as_ref().is_some_and(|id| id.to_string().to_lowercase().contains(text))
    }

    fn has_group(&self, WantedZone { settings, membership, .. }: &WantedZone) -> bool {
        let Some(group) = self.group.as_deref() else { return true };
        let property = membership.as_ref().and_then(|membership| membership.group.as_deref());
        settings.group.as_deref() == Some(group) || property == Some(group)
    }

    fn has_result(&self, result: Option<&PackedSnapshot>) -> bool {
        let is_judged = |verdict, severity| {
            (self.verdicts.is_empty() || self.verdicts.contains(&verdict))
                && (self.severities.is_empty() || self.severities.contains(&severity))
        };
        let asks_nothing = self.verdicts.is_empty() && self.severities.is_empty() && self.server.is_none();
        let Some(report) = result.map(PackedSnapshot::outline) else { return asks_nothing };
        match &self.server {
            None => is_judged(report.verdict, report.severity),
            Some(name) => {
                let mut servers = report.servers.iter().filter(|server| is_called(server, name));
                servers.any(|server| is_judged(server.verdict, server.severity))
            }
        }
    }
}

/// Whether a server has this name or address; the port may be left out.
fn is_called(server: &ServerReport, name: &str) -> bool {
    let address = server.address.as_deref();
    let host = address.and_then(|address| address.rsplit_once(':')).map(|(host, _)| host);
    let host = host.map(|host| host.trim_start_matches('[').trim_end_matches(']'));
    server.server == name || address == Some(name) || host == Some(name)
}

/// Reads a parameter whose values are words, separated by commas or given repeatedly.
fn listed<T: Copy>(
    parameters: &Parameters,
    name: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<Vec<T>, String> {
    let values = parameters.all(name).flat_map(|value| value.split(','));
    let value = |text: &str| {
        all.iter().copied().find(|value| word(*value) == text).ok_or_else(|| {
            let known: Vec<&str> = all.iter().copied().map(word).collect();
            format!("`{}` is no {name}: {}", text.escape_debug(), suggestion(text, &known))
        })
    };
    values.map(value).collect()
}
