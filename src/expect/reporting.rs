//! What was expected of a zone, held against what its servers show.

use crate::advice;
use crate::compare::Kind;
use crate::dns::Name;
use crate::expect::Wanted;
use crate::judge::{Code, Finding, ReferenceKind, Severity, Verdict};
use crate::observe::{Failure, RrsetAnswer};
use crate::plan::Target;
use crate::report::model::{
    DifferencesReport, Expectation, ExpectationAnswer, ExpectationKind, FindingReport, ServerReport,
    ZoneReport,
};
use crate::report::text;

/// What the servers answered to the question of one expectation; of a serial, nobody was asked.
pub type Answers = Vec<(Target, Result<RrsetAnswer, Failure>)>;

impl ZoneReport {
    /// Adds what was expected: each in the order given, with the answers to its question.
    pub fn expect(&mut self, wanted: &[(Wanted, Answers)]) {
        for (wanted, answers) in wanted {
            let servers: Vec<ExpectationAnswer> = match wanted {
                Wanted::Serial(serial) => {
                    let shown = |server: &ServerReport| {
                        let met = server.serial.is_some_and(|it| serial.is_met_by(it));
                        answered(server, met, server.serial.map(|it| format!("serial {it}")))
                    };
                    self.servers.iter().map(shown).collect()
                }
                Wanted::Rrset(_) | Wanted::Absent(..) => {
                    let shown = |server| Some(by_question(server, wanted, find(answers, server)?));
                    self.servers.iter().filter_map(shown).collect()
                }
            };
            let kind = match wanted {
                Wanted::Serial(_) => ExpectationKind::Serial,
                Wanted::Rrset(_) => ExpectationKind::Rrset,
                Wanted::Absent(..) => ExpectationKind::Absent,
            };
            self.add_expectation(kind, wanted.to_string(), servers);
        }
    }

    fn add_expectation(&mut self, kind: ExpectationKind, expected: String, servers: Vec<ExpectationAnswer>) {
        let met = !servers.is_empty() && servers.iter().all(|server| server.met);
        self.expectations.push(Expectation { kind, expected, met, servers });
    }

    /// Makes findings of what is not met. It is critical, and so are the server and the zone.
    pub fn accuse_of_unmet(&mut self, wanted: &[(Wanted, Answers)]) {
        let zone: Option<Name> = self.zone.parse().ok();
        for ((wanted, answers), expectation) in wanted.iter().zip(&self.expectations) {
            if expectation.servers.is_empty() {
                let message = format!("expected {wanted}, and no server could be asked");
                let finding = Finding::new(Code::ExpectationUnmet, message);
                accuse(&mut self.findings, &mut self.severity, &finding);
            }
            for answer in expectation.servers.iter().filter(|answer| !answer.met) {
                let same =
                    |it: &&mut ServerReport| it.server == answer.server && it.address == answer.address;
                let Some(server) = self.servers.iter_mut().find(same) else { continue };
                let found = answer.found.as_deref().unwrap_or("no usable answer");
                let question = wanted.question().map(|(owner, rtype)| (owner.clone(), rtype));
                let question = question.or_else(|| Some((zone.clone()?, crate::dns::Rtype::SOA)));
                let command = question.zip(server.address.parse().ok());
                let command = command.map(|((owner, rtype), at)| advice::ask_rrset(&owner, rtype, at));
                let why = find(answers, server).and_then(|answer| answer.as_ref().err());
                let why = why.map(|failure| format!(": {failure}")).unwrap_or_default();
                let message = format!("expected {wanted}; found {found}{why}");
                let finding = Finding::new(Code::ExpectationUnmet, message);
                let finding = finding.advise(command.into_iter().collect());
                accuse(&mut server.findings, &mut server.severity, &finding);
                self.severity = Severity::Critical;
            }
        }
    }

    /// Adds that time was up after so many good checks in a row, which are fewer than were wanted. It is critical.
    pub fn accuse_of_unstable(&mut self, wanted: u32, good: u32) {
        let message = format!("expected {wanted} good checks in a row; there was time for {good}");
        let finding = Finding::new(Code::ExpectationUnmet, message);
        accuse(&mut self.findings, &mut self.severity, &finding);
    }

    /// Adds that nothing but what was permitted differs from a baseline, against which `held` tells of every server;
    /// what is not so is critical.
    pub fn expect_only_changed(&mut self, expected: &str, held: &Self) {
        let mut answers = Vec::new();
        for server in &mut self.servers {
            let same = |it: &&ServerReport| it.server == server.server && it.address == server.address;
            let held = held.servers.iter().find(same);
            let met = held.is_some_and(|held| held.verdict == Verdict::InSync);
            let differing = held.and_then(|held| held.differences.as_ref());
            let found = match differing.and_then(changes) {
                _ if met => Some("nothing else differs".to_owned()),
                changes => changes.filter(|_| held.is_some_and(|held| held.verdict == Verdict::Diverged)),
            };
            answers.push(answered(server, met, found.clone()));
            if met {
                continue;
            }
            let finding = match found {
                Some(found) => {
                    Finding::new(Code::UnexpectedChange, format!("expected {expected}; found {found}"))
                }
                None => {
                    let failure = held.and_then(|held| held.failure.as_ref());
                    let why = failure.map_or("its records could not be read", |failure| &failure.message);
                    Finding::new(Code::ExpectationUnmet, format!("expected {expected}; {why}"))
                }
            };
            accuse(&mut server.findings, &mut server.severity, &finding);
            self.severity = Severity::Critical;
        }
        self.add_expectation(ExpectationKind::OnlyChanged, expected.to_owned(), answers);
    }

    /// Adds that every server serves what a zone file says, where they were held against one. Who does not is
    /// critical by the verdict already.
    pub fn expect_zone_file(&mut self) {
        let file = self.reference.as_ref().filter(|reference| reference.kind == ReferenceKind::ZoneFile);
        let Some(file) = file else { return };
        let expected = format!("what {} says", file.server);
        let shown = |server: &ServerReport| {
            let found = match server.differences.as_ref().filter(|differences| differences.all() > 0) {
                Some(differences) => {
                    let number = text::count(differences.all(), "RRset that differs", "RRsets that differ");
                    Some(format!("{}{number}", differences.least()))
                }
                None => server.serial.map(|serial| format!("{} at serial {serial}", server.verdict.code())),
            };
            answered(server, server.verdict == Verdict::InSync, found)
        };
        let servers = self.servers.iter().map(shown).collect();
        self.add_expectation(ExpectationKind::ZoneFile, expected, servers);
    }

    /// Makes whatever is wrong with some servers a warning at most.
    pub fn excuse(&mut self, excused: impl Fn(&ServerReport) -> bool) {
        for server in self.servers.iter_mut().filter(|server| excused(server)) {
            if server.severity != Severity::Ok {
                server.severity = Severity::Warning;
            }
            for finding in server.findings.iter_mut().filter(|it| it.severity != Severity::Ok) {
                finding.severity = Severity::Warning;
            }
        }
        let servers = self.servers.iter().map(|server| server.severity);
        let all = servers.chain(self.findings.iter().map(|finding| finding.severity));
        self.severity = all.fold(Severity::Ok, Severity::worse);
    }

    /// Returns whether an address meets all that is expected.
    pub fn meets_expectations(&self, server: &ServerReport) -> bool {
        let same = |it: &&ExpectationAnswer| it.server == server.server && it.address == server.address;
        self.expectations.iter().all(|it| it.servers.iter().find(same).is_none_or(|answer| answer.met))
    }
}

/// Names the RRsets that differ, the first of them one by one.
fn changes(differences: &DifferencesReport) -> Option<String> {
    /// How many are named.
    const MOST: usize = 5;
    let named: Vec<String> = differences
        .rrsets
        .iter()
        .take(MOST)
        .map(|differing| {
            let how = match differing.kind {
                Kind::Missing => "gone",
                Kind::Extra => "new",
                Kind::Changed => "changed",
                Kind::Ttl => "with another TTL",
            };
            format!("{} {} {how}", differing.owner, differing.rtype)
        })
        .collect();
    let more = differences.all().saturating_sub(named.len() as u64);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("{}{more}", named.join(", ")))
}

fn find<'a>(answers: &'a Answers, server: &ServerReport) -> Option<&'a Result<RrsetAnswer, Failure>> {
    let same =
        |target: &Target| target.server == server.server && target.address.to_string() == server.address;
    answers.iter().find(|(target, _)| same(target)).map(|(_, answer)| answer)
}

/// Puts what is not met in front of the other findings; it is critical.
fn accuse(findings: &mut Vec<FindingReport>, severity: &mut Severity, finding: &Finding) {
    findings.insert(0, FindingReport::from(finding));
    *severity = Severity::Critical;
}

fn by_question(
    server: &ServerReport,
    wanted: &Wanted,
    answer: &Result<RrsetAnswer, Failure>,
) -> ExpectationAnswer {
    match answer {
        Ok(found) => answered(server, wanted.is_met_by(found), Some(wanted.shown(found))),
        Err(_) => answered(server, false, None),
    }
}

fn answered(server: &ServerReport, met: bool, found: Option<String>) -> ExpectationAnswer {
    ExpectationAnswer { server: server.server.clone(), address: server.address.clone(), met, found }
}
