//! A reference that gives no copy, asked again for what others answer otherwise.

use std::collections::HashSet;

use super::list::RrsetList;
use crate::check::gather::Gatherer;
use crate::dns::Name;
use crate::judge::Evidence;
use crate::observe::{Asked, AskedAttempt, Failure};
use crate::plan::TargetId;

impl Gatherer<'_> {
    /// Asks the reference again for what others answer otherwise, and drops what it does not answer as before: no server
    /// is accused on one answer of another.
    pub(super) async fn confirm(
        &self,
        evidence: &Evidence,
        reference: TargetId,
        list: &RrsetList,
        asked: &mut [(TargetId, AskedAttempt)],
    ) {
        let answered = asked.iter().filter_map(|(_, attempt)| attempt.asked.as_ref().ok());
        let disputed: HashSet<Name> = answered.flat_map(Asked::disputed).cloned().collect();
        if disputed.is_empty() {
            return;
        }
        let list = list.of_owners(disputed).await;
        let (_, again) = self.ask_target(evidence, reference, &list).await;
        let again = again.asked.and_then(|again| {
            let changed = Failure::ChangedDuringTransfer(list.soa.serial, again.soa.serial);
            if again.soa == list.soa { Ok(again) } else { Err(changed) }
        });
        for (_, attempt) in asked {
            let Ok(asked) = &mut attempt.asked else { continue };
            match &again {
                Ok(again) => asked.set_aside(&again.disputed().chain(&again.computed).collect()),
                Err(failure) if asked.disputed().next().is_some() => attempt.asked = Err(failure.clone()),
                Err(_) => {}
            }
        }
    }
}
