//! Copies that are read once more, to verify their signatures.

use std::sync::Arc;

use futures_util::future::join_all;

use super::gather::Gatherer;
use crate::blocking;
use crate::digest::Digest;
use crate::dns::dnssec::Ds;
use crate::judge::{Evidence, Responses, ValidationResult};
use crate::observe::{CopyAttempt, NotValidated};
use crate::plan::Source;
use crate::transfer::{RecordSorter, SortedRrsets};
use crate::validate::{CopyId, DsRecords};

/// A copy whose signatures were to be verified.
pub(super) struct CopyToValidate {
    source: Source,
    /// The copy as it was read once more, unless it was known by an earlier result.
    attempt: Option<CopyAttempt>,
    /// Absent if the copy has changed, or could not be read.
    result: Option<ValidationResult>,
}

impl CopyToValidate {
    /// Adds the copy and the result to the evidence.
    pub(super) fn add_to(self, evidence: &mut Evidence) {
        let Self { source, attempt, result } = self;
        if let Some(attempt) = attempt {
            evidence.observe_copy_to_validate(source, attempt);
        }
        if let Some(result) = result {
            evidence.observe_validation(source, result);
        }
    }
}

impl Gatherer<'_> {
    /// Reads each copy once more and verifies its signatures, unless the result of an equal copy is known.
    pub(super) async fn validate(&self, evidence: &Evidence, sources: Vec<Source>) -> Vec<CopyToValidate> {
        let ds = self.ds.get_or_init(|| self.ds_records(evidence)).await;
        join_all(sources.into_iter().map(|source| self.validate_copy(evidence, source, ds))).await
    }

    /// Returns why the DS records of the zone are not known, if they were looked up in vain.
    pub(super) fn unknown_ds(&self) -> Option<String> {
        match self.ds.get()? {
            DsRecords::Unknown(reason) => Some(reason.clone()),
            DsRecords::Known(_) => None,
        }
    }

    /// Returns the DS records that the user gives, else those that the resolver finds.
    async fn ds_records(&self, evidence: &Evidence) -> DsRecords {
        let zone = &evidence.plan.zone;
        let file = evidence.plan.rules.validation.as_ref().and_then(|rules| rules.ds.as_ref());
        let found = match file {
            Some(file) if file.has(zone) => Ok(file.of(zone).filter_map(Ds::from_rdata).collect()),
            Some(_) => Err("the file of DS records has none of this zone".to_owned()),
            None => {
                let found = self.limit.of_step().within(self.checker.finder.ds_records(zone)).await;
                found.unwrap_or_else(|| Err("the time for this check was over".to_owned()))
            }
        };
        found.map_or_else(DsRecords::Unknown, DsRecords::Known)
    }

    async fn validate_copy(&self, evidence: &Evidence, source: Source, ds: &DsRecords) -> CopyToValidate {
        let none = CopyToValidate { source, attempt: None, result: None };
        let Some(copy) = evidence.responses(source).and_then(Responses::copy) else { return none };
        let (zone, validator) = (&evidence.plan.zone, &self.checker.validator);
        let id = CopyId::new(zone, copy, &evidence.profile);
        let now = evidence.wall_time(self.started.elapsed());
        if let Some(known) = id.and_then(|id| validator.known(id, ds, now)) {
            return CopyToValidate { result: Some(Ok(known)), ..none };
        }
        let kept = copy.digest.kept_buckets();
        let digest = Digest::new(Arc::clone(&evidence.profile), kept, evidence.origin);
        let sorter = RecordSorter::of_signed(zone, RecordSorter::DEFAULT_MEMORY);
        let (attempt, sorted) = self.read_sorted(evidence, source, (digest, sorter)).await;
        let is_same = attempt.copy.as_ref().is_ok_and(|copy| evidence.is_last_copy(source, copy));
        let result = match sorted.filter(|_| is_same) {
            Some(sorted) => Some(self.verify(evidence, sorted, ds).await),
            None => None,
        };
        if let (Some(id), Some(Ok(validation))) = (id, &result) {
            validator.remember(id, ds, Arc::clone(validation));
        }
        CopyToValidate { attempt: Some(attempt), result, ..none }
    }

    /// Verifies the signatures of a copy, on threads of their own.
    async fn verify(&self, evidence: &Evidence, sorted: SortedRrsets, ds: &DsRecords) -> ValidationResult {
        let now = evidence.wall_time(self.started.elapsed());
        let (zone, ds, validator) =
            (evidence.plan.zone.clone(), ds.clone(), Arc::clone(&self.checker.validator));
        let work = blocking::run(move || validator.validate(&zone, &sorted, &ds, now));
        let result = self.limit.of_step().within(work).await;
        let late = || Err(NotValidated("the time for this check was over".to_owned()));
        result.unwrap_or_else(late).map(Arc::new)
    }
}
