//! The servers that the command line names, or else the configuration.

use std::path::Path;

use anyhow::bail;

use crate::cli::SideArgs;
use crate::commands::config;
use crate::config::Config;
use crate::dns::Name;
use crate::plan::{Role, Server};

/// Replaces the names of servers of the configuration by these servers, and takes those that are not named from there.
pub(super) fn choose(args: &mut SideArgs, zone: &Name, path: &Path) -> anyhow::Result<()> {
    let config = config::load(path)?;
    for server in args.primary.iter_mut().chain(&mut args.secondary) {
        if let Some(configured) = configured(&config, zone, server) {
            *server = configured;
        }
    }
    if args.primary.is_none() && args.zone_file.is_none() {
        args.primary = Some(only_server(&config, zone, Wanted::Reference)?);
    }
    if args.secondary.is_none() && args.target_file.is_none() {
        args.secondary = Some(only_server(&config, zone, Wanted::Target)?);
    }
    Ok(())
}

/// The server of the configuration that has this name, if nothing but a name was written; that of the zone first.
fn configured(config: &Config, zone: &Name, written: &Server) -> Option<Server> {
    let is_only_a_name = written.is_only_a_name();
    let of_zone = servers_of(config, zone).unwrap_or_default().iter();
    let all = of_zone.chain(config.zone_settings().flat_map(|settings| &settings.servers.servers));
    let mut named =
        all.map(|(_, server)| server).filter(|server| is_only_a_name && server.name == written.name);
    named.next().cloned()
}

fn servers_of<'c>(config: &'c Config, zone: &Name) -> Option<&'c [(Role, Server)]> {
    let configured = config.zones.iter().find(|configured| configured.zone == *zone)?;
    Some(&configured.settings.zone.servers.servers)
}

/// Which server of a zone is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// The one that the secondaries must match.
    Reference,
    /// A secondary.
    Target,
}

impl Wanted {
    fn option(self) -> &'static str {
        match self {
            Self::Reference => "--primary",
            Self::Target => "--secondary",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Reference => "primary",
            Self::Target => "secondary",
        }
    }
}

/// The only server of a zone in the configuration that can be meant.
fn only_server(config: &Config, zone: &Name, wanted: Wanted) -> anyhow::Result<Server> {
    let (label, option) = (zone.without_final_dot(), wanted.option());
    let Some(servers) = servers_of(config, zone) else {
        bail!(
            "`{label}` is no zone of the configuration\nhint: name its servers with --primary and --secondary"
        );
    };
    let has_signer = servers.iter().any(|(role, _)| *role == Role::Signer);
    let role = match wanted {
        Wanted::Reference if has_signer => Role::Signer,
        Wanted::Reference => Role::Primary,
        Wanted::Target => Role::Secondary,
    };
    let found: Vec<&Server> = servers.iter().filter(|(other, _)| *other == role).map(|(_, it)| it).collect();
    let word = wanted.in_words();
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => bail!("the configuration names no {word} of `{label}`\nhint: name it with {option}"),
        several => {
            let names: Vec<String> =
                several.iter().map(|server| server.name.escape_debug().to_string()).collect();
            bail!(
                "the configuration names more than one {word} of `{label}`: {}\nhint: choose one with {option}",
                names.join(", ")
            )
        }
    }
}
