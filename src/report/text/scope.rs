//! What was compared, on how many servers, and with what.

use crate::judge::ReferenceKind;
use crate::report::model::{Compared, CopyReport, ReferenceReport, ZoneReport};
use crate::report::text;
use crate::report::text::conclusion::server_label;
use crate::report::text::sample::Sample;

/// Describes what was compared, and on how many servers.
pub(crate) fn scope(zone: &ZoneReport) -> String {
    let asked = zone.servers.iter().filter(|server| server.address.is_some());
    let mut names: Vec<&str> = asked.map(|server| server.server.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let (servers, all) = (names.len(), zone.addresses());
    if all == 0 {
        return "no server was asked".to_owned();
    }
    let sample = Sample::of(zone);
    let subject = zone.compared.subject();
    let what = sample.map_or_else(|| subject.to_owned(), |sample| format!("{subject} ({})", sample.size()));
    let bound = sample.and_then(Sample::bound).map(|bound| format!("; {bound}")).unwrap_or_default();
    let compared = zone.servers.iter().filter(|server| server.is_compared(zone.compared)).count();
    let servers_in_words = text::count(servers as u64, "server", "servers");
    let addresses = text::count(all as u64, "address", "addresses");
    let is_same = compared == all || zone.compared == Compared::None;
    let whom = match (is_same, servers == all) {
        (true, true) => format!("on {servers_in_words}"),
        (true, false) => format!("on {servers_in_words} ({addresses})"),
        (false, true) => format!("on {compared} of {servers_in_words}"),
        (false, false) => format!("at {compared} of {addresses}"),
    };
    format!("{what} compared {whom}{bound}")
}

/// Describes the reference that the servers were compared with.
pub(crate) fn reference(reference: Option<&ReferenceReport>) -> String {
    let Some(reference) = reference else { return "none".to_owned() };
    let why = match reference.kind {
        ReferenceKind::ZoneFile => "zone file",
        ReferenceKind::Primary => "primary",
        ReferenceKind::Signer => "signer",
        ReferenceKind::Mname => "MNAME",
        ReferenceKind::Newest => "newest",
    };
    let named = reference
        .address
        .as_ref()
        .map_or_else(|| reference.server.clone(), |address| server_label(&reference.server, address));
    let dropped = reference.copy.as_ref().map_or(0, |copy| copy.dropped);
    let out_of_zone = match dropped {
        0 => String::new(),
        dropped => format!(", {} out of zone", text::count(dropped, "record", "records")),
    };
    let verified = reference.copy.as_ref().and_then(CopyReport::verified_in_words);
    let verified = verified.map_or_else(String::new, |verified| format!(", {verified}"));
    format!("{named}, {why}, serial {}{out_of_zone}{verified}", reference.serial)
}
