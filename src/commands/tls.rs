//! The files of TLS: certificates and keys that servers are asked with.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;

use super::keys::warn_if_exposed;
use crate::config::ReferencedFile;
use crate::net::{TlsClients, check_tls_certificates, check_tls_key, check_tls_roots};
use crate::plan::{Server, TlsSettings, ZoneSettings};

/// Reads the files of TLS that servers name; warns once of each private key that everybody can read.
#[derive(Default)]
pub(super) struct TlsLoader {
    clients: Arc<TlsClients>,
    keys: HashSet<String>,
}

impl TlsLoader {
    /// Reads the files of those servers that are asked over TLS.
    pub(super) fn load<'s>(&mut self, servers: impl IntoIterator<Item = &'s Server>) -> anyhow::Result<()> {
        let mut seen: HashSet<&TlsSettings> = HashSet::new();
        for server in servers {
            let Some(tls) = server.tls.as_ref().filter(|tls| seen.insert(tls)) else { continue };
            if let Err(error) = self.clients.load(tls) {
                bail!("server `{}`: {error}", server.name.escape_debug());
            }
            if let Some(identity) = &tls.identity
                && self.keys.insert(identity.key.clone())
            {
                warn_if_exposed(&File::open(&identity.key)?, Path::new(&identity.key))?;
            }
        }
        Ok(())
    }

    /// What holds the files that were read.
    pub(super) fn clients(&self) -> Arc<TlsClients> {
        Arc::clone(&self.clients)
    }
}

/// Reads the files of all servers that are asked over TLS; warns if everybody can read a private key.
pub(super) fn load<'s>(settings: impl Iterator<Item = &'s ZoneSettings>) -> anyhow::Result<Arc<TlsClients>> {
    let mut loader = TlsLoader::default();
    loader.load(settings.flat_map(ZoneSettings::all_servers))?;
    Ok(loader.clients())
}

/// Checks a file of TLS that a configuration names; returns its path.
pub(super) fn check(kind: ReferencedFile, path: &Path) -> Result<String, String> {
    let Some(text) = path.to_str() else { return Err("its path is not UTF-8".to_owned()) };
    let checked = match kind {
        ReferencedFile::TlsRoots => check_tls_roots(text),
        ReferencedFile::TlsCertificate => check_tls_certificates(text),
        _ => check_tls_key(text),
    };
    checked.map_err(|error| error.reason())?;
    Ok(text.to_owned())
}
