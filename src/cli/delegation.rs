//! The options for the delegation of the zone.

use clap::Args;

use crate::plan::Server;

/// How the delegation of the zone is looked at.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Delegation")]
pub struct DelegationArgs {
    /// Hold what the parent zone has against the zone
    ///
    /// The servers of the parent are asked for the NS set, the glue and the DS records of the zone, and its name servers
    /// there for the zone; what is wrong is the finding `delegation_differs`. Something is asked for twice before it is
    /// reported, the second time over TCP. The servers of the parent are looked up, and four of them are asked.
    #[arg(long)]
    pub delegation: bool,

    /// A server of the parent zone
    ///
    /// It is asked instead of those that are looked up: needed where these have the zone itself too, since they answer
    /// from that. It is written as for --primary; a key is used only if it names one. Implies --delegation. May be
    /// repeated. Default: as in --config, else they are looked up.
    #[arg(long, value_name = "SERVER")]
    pub parent: Vec<Server>,
}
