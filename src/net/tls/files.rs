//! The files of TLS: certificates and keys, in PEM (RFC 7468).

use std::fs::File;
use std::io::Read as _;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::certificate::CertificateFields;
use crate::plan::TlsIdentity;

/// The most bytes of a file: a bundle of all public authorities has 200 KiB.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// Why the files of TLS cannot be used; each text names the file, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFileError {
    /// The system does not let it be read.
    #[error("cannot read `{}`: {reason}", path.escape_debug())]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// It does not hold what it should.
    #[error("cannot use `{}`: {reason}", path.escape_debug())]
    Unusable {
        /// The file.
        path: String,
        /// What is wrong in it, and what to do.
        reason: String,
    },
    /// The system has no authorities that are trusted.
    #[error(
        "this host trusts no certificate authority ({0}); give the certificate of the server's with tls-ca, or its pin with tls-pin"
    )]
    NoSystemRoots(String),
    /// No certificate can have this name.
    #[error("`{}` is not a name that a certificate can have; give the one that it has with tls-name", .0.escape_debug())]
    Name(String),
}

impl TlsFileError {
    /// What is wrong, for a message that names the file.
    pub fn reason(&self) -> String {
        match self {
            Self::Unreadable { reason, .. } | Self::Unusable { reason, .. } => reason.clone(),
            Self::NoSystemRoots(_) | Self::Name(_) => self.to_string(),
        }
    }
}

/// Checks that a file holds authorities that can be trusted.
pub fn check_tls_roots(path: &str) -> Result<(), TlsFileError> {
    read_roots(path).map(drop)
}

/// Checks that a file holds certificates.
pub fn check_tls_certificates(path: &str) -> Result<(), TlsFileError> {
    read_certificates(path).map(drop)
}

/// Checks that a file holds a private key.
pub fn check_tls_key(path: &str) -> Result<(), TlsFileError> {
    read_key(path).map(drop)
}

/// Reads the authorities of a file.
pub(super) fn read_roots(path: &str) -> Result<RootCertStore, TlsFileError> {
    let mut roots = RootCertStore::empty();
    for certificate in read_certificates(path)? {
        roots.add(certificate).map_err(|error| unusable(path, format!("a certificate in it: {error}")))?;
    }
    Ok(roots)
}

/// Reads the authorities that this host trusts.
pub(super) fn system_roots() -> Result<RootCertStore, TlsFileError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let reason =
            found.errors.first().map_or_else(|| "no certificate found".to_owned(), ToString::to_string);
        return Err(TlsFileError::NoSystemRoots(reason));
    }
    Ok(roots)
}

/// Reads all certificates of a file.
fn read_certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, TlsFileError> {
    let text = read(path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates = certificates.map_err(|error| unusable(path, not_pem(&error)))?;
    if certificates.is_empty() {
        let reason = "it holds no certificate in PEM, which begins with `-----BEGIN CERTIFICATE-----`";
        return Err(unusable(path, reason.to_owned()));
    }
    Ok(certificates)
}

/// Reads the certificate that is presented to a server, and its key.
///
/// It is for the server to verify it, so it may be of X.509 version 1: `openssl x509 -req` makes such ones.
pub(super) fn certified_key(
    identity: &TlsIdentity,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsFileError> {
    let TlsIdentity { certificate, key: key_path } = identity;
    let (chain, key) = (read_certificates(certificate)?, read_key(key_path)?);
    let key = provider.key_provider.load_private_key(key);
    let key = key.map_err(|error| unusable(key_path, error.to_string()))?;
    let fields = chain.first().and_then(|certificate| CertificateFields::parse(certificate));
    let fields =
        fields.ok_or_else(|| unusable(certificate, "its certificate cannot be parsed".to_owned()))?;
    if key.public_key().is_some_and(|public_key| public_key.as_ref() != fields.public_key) {
        let reason = format!("it is not the key of the certificate in `{}`", certificate.escape_debug());
        return Err(unusable(key_path, reason));
    }
    Ok(CertifiedKey::new(chain, key))
}

/// Reads the private key of a file.
fn read_key(path: &str) -> Result<PrivateKeyDer<'static>, TlsFileError> {
    let text = read(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound if is_encrypted(&text) => {
            let reason = "its private key is encrypted; decrypt it with `openssl pkey -in FILE -out FILE`";
            unusable(path, reason.to_owned())
        }
        pem::Error::NoItemsFound => {
            let reason = "it holds no private key in PEM, which begins with `-----BEGIN PRIVATE KEY-----`";
            unusable(path, reason.to_owned())
        }
        error => unusable(path, not_pem(&error)),
    })
}

fn is_encrypted(text: &[u8]) -> bool {
    let header = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
    text.windows(header.len()).any(|window| window == header)
}

fn not_pem(error: &pem::Error) -> String {
    format!("it is not PEM: {error}")
}

/// The error of a file that was read and does not hold what it should.
fn unusable(path: &str, reason: String) -> TlsFileError {
    TlsFileError::Unusable { path: path.to_owned(), reason }
}

fn read(path: &str) -> Result<Zeroizing<Vec<u8>>, TlsFileError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return Err(TlsFileError::Unreadable { path: path.to_owned(), reason: error.to_string() });
    }
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(unusable(path, format!("it has more than {MAX_FILE_BYTES} bytes")));
    }
    Ok(bytes)
}
