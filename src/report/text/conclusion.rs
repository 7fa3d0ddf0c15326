//! What is wrong with a zone, and who is to blame, in one sentence.

use crate::judge::{Severity, Verdict};

use crate::report::model::{Compared, FindingReport, ServerReport, ZoneReport};
use crate::report::text;

/// What is wrong, and what follows from it.
#[derive(Debug)]
pub(crate) struct Conclusion {
    clauses: Vec<Clause>,
    /// What follows: how many answers are wrong, and whether it heals.
    outlook: Option<String>,
}

/// Who does what.
#[derive(Debug)]
struct Clause {
    who: String,
    /// The code of the verdict or the finding, where the words do not hold it.
    code: Option<&'static str>,
    does: String,
    /// What went wrong when it was asked.
    failure: Option<String>,
}

impl Clause {
    /// What was found of the zone as a whole.
    fn of(finding: &FindingReport) -> Self {
        Self {
            who: String::new(),
            code: Some(finding.code),
            does: finding.message.trim_end_matches('.').to_owned(),
            failure: None,
        }
    }
}

impl Conclusion {
    /// Draws the conclusion of a zone.
    pub(crate) fn of(zone: &ZoneReport) -> Self {
        let bad = |severity: &Severity| *severity != Severity::Ok;
        let mut guilty: Vec<&ServerReport> = zone.servers.iter().filter(|it| bad(&it.severity)).collect();
        guilty.sort_by_key(|server| (server.severity, server.verdict));
        // A primary that is in doubt comes before the secondaries that suffer from it.
        let of_zone = zone.findings.iter().filter(|it| bad(&it.severity));
        let (first, last): (Vec<&FindingReport>, Vec<&FindingReport>) =
            of_zone.partition(|finding| finding.severity == Severity::Critical);
        let servers = guilty.chunk_by(|a, b| a.verdict == b.verdict).flat_map(clauses_of);
        let first = first.into_iter().map(Clause::of);
        let mut clauses: Vec<Clause> = first.chain(servers).chain(last.into_iter().map(Clause::of)).collect();
        if clauses.is_empty() {
            clauses.push(all_in_sync(zone));
        }
        Self { clauses, outlook: outlook(zone, &guilty) }
    }

    /// Returns a sentence for people, who have seen the codes above.
    pub(crate) fn sentence(&self) -> String {
        self.join(|Clause { who, does, failure, .. }| match failure {
            Some(failure) => format!("{who} {does}: {failure}"),
            None => format!("{who} {does}"),
        }) + "."
    }

    /// Returns a phrase for alerts, with the codes in it.
    pub(crate) fn alert(&self) -> String {
        self.join(|Clause { who, code, does, failure }| match code {
            Some(code) => format!("{who} {code}: {}", failure.as_ref().unwrap_or(does)),
            None => format!("{who} {does}"),
        })
    }

    fn join(&self, words: impl Fn(&Clause) -> String) -> String {
        /// How many are told one by one.
        const MOST: usize = 5;
        let told = self.clauses.iter().take(MOST);
        let mut parts: Vec<String> = told.map(|clause| words(clause).trim_start().to_owned()).collect();
        let more = self.clauses.len().saturating_sub(MOST);
        parts.extend(Some(format!("and {more} more")).filter(|_| more > 0));
        parts.extend(self.outlook.clone());
        parts.join("; ")
    }
}

/// Returns a server by its name and address; by the address alone where that is its name.
pub(crate) fn named(server: &str, address: &str) -> String {
    if is_address(server, address) { address.to_owned() } else { format!("{server} ({address})") }
}

/// Returns whether a server has no other name than its address.
pub(crate) fn is_address(server: &str, address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    server == host || server == address
}

/// Returns what servers of one verdict do: one clause for all that do the same.
fn clauses_of(servers: &[&ServerReport]) -> Vec<Clause> {
    let mut groups: Vec<Vec<&ServerReport>> = Vec::new();
    for server in servers {
        let same = |it: &&ServerReport| does(it, 1) == does(server, 1) && failure(it) == failure(server);
        match groups.iter_mut().find(|group| group.first().is_some_and(same)) {
            Some(group) => group.push(server),
            None => groups.push(vec![server]),
        }
    }
    groups.iter().filter_map(|group| clause(group)).collect()
}

fn clause(servers: &[&ServerReport]) -> Option<Clause> {
    let first = servers.first()?;
    let names: Vec<String> = servers.iter().map(|it| named(&it.server, &it.address)).collect();
    let code = Some(first.verdict).filter(|verdict| *verdict != Verdict::InSync).map(Verdict::code);
    Some(Clause { who: text::list(&names), code, does: does(first, servers.len()), failure: failure(first) })
}

/// Returns why there was no answer or no copy, where the verdict rests on that.
fn failure(server: &ServerReport) -> Option<String> {
    let rests = matches!(server.verdict, Verdict::Unreachable | Verdict::Lame | Verdict::Unknown);
    server.failure.as_ref().filter(|_| rests).map(|failure| failure.message.clone())
}

/// Returns what so many servers do, of whom this is one.
fn does(server: &ServerReport, number: usize) -> String {
    let (are, serve, do_not) = match number {
        1 => ("is", "serves", "does not"),
        _ => ("are", "serve", "do not"),
    };
    let at = server.serial.map(|serial| format!(" at serial {serial}")).unwrap_or_default();
    let serial = server.serial.map_or_else(|| "a serial".to_owned(), |serial| format!("serial {serial}"));
    match server.verdict {
        Verdict::Unreachable => "cannot be reached".to_owned(),
        Verdict::Lame => format!("{do_not} serve the zone"),
        Verdict::Mixed => format!("{serve} two versions of the zone at once"),
        Verdict::Incomparable => format!("{serve} {serial}, exactly 2^31 away from the reference's"),
        Verdict::Ahead => format!("{serve} {serial}, newer than the reference's"),
        Verdict::Diverged => format!("{serve} other records{at}"),
        Verdict::Stuck => format!("{are} stuck{at}"),
        Verdict::Behind => format!("{are} behind{at}"),
        Verdict::Propagating => format!("{are} still catching up from {serial}"),
        Verdict::Unknown => "could not be judged".to_owned(),
        Verdict::InSync => format!("{are} in sync, but {}", troubles(server)),
    }
}

/// Returns the codes of the findings that count.
fn troubles(server: &ServerReport) -> String {
    let counted = server.findings.iter().filter(|finding| finding.severity != Severity::Ok);
    let codes: Vec<String> = counted.map(|finding| finding.code.to_owned()).collect();
    text::list(&codes)
}

/// Returns how many answers are wrong, and whether that heals.
fn outlook(zone: &ZoneReport, guilty: &[&ServerReport]) -> Option<String> {
    let mute = |server: &&ServerReport| matches!(server.verdict, Verdict::Unreachable | Verdict::Lame);
    let what = if guilty.iter().any(mute) { "wrong or missing" } else { "wrong" };
    let wrong = zone.wrong_answer_ratio.and_then(text::percent);
    let wrong = wrong.map(|percent| format!("{percent} of answers are {what}"));
    let healing = healing(guilty);
    match (wrong, healing) {
        (Some(wrong), Some(healing)) => Some(format!("{wrong}, and {healing}")),
        (wrong, healing) => wrong.or(healing),
    }
}

/// Returns whether it heals by itself, where that is the same for all.
fn healing(guilty: &[&ServerReport]) -> Option<String> {
    let (first, others) = guilty.split_first()?;
    let heals = first.self_heals?;
    if others.iter().any(|server| server.self_heals != Some(heals)) {
        return None;
    }
    if !heals {
        return Some("it will not heal by itself".to_owned());
    }
    // RFC 3339 times of one offset are in order as text.
    let deadline = guilty.iter().map(|server| server.deadline.as_deref()).max().flatten();
    let by = deadline.map(|deadline| format!(", by {deadline} at the latest")).unwrap_or_default();
    Some(format!("it heals by itself{by}"))
}

fn all_in_sync(zone: &ZoneReport) -> Clause {
    let what = match (&zone.reference, zone.compared) {
        (None, _) => "in sync".to_owned(),
        (Some(reference), Compared::Serials) => format!("at serial {}", reference.serial),
        (Some(reference), Compared::Records) => {
            format!("in sync with the records of serial {}", reference.serial)
        }
    };
    let does = match zone.servers.len() {
        0 => "no server was asked".to_owned(),
        1 => format!("the only address is {what}"),
        several => format!("all {several} addresses are {what}"),
    };
    Clause { who: String::new(), code: None, does, failure: None }
}
