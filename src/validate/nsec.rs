//! The chain of NSEC records (RFC 4034 section 4): each names the next name that has one, and the types of its own.

use super::outcome::Outcome;
use super::types::{Need, OwnerTypes, Place};
use super::verify::{Duty, Job};
use crate::dns::dnssec::Nsec;
use crate::dns::{Name, Rrset, Rtype};
use crate::observe::FaultReason;

/// Follows the chain of NSEC records while names come in canonical order.
pub(super) struct NsecChain {
    apex: Name,
    last: Option<Link>,
    /// Names without a record, while none has been seen.
    missing: Vec<Name>,
    missing_count: u64,
    has_records: bool,
}

/// The last record of the chain so far.
struct Link {
    job: Job,
    /// The name that it says is next, in lower case; absent if it is malformed.
    next: Option<Vec<u8>>,
    /// Whether that name has come, and has no record itself.
    is_met: bool,
}

/// The most names that are remembered while no record has been seen.
const MAX_MISSING: usize = 100;

impl NsecChain {
    pub(super) fn new(apex: Name) -> Self {
        Self { apex, last: None, missing: Vec::new(), missing_count: 0, has_records: false }
    }

    /// Takes the next name, with its NSEC RRset if it has one; returns the RRset whose place in the chain is known then.
    pub(super) fn add(
        &mut self,
        owner: &Name,
        types: &OwnerTypes,
        nsec: Option<Rrset>,
        outcome: &mut Outcome,
    ) -> Option<Job> {
        let is_next = self.last.as_ref().is_some_and(|link| link.next.as_deref() == Some(owner.as_wire()));
        let Some(rrset) = nsec else {
            if types.need() > Need::Optional {
                self.add_missing(owner, outcome);
            }
            if let Some(link) = self.last.as_mut().filter(|_| is_next) {
                link.is_met = true;
            }
            return None;
        };
        let is_needed = types.need() > Need::Optional || *owner == self.apex;
        if !is_needed && !is_next {
            return Some(unlinked(rrset, types));
        }
        self.report_missing(outcome);
        let before = self.last.take().map(|link| link.close(owner));
        self.last = Some(Link::new(rrset, types, outcome));
        before
    }

    /// Ends the chain; returns the last RRset.
    pub(super) fn finish(mut self, has_nsec3: bool, outcome: &mut Outcome) -> Option<Job> {
        if !self.has_records && self.missing_count > 0 {
            // The zone has no proof that any name does not exist: one fault says so, not one for each name.
            let rtype = if has_nsec3 { Rtype::NSEC3PARAM } else { Rtype::NSEC };
            outcome.fault(&self.apex, rtype, None, FaultReason::DenialMissing);
        }
        self.last.take().map(|link| link.close(&self.apex))
    }

    fn add_missing(&mut self, owner: &Name, outcome: &mut Outcome) {
        if self.has_records {
            outcome.fault(owner, Rtype::NSEC, None, FaultReason::DenialMissing);
            return;
        }
        self.missing_count += 1;
        if self.missing.len() < MAX_MISSING {
            self.missing.push(owner.clone());
        }
    }

    /// Reports the names without a record, now that there is one.
    fn report_missing(&mut self, outcome: &mut Outcome) {
        if std::mem::replace(&mut self.has_records, true) {
            return;
        }
        for owner in &self.missing {
            outcome.fault(owner, Rtype::NSEC, None, FaultReason::DenialMissing);
        }
        outcome.count_faults(self.missing_count - self.missing.len() as u64);
    }
}

impl Link {
    fn new(rrset: Rrset, types: &OwnerTypes, outcome: &mut Outcome) -> Self {
        let records = || rrset.records.iter().map(|(_, rdata)| Nsec::from_rdata(rdata));
        let mut denial = None;
        for nsec in records().flatten() {
            if !types.are_listed_in(nsec.types) {
                denial = Some(FaultReason::DenialTypes);
            }
            for orphan in types.lost(nsec.types) {
                outcome.lost(&rrset.owner, orphan.rtype, orphan.key_tag, orphan.signatures);
            }
        }
        let mut nexts = records().map(|nsec| nsec.map(|nsec| nsec.next.to_ascii_lowercase()));
        let first = nexts.next().flatten();
        let next = first.filter(|first| nexts.all(|next| next.as_ref() == Some(first)));
        Self { job: Job { rrset, duty: Duty::Signed, denial }, next, is_met: false }
    }

    /// The RRset, now that the next name of the chain is known.
    fn close(self, next: &Name) -> Job {
        let Self { mut job, next: said, is_met } = self;
        if !is_met && said.as_deref() != Some(next.as_wire()) {
            job.denial = Some(FaultReason::DenialNext);
        }
        job
    }
}

/// An NSEC RRset that is not in the chain.
fn unlinked(rrset: Rrset, types: &OwnerTypes) -> Job {
    match types.place {
        // No server puts it into a response.
        Place::Occluded => Job::new(rrset, Duty::Free),
        _ => Job { rrset, duty: Duty::Signed, denial: Some(FaultReason::DenialUnneeded) },
    }
}
