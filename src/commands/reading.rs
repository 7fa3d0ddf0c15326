//! How records are read, as the command line says it: what fits together, and which zone a name is for.

use anyhow::bail;

use crate::cli::{ByArg, CompareArg, ComparisonArgs};
use crate::dns::name::is_within;
use crate::dns::{Name, Rtype};

/// Whether an option says how records are read, or what is done with them: then they are compared.
pub(super) fn is_wanted(args: &ComparisonArgs) -> bool {
    args.by.is_some()
        || !args.name.is_empty()
        || args.cover.is_some()
        || args.independent_serials
        || args.multi_signer
        || args.validate
}

/// Checks that the options on how records are read fit the others.
pub(super) fn check(args: &ComparisonArgs) -> anyhow::Result<()> {
    let of_queries = [("`--name`", !args.name.is_empty()), ("`--cover`", args.cover.is_some())];
    let of_queries = of_queries.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option);
    if let (Some(option), Some(ByArg::Transfer)) = (of_queries, args.by) {
        bail!(
            "{option} says what to ask for, and `--by transfer` asks for no records\n\
             hint: write `--by query` or `--by auto`, or leave {option} out"
        );
    }
    let of_records = of_queries.or(match args.by {
        Some(ByArg::Query) => Some("`--by query`"),
        Some(ByArg::Transfer) => Some("`--by transfer`"),
        Some(ByArg::Auto) | None => None,
    });
    if let (Some(option), Some(CompareArg::Serials)) = (of_records, args.compare) {
        bail!(
            "{option} says how records are read, and `--compare serials` reads none\n\
             hint: write `--compare records`, or leave {option} out"
        );
    }
    if args.validate && args.compare == Some(CompareArg::Serials) {
        bail!(
            "`--validate` verifies the signatures of records, and `--compare serials` reads none\n\
             hint: write `--compare records`, or leave --validate out"
        );
    }
    Ok(())
}

/// Names to ask for that no zone so far is for.
#[derive(Debug)]
pub(super) struct UnusedNames(Vec<Name>);

impl UnusedNames {
    /// Starts with all names of the options.
    pub(super) fn new(names: &[(Name, Option<Rtype>)]) -> Self {
        Self(names.iter().map(|(name, _)| name.clone()).collect())
    }

    /// Whether every name was in a zone.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes out the names that are in one of these zones.
    pub(super) fn use_in<'z>(&mut self, zones: impl IntoIterator<Item = &'z Name>) {
        for zone in zones {
            self.0.retain(|name| !is_within(name.as_wire(), zone.as_wire()));
        }
    }

    /// Checks that every name was in a zone; `zones` are those to say in the hint.
    pub(super) fn check(&self, zones: &[Name]) -> anyhow::Result<()> {
        let Some(name) = self.0.first().map(Name::without_final_dot) else { return Ok(()) };
        let [zone] = zones else {
            bail!(
                "`--name {name}` is in none of the zones\n\
                 hint: write whole names of these zones, such as www.ZONE"
            );
        };
        let zone = zone.without_final_dot();
        let label = if name.contains('.') { "www" } else { &name };
        bail!("`--name {name}` is not in the zone `{zone}`\nhint: write whole names, such as {label}.{zone}")
    }
}

/// Checks that every name of the options is in one of these zones.
pub(super) fn check_names(names: &[(Name, Option<Rtype>)], zones: &[Name]) -> anyhow::Result<()> {
    let mut unused = UnusedNames::new(names);
    unused.use_in(zones);
    unused.check(zones)
}
