//! One zone in the report.

use serde::Serialize;

use super::copy::CopyReport;
use super::expectation::{Expectation, ExpectationAnswer};
use super::server::ServerReport;
use super::{ReferenceKind, ZONE_SCHEMA};
use crate::dns::Serial;
use crate::judge::{Finding, Severity, Verdict};

/// How much of the copies was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The SOAs alone.
    Serials,
    /// Every record.
    Records,
}

impl Compared {
    /// The name in JSON.
    pub(in crate::report) fn name(self) -> &'static str {
        match self {
            Self::Serials => "serials",
            Self::Records => "records",
        }
    }
}

/// One zone.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ZoneReport {
    /// Its name with the final dot.
    pub zone: String,
    /// The worst verdict of its servers.
    pub verdict: Verdict,
    /// The worst severity of its servers and of its own findings.
    pub severity: Severity,
    /// What the verdicts rest on.
    pub compared: Compared,
    /// What the servers were held against.
    pub reference: Option<ReferenceReport>,
    /// The part of all answers that is wrong, from 0 to 1, in a model where every name server is asked as often.
    pub wrong_answer_ratio: Option<f64>,
    /// Every address that was asked, the primaries first.
    pub servers: Vec<ServerReport>,
    /// What was expected of the zone.
    pub expectations: Vec<Expectation>,
    /// What was found of the zone as a whole.
    pub findings: Vec<FindingReport>,
}

/// What the servers were held against.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ReferenceReport {
    /// How it was chosen.
    pub kind: ReferenceKind,
    /// The server's name, or the path of the file.
    pub server: String,
    /// Its address and port; null of a file.
    pub address: Option<String>,
    /// The version it serves.
    pub serial: Serial,
    /// SOA refresh in seconds.
    pub refresh: u32,
    /// SOA retry in seconds.
    pub retry: u32,
    /// SOA expire in seconds.
    pub expire: u32,
    /// The copy of the zone in the file; null of a server, which has its own below `servers`.
    pub copy: Option<CopyReport>,
}

/// Something that was found.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct FindingReport {
    /// Its stable code; `zoneprobe explain CODE` tells more.
    pub code: &'static str,
    /// How much it matters here.
    pub severity: Severity,
    /// What it is.
    pub message: String,
    /// The next commands to type.
    pub advice: Vec<String>,
}

impl From<&Finding> for FindingReport {
    fn from(finding: &Finding) -> Self {
        let Finding { code, severity, message, advice } = finding.clone();
        Self { code: code.name(), severity, message, advice }
    }
}

/// One zone as a line of its own.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ZoneLine<'r> {
    /// `zoneprobe/zone/1`.
    #[schemars(extend("const" = ZONE_SCHEMA))]
    pub schema: &'static str,
    /// The zone.
    #[serde(flatten)]
    pub zone: &'r ZoneReport,
}

impl ZoneReport {
    /// Whether an address meets all expectations.
    pub fn meets_expectations(&self, server: &ServerReport) -> bool {
        let same = |it: &&ExpectationAnswer| it.server == server.server && it.address == server.address;
        self.expectations.iter().all(|it| it.servers.iter().find(same).is_none_or(|answer| answer.met))
    }

    /// Returns the name as people say it, without the final dot.
    pub fn label(&self) -> &str {
        match self.zone.as_str() {
            "." => ".",
            name => name.strip_suffix('.').unwrap_or(name),
        }
    }
}
