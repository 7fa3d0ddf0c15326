//! The files of TLS: certificates and keys that servers are asked with.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;

use super::keys::warn_if_exposed;
use crate::config::ReferencedFile;
use crate::net::{TlsClients, check_tls_certificates, check_tls_key, check_tls_roots};
use crate::plan::{TlsSettings, ZoneSettings};

/// Reads the files of all servers that are asked over TLS; warns if everybody can read a private key.
pub(super) fn load<'s>(settings: impl Iterator<Item = &'s ZoneSettings>) -> anyhow::Result<Arc<TlsClients>> {
    let clients = TlsClients::default();
    let (mut seen, mut keys): (HashSet<&TlsSettings>, HashSet<&str>) = Default::default();
    for (_, server) in settings.flat_map(|settings| &settings.servers.servers) {
        let Some(tls) = server.tls.as_ref().filter(|tls| seen.insert(tls)) else { continue };
        if let Err(error) = clients.load(tls) {
            bail!("server `{}`: {error}", server.name.escape_debug());
        }
        if let Some(identity) = tls.identity.as_ref().filter(|identity| keys.insert(&identity.key)) {
            warn_if_exposed(&File::open(&identity.key)?, Path::new(&identity.key))?;
        }
    }
    Ok(Arc::new(clients))
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
