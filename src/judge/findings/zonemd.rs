//! Copies that are not what their ZONEMD records say (RFC 8976), and copies without such a record.

use data_encoding::HEXLOWER;

use super::code::{Code, Finding};
use super::server::ServerContext;
use crate::advice;
use crate::digest::Resemblance;
use crate::dns::Rtype;
use crate::judge::evidence::copies::{is_read_twice, sources, zonemd};
use crate::judge::evidence::mismatch::{latest_version, stored_resemblance};
use crate::judge::evidence::{Evidence, Responses};
use crate::judge::verdict::Severity;
use crate::observe::{ZonemdCheck, ZonemdFault, ZonemdHash};
use crate::plan::{SignatureComparison, Source};

/// The octets of a digest that a message shows.
const SHOWN_OCTETS: usize = 8;

/// Returns why no ZONEMD record of the last copy of a source matches, if that was seen twice.
pub(crate) fn faults(evidence: &Evidence, source: Source) -> Option<&[ZonemdFault]> {
    match zonemd(evidence, source)? {
        ZonemdCheck::Mismatch(faults) => Some(faults).filter(|_| is_read_twice(evidence, source)),
        ZonemdCheck::Verified(_)
        | ZonemdCheck::Unsupported
        | ZonemdCheck::Late
        | ZonemdCheck::NotComputed(_) => None,
    }
    .map(Vec::as_slice)
}

/// Returns the finding about the zone file.
pub(super) fn of_zone_file(evidence: &Evidence) -> Option<Finding> {
    let path = &evidence.zone_file.as_ref()?.path;
    let faults = in_words(faults(evidence, Source::ZoneFile)?);
    let message = format!("{path} is not what its ZONEMD record says: {faults}");
    let edit = format!(
        "# {}: make its ZONEMD anew, with `ldns-signzone -Z -z 1:1` for example",
        advice::in_file(path)
    );
    Some(Finding::new(Code::ZonemdMismatch, message).advise(vec![edit]))
}

impl ServerContext<'_> {
    /// Its copy is not what its ZONEMD record says.
    pub(super) fn zonemd_mismatch(self) -> Option<Finding> {
        let Some(own) = faults(self.evidence, self.id.into()) else {
            return self.found_before(Code::ZonemdMismatch);
        };
        let ask = advice::ask_rrset(self.zone(), Rtype::ZONEMD, &self.destination());
        let words = in_words(own);
        if self.has_faults_of_reference(own) {
            let (reference, _) = self.reference_in_words()?;
            let message = format!(
                "its copy is not what its ZONEMD record says, and neither is the one {reference}, which is the same: {words}"
            );
            let finding = Finding::new(Code::ZonemdMismatch, message).advise(vec![ask]);
            return Some(Finding { severity: Severity::Ok, ..finding });
        }
        let message = format!("its copy is not what its ZONEMD record says: {words}");
        let mut commands = vec![ask];
        commands.extend(if self.is_maker() {
            advice::make_digest(self.zone(), &self.target.server)
        } else {
            self.copy_reference()
        });
        Some(Finding::new(Code::ZonemdMismatch, message).advise(commands))
    }

    /// Whether the reference has the same faults: the digests of both copies are the same; or had them when it served
    /// this copy.
    fn has_faults_of_reference(self, own: &[ZonemdFault]) -> bool {
        let Some(reference) = self.reference.filter(|_| !self.is_reference()) else { return false };
        let stored = || {
            let version = latest_version(self.responses)?;
            Some(stored_resemblance(self.evidence, version) == Resemblance::Same)
        };
        faults(self.evidence, reference.source) == Some(own) || stored() == Some(true)
    }

    /// The digest of its copy could not be computed.
    pub(super) fn zonemd_not_verified(self) -> Option<Finding> {
        let Some(ZonemdCheck::NotComputed(reason)) = zonemd(self.evidence, self.id.into()) else {
            return None;
        };
        let message = format!("its ZONEMD record was not verified: {reason}");
        let finding = Finding::new(Code::NotValidated, message);
        Some(Finding { severity: Severity::Ok, ..finding })
    }

    /// Its copy has no ZONEMD record, and another copy of the same version has one.
    pub(super) fn zonemd_absent_here(self) -> Option<Finding> {
        let rules = &self.evidence.plan.rules;
        let own = self.responses.copy()?;
        if own.zonemd.is_some() || rules.content.dnssec == SignatureComparison::Ignore {
            return None;
        }
        let serial = own.summary.soa.serial;
        let is_of_version = |responses: &Responses| {
            let copy = responses.copy();
            copy.is_some_and(|copy| !rules.serials_count() || copy.summary.soa.serial == serial)
        };
        let has_it = |source: &Source| {
            self.evidence.responses(*source).is_some_and(is_of_version)
                && zonemd(self.evidence, *source).is_some()
        };
        let other = match sources(self.evidence).find(has_it)? {
            Source::Target(other) => self.evidence.plan.target(other)?.server.as_str(),
            Source::ZoneFile => self.file()?,
        };
        let at = if rules.serials_count() { format!(" at serial {serial}") } else { String::new() };
        let message = format!("its copy has no ZONEMD record, and that of {other} has one{at}");
        Some(Finding::new(Code::ZonemdAbsentHere, message))
    }
}

/// Describes why no record matches: `SHA-384 0123456789abcdef… is published, and fedcba9876543210… is that of the copy`.
fn in_words(faults: &[ZonemdFault]) -> String {
    let faults: Vec<String> = faults.iter().map(fault_in_words).collect();
    faults.join("; ")
}

fn fault_in_words(fault: &ZonemdFault) -> String {
    match fault {
        ZonemdFault::Serial { zonemd, soa } => {
            format!("the record is for serial {zonemd}, and the serial of the SOA is {soa}")
        }
        ZonemdFault::Digest { hash, published, computed } => format!(
            "SIMPLE {} {} is published, and that of the records is {}",
            hash_name(*hash),
            start_in_hex(published),
            start_in_hex(computed)
        ),
    }
}

fn hash_name(hash: ZonemdHash) -> &'static str {
    match hash {
        ZonemdHash::Sha384 => "SHA-384",
        ZonemdHash::Sha512 => "SHA-512",
    }
}

/// The first octets of a digest.
fn start_in_hex(digest: &[u8]) -> String {
    match digest.split_at_checked(SHOWN_OCTETS) {
        Some((start, rest)) if !rest.is_empty() => format!("{}…", HEXLOWER.encode(start)),
        _ => HEXLOWER.encode(digest),
    }
}
