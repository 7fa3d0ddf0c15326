//! Keys that a server should publish and does not: resolvers that have its DNSKEY RRset reject what others sign.

use super::code::{Code, Finding};
use super::server::ServerContext;
use crate::advice;
use crate::compare::OtherKeys;
use crate::dns::Rtype;
use crate::judge::evidence::relation::Relation;
use crate::judge::verdict::Verdict;

impl ServerContext<'_> {
    /// Its DNSKEY RRset is not the reference's.
    pub(super) fn dnskey_differs(self) -> Option<Finding> {
        let is_current =
            !self.evidence.plan.rules.serials_count() || self.decision.relation == Some(Relation::Current);
        // A signer has keys that the unsigned zone of the reference has not.
        if self.decision.verdict != Verdict::Diverged || !is_current || self.may_be_signer() {
            return None;
        }
        let keys = self.decision.comparison.as_ref()?.differences.keys.as_ref()?;
        let mut advice = vec![advice::ask_rrset(self.zone(), Rtype::DNSKEY, self.target.address)];
        if let Some(reference) = self.upstream() {
            advice.push(advice::ask_rrset(self.zone(), Rtype::DNSKEY, reference.address));
        }
        Some(Finding::new(Code::DnskeyDiffers, in_words(keys)).advise(advice))
    }
}

/// `the keys of the zone differ: key tag 7 here, key tags 1, 2 at the reference: ...`
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
    let listed: Vec<String> = tags.iter().map(u16::to_string).collect();
    match tags.len() {
        0 => "no key".to_owned(),
        1 => format!("key tag {}", listed.join(", ")),
        _ => format!("key tags {}", listed.join(", ")),
    }
}
