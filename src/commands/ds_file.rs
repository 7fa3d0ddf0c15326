//! The DS records of a run, from the file that holds them.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::text;
use crate::dns::Name;
use crate::dns::dsfile::DsFile;

/// The most bytes of a file of DS records.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The most owners that a message names.
const MAX_NAMED: usize = 3;

/// Reads a file of DS records.
pub(super) fn read(path: &Path) -> anyhow::Result<Arc<DsFile>> {
    let name = path.display().to_string();
    let name = name.escape_debug();
    let text =
        File::open(path).map_err(anyhow::Error::from).and_then(|file| text::read(file, MAX_FILE_BYTES));
    let text = text.with_context(|| format!("cannot read the file of DS records `{name}`"))?;
    match DsFile::parse(&text) {
        Ok(ds) => Ok(Arc::new(ds)),
        Err(error) => bail!("cannot read DS records from `{name}`\n  {name}:{error}"),
    }
}

/// Checks that a file has a DS record of a zone.
pub(super) fn check(ds: &DsFile, zone: &Name) -> anyhow::Result<()> {
    if ds.has(zone) {
        return Ok(());
    }
    let owners = ds.owners();
    let mut named: Vec<String> =
        owners.iter().take(MAX_NAMED).map(|owner| format!("`{}`", owner.without_final_dot())).collect();
    if owners.len() > MAX_NAMED {
        named.push("others".to_owned());
    }
    bail!(
        "the file of DS records has none of `{}`; it has those of {}\nhint: give the DS records of the zone with --ds, or leave --ds out, and the resolver is asked for them",
        zone.without_final_dot(),
        named.join(", ")
    )
}
