//! An RRset that differs, with all of its records.

use super::causes::{self, SignatureCause};
use super::listing::side_texts;
use super::pair::SidedRecord;
use super::result::Difference;
use super::scope::Scope;
use crate::dns::wire::Record;
use crate::dns::{Rrset, Rtype};
use crate::observe::WrongRrset;

/// Describes an RRset that differs; signatures have one of these causes.
pub(super) fn describe(
    wrong: &WrongRrset,
    scope: &Scope<'_>,
    causes: &[SignatureCause],
    is_cut: &mut bool,
) -> Difference {
    let kind = wrong.kind;
    let [ours, theirs] = sides(wrong, scope);
    let sizes = [&ours, &theirs].map(|side| side.len() as u64);
    let [reference, found] = side_texts(kind, [(&ours, &theirs), (&theirs, &ours)], sizes, is_cut);
    let (owner, rtype) = (wrong.owner.to_string(), wrong.rtype.to_string());
    let is_signature = wrong.rtype == Rtype::RRSIG;
    let signature_cause = is_signature.then(|| causes::position(causes, kind, [&ours, &theirs])).flatten();
    Difference { owner, rtype, kind, reference, found, answer: wrong.answer.clone(), signature_cause }
}

/// Returns the records of the reference, and those found.
pub(super) fn sides<'a>(wrong: &'a WrongRrset, scope: &Scope<'a>) -> [Vec<SidedRecord<'a>>; 2] {
    [&wrong.reference, &wrong.found].map(|rrset| sided(rrset.as_ref(), scope))
}

/// Returns the records of an RRset as one side of a pair.
fn sided<'a>(rrset: Option<&'a Rrset>, scope: &Scope<'a>) -> Vec<SidedRecord<'a>> {
    let records = rrset.iter().flat_map(|rrset| rrset.records.iter().map(|it| record(rrset, it)));
    let sided = records.map(|record| SidedRecord {
        bucket: 0,
        owner: record.owner,
        kind: record.kind(),
        identity: scope.profile.identity(record.rtype, record.rdata),
        ttl: record.ttl,
        rdata: record.rdata,
    });
    let mut sided: Vec<SidedRecord<'_>> = sided.collect();
    sided.sort_unstable_by(SidedRecord::compare);
    sided
}

/// Returns a record of an RRset.
pub(super) fn record<'r>(rrset: &'r Rrset, (ttl, rdata): &'r (u32, Vec<u8>)) -> Record<'r> {
    Record::new(rrset.owner.as_wire(), rrset.rtype, *ttl, rdata)
}
