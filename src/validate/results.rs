//! The results of copies that were validated before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::chain::DsRecords;
use crate::digest::Profile;
use crate::dns::Name;
use crate::dns::dnssec::Ds;
use crate::observe::{Copy, Validation};
use crate::siphash::SipHash;

/// The most results that are kept in one of two generations, where one counts as much as each of its faults.
const MAX_WEIGHT: usize = 16_384;

/// What two copies have in common only if they are equal, signatures included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CopyId([u128; 3]);

impl CopyId {
    /// The identity of a copy that was digested by this profile; `None` if the profile leaves records out, so that
    /// equal digests do not mean equal signatures.
    pub fn new(zone: &Name, copy: &Copy, profile: &Profile) -> Option<Self> {
        if profile.may_skip() {
            return None;
        }
        let (sums, summary) = (copy.digest.sums(), &copy.summary);
        let rest = [
            zone.as_wire(),
            &summary.soa.to_rdata(),
            &summary.soa_ttl.to_be_bytes(),
            &profile.id().to_be_bytes(),
            &sums.signatures.to_be_bytes(),
            &copy.digest.spelling().to_be_bytes(),
        ];
        let rest = SipHash::new(profile.key.0).finish(&rest.concat());
        Some(Self([sums.content, sums.ttl, rest]))
    }
}

/// Remembers the results of copies.
#[derive(Default)]
pub(super) struct Results(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    new: HashMap<(CopyId, DsKey), Arc<Validation>>,
    old: HashMap<(CopyId, DsKey), Arc<Validation>>,
    /// The weight of the new ones.
    weight: usize,
}

/// The DS records by which a copy was validated; why they are not known does not count.
type DsKey = Option<Vec<Vec<u8>>>;

impl Results {
    /// The result of a copy, if it still holds.
    pub(super) fn get(&self, copy: CopyId, ds: &DsRecords, now: SystemTime) -> Option<Arc<Validation>> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (copy, ds_key(ds));
        let (validation, is_old) = match (generations.new.get(&key), generations.old.get(&key)) {
            (Some(validation), _) => (Arc::clone(validation), false),
            (None, Some(validation)) => (Arc::clone(validation), true),
            (None, None) => return None,
        };
        if validation.holds_until.is_some_and(|last| now > last) {
            return None;
        }
        if is_old {
            generations.insert(key, Arc::clone(&validation));
        }
        Some(validation)
    }

    pub(super) fn insert(&self, copy: CopyId, ds: &DsRecords, validation: Arc<Validation>) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.insert((copy, ds_key(ds)), validation);
    }
}

impl Generations {
    fn insert(&mut self, key: (CopyId, DsKey), validation: Arc<Validation>) {
        if self.weight >= MAX_WEIGHT {
            self.old = std::mem::take(&mut self.new);
            self.weight = 0;
        }
        self.weight += 1 + validation.faults.len();
        self.new.insert(key, validation);
    }
}

fn ds_key(ds: &DsRecords) -> DsKey {
    let DsRecords::Known(known) = ds else { return None };
    let mut rdata: Vec<Vec<u8>> = known.iter().map(Ds::to_rdata).collect();
    rdata.sort_unstable();
    rdata.dedup();
    Some(rdata)
}

#[cfg(test)]
impl CopyId {
    pub(super) fn of_test(number: u128) -> Self {
        Self([number; 3])
    }
}
