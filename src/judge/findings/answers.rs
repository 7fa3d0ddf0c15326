//! What the answers of an address to queries for RRsets show, beside the differences from the reference.

use super::code::{Code, Finding};
use super::list::first;
use super::server::ServerContext;
use crate::dns::{Name, escape};
use crate::judge::evidence::asking::answers;
use crate::judge::evidence::comparison::are_of_own_copy;
use crate::judge::verdict::Verdict;
use crate::observe::WrongRrset;

impl ServerContext<'_> {
    /// An address answers otherwise than the copy says that it gives by transfer.
    pub(super) fn answers_differ_from_copy(self) -> Option<Finding> {
        let asked = answers(self.evidence, self.id)?;
        let is_accused = self.decision.verdict == Verdict::Diverged;
        if !is_accused || !are_of_own_copy(self.evidence, self.id, self.reference?.source) {
            return None;
        }
        let rrset = |wrong: &WrongRrset| format!("{} {}", wrong.owner, wrong.rtype);
        let named: Vec<String> = asked.wrong.listed.iter().map(rrset).collect();
        if named.is_empty() {
            return None;
        }
        let message = format!(
            "it answers otherwise than the copy says that it gives by transfer at serial {}: {}",
            asked.soa.serial,
            first(&named, named.len())
        );
        Some(Finding::new(Code::AnswersDifferFromCopy, message).advise(self.transfer_anew()))
    }

    /// Right and wrong answers come by turns, at these serials.
    pub(super) fn answers_by_turns(self, serials: &str) -> Option<String> {
        let asked = self.responses.asked()?;
        let owner = asked.alternating.first()?;
        let nsids: Vec<String> = asked.wrong_instances.iter().map(|nsid| escape::text(nsid)).collect();
        let instances = match nsids.as_slice() {
            [] => String::new(),
            nsids => format!("; the wrong ones come from NSID {}", first(nsids, nsids.len())),
        };
        Some(format!(
            "several servers answer at this address, with other records by turns (first at {owner}), at serial \
             {serials}{instances}"
        ))
    }

    /// Some answers differ from one query to the next.
    pub(super) fn computed_records(self) -> Option<Finding> {
        let asked = answers(self.evidence, self.id)?;
        let owners: Vec<String> = asked.computed.iter().map(Name::to_string).collect();
        (!owners.is_empty()).then(|| {
            let message = format!(
                "answers that differ from one query to the next are not compared: they are made for each query, as \
                 ALIAS and LUA records are, or their TTLs are counted down by a cache: {}",
                first(&owners, owners.len())
            );
            Finding::new(Code::ComputedRecords, message)
        })
    }
}
