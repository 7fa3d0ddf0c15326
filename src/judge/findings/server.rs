//! Findings about one address: the verdict in words and what else is wrong, each with the commands to type.

use humantime::format_rfc3339_seconds;

use super::code::{Code, Finding};
use super::faults::Faults;
use crate::advice;
use crate::compare::Differences;
use crate::dns::message::SERVFAIL;
use crate::dns::{Name, Serial};
use crate::judge::evidence::alternation::{other_view, serves_two_contents};
use crate::judge::evidence::comparison::{are_of_own_copy, soa_differs};
use crate::judge::evidence::membership::{left, not_served};
use crate::judge::evidence::relation::Relation;
use crate::judge::evidence::{Evidence, Responses};
use crate::judge::history::{ComparisonResult, RecordsComparison};
use crate::judge::verdict::decide::Decision;
use crate::judge::verdict::reference::Reference;
use crate::judge::verdict::{Severity, Verdict};
use crate::observe::{Failure, UdpOutcome};
use crate::plan::{Source, Target, TargetId};

/// One address with everything that is known about it.
#[derive(Clone, Copy)]
pub(crate) struct ServerContext<'e> {
    pub(crate) evidence: &'e Evidence,
    pub(crate) responses: &'e Responses,
    pub(crate) target: &'e Target,
    pub(crate) id: TargetId,
    pub(crate) decision: &'e Decision,
    pub(crate) reference: Option<Reference>,
    /// Whether the reference itself may be wrong: then no command is to copy from it.
    pub(crate) reference_in_doubt: bool,
    /// The faults of signatures that are reported of the zone, and not of its servers.
    pub(crate) shared_faults: &'e Faults<'e>,
}

impl<'e> ServerContext<'e> {
    /// Returns all findings, the verdict's own first.
    pub(crate) fn findings(self) -> Vec<Finding> {
        if left(self.evidence).is_some() {
            let kinds = [Self::verdict, Self::not_in_catalog, Self::tsig_failed, Self::tls_failed];
            return kinds.into_iter().filter_map(|finding| finding(self)).collect();
        }
        let kinds: [fn(Self) -> Option<Finding>; 19] = [
            Self::verdict,
            Self::dnskey_differs,
            Self::expired,
            Self::soa_differs,
            Self::serial_not_raised,
            Self::udp_unanswered,
            Self::rate_limited,
            Self::tsig_failed,
            Self::tls_failed,
            Self::tls_certificate_expires_soon,
            Self::view_differs,
            Self::refresh_missed,
            Self::max_lag_exceeded,
            Self::slower_than_usual,
            Self::ttl_differs,
            Self::signatures_differ,
            Self::mixed_ttls,
            Self::answers_differ_from_copy,
            Self::computed_records,
        ];
        let of_signing: [fn(Self) -> Option<Finding>; 6] = [
            Self::signatures_expire,
            Self::signatures_invalid,
            Self::not_validated,
            Self::zonemd_mismatch,
            Self::zonemd_not_verified,
            Self::zonemd_absent_here,
        ];
        // What a signer makes is no part of the zone yet on the link that leads to it.
        let of_signing = of_signing.into_iter().filter(|_| !self.evidence.renumbers(self.id));
        let kinds = kinds.into_iter().chain(of_signing);
        kinds.filter_map(|finding| finding(self)).chain(self.uncompared()).collect()
    }

    pub(crate) fn zone(self) -> &'e Name {
        &self.evidence.plan.zone
    }

    pub(crate) fn serial(self) -> Option<Serial> {
        Some(self.responses.latest()?.serial)
    }

    pub(crate) fn is_reference(self) -> bool {
        self.reference.is_some_and(|reference| reference.source == Source::Target(self.id))
    }

    fn verdict(self) -> Option<Finding> {
        if let Some(membership) = not_served(self.evidence, self.id) {
            return Some(self.member_not_served(membership));
        }
        let verdict = self.decision.verdict;
        let (message, advice) = match verdict {
            Verdict::InSync => return None,
            Verdict::Unreachable => self.unreachable(),
            Verdict::Lame => self.lame(),
            Verdict::Mixed => self.mixed(),
            Verdict::Incomparable | Verdict::Ahead => self.newer()?,
            Verdict::Diverged => self.diverged(),
            Verdict::Stuck | Verdict::Behind | Verdict::Propagating => self.lagging()?,
            Verdict::Unknown => self.unknown(),
        };
        let (message, advice) = match self.signer_hint() {
            Some((hint, advice)) => (format!("{message}; {hint}"), advice),
            None => (message, advice),
        };
        let finding = Finding::new(Code::Verdict(verdict), message);
        let against_reference = self.decision.relation.is_some() && verdict != Verdict::Mixed;
        if self.reference_in_doubt && against_reference {
            let message = format!("{}; check the reference first, which is in doubt", finding.message);
            return Some(Finding { message, ..finding });
        }
        Some(finding.advise(advice))
    }

    fn unreachable(self) -> (String, Vec<String>) {
        let failure = self.responses.failure().unwrap_or(&Failure::Timeout);
        let message = match (&self.target.tls, failure) {
            (None, failure @ Failure::ClosedOverTcp(_)) => format!("{failure}{}", self.tls_hint()),
            (None, failure) => format!("{failure}, over UDP and over TCP"),
            (Some(_), Failure::Timeout) => format!(
                "{failure}, over TLS; a server whose port is not for TLS is silent too (it is mostly 853)"
            ),
            (Some(_), failure) => format!("{failure}, over TLS"),
        };
        (message, advice::reachability(self.zone(), &self.target.server, &self.destination()))
    }

    fn lame(self) -> (String, Vec<String>) {
        if let Some(serial) = self.serial().filter(|_| self.responses.is_transfer_only()) {
            return self.transfer_only(serial);
        }
        let failure = self.responses.failure().map(ToString::to_string).unwrap_or_default();
        let again = match self.responses.observations.len() {
            0 | 1 => "",
            _ => ", each time it was asked",
        };
        let mut advice = vec![advice::ask_soa(self.zone(), &self.destination(), false)];
        advice.extend(advice::zone_status(self.zone(), &self.target.server));
        (format!("it {failure}{again}"), advice)
    }

    /// A server that is for transfers alone, such as a hidden primary, or whose ACL for queries is wrong.
    fn transfer_only(self, serial: Serial) -> (String, Vec<String>) {
        let failure = self.responses.failure().map(ToString::to_string).unwrap_or_default();
        let message =
            format!("it refuses SOA queries ({failure}), but gives the zone by AXFR: serial {serial}");
        let mut advice = vec![
            advice::ask_soa(self.zone(), &self.destination(), false),
            advice::allow_queries(&self.target.server),
        ];
        if !self.target.is_hidden {
            advice.push(advice::call_hidden(&self.target.server));
        }
        (message, advice)
    }

    fn mixed(self) -> (String, Vec<String>) {
        let mut serials: Vec<Serial> = Vec::new();
        for observation in self.responses.serial_observations() {
            if !serials.contains(&observation.serial) {
                serials.push(observation.serial);
            }
        }
        let serials: Vec<String> = serials.iter().map(Serial::to_string).collect();
        let serials = serials.join(", ");
        let message = if let Some(message) = self.answers_by_turns(&serials) {
            message
        } else if serves_two_contents(self.responses) {
            format!(
                "several servers answer at this address, with other records by turns, at serial {serials}"
            )
        } else {
            format!("several servers answer at this address, with serials {serials} by turns")
        };
        (message, vec![advice::ask_soa(self.zone(), &self.destination(), false)])
    }

    fn newer(self) -> Option<(String, Vec<String>)> {
        let (reference, serial) = self.reference_in_words()?;
        let own = self.serial()?;
        let message = match self.decision.relation {
            Some(Relation::Ahead(steps)) => format!(
                "serial {own} is {steps} ahead of {serial} {reference}: {}",
                match self.file() {
                    Some(_) => "the file is older than what is served".to_owned(),
                    None => format!("it takes no version from there until that serial passes {own}"),
                }
            ),
            _ => format!(
                "serial {own} is exactly 2^31 away from {serial} {reference}: neither is newer (RFC 1982)"
            ),
        };
        let mut advice = self.raise_serial(serial, own);
        if !self.loads_file() {
            advice.extend(self.transfer_anew());
        }
        Some((message, advice))
    }

    fn diverged(self) -> (String, Vec<String>) {
        let serial = self.serial().map(|serial| format!(" at serial {serial}")).unwrap_or_default();
        if let Some(behind) = self.steps_behind() {
            let message = format!(
                "other records{serial} than the reference served at that serial: its copy is damaged, and \
                 the next version may not repair it; {behind}"
            );
            return (message, self.transfer_anew());
        }
        let message = match (&self.decision.comparison, self.evidence.standing_comparison(self.id)) {
            (Some(comparison), _) => {
                format!("other records than the reference{serial}: {}", counts(&comparison.differences))
            }
            (None, Some(RecordsComparison { at, result: ComparisonResult::Different, .. })) => format!(
                "other records than the reference{serial}, when they were compared at {}",
                format_rfc3339_seconds(at)
            ),
            (None, _) => format!("another SOA than the reference{serial}"),
        };
        (message, self.transfer_anew())
    }

    fn unknown(self) -> (String, Vec<String>) {
        if let Some(failure @ (Failure::Tsig(_) | Failure::Tls(_))) = self.responses.failure() {
            return (format!("it could not be judged: {failure}"), Vec::new());
        }
        let message = match (self.reference, &self.responses.copy_failure) {
            (Some(_), _) if self.evidence.has_nothing_to_compare() => {
                "no other address was asked, so there is nothing to compare it with".to_owned()
            }
            (None, _) => "there is no reference to compare it with".to_owned(),
            (Some(_), Some(failure)) => {
                format!("the serial agrees, and the records could not be read: {failure}")
            }
            (Some(_), None) => match self.evidence.standing_comparison(self.id) {
                Some(RecordsComparison { at, .. }) => format!(
                    "the serial agrees, and the records could not be compared at {}",
                    format_rfc3339_seconds(at)
                ),
                None => "the serial agrees, and the records could not be compared".to_owned(),
            },
        };
        (message, Vec::new())
    }

    fn expired(self) -> Option<Finding> {
        // The finding about the member that it does not serve says why.
        if not_served(self.evidence, self.id).is_some() {
            return None;
        }
        let response = self.responses.best_response()?;
        let message = if response.rcode == SERVFAIL && response.edns.reports_expired() {
            "it says that its copy of the zone has expired (SERVFAIL with extended error 24)"
        } else if response.edns.expire == Some(0) && response.soa.as_ref().is_ok_and(|soa| soa.expire > 0) {
            "it says that its copy of the zone expires now (EDNS EXPIRE is 0)"
        } else if response.rcode == SERVFAIL && self.has_expired_since() {
            "it answers SERVFAIL, and the time for which it could serve its copy without a refresh is over"
        } else {
            return None;
        };
        let advice = [self.transfer_anew(), self.examine_transfer()].concat();
        Some(Finding::new(Code::Expired, message).advise(advice))
    }

    /// Whether the copy that it served in an earlier check has expired since, unless it was refreshed.
    fn has_expired_since(self) -> bool {
        let expires = self.evidence.address_history(self.id).and_then(|history| history.expires);
        expires.is_some_and(|expires| expires <= self.evidence.start_time())
    }

    fn soa_differs(self) -> Option<Finding> {
        let source = self.reference?.source;
        // A server that counts its own serials has a SOA of its own.
        let is_independent = self.evidence.is_independent(self.id);
        let is_fault =
            || self.decision.verdict == Verdict::Diverged && soa_differs(self.evidence, self.id, source);
        if !is_independent && !is_fault() {
            return None;
        }
        let (ours, theirs) = (self.responses.soa()?, self.evidence.responses(source)?);
        let soa = theirs.soa_or_copied()?;
        let ttls = (self.responses.versions.last(), theirs.versions.last());
        let ttl_differs = matches!(ttls, (Some(ours), Some(theirs)) if ours.soa_ttl != theirs.soa_ttl);
        let fields = [
            ("MNAME", ours.mname != soa.mname),
            ("RNAME", ours.rname != soa.rname),
            ("refresh", ours.refresh != soa.refresh),
            ("retry", ours.retry != soa.retry),
            ("expire", ours.expire != soa.expire),
            ("minimum", ours.minimum != soa.minimum),
            ("TTL", ttl_differs),
        ];
        let differs = |&(name, differs): &(&'static str, bool)| differs.then_some(name);
        let fields: Vec<&str> = fields.iter().filter_map(differs).collect();
        let fields = fields.join(", ");
        if is_independent {
            return (!fields.is_empty()).then(|| {
                let message =
                    format!("its SOA differs in {fields}, and is not compared: each server has its own");
                Finding { severity: Severity::Ok, ..Finding::new(Code::SoaDiffers, message) }
            });
        }
        let message = format!("the SOA differs in {fields} at the same serial {}", ours.serial);
        Some(Finding::new(Code::SoaDiffers, message))
    }

    fn serial_not_raised(self) -> Option<Finding> {
        if self.decision.verdict != Verdict::Diverged || !self.evidence.serials_count(self.id) {
            return None;
        }
        let (reference, serial) = self.reference_in_words()?;
        // Its answers differ, and its copy does not.
        let has_same_copy =
            self.reference.is_some_and(|it| are_of_own_copy(self.evidence, self.id, it.source));
        if self.serial() != Some(serial) || self.may_be_signer() || has_same_copy {
            return None;
        }
        let message = format!(
            "both {} serial {serial}: the zone was changed {reference} without a new serial (then raise it to {}), \
             or this copy was damaged",
            if self.file().is_some() { "are of" } else { "serve" },
            serial.next()
        );
        let advice = self.raise_serial(serial, serial);
        Some(Finding::new(Code::SerialNotRaised, message).advise(advice))
    }

    fn udp_unanswered(self) -> Option<Finding> {
        // Servers give catalogs over TCP alone, as Knot does: no user asks for them.
        let is_fault = self.responses.is_udp_unanswered() && self.evidence.plan.rules.catalog.is_none();
        is_fault.then(|| {
            let message = match self.responses.udp_failure() {
                Some(failure) => format!(
                    "over TCP it answers rightly, and over UDP it never does: it {failure}; most users get no \
                     usable answer from it"
                ),
                None => "it answers over TCP, and none of several queries over UDP: most users get no answer \
                         from it"
                    .to_owned(),
            };
            let advice = vec![advice::ask_soa(self.zone(), &self.destination(), false)];
            Finding::new(Code::UdpUnanswered, message).advise(advice)
        })
    }

    fn tsig_failed(self) -> Option<Finding> {
        let failures = [self.responses.failure(), self.responses.copy_failure.as_ref()];
        let failure = failures.into_iter().flatten().find(|failure| matches!(failure, Failure::Tsig(_)))?;
        Some(Finding::new(Code::TsigFailed, failure.to_string()))
    }

    fn view_differs(self) -> Option<Finding> {
        let unsigned = other_view(self.responses)?;
        let signed = self.serial()?;
        let message = format!(
            "queries signed with the key get serial {signed}, others get serial {}: two views of the zone",
            unsigned.serial
        );
        Some(Finding::new(Code::ViewDiffers, message))
    }

    fn rate_limited(self) -> Option<Finding> {
        let some = |outcome| self.responses.has_udp_outcome(outcome);
        let some_lost = some(UdpOutcome::Truncated) || some(UdpOutcome::Unanswered);
        (some(UdpOutcome::Answered) && some_lost).then(|| {
            let message = "some queries over UDP were answered, others truncated or not answered: it limits its \
                rate, or the path loses packets; TCP was used instead";
            Finding::new(Code::RateLimited, message)
        })
    }

    fn ttl_differs(self) -> Option<Finding> {
        let comparison = self.decision.comparison.as_ref().filter(|_| self.serial_is_current())?;
        let differences = &comparison.differences;
        (differences.ttl > 0).then(|| {
            let message = format!("{} in nothing but TTL", rrsets(differences.ttl, "differs", "differ"));
            Finding::new(Code::TtlDiffers, message)
        })
    }

    fn signatures_differ(self) -> Option<Finding> {
        let comparison = self.decision.comparison.as_ref().filter(|_| self.serial_is_current())?;
        let differences = &comparison.differences;
        (differences.signatures > 0).then(|| {
            let signed = rrsets(differences.signatures, "is signed", "are signed");
            Finding::new(Code::SignaturesDiffer, format!("{signed} by the same keys with other signatures"))
        })
    }

    /// Differences from the current version are noise about an older one.
    fn serial_is_current(self) -> bool {
        matches!(self.decision.verdict, Verdict::InSync | Verdict::Diverged | Verdict::Unknown)
    }
}

/// `2 missing, 4 changed, among them 4 RRSIGs by another key (tag 2) than the reference's (tag 1)`, or a lower bound of
/// it.
fn counts(differences: &Differences) -> String {
    let &Differences { missing, extra, changed, answer, ttl, .. } = differences;
    let counted = [
        (missing, "missing"),
        (extra, "extra"),
        (changed, "changed"),
        (answer, "answered otherwise"),
        (ttl, "with another TTL"),
    ];
    let parts: Vec<String> = counted
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let bound = if differences.is_exact() { "" } else { "at least " };
    let causes = differences.signature_causes.iter().filter(|cause| cause.has_many());
    let main = causes.take(1).map(|it| format!(", among them {} RRSIGs {}", it.records, it.in_words()));
    format!("{bound}{}{}", parts.join(", "), main.collect::<String>())
}

/// `1 RRset differs`, or `2 RRsets differ`.
pub(super) fn rrsets(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 RRset {one}"),
        count => format!("{count} RRsets {many}"),
    }
}
