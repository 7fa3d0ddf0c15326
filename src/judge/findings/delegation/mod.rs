//! Findings about the delegation of the zone: what the parent has of it, held against the zone itself.
//!
//! One finding names all that is wrong, since it is put right at one place. TTLs may differ, and name servers outside the
//! zone need no glue (RFC 9471): of that, nothing is said.

mod keys;
mod names;
mod pending;
mod servers;

use std::net::IpAddr;

use super::code::{Code, Finding};
use super::list::{first, first_described};
use crate::advice;
use crate::dns::{Name, Rtype};
use crate::judge::verdict::Severity;
use crate::observe::{ChildSide, DelegationSighting, NoReferral, ParentServer, Referral, delegated_names};
use crate::plan::DelegationRules;

/// Something that is wrong with a delegation.
struct Problem {
    severity: Severity,
    message: String,
    advice: Vec<String>,
}

/// The delegation of a zone, as one look at it has shown it.
struct Sides<'s> {
    zone: &'s Name,
    parents: &'s [ParentServer],
    /// The names to which the parent delegates the zone, with their glue.
    delegated: Vec<(Name, Vec<IpAddr>)>,
    seen: &'s DelegationSighting,
}

/// Returns the findings about the delegation of a zone.
pub(in crate::judge) fn findings(
    zone: &Name,
    rules: &DelegationRules,
    seen: Option<&DelegationSighting>,
) -> Vec<Finding> {
    let unseen = |reason: &str| {
        vec![Finding::new(Code::DelegationUnseen, format!("the delegation was not seen: {reason}"))]
    };
    let Some(seen) = seen else { return unseen("the time for this check was over") };
    if let Err(reason) = &seen.parents {
        return unseen(reason);
    }
    let sides = Sides::new(zone, seen);
    let found = [sides.differs(), sides.unseen(rules), sides.update_pending()];
    found.into_iter().flatten().collect()
}

/// Whether something is wrong with a delegation, as far as this look shows.
pub(in crate::judge) fn is_in_doubt(zone: &Name, seen: &DelegationSighting) -> bool {
    !Sides::new(zone, seen).problems().is_empty()
}

impl<'s> Sides<'s> {
    fn new(zone: &'s Name, seen: &'s DelegationSighting) -> Self {
        let parents = seen.parents.as_deref().unwrap_or_default();
        Self { zone, parents, delegated: delegated_names(parents), seen }
    }

    /// The delegations that were seen, each with the server that sent it.
    fn referrals(&self) -> impl Iterator<Item = (&'s ParentServer, &'s Referral)> {
        self.parents.iter().filter_map(|parent| Some((parent, parent.referral.as_ref().ok()?)))
    }

    /// The servers of the parent that show no delegation for this reason.
    fn without_referral(&self, why: &NoReferral) -> impl Iterator<Item = &'s ParentServer> {
        self.parents.iter().filter(move |parent| parent.referral.as_ref().err() == Some(why))
    }

    fn child(&self) -> Option<&'s ChildSide> {
        self.seen.child.as_ref()
    }

    /// All that is wrong.
    fn problems(&self) -> Vec<Problem> {
        let of_servers = self.lame_servers().into_iter().collect();
        [self.missing(), self.names(), self.glue(), of_servers, self.keys()].into_iter().flatten().collect()
    }

    /// The parent has the zone otherwise than it is.
    fn differs(&self) -> Option<Finding> {
        let mut problems = self.problems();
        problems.sort_by_key(|problem| problem.severity);
        let severity = problems.iter().map(|problem| problem.severity).reduce(Severity::worse)?;
        let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        let mut advice: Vec<String> = Vec::new();
        for line in
            self.commands().into_iter().chain(problems.iter().flat_map(|problem| problem.advice.clone()))
        {
            if !advice.contains(&line) {
                advice.push(line);
            }
        }
        let finding = Finding::new(Code::DelegationDiffers, messages.join("; ")).advise(advice);
        Some(Finding { severity, ..finding })
    }

    /// The commands that show both sides.
    fn commands(&self) -> Vec<String> {
        let parent = self.referrals().map(|(parent, _)| parent).next().or(self.parents.first());
        let ask = |address| advice::ask_rrset(self.zone, Rtype::NS, &address);
        let parent = parent.map(|parent| parent.address.into());
        let child = self.child().map(|child| child.address.into());
        parent.into_iter().chain(child).map(ask).collect()
    }

    /// The parent does not delegate the zone, or some of its servers do not.
    fn missing(&self) -> Vec<Problem> {
        let missing: Vec<String> = self.without_referral(&NoReferral::NotDelegated).map(at).collect();
        if missing.is_empty() {
            return Vec::new();
        }
        let is_seen = self.referrals().next().is_some();
        let (severity, what) = if is_seen {
            (Severity::Warning, "some servers of the parent do not delegate the zone")
        } else {
            (Severity::Critical, "the parent does not delegate the zone")
        };
        let advice = match self.child().and_then(|child| child.names.as_deref()) {
            Some(names) if !is_seen => vec![advice::delegate(self.zone, names)],
            Some(_) | None => Vec::new(),
        };
        let message = format!("{what} ({})", first(&missing, missing.len()));
        vec![Problem { severity, message, advice }]
    }

    /// No server of the parent shows what it has of the zone.
    fn unseen(&self, rules: &DelegationRules) -> Option<Finding> {
        let is_seen =
            |parent: &ParentServer| matches!(parent.referral, Ok(_) | Err(NoReferral::NotDelegated));
        if self.parents.iter().any(is_seen) {
            return None;
        }
        let shared: Vec<String> = self.without_referral(&NoReferral::ServesZone).map(at).collect();
        if !shared.is_empty() {
            let ds = if self.parents.iter().any(|parent| parent.ds.is_some()) {
                ", other than its DS records"
            } else {
                ""
            };
            let message = format!(
                "what the parent has of the zone cannot be seen{ds}: parent and child are on one server ({}), which \
                 answers from the child",
                first(&shared, shared.len())
            );
            return Some(
                Finding::new(Code::DelegationUnseen, message).advise(vec![advice::other_parent(self.zone)]),
            );
        }
        let failed =
            |parent: &ParentServer| Some(format!("{}: {}", at(parent), why(parent.referral.as_ref().err()?)));
        let failed: Vec<String> = self.parents.iter().filter_map(failed).collect();
        let message = format!(
            "no server of the parent shows the delegation: {}",
            first_described(&failed, failed.len())
        );
        let advice = self.commands().into_iter().take(1).collect();
        let finding = Finding::new(Code::DelegationUnseen, message).advise(advice);
        // Who names the servers of the parent expects them to tell.
        let severity = if rules.parents.is_empty() { Severity::Ok } else { Severity::Unknown };
        Some(Finding { severity, ..finding })
    }
}

/// A server of the parent in a message.
fn at(parent: &ParentServer) -> String {
    format!("{} {}", parent.server, parent.address)
}

/// Why a server shows no delegation, in a few words.
fn why(reason: &NoReferral) -> String {
    match reason {
        NoReferral::ServesZone => "it has the zone itself".to_owned(),
        NoReferral::NotDelegated => "it does not delegate the zone".to_owned(),
        NoReferral::NotParent => "it does not have the zone above".to_owned(),
        NoReferral::Failed(failure) => failure.to_string(),
    }
}

#[cfg(test)]
mod tests;
