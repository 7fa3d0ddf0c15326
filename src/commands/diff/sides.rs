//! The two sides that are compared.

use anyhow::bail;

use super::chosen::choose;
use crate::check::{Checker, TimeLimit};
use crate::cli::{ComparisonArgs, DiffCommand, ServerArgs, SideArgs};
use crate::commands::setup::Setup;
use crate::dns::Name;
use crate::plan::{
    Compare, ComparisonRules, Plan, Role, SignatureComparison, Target, UnaskedReason, ZoneSettings,
};
use crate::transfer::ZoneFile;

/// What was read of files before the first lookup.
pub(super) struct Prepared {
    zone: Name,
    checker: Checker,
    /// Absent where two files are compared.
    settings: Option<ZoneSettings>,
    reference_file: Option<ZoneFile>,
    target_file: Option<ZoneFile>,
    rules: ComparisonRules,
}

/// One side: where its records are.
pub(super) enum Side {
    Server(Box<Target>),
    File(ZoneFile),
}

/// The two sides, and what reads them.
pub(super) struct Sides {
    pub(super) checker: Checker,
    /// The zone, and how servers are asked about it; without targets.
    pub(super) plan: Plan,
    pub(super) reference: Side,
    pub(super) target: Side,
}

impl Side {
    /// Its name for people.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Server(target) => match target.address.to_string() {
                address if target.server == address || target.server == target.address.ip().to_string() => {
                    address
                }
                address => format!("{} ({address})", target.server.escape_debug()),
            },
            Self::File(file) => file.name(),
        }
    }
}

/// Reads the configuration, the keys and all else that is named.
pub(super) fn prepare(command: DiffCommand) -> anyhow::Result<Prepared> {
    let DiffCommand { zone, mut sides, by, name, ignore_type, limits, .. } = command;
    if let Some(path) = sides.config.clone() {
        choose(&mut sides, &zone, &path)?;
    }
    let (reference_file, target_file) = (sides.zone_file.take(), sides.target_file.take());
    let args = ComparisonArgs { by: Some(by), name, ignore_type, ..ComparisonArgs::default() };
    let has_server = sides.primary.is_some() || sides.secondary.is_some();
    let Setup { checker, settings, .. } = Setup::new(server_args(sides), &args, &limits)?;
    let settings = if has_server { Some(settings.get(&zone)?.as_ref().clone()) } else { None };
    let rules = settings.as_ref().map(|settings| settings.comparison.clone());
    let mut rules = rules.unwrap_or_else(|| ComparisonRules::new(Compare::Records));
    if !args.ignore_type.is_empty() {
        rules.content.ignored = args.ignore_type;
    }
    rules.content.dnssec = SignatureComparison::Ignore;
    rules.content.multi_signer = false;
    let file = |path| ZoneFile::new(path, checker.transfers.limits);
    let (reference_file, target_file) = (reference_file.map(file), target_file.map(file));
    Ok(Prepared { zone, checker, settings, reference_file, target_file, rules })
}

fn server_args(sides: SideArgs) -> ServerArgs {
    let SideArgs { primary, secondary, config, tsig_file, reach, .. } = sides;
    ServerArgs {
        primary: primary.into_iter().collect(),
        secondary: secondary.into_iter().collect(),
        config,
        tsig_file,
        reach,
        ..ServerArgs::default()
    }
}

impl Sides {
    /// Looks up the addresses of the servers; each must have one.
    pub(super) async fn look_up(prepared: Prepared) -> anyhow::Result<Self> {
        let Prepared { zone, checker, settings, reference_file, target_file, rules } = prepared;
        let servers = match &settings {
            Some(settings) => checker.plan(zone.clone(), settings, TimeLimit::default()).await,
            None => Plan::new(zone.clone(), rules.clone()),
        };
        let side = |file: Option<ZoneFile>, role| match file {
            Some(file) => Ok(Side::File(file)),
            None => only_target(&servers, role).map(|target| Side::Server(Box::new(target))),
        };
        let reference = side(reference_file, Role::Primary)?;
        let target = side(target_file, Role::Secondary)?;
        if let (Side::Server(one), Side::Server(other)) = (&reference, &target)
            && one.is_same_address(other)
        {
            bail!("both servers are {}, asked in the same way: there is nothing to compare", one.address);
        }
        Ok(Self { checker, plan: Plan::new(zone, rules), reference, target })
    }
}

/// The only address of the server with a role.
fn only_target(plan: &Plan, role: Role) -> anyhow::Result<Target> {
    let targets: Vec<&Target> = plan.targets.iter().filter(|target| target.role == role).collect();
    match targets.as_slice() {
        [only] => Ok((*only).clone()),
        [] => bail!("{}", why_unasked(plan, role)),
        [first, ..] => {
            let addresses: Vec<String> = targets.iter().map(|target| target.address.to_string()).collect();
            let server = first.server.escape_debug();
            bail!(
                "`{server}` has {} addresses: {}\nhint: choose one, as in {server}={}",
                addresses.len(),
                addresses.join(", "),
                first.address
            )
        }
    }
}

/// Why a server has no address to ask.
fn why_unasked(plan: &Plan, role: Role) -> String {
    let Some(unasked) = plan.unasked.iter().find(|unasked| unasked.role == role) else {
        return "a server has no address".to_owned();
    };
    let server = unasked.server.escape_debug();
    match &unasked.reason {
        UnaskedReason::FamilyExcluded(address) => {
            format!("`{server}` is not asked: {address} is of the address family that is left out")
        }
        UnaskedReason::NoInterface { address, interface } => {
            format!(
                "cannot ask `{server}` at {address}: there is no interface `{}`",
                interface.escape_debug()
            )
        }
        UnaskedReason::NoAddress { reason, .. } | UnaskedReason::MemberWithoutAddress { reason } => {
            format!("cannot look up `{server}`: {reason}")
        }
    }
}
