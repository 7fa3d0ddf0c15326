//! Notes on what an address answered, each with a label.

use crate::judge::Verdict;
use crate::report::model::{AnswerReport, InstanceReport, ServerReport};
use crate::report::text;

/// Returns notes on what an address answered and on its lag, each with a label; none if nothing is wrong.
pub(crate) fn notes(server: &ServerReport) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    if server.verdict == Verdict::InSync && server.findings.is_empty() {
        return notes;
    }
    let mut note = |label: &str, text: String| notes.push((label.to_owned(), text));
    let due = if server.self_heals == Some(false) { "should have caught up" } else { "due to catch up" };
    match (&server.since, &server.deadline) {
        (Some(since), Some(deadline)) => note("since", format!("{since}; {due} by {deadline}")),
        (Some(since), None) => note("since", since.clone()),
        (None, Some(deadline)) => note("deadline", format!("{due} by {deadline}")),
        (None, None) => {}
    }
    notes.extend(answer_notes(server));
    if let Some(status) = server.status.as_ref() {
        notes.push(("the server itself says".to_owned(), status.in_words()));
    }
    notes
}

/// Returns notes on what an address answered, each with a label.
pub(crate) fn answer_notes(server: &ServerReport) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    let mut note = |label: &str, text: String| notes.push((label.to_owned(), text));
    if let Some(answer) = &server.answer {
        note("answer", answered(answer));
        for error in &answer.extended_errors {
            let name = error.name.unwrap_or("a code without a name");
            let label = format!("extended error {}", error.code);
            match error.text.as_str() {
                "" => note(&label, name.to_owned()),
                text => note(&format!("{label} ({name})"), text.to_owned()),
            }
        }
    }
    if server.instances.len() > 1 {
        server.instances.iter().for_each(|it| note("instance", instance(it)));
    }
    if let Some(dropped) = server.copy.as_ref().map(|copy| copy.dropped).filter(|dropped| *dropped > 0) {
        let records = text::count(dropped, "record", "records");
        note("left out", format!("{records} outside the zone or after its closing SOA"));
    }
    notes
}

fn instance(instance: &InstanceReport) -> String {
    let nsid = instance.nsid.as_deref().unwrap_or("without NSID");
    let serial = instance.serial.map_or_else(|| "no serial".to_owned(), |it| format!("serial {it}"));
    let share = text::percent(instance.share).unwrap_or_else(|| "none".to_owned());
    format!("{nsid}, {serial}, {share} of answers")
}

fn answered(answer: &AnswerReport) -> String {
    let authority = if answer.authoritative { "" } else { " without authority" };
    let rtt = text::duration(answer.rtt_seconds);
    let rcode = format!("{}{authority} over {} in {rtt}", answer.rcode, answer.transport_name());
    let expire =
        answer.expire_seconds.map(|left| format!("its copy expires in {}", text::duration(left.into())));
    let nsid = answer.nsid.as_ref().map(|nsid| format!("NSID {nsid}"));
    [Some(rcode), expire, nsid].into_iter().flatten().collect::<Vec<String>>().join(", ")
}
