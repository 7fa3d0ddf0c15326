//! Findings about servers of a zone that a catalog lists, or listed.

use super::code::{Code, Finding};
use super::lagging::time;
use super::server::ServerContext;
use crate::advice;
use crate::dns::message::{NOTAUTH, NXDOMAIN, REFUSED, SERVFAIL};
use crate::judge::evidence::membership::{deadline, still_served};
use crate::judge::verdict::Verdict;
use crate::observe::{Failure, SoaResponse};
use crate::plan::Membership;

impl ServerContext<'_> {
    /// It does not serve a member, and may still have time to take it.
    pub(super) fn member_not_served(self, membership: &Membership) -> Finding {
        let failure = self.responses.failure().map(ToString::to_string).unwrap_or_default();
        let again = if self.responses.observations.len() > 1 { ", each time it was asked" } else { "" };
        let member = member(membership);
        let (reason, advice) = self.reason_and_remedy(membership);
        if self.decision.verdict == Verdict::Propagating {
            let deadline = deadline(self.evidence, self.id, membership);
            let (since, deadline) = (time(membership.since), time(deadline));
            let message = format!(
                "it does not serve the zone yet, a member of {member} since {since}; it should by {deadline}; \
                 it {failure}{again}: {reason}"
            );
            return Finding::new(Code::Verdict(Verdict::Propagating), message).advise(advice);
        }
        let message =
            format!("it does not serve the zone, a member of {member}; it {failure}{again}: {reason}");
        Finding::new(Code::MemberNotServed, message).advise(advice)
    }

    /// Why it does not serve a member, as far as its response tells, and what to type.
    fn reason_and_remedy(self, membership: &Membership) -> (String, Vec<String>) {
        let (zone, server) = (self.zone(), self.target.server.as_str());
        let mut advice = vec![advice::ask_soa(zone, &self.destination(), false)];
        advice.extend(advice::member_status(zone, server));
        if self.is_origin() {
            let reason = "other servers get the zone from this one, so it must be added here first, or taken out of \
                          the catalog";
            return (reason.to_owned(), advice);
        }
        let reason = match self.responses.best_response().map(cause) {
            Some(Cause::NotConfigured) => {
                advice.extend(advice::full_transfer(&membership.catalog, server));
                "it has no such zone, so it has not taken it from the catalog"
            }
            Some(Cause::Refused) => {
                advice.extend(advice::full_transfer(&membership.catalog, server));
                advice.extend(self.try_transfer());
                "it has not taken it from the catalog, or runs PowerDNS and could not transfer it yet"
            }
            Some(Cause::NoData) if self.served_before() => {
                advice.extend([self.try_transfer(), self.transfer_anew()].concat());
                "it has the zone, and its copy has expired: it does not get it from its primary"
            }
            Some(Cause::NoData) => {
                advice.extend([self.try_transfer(), self.transfer_anew()].concat());
                "it has taken the zone from the catalog, and could not transfer it from its primary yet"
            }
            Some(Cause::OtherZone) => {
                advice.extend(advice::full_transfer(&membership.catalog, server));
                "it answers from the zone above, so it has not taken this one from the catalog"
            }
            Some(Cause::NoAuthority) | None => {
                "what answers there is a resolver or a forwarder, or it has not taken the zone from the catalog"
            }
        };
        (reason.to_owned(), advice)
    }

    /// Whether an earlier check has seen a serial of the zone there.
    fn served_before(self) -> bool {
        self.evidence.address_history(self.id).is_some_and(|history| history.serial().is_some())
    }

    /// It answers for a zone that has left its catalog.
    pub(super) fn not_in_catalog(self) -> Option<Finding> {
        let membership = still_served(self.evidence, self.id)?;
        let serial = self.serial()?;
        let (catalog, since) = (membership.catalog.without_final_dot(), time(membership.since));
        let by = if self.evidence.start_time() > membership.deadline {
            String::new()
        } else {
            format!("; it should have stopped by {}", time(membership.deadline))
        };
        let reason = if self.is_origin() {
            "if the zone is to go, remove it here too"
        } else {
            "it has not got the catalog since, or the zone is in its own configuration too"
        };
        let message = format!(
            "it still answers for the zone, with serial {serial}, which left the catalog {catalog} at {since}{by}: \
             {reason}"
        );
        let mut advice = advice::member_status(self.zone(), &self.target.server);
        if !self.is_origin() {
            advice.extend(advice::full_transfer(&membership.catalog, &self.target.server));
        }
        Some(Finding::new(Code::NotInCatalog, message).advise(advice))
    }
}

/// `the catalog catalog.example in group customers`.
fn member(membership: &Membership) -> String {
    let catalog = membership.catalog.without_final_dot();
    match &membership.group {
        Some(group) => format!("the catalog {catalog} in group \"{}\"", group.escape_debug()),
        None => format!("the catalog {catalog}"),
    }
}

/// Why a server does not serve a zone.
enum Cause {
    /// It says that it has no such zone.
    NotConfigured,
    /// It refuses, for that reason or for another.
    Refused,
    /// It has the zone, and no data for it.
    NoData,
    /// It answers from another zone.
    OtherZone,
    /// It answers without authority, or with an error that tells nothing.
    NoAuthority,
}

fn cause(response: &SoaResponse) -> Cause {
    match (response.rcode, &response.soa) {
        // Knot says so. BIND refuses without it, and so does PowerDNS, even while it transfers the zone.
        (REFUSED | NOTAUTH, _) if response.edns.reports_not_authoritative() => Cause::NotConfigured,
        (REFUSED | NOTAUTH, _) => Cause::Refused,
        (SERVFAIL, _) => Cause::NoData,
        (NXDOMAIN, _) | (_, Err(Failure::NoSoa)) => Cause::OtherZone,
        _ => Cause::NoAuthority,
    }
}
