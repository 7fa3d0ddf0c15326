//! Builds the report of one zone from the evidence and the judgement.

use std::time::{Duration, SystemTime};

use super::model::{
    AnswerReport, Compared, CopyReport, DifferencesReport, ExtendedErrorReport, FailureReport, FindingReport,
    InstanceReport, Method, ReferenceReport, ServerReport, StatusReport, ValidationReport, ZoneReport,
    ZonemdReport, cache_reports,
};
use super::text::rfc3339;
use crate::caches::CachesReading;
use crate::compare::{Coverage, Instance, instances};
use crate::dns::message::rcode_name;
use crate::dns::{Name, escape};
use crate::judge::history::ComparisonResult;
use crate::judge::{
    self, Evidence, Judgement, Reference, Responses, ServerJudgement, UnaskedServer, Verdict, part_asked,
};
use crate::observe::{Asked, Content, Copy, ServerStatus, SoaResponse, Transport};
use crate::plan::{Compare, Role, Source, Target, TargetId};

/// Builds the report of one zone.
///
/// `statuses` is what servers say themselves, by their addresses.
pub fn zone_report(
    evidence: &Evidence,
    judgement: &Judgement,
    caches: &CachesReading,
    statuses: &[(TargetId, ServerStatus)],
) -> ZoneReport {
    let servers = judgement.servers.iter().filter_map(|server| {
        let evidence = evidence.of(server.target);
        let target = evidence.plan.target(server.target)?;
        let mut report = server_report(server, target, evidence.responses(server.target)?);
        add_verification(evidence, server.target.into(), &mut report.copy);
        if let (Some(copy), Some(part)) = (&mut report.copy, part_asked(evidence, server.target)) {
            add_earlier_parts(copy, part);
        }
        let compared_at = compared_at(evidence, server.target).map(rfc3339);
        let by_changes = evidence.of(server.target).is_compared_by_changes(server.target);
        let compared = if by_changes { Compared::Changes } else { report.compared };
        let status = statuses.iter().find(|(target, _)| *target == server.target);
        let status = status.map(|(_, status)| StatusReport::from(status));
        Some(ServerReport { compared, compared_at, status, ..report })
    });
    let mut servers: Vec<ServerReport> = servers.collect();
    let links = links(evidence, judgement);
    let compared_on = |role: Role| match links.as_slice() {
        [first, last] if !first.0.link.has(role) => compared(*last),
        [first, ..] => compared(*first),
        [] => Compared::None,
    };
    for server in &mut servers {
        server.compared = compared_at_address(compared_on(server.role), server);
    }
    // A link without secondaries compares nothing.
    let of_roles = [Role::Secondary, Role::Signer].into_iter().filter(|role| {
        links.len() == 1 || servers.iter().any(|server| server.role == *role && server.address.is_some())
    });
    let compared = of_roles.map(compared_on).reduce(Compared::least).unwrap_or(Compared::None);
    let is_sampled = servers.iter().any(|server| server.compared == Compared::Sampled);
    servers.extend(judgement.unasked.iter().map(unasked_report));
    let mut report = ZoneReport {
        zone: evidence.plan.zone.to_string(),
        id: None,
        page: None,
        membership: evidence.plan.membership.clone(),
        verdict: judgement.verdict,
        severity: judgement.severity,
        compared: if is_sampled { Compared::Sampled } else { compared },
        reference: reference(evidence.first_link(), judgement.reference),
        secondaries_reference: judgement.links.as_ref().and_then(|links| {
            let [_, last] = links.as_ref();
            reference(evidence, last.reference)
        }),
        wrong_answers: judgement.wrong_answers,
        wrong_rrsets: judgement.wrong_rrsets,
        servers,
        caches: cache_reports(caches),
        cached_until_at_most: None,
        expectations: Vec::new(),
        findings: judgement.findings.iter().map(FindingReport::from).collect(),
    };
    report.set_cached_until(caches.at);
    report
}

/// Adds the results of verifying a copy by its own signatures and digest.
fn add_verification(evidence: &Evidence, source: Source, copy: &mut Option<CopyReport>) {
    let Some(copy) = copy else { return };
    let validation = evidence.validation(source).and_then(|result| result.as_ref().ok());
    copy.validation = validation.map(|validation| ValidationReport::from(validation.as_ref()));
    copy.zonemd = judge::zonemd(evidence, source).and_then(ZonemdReport::of);
}

/// The evidence and the judgement of each link of the chain.
fn links<'e>(evidence: &'e Evidence, judgement: &'e Judgement) -> Vec<(&'e Evidence, &'e Judgement)> {
    match &judgement.links {
        None => vec![(evidence, judgement)],
        Some(links) => [evidence.first_link(), evidence].into_iter().zip(links.iter()).collect(),
    }
}

/// Counts what was asked in earlier checks of the same version, where this one asked for a part.
fn add_earlier_parts(copy: &mut CopyReport, part: f64) {
    let Some(askable) = copy.askable else { return };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no zone has 2^52 RRsets"
    )]
    let so_far = (askable as f64 * part) as u64;
    copy.asked = copy.asked.max(Some(so_far)).min(Some(askable));
}

/// What was held against each other: records where two copies were read, serials where two addresses answered.
fn compared((evidence, judgement): (&Evidence, &Judgement)) -> Compared {
    let mut answered: Vec<&Target> = Vec::new();
    let mut with_copy: Vec<&Target> = Vec::new();
    for server in &judgement.servers {
        let (Some(target), Some(responses)) =
            (evidence.plan.target(server.target), evidence.responses(server.target))
        else {
            continue;
        };
        let is_new = |known: &[&Target]| !known.iter().any(|other| other.is_same_address(target));
        if responses.latest().is_some() && is_new(&answered) {
            answered.push(target);
        }
        if responses.has_records() && is_new(&with_copy) {
            with_copy.push(target);
        }
    }
    let has_answered = |server: &ServerJudgement| {
        evidence.responses(server.target).is_some_and(|responses| responses.latest().is_some())
    };
    let file = usize::from(evidence.zone_file.is_some());
    let of_reference = judgement.reference.and_then(|reference| evidence.responses(reference.source));
    let has_reference = of_reference.is_some_and(Responses::has_records);
    let compares_records = has_reference && evidence.plan.rules.compare == Compare::Records;
    let by_changes =
        |server: &ServerJudgement| evidence.is_compared_by_changes(server.target) || !has_answered(server);
    match (answered.len() + file, with_copy.len() + file) {
        (0 | 1, _) => Compared::None,
        (_, 2..) if compares_records => Compared::Records,
        _ if judgement.servers.iter().all(by_changes) => Compared::Changes,
        _ => Compared::Serials,
    }
}

/// What of an address was compared, in a zone of which this was compared at the most.
fn compared_at_address(most: Compared, server: &ServerReport) -> Compared {
    match (most, &server.copy) {
        (Compared::None, _) => Compared::None,
        (Compared::Records | Compared::Sampled, Some(copy)) if copy.is_sample() => Compared::Sampled,
        (Compared::Records | Compared::Sampled, Some(_)) => Compared::Records,
        _ if server.compared == Compared::Changes => Compared::Changes,
        _ if server.serial.is_some() => Compared::Serials,
        _ => Compared::None,
    }
}

fn reference(evidence: &Evidence, chosen: Option<Reference>) -> Option<ReferenceReport> {
    let chosen = chosen?;
    let responses = evidence.responses(chosen.source)?;
    let soa = responses.soa_or_copied()?;
    let target = chosen.source.target().and_then(|target| evidence.plan.target(target));
    let file = evidence.zone_file.as_ref().filter(|_| target.is_none());
    let mut copy = file.and(responses.content.as_ref()).map(|content| copy(content, Method::ZoneFile));
    add_verification(evidence, chosen.source, &mut copy);
    Some(ReferenceReport {
        kind: chosen.kind,
        server: target.map(|target| &target.server).or(file.map(|file| &file.path))?.clone(),
        address: target.map(|target| target.address.to_string()),
        copy,
        serial: responses.latest()?.serial,
        refresh: soa.refresh,
        retry: soa.retry,
        expire: soa.expire,
    })
}

/// When the records of the version that an address serves were last compared, now or in an earlier check.
fn compared_at(evidence: &Evidence, target: TargetId) -> Option<SystemTime> {
    let responses = evidence.responses(target)?;
    let serial = responses.latest()?.serial;
    let copied = responses.versions.iter().rfind(|version| version.soa.serial == serial);
    let asked = responses.asked().filter(|asked| asked.soa.serial == serial);
    let read = copied.map(|version| version.span.end).max(asked.map(|asked| asked.span.end));
    let past = evidence.last_comparison(target).filter(|compared| {
        (compared.serial == serial && compared.result != ComparisonResult::Unread)
            || evidence.is_compared_by_changes(target)
    });
    read.map(|read| evidence.wall_time(read)).or(past.map(|compared| compared.at))
}

fn server_report(server: &ServerJudgement, target: &Target, responses: &Responses) -> ServerReport {
    let decision = &server.decision;
    let failure =
        responses.failure().or_else(|| responses.copy_failure.as_ref().filter(|_| !responses.has_records()));
    ServerReport {
        server: target.server.clone(),
        address: Some(target.address.to_string()),
        id: Some(target.id()),
        role: target.role,
        key: target.key.as_ref().map(|key| key.name().without_final_dot()),
        verdict: decision.verdict,
        severity: server.severity,
        self_heals: decision.self_heals(),
        since: decision.since().map(rfc3339),
        deadline: decision.deadline().map(rfc3339),
        compared: Compared::None,
        serial: responses.latest().map(|sighting| sighting.serial),
        serial_lag: decision.serial_lag(),
        answer: responses.best_response().map(answer),
        instances: instances(&responses.observations).iter().map(instance).collect(),
        failure: failure.map(|failure| FailureReport { kind: failure.kind(), message: failure.to_string() }),
        compared_at: None,
        copy: responses.records().map(|content| CopyReport {
            transport: copy_transport(content, target),
            ..copy(content, Method::Axfr)
        }),
        differences: decision
            .comparison
            .as_ref()
            .map(|comparison| DifferencesReport::from(&comparison.differences)),
        wrong_rrsets: server.wrong_rrsets,
        findings: server.findings.iter().map(FindingReport::from).collect(),
        status: None,
    }
}

fn unasked_report(server: &UnaskedServer) -> ServerReport {
    ServerReport {
        server: server.server.clone(),
        address: None,
        id: None,
        role: server.role,
        key: server.key.as_ref().map(Name::without_final_dot),
        verdict: Verdict::Unknown,
        severity: server.severity,
        self_heals: None,
        since: None,
        deadline: None,
        compared: Compared::None,
        serial: None,
        serial_lag: None,
        answer: None,
        instances: Vec::new(),
        failure: None,
        compared_at: None,
        copy: None,
        differences: None,
        wrong_rrsets: None,
        findings: server.findings.iter().map(FindingReport::from).collect(),
        status: None,
    }
}

fn answer(reply: &SoaResponse) -> AnswerReport {
    AnswerReport {
        rcode: rcode_name(reply.rcode),
        authoritative: reply.authoritative,
        transport: reply.transport,
        certificate_expires: reply.certificate.map(|certificate| rfc3339(certificate.not_after)),
        rtt_seconds: seconds(reply.rtt),
        nsid: reply.edns.nsid.as_deref().map(escape::text),
        expire_seconds: reply.edns.expire,
        extended_errors: reply
            .edns
            .extended_errors
            .iter()
            .map(|error| ExtendedErrorReport {
                code: error.code,
                name: error.name(),
                text: escape::text(&error.text),
            })
            .collect(),
    }
}

fn instance(instance: &Instance) -> InstanceReport {
    InstanceReport {
        nsid: instance.nsid.as_deref().map(escape::text),
        serial: instance.serial,
        share: instance.share,
    }
}

fn copy(content: &Content, method: Method) -> CopyReport {
    match content {
        Content::Whole(copy) => whole_copy(copy, method),
        Content::Asked(asked) => asked_copy(asked),
    }
}

/// What a copy was read over; not known where it was read by queries, which may need TCP after UDP.
fn copy_transport(content: &Content, target: &Target) -> Option<Transport> {
    match (&target.tls, content) {
        (Some(_), _) => Some(Transport::Tls),
        (None, Content::Whole(_)) => Some(Transport::Tcp),
        (None, Content::Asked(_)) => None,
    }
}

fn asked_copy(asked: &Asked) -> CopyReport {
    CopyReport {
        method: Method::Queries,
        transport: None,
        coverage: Coverage::Asked,
        asked: Some(asked.asked),
        askable: asked.askable,
        is_drawn: asked.drawn.is_some(),
        records: asked.records,
        rrsets: asked.asked,
        serial: asked.soa.serial,
        bytes: asked.bytes,
        seconds: seconds(asked.duration),
        dropped: 0,
        fingerprint: None,
        signatures_expire: None,
        validation: None,
        zonemd: None,
    }
}

fn whole_copy(copy: &Copy, method: Method) -> CopyReport {
    CopyReport {
        method,
        transport: None,
        coverage: Coverage::Whole,
        asked: None,
        askable: None,
        is_drawn: false,
        records: copy.summary.records,
        // The SOA's RRset is not in the digest.
        rrsets: copy.digest.rrsets() + 1,
        serial: copy.summary.soa.serial,
        bytes: copy.bytes,
        seconds: seconds(copy.duration),
        dropped: copy.summary.dropped,
        fingerprint: Some(copy.digest.fingerprint()),
        signatures_expire: copy.digest.first_to_expire().map(|signature| rfc3339(signature.expires)),
        validation: None,
        zonemd: None,
    }
}

/// A duration in seconds, rounded to microseconds: more digits are noise.
pub(super) fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e6
}
