//! RRsets whose records have different TTLs: servers and resolvers make different things of them.

use super::code::{Code, Finding};
use super::server::{ServerContext, rrsets};
use crate::advice;
use crate::digest::MixedTtls;
use crate::dns::Rtype;
use crate::judge::evidence::Evidence;

/// Returns the finding about the zone file.
pub(super) fn of_zone_file(evidence: &Evidence) -> Option<Finding> {
    let file = evidence.zone_file.as_ref()?;
    let mixed = file.responses.copy()?.digest.mixed_ttls()?;
    let message = format!("{}: {}", file.path, in_words(&mixed));
    let advice = remedy(&mixed, &advice::in_file(&file.path));
    Some(Finding::new(Code::MixedTtls, message).advise(vec![advice]))
}

impl ServerContext<'_> {
    /// RRsets of its copy have records with different TTLs.
    pub(super) fn mixed_ttls(self) -> Option<Finding> {
        let mixed = self.responses.copy()?.digest.mixed_ttls()?;
        let MixedTtls { owner, rtype, .. } = &mixed;
        let mut advice = Vec::new();
        // An NSEC3 record is at a hashed name, which cannot be queried.
        if *rtype != Rtype::NSEC3 && mixed.covered != Some(Rtype::NSEC3) {
            advice.push(advice::ask_rrset(owner, *rtype, &self.destination()));
        }
        let place = match self.file().filter(|_| self.loads_file()) {
            Some(path) => advice::in_file(path),
            None if self.is_origin() => advice::on_server(&self.target.server),
            None => {
                self.upstream().map_or("where it is edited".to_owned(), |it| advice::on_server(&it.server))
            }
        };
        advice.push(remedy(&mixed, &place));
        Some(Finding::new(Code::MixedTtls, format!("in its copy, {}", in_words(&mixed))).advise(advice))
    }
}

/// `2 RRsets have records with different TTLs, among them www.example.com. A with 60 and 300 s`.
fn in_words(mixed: &MixedTtls) -> String {
    let count = rrsets(mixed.rrsets, "has", "have");
    let among = if mixed.rrsets > 1 { "among them " } else { "" };
    let mut ttls: Vec<String> = mixed.ttls.iter().map(u32::to_string).collect();
    let last = ttls.pop().unwrap_or_default();
    format!(
        "{count} records with different TTLs: {among}{} with {} and {last} s",
        name(mixed),
        ttls.join(", ")
    )
}

/// The comment that says how to mend it.
fn remedy(mixed: &MixedTtls, place: &str) -> String {
    let name = advice::shell_word(&name(mixed));
    match mixed.covered {
        None => format!("# {place}: give all records of {name} one TTL"),
        Some(_) => format!("# {place}: sign the zone anew, so that all records of {name} get one TTL"),
    }
}

fn name(MixedTtls { owner, rtype, covered, .. }: &MixedTtls) -> String {
    match covered {
        None => format!("{owner} {rtype}"),
        Some(covered) => format!("{owner} {rtype} {covered}"),
    }
}
