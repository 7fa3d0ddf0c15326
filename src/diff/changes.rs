//! The RRsets that must change.

use super::data::RrsetData;
use super::left_out::{DiffRules, LeftOut};
use super::merge::{Merged, RrsetPair};
use super::sum::{ChangeKind, ChangeSum};
use crate::dns::{Name, Rrset, Rtype};

/// An RRset that must change. The two sides are never equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrsetChange {
    /// Its owner name.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// What the target has.
    pub from: Option<RrsetData>,
    /// What it must have.
    pub to: Option<RrsetData>,
}

/// The changes that make a target equal to a reference, in canonical order.
pub struct Changes<R: Iterator, T: Iterator> {
    rules: DiffRules,
    pairs: Merged<R, T>,
    left_out: LeftOut,
    sum: ChangeSum,
}

impl<R: Iterator, T: Iterator> Changes<R, T> {
    /// The changes under some rules between two streams in canonical order.
    pub fn new(rules: DiffRules, reference: R, target: T) -> Self {
        let pairs = Merged::new(reference, target);
        Self { rules, pairs, left_out: LeftOut::default(), sum: ChangeSum::default() }
    }

    /// What was left out so far.
    pub fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// The changes so far, counted.
    pub fn counts(&self) -> &ChangeSum {
        &self.sum
    }

    /// Takes a pair: a change, or counted among what is left out.
    fn take(&mut self, pair: RrsetPair) -> Option<RrsetChange> {
        let RrsetPair { ref from, ref to, has_other_signatures, .. } = pair;
        self.left_out.made_by_signer += u64::from(has_other_signatures);
        if from == to {
            return None;
        }
        if let Some(exclusion) = self.rules.exclusion_of(&pair) {
            self.left_out.count(exclusion);
            return None;
        }
        self.left_out.mixed_ttls += u64::from(pair.has_mixed_ttls);
        let RrsetPair { owner, rtype, from, to, .. } = pair;
        let change = RrsetChange { owner, rtype, from, to };
        self.sum.count(change.kind());
        Some(change)
    }
}

impl<R, T, E> Iterator for Changes<R, T>
where
    R: Iterator<Item = Result<Rrset, E>>,
    T: Iterator<Item = Result<Rrset, E>>,
{
    type Item = Result<RrsetChange, E>;

    fn next(&mut self) -> Option<Result<RrsetChange, E>> {
        loop {
            match self.pairs.next()? {
                Err(error) => return Some(Err(error)),
                Ok(pair) => {
                    if let Some(change) = self.take(pair) {
                        return Some(Ok(change));
                    }
                }
            }
        }
    }
}

impl RrsetChange {
    /// What kind of change it is.
    pub fn kind(&self) -> ChangeKind {
        match (&self.from, &self.to) {
            (None, _) => ChangeKind::Add,
            (Some(_), None) => ChangeKind::Remove,
            (Some(from), Some(to)) if from.rdata == to.rdata => ChangeKind::Ttl,
            (Some(_), Some(_)) => ChangeKind::Replace,
        }
    }

    /// Whether both sides have one TTL, or one of them has no records.
    pub(super) fn keeps_ttl(&self) -> bool {
        let ttl = |data: &Option<RrsetData>| data.as_ref().map(|data| data.ttl);
        ttl(&self.from).is_none_or(|from| ttl(&self.to).is_none_or(|to| from == to))
    }

    /// The octets of its records on both sides.
    pub(super) fn len(&self) -> usize {
        self.from.iter().chain(&self.to).map(RrsetData::len).sum()
    }
}
