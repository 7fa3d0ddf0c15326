//! Answers that seem wrong, and what asking again shows of them.

use std::collections::{BTreeMap, HashSet};

use crate::compare::answers::{AnswerScope, JudgedAnswer, judge, same_answer};
use crate::dns::Name;
use crate::dns::answer::{Answer, AnswerContent};
use crate::dns::message::SERVFAIL;
use crate::observe::{DifferenceKind, Failure, WrongAnswer, WrongRrset};
use crate::plan::queries::{ExpectedAnswer, RrsetQuery};

/// The most answers that are asked for again. Others that seem wrong are counted as not asked.
const MAX_DOUBTS: usize = 20_000;

/// The most bytes of the answers and the records that they are held against.
const MAX_DOUBT_BYTES: usize = 16 * 1024 * 1024;

/// Answers of one query, in the order in which they came.
struct Doubt {
    query: RrsetQuery,
    answers: Vec<Result<Answer, Failure>>,
}

/// The queries whose answers seem wrong.
#[derive(Default)]
pub(super) struct Doubts {
    doubts: Vec<Doubt>,
    bytes: usize,
}

/// What is known of a query whose answer seemed wrong, after it was asked again.
pub(super) enum Settled {
    /// The later answers are right.
    Right(RrsetQuery),
    /// All answers are wrong in the same way.
    Wrong(RrsetQuery, Vec<WrongRrset>),
    /// There was no usable answer.
    Unanswered(Failure),
    /// Right and wrong answers came by turns, the wrong ones from instances with these NSIDs.
    Alternating(RrsetQuery, Vec<Vec<u8>>),
    /// Each answer is another one.
    Computed(RrsetQuery),
}

impl Doubts {
    /// Keeps a query whose answer seems wrong; returns whether there was room for it.
    pub(super) fn add(&mut self, query: RrsetQuery, answer: Result<Answer, Failure>) -> bool {
        let bytes = query.expected.wire_len() + answer.as_ref().map_or(0, |answer| answer.bytes) * 2;
        if self.doubts.len() >= MAX_DOUBTS || self.bytes + bytes > MAX_DOUBT_BYTES {
            return false;
        }
        self.bytes += bytes;
        self.doubts.push(Doubt { query, answers: vec![answer] });
        true
    }

    /// The queries to ask once more, each with its number: those whose answers do not agree yet, and at first all.
    pub(super) fn unsettled(&self) -> Vec<(usize, RrsetQuery)> {
        let is_unsettled = |doubt: &Doubt| doubt.answers.len() < 2 || !doubt.agrees();
        let numbered = self.doubts.iter().enumerate();
        numbered
            .filter(|(_, doubt)| is_unsettled(doubt))
            .map(|(number, doubt)| (number, doubt.query.clone()))
            .collect()
    }

    /// Takes in another answer to a query.
    pub(super) fn answer(&mut self, number: usize, answer: Result<Answer, Failure>) {
        let bytes = answer.as_ref().map_or(0, |answer| answer.bytes) * 2;
        if let Some(doubt) = self.doubts.get_mut(number)
            && self.bytes + bytes <= 2 * MAX_DOUBT_BYTES
        {
            self.bytes += bytes;
            doubt.answers.push(answer);
        }
    }

    /// Says of each query what its answers show.
    pub(super) fn settle(mut self, scope: &AnswerScope<'_>) -> impl Iterator<Item = Settled> {
        self.leave_one_of_each_name();
        self.doubts.into_iter().map(|doubt| doubt.settle(scope))
    }

    /// Drops answers that show of a name only that it exists, where another one shows that too.
    fn leave_one_of_each_name(&mut self) {
        let with_data = self.doubts.iter().filter(|doubt| doubt.is_of_absent_name() && doubt.shows_data());
        let mut names: HashSet<Name> = with_data.map(|doubt| doubt.query.qname.clone()).collect();
        self.doubts.retain(|doubt| {
            !doubt.is_of_absent_name() || doubt.shows_data() || names.insert(doubt.query.qname.clone())
        });
    }
}

impl Doubt {
    fn usable(&self) -> impl Iterator<Item = &Answer> {
        self.answers.iter().filter_map(|answer| answer.as_ref().ok())
    }

    /// Whether its name must not exist.
    fn is_of_absent_name(&self) -> bool {
        self.query.expected == ExpectedAnswer::NxDomain
    }

    /// Whether an answer has records of the name.
    fn shows_data(&self) -> bool {
        self.usable().any(|answer| !matches!(answer.content, AnswerContent::Nothing { .. }))
    }

    /// Whether the usable answers are all alike.
    fn agrees(&self) -> bool {
        let mut usable = self.usable();
        let Some(first) = usable.next() else { return true };
        usable.all(|answer| same_answer(first, answer))
    }

    fn settle(self, scope: &AnswerScope<'_>) -> Settled {
        let judged: Vec<JudgedAnswer> =
            self.usable().map(|answer| judge(&self.query, answer, scope)).collect();
        let is_right = |judged: &JudgedAnswer| match judged {
            JudgedAnswer::Same | JudgedAnswer::OtherSignatures | JudgedAnswer::NotAskable => true,
            JudgedAnswer::Differs(_) | JudgedAnswer::Unusable(_) => false,
        };
        let right: Vec<bool> = judged.iter().map(is_right).collect();
        if right.iter().all(|right| !right) && self.agrees() {
            return self.settle_agreed(judged);
        }
        // A server that has just loaded a version, or forgotten an older answer, answers rightly from then on.
        let is_right_since_then =
            right.contains(&true) && right.iter().skip_while(|right| !**right).all(|right| *right);
        if is_right_since_then {
            return Settled::Right(self.query);
        }
        if !right.contains(&true) || self.varies_within_an_instance() {
            return Settled::Computed(self.query);
        }
        let wrong = self.usable().zip(&right).filter(|(_, right)| !**right);
        let instances = wrong.filter_map(|(answer, _)| answer.nsid.clone()).collect();
        Settled::Alternating(self.query, instances)
    }

    /// Settles a query whose answers are all alike, and not right. One answer alone accuses nobody.
    fn settle_agreed(self, judged: Vec<JudgedAnswer>) -> Settled {
        let is_confirmed = judged.len() > 1;
        match judged.into_iter().next() {
            Some(JudgedAnswer::Differs(wrong)) if is_confirmed => Settled::Wrong(self.query, wrong),
            Some(JudgedAnswer::Unusable(Failure::Rcode(SERVFAIL))) if is_confirmed => {
                let wrong = no_answer(&self.query, SERVFAIL);
                Settled::Wrong(self.query, vec![wrong])
            }
            Some(JudgedAnswer::Unusable(failure)) => Settled::Unanswered(failure),
            Some(JudgedAnswer::Same | JudgedAnswer::OtherSignatures | JudgedAnswer::NotAskable) => {
                Settled::Right(self.query)
            }
            Some(JudgedAnswer::Differs(_)) | None => Settled::Unanswered(self.last_failure()),
        }
    }

    /// Why there is no other answer.
    fn last_failure(self) -> Failure {
        self.answers.into_iter().rev().find_map(Result::err).unwrap_or(Failure::Timeout)
    }

    /// Whether one instance, which names itself, gave two answers.
    fn varies_within_an_instance(&self) -> bool {
        let mut first: BTreeMap<&[u8], &Answer> = BTreeMap::new();
        self.usable().any(|answer| match answer.nsid.as_deref() {
            Some(nsid) => !same_answer(first.entry(nsid).or_insert(answer), answer),
            None => false,
        })
    }
}

/// A server that fails where it has an RRset, or a name without one.
fn no_answer(query: &RrsetQuery, rcode: u16) -> WrongRrset {
    let reference = match &query.expected {
        ExpectedAnswer::Rrset(rrset) | ExpectedAnswer::Synthesized(rrset) => Some(rrset.clone()),
        ExpectedAnswer::Referral { ns, .. } => Some(ns.clone()),
        ExpectedAnswer::NoData | ExpectedAnswer::NxDomain => None,
    };
    WrongRrset {
        owner: query.owner().clone(),
        rtype: query.qtype,
        kind: DifferenceKind::Answer,
        reference,
        found: None,
        answer: Some(WrongAnswer { rcode, content: "no answer".to_owned(), ttl: 0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::answers::JudgedAnswer;
    use crate::digest::{HashKey, Profile};
    use crate::dns::answer::AnswerContent;
    use crate::dns::message::{NOERROR, REFUSED};
    use crate::dns::{Name, Rrset, Rtype};
    use crate::observe::Transport;
    use crate::plan::ContentRules;

    fn addresses(octet: u8) -> Rrset {
        let owner: Name = "www.example".parse().unwrap();
        Rrset::new(owner, Rtype::A, vec![(60, vec![192, 0, 2, octet])], Vec::new())
    }

    /// The query whose right answer is 192.0.2.1.
    fn query() -> RrsetQuery {
        let rrset = addresses(1);
        RrsetQuery { qname: rrset.owner.clone(), qtype: Rtype::A, expected: ExpectedAnswer::Rrset(rrset) }
    }

    fn answer(octet: u8) -> Answer {
        Answer {
            rcode: NOERROR,
            authoritative: true,
            truncated: false,
            content: AnswerContent::Rrset(addresses(octet)),
            negative: None,
            nsec: Vec::new(),
            has_edns: true,
            nsid: Some(b"a".to_vec()),
            bytes: 100,
        }
    }

    fn rcode(rcode: u16) -> Answer {
        let content = AnswerContent::Nothing { proves_name: false };
        Answer { rcode, content, ..answer(1) }
    }

    fn settled(answers: Vec<Result<Answer, Failure>>) -> Settled {
        let mut doubts = Doubts::default();
        let mut answers = answers.into_iter();
        assert!(doubts.add(query(), answers.next().unwrap()));
        answers.for_each(|answer| doubts.answer(0, answer));
        let profile = Profile { key: HashKey([0; 16]), content: ContentRules::default() };
        let zone: Name = "example".parse().unwrap();
        let scope = AnswerScope { zone: &zone, profile: &profile, is_file: false, transport: Transport::Tcp };
        assert!(matches!(judge(&query(), &answer(1), &scope), JudgedAnswer::Same));
        doubts.settle(&scope).next().unwrap()
    }

    #[test]
    fn a_wrong_answer_counts_once_a_second_one_is_the_same() {
        assert!(matches!(settled(vec![Ok(answer(2)), Ok(answer(2))]), Settled::Wrong(..)));
        assert!(matches!(
            settled(vec![Ok(answer(2)), Err(Failure::Timeout), Ok(answer(2))]),
            Settled::Wrong(..)
        ));
        for other in [vec![], vec![Err(Failure::Timeout)], vec![Err(Failure::Closed), Err(Failure::Closed)]] {
            let all = std::iter::once(Ok(answer(2))).chain(other).collect();
            assert!(matches!(settled(all), Settled::Unanswered(_)));
        }
    }

    #[test]
    fn a_server_that_fails_at_a_name_twice_is_wrong_and_one_that_refuses_is_not() {
        assert!(matches!(settled(vec![Ok(rcode(SERVFAIL)), Ok(rcode(SERVFAIL))]), Settled::Wrong(..)));
        assert!(matches!(settled(vec![Ok(rcode(SERVFAIL)), Err(Failure::Closed)]), Settled::Unanswered(_)));
        let refused = settled(vec![Ok(rcode(REFUSED)), Ok(rcode(REFUSED))]);
        assert!(matches!(refused, Settled::Unanswered(Failure::Rcode(REFUSED))));
    }

    #[test]
    fn a_server_that_answers_rightly_from_some_time_on_is_right() {
        assert!(matches!(settled(vec![Ok(answer(2)), Ok(answer(1)), Ok(answer(1))]), Settled::Right(_)));
        assert!(matches!(
            settled(vec![Ok(answer(2)), Ok(answer(1)), Ok(answer(2)), Ok(answer(1)), Ok(answer(2))]),
            Settled::Computed(_)
        ));
        assert!(matches!(settled(vec![Ok(answer(2)), Ok(answer(3)), Ok(answer(4))]), Settled::Computed(_)));
    }

    #[test]
    fn a_doubt_about_a_large_rrset_takes_its_room() {
        let mut doubts = Doubts::default();
        let records = (0..1000u32).map(|it| (60, it.to_be_bytes().repeat(15))).collect();
        let rrset = Rrset::new(addresses(1).owner, Rtype::A, records, Vec::new());
        let query = RrsetQuery { expected: ExpectedAnswer::Rrset(rrset), ..query() };
        let kept = (0..1000).filter(|_| doubts.add(query.clone(), Ok(rcode(NOERROR)))).count();
        assert!((100..300).contains(&kept), "{kept}");
    }
}
