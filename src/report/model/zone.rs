//! One zone in the report.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;

use super::caches::{CacheReport, cached_until};
use super::compared::Compared;
use super::copy::CopyReport;
use super::expectation::{Expectation, ExpectationAnswer};
use super::finding::{FindingReport, headline};
use super::line::{LineIdName, id_as_json};
use super::membership::{self, MembershipReport, membership_as_json};
use super::names::{ReferenceKindName, SeverityName, VerdictName, as_json};
use super::server::ServerReport;
use crate::dns::Serial;
use crate::judge::{ReferenceKind, Severity, Verdict, WrongAnswers, WrongRrsets};
use crate::plan::{LineId, Membership};

/// The schema of one zone, a line of `ndjson`.
pub const ZONE_SCHEMA: &str = "zoneprobe/zone/1";

/// One zone.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ZoneReport {
    /// The name of the zone, with the final dot.
    pub zone: String,
    /// What the line calls itself that names the zone in a list; null without one.
    #[serde(serialize_with = "id_as_json")]
    #[schemars(with = "Option<LineIdName<'_>>")]
    pub id: Option<Arc<LineId>>,
    /// The URL of its page, where `http.external_url` is set; null without that, and for zones that are not monitored.
    pub page: Option<String>,
    /// The catalog zone that the zone comes from; null if the zone is named itself.
    #[serde(serialize_with = "membership_as_json")]
    #[schemars(with = "Option<MembershipReport<'_>>")]
    pub membership: Option<Arc<Membership>>,
    /// The worst verdict of its addresses.
    #[serde(serialize_with = "as_json::<_, VerdictName, _>")]
    #[schemars(with = "VerdictName")]
    pub verdict: Verdict,
    /// The worst severity of its addresses and of the findings about the zone.
    #[serde(serialize_with = "as_json::<_, SeverityName, _>")]
    #[schemars(with = "SeverityName")]
    pub severity: Severity,
    /// What was compared to reach the verdicts.
    pub compared: Compared,
    /// What the servers were compared with; where there is a signer, the primaries and the signers.
    pub reference: Option<ReferenceReport>,
    /// What the secondaries were compared with, where a signer is before them; null without one.
    pub secondaries_reference: Option<ReferenceReport>,
    /// The part of the servers that gives wrong answers or none, from 0 to 1; each name server counts the same.
    #[serde(rename = "wrong_answer_ratio")]
    #[schemars(with = "Option<f64>")]
    pub wrong_answers: Option<WrongAnswers>,
    /// The largest `wrong_rrset_ratio` of the servers; null if no records were compared.
    #[serde(rename = "wrong_rrset_ratio")]
    #[schemars(with = "Option<f64>")]
    pub wrong_rrsets: Option<WrongRrsets>,
    /// All addresses that were asked, the primaries first, then the servers that were not asked.
    pub servers: Vec<ServerReport>,
    /// What the caches of resolvers hold of what is wrong, as far as they were asked.
    pub caches: Vec<CacheReport>,
    /// Until when any cache may hold what servers answer wrongly, if they are mended now, RFC 3339; null if no records
    /// are known to be wrong, or not all of these are known.
    #[schemars(extend("format" = "date-time"))]
    pub cached_until_at_most: Option<String>,
    /// What was expected of the zone.
    pub expectations: Vec<Expectation>,
    /// The findings about the zone as a whole.
    pub findings: Vec<FindingReport>,
}

/// What the servers were compared with.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ReferenceReport {
    /// How it was chosen.
    #[serde(serialize_with = "as_json::<_, ReferenceKindName, _>")]
    #[schemars(with = "ReferenceKindName")]
    pub kind: ReferenceKind,
    /// The name of the server, or the path of the zone file.
    pub server: String,
    /// The address and port of the server; null for a zone file.
    pub address: Option<String>,
    /// The serial of the reference.
    pub serial: Serial,
    /// SOA refresh in seconds.
    pub refresh: u32,
    /// SOA retry in seconds.
    pub retry: u32,
    /// SOA expire in seconds.
    pub expire: u32,
    /// The copy in the zone file; null for a server, whose copy is among `servers`.
    pub copy: Option<CopyReport>,
}

/// One zone as a line of `ndjson`.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ZoneLine<'r> {
    /// `zoneprobe/zone/1`.
    #[schemars(extend("const" = ZONE_SCHEMA))]
    pub schema: &'static str,
    /// The zone.
    #[serde(flatten)]
    pub zone: &'r ZoneReport,
    /// The place that the zone is checked from, as the operator calls it.
    pub vantage: Option<&'r str>,
}

impl ZoneReport {
    /// What to call the state of the zone: the codes that give it its severity.
    pub fn headline(&self) -> String {
        let of_servers = self.servers.iter().flat_map(|server| &server.findings);
        headline(self.verdict, self.severity, self.findings.iter().chain(of_servers))
    }

    /// The URL of its page, if anything is wrong with the zone.
    pub(in crate::report) fn page_of_trouble(&self) -> Option<&str> {
        self.page.as_deref().filter(|_| self.severity != Severity::Ok)
    }

    /// Where the zone comes from: `from catalog catalog.example, group customers`; `None` if it is named itself.
    pub fn origin_in_words(&self) -> Option<String> {
        self.membership.as_deref().map(membership::in_words)
    }

    /// Sets until when caches may hold what is wrong, if it is mended at a time.
    pub fn set_cached_until(&mut self, mended: SystemTime) {
        self.cached_until_at_most = cached_until(&self.servers, mended);
    }

    /// The serials that primaries and signers are held against, and then, behind a signer, secondaries.
    pub fn reference_serials(&self) -> [Option<Serial>; 2] {
        let references = [&self.reference, &self.secondaries_reference];
        references.map(|reference| reference.as_ref().map(|reference| reference.serial))
    }

    /// Whether an address meets all expectations.
    pub fn meets_expectations(&self, server: &ServerReport) -> bool {
        let same = |it: &&ExpectationAnswer| it.server == server.server && it.address == server.address;
        self.expectations.iter().all(|it| it.servers.iter().find(same).is_none_or(|answer| answer.met))
    }

    /// The number of addresses that were asked.
    pub fn addresses(&self) -> usize {
        self.servers.iter().filter(|server| server.address.is_some()).count()
    }

    /// The name and the address of each server; an address that is queried with two keys counts once.
    pub(crate) fn distinct_addresses(&self) -> BTreeSet<(&str, &str)> {
        self.servers.iter().map(|server| (server.server.as_str(), server.address_text())).collect()
    }

    /// The name of the zone without the final dot.
    pub fn label(&self) -> &str {
        match self.zone.as_str() {
            "." => ".",
            name => name.strip_suffix('.').unwrap_or(name),
        }
    }
}
