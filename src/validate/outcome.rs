//! What verifying has found so far.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::dns::dnssec::Rrsig;
use crate::dns::name::push_sort_key;
use crate::dns::{Name, Rtype};
use crate::observe::{ChainOfTrust, FaultReason, Validation, ValidationFault};

/// The most faults that are kept; all are counted.
const MAX_FAULTS: usize = 100;

/// The place of a fault: the sort key of the owner, the type, and the number of the fault.
type Place = (Vec<u8>, Rtype, u64);

/// Counts signatures, and collects faults.
pub(super) struct Outcome {
    now: SystemTime,
    pub(super) signatures: u64,
    pub(super) valid: u64,
    pub(super) unverified: u64,
    fault_count: u64,
    /// The first faults in canonical order.
    faults: BTreeMap<Place, ValidationFault>,
    holds_until: Option<SystemTime>,
}

impl Outcome {
    pub(super) fn new(now: SystemTime) -> Self {
        let faults = BTreeMap::new();
        Self { now, signatures: 0, valid: 0, unverified: 0, fault_count: 0, faults, holds_until: None }
    }

    /// Adds a fault.
    pub(super) fn fault(&mut self, owner: &Name, rtype: Rtype, key_tag: Option<u16>, reason: FaultReason) {
        let mut key = Vec::new();
        push_sort_key(&mut key, owner.as_wire());
        let place = (key, rtype, self.fault_count);
        self.fault_count += 1;
        if self.faults.len() < MAX_FAULTS
            || self.faults.last_key_value().is_some_and(|(last, _)| place < *last)
        {
            self.faults.insert(place, ValidationFault { owner: owner.clone(), rtype, key_tag, reason });
        }
        while self.faults.len() > MAX_FAULTS {
            self.faults.pop_last();
        }
    }

    /// The number of faults.
    pub(super) fn fault_count(&self) -> u64 {
        self.fault_count
    }

    /// Counts faults that are not kept.
    pub(super) fn count_faults(&mut self, count: u64) {
        self.fault_count += count;
    }

    /// Counts signatures that are not verified.
    pub(super) fn add_unverified(&mut self, count: u64) {
        self.signatures += count;
        self.unverified += count;
    }

    /// Adds the fault that an RRset is missing while the signatures over it are there.
    pub(super) fn lost(&mut self, owner: &Name, rtype: Rtype, key_tag: u16, signatures: u16) {
        self.unverified = self.unverified.saturating_sub(signatures.into());
        self.fault(owner, rtype, Some(key_tag), FaultReason::WrongData);
    }

    /// Notes when a signature begins or ceases to be valid.
    pub(super) fn note_times(&mut self, rrsig: &Rrsig<'_>) {
        let second = Duration::from_secs(1);
        let last_before = rrsig.begins(self.now).checked_sub(second).filter(|&last| last >= self.now);
        // The whole second of the expiration is part of it.
        let last_valid = Some(rrsig.expires(self.now)).filter(|&last| last >= self.now);
        let next = [last_before, last_valid, self.holds_until].into_iter().flatten().min();
        self.holds_until = next;
    }

    /// Adds what another thread has found.
    pub(super) fn merge(&mut self, other: Self) {
        self.signatures += other.signatures;
        self.valid += other.valid;
        self.unverified += other.unverified;
        self.fault_count += other.fault_count;
        for ((key, rtype, _), fault) in other.faults {
            let number = self.faults.len() as u64;
            let mut place = (key, rtype, number);
            while self.faults.contains_key(&place) {
                place.2 += 1;
            }
            self.faults.insert(place, fault);
        }
        while self.faults.len() > MAX_FAULTS {
            self.faults.pop_last();
        }
        self.holds_until = [self.holds_until, other.holds_until].into_iter().flatten().min();
    }

    pub(super) fn finish(self, chain: ChainOfTrust) -> Validation {
        Validation {
            signatures: self.signatures,
            valid: self.valid,
            unverified: self.unverified,
            chain,
            fault_count: self.fault_count,
            faults: self.faults.into_values().collect(),
            holds_until: self.holds_until,
        }
    }
}
