//! The servers of a line of a list of zones, with the keys and files of the configuration.

use super::error::ConfigErrorKind;
use super::files::{FileReader, ReferencedFile};
use super::zone_line::LineServers;
use crate::dns::tsig::TsigKey;
use crate::plan::{KeyChoice, Role, Server, TlsSettings};

/// Parses the servers of a line; their keys must be known, and their files must be usable.
pub(super) fn read(
    line: &LineServers,
    keys: &[TsigKey],
    files: FileReader<'_>,
) -> Result<Vec<(Role, Server)>, ConfigErrorKind> {
    let mut servers = line.parse().map_err(ConfigErrorKind::of_line)?;
    for (_, server) in &mut servers {
        make_usable(server, keys, files)?;
    }
    Ok(servers)
}

/// Checks that the key of a server is known and that its files are usable.
pub(super) fn make_usable(
    server: &mut Server,
    keys: &[TsigKey],
    files: FileReader<'_>,
) -> Result<(), ConfigErrorKind> {
    if let KeyChoice::Named(name) = &server.key
        && keys.iter().all(|key| key.name() != name)
    {
        let known = keys.iter().map(|key| key.name().without_final_dot()).collect();
        return Err(ConfigErrorKind::UnknownTsigKey { name: name.without_final_dot(), known });
    }
    match &mut server.tls {
        Some(tls) => locate(tls, files),
        None => Ok(()),
    }
}

/// Makes the paths of files independent of the folder of the configuration.
fn locate(tls: &mut TlsSettings, files: FileReader<'_>) -> Result<(), ConfigErrorKind> {
    let ca = tls.ca.iter_mut().map(|path| (ReferencedFile::TlsRoots, path));
    let identity = tls.identity.iter_mut().flat_map(|identity| {
        [
            (ReferencedFile::TlsCertificate, &mut identity.certificate),
            (ReferencedFile::TlsKey, &mut identity.key),
        ]
    });
    for (kind, path) in ca.chain(identity) {
        match files.read(kind, path) {
            Ok(located) => *path = located.to_string(),
            Err(reason) => return Err(ConfigErrorKind::UnreadableFile { path: path.clone(), reason }),
        }
    }
    Ok(())
}
