//! A chain with a signer: the judgements over its two links, joined to one over the zone.
//!
//! Primaries are judged on the first link and secondaries on the last. A signer is judged on both: on the first it gets
//! the zone, and on the last it is what the secondaries are held against. The worse verdict is its own.

use std::sync::Arc;

use super::catalog::{CatalogState, next_catalog};
use super::evidence::Evidence;
use super::findings::catalog;
use super::findings::code::Finding;
use super::shares::WrongRrsets;
use super::verdict::{Severity, worst};
use super::zone::{Judgement, ServerJudgement, judge_link, wrong_answers};

/// Judges a zone.
pub fn judge(evidence: &Evidence) -> Judgement {
    let judgement = judge_link(evidence);
    let judgement = match &evidence.upstream {
        None => judgement,
        Some(upstream) => join(evidence, [judge_link(upstream), judgement]),
    };
    let catalog = next_catalog(evidence, judgement.reference);
    with_catalog(judgement, evidence, catalog)
}

/// Adds what is known of the catalog, if the zone is one, and what is wrong with it.
fn with_catalog(
    mut judgement: Judgement,
    evidence: &Evidence,
    catalog: Option<Arc<CatalogState>>,
) -> Judgement {
    let reference = judgement.reference;
    let of_catalog = |state: &Arc<CatalogState>| catalog::findings(evidence, state, reference);
    judgement.findings.extend(catalog.iter().flat_map(of_catalog));
    judgement.findings.sort_by_key(|finding| finding.severity);
    let severities = judgement.findings.iter().map(|finding| finding.severity);
    let severity = severities.fold(judgement.severity, Severity::worse);
    Judgement { severity, catalog, ..judgement }
}

/// Joins the judgements over both links, of which `evidence` is that of the last one.
fn join(evidence: &Evidence, links: [Judgement; 2]) -> Judgement {
    let [first, last] = links.clone();
    let is_new = |finding: &Finding| !first.findings.contains(finding);
    let new: Vec<Finding> = last.findings.into_iter().filter(is_new).collect();
    let mut servers: Vec<ServerJudgement> = first.servers;
    for server in last.servers {
        match servers.iter_mut().find(|known| known.target == server.target) {
            Some(known) => join_server(known, server),
            None => servers.push(server),
        }
    }
    servers.sort_by_key(|server| server.target);
    let mut unasked = first.unasked;
    unasked.extend(last.unasked);
    let mut findings = first.findings;
    findings.extend(new);
    findings.sort_by_key(|finding| finding.severity);
    Judgement {
        verdict: worst([first.verdict, last.verdict]),
        severity: first.severity.worse(last.severity),
        reference: first.reference,
        wrong_answers: wrong_answers(evidence, &servers, last.reference),
        wrong_rrsets: WrongRrsets::largest(servers.iter().map(|server| server.wrong_rrsets)),
        servers,
        unasked,
        findings,
        links: Some(Box::new(links)),
        catalog: None,
    }
}

/// Joins what a signer serves, held against the first link, with what it is on the last.
fn join_server(signer: &mut ServerJudgement, on_last: ServerJudgement) {
    let verdicts = [signer.decision.verdict, on_last.decision.verdict];
    let comparison = signer.decision.comparison.take().or(on_last.decision.comparison.clone());
    if worst(verdicts) != signer.decision.verdict {
        signer.decision = on_last.decision;
    }
    signer.decision.comparison = comparison;
    // Its serials are its own: it is neither behind the primary's nor ahead of them.
    signer.decision.relation = None;
    signer.wrong_rrsets = signer.wrong_rrsets.or(on_last.wrong_rrsets);
    join_findings(&mut signer.findings, on_last.findings);
    let severities = signer.findings.iter().map(|finding| finding.severity);
    signer.severity = severities.fold(Severity::Ok, Severity::worse);
}

/// Adds findings whose codes are not there yet; of those that are, the worse one stays.
fn join_findings(findings: &mut Vec<Finding>, others: Vec<Finding>) {
    for other in others {
        match findings.iter_mut().find(|finding| finding.code == other.code) {
            Some(known) if other.severity < known.severity => *known = other,
            Some(_) => {}
            None => findings.push(other),
        }
    }
    findings.sort_by_key(|finding| finding.severity);
}
