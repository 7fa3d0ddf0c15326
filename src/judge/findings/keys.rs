//! Keys that a server should publish and does not: resolvers that have its DNSKEY RRset reject what others sign.

use super::code::{Code, Finding};
use super::list::{MAX_NAMED, first};
use super::server::ServerContext;
use super::tls::destination;
use crate::advice;
use crate::compare::{OtherKeys, tags_in_words};
use crate::digest::KeyId;
use crate::dns::Rtype;
use crate::judge::evidence::keys::{LackingKey, lacking_keys};
use crate::judge::evidence::relation::Relation;
use crate::judge::verdict::Verdict;

impl ServerContext<'_> {
    /// Its DNSKEY RRset is not the reference's, or lacks a key of another signer.
    pub(super) fn dnskey_differs(self) -> Option<Finding> {
        if self.evidence.plan.rules.content.multi_signer {
            return self.lacks_keys();
        }
        let is_current =
            !self.evidence.serials_count(self.id) || self.decision.relation == Some(Relation::Current);
        // A signer has keys that the unsigned zone of the reference has not.
        if self.decision.verdict != Verdict::Diverged || !is_current || self.may_be_signer() {
            return None;
        }
        let keys = self.decision.comparison.as_ref()?.differences.keys.as_ref()?;
        let mut advice = vec![advice::ask_rrset(self.zone(), Rtype::DNSKEY, &self.destination())];
        if let Some(reference) = self.upstream() {
            advice.push(advice::ask_rrset(self.zone(), Rtype::DNSKEY, &destination(reference)));
        }
        Some(Finding::new(Code::DnskeyDiffers, in_words(keys)).advise(advice))
    }

    /// Each server signs by keys of its own, and it does not publish all of them.
    fn lacks_keys(self) -> Option<Finding> {
        let reference = self.reference.map(|reference| reference.source);
        let mut lacking = lacking_keys(self.evidence, self.id, reference);
        lacking.retain(|lacking| lacking.is_confirmed);
        let mut advice = vec![advice::ask_rrset(self.zone(), Rtype::DNSKEY, &self.destination())];
        let mut named: Vec<String> = Vec::new();
        for LackingKey { key: KeyId { algorithm, tag }, signer, .. } in lacking.iter().take(MAX_NAMED) {
            let signer = self.evidence.plan.target(*signer)?;
            let who = if signer.address == self.target.address && signer.server == self.target.server {
                "it signs itself".to_owned()
            } else {
                advice.push(advice::ask_rrset(self.zone(), Rtype::DNSKEY, &destination(signer)));
                format!("{} {} signs", signer.server, signer.address)
            };
            named.push(format!("key tag {tag} (algorithm {algorithm}), by which {who}"));
        }
        if named.is_empty() {
            return None;
        }
        advice.dedup();
        let message = format!(
            "its DNSKEY RRset lacks {}: validating resolvers that have the keys from here reject what is signed so",
            first(&named, lacking.len())
        );
        Some(Finding::new(Code::DnskeyDiffers, message).advise(advice))
    }
}

/// Describes two DNSKEY RRsets with other keys.
fn in_words(OtherKeys { reference, found }: &OtherKeys) -> String {
    if found.is_empty() {
        return format!(
            "it has no DNSKEY records, and the reference has {}: validating resolvers reject its answers",
            tags(reference)
        );
    }
    if found == reference {
        return format!(
            "its DNSKEY RRset is not the reference's: other keys with the same {}: validating resolvers that have \
             one of the two reject what the keys of the other sign",
            tags(found)
        );
    }
    format!(
        "its DNSKEY RRset is not the reference's: {} here, {} there: validating resolvers that have one of the two \
         reject what the keys of the other sign",
        tags(found),
        tags(reference)
    )
}

/// `key tag 1`, `key tags 1, 2`, or `no key`.
fn tags(tags: &[u16]) -> String {
    if tags.is_empty() { "no key".to_owned() } else { format!("key {}", tags_in_words(tags)) }
}
