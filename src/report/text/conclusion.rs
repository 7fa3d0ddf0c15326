//! One sentence about a zone: which servers are not ok, why, and whether they recover without help.

use crate::judge::{Code, Severity, Verdict, WrongAnswers, WrongRrsets};

use crate::report::model::{Compared, FindingReport, ServerReport, ZoneReport};
use crate::report::text::sample::Sample;
use crate::report::text::{self, plain};

/// Statements that a conclusion makes one by one.
const MAX_STATEMENTS: usize = 5;

/// What is wrong with a zone, and what follows from it.
#[derive(Debug)]
pub(crate) struct Conclusion {
    statements: Vec<Statement>,
    /// How many servers give wrong answers, and whether the servers recover without help.
    outlook: Option<String>,
}

/// What is true of some servers, or of the zone.
#[derive(Debug)]
struct Statement {
    /// The servers; empty for the zone as a whole.
    subject: String,
    /// The code of the verdict or the finding, unless it is part of the predicate.
    code: Option<&'static str>,
    predicate: String,
    /// Why there was no usable answer.
    failure: Option<String>,
}

impl Statement {
    fn of_finding(finding: &FindingReport) -> Self {
        Self {
            subject: String::new(),
            code: Some(finding.code),
            predicate: finding.message.trim_end_matches('.').to_owned(),
            failure: None,
        }
    }
}

impl Conclusion {
    /// The conclusion for a zone.
    pub(crate) fn of(zone: &ZoneReport) -> Self {
        let not_ok = |severity: &Severity| *severity != Severity::Ok;
        let mut servers: Vec<&ServerReport> = zone.servers.iter().filter(|it| not_ok(&it.severity)).collect();
        servers.sort_by_key(|server| (server.severity, server.verdict));
        // What is wrong with a primary comes before the secondaries that suffer from it.
        let findings = zone.findings.iter().filter(|it| not_ok(&it.severity));
        let (first, last): (Vec<&FindingReport>, Vec<&FindingReport>) =
            findings.partition(|finding| finding.severity == Severity::Critical);
        let of_servers = servers.chunk_by(|a, b| a.verdict == b.verdict).flat_map(server_statements);
        let first = first.into_iter().map(Statement::of_finding);
        let last = last.into_iter().map(Statement::of_finding);
        let mut statements: Vec<Statement> = first.chain(of_servers).chain(last).collect();
        if statements.is_empty() {
            statements.push(all_in_sync(zone));
        }
        Self { statements, outlook: outlook(zone, &servers) }
    }

    /// The conclusion for people, who have seen the codes already.
    pub(crate) fn sentence(&self) -> String {
        self.join(|Statement { subject, predicate, failure, .. }| match failure {
            Some(failure) => format!("{subject} {predicate}: {failure}"),
            None => format!("{subject} {predicate}"),
        }) + "."
    }

    /// The conclusion for alerts, with the codes in it.
    pub(crate) fn alert(&self) -> String {
        self.join(|Statement { subject, code, predicate, failure }| match code {
            Some(code) => format!("{subject} {code}: {}", failure.as_ref().unwrap_or(predicate)),
            None => format!("{subject} {predicate}"),
        })
    }

    fn join(&self, text: impl Fn(&Statement) -> String) -> String {
        let first = self.statements.iter().take(MAX_STATEMENTS);
        let mut parts: Vec<String> = first.map(|it| text(it).trim_start().to_owned()).collect();
        let more = self.statements.len().saturating_sub(MAX_STATEMENTS);
        parts.extend(Some(format!("and {more} more")).filter(|_| more > 0));
        parts.extend(self.outlook.clone());
        parts.join("; ")
    }
}

/// The name and address of a server; one of them alone if that is its name, or if it was not asked.
pub(crate) fn server_label(server: &str, address: &str) -> String {
    if address.is_empty() {
        server.to_owned()
    } else if is_address(server, address) {
        address.to_owned()
    } else {
        format!("{server} ({address})")
    }
}

/// Whether the name of a server is nothing but its address.
pub(crate) fn is_address(server: &str, address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    server == host || server == address
}

/// Returns the statements about servers of one verdict; servers with the same predicate share one.
fn server_statements(servers: &[&ServerReport]) -> Vec<Statement> {
    let mut groups: Vec<Vec<&ServerReport>> = Vec::new();
    for server in servers {
        let same = |it: &&ServerReport| {
            predicate(it, 1) == predicate(server, 1)
                && failure(it) == failure(server)
                && plain::code(it) == plain::code(server)
        };
        match groups.iter_mut().find(|group| group.first().is_some_and(same)) {
            Some(group) => group.push(server),
            None => groups.push(vec![server]),
        }
    }
    groups.iter().filter_map(|group| statement(group)).collect()
}

fn statement(servers: &[&ServerReport]) -> Option<Statement> {
    let first = servers.first()?;
    let names: Vec<String> = servers.iter().map(|it| server_label(&it.server, it.address_text())).collect();
    Some(Statement {
        subject: text::list(&names),
        code: Some(first).filter(|it| it.verdict != Verdict::InSync).map(|it| plain::code(it)),
        predicate: predicate(first, servers.len()),
        failure: failure(first),
    })
}

/// Why there was no answer or no copy, if that explains the verdict.
fn failure(server: &ServerReport) -> Option<String> {
    let explains = matches!(server.verdict, Verdict::Unreachable | Verdict::Lame | Verdict::Unknown);
    server.failure.as_ref().filter(|_| explains).map(|failure| failure.message.clone())
}

/// What is true of a server and of as many others like it.
fn predicate(server: &ServerReport, count: usize) -> String {
    let (are, were, serve, give, refuse, do_not) = match count {
        1 => ("is", "was", "serves", "gives", "refuses", "does not"),
        _ => ("are", "were", "serve", "give", "refuse", "do not"),
    };
    let at = server.serial.map(|serial| format!(" at serial {serial}")).unwrap_or_default();
    let serial = server.serial.map_or_else(|| "a serial".to_owned(), |serial| format!("serial {serial}"));
    match server.verdict {
        Verdict::Unreachable => "cannot be reached".to_owned(),
        Verdict::Lame if server.copy.is_some() => {
            format!("{refuse} queries, but {give} the zone by transfer{at}")
        }
        Verdict::Lame => format!("{do_not} serve the zone"),
        Verdict::Mixed => format!("{serve} two versions of the zone at once"),
        Verdict::Incomparable => format!("{serve} {serial}, exactly 2^31 away from the reference's"),
        Verdict::Ahead => format!("{serve} {serial}, newer than the reference's"),
        Verdict::Diverged => format!("{serve} other records{at}"),
        Verdict::Stuck => format!("{are} stuck{at}"),
        Verdict::Behind => format!("{are} behind{at}"),
        Verdict::Propagating if server.serial.is_none() => format!("{do_not} serve the zone yet"),
        Verdict::Propagating => format!("{are} still catching up from {serial}"),
        Verdict::Unknown if server.address.is_none() => format!("{were} not asked"),
        Verdict::Unknown => "could not be judged".to_owned(),
        Verdict::InSync => match unexpected(server) {
            Some(unexpected) => format!("{are} in sync, but not as expected: {unexpected}"),
            None => format!("{are} in sync, but {}", finding_codes(server)),
        },
    }
}

/// What is not as expected at a server: the first message, and how many more there are.
fn unexpected(server: &ServerReport) -> Option<String> {
    let codes = [Code::ExpectationUnmet.name(), Code::UnexpectedChange.name()];
    let mut findings = server.findings.iter().filter(|it| codes.contains(&it.code));
    let first = findings.next()?.message.trim_end_matches('.');
    let more = Some(findings.count()).filter(|more| *more > 0);
    Some(format!("{first}{}", more.map(|more| format!(" (and {more} more)")).unwrap_or_default()))
}

/// Lists the codes of the findings that are not ok.
fn finding_codes(server: &ServerReport) -> String {
    let not_ok = server.findings.iter().filter(|finding| finding.severity != Severity::Ok);
    text::list(&text::counted(not_ok.map(|finding| finding.code)))
}

/// Describes how many servers give wrong answers, and whether the servers that are not ok recover without help.
fn outlook(zone: &ZoneReport, not_ok: &[&ServerReport]) -> Option<String> {
    let share = zone.wrong_answers.filter(|wrong| wrong.servers > 0).map(|wrong| wrong_share(wrong, not_ok));
    match (share, healing(not_ok)) {
        (Some(share), Some(healing)) => Some(format!("{share}, and {healing}")),
        (share, healing) => share.or(healing),
    }
}

/// `1 of 3 servers gives wrong answers, for 1 of 9 RRsets`.
fn wrong_share(share: WrongAnswers, not_ok: &[&ServerReport]) -> String {
    let WrongAnswers { servers, wrong, missing, of, .. } = share;
    let give = if servers == 1 { "gives" } else { "give" };
    let answers = match (wrong, missing) {
        (_, 0) => "wrong answers",
        (0, _) => "no answer",
        (_, _) => "wrong or missing answers",
    };
    let rrsets = Some(not_ok).filter(|_| missing == 0).and_then(wrong_rrsets).unwrap_or_default();
    format!("{servers} of {} {give} {answers}{rrsets}", text::count(of as u64, "server", "servers"))
}

/// `, for 1 of 9 RRsets`: of the server with the largest part of them; `None` unless all of those that answer
/// wrongly were compared.
fn wrong_rrsets(not_ok: &[&ServerReport]) -> Option<String> {
    let is_wrong = |server: &&&ServerReport| !matches!(server.verdict, Verdict::InSync | Verdict::Unknown);
    let wrong = not_ok.iter().filter(is_wrong).filter(|server| !server.verdict.is_outage());
    let counts: Vec<WrongRrsets> = wrong.map(|server| server.wrong_rrsets).collect::<Option<_>>()?;
    let largest = WrongRrsets::largest(counts.iter().copied().map(Some)).filter(|it| it.wrong > 0)?;
    let bound = match (largest.is_exact, counts.iter().all(|it| it == &largest)) {
        (false, _) => "at least ",
        (true, false) => "up to ",
        (true, true) => "",
    };
    let of = text::count(largest.of, "RRset", "RRsets");
    let is_sample = not_ok.iter().any(|server| server.compared == Compared::Sampled);
    let asked = if is_sample { " that were asked for" } else { "" };
    Some(format!(", for {bound}{} of {of}{asked}", largest.wrong))
}

/// Describes whether the servers recover without help; `None` if that is not the same for all.
fn healing(servers: &[&ServerReport]) -> Option<String> {
    let (first, others) = servers.split_first()?;
    let heals = first.self_heals?;
    if others.iter().any(|server| server.self_heals != Some(heals)) {
        return None;
    }
    if !heals {
        return Some("it will not heal by itself".to_owned());
    }
    // RFC 3339 times with the same offset sort as text.
    let deadline = servers.iter().map(|server| server.deadline.as_deref()).max().flatten();
    let by = deadline.map(|deadline| format!(", by {deadline} at the latest")).unwrap_or_default();
    Some(format!("it heals by itself{by}"))
}

fn all_in_sync(zone: &ZoneReport) -> Statement {
    let state = match (&zone.reference, zone.compared) {
        (None, _) => "in sync".to_owned(),
        (Some(reference), Compared::None | Compared::Serials) => format!("at serial {}", reference.serial),
        (Some(reference), Compared::Changes) => {
            format!("in sync with serial {} by its changes since a whole comparison", reference.serial)
        }
        (Some(reference), Compared::Records) => {
            let signed = zone.secondaries_reference.as_ref();
            let signed =
                signed.map(|signer| format!(", signed as serial {}", signer.serial)).unwrap_or_default();
            format!("in sync with the records of serial {}{signed}", reference.serial)
        }
        (Some(reference), Compared::Sampled) => {
            let sample = Sample::of(zone);
            let parts = [sample.map(Sample::size), sample.and_then(Sample::bound)];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            let (what, serial) = (Compared::Sampled.subject(), reference.serial);
            format!("in sync with {what} of serial {serial} ({})", parts.join("; "))
        }
    };
    let predicate = match zone.addresses() {
        0 => "no server was asked".to_owned(),
        1 => format!("the only address is {state}"),
        several => format!("all {several} addresses are {state}"),
    };
    Statement { subject: String::new(), code: None, predicate, failure: None }
}
