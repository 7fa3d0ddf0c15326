//! An answer where a referral is expected.

use super::judge::Judged;
use super::judged::JudgedAnswer;
use super::rrsets::{nothing_of, unsigned, wrong_records};
use crate::dns::answer::AnswerContent;
use crate::dns::{Name, Rrset, Rtype, TtlAndRdata};
use crate::observe::{Transport, WrongRrset};

impl Judged<'_> {
    pub(super) fn referral(self, ns: &Rrset, glue: &[Rrset]) -> JudgedAnswer {
        match &self.answer.content {
            // The server serves the child zone, too.
            AnswerContent::Rrset(_) => JudgedAnswer::NotAskable,
            _ if self.is_of_child() => JudgedAnswer::NotAskable,
            _ if self.is_nothing() => self.compare(&unsigned(ns), &nothing_of(ns)),
            AnswerContent::Referral { ns: found, glue: found_glue } if found.owner == ns.owner => {
                let mut wrong: Vec<WrongRrset> =
                    wrong_records(&ns.owner, Rtype::NS, [&ns.records, &found.records], self.scope)
                        .into_iter()
                        .collect();
                wrong.extend(self.wrong_glue((ns, glue), (found, found_glue)));
                if wrong.is_empty() { JudgedAnswer::Same } else { JudgedAnswer::Differs(wrong) }
            }
            _ => self.wrong_sort(Some(ns)),
        }
    }

    /// Compares the glue of the name servers that are in both NS RRsets: of others, there is none in the answer, or
    /// in what is expected.
    fn wrong_glue(self, expected: (&Rrset, &[Rrset]), found: (&Rrset, &[Rrset])) -> Vec<WrongRrset> {
        let ((ns, glue), (found_ns, found_glue)) = (expected, found);
        let is_named = |ns: &Rrset, name: &Name| ns.records.iter().any(|(_, rdata)| rdata == name.as_wire());
        let is_in_both = |name: &Name| is_named(ns, name) && is_named(found_ns, name);
        let is_known = |of: &Rrset| glue.iter().any(|it| (&it.owner, it.rtype) == (&of.owner, of.rtype));
        let extra = found_glue.iter().filter(|rrset| !is_known(rrset));
        let missing_counts = self.scope.transport != Transport::Udp;
        let pairs = glue.iter().map(|ours| (ours, Some(ours), counterpart(found_glue, ours)));
        let pairs = pairs.filter(|(.., theirs)| missing_counts || theirs.is_some());
        pairs
            .chain(extra.map(|theirs| (theirs, None, Some(theirs))))
            .filter(|(named, ..)| is_in_both(&named.owner))
            .filter_map(|(named, ours, theirs)| {
                let [ours, theirs] = [ours, theirs].map(records);
                wrong_records(&named.owner, named.rtype, [ours, theirs], self.scope)
            })
            .collect()
    }
}

/// Returns the RRset with the same owner and type.
fn counterpart<'r>(rrsets: &'r [Rrset], of: &Rrset) -> Option<&'r Rrset> {
    rrsets.iter().find(|rrset| (&rrset.owner, rrset.rtype) == (&of.owner, of.rtype))
}

fn records(rrset: Option<&Rrset>) -> &[TtlAndRdata] {
    rrset.map_or(&[], |rrset| &rrset.records)
}
