//! The resolvers whose caches are looked into, by the command line and the configuration.

use std::sync::Arc;

use anyhow::bail;

use crate::cli::CacheArgs;
use crate::plan::{CacheLookup, CacheSettings};

/// The resolvers of the command line, and others where it has none.
pub(super) fn combined(
    args: &CacheArgs,
    default: Option<Arc<CacheSettings>>,
) -> anyhow::Result<Option<Arc<CacheSettings>>> {
    if args.cache.is_empty() && !args.cache_recurse {
        return Ok(default);
    }
    let known = default.as_ref().map(|settings| settings.resolvers.as_slice()).unwrap_or_default();
    let resolvers = if args.cache.is_empty() { known } else { &args.cache };
    let lookup = match (args.cache_recurse, &default) {
        (true, _) => CacheLookup::Allowed,
        (false, settings) => settings.as_ref().map(|settings| settings.lookup).unwrap_or_default(),
    };
    match CacheSettings::of(resolvers, lookup) {
        None => bail!("`--cache-recurse` says how to ask resolvers, and none is named\nhint: add --cache"),
        settings => Ok(settings),
    }
}
