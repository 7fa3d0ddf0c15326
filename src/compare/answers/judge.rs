//! The judgement of one answer.

use super::judged::{AnswerScope, JudgedAnswer};
use super::rrsets::{self, nothing_of, unsigned};
use super::words;
use crate::dns::answer::{Answer, AnswerContent};
use crate::dns::message::{NOERROR, NXDOMAIN, YXDOMAIN, held_ttl};
use crate::dns::name::is_within;
use crate::dns::{Name, Rrset, Rtype};
use crate::observe::{DifferenceKind, Failure, WrongAnswer, WrongRrset};
use crate::plan::queries::{ExpectedAnswer, RrsetQuery, is_computed};

/// Holds the answer to a query against what it must be.
pub fn judge(query: &RrsetQuery, answer: &Answer, scope: &AnswerScope<'_>) -> JudgedAnswer {
    if let Some(failure) = unusable(answer, scope.zone) {
        return JudgedAnswer::Unusable(failure);
    }
    let judged = Judged { query, answer, scope };
    match &query.expected {
        ExpectedAnswer::Rrset(expected) => judged.rrset(expected),
        ExpectedAnswer::Synthesized(expected) => judged.synthesized(expected),
        ExpectedAnswer::Referral { ns, glue } => judged.referral(ns, glue),
        ExpectedAnswer::NoData => judged.no_data(),
        ExpectedAnswer::NxDomain => judged.nxdomain(),
    }
}

/// Why an answer shows nothing of the zone's records.
fn unusable(answer: &Answer, zone: &Name) -> Option<Failure> {
    let is_of_zone = |owner: &Name| is_within(owner.as_wire(), zone.as_wire());
    if answer.truncated {
        return Some(Failure::Truncated);
    }
    if !matches!(answer.rcode, NOERROR | NXDOMAIN | YXDOMAIN) {
        return Some(Failure::Rcode(answer.rcode));
    }
    let has_authority = match (&answer.content, &answer.negative) {
        // A server that does not serve the zone refers to its servers, or to those above.
        (AnswerContent::Referral { ns, .. }, _) if !answer.authoritative => {
            is_of_zone(&ns.owner) && ns.owner != *zone
        }
        (AnswerContent::Nothing { .. }, Some((owner, _))) => answer.authoritative && is_of_zone(owner),
        _ => answer.authoritative,
    };
    if !has_authority {
        return Some(Failure::NotAuthoritative);
    }
    let is_yxdomain = answer.rcode == YXDOMAIN && !matches!(answer.content, AnswerContent::Redirected(_));
    is_yxdomain.then_some(Failure::Rcode(YXDOMAIN))
}

/// An answer that is judged.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    query: &'a RrsetQuery,
    pub(super) answer: &'a Answer,
    pub(super) scope: &'a AnswerScope<'a>,
}

impl Judged<'_> {
    fn rrset(self, expected: &Rrset) -> JudgedAnswer {
        let qtype = self.query.qtype;
        match &self.answer.content {
            AnswerContent::Rrset(found) => self.compare(expected, found),
            _ if expected.records.is_empty() => JudgedAnswer::NotAskable,
            // Some servers follow an alias, or refer, where the NSEC of the name itself is queried.
            AnswerContent::Alias(_) | AnswerContent::Referral { .. } if qtype == Rtype::NSEC => {
                JudgedAnswer::NotAskable
            }
            _ if !self.is_nothing() => self.wrong_sort(Some(expected)),
            // PowerDNS has NSEC for queries with DO alone.
            _ if qtype == Rtype::NSEC && !self.answer.has_edns => JudgedAnswer::NotAskable,
            _ if is_computed(qtype) => JudgedAnswer::NotAskable,
            // The server answers from the child zone, where a DS RRset of the parent is not.
            _ if self.is_of_child() && qtype == Rtype::DS => JudgedAnswer::NotAskable,
            _ if self.is_of_child() => self.wrong_sort(Some(expected)),
            _ => self.compare(expected, &nothing_of(expected)),
        }
    }

    fn synthesized(self, expected: &Rrset) -> JudgedAnswer {
        match &self.answer.content {
            AnswerContent::Rrset(found) if found.rtype == expected.rtype => self.compare(expected, found),
            AnswerContent::Alias(found) if expected.rtype == Rtype::CNAME => self.compare(expected, found),
            _ if self.is_nothing() && is_computed(expected.rtype) => JudgedAnswer::NotAskable,
            _ => self.wrong_sort(Some(expected)),
        }
    }

    fn no_data(self) -> JudgedAnswer {
        match &self.answer.content {
            AnswerContent::Rrset(found) => self.compare(&nothing_of(found), found),
            _ if self.is_nothing() && self.answer.rcode == NOERROR => JudgedAnswer::Same,
            _ => self.wrong_sort(None),
        }
    }

    fn nxdomain(self) -> JudgedAnswer {
        let proves_name = self.answer.content == AnswerContent::Nothing { proves_name: true };
        let is_denied = self.answer.rcode == NXDOMAIN || proves_name;
        if self.is_nothing() && is_denied { JudgedAnswer::Same } else { self.wrong_sort(None) }
    }

    /// Whether the answer is that there is no such name, or no such type.
    ///
    /// The NS RRset of the zone may stand in an authoritative one.
    pub(super) fn is_nothing(self) -> bool {
        match &self.answer.content {
            AnswerContent::Nothing { .. } => true,
            AnswerContent::Referral { ns, .. } => self.answer.authoritative && ns.owner == *self.scope.zone,
            AnswerContent::Rrset(_) | AnswerContent::Alias(_) | AnswerContent::Redirected(_) => false,
        }
    }

    /// Whether the answer denies the name or the type in a zone below this one.
    pub(super) fn is_of_child(self) -> bool {
        let negative = self.answer.negative.as_ref().filter(|_| self.is_nothing());
        negative.is_some_and(|(owner, _)| owner != self.scope.zone)
    }

    /// How long a cache may hold the answer.
    fn held_for(self) -> u32 {
        let records = match &self.answer.content {
            AnswerContent::Rrset(rrset) | AnswerContent::Alias(rrset) | AnswerContent::Redirected(rrset) => {
                rrset
            }
            AnswerContent::Referral { ns, .. } => ns,
            // RFC 2308 section 5: the MINIMUM field, or the TTL of the SOA if that is less.
            AnswerContent::Nothing { .. } => {
                return self.answer.negative.as_ref().map_or(0, |(_, soa)| held_ttl(soa.minimum));
            }
        };
        records.records.iter().map(|(ttl, _)| held_ttl(*ttl)).max().unwrap_or_default()
    }

    pub(super) fn compare(self, expected: &Rrset, found: &Rrset) -> JudgedAnswer {
        rrsets::compare(expected, found, self.answer.has_edns, self.scope)
    }

    /// An answer of another sort than is expected.
    pub(super) fn wrong_sort(self, reference: Option<&Rrset>) -> JudgedAnswer {
        let rtype = reference.map_or(self.query.qtype, |rrset| rrset.rtype);
        if rrsets::is_left_out(self.query.owner(), rtype, self.scope) {
            return JudgedAnswer::NotAskable;
        }
        let content = words::content(self.answer, self.scope.zone);
        JudgedAnswer::Differs(vec![WrongRrset {
            owner: self.query.owner().clone(),
            rtype,
            kind: DifferenceKind::Answer,
            reference: reference.map(unsigned),
            found: None,
            answer: Some(WrongAnswer { rcode: self.answer.rcode, content, ttl: self.held_for() }),
        }])
    }
}
