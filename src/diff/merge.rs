//! Two sorted streams of RRsets, read side by side.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::data::RrsetData;
use crate::dns::{Name, Rrset, Rtype};

/// An RRset as the target has it, and as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrsetPair {
    /// Its owner name.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// What the target has.
    pub from: Option<RrsetData>,
    /// What the reference has.
    pub to: Option<RrsetData>,
    /// Whether the signatures over it differ.
    pub has_other_signatures: bool,
    /// Whether the records of one side disagree in their TTL.
    pub has_mixed_ttls: bool,
}

/// The RRsets of a reference and of a target, in canonical order, each once.
pub struct Merged<R: Iterator, T: Iterator> {
    reference: Peekable<R>,
    target: Peekable<T>,
    has_failed: bool,
}

impl<R: Iterator, T: Iterator> Merged<R, T> {
    /// Merges two streams, each in the order of owner names and then of types.
    pub fn new(reference: R, target: T) -> Self {
        Self { reference: reference.peekable(), target: target.peekable(), has_failed: false }
    }
}

impl<R, T, E> Iterator for Merged<R, T>
where
    R: Iterator<Item = Result<Rrset, E>>,
    T: Iterator<Item = Result<Rrset, E>>,
{
    type Item = Result<RrsetPair, E>;

    /// The next RRset of either side. After an error, nothing comes any more.
    fn next(&mut self) -> Option<Result<RrsetPair, E>> {
        if self.has_failed {
            return None;
        }
        let order = match (self.reference.peek(), self.target.peek()) {
            (None, None) => return None,
            (Some(Err(_)), _) | (Some(_), None) => Ordering::Less,
            (_, Some(Err(_))) | (None, Some(_)) => Ordering::Greater,
            (Some(Ok(to)), Some(Ok(from))) => (&to.owner, to.rtype).cmp(&(&from.owner, from.rtype)),
        };
        let to = if order.is_le() { self.reference.next() } else { None };
        let from = if order.is_ge() { self.target.next() } else { None };
        let pair = to.transpose().and_then(|to| Ok(pair(to, from.transpose()?)));
        self.has_failed = pair.is_err();
        pair.transpose()
    }
}

/// Makes a pair of what the reference and the target have of one RRset.
fn pair(to: Option<Rrset>, from: Option<Rrset>) -> Option<RrsetPair> {
    let first = to.as_ref().or(from.as_ref())?;
    let (owner, rtype) = (first.owner.clone(), first.rtype);
    let parts = |rrset: Option<Rrset>| {
        let Rrset { records, signatures, .. } = rrset?;
        Some((RrsetData::of_records(records), signatures))
    };
    let split = |rrset| parts(rrset).unwrap_or_default();
    let ((to, to_signatures), (from, from_signatures)) = (split(to), split(from));
    let is_mixed = |data: &Option<(RrsetData, bool)>| data.as_ref().is_some_and(|(_, is_mixed)| *is_mixed);
    Some(RrsetPair {
        owner,
        rtype,
        has_mixed_ttls: is_mixed(&from) || is_mixed(&to),
        from: from.map(|(data, _)| data),
        to: to.map(|(data, _)| data),
        has_other_signatures: to_signatures != from_signatures,
    })
}
