//! What is wrong with a zone, and who is to blame, in one sentence.

use crate::judge::{Severity, Verdict};

use super::model::{ServerReport, ZoneReport};
use super::text;

/// What is wrong, and what follows from it.
#[derive(Debug)]
pub(super) struct Conclusion {
    clauses: Vec<Clause>,
    /// What follows: how many answers are wrong, and whether it heals.
    outlook: Option<String>,
}

/// Who does what.
#[derive(Debug)]
struct Clause {
    who: String,
    verdict: Option<Verdict>,
    does: String,
}

impl Conclusion {
    /// Draws the conclusion of a zone.
    pub(super) fn of(zone: &ZoneReport) -> Self {
        let bad = |severity: &Severity| *severity != Severity::Ok;
        let mut guilty: Vec<&ServerReport> = zone.servers.iter().filter(|it| bad(&it.severity)).collect();
        guilty.sort_by_key(|server| (server.verdict.severity(), server.verdict));
        let mut clauses: Vec<Clause> =
            guilty.chunk_by(|a, b| a.verdict == b.verdict).flat_map(clauses_of).collect();
        clauses.extend(zone.findings.iter().filter(|it| bad(&it.severity)).map(|finding| Clause {
            who: String::new(),
            verdict: None,
            does: format!("{}: {}", finding.code, finding.message.trim_end_matches('.')),
        }));
        if clauses.is_empty() {
            clauses.push(all_in_sync(zone));
        }
        Self { clauses, outlook: outlook(zone, &guilty) }
    }

    /// Returns a sentence for people, who have seen the verdicts above.
    pub(super) fn sentence(&self) -> String {
        self.join(|Clause { who, verdict, does }| match verdict {
            None if who.is_empty() => does.clone(),
            _ => format!("{who} {does}"),
        }) + "."
    }

    /// Returns a phrase for alerts, with the names of the verdicts in it.
    pub(super) fn alert(&self) -> String {
        self.join(|Clause { who, verdict, does }| match verdict {
            None if who.is_empty() => does.clone(),
            None => format!("{who} {does}"),
            Some(verdict) => format!("{who} {}: {does}", verdict.code()),
        })
    }

    fn join(&self, words: impl Fn(&Clause) -> String) -> String {
        let mut parts: Vec<String> = self.clauses.iter().map(words).collect();
        parts.extend(self.outlook.clone());
        parts.join("; ")
    }
}

/// Returns a server by its name and address; by the address alone where that is its name.
pub(super) fn named(server: &str, address: &str) -> String {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if server == host || server == address { address.to_owned() } else { format!("{server} ({address})") }
}

/// Returns what servers of one verdict do: one clause where all do the same.
fn clauses_of(servers: &[&ServerReport]) -> Vec<Clause> {
    let mut clauses: Vec<(String, Vec<&ServerReport>)> = Vec::new();
    for server in servers {
        let does = does(server, false);
        match clauses.iter_mut().find(|(seen, _)| *seen == does) {
            Some((_, group)) => group.push(server),
            None => clauses.push((does, vec![server])),
        }
    }
    clauses.into_iter().filter_map(|(_, group)| clause(&group)).collect()
}

fn clause(servers: &[&ServerReport]) -> Option<Clause> {
    let first = servers.first()?;
    let names: Vec<String> = servers.iter().map(|it| named(&it.server, &it.address)).collect();
    let verdict = Some(first.verdict).filter(|verdict| *verdict != Verdict::InSync);
    Some(Clause { who: text::list(&names), verdict, does: does(first, servers.len() > 1) })
}

/// Returns what a server does, or several of them do.
fn does(server: &ServerReport, several: bool) -> String {
    let (is, serves, do_not) = match several {
        true => ("are", "serve", "do not"),
        false => ("is", "serves", "does not"),
    };
    let failure = server.failure.as_ref().map(|failure| format!(": {}", failure.message)).unwrap_or_default();
    let at = server.serial.map(|serial| format!(" at serial {serial}")).unwrap_or_default();
    let serial = server.serial.map_or_else(|| "a serial".to_owned(), |serial| format!("serial {serial}"));
    match server.verdict {
        Verdict::Unreachable => format!("cannot be reached{failure}"),
        Verdict::Lame => format!("{do_not} serve the zone{failure}"),
        Verdict::Split => format!("{serves} two versions of the zone at once"),
        Verdict::Incomparable => format!("{serves} {serial}, exactly 2^31 away from the reference's"),
        Verdict::Ahead => format!("{serves} {serial}, newer than the reference's"),
        Verdict::Diverged => format!("{serves} other records{at}"),
        Verdict::Stuck => format!("{is} stuck{at}"),
        Verdict::Behind => format!("{is} behind{at}"),
        Verdict::Propagating => format!("{is} still catching up{at}"),
        Verdict::Unknown => format!("could not be judged{failure}"),
        Verdict::InSync => format!("{is} in sync, but {}", troubles(server)),
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
    let (it, heals_by_itself) = match others {
        [] => ("it", "heals by itself"),
        _ => ("they", "heal by themselves"),
    };
    if !heals {
        return Some(format!("{it} will not {}", heals_by_itself.replace("heals", "heal")));
    }
    // RFC 3339 times of one offset are in order as text.
    let deadline = guilty.iter().map(|server| server.deadline.as_deref()).max().flatten();
    let by = deadline.map(|deadline| format!(", by {deadline} at the latest")).unwrap_or_default();
    Some(format!("{it} {heals_by_itself}{by}"))
}

fn all_in_sync(zone: &ZoneReport) -> Clause {
    let at = zone.reference.as_ref().map(|it| format!(" at serial {}", it.serial)).unwrap_or_default();
    let compared = zone.compared.what();
    let does = match zone.servers.as_slice() {
        [] => "no server was asked".to_owned(),
        [_] => format!("the only address is in sync{at} ({compared} compared)"),
        several => format!("all {} addresses are in sync{at} ({compared} compared)", several.len()),
    };
    Clause { who: String::new(), verdict: None, does }
}
