//! How a server is asked over TLS: `tls` of a server.

use super::error::ConfigErrorKind;
use super::files::{FileReader, ReferencedFile};
use super::keys::TLS_KEYS;
use super::reader::ConfigReader;
use super::yaml::{Mark, Node, Value};
use crate::plan::{ParseServerError, ParseTlsError, TlsSetter, TlsSettings, TlsSettingsBuilder};

/// The keys that name files, which must be usable.
const FILES: [(&str, ReferencedFile, TlsSetter); 3] = [
    ("ca", ReferencedFile::TlsRoots, TlsSettingsBuilder::ca),
    ("cert", ReferencedFile::TlsCertificate, TlsSettingsBuilder::certificate),
    ("key", ReferencedFile::TlsKey, TlsSettingsBuilder::key),
];

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
    for (key, kind, set) in FILES {
        let Some(node) = mapping.get(key) else { continue };
        let Some(path) = reader.string(node) else { continue };
        if let Some(located) = reader.of_file(node.mark, path, files.read(kind, path)) {
            note(set(&mut tls, &located), node.mark, reader);
        }
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
    match (mapping.get("cert"), mapping.get("key")) {
        (Some(_), None) => reader.error(node.mark, ConfigErrorKind::MissingKey("key")),
        (None, Some(_)) => reader.error(node.mark, ConfigErrorKind::MissingKey("cert")),
        (Some(_), Some(_)) | (None, None) => {}
    }
    // A half of a certificate that could not be read is an error already.
    tls.build().ok()
}

fn note(read: Result<(), ParseTlsError>, mark: Mark, reader: &mut ConfigReader<'_>) {
    if let Err(error) = read {
        reader.error(mark, ConfigErrorKind::InvalidAddress(ParseServerError::Tls(error)));
    }
}
