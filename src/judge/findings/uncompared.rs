//! Why the records of an address were not compared.

use super::code::{Code, Finding};
use super::server::ServerContext;
use crate::advice;
use crate::compare::Comparison;
use crate::dns::Rtype;
use crate::judge::evidence::comparison::{are_of_one_version, is_confirmed, is_current};
use crate::judge::evidence::copies::zonemd;
use crate::judge::verdict::Verdict;
use crate::judge::verdict::reference::Reference;
use crate::observe::{Asked, Failure, WrongRrset, WrongRrsetList, ZonemdCheck};
use crate::plan::{Compare, SignatureComparison};

impl ServerContext<'_> {
    /// Why the records were not compared, where they should be.
    pub(crate) fn uncompared(self) -> Vec<Finding> {
        if self.evidence.plan.rules.compare != Compare::Records || self.responses.soa().is_none() {
            return Vec::new();
        }
        let mut findings = Vec::new();
        if let Some(failure) = &self.responses.ask_failure {
            let message = format!("it was asked for its RRsets instead, without success: {failure}");
            findings.push(uncompared(message));
        }
        if let Some(failure) = &self.responses.copy_failure {
            findings.extend(self.no_copy(failure));
        }
        let unsettled = self.decision.verdict == Verdict::Unknown
            && self.responses.has_records()
            && !self.evidence.has_nothing_to_compare();
        let reference_lost = self
            .reference
            .and_then(|reference| self.evidence.responses(reference.source))
            .is_some_and(|responses| !responses.has_records());
        if unsettled && let Some(failure) = self.file_failure() {
            findings.push(uncompared(format!("the zone file could not be read once more: {failure}")));
        } else if unsettled && reference_lost {
            let message = "the copy of the reference could not be read, so there is nothing to compare with";
            findings.push(Finding::new(Code::RecordsUncompared, message));
        } else if unsettled && self.differs_in_too_much() {
            let message =
                "the copies differ in more records than fit into memory, and it is not known in which";
            findings.push(uncompared(message.to_owned()));
        } else if unsettled
            && self.reference.is_some()
            && !findings.iter().any(|finding| finding.code == Code::ChangedDuringTransfer)
        {
            let message = "the zone changes too fast for two copies of one version to be read";
            findings.push(Finding::new(Code::ChangedDuringTransfer, message));
        }
        findings
    }

    /// Whether both copies stood still, and none of the records in which they differ could be kept of both.
    fn differs_in_too_much(self) -> bool {
        let Some(Reference { source, .. }) = self.reference else { return false };
        let is_unnamed = |comparison: &Comparison| !comparison.differences.is_exact();
        self.decision.comparison.as_ref().is_some_and(is_unnamed)
            && is_confirmed(self.evidence, self.id, source)
            && is_current(self.evidence, source)
            && are_of_one_version(self.evidence, self.id, source)
    }

    /// What it shows that its ZONEMD record is that of the reference, which matches the reference's copy.
    fn shown_by_zonemd(self, asked: &Asked) -> &'static str {
        let is_verified = |reference: Reference| {
            matches!(zonemd(self.evidence, reference.source), Some(ZonemdCheck::Verified(_)))
        };
        let is_other = |wrong: &WrongRrset| wrong.rtype == Rtype::ZONEMD && wrong.owner == *self.zone();
        let is_left_out = self.evidence.plan.rules.content.dnssec == SignatureComparison::Ignore;
        let WrongRrsetList { listed, unlisted, .. } = &asked.wrong;
        let is_same =
            !is_left_out && unlisted.iter().all(|count| *count == 0) && !listed.iter().any(is_other);
        if self.reference.is_some_and(is_verified) && is_same && !asked.has_gaps {
            "; its ZONEMD record is that of the reference, which matches the records there"
        } else {
            ""
        }
    }

    fn no_copy(self, failure: &Failure) -> Vec<Finding> {
        let is_undecided = self.decision.verdict == Verdict::Unknown || self.is_reference();
        let decisive = is_undecided && self.responses.asked.is_none();
        let mut findings = Vec::new();
        match failure {
            Failure::TransferRefused(_) => {
                let transfer = advice::ask_transfer(self.zone(), &self.destination(), "this host");
                let message = match self.responses.asked() {
                    Some(asked) => format!("{failure}; {}{}", instead(asked), self.shown_by_zonemd(asked)),
                    None => failure.to_string(),
                };
                findings.push(Finding::new(Code::TransferRefused, message).advise(vec![transfer]));
            }
            Failure::Timeout
            | Failure::ConnectionRefused
            | Failure::NetworkUnreachable
            | Failure::HostUnreachable
            | Failure::NotSent(_)
                if self.target.tls.is_none() =>
            {
                let message = format!("it answers over UDP and not over TCP: {failure}");
                findings.push(Finding::new(Code::TcpUnanswered, message));
            }
            Failure::Timeout
            | Failure::ConnectionRefused
            | Failure::NetworkUnreachable
            | Failure::HostUnreachable
            | Failure::NotSent(_)
            | Failure::Closed
            | Failure::TransferIncomplete(_)
            | Failure::LimitExceeded(_)
            | Failure::Stalled(_)
            | Failure::Malformed(_)
            | Failure::MalformedTransfer(_)
            | Failure::Mismatched(_)
                if decisive =>
            {
                let hint = if *failure == Failure::Closed { self.tls_hint() } else { String::new() };
                return vec![Finding::new(Code::TransferIncomplete, format!("{failure}{hint}"))];
            }
            Failure::ChangedDuringTransfer(..) | Failure::Superseded { .. } if decisive => {
                return vec![Finding::new(Code::ChangedDuringTransfer, failure.to_string())];
            }
            _ => {}
        }
        if decisive {
            findings.push(uncompared(format!("its records could not be compared: {failure}")));
        }
        findings
    }
}

/// What was done instead of a transfer.
fn instead(asked: &Asked) -> String {
    let rrsets = |count: u64| if count == 1 { "1 RRset".to_owned() } else { format!("{count} RRsets") };
    match asked.askable {
        Some(askable) if asked.asked >= askable => {
            format!("it was asked for all {} instead", rrsets(askable))
        }
        Some(askable) => format!("it was asked for {} of {} instead", asked.asked, rrsets(askable)),
        None => format!(
            "it was asked for {} instead, and it is not known which others there are",
            rrsets(asked.asked)
        ),
    }
}

fn uncompared(message: String) -> Finding {
    Finding::new(Code::RecordsUncompared, message)
}
