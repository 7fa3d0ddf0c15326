//! Whether an answer meets an expectation, and a description of what the answer holds.

use std::collections::BTreeSet;

use super::wanted::{Wanted, WantedRecord, WantedRrset, WantedSerial, record_text};
use crate::dns::message::{NOERROR, NXDOMAIN, Redirect, rcode_name};
use crate::dns::name::is_within;
use crate::dns::{Name, Rtype, Serial};
use crate::observe::RrsetAnswer;

/// The most records of an RRset, and the most name servers, that are written out.
const MAX_LISTED: usize = 16;

/// The most characters of each of them: an octet may take four.
const MAX_CHARS: usize = 1024;

impl WantedSerial {
    /// Whether a serial is the wanted one, or new enough.
    pub(super) fn is_met_by(self, serial: Serial) -> bool {
        match self {
            Self::Exactly(wanted) => serial == wanted,
            Self::AtLeast(wanted) => serial == wanted || serial.is_newer_than(wanted),
        }
    }
}

impl Wanted {
    /// Whether an answer to [`Wanted::question`] is as wanted.
    pub(crate) fn is_met_by(&self, answer: &RrsetAnswer) -> bool {
        let has = |record: &WantedRecord| {
            let same_ttl = |ttl: &u32| record.ttl.is_none_or(|wanted| wanted == *ttl);
            answer.records.iter().any(|(ttl, rdata)| *rdata == record.rdata && same_ttl(ttl))
        };
        match self {
            Self::Serial(_) => false,
            Self::Rrset(rrset) => {
                let rdata: BTreeSet<&Vec<u8>> = answer.records.iter().map(|(_, rdata)| rdata).collect();
                let same_ttl = |wanted: u32| answer.records.iter().all(|(ttl, _)| *ttl == wanted);
                is_data(answer) && rrset.rdata.iter().eq(rdata) && rrset.ttl.is_none_or(same_ttl)
            }
            Self::Contains(record) => is_data(answer) && has(record),
            Self::Absent(..) => is_conclusive(answer) && answer.records.is_empty(),
            Self::Lacks(record) => is_conclusive(answer) && !has(record),
        }
    }

    /// Returns the owner of the delegation or the DNAME because of which no record of the owner name can be in the
    /// zone, if an answer shows one.
    pub(super) fn redirecting_owner<'a>(&self, answer: &'a RrsetAnswer, zone: &Name) -> Option<&'a Name> {
        let (owner, redirects) = match &answer.redirect {
            Some(Redirect::Dname { owner, .. }) => (owner, true),
            Some(Redirect::Delegation { owner, .. }) => (owner, owner != zone && !self.is_met_by(answer)),
            Some(Redirect::Cname(_)) | None => return None,
        };
        (redirects && is_within(owner.as_wire(), zone.as_wire())).then_some(owner)
    }

    /// The reason why an answer is not as wanted, where the answer alone does not show it.
    pub(super) fn obstacle(&self, answer: &RrsetAnswer, zone: &Name) -> Option<&'static str> {
        if self.redirecting_owner(answer, zone).is_some() {
            return Some("no record of that name can be in this zone, however long you wait");
        }
        match (self, &answer.redirect, &answer.wildcard) {
            (Self::Absent(..), _, Some(_)) => Some(
                "a wildcard answers for every name that does not exist (RFC 4592); to expect one record to be \
                 absent, give its RDATA too",
            ),
            (_, Some(Redirect::Cname(_)), _) if answer.records.is_empty() => {
                Some("the name is an alias, and aliases are not followed")
            }
            _ => None,
        }
    }

    /// Describes what an answer holds, in the form of the expectation itself.
    pub(super) fn describe(&self, answer: &RrsetAnswer, zone: &Name) -> String {
        let Some((_, rtype)) = self.question() else { return String::new() };
        let found = match &answer.redirect {
            _ if !answer.records.is_empty() => self.describe_records(rtype, answer),
            Some(redirect) => describe_redirect(redirect),
            None => return describe_negative(rtype, answer, zone),
        };
        let is_delegation = matches!(answer.redirect, Some(Redirect::Delegation { .. }));
        match (&answer.wildcard, answer.authoritative || is_delegation) {
            (Some(wildcard), _) => format!("{found}, from the wildcard {wildcard}"),
            (None, true) => found,
            (None, false) => format!("{found}, without authority"),
        }
    }

    fn describe_records(&self, rtype: Rtype, answer: &RrsetAnswer) -> String {
        let states_ttl = match self {
            Self::Rrset(WantedRrset { ttl, .. })
            | Self::Contains(WantedRecord { ttl, .. })
            | Self::Lacks(WantedRecord { ttl, .. }) => ttl.is_some(),
            Self::Serial(_) | Self::Absent(..) => false,
        };
        let records = answer.records.iter().map(|(ttl, rdata)| (rdata, Some(*ttl).filter(|_| states_ttl)));
        // In order, each record once.
        let records: BTreeSet<(&Vec<u8>, Option<u32>)> = records.collect();
        list(records.iter().map(|(rdata, ttl)| record_text(*ttl, rtype, rdata)))
    }
}

fn describe_redirect(redirect: &Redirect) -> String {
    match redirect {
        Redirect::Cname(target) => format!("CNAME {target}"),
        Redirect::Dname { owner, target } => format!("DNAME {target} at {owner}"),
        Redirect::Delegation { owner, name_servers } => {
            format!("delegated to {} at {owner}", list(name_servers.iter().map(Name::to_string)))
        }
    }
}

fn describe_negative(rtype: Rtype, answer: &RrsetAnswer, zone: &Name) -> String {
    // The server may serve a zone below this one too.
    let other = answer.negative_from.as_ref().filter(|other| *other != zone);
    let zone = other.map(|other| format!(" in the zone {other}")).unwrap_or_default();
    match (answer.rcode, answer.authoritative) {
        (NXDOMAIN, true) => format!("no {rtype}: the name does not exist{zone}"),
        (NOERROR, true) => format!("no {rtype}{zone}"),
        (NOERROR, false) => "an answer that is not authoritative".to_owned(),
        (rcode, _) => rcode_name(rcode).into_owned(),
    }
}

/// Lists the first few texts, and says how many more there are.
fn list(texts: impl ExactSizeIterator<Item = String>) -> String {
    let more = texts.len().saturating_sub(MAX_LISTED);
    let mut listed: Vec<String> = texts.take(MAX_LISTED).map(shortened).collect();
    listed.extend((more > 0).then(|| format!("and {more} more")));
    listed.join(", ")
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "...",
        None => text,
    }
}

/// Whether an answer is authoritative data.
fn is_data(answer: &RrsetAnswer) -> bool {
    answer.rcode == NOERROR && answer.authoritative
}

/// Whether an answer tells with authority which records there are.
fn is_conclusive(answer: &RrsetAnswer) -> bool {
    answer.authoritative && matches!(answer.rcode, NOERROR | NXDOMAIN)
}
