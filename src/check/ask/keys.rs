//! The keys that addresses show in their answers, where each server of a zone signs by keys of its own.

use futures_util::future::join_all;
use tokio::sync::mpsc;

use super::conversation::Conversation;
use super::script::OpenQuestion;
use crate::check::gather::Gatherer;
use crate::digest::KeySet;
use crate::dns::Rtype;
use crate::dns::answer::{Answer, AnswerContent};
use crate::dns::message::NOERROR;
use crate::judge::Evidence;
use crate::observe::{Asked, AskedAttempt, Failure, KeySighting};
use crate::plan::TargetId;

impl Gatherer<'_> {
    /// Asks addresses that were asked for their RRsets for their keys, and once more when all have answered: so no
    /// server is accused of lacking a key that another began to use meanwhile.
    pub(super) async fn ask_keys(&self, evidence: &Evidence, asked: &mut [(TargetId, AskedAttempt)]) {
        if !evidence.plan.rules.content.multi_signer {
            return;
        }
        let first = self.keys_of_all(evidence, asked).await;
        for (asked, keys) in answered(asked).zip(first) {
            add_published(asked, keys);
        }
        let again = self.keys_of_all(evidence, asked).await;
        for (asked, keys) in answered(asked).zip(again) {
            asked.keys.extend(keys);
        }
    }

    /// Asks each address that has answered for its DNSKEY RRset.
    async fn keys_of_all(
        &self,
        evidence: &Evidence,
        asked: &[(TargetId, AskedAttempt)],
    ) -> Vec<Option<KeySighting>> {
        let ids = asked.iter().filter(|(_, attempt)| attempt.asked.is_ok()).map(|(id, _)| *id);
        join_all(ids.map(|id| self.keys_of(evidence, id))).await
    }

    async fn keys_of(&self, evidence: &Evidence, id: TargetId) -> Option<KeySighting> {
        let start = self.started.elapsed();
        let conversation = self.conversation(&evidence.plan, evidence.plan.target(id)?);
        let mut keys = published(conversation).await;
        if let Some(over_udp) = conversation.over_udp_after(&keys) {
            keys = published(over_udp).await;
        }
        Some(KeySighting { span: self.span_since(start), keys: keys.ok()? })
    }
}

/// The answers of all addresses that gave some.
fn answered(asked: &mut [(TargetId, AskedAttempt)]) -> impl Iterator<Item = &mut Asked> {
    asked.iter_mut().filter_map(|(_, attempt)| attempt.asked.as_mut().ok())
}

/// Adds the keys that an address publishes to those that its answers are signed by. Without them, nothing is known of
/// its keys.
fn add_published(asked: &mut Asked, published: Option<KeySighting>) {
    let signed = asked.keys.pop().map(|sighting| sighting.keys);
    asked.keys = published.into_iter().collect();
    if let (Some(sighting), Some(signed)) = (asked.keys.first_mut(), signed) {
        sighting.keys.add_signing(&signed);
    }
}

/// Asks an address for the DNSKEY RRset of the zone.
async fn published(conversation: Conversation<'_>) -> Result<KeySet, Failure> {
    let (batches, queries) = mpsc::channel(1);
    let question = OpenQuestion(conversation.zone.clone(), Rtype::DNSKEY);
    batches.send(vec![question]).await.map_err(|_| Failure::Closed)?;
    drop(batches);
    let mut keys = Err(Failure::Timeout);
    conversation.hold(queries, |_, answer| keys = answer.and_then(|answer| keys_in(&answer))).await?;
    keys
}

/// Takes the keys from an answer to a query for them; one without records says that there are none.
fn keys_in(answer: &Answer) -> Result<KeySet, Failure> {
    if answer.rcode != NOERROR {
        return Err(Failure::Rcode(answer.rcode));
    }
    if answer.truncated {
        return Err(Failure::Truncated);
    }
    if !answer.authoritative {
        return Err(Failure::NotAuthoritative);
    }
    let mut keys = KeySet::default();
    add_rrsets(&mut keys, &answer.content);
    Ok(keys)
}

/// Adds the keys of an answer, and those of the signatures in it.
pub(super) fn add_rrsets(keys: &mut KeySet, content: &AnswerContent) {
    match content {
        AnswerContent::Rrset(rrset) | AnswerContent::Alias(rrset) | AnswerContent::Redirected(rrset) => {
            keys.add_rrset(rrset);
        }
        AnswerContent::Referral { .. } | AnswerContent::Nothing { .. } => {}
    }
}
