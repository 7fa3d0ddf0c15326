//! The questions: which servers a zone has, which of them answer, and which give transfers to this host.

use std::path::Path;

use anyhow::Context as _;
use futures_util::future::join_all;

use super::facts::{AddressFacts, Asked, ServerFacts, ZoneFacts};
use crate::check::{Checker, TimeLimit};
use crate::cli::{ComparisonArgs, InitServerArgs, LimitArgs, ServerArgs};
use crate::commands::setup::Setup;
use crate::dns::{Name, Soa};
use crate::observe::Failure;
use crate::plan::{
    LookupError, Plan, Role, Target, TlsIdentity, TlsSettings, Unasked, UnaskedReason, ZoneSettings,
};

/// What the servers of a zone are asked with.
pub(super) struct Questioner {
    zone: Name,
    checker: Checker,
    settings: ZoneSettings,
    key_files: Vec<String>,
}

/// An address, and what it answered.
struct Answered {
    target: Target,
    soa: Result<Soa, Failure>,
    refusal: Option<Failure>,
    is_from_soa: bool,
}

impl Questioner {
    /// Reads the keys that are named.
    pub(super) fn new(zone: Name, args: InitServerArgs) -> anyhow::Result<Self> {
        let InitServerArgs { primary, secondary, tsig_file, reach, timeout } = args;
        let key_files = tsig_file.iter().map(|path| absolute(path)).collect::<anyhow::Result<_>>()?;
        let servers = ServerArgs { primary, secondary, tsig_file, reach, ..ServerArgs::default() };
        let limits = LimitArgs {
            timeout: Some(timeout),
            idle_timeout: Some(timeout.saturating_mul(5)),
            ..LimitArgs::default()
        };
        let Setup { checker, settings, .. } = Setup::new(servers, &ComparisonArgs::default(), &limits)?;
        let settings = settings.get(&zone)?.as_ref().clone();
        Ok(Self { zone, checker, settings, key_files })
    }

    /// Asks all servers of the zone.
    pub(super) async fn ask_all(&self) -> anyhow::Result<ZoneFacts> {
        let plan = self.checker.plan(self.zone.clone(), &self.settings, TimeLimit::default()).await;
        let not_found = not_found(&plan);
        let mut answered: Vec<Answered> = join_all(plan.targets.into_iter().map(|it| self.ask(it))).await;
        let has_primary = answered.iter().any(|it| it.target.role == Role::Primary);
        let unseen_primary = if has_primary { None } else { self.find_primary(&mut answered).await };
        answered.sort_by_key(|it| it.target.role);
        Ok(ZoneFacts {
            zone: self.zone.without_final_dot(),
            servers: servers(answered)?,
            not_found,
            unseen_primary,
            key_files: self.key_files.clone(),
        })
    }

    /// Asks an address for the SOA, and for a transfer if it answers.
    async fn ask(&self, target: Target) -> Answered {
        let soa = self.checker.soa(&self.zone, &target).await;
        let refusal = match &soa {
            Ok(_) => self.checker.transfers.begin_axfr(&target, &self.zone).await.err(),
            Err(_) => None,
        };
        Answered { target, soa, refusal, is_from_soa: false }
    }

    /// Finds the primary that the SOA names, among the servers or beside them; gives its name, and why it is not asked, if
    /// that is so.
    async fn find_primary(&self, answered: &mut Vec<Answered>) -> Option<(String, String)> {
        let mname = answered.iter().find_map(|it| it.soa.as_ref().ok())?.mname.clone();
        let targets = self.checker.finder.primary_targets(&mname, &self.settings.servers).await;
        let is_it = |target: &Target| {
            target.host.as_ref() == Some(&mname)
                || target.server.parse::<Name>().is_ok_and(|name| name == mname)
                || targets.iter().any(|named| named.is_same_address(target))
        };
        let known = answered.iter().filter(|it| is_it(&it.target));
        let known: Vec<(String, bool)> = known.map(|it| (it.target.server.clone(), it.soa.is_ok())).collect();
        if !known.is_empty() {
            let is_answering = |server: &String| known.iter().any(|(it, answers)| it == server && *answers);
            for it in answered.iter_mut().filter(|it| is_answering(&it.target.server)) {
                (it.target.role, it.is_from_soa) = (Role::Primary, true);
            }
            return None;
        }
        let beside = join_all(targets.into_iter().map(|target| self.ask(target))).await;
        let mut reason = "its name has no address".to_owned();
        let mut is_seen = false;
        for mut it in beside {
            match &it.soa {
                Ok(_) => {
                    (it.target.is_hidden, it.is_from_soa, is_seen) = (true, true, true);
                    answered.push(it);
                }
                Err(failure) => reason = failure.to_string(),
            }
        }
        (!is_seen).then(|| (mname.without_final_dot(), reason))
    }
}

/// What could not be looked up, or is not asked.
fn not_found(plan: &Plan) -> Vec<String> {
    let servers = plan.lookup_errors.iter().filter_map(|error| match error {
        LookupError::NoServers { reason } => Some(format!("the NS set is not found ({reason})")),
        LookupError::TooManyServers { used, count } => {
            Some(format!("the NS set has {count} names, and only {used} of them are asked"))
        }
        LookupError::TooManyAddresses { server, used, count, .. } => {
            let server = server.escape_debug();
            Some(format!("{server} has {count} addresses, and only {used} of them are asked"))
        }
        // It is among those that are not asked.
        LookupError::NoAddress { .. } => None,
    });
    let unasked = plan.unasked.iter().map(|Unasked { server, reason, .. }| {
        let server = server.escape_debug();
        match reason {
            UnaskedReason::FamilyExcluded(address) => {
                format!("{server} is left out: {address} is of the other address family")
            }
            UnaskedReason::NoInterface { address, interface } => {
                let interface = interface.escape_debug();
                format!("{server} is left out: for {address}, there is no interface {interface}")
            }
            UnaskedReason::NoAddress { reason, .. } | UnaskedReason::MemberWithoutAddress { reason } => {
                format!("{server} is left out: {reason}")
            }
        }
    });
    servers.chain(unasked).collect()
}

/// Addresses that belong together as servers, each with a name of its own.
fn servers(answered: Vec<Answered>) -> anyhow::Result<Vec<ServerFacts>> {
    let mut servers: Vec<(String, ServerFacts)> = Vec::new();
    for Answered { target, soa, refusal, is_from_soa } in answered {
        let how = asked(&target, is_from_soa)?;
        let address = AddressFacts {
            address: target.address,
            serial: soa.map(|soa| soa.serial).map_err(|failure| failure.to_string()),
            refusal: refusal.map(|failure| failure.to_string()),
        };
        match servers.iter_mut().find(|(name, server)| *name == target.server && server.how == how) {
            Some((_, server)) => server.addresses.push(address),
            None => {
                let doubles = servers.iter().filter(|(name, _)| *name == target.server).count();
                let name = match doubles {
                    0 => target.server.clone(),
                    _ => format!("{} ({})", target.server, doubles + 1),
                };
                servers.push((target.server, ServerFacts { name, how, addresses: vec![address] }));
            }
        }
    }
    Ok(servers.into_iter().map(|(_, server)| server).collect())
}

/// How an address is asked, as a configuration says it: its files may be in another folder.
fn asked(target: &Target, is_from_soa: bool) -> anyhow::Result<Asked> {
    let file = |path: &String| absolute(Path::new(path));
    let tls = target.tls.as_deref().map(|tls| {
        let TlsSettings { ca, pins, identity, .. } = tls;
        let identity = identity.as_ref().map(|TlsIdentity { certificate, key }| {
            anyhow::Ok(TlsIdentity { certificate: file(certificate)?, key: file(key)? })
        });
        // The address is written, so a name must be too.
        let address = target.address.ip().to_string();
        let name = target.tls_name().filter(|name| *name != address);
        let (ca, identity) = (ca.as_ref().map(file).transpose()?, identity.transpose()?);
        anyhow::Ok(TlsSettings { name, ca, pins: pins.clone(), identity }.into())
    });
    Ok(Asked {
        role: target.role,
        is_from_soa,
        is_hidden: target.is_hidden,
        key: target.key.as_ref().map(|key| key.name().without_final_dot()),
        source: target.source,
        tls: tls.transpose()?,
    })
}

fn absolute(path: &Path) -> anyhow::Result<String> {
    let absolute = std::path::absolute(path).with_context(|| format!("cannot find `{}`", path.display()))?;
    Ok(absolute.display().to_string())
}
