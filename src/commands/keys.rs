//! The TSIG keys of a run, from the files that hold them.

use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::console::print_message;
use super::text;
use crate::dns::keyfile;
use crate::dns::tsig::TsigKey;
use crate::plan::{KeyChoice, Server};

/// The most bytes of a key file.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Reads all key files; no two keys may have one name.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<TsigKey>> {
    let mut keys: Vec<TsigKey> = Vec::new();
    for path in paths {
        for key in read_file(path)? {
            if keys.iter().any(|other| other.name() == key.name()) {
                bail!("the key `{}` stands in two files; name one of them", key.name().without_final_dot());
            }
            keys.push(key);
        }
    }
    Ok(keys)
}

fn read_file(path: &Path) -> anyhow::Result<Vec<TsigKey>> {
    let name = path.display();
    let open = || {
        let file = File::open(path)?;
        warn_if_exposed(&file, path)?;
        text::read(file, MAX_FILE_BYTES)
    };
    let text = open().with_context(|| format!("cannot read the key file `{name}`"))?;
    keyfile::parse(&text)
        .map_err(|error| anyhow::anyhow!("cannot read a key from `{name}`\n  {name}:{error}"))
}

/// Warns if everybody can read a key file.
pub(super) fn warn_if_exposed(file: &File, path: &Path) -> std::io::Result<()> {
    let name = path.display();
    if file.metadata()?.permissions().mode() & 0o004 != 0 {
        print_message(&format!(
            "warning: everybody on this host can read the key file `{name}`\nhint: chmod o-r {name}\n"
        ));
    }
    Ok(())
}

/// Checks that there is every key that a server names.
pub(super) fn check<'s>(servers: impl Iterator<Item = &'s Server>, keys: &[TsigKey]) -> anyhow::Result<()> {
    for server in servers {
        let KeyChoice::Named(name) = &server.key else { continue };
        if !keys.iter().any(|key| key.name() == name) {
            let (server, name) = (&server.name, name.without_final_dot());
            let known: Vec<String> =
                keys.iter().map(|key| format!("`{}`", key.name().without_final_dot())).collect();
            let hint = match known.as_slice() {
                [] => "give the file that holds it with --tsig-file".to_owned(),
                some => format!("the key files hold {}", some.join(", ")),
            };
            bail!("server `{server}`: there is no key `{name}`\nhint: {hint}");
        }
    }
    Ok(())
}
