//! Findings about copies whose signatures do not verify. A fault that the reference's copy has too is reported
//! there alone.

use super::code::{Code, Finding};
use super::faults::{Faults, validation};
use super::lagging::time;
use super::list::{MAX_NAMED, first_described};
use super::server::ServerContext;
use super::signatures::is_reported_as_expired;
use crate::advice;
use crate::dns::{Name, Rtype};
use crate::judge::evidence::Evidence;
use crate::judge::evidence::copies::sources;
use crate::judge::evidence::validation::{is_to_be_validated, was_read_often};
use crate::judge::verdict::Severity;
use crate::observe::{ChainOfTrust, FaultReason, ValidationFault};
use crate::plan::Source;

/// Whether the copy of the reference itself may be damaged, by its signatures.
pub(crate) fn is_in_doubt(evidence: &Evidence, reference: Source) -> bool {
    let is_of_content = |fault: &ValidationFault| match fault.reason {
        FaultReason::Expired(_) | FaultReason::NotYetValid(_) | FaultReason::NoMatchingDs => false,
        FaultReason::WrongKey
        | FaultReason::WrongData
        | FaultReason::NoDnskey
        | FaultReason::Labels
        | FaultReason::Signer
        | FaultReason::Unsigned
        | FaultReason::NoKeys
        | FaultReason::DenialMissing
        | FaultReason::DenialUnneeded
        | FaultReason::DenialNext
        | FaultReason::DenialTypes => true,
    };
    validation(evidence, reference).is_some_and(|validation| validation.faults.iter().any(is_of_content))
}

/// Returns the findings about the zone as a whole: the faults of the zone file, those that every copy has where no
/// server is known to be their origin, and that the DS records are not known.
pub(crate) fn of_zone(evidence: &Evidence, shared: &Faults<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(file) = &evidence.zone_file
        && let Some(faults) = validation(evidence, Source::ZoneFile).map(Faults::of)
        && !faults.is_empty()
    {
        let sign = format!("# {}: sign the zone anew", advice::in_file(&file.path));
        let message = format!("{}: {}", file.path, in_words(&faults, ""));
        findings.push(Finding::new(Code::SignaturesInvalid, message).advise(vec![sign]));
    }
    if !shared.is_empty() {
        let message = format!("in the copies of all servers, {}", in_words(shared, ""));
        let mut advice: Vec<String> = shared.faults.first().map(|fault| look_up(fault)).into_iter().collect();
        advice.extend(advice::sign(&evidence.plan.zone, "the primary"));
        findings.push(Finding::new(Code::SignaturesInvalid, message).advise(advice));
    }
    findings.extend(unknown_ds(evidence));
    findings
}

/// The DS records of the parent are not known, so that the keys were not held against them.
fn unknown_ds(evidence: &Evidence) -> Option<Finding> {
    let reason = evidence.unknown_ds.as_ref()?;
    let is_unknown = |source: Source| {
        validation(evidence, source).is_some_and(|validation| validation.chain == ChainOfTrust::Unknown)
    };
    sources(evidence).any(is_unknown).then(|| {
        let message = format!("the keys were not held against the DS records of the parent: {reason}");
        let finding = Finding::new(Code::NotValidated, message);
        // A resolver that fails is no fault of the zone. Who gives a file wants it to be used.
        let has_file = evidence.plan.rules.validation.as_ref().is_some_and(|rules| rules.ds.is_some());
        let severity = if has_file { Severity::Unknown } else { Severity::Ok };
        Finding { severity, ..finding }.advise(vec![advice::look_up_ds(&evidence.plan.zone)])
    })
}

/// Describes faults: `2 RRsets of its copy do not validate: www.example.com. A: wrong data, …; …`.
fn in_words(faults: &Faults<'_>, of_copy: &str) -> String {
    let mut rrsets: Vec<(&Name, Rtype, String)> = Vec::new();
    for fault in &faults.faults {
        if !rrsets.iter().any(|(owner, rtype, _)| (*owner, *rtype) == (&fault.owner, fault.rtype)) {
            rrsets.push((&fault.owner, fault.rtype, reason(fault)));
        }
    }
    let count = match rrsets.len() {
        1 if faults.is_complete => format!("1 RRset{of_copy} does not validate"),
        count => {
            let bound = if faults.is_complete { "" } else { "at least " };
            format!("{bound}{count} RRsets{of_copy} do not validate")
        }
    };
    let named = rrsets.iter().take(MAX_NAMED);
    let named: Vec<String> =
        named.map(|(owner, rtype, reason)| format!("{owner} {rtype}: {reason}")).collect();
    format!("{count}: {}", first_described(&named, rrsets.len()))
}

/// Describes why resolvers reject the RRset of a fault.
fn reason(fault: &ValidationFault) -> String {
    let words = match fault.reason {
        FaultReason::Expired(at) => format!("expired at {}", time(at)),
        FaultReason::NotYetValid(from) => format!("not yet valid, only from {} on", time(from)),
        FaultReason::WrongKey => {
            "wrong key, the one of this tag may not sign it or has another algorithm".to_owned()
        }
        FaultReason::WrongData => "wrong data, the signature is not over these records".to_owned(),
        FaultReason::NoDnskey => "no DNSKEY record has the tag of the signature".to_owned(),
        FaultReason::Labels => "wrong labels, the signature is for more of them than the name has".to_owned(),
        FaultReason::Signer => "wrong signer, the signature names another zone".to_owned(),
        FaultReason::Unsigned => "unsigned".to_owned(),
        FaultReason::NoKeys => "the zone has signatures and no DNSKEY records".to_owned(),
        FaultReason::NoMatchingDs => {
            "no DS record of the parent matches a key that signs the DNSKEY RRset".to_owned()
        }
        FaultReason::DenialMissing => "the name has no NSEC or NSEC3 record".to_owned(),
        FaultReason::DenialUnneeded => "no such record belongs at this name".to_owned(),
        FaultReason::DenialNext => "it does not lead to the next name of the chain".to_owned(),
        FaultReason::DenialTypes => "its types are not those of the name".to_owned(),
    };
    match fault.key_tag {
        Some(tag) => format!("{words} (key tag {tag})"),
        None => words,
    }
}

/// The command that shows what resolvers make of the RRset of a fault.
fn look_up(fault: &ValidationFault) -> String {
    if fault.reason == FaultReason::NoMatchingDs {
        return advice::look_up_ds(&fault.owner);
    }
    advice::validate(&fault.owner, fault.rtype)
}

impl<'e> ServerContext<'e> {
    /// Data of its copy do not validate that do in the reference's copy, or it is the reference.
    pub(super) fn signatures_invalid(self) -> Option<Finding> {
        let Some(mut own) = self.own_faults() else {
            self.evidence.plan.rules.validation.as_ref()?;
            return self.found_before(Code::SignaturesInvalid);
        };
        let is_expired = |fault: &ValidationFault| {
            matches!(fault.reason, FaultReason::Expired(_))
                && is_reported_as_expired(self.evidence, self.id.into(), &fault.owner, fault.rtype)
        };
        own.faults.retain(|fault| !is_expired(fault));
        let first = *own.faults.first()?;
        // An NSEC3 record is at a hashed name, which cannot be queried.
        let is_asked = |fault: &&&ValidationFault| fault.rtype != Rtype::NSEC3;
        let mut advice = Vec::new();
        if let Some(fault) = own.faults.iter().find(is_asked) {
            advice.push(advice::ask_with_signatures(&fault.owner, fault.rtype, &self.destination()));
            advice.push(look_up(fault));
        }
        if first.reason != FaultReason::NoMatchingDs {
            advice.extend(self.make_copy_anew());
        }
        Some(Finding::new(Code::SignaturesInvalid, in_words(&own, " of its copy")).advise(advice))
    }

    /// Returns the faults of its copy that are not reported elsewhere; `None` if it was not validated.
    fn own_faults(self) -> Option<Faults<'e>> {
        let own = Faults::of(validation(self.evidence, self.id.into())?);
        let own = own.without(self.shared_faults);
        let reference = self.reference.filter(|_| !self.is_reference());
        let reference = reference.and_then(|reference| validation(self.evidence, reference.source));
        Some(match reference {
            Some(reference) => own.without(&Faults::of(reference)),
            None => own,
        })
    }

    /// Its signatures were not verified.
    pub(super) fn not_validated(self) -> Option<Finding> {
        let rules = &self.evidence.plan.rules;
        let source = Source::Target(self.id);
        rules.validation.as_ref()?;
        let finding = |reason: &str| {
            Finding::new(Code::NotValidated, format!("its signatures were not verified: {reason}"))
        };
        if self.responses.copy().is_none() {
            self.responses.asked()?;
            let finding = finding("they can only be read by transfer, and it was asked by queries");
            return Some(Finding { severity: Severity::Ok, ..finding });
        }
        if !is_to_be_validated(self.evidence, source, self.reference.map(|reference| reference.source)) {
            return None;
        }
        match self.evidence.validation(source) {
            Some(Ok(_)) => None,
            Some(Err(reason)) => Some(finding(&reason.0)),
            None if was_read_often(self.evidence, source) => {
                Some(finding("its copy changed each time it was read"))
            }
            None => Some(finding("the time for this check was over")),
        }
    }
}
