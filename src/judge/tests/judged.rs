//! The judgement over a world.

use std::time::{SystemTime, UNIX_EPOCH};

use super::world::BEGINNING;
use crate::dns::Serial;
use crate::judge::catalog::CatalogReading;
use crate::judge::{
    self, Code, EarlierResponses, Evidence, Finding, History, Judgement, ReferenceKind, Responses, Severity,
    Verdict,
};
use crate::plan::TargetId;

/// The judgement over a world.
pub(super) struct Judged {
    pub(super) judgement: Judgement,
    evidence: Evidence,
}

impl Judged {
    pub(super) fn new(judgement: Judgement, evidence: Evidence) -> Self {
        Self { judgement, evidence }
    }

    /// Returns what the zone lists as a catalog, if it was read.
    pub(super) fn catalog_reading(&self) -> Option<&CatalogReading> {
        let first = &self.evidence.first_link().catalog_reading;
        first.as_ref().or(self.evidence.catalog_reading.as_ref())
    }

    /// Whether the primary or the name servers that the zone names were asked for.
    pub(super) fn asked_for_names(&self) -> bool {
        self.evidence.mname.is_some() || self.evidence.plan.name_servers.is_some()
    }

    /// Returns the history after it.
    pub(super) fn history(&self) -> History {
        judge::learn(&self.evidence, &self.judgement)
    }

    /// Returns the responses of the servers at these indices.
    pub(super) fn earlier(self, indices: &[usize]) -> Vec<EarlierResponses> {
        let all = self.evidence.into_earlier().into_iter().enumerate();
        all.filter(|(index, _)| indices.contains(index)).map(|(_, earlier)| earlier).collect()
    }

    /// Returns how often an address was queried, in this check and those whose responses it carries.
    pub(super) fn attempts(&self, index: usize) -> u32 {
        self.responses(index).attempts
    }

    /// Returns what a target answered on the last link that it is part of.
    fn responses(&self, index: usize) -> &Responses {
        let target = TargetId::at(index);
        self.evidence.of(target).responses(target).unwrap()
    }

    /// Returns since when it is out of sync, in seconds of the clock.
    pub(super) fn since(&self, index: usize) -> Option<u64> {
        self.judgement.servers[index].decision.since().map(clock)
    }

    /// Returns its deadline, in seconds of the clock.
    pub(super) fn deadline(&self, index: usize) -> Option<u64> {
        self.judgement.servers[index].decision.deadline().map(clock)
    }

    /// Returns how often a copy was read.
    pub(super) fn copy_attempts(&self, index: usize) -> u32 {
        self.responses(index).copy_attempts
    }

    /// Whether its version was compared by the changes since another one.
    pub(super) fn is_compared_by_changes(&self, index: usize) -> bool {
        self.evidence.is_compared_by_changes(TargetId::at(index))
    }

    /// Returns the number of signatures of its copy, if they were verified.
    pub(super) fn signatures(&self, index: usize) -> Option<u64> {
        Some(self.evidence.validation(TargetId::at(index).into())?.as_ref().ok()?.signatures)
    }

    /// Returns how often it was asked for RRsets.
    pub(super) fn ask_attempts(&self, index: usize) -> u32 {
        self.responses(index).ask_attempts
    }

    /// Returns the serials since which a delta was fetched.
    pub(super) fn deltas(&self) -> Vec<u32> {
        self.evidence.deltas.iter().map(|asked| asked.since.0).collect()
    }

    pub(super) fn message(&self, index: usize, code: Code) -> String {
        let findings = &self.judgement.servers[index].findings;
        findings.iter().find(|finding| finding.code == code).unwrap().message.clone()
    }

    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        self.judgement.servers.iter().map(|server| server.decision.verdict).collect()
    }

    pub(super) fn verdict(&self, index: usize) -> Verdict {
        self.judgement.servers[index].decision.verdict
    }

    pub(super) fn severity(&self, index: usize) -> Severity {
        self.judgement.servers[index].severity
    }

    pub(super) fn self_heals(&self, index: usize) -> Option<bool> {
        self.judgement.servers[index].decision.self_heals()
    }

    pub(super) fn serial(&self, index: usize) -> Option<Serial> {
        Some(self.responses(index).latest()?.serial)
    }

    pub(super) fn lag(&self, index: usize) -> Option<i64> {
        self.judgement.servers[index].decision.serial_lag()
    }

    /// Returns the codes of the findings, without the verdict's own.
    pub(super) fn codes(&self, index: usize) -> Vec<&'static str> {
        let server = &self.judgement.servers[index];
        let own = Code::Verdict(server.decision.verdict);
        server
            .findings
            .iter()
            .filter(|finding| finding.code != own)
            .map(|finding| finding.code.name())
            .collect()
    }

    pub(super) fn advice(&self, index: usize, code: Code) -> Vec<String> {
        let findings = &self.judgement.servers[index].findings;
        findings.iter().find(|finding| finding.code == code).unwrap().advice.clone()
    }

    /// Returns each server that was not asked, with its first finding.
    pub(super) fn unasked(&self) -> Vec<(&str, &str, &str)> {
        let servers = self.judgement.unasked.iter();
        servers
            .map(|server| (server.server.as_str(), &server.findings[0]))
            .map(|(server, finding)| (server, finding.code.name(), finding.message.as_str()))
            .collect()
    }

    /// Returns how often the zone file was read.
    pub(super) fn file_attempts(&self) -> u32 {
        self.evidence.zone_file.as_ref().unwrap().responses.copy_attempts
    }

    pub(super) fn reference(&self) -> Option<ReferenceKind> {
        self.judgement.reference.map(|reference| reference.kind)
    }

    pub(super) fn differences(&self, index: usize) -> Vec<String> {
        let differences = &self.judgement.servers[index].decision.comparison.as_ref().unwrap().differences;
        assert!(differences.is_exact());
        let named = |listed: &crate::compare::Difference| {
            let kind = format!("{:?}", listed.kind).to_ascii_lowercase();
            format!("{kind} {} {}", listed.owner, listed.rtype)
        };
        differences.listed.iter().map(named).collect()
    }

    pub(super) fn zone_codes(&self) -> Vec<&'static str> {
        self.judgement.findings.iter().map(|finding| finding.code.name()).collect()
    }

    pub(super) fn zone_advice(&self, code: &str) -> Vec<String> {
        self.zone_finding(code).advice.clone()
    }

    pub(super) fn zone_message(&self, code: &str) -> &str {
        &self.zone_finding(code).message
    }

    fn zone_finding(&self, code: &str) -> &Finding {
        let mut findings = self.judgement.findings.iter();
        findings.find(|finding| finding.code.name() == code).unwrap()
    }

    pub(super) fn zone_severity(&self) -> Severity {
        self.judgement.severity
    }

    pub(super) fn ratio(&self) -> f64 {
        self.judgement.wrong_answers.unwrap().ratio
    }
}

/// Returns a time in seconds of the clock.
fn clock(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH + BEGINNING).unwrap().as_secs()
}
