//! What became of a world.

use std::time::{SystemTime, UNIX_EPOCH};

use super::world::BEGINNING;
use crate::dns::Serial;
use crate::judge::{
    self, Code, EarlierResponses, Evidence, Finding, History, Judgement, ReferenceKind, Severity, Verdict,
};
use crate::plan::TargetId;

/// What became of a world.
pub(super) struct Judged {
    judgement: Judgement,
    evidence: Evidence,
}

impl Judged {
    pub(super) fn new(judgement: Judgement, evidence: Evidence) -> Self {
        Self { judgement, evidence }
    }

    /// Returns what is known after it.
    pub(super) fn history(&self) -> History {
        judge::learn(&self.evidence, &self.judgement)
    }

    /// Returns what was said by those at these places.
    pub(super) fn earlier(self, places: &[usize]) -> Vec<EarlierResponses> {
        let all = self.evidence.into_earlier().into_iter().enumerate();
        all.filter(|(place, _)| places.contains(place)).map(|(_, earlier)| earlier).collect()
    }

    /// Returns how often an address was asked in this round and those that it carries.
    pub(super) fn attempts(&self, place: usize) -> u32 {
        self.evidence.responses(TargetId::at(place)).unwrap().attempts
    }

    /// Returns since when it is out of sync, on the clock.
    pub(super) fn since(&self, place: usize) -> Option<u64> {
        self.judgement.servers[place].decision.since().map(clock)
    }

    /// Returns by when it heals, on the clock.
    pub(super) fn deadline(&self, place: usize) -> Option<u64> {
        self.judgement.servers[place].decision.deadline().map(clock)
    }

    /// Returns how often a copy was read.
    pub(super) fn copy_attempts(&self, place: usize) -> u32 {
        self.evidence.responses(TargetId::at(place)).unwrap().copy_attempts
    }

    /// Returns the serials that the reference was asked about.
    pub(super) fn deltas(&self) -> Vec<u32> {
        self.evidence.deltas.iter().map(|asked| asked.since.0).collect()
    }

    pub(super) fn message(&self, place: usize, code: Code) -> String {
        let findings = &self.judgement.servers[place].findings;
        findings.iter().find(|finding| finding.code == code).unwrap().message.clone()
    }

    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        self.judgement.servers.iter().map(|server| server.decision.verdict).collect()
    }

    pub(super) fn verdict(&self, place: usize) -> Verdict {
        self.judgement.servers[place].decision.verdict
    }

    pub(super) fn severity(&self, place: usize) -> Severity {
        self.judgement.servers[place].severity
    }

    pub(super) fn self_heals(&self, place: usize) -> Option<bool> {
        self.judgement.servers[place].decision.self_heals()
    }

    pub(super) fn serial(&self, place: usize) -> Option<Serial> {
        Some(self.evidence.responses(TargetId::at(place))?.latest()?.serial)
    }

    pub(super) fn lag(&self, place: usize) -> Option<i64> {
        self.judgement.servers[place].decision.serial_lag()
    }

    /// Returns the codes of the findings but the verdict's own.
    pub(super) fn codes(&self, place: usize) -> Vec<&'static str> {
        let server = &self.judgement.servers[place];
        let own = Code::Verdict(server.decision.verdict);
        server
            .findings
            .iter()
            .filter(|finding| finding.code != own)
            .map(|finding| finding.code.name())
            .collect()
    }

    pub(super) fn advice(&self, place: usize, code: Code) -> Vec<String> {
        let findings = &self.judgement.servers[place].findings;
        findings.iter().find(|finding| finding.code == code).unwrap().advice.clone()
    }

    /// Returns how often the zone file was read.
    pub(super) fn file_attempts(&self) -> u32 {
        self.evidence.zone_file.as_ref().unwrap().responses.copy_attempts
    }

    pub(super) fn reference(&self) -> Option<ReferenceKind> {
        self.judgement.reference.map(|reference| reference.kind)
    }

    pub(super) fn differences(&self, place: usize) -> Vec<String> {
        let differences = &self.judgement.servers[place].decision.comparison.as_ref().unwrap().differences;
        assert!(differences.complete);
        let named = |shown: &crate::compare::Difference| {
            let kind = format!("{:?}", shown.kind).to_ascii_lowercase();
            format!("{kind} {} {}", shown.owner, shown.rtype)
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
        self.judgement.wrong_answer_ratio.unwrap()
    }
}

/// Returns what the clock shows, in seconds.
fn clock(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH + BEGINNING).unwrap().as_secs()
}
