//! Whether expectations can come true in the zone at all.

use super::{AddressAnswers, Wanted};
use crate::dns::Name;
use crate::judge::Verdict;
use crate::report::ZoneReport;
use crate::report::model::{ExpectationAnswer, ServerReport};

/// The owners of the delegations and DNAME records because of which expectations cannot come true, where nothing else is
/// left to wait for: every server that counts is in sync, meets all other expectations, and redirects these.
///
/// Where anything else is unmet, the change may not be there yet, and may bring the owner back into the zone.
pub(crate) fn redirecting_owners(
    report: &ZoneReport,
    answers: &[(Wanted, AddressAnswers)],
    counts: impl Fn(&str, &str) -> bool,
) -> Vec<Name> {
    let Ok(zone) = report.zone.parse::<Name>() else { return Vec::new() };
    let mut counted = report.servers.iter().filter(|server| counts(&server.server, server.address_text()));
    if !counted.all(|server: &ServerReport| server.verdict == Verdict::InSync) {
        return Vec::new();
    }
    let mut owners = Vec::new();
    for ((wanted, answers), expectation) in answers.iter().zip(&report.expectations) {
        let is_unmet = |it: &&ExpectationAnswer| {
            !it.met && counts(&it.server, it.address.as_deref().unwrap_or_default())
        };
        if !expectation.servers.iter().any(|it| is_unmet(&it)) {
            continue;
        }
        if answers.is_empty() {
            return Vec::new();
        }
        for (target, answer) in answers {
            if !counts(&target.server, &target.address.to_string()) {
                continue;
            }
            let answer = answer.as_ref().ok();
            match answer.and_then(|answer| wanted.redirecting_owner(answer, &zone)) {
                Some(owner) => owners.push(owner.clone()),
                None => return Vec::new(),
            }
        }
    }
    owners
}
