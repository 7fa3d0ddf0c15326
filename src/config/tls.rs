//! How a server is asked over TLS: `tls` of a server.

use super::error::ConfigErrorKind;
use super::files::{FileReader, ReferencedFile};
use super::keys::TLS_KEYS;
use super::reader::ConfigReader;
use super::yaml::{Mark, Node, Value};
use crate::plan::{ParseServerError, ParseTlsError, TlsSettings, TlsSettingsBuilder};

/// Reads `tls`: `true`, or a mapping of settings.
pub(super) fn read(
    node: &Node<'_>,
    files: FileReader<'_>,
    reader: &mut ConfigReader<'_>,
) -> Option<TlsSettings> {
    if let Value::Scalar(_) = &node.value {
        return reader.one_of(node, &[("true", ())]).map(|()| TlsSettings::default());
    }
    let mapping = reader.mapping(node, TLS_KEYS);
    let mut tls = TlsSettingsBuilder::default();
    if let Some(node) = mapping.get("name")
        && let Some(name) = reader.string(node)
    {
        note(tls.name(name), node.mark, reader);
    }
    if let Some((mark, path)) =
        mapping.get("ca").and_then(|node| file(node, ReferencedFile::TlsRoots, files, reader))
    {
        note(tls.ca(&path), mark, reader);
    }
    let pins = match mapping.get("pin") {
        Some(Node { value: Value::Sequence(nodes), .. }) => nodes.as_slice(),
        Some(node) => std::slice::from_ref(node),
        None => &[],
    };
    for node in pins {
        if let Some(pin) = reader.string(node) {
            note(tls.pin(pin), node.mark, reader);
        }
    }
    let certificate = mapping.get("cert");
    if let Some((mark, path)) =
        certificate.and_then(|node| file(node, ReferencedFile::TlsCertificate, files, reader))
    {
        note(tls.certificate(&path), mark, reader);
    }
    let key = mapping.get("key");
    if let Some((mark, path)) = key.and_then(|node| file(node, ReferencedFile::TlsKey, files, reader)) {
        note(tls.key(&path), mark, reader);
    }
    match (certificate, key) {
        (Some(_), None) => reader.error(node.mark, ConfigErrorKind::MissingKey("key")),
        (None, Some(_)) => reader.error(node.mark, ConfigErrorKind::MissingKey("cert")),
        (Some(_), Some(_)) | (None, None) => {}
    }
    // A half of a certificate that could not be read is an error already.
    tls.build().ok()
}

/// Reads the name of a file, which must be usable.
fn file(
    node: &Node<'_>,
    kind: ReferencedFile,
    files: FileReader<'_>,
    reader: &mut ConfigReader<'_>,
) -> Option<(Mark, String)> {
    let path = reader.string(node)?;
    match files(kind, path) {
        Ok(located) => Some((node.mark, located.to_string())),
        Err(reason) => {
            let path = path.to_owned();
            reader.error(node.mark, ConfigErrorKind::UnreadableFile { path, reason });
            None
        }
    }
}

fn note(read: Result<(), ParseTlsError>, mark: Mark, reader: &mut ConfigReader<'_>) {
    if let Err(error) = read {
        reader.error(mark, ConfigErrorKind::InvalidAddress(ParseServerError::Tls(error)));
    }
}
