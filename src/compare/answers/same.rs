//! Two answers to one query held against each other.

use std::collections::BTreeSet;

use crate::digest::signature_meaning;
use crate::dns::Rrset;
use crate::dns::answer::{Answer, AnswerContent};

/// Whether two answers to one query are alike: the same records with the same TTLs, in any order, and the same RCODE
/// and authority.
///
/// Signatures are compared by their meaning, as servers may sign each response anew.
pub fn same_answer(a: &Answer, b: &Answer) -> bool {
    let of = |answer: &Answer| (answer.rcode, answer.authoritative, answer.truncated);
    of(a) == of(b) && same_content(&a.content, &b.content)
}

fn same_content(a: &AnswerContent, b: &AnswerContent) -> bool {
    match (a, b) {
        (AnswerContent::Rrset(a), AnswerContent::Rrset(b))
        | (AnswerContent::Alias(a), AnswerContent::Alias(b))
        | (AnswerContent::Redirected(a), AnswerContent::Redirected(b)) => same_rrset(a, b),
        (
            AnswerContent::Referral { ns, glue },
            AnswerContent::Referral { ns: other_ns, glue: other_glue },
        ) => {
            same_rrset(ns, other_ns)
                && glue.len() == other_glue.len()
                && glue.iter().zip(other_glue).all(|(a, b)| same_rrset(a, b))
        }
        (AnswerContent::Nothing { proves_name }, AnswerContent::Nothing { proves_name: other }) => {
            proves_name == other
        }
        _ => false,
    }
}

fn same_rrset(a: &Rrset, b: &Rrset) -> bool {
    (&a.owner, a.rtype, &a.records) == (&b.owner, b.rtype, &b.records) && meanings(a) == meanings(b)
}

/// Returns the meaning of each signature, and its TTL.
fn meanings(rrset: &Rrset) -> BTreeSet<(&[u8], &[u8], u32)> {
    let signatures = rrset.signatures.iter().map(|(ttl, rdata)| (signature_meaning(rdata), *ttl));
    signatures.map(|((front, signer), ttl)| (front, signer, ttl)).collect()
}
