//! What is to be changed in a new configuration, or at the servers in it, and what was found in short.

use super::facts::{AddressFacts, ServerFacts, ZoneFacts};
use crate::plan::Role;

/// The most servers or serials that one note names.
const MAX_NAMED: usize = 5;

/// What is to be changed; a sentence without full stop each.
pub(super) fn notes(facts: &ZoneFacts) -> Vec<String> {
    let mut notes: Vec<String> = facts.not_found.clone();
    notes.extend(facts.addresses().filter_map(silence));
    notes.extend(refusals(facts));
    notes.extend(unknown_primary(facts));
    notes.extend(different_serials(facts));
    if facts.servers.is_empty() {
        notes.push("no server is known: add yours below `servers`, as in the lines there".to_owned());
    }
    notes
}

/// What was found, in one line.
pub(super) fn summary(facts: &ZoneFacts) -> String {
    if facts.servers.is_empty() {
        return "no server was found".to_owned();
    }
    let addresses = facts.addresses().count();
    let answering = facts.addresses().filter(|(_, address)| address.serial.is_ok()).count();
    let giving = facts.addresses().filter(|(_, address)| address.gives_transfers()).count();
    let (servers, addresses) = (count(facts.servers.len(), "server"), count_addresses(addresses));
    format!(
        "{servers}, {addresses}: {answering} of them answer, and {giving} of these give transfers to this host"
    )
}

fn silence((server, address): (&ServerFacts, &AddressFacts)) -> Option<String> {
    let reason = address.serial.as_ref().err()?;
    let place = place(server, address);
    Some(format!("{place} gives no SOA of the zone ({reason}): mend that, or remove the address"))
}

fn refusals(facts: &ZoneFacts) -> Option<String> {
    let refused = facts.addresses().filter_map(|(server, address)| {
        Some(format!("{} ({})", place(server, address), address.refusal.as_ref()?))
    });
    let refused = listed(refused.collect())?;
    let remedy = "allow them for this host, or name the TSIG key that may (`tsig_keys`, and `key` of a server); \
                  `zoneprobe explain transfer_refused` says how";
    Some(if facts.has_transfers() {
        format!("no transfers from {refused}: records are asked for there one by one; {remedy}")
    } else {
        format!(
            "no transfers from {refused}: only serials are compared; {remedy}, then set `compare: records`"
        )
    })
}

fn unknown_primary(facts: &ZoneFacts) -> Option<String> {
    if !facts.has_answers() || facts.servers.iter().any(|server| server.how.role == Role::Primary) {
        return None;
    }
    let named = match &facts.unseen_primary {
        Some((name, reason)) => format!("the SOA names {name}, which is not added ({reason})"),
        None => "the server that the SOA names does not answer".to_owned(),
    };
    Some(format!(
        "the primary is not known: {named}. Without one, the newest serial counts as right. If it is hidden, add it with \
         `role: primary` and `hidden: true`"
    ))
}

fn different_serials(facts: &ZoneFacts) -> Option<String> {
    let mut serials: Vec<String> = Vec::new();
    for serial in facts.addresses().filter_map(|(_, address)| address.serial.as_ref().ok()) {
        let serial = serial.to_string();
        if !serials.contains(&serial) {
            serials.push(serial);
        }
    }
    let is_one = serials.len() < 2;
    let serials = listed(serials)?;
    (!is_one).then(|| {
        format!("the servers have different serials ({serials}): `zoneprobe check -c FILE` says why")
    })
}

fn place(server: &ServerFacts, address: &AddressFacts) -> String {
    let address = address.address;
    if server.name == address.ip().to_string() {
        address.to_string()
    } else {
        format!("{} ({address})", server.name.escape_debug())
    }
}

/// The first of these, and how many more there are.
fn listed(mut names: Vec<String>) -> Option<String> {
    let more = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    names.extend((more > 0).then(|| format!("{more} more")));
    (!names.is_empty()).then(|| names.join(", "))
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn count_addresses(number: usize) -> String {
    if number == 1 { "1 address".to_owned() } else { format!("{number} addresses") }
}
