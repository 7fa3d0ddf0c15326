//! Which zones a request asks for.

use super::parameters::Parameters;
use crate::config::suggestion;
use crate::judge::{Code, Severity, Verdict};
use crate::monitor::WantedZone;
use crate::report::PackedSnapshot;
use crate::report::ZoneReport;
use crate::report::model::{FindingReport, ServerReport};
use crate::runbook;

/// The severities, the worst first.
const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::Unknown, Severity::Warning, Severity::Ok];

/// Which zones a request asks for: those for which all that it says holds.
#[derive(Debug, Default)]
pub(super) struct ZoneFilter {
    /// The verdict is one of these, unless there are none.
    verdicts: Vec<Verdict>,
    /// The severity is one of these, unless there are none.
    severities: Vec<Severity>,
    /// The verdict or a finding of the zone, or of one of its servers, has this code.
    code: Option<Code>,
    /// A server of the zone has this name or address, and then the verdict, the severity and the code are those of the
    /// server.
    server: Option<String>,
    /// The zone is of this group of the configuration, or has this `group` property in its catalog.
    group: Option<String>,
    /// The name or the `id` of the zone has this in it, in lower case.
    text: Option<String>,
}

impl ZoneFilter {
    /// The parameters that it reads.
    pub(super) const PARAMETERS: [&str; 6] = ["verdict", "severity", "code", "server", "group", "q"];

    /// Reads it from the parameters of a request.
    pub(super) fn parse(parameters: &Parameters) -> Result<Self, String> {
        let text = |name| parameters.one(name).map(|value| value.map(str::to_owned));
        Ok(Self {
            verdicts: listed(parameters, "verdict", &Verdict::ALL, Verdict::code)?,
            severities: listed(parameters, "severity", &SEVERITIES, Severity::name)?,
            code: parameters.one("code")?.map(code).transpose()?,
            server: text("server")?,
            group: text("group")?,
            text: text("q")?.map(|text| text.trim().to_lowercase()),
        })
    }

    /// Asks for the zones that have a code now.
    pub(super) fn of_code(code: Code) -> Self {
        Self { code: Some(code), ..Self::default() }
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

    /// Whether it asks for nothing that only a zone has that was checked.
    fn asks_for_no_result(&self) -> bool {
        let Self { verdicts, severities, code, server, .. } = self;
        verdicts.is_empty() && severities.is_empty() && code.is_none() && server.is_none()
    }

    fn has_result(&self, result: Option<&PackedSnapshot>) -> bool {
        let is_judged = |verdict, severity| {
            (self.verdicts.is_empty() || self.verdicts.contains(&verdict))
                && (self.severities.is_empty() || self.severities.contains(&severity))
        };
        let Some(report) = result.map(PackedSnapshot::outline) else { return self.asks_for_no_result() };
        let has_code = |has: &dyn Fn(&'static str) -> bool| self.code.is_none_or(|code| has(code.name()));
        match &self.server {
            None => {
                is_judged(report.verdict, report.severity) && has_code(&|code| zone_has_code(report, code))
            }
            Some(name) => {
                let mut servers = report.servers.iter().filter(|server| is_called(server, name));
                servers.any(|server| {
                    is_judged(server.verdict, server.severity)
                        && has_code(&|code| server_has_code(server, code))
                })
            }
        }
    }
}

/// Whether the verdict or a finding of a zone, or of one of its servers, has a code.
fn zone_has_code(zone: &ZoneReport, code: &str) -> bool {
    has_finding(&zone.findings, code) || zone.servers.iter().any(|server| server_has_code(server, code))
}

fn server_has_code(server: &ServerReport, code: &str) -> bool {
    server.verdict.code() == code || has_finding(&server.findings, code)
}

fn has_finding(findings: &[FindingReport], code: &str) -> bool {
    findings.iter().any(|finding| finding.code == code)
}

fn code(text: &str) -> Result<Code, String> {
    runbook::find(text).map_err(|unknown| match unknown.suggestion {
        Some(code) => format!("{unknown}: did you mean `{}`?", code.name()),
        None => unknown.to_string(),
    })
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
