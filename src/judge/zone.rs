//! The judgement over a zone, or over one link of its chain: over each of its servers, and findings about the whole.

use std::sync::Arc;

use super::catalog::CatalogState;
use super::evidence::alternation::{alternates_in_answers, serves_two_contents};
use super::evidence::membership::{self, is_for_transfers};
use super::evidence::relation::{Relation, relate};
use super::evidence::timeline::successor_first_seen;
use super::evidence::{Evidence, Responses, SerialObservation};
use super::findings::code::{Code, Finding};
use super::findings::faults::{Faults, shared_faults};
use super::findings::server::ServerContext;
use super::findings::{delegation, primary, validation, zonemd};
use super::shares::{WrongAnswers, WrongRrsets, reference_rrsets, wrong_rrsets};
use super::unasked::{UnaskedServer, excluded_primaries, unasked_servers, unusable_family};
use super::verdict::decide::{Decision, decide};
use super::verdict::lag::{last_refresh_within, propagation_time, time_to_refresh};
use super::verdict::reference::{Reference, ReferenceKind, reference};
use super::verdict::{Severity, Verdict, worst};
use crate::advice;
use crate::dns::Name;
use crate::plan::{LookupError, NameServer, Role, Source, Target, TargetId};

/// The judgement over a zone.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The worst verdict of its servers.
    pub verdict: Verdict,
    /// The worst severity of its servers and of its own findings.
    pub severity: Severity,
    /// What the servers were compared with.
    pub reference: Option<Reference>,
    /// Every address that could be judged.
    pub servers: Vec<ServerJudgement>,
    /// Every server that was not asked at any address.
    pub unasked: Vec<UnaskedServer>,
    /// The findings about the zone as a whole.
    pub findings: Vec<Finding>,
    /// The servers that give wrong answers, and the ratio of these.
    pub wrong_answers: Option<WrongAnswers>,
    /// The wrong RRsets of the server with the largest ratio of them.
    pub wrong_rrsets: Option<WrongRrsets>,
    /// The judgements over the two links of which this one is joined, where there is a signer.
    pub links: Option<Box<[Judgement; 2]>>,
    /// What is known of the catalog after the check, if the zone is one. It is shared with the evidence where the check has
    /// changed nothing.
    pub catalog: Option<Arc<CatalogState>>,
}

/// The judgement over one address.
#[derive(Clone, Debug)]
pub struct ServerJudgement {
    /// The address.
    pub target: TargetId,
    /// The verdict, and the facts that it rests on.
    pub decision: Decision,
    /// The worst of its verdict and its findings.
    pub severity: Severity,
    /// The findings, worst first.
    pub findings: Vec<Finding>,
    /// The RRsets that it answers wrongly, where its records were compared.
    pub wrong_rrsets: Option<WrongRrsets>,
}

/// Judges one link of the chain.
pub(super) fn judge_link(evidence: &Evidence) -> Judgement {
    let reference = reference(evidence);
    let mut findings = primary::findings(evidence, reference);
    let is_damaged = |reference: &Reference| {
        zonemd::faults(evidence, reference.source).is_some()
            || validation::is_in_doubt(evidence, reference.source)
    };
    let in_doubt = reference.as_ref().is_some_and(is_damaged)
        || findings.iter().any(|finding| finding.severity == Severity::Critical);
    let shared = shared_faults(evidence, reference);
    let mut servers: Vec<ServerJudgement> =
        evidence.judged().filter_map(|id| judge_server(evidence, id, reference, in_doubt, &shared)).collect();
    count_wrong_rrsets(evidence, &mut servers, reference);
    findings.extend(zone_findings(evidence, &servers, reference));
    findings.extend(validation::of_zone(evidence, &shared));
    if let Some(rules) = &evidence.plan.rules.delegation {
        findings.extend(delegation::findings(&evidence.plan.zone, rules, evidence.delegation.as_ref()));
    }
    findings.sort_by_key(|finding| finding.severity);
    let severities = servers.iter().map(|server| server.severity);
    let unasked = unasked_servers(evidence);
    let severities = severities.chain(unasked.iter().map(|server| server.severity));
    let verdicts = servers.iter().map(|server| server.decision.verdict);
    let own = findings.iter().map(|finding| finding.severity);
    let without_servers = if servers.is_empty() { Severity::Unknown } else { Severity::Ok };
    Judgement {
        verdict: worst(verdicts.chain(unasked.iter().map(|_| Verdict::Unknown))),
        severity: severities.chain(own).fold(without_servers, Severity::worse),
        reference,
        wrong_answers: wrong_answers(evidence, &servers, reference),
        wrong_rrsets: WrongRrsets::largest(servers.iter().map(|server| server.wrong_rrsets)),
        servers,
        unasked,
        findings,
        links: None,
        catalog: None,
    }
}

fn judge_server(
    evidence: &Evidence,
    id: TargetId,
    reference: Option<Reference>,
    reference_in_doubt: bool,
    shared_faults: &Faults<'_>,
) -> Option<ServerJudgement> {
    let decision = decide(evidence, id, reference);
    let (responses, target) = (evidence.responses(id)?, evidence.plan.target(id)?);
    let context = ServerContext {
        evidence,
        responses,
        target,
        id,
        decision: &decision,
        reference,
        reference_in_doubt,
        shared_faults,
    };
    let mut findings = context.findings();
    let is_needless = match decision.verdict {
        Verdict::Unreachable => true,
        Verdict::Lame => is_for_transfers(evidence, id, responses),
        _ => false,
    };
    let hidden = is_needless && (is_hidden(evidence, id) || membership::left(evidence).is_some());
    // Users get two answers that no serial tells apart, or one that should be gone.
    let has_one_serial = || serves_two_contents(responses) || alternates_in_answers(responses);
    let bad_mix = decision.verdict == Verdict::Mixed
        && (has_one_serial() || is_past_its_deadline(evidence, id, reference));
    for finding in findings.iter_mut().filter(|finding| finding.code == Code::Verdict(decision.verdict)) {
        match (hidden, bad_mix) {
            (true, _) => finding.severity = Severity::Warning,
            (_, true) => finding.severity = Severity::Critical,
            (false, false) => {}
        }
    }
    // Every verdict has a finding with its severity, except `in_sync`, which is ok.
    findings.sort_by_key(|finding| finding.severity);
    let severity = findings.iter().map(|finding| finding.severity).fold(Severity::Ok, Severity::worse);
    Some(ServerJudgement { target: id, decision, severity, findings, wrong_rrsets: None })
}

/// Counts the wrong RRsets of each server whose records were compared, and of the reference if it was read.
fn count_wrong_rrsets(evidence: &Evidence, servers: &mut [ServerJudgement], reference: Option<Reference>) {
    let rrsets = reference_rrsets(evidence, reference);
    for server in servers.iter_mut() {
        server.wrong_rrsets = wrong_rrsets(evidence, server.target, &server.decision, rrsets);
    }
    let Some(rrsets) = rrsets else { return };
    let is_compared = servers.iter().any(|server| server.wrong_rrsets.is_some());
    let source = reference.map(|reference| reference.source);
    let is_reference = |server: &&mut ServerJudgement| source == Some(Source::Target(server.target));
    let reference = servers.iter_mut().find(is_reference).filter(|_| is_compared);
    if let Some(reference) = reference.filter(|reference| reference.wrong_rrsets.is_none()) {
        reference.wrong_rrsets = Some(WrongRrsets { wrong: 0, of: rrsets, is_exact: true });
    }
}

/// Whether the older of two versions should be gone by now.
fn is_past_its_deadline(evidence: &Evidence, id: TargetId, reference: Option<Reference>) -> bool {
    let Some(responses) = evidence.responses(id) else { return false };
    let rules = &evidence.plan.rules;
    let refresh = last_refresh_within(evidence, responses, |soa| time_to_refresh(soa, rules.grace));
    if refresh.is_some_and(|refresh| refresh.missed) {
        return true;
    }
    let (Some(reference), Some(soa)) = (reference, responses.soa()) else { return false };
    if evidence.history.versions.is_empty() {
        return false;
    }
    let published = evidence.published(reference.source);
    let heals_within = propagation_time(soa, rules.grace) + rules.interval;
    responses.serial_observations().iter().any(|observation| {
        let since = successor_first_seen(&published, observation.serial);
        let age = since.and_then(|since| evidence.start_time().duration_since(since).ok());
        age.is_some_and(|age| age > heals_within)
    })
}

/// Whether no user queries a server: the user says so, or it is a primary or a signer without a part in the NS set.
///
/// That is known once every name of the NS set has its addresses. Then it does not matter how the user wrote the
/// servers; and a server with one address in the set is a member with all of them.
fn is_hidden(evidence: &Evidence, id: TargetId) -> bool {
    let Some(target) = evidence.plan.target(id) else { return false };
    if target.is_hidden {
        return true;
    }
    let name_servers = evidence.plan.name_servers.as_deref().unwrap_or_default();
    let is_located = !name_servers.is_empty() && name_servers.iter().all(|it| !it.addresses.is_empty());
    let is_same_server = |other: &&Target| (&other.server, other.role) == (&target.server, target.role);
    let mut of_server = evidence.plan.targets.iter().filter(is_same_server);
    target.role != Role::Secondary
        && is_located
        && !of_server.any(|target| name_servers.iter().any(|member| target.is_at(member)))
}

fn zone_findings(
    evidence: &Evidence,
    servers: &[ServerJudgement],
    reference: Option<Reference>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = lookup_errors(evidence).map(lookup_failed).collect();
    findings.extend(unusable_family(evidence));
    findings.extend(nothing_to_compare(evidence, servers));
    let primaries: Vec<TargetId> = evidence.primaries().collect();
    let answered = |&id: &TargetId| evidence.responses(id).and_then(Responses::latest).is_some();
    let against_file = reference.is_some_and(|reference| reference.kind == ReferenceKind::ZoneFile);
    let mut unlocated = unlocated_primaries(evidence);
    if !evidence.plan.targets.is_empty() {
        unlocated.extend(excluded_primaries(evidence));
    }
    let has_primary = !primaries.is_empty() || !unlocated.is_empty();
    // About a member that no primary serves, the findings of the servers say all.
    let is_refused = |&id: &TargetId| evidence.responses(id).is_some_and(membership::answers);
    let says_servers = evidence.plan.membership.is_some()
        && unlocated.is_empty()
        && !primaries.is_empty()
        && primaries.iter().all(is_refused);
    if has_primary && !says_servers && !primaries.iter().any(answered) {
        let stand_in = match reference {
            Some(_) if against_file => "the zone file is the reference all the same",
            Some(_) => "the newest of the others stands in as the reference",
            None => "and there is no reference without one",
        };
        let mut names = names(evidence, primaries.iter().copied());
        names.extend(unlocated);
        let names = names.join(", ");
        let role = origin(evidence, "primary", "signer");
        let message = format!("no {role} answered with authority ({names}); {stand_in}");
        findings.push(Finding::new(Code::PrimaryUnreachable, message));
    }
    let other_records = if evidence.plan.rules.serials_count() {
        "serve other records than each other at one serial"
    } else {
        "serve other records than each other"
    };
    for (verdict, how) in
        [(Verdict::Diverged, other_records), (Verdict::Stuck, "lag behind another one past their deadline")]
    {
        let disagreeing = servers
            .iter()
            .filter(|server| server.decision.verdict == verdict && primaries.contains(&server.target));
        let disagreeing = names(evidence, disagreeing.map(|server| server.target));
        if !disagreeing.is_empty() && !against_file {
            let roles = origin(evidence, "primaries", "signers");
            let message = format!("{roles} {how}: {}", disagreeing.join(", "));
            findings.push(Finding::new(Code::PrimariesDisagree, message));
        }
    }
    findings
}

/// Returns the finding that only one address was asked, so that nothing was compared.
fn nothing_to_compare(evidence: &Evidence, servers: &[ServerJudgement]) -> Option<Finding> {
    let is_judged = |server: &ServerJudgement| {
        server.decision.verdict == Verdict::Unknown && server.decision.relation.is_some()
    };
    if !evidence.has_nothing_to_compare() || !servers.iter().any(is_judged) {
        return None;
    }
    let target = evidence.plan.target(servers.first()?.target)?;
    let message = format!(
        "{} is the only address that was asked, and there is no zone file either: nothing to compare it with",
        target.address
    );
    Some(Finding::new(Code::NothingToCompare, message))
}

/// The word for the servers from which the others get the zone.
fn origin(evidence: &Evidence, primary: &'static str, signer: &'static str) -> &'static str {
    if evidence.link.origin() == Role::Signer { signer } else { primary }
}

/// Returns the look-ups that failed, of servers that no link before has.
fn lookup_errors(evidence: &Evidence) -> impl Iterator<Item = &LookupError> {
    evidence.plan.lookup_errors.iter().filter(|error| match error {
        LookupError::NoAddress { role, .. } => evidence.link.introduces(*role),
        LookupError::TooManyAddresses { .. }
        | LookupError::TooManyServers { .. }
        | LookupError::NoServers { .. } => true,
    })
}

/// Returns the primaries for which no address was found, each with its host name.
fn unlocated_primaries(evidence: &Evidence) -> Vec<String> {
    let primaries = evidence.plan.lookup_errors.iter().filter_map(|error| match error {
        LookupError::NoAddress { server, host, role, .. } if *role == evidence.link.origin() => {
            Some(server_and_host(server, host))
        }
        LookupError::NoAddress { .. }
        | LookupError::TooManyAddresses { .. }
        | LookupError::TooManyServers { .. }
        | LookupError::NoServers { .. } => None,
    });
    primaries.collect()
}

/// Returns the name of a server, and its host name if that is another one.
fn server_and_host(server: &str, host: &Name) -> String {
    let host = host.without_final_dot();
    if server == host { host } else { format!("{server} ({host})") }
}

fn lookup_failed(error: &LookupError) -> Finding {
    match error {
        LookupError::NoAddress { server, host, reason, .. } => {
            let message = format!("no address was found for {}: {reason}", server_and_host(server, host));
            Finding::new(Code::NoAddress, message).advise(vec![advice::look_up(host)])
        }
        LookupError::TooManyAddresses { server, host, used, count } => {
            let server = server_and_host(server, host);
            let message = format!("{server} has {count} addresses, of which {used} were asked");
            Finding::new(Code::NoAddress, message)
        }
        LookupError::TooManyServers { used, count } => {
            let message = format!("the NS set has {count} names, of which {used} were asked");
            Finding::new(Code::NoAddress, message)
        }
        LookupError::NoServers { reason } => {
            Finding::new(Code::NoServers, format!("the NS set was not found: {reason}"))
        }
    }
}

fn names(evidence: &Evidence, ids: impl Iterator<Item = TargetId>) -> Vec<String> {
    let targets = ids.filter_map(|id| evidence.plan.target(id));
    targets.map(|target| format!("{} {}", target.server, target.address)).collect()
}

/// Counts the servers that give wrong answers, with the ratio of these in a model where resolvers query each name of
/// the NS set equally often, and each of its addresses equally often; over all servers if none of them is in the set.
/// A server that no user queries does not count.
pub(super) fn wrong_answers(
    evidence: &Evidence,
    servers: &[ServerJudgement],
    reference: Option<Reference>,
) -> Option<WrongAnswers> {
    let counted = servers.iter().filter(|server| !is_hidden(evidence, server.target));
    let counted: Vec<&ServerJudgement> = counted.collect();
    let of_signer = answers_of_signer(evidence, servers, reference);
    let wrong = |server: &&ServerJudgement| {
        let is_secondary = evidence.plan.target(server.target).is_some_and(|it| it.role == Role::Secondary);
        let is_in_sync = is_secondary && server.decision.verdict == Verdict::InSync;
        of_signer.filter(|_| is_in_sync).unwrap_or_else(|| wrong(evidence, server, reference))
    };
    // If no answer is wrong, the weights do not matter.
    if !counted.is_empty() && counted.iter().all(|server| wrong(server) == 0.0) {
        return Some(WrongAnswers { ratio: 0.0, servers: 0, wrong: 0, missing: 0, of: counted.len() });
    }
    let members = evidence.plan.name_servers.as_deref().unwrap_or_default();
    let of_member = |member: &NameServer| -> Vec<&ServerJudgement> {
        let is_at = |server: &&ServerJudgement| {
            evidence.plan.target(server.target).is_some_and(|target| target.is_at(member))
        };
        counted.iter().copied().filter(is_at).collect()
    };
    let mut groups: Vec<Vec<&ServerJudgement>> =
        members.iter().map(of_member).filter(|group| !group.is_empty()).collect();
    if groups.is_empty() {
        groups = by_name(evidence, &counted);
    }
    let mean = |values: Vec<f64>| {
        #[expect(clippy::cast_precision_loss, reason = "a zone has few servers")]
        let count = values.len() as f64;
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
    };
    let of_group = |group: &Vec<&ServerJudgement>| mean(group.iter().map(wrong).collect());
    let count = |is: &dyn Fn(&ServerJudgement) -> bool| {
        let counts = |group: &&Vec<&ServerJudgement>| group.iter().any(|it| wrong(it) > 0.0 && is(it));
        groups.iter().filter(counts).count()
    };
    Some(WrongAnswers {
        ratio: mean(groups.iter().filter_map(of_group).collect())?,
        servers: count(&|_| true),
        wrong: count(&|server| !is_outage(evidence, server)),
        missing: count(&|server| is_outage(evidence, server)),
        of: groups.len(),
    })
}

/// Whether an address gives no answer for the zone: a member of a catalog may be on its way there.
fn is_outage(evidence: &Evidence, server: &ServerJudgement) -> bool {
    let is_empty = || evidence.responses(server.target).is_some_and(|responses| responses.soa().is_none());
    server.decision.verdict.is_outage() || (server.decision.verdict == Verdict::Propagating && is_empty())
}

fn by_name<'s>(evidence: &Evidence, servers: &[&'s ServerJudgement]) -> Vec<Vec<&'s ServerJudgement>> {
    let name = |server: &ServerJudgement| evidence.plan.target(server.target).map(|target| &target.server);
    let mut groups: Vec<Vec<&ServerJudgement>> = Vec::new();
    for &server in servers {
        let same =
            |group: &&mut Vec<&'s ServerJudgement>| group.iter().any(|other| name(other) == name(server));
        match groups.iter_mut().find(same) {
            Some(group) => group.push(server),
            None => groups.push(vec![server]),
        }
    }
    groups
}

/// Returns the ratio of wrong answers of the signer that secondaries are held against: one that is in sync with it gives
/// the same ones.
fn answers_of_signer(
    evidence: &Evidence,
    servers: &[ServerJudgement],
    reference: Option<Reference>,
) -> Option<f64> {
    let reference = reference.filter(|reference| reference.kind == ReferenceKind::Signer)?;
    let signer = servers.iter().find(|server| reference.source == Source::Target(server.target))?;
    let is_compared = signer.decision.verdict != Verdict::InSync && !signer.decision.verdict.is_outage();
    is_compared.then(|| wrong(evidence, signer, Some(reference)))
}

/// Returns the ratio of wrong answers of an address.
fn wrong(evidence: &Evidence, server: &ServerJudgement, reference: Option<Reference>) -> f64 {
    match server.decision.verdict {
        Verdict::InSync | Verdict::Unknown => 0.0,
        Verdict::Mixed => mixed_share(evidence, server.target, reference),
        Verdict::Unreachable
        | Verdict::Lame
        | Verdict::Incomparable
        | Verdict::Ahead
        | Verdict::Diverged
        | Verdict::Stuck
        | Verdict::Behind
        | Verdict::Propagating => 1.0,
    }
}

/// Returns the ratio of a mixed address's answers that are not of the reference's version; without a reference,
/// not of its own newest version.
fn mixed_share(evidence: &Evidence, target: TargetId, reference: Option<Reference>) -> f64 {
    let observations =
        evidence.of(target).responses(target).map(Responses::serial_observations).unwrap_or_default();
    let reference = reference.filter(|reference| reference.source != Source::Target(target));
    let current = reference
        .and_then(|reference| evidence.responses(reference.source))
        .map(Responses::serial_observations);
    let is_wrong = |one: &&SerialObservation| match &current {
        Some(current) => relate(**one, current) != Relation::Current,
        None => observations.iter().any(|other| other.serial.is_newer_than(one.serial)),
    };
    #[expect(clippy::cast_precision_loss, reason = "a check sends few queries")]
    let share = observations.iter().filter(is_wrong).count() as f64 / observations.len().max(1) as f64;
    share
}
