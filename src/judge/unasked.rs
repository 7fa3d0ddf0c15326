//! What was not asked: a server without any address that was asked is unknown, and never in sync.

use std::net::SocketAddr;

use super::evidence::{Evidence, Responses};
use super::findings::code::{Code, Finding};
use super::verdict::Severity;
use crate::advice;
use crate::dns::Name;
use crate::plan::{Role, Target, TargetId, Unasked, UnaskedReason};

/// A server none of whose addresses was asked. Its verdict is `unknown`.
#[derive(Clone, Debug)]
pub struct UnaskedServer {
    /// The name of the server.
    pub server: String,
    /// Its role.
    pub role: Role,
    /// The name of the TSIG key that would sign queries to it.
    pub key: Option<Name>,
    /// The worst of its findings.
    pub severity: Severity,
    /// Why it was not asked.
    pub findings: Vec<Finding>,
}

/// Returns every server none of whose addresses was asked, in the order of the plan.
pub(super) fn unasked_servers(evidence: &Evidence) -> Vec<UnaskedServer> {
    let planned = planned_unasked(evidence);
    let planned = planned.filter(|unasked| !was_asked(evidence, &unasked.server, unasked.role));
    let planned =
        planned.map(|unasked| (&unasked.server, unasked.role, unasked.key.as_ref(), finding(unasked)));
    let without_route = without_route(evidence).into_iter();
    let without_route = without_route.filter(|target| !was_asked(evidence, &target.server, target.role));
    let without_route =
        without_route.map(|target| (&target.server, target.role, target.key.as_ref(), no_route(target)));
    let mut servers: Vec<UnaskedServer> = Vec::new();
    for (server, role, key, finding) in planned.chain(without_route) {
        match servers.iter_mut().find(|other| other.server == *server && other.role == role) {
            Some(other) => {
                other.severity = other.severity.worse(finding.severity);
                other.findings.push(finding);
            }
            None => {
                let key = key.map(|key| key.name().clone());
                let (server, severity, findings) = (server.clone(), finding.severity, vec![finding]);
                servers.push(UnaskedServer { server, role, key, severity, findings });
            }
        }
    }
    servers
}

/// Returns the addresses and names that were not to be asked, of servers that no link before has.
fn planned_unasked(evidence: &Evidence) -> impl Iterator<Item = &Unasked> {
    evidence.plan.unasked.iter().filter(|unasked| evidence.link.introduces(unasked.role))
}

/// Whether a server was asked at one of its addresses at least.
fn was_asked(evidence: &Evidence, server: &str, role: Role) -> bool {
    let mut judged = evidence.judged().filter_map(|id| evidence.plan.target(id));
    judged.any(|target| target.server == server && target.role == role)
}

/// Returns the primaries that are excluded by their address family, each with its address.
pub(super) fn excluded_primaries(evidence: &Evidence) -> impl Iterator<Item = String> {
    let excluded = evidence.plan.unasked.iter().filter(|unasked| unasked.role == evidence.link.origin());
    excluded.filter_map(|unasked| Some(format!("{} {}", unasked.server, unasked.excluded_address()?)))
}

/// Returns the finding about addresses of one family: this host cannot reach them, or the user left them out while
/// the server was asked at another address.
pub(super) fn unusable_family(evidence: &Evidence) -> Option<Finding> {
    let without_route = without_route(evidence);
    let excluded = planned_unasked(evidence).filter_map(|unasked| {
        let address = unasked.excluded_address()?;
        was_asked(evidence, &unasked.server, unasked.role).then_some((unasked.server.as_str(), address))
    });
    let excluded: Vec<_> = excluded.collect();
    let list = |addresses: &mut dyn Iterator<Item = (&str, SocketAddr)>| {
        addresses.map(|(server, address)| format!("{server} ({address})")).collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    if let Some(families) = families(&without_route) {
        let addresses = list(&mut without_route.iter().map(|it| (it.server.as_str(), it.address)));
        parts.push(format!(
            "this host, or its source address, has no route to {families}; not checked: {addresses}"
        ));
    }
    if let Some((_, first)) = excluded.first() {
        let addresses = list(&mut excluded.iter().copied());
        parts.push(format!(
            "`{}` leaves out addresses; not checked: {addresses}",
            excluding_flag(first.is_ipv6())
        ));
    }
    (!parts.is_empty()).then(|| Finding::new(Code::AddressFamilyUnusable, parts.join("; ")))
}

/// Returns the targets to whose family this host has no route. One that only the SOA names is no server of the user.
fn without_route(evidence: &Evidence) -> Vec<&Target> {
    let is_unusable = |&(_, responses): &(TargetId, &Responses)| responses.is_unusable_family();
    let unusable = evidence.by_target().filter(is_unusable);
    unusable
        .filter(|(id, _)| !evidence.is_added(*id))
        .filter_map(|(id, _)| evidence.plan.target(id))
        .filter(|target| evidence.link.introduces(target.role))
        .collect()
}

fn families(targets: &[&Target]) -> Option<&'static str> {
    let has = |is_ipv6| targets.iter().any(|target| target.address.is_ipv6() == is_ipv6);
    match (has(false), has(true)) {
        (false, false) => None,
        (true, false) => Some("IPv4"),
        (false, true) => Some("IPv6"),
        (true, true) => Some("IPv4 and IPv6"),
    }
}

/// The option that leaves out a family.
fn excluding_flag(is_ipv6: bool) -> &'static str {
    if is_ipv6 { "-4" } else { "-6" }
}

fn finding(unasked: &Unasked) -> Finding {
    match &unasked.reason {
        UnaskedReason::FamilyExcluded(address) => {
            let flag = excluding_flag(address.is_ipv6());
            Finding::new(Code::NotAsked, format!("it was not asked: `{flag}` leaves out {address}"))
        }
        UnaskedReason::NoInterface { address, interface } => {
            let message =
                format!("it was not asked: {address} is behind `{interface}`, which is no interface here");
            Finding::new(Code::NotAsked, message)
        }
        UnaskedReason::NoAddress { host, reason } => {
            let name = host.without_final_dot();
            let message = format!("it was not asked: no address was found for {name}: {reason}");
            Finding::new(Code::NotAsked, message).advise(vec![advice::look_up(host)])
        }
        UnaskedReason::MemberWithoutAddress { reason } => {
            Finding::new(Code::NoAddress, format!("it was not asked, since no address was found: {reason}"))
        }
    }
}

fn no_route(target: &Target) -> Finding {
    let address = target.address;
    let message = match target.source {
        Some(source) if source.is_ipv4() != address.is_ipv4() => {
            format!("it was not asked: {address} is of another address family than the source {source}")
        }
        _ => {
            let family = if address.is_ipv6() { "IPv6" } else { "IPv4" };
            format!("it was not asked: this host has no route to {family}, and so none to {address}")
        }
    };
    Finding::new(Code::NotAsked, message)
}
