//! Adds expectations to the report of a zone: what each address serves of them, a finding for each one that
//! is not met, and the severity that follows.

use std::net::SocketAddr;
use std::time::Duration;

use super::{AddressAnswers, Wanted};
use crate::advice;
use crate::dns::message::Redirect;
use crate::dns::{Name, Rtype};
use crate::judge::{Code, Finding, ReferenceKind, Severity, Verdict, destination};
use crate::observe::{DifferenceKind, Failure, RrsetAnswer};
use crate::plan::{Role, Target};
use crate::report;
use crate::report::model::{
    DifferencesReport, Expectation, ExpectationAnswer, ExpectationKind, FindingReport, ServerReport,
    ZoneReport,
};

/// RRsets that the message of an unexpected change names.
const MAX_NAMED_CHANGES: usize = 5;

/// Adds each expectation, in the order given, with what every address serves of it.
pub(crate) fn add_expectations(report: &mut ZoneReport, wanted: &[(Wanted, AddressAnswers)]) {
    let zone: Option<Name> = report.zone.parse().ok();
    let zone = zone.as_ref();
    for (wanted, answers) in wanted {
        let servers: Vec<ExpectationAnswer> = match wanted {
            Wanted::Serial(serial) => {
                let found = |server: &ServerReport| {
                    let met = server.serial.is_some_and(|it| serial.is_met_by(it));
                    found_at(server, met, server.serial.map(|it| format!("serial {it}")))
                };
                // A signer numbers the versions anew, and so do those that take them from it.
                let has_signer = report.servers.iter().any(|server| server.role == Role::Signer);
                let counts = |server: &&ServerReport| !has_signer || server.role == Role::Primary;
                asked(report).filter(counts).map(found).collect()
            }
            Wanted::Rrset(_) | Wanted::Contains(_) | Wanted::Absent(..) | Wanted::Lacks(_) => {
                let found =
                    |server| Some(found_in_answer(server, wanted, answer_of(answers, server)?, zone?));
                report.servers.iter().filter_map(found).collect()
            }
        };
        let kind = match wanted {
            Wanted::Serial(_) => ExpectationKind::Serial,
            Wanted::Rrset(_) => ExpectationKind::Rrset,
            Wanted::Contains(_) => ExpectationKind::Contains,
            Wanted::Absent(..) | Wanted::Lacks(_) => ExpectationKind::Absent,
        };
        add_expectation(report, kind, wanted.to_string(), servers);
    }
}

/// Adds a critical finding for each of those expectations that an address does not meet.
pub(crate) fn add_unmet_findings(report: &mut ZoneReport, wanted: &[(Wanted, AddressAnswers)]) {
    let zone: Option<Name> = report.zone.parse().ok();
    for ((wanted, answers), expectation) in wanted.iter().zip(&report.expectations) {
        if expectation.servers.is_empty() {
            let message = format!("expected {wanted}, and no server could be asked");
            let finding = Finding::new(Code::ExpectationUnmet, message);
            add_critical(&mut report.findings, &mut report.severity, &finding);
        }
        for unmet in expectation.servers.iter().filter(|answer| !answer.met) {
            let same = |it: &&mut ServerReport| it.server == unmet.server && it.address == unmet.address;
            let Some(server) = report.servers.iter_mut().find(same) else { continue };
            let answer = target_of(answers, server);
            let finding = unmet_finding(wanted, unmet, answer, zone.as_ref());
            add_critical(&mut server.findings, &mut server.severity, &finding);
            report.severity = Severity::Critical;
        }
    }
}

fn unmet_finding(
    wanted: &Wanted,
    unmet: &ExpectationAnswer,
    answer: Option<&(Target, Result<RrsetAnswer, Failure>)>,
    zone: Option<&Name>,
) -> Finding {
    let (target, answer) = (answer.map(|(target, _)| target), answer.map(|(_, answer)| answer));
    let failure = answer.and_then(|answer| answer.as_ref().err());
    let answer = answer.and_then(|answer| answer.as_ref().ok());
    let found = match (unmet.found.as_deref(), failure) {
        (Some(found), _) if answer.is_some_and(is_delegated) => format!("it is {found}"),
        (Some(found), _) => format!("found {found}"),
        (None, Some(failure)) => format!("no usable answer: {failure}"),
        (None, None) => "no usable answer".to_owned(),
    };
    let question = wanted.question().or_else(|| Some((zone?, Rtype::SOA)));
    let command = question
        .zip(unmet.address.as_ref().and_then(|address| address.parse::<SocketAddr>().ok()))
        .map(|((owner, rtype), address)| {
            advice::ask_rrset(owner, rtype, &target.map_or_else(|| address.into(), destination))
        });
    let obstacle = answer.zip(zone).and_then(|(answer, zone)| wanted.obstacle(answer, zone));
    let obstacle = obstacle.map(|obstacle| format!("; {obstacle}")).unwrap_or_default();
    let message = format!("expected {wanted}; {found}{obstacle}");
    Finding::new(Code::ExpectationUnmet, message).advise(command.into_iter().collect())
}

/// Whether an answer is nothing but a referral.
fn is_delegated(answer: &RrsetAnswer) -> bool {
    answer.records.is_empty() && matches!(answer.redirect, Some(Redirect::Delegation { .. }))
}

/// Fewer good checks in a row than wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instability {
    /// How many are wanted.
    pub(crate) wanted: u32,
    /// How many there were at the end.
    pub(crate) good: u32,
    /// The most that there were.
    pub(crate) longest: u32,
    /// How long ago a check was last bad, and what was bad in it.
    pub(crate) last_bad: Option<(Duration, String)>,
}

/// Adds a critical finding: there were fewer good checks in a row than wanted.
pub(crate) fn add_unstable_finding(report: &mut ZoneReport, instability: &Instability) {
    let Instability { wanted, good, longest, last_bad } = instability;
    let message = match last_bad {
        None => format!("expected {wanted} good checks in a row; there was time for {good}"),
        Some((_, what)) if *good == 0 => {
            format!("expected {wanted} good checks in a row; there were {longest} at most, then {what}")
        }
        Some((ago, what)) => format!(
            "expected {wanted} good checks in a row; there were {good} after the last bad one, {} s before the end: {what}",
            ago.as_secs()
        ),
    };
    let finding = Finding::new(Code::ExpectationUnmet, message);
    add_critical(&mut report.findings, &mut report.severity, &finding);
}

/// Describes what is bad at a server: `ns1 (192.0.2.2:53) was behind: 2 steps`.
pub(crate) fn describe_bad_server(server: &ServerReport) -> String {
    let label = report::server_label(&server.server, server.address_text());
    match server.findings.iter().find(|finding| finding.severity == server.severity) {
        Some(finding) if finding.code == server.verdict.code() => {
            format!("{label} was {}: {}", finding.code, finding.message)
        }
        Some(finding) => format!("{label}: {}", finding.message),
        None => format!("{label} was {}", server.verdict.code()),
    }
}

/// Adds the expectation that nothing but the permitted RRsets differs from a baseline, with a critical finding
/// for each address where that is not so.
///
/// `against_baseline` is the report of the same servers with the baseline as the reference.
pub(crate) fn add_only_changed(report: &mut ZoneReport, expected: &str, against_baseline: &ZoneReport) {
    let mut answers = Vec::new();
    for server in report.servers.iter_mut().filter(|server| server.address.is_some()) {
        let same = |it: &&ServerReport| it.server == server.server && it.address == server.address;
        let compared = against_baseline.servers.iter().find(same);
        let met = compared.is_some_and(|it| it.verdict == Verdict::InSync);
        let differences = compared.and_then(|it| it.differences.as_ref());
        let found = match differences.and_then(describe_changes) {
            _ if met => Some("nothing else differs".to_owned()),
            changes => changes.filter(|_| compared.is_some_and(|it| it.verdict == Verdict::Diverged)),
        };
        if !met {
            let finding = changed_finding(expected, found.as_deref(), compared);
            add_critical(&mut server.findings, &mut server.severity, &finding);
            report.severity = Severity::Critical;
        }
        answers.push(found_at(server, met, found));
    }
    add_expectation(report, ExpectationKind::OnlyChanged, expected.to_owned(), answers);
}

fn changed_finding(expected: &str, found: Option<&str>, compared: Option<&ServerReport>) -> Finding {
    match found {
        Some(found) => Finding::new(Code::UnexpectedChange, format!("expected {expected}; found {found}")),
        None => {
            let failure = compared.and_then(|it| it.failure.as_ref());
            let why = failure.map_or("its records could not be read", |failure| &failure.message);
            Finding::new(Code::ExpectationUnmet, format!("expected {expected}; {why}"))
        }
    }
}

/// Adds the expectation that every server serves the content of the zone file, if a zone file is the reference.
///
/// There is no finding to add: the verdict over an address that differs is critical already.
pub(crate) fn add_zone_file(report: &mut ZoneReport) {
    let file = report.reference.as_ref().filter(|reference| reference.kind == ReferenceKind::ZoneFile);
    let Some(file) = file else { return };
    let expected = format!("the content of {}", file.server);
    let found = |server: &ServerReport| {
        let found = match server.differences.as_ref().filter(|differences| differences.all() > 0) {
            Some(differences) => {
                let number = report::count(differences.all(), "RRset that differs", "RRsets that differ");
                Some(format!("{}{number}", differences.at_least()))
            }
            None => server.serial.map(|serial| format!("{} at serial {serial}", server.verdict.code())),
        };
        found_at(server, server.verdict == Verdict::InSync, found)
    };
    let servers = asked(report).map(found).collect();
    add_expectation(report, ExpectationKind::ZoneFile, expected, servers);
}

/// Limits the severity of some servers and of their findings to a warning.
pub(crate) fn limit_to_warning(report: &mut ZoneReport, is_excused: impl Fn(&ServerReport) -> bool) {
    for server in report.servers.iter_mut().filter(|server| is_excused(server)) {
        if server.severity != Severity::Ok {
            server.severity = Severity::Warning;
        }
        for finding in server.findings.iter_mut().filter(|it| it.severity != Severity::Ok) {
            finding.severity = Severity::Warning;
        }
    }
    let servers = report.servers.iter().map(|server| server.severity);
    let all = servers.chain(report.findings.iter().map(|finding| finding.severity));
    report.severity = all.fold(Severity::Ok, Severity::worse);
}

/// The servers that were asked: about the others, nothing is known.
fn asked(report: &ZoneReport) -> impl Iterator<Item = &ServerReport> {
    report.servers.iter().filter(|server| server.address.is_some())
}

/// Adds an expectation; it is met if there are answers and all of them meet it.
fn add_expectation(
    report: &mut ZoneReport,
    kind: ExpectationKind,
    expected: String,
    servers: Vec<ExpectationAnswer>,
) {
    let met = !servers.is_empty() && servers.iter().all(|server| server.met);
    report.expectations.push(Expectation { kind, expected, met, servers });
}

/// Puts a finding before all others, and makes the severity critical.
fn add_critical(findings: &mut Vec<FindingReport>, severity: &mut Severity, finding: &Finding) {
    findings.insert(0, FindingReport::from(finding));
    *severity = Severity::Critical;
}

/// Names the RRsets that differ from a baseline, the first few one by one.
fn describe_changes(differences: &DifferencesReport) -> Option<String> {
    let named: Vec<String> = differences
        .rrsets
        .iter()
        .take(MAX_NAMED_CHANGES)
        .map(|rrset| {
            let how = match rrset.kind {
                DifferenceKind::Missing => "gone",
                DifferenceKind::Extra => "new",
                DifferenceKind::Changed => "changed",
                DifferenceKind::Ttl => "with another TTL",
                DifferenceKind::Answer => "answered otherwise",
            };
            format!("{} {} {how}", rrset.owner, rrset.rtype)
        })
        .collect();
    let (all, at_least) = (differences.all(), differences.at_least());
    match (all.saturating_sub(named.len() as u64), named.is_empty()) {
        _ if all == 0 => None,
        (_, true) => {
            Some(format!("{at_least}{}", report::count(all, "RRset that differs", "RRsets that differ")))
        }
        (0, false) => Some(named.join(", ")),
        (more, false) => Some(format!("{}, and {at_least}{more} more", named.join(", "))),
    }
}

fn answer_of<'a>(
    answers: &'a AddressAnswers,
    server: &ServerReport,
) -> Option<&'a Result<RrsetAnswer, Failure>> {
    target_of(answers, server).map(|(_, answer)| answer)
}

fn target_of<'a>(
    answers: &'a AddressAnswers,
    server: &ServerReport,
) -> Option<&'a (Target, Result<RrsetAnswer, Failure>)> {
    let same = |target: &Target| {
        target.server == server.server && server.address.as_ref() == Some(&target.address.to_string())
    };
    answers.iter().find(|(target, _)| same(target))
}

fn found_in_answer(
    server: &ServerReport,
    wanted: &Wanted,
    answer: &Result<RrsetAnswer, Failure>,
    zone: &Name,
) -> ExpectationAnswer {
    match answer {
        Ok(answer) => found_at(server, wanted.is_met_by(answer), Some(wanted.describe(answer, zone))),
        Err(_) => found_at(server, false, None),
    }
}

fn found_at(server: &ServerReport, met: bool, found: Option<String>) -> ExpectationAnswer {
    ExpectationAnswer { server: server.server.clone(), address: server.address.clone(), met, found }
}
