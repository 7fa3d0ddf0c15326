//! One address asked for its RRsets outside of a check.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use super::connection_to;
use super::conversation::Conversation;
use super::interview::Interview;
use super::list::RrsetList;
use super::target::TargetAsker;
use crate::check::checker::Checker;
use crate::check::sorted_copy::SortedCopy;
use crate::compare::answers::AnswerScope;
use crate::digest::Profile;
use crate::dns::{Rrset, Soa};
use crate::observe::{Asked, DifferenceKind, Failure, WrongRrset};
use crate::plan::queries::Draw;
use crate::plan::{Plan, Target};

/// What the answers of an address are held against.
#[derive(Clone, Copy)]
pub enum KnownRrsets<'k> {
    /// All RRsets of a copy.
    Copy {
        /// The copy.
        copy: &'k SortedCopy,
        /// Whether it is that of a zone file.
        is_of_file: bool,
    },
    /// What another address, which gives no copy, answers about its apex, its NSEC chain and the names of the plan.
    Answers(&'k Target),
}

/// What an address answered about RRsets that are known.
#[derive(Debug)]
pub struct AskedAlone {
    /// The SOA of the version that has the known RRsets.
    pub known: Soa,
    /// What was answered.
    pub asked: Asked,
}

/// Why an address was not asked.
#[derive(Debug)]
pub enum AskAloneError {
    /// What it is held against cannot be told: the other address does not say what it has.
    Known(Failure),
    /// The address itself gives no answers of use.
    Asked(Failure),
}

impl Checker {
    /// Asks an address for all known RRsets, and once more where its answers differ. The plan has the zone, the names to ask
    /// for beside them, and what counts as a difference.
    pub async fn ask_alone(
        &self,
        plan: &Plan,
        known: KnownRrsets<'_>,
        target: &Target,
    ) -> Result<AskedAlone, AskAloneError> {
        let asking =
            AskingAlone { checker: self, plan, profile: self.profile(&plan.rules), started: Instant::now() };
        let (list, reference) = match known {
            KnownRrsets::Copy { copy, is_of_file } => {
                let (rrsets, soa) = (copy.rrsets.clone(), copy.soa.clone());
                let list = RrsetList::of_records(plan, rrsets, soa, plan.rules.names.clone());
                (list.of_file(is_of_file), None)
            }
            KnownRrsets::Answers(reference) => {
                let list = asking.interview(reference).await.map_err(AskAloneError::Known)?;
                (list, Some(reference))
            }
        };
        let mut asked = asking.ask(&list, target).await.map_err(AskAloneError::Asked)?;
        if let Some(reference) = reference {
            asking.confirm(&list, reference, &mut asked).await.map_err(AskAloneError::Known)?;
        }
        asking.read_named(target, &mut asked).await.map_err(AskAloneError::Asked)?;
        Ok(AskedAlone { known: list.soa, asked })
    }
}

/// How addresses are asked.
struct AskingAlone<'a> {
    checker: &'a Checker,
    plan: &'a Plan,
    profile: Arc<Profile>,
    started: Instant,
}

impl AskingAlone<'_> {
    fn conversation<'a>(&'a self, target: &'a Target) -> Conversation<'a> {
        Conversation {
            client: &self.checker.client,
            target,
            zone: &self.plan.zone,
            transport: connection_to(target),
            until: None,
        }
    }

    /// Asks a reference that gives no copy what it has.
    async fn interview(&self, reference: &Target) -> Result<RrsetList, Failure> {
        let (conversation, limits) = (self.conversation(reference), self.checker.transfers.limits);
        let interview =
            Interview { conversation, plan: self.plan, limits, walks: true, started: self.started };
        Ok(interview.hold().await?.0)
    }

    async fn ask(&self, list: &RrsetList, target: &Target) -> Result<Asked, Failure> {
        let asker = TargetAsker {
            conversation: self.conversation(target),
            list,
            draw: Draw::all(),
            scope: AnswerScope {
                zone: &self.plan.zone,
                profile: &self.profile,
                is_file: list.is_of_file,
                transport: connection_to(target),
            },
            serials_count: false,
            compares_soa: false,
            started: self.started,
        };
        let mut asked = asker.ask().await.asked?;
        if self.plan.rules.compares_soa(&self.plan.zone) {
            // It is counted, and not compared.
            asked.askable = asked.askable.map(|askable| askable.saturating_sub(1));
        }
        Ok(asked)
    }

    /// Asks the reference again for what the address answers otherwise, and sets aside what varies there.
    async fn confirm(&self, list: &RrsetList, reference: &Target, asked: &mut Asked) -> Result<(), Failure> {
        let disputed: HashSet<_> = asked.disputed().cloned().collect();
        if disputed.is_empty() {
            return Ok(());
        }
        let again = self.ask(&list.of_owners(disputed).await, reference).await?;
        if again.soa != list.soa {
            return Err(Failure::ChangedDuringTransfer(list.soa.serial, again.soa.serial));
        }
        asked.set_aside(&again.disputed().chain(&again.computed).collect());
        Ok(())
    }

    /// Reads the records at names of the plan that only the address has: that they are there is all that is known of them.
    async fn read_named(&self, target: &Target, asked: &mut Asked) -> Result<(), Failure> {
        let names = &self.plan.rules.names;
        let is_named = |wrong: &&mut WrongRrset| names.iter().any(|(name, _)| *name == wrong.owner);
        let is_extra = |wrong: &&mut WrongRrset| wrong.reference.is_none() && wrong.answer.is_some();
        let named = asked.wrong.listed.iter_mut().filter(|wrong| is_extra(wrong) && is_named(wrong));
        for wrong in named {
            let answer = self.checker.client.rrset(target, &wrong.owner, wrong.rtype).await?;
            if answer.authoritative && answer.redirect.is_none() && !answer.records.is_empty() {
                let (owner, rtype) = (wrong.owner.clone(), wrong.rtype);
                wrong.found = Some(Rrset::new(owner, rtype, answer.records, Vec::new()));
                (wrong.kind, wrong.answer) = (DifferenceKind::Extra, None);
            }
        }
        Ok(())
    }
}
