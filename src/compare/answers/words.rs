//! An answer in words.

use crate::dns::answer::{Answer, AnswerContent};
use crate::dns::message::NXDOMAIN;
use crate::dns::{Name, Rrset, rdata};

/// The maximum length of the data of a record, in characters.
const MAX_DATA: usize = 200;

/// Describes what an answer holds: `no data`, `referral to sub.example.`, `CNAME www.example.`, `A 192.0.2.1`.
pub(super) fn content(answer: &Answer, zone: &Name) -> String {
    match &answer.content {
        AnswerContent::Rrset(rrset) | AnswerContent::Alias(rrset) => records(rrset),
        AnswerContent::Redirected(dname) => format!("{} at {}", records(dname), dname.owner),
        AnswerContent::Referral { ns, .. } if ns.owner != *zone => format!("referral to {}", ns.owner),
        AnswerContent::Referral { .. } | AnswerContent::Nothing { .. } => {
            let what = if answer.rcode == NXDOMAIN { "no such name" } else { "no data" };
            match &answer.negative {
                Some((child, _)) if child != zone => format!("{what} in the zone {child}"),
                _ => what.to_owned(),
            }
        }
    }
}

/// Describes the first record of an RRset, and the number of the others.
fn records(rrset: &Rrset) -> String {
    let first = rrset.records.first().map(|(_, data)| rdata::to_text(rrset.rtype, data)).unwrap_or_default();
    let is_long = first.chars().nth(MAX_DATA).is_some();
    let data: String = first.chars().take(MAX_DATA).collect();
    let mark = if is_long { "..." } else { "" };
    let others = match rrset.records.len().saturating_sub(1) {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    format!("{} {data}{mark}{others}", rrset.rtype)
}
