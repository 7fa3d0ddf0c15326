//! Copies whose signatures were verified, and those that are to be.

use super::Evidence;
use super::copies::{sources, sources_of_same_copy};
use super::responses::Responses;
use super::validated::{ValidatedCopy, ValidationResult};
use crate::dns::xfr::axfr::CopySummary;
use crate::observe::{Copy, CopyAttempt, NotValidated};
use crate::plan::{Compare, Source};

/// A copy is read at most so often to be validated, from the first sources of it.
const MAX_VALIDATION_ATTEMPTS: usize = 3;

impl Evidence {
    /// Takes in the result of verifying the signatures of the last copy of a source.
    pub fn observe_validation(&mut self, source: Source, result: ValidationResult) {
        let version = self.responses(source).and_then(Responses::copied_version).cloned();
        let copy = |version| ValidatedCopy { source, version, result };
        self.validated.extend(version.map(copy));
    }

    /// Takes in the copy of a source that was read once more to be validated, which may be another one now; or why there
    /// is none, which is no fault of the copy that is known.
    pub fn observe_copy_to_validate(&mut self, source: Source, attempt: CopyAttempt) {
        self.validation_attempts.push(source);
        match &attempt.copy {
            Ok(_) => self.observe_copy(source, attempt),
            Err(failure) => {
                let reason = format!("it could not be read once more: {failure}");
                self.observe_validation(source, Err(NotValidated(reason)));
            }
        }
    }

    /// Whether a copy is the last one of a source, record for record.
    pub fn is_last_copy(&self, source: Source, copy: &Copy) -> bool {
        let last = self.responses(source).and_then(Responses::copied_version);
        last.is_some_and(|last| {
            let CopySummary { soa, soa_ttl, .. } = &copy.summary;
            (&last.soa, &last.soa_ttl, last.sums) == (soa, soa_ttl, copy.digest.sums())
        })
    }

    /// Returns the result of verifying the signatures of the last copy of a source: read from there, or from another
    /// source of the same copy; `None` if they were not verified.
    pub fn validation(&self, source: Source) -> Option<&ValidationResult> {
        let of_copy = results_of_copy(self, source);
        of_copy.iter().find(|copy| copy.result.is_ok()).or(of_copy.first()).map(|copy| &copy.result)
    }
}

/// Returns every result about the last copy of a source, that from the source itself first.
fn results_of_copy(evidence: &Evidence, source: Source) -> Vec<&ValidatedCopy> {
    let Some(own) = evidence.responses(source).and_then(Responses::copied_version) else { return Vec::new() };
    let is_of_copy = |copy: &&ValidatedCopy| {
        let is_known = copy.source == source || !evidence.profile.may_skip();
        is_known && copy.version.has_records_of(own)
    };
    let mut results: Vec<&ValidatedCopy> = evidence.validated.iter().filter(is_of_copy).collect();
    results.sort_by_key(|copy| copy.source != source);
    results
}

/// Returns the sources from which copies are read once more to be validated, each copy from one of them.
pub(crate) fn sources_to_validate(evidence: &Evidence, reference: Option<Source>) -> Vec<Source> {
    let reference_first = reference.into_iter().chain(sources(evidence).filter(|it| Some(*it) != reference));
    let mut chosen: Vec<Source> = Vec::new();
    let mut covered: Vec<Source> = Vec::new();
    for source in reference_first {
        if covered.contains(&source) || !is_to_be_validated(evidence, source, reference) {
            continue;
        }
        let results = results_of_copy(evidence, source);
        let has_failed = |source: &Source| results.iter().any(|copy| copy.source == *source);
        let same = sources_of_same_copy(evidence, source);
        let is_settled = results.iter().any(|copy| copy.result.is_ok());
        if !is_settled && !was_read_often(evidence, source) {
            let untried = same.iter().copied().filter(|source| !has_failed(source));
            chosen.extend(untried.min_by_key(|&source| attempts(evidence, source)));
        }
        covered.extend(same);
    }
    chosen
}

/// How often a source was read to be validated.
fn attempts(evidence: &Evidence, source: Source) -> usize {
    evidence.validation_attempts.iter().filter(|other| **other == source).count()
}

/// Whether the last copy of a source was read so often to be validated that it is not read again.
pub(crate) fn was_read_often(evidence: &Evidence, source: Source) -> bool {
    let same = sources_of_same_copy(evidence, source).into_iter();
    same.map(|source| attempts(evidence, source)).sum::<usize>() >= MAX_VALIDATION_ATTEMPTS
}

/// Whether the signatures of the last copy of a source are to be verified.
///
/// A copy without signatures at a primary, in front of servers that have them, is what a signer takes in; it is not
/// for resolvers, and neither is a zone file without signatures.
pub(crate) fn is_to_be_validated(evidence: &Evidence, source: Source, reference: Option<Source>) -> bool {
    let rules = &evidence.plan.rules;
    if rules.validation.is_none() || rules.compare != Compare::Records {
        return false;
    }
    let is_signed = |source: Source| {
        let copy = evidence.responses(source).and_then(Responses::copy);
        copy.map(|copy: &Copy| copy.digest.is_signed())
    };
    let is_origin = |target| evidence.is_origin(target);
    let may_feed_signer =
        |source: Source| Some(source) == reference || source.target().is_some_and(is_origin);
    match is_signed(source) {
        None => false,
        Some(false) if source == Source::ZoneFile => false,
        Some(false) if may_feed_signer(source) => !sources(evidence).any(|it| is_signed(it) == Some(true)),
        Some(_) => true,
    }
}
