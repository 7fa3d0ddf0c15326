//! The options for the caches of resolvers.

use clap::Args;

use crate::plan::CacheResolver;

/// Which caches to look into.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Caches")]
pub struct CacheArgs {
    /// Ask this resolver what it still holds
    ///
    /// It is asked for the RRsets that servers answer wrongly and for those of --name, 20 at most: the report says which of
    /// them it holds otherwise than the reference, for how long at most, and what drops them there. Servers are judged as
    /// without it. RESOLVER is `[NAME=]ADDRESS[:PORT]`. May be repeated. Default: `caches` of --config.
    #[arg(long, value_name = "RESOLVER")]
    pub cache: Vec<CacheResolver>,

    /// Let these resolvers look up what they do not have
    ///
    /// They are asked as users ask them (RD set), for resolvers that show their caches to nobody. What they look up for
    /// that, they keep. Default: they are asked for what they have (RD clear).
    #[arg(long)]
    pub cache_recurse: bool,
}
