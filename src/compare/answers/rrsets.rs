//! One RRset of an answer held against the reference's.

use super::judged::{AnswerScope, JudgedAnswer};
use crate::compare::ttls::same_ttls;
use crate::dns::wire::Record;
use crate::dns::{Name, Rrset, Rtype, TtlAndRdata};
use crate::observe::{DifferenceKind, WrongRrset};

/// Compares an RRset and the signatures over it; reports name the owner of the expected one.
pub(super) fn compare(
    expected: &Rrset,
    found: &Rrset,
    has_edns: bool,
    scope: &AnswerScope<'_>,
) -> JudgedAnswer {
    let (owner, rtype) = (&expected.owner, expected.rtype);
    let mut wrong = Vec::new();
    // SOAs are compared apart from their serials, with those that the servers show before and after.
    if rtype != Rtype::SOA || expected.records.is_empty() || found.records.is_empty() {
        wrong.extend(wrong_records(owner, rtype, [&expected.records, &found.records], scope));
    }
    let signatures = [expected.signatures.as_slice(), &found.signatures];
    let is_signed = has_edns && compares_signatures(owner, rtype, scope);
    if is_signed {
        wrong.extend(wrong_records(owner, Rtype::RRSIG, signatures, scope));
    }
    match wrong.is_empty() {
        false => JudgedAnswer::Differs(wrong),
        true if is_signed && !has_same_rdata(signatures) => JudgedAnswer::OtherSignatures,
        true => JudgedAnswer::Same,
    }
}

/// Compares the records of one RRset, sorted on both sides.
pub(super) fn wrong_records(
    owner: &Name,
    rtype: Rtype,
    sides: [&[TtlAndRdata]; 2],
    scope: &AnswerScope<'_>,
) -> Option<WrongRrset> {
    let [ours, theirs] = sides;
    if is_left_out(owner, rtype, scope) {
        return None;
    }
    let kind = match (ours.is_empty(), theirs.is_empty()) {
        (false, true) => DifferenceKind::Missing,
        (true, false) => DifferenceKind::Extra,
        (false, false) if !has_same_identities(rtype, sides, scope) => DifferenceKind::Changed,
        (false, false) if !has_same_ttls(sides, scope) => DifferenceKind::Ttl,
        (true, true) | (false, false) => return None,
    };
    let rrset = |records: &[TtlAndRdata]| {
        let kept = Rrset::new(owner.clone(), rtype, records.to_vec(), Vec::new());
        (!records.is_empty()).then_some(kept)
    };
    let (reference, found) = (rrset(ours), rrset(theirs));
    Some(WrongRrset { owner: owner.clone(), rtype, kind, reference, found, answer: None })
}

/// Whether an RRset is not compared.
pub(super) fn is_left_out(owner: &Name, rtype: Rtype, scope: &AnswerScope<'_>) -> bool {
    let named = Record::new(owner.as_wire(), rtype, 0, &[]);
    scope.profile.leaves_out(&named)
}

/// Returns an RRset without the signatures over it.
pub(super) fn unsigned(rrset: &Rrset) -> Rrset {
    Rrset { signatures: Vec::new(), ..rrset.clone() }
}

/// Returns an RRset without records, in place of one that is not there.
pub(super) fn nothing_of(rrset: &Rrset) -> Rrset {
    Rrset::new(rrset.owner.clone(), rrset.rtype, Vec::new(), Vec::new())
}

/// Whether the signatures over an RRset are compared.
fn compares_signatures(owner: &Name, rtype: Rtype, scope: &AnswerScope<'_>) -> bool {
    let covered = rtype.0.to_be_bytes();
    let rrsig = Record::new(owner.as_wire(), Rtype::RRSIG, 0, &covered);
    !scope.profile.leaves_out(&rrsig)
}

fn has_same_rdata([ours, theirs]: [&[TtlAndRdata]; 2]) -> bool {
    ours.iter().map(|(_, rdata)| rdata).eq(theirs.iter().map(|(_, rdata)| rdata))
}

fn has_same_identities(rtype: Rtype, sides: [&[TtlAndRdata]; 2], scope: &AnswerScope<'_>) -> bool {
    if has_same_rdata(sides) {
        return true;
    }
    let [ours, theirs] = sides.map(|records| {
        let mut identities: Vec<(&[u8], &[u8])> =
            records.iter().map(|(_, rdata)| scope.profile.identity(rtype, rdata)).collect();
        identities.sort_unstable();
        identities.dedup();
        identities
    });
    ours == theirs
}

fn has_same_ttls([ours, theirs]: [&[TtlAndRdata]; 2], scope: &AnswerScope<'_>) -> bool {
    same_ttls(|| ttls(ours), || ttls(theirs), scope.is_file)
}

fn ttls(records: &[TtlAndRdata]) -> impl Iterator<Item = u32> {
    records.iter().map(|(ttl, _)| *ttl)
}
