//! The files of TLS to servers: certificates and keys.

use std::fs::File;
use std::io::Read as _;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::pem::{self, PairError};
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
    pem::roots(&read(path)?).map_err(|reason| unusable(path, reason))
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
    pem::certificates(&read(path)?).map_err(|reason| unusable(path, reason))
}

/// Reads the private key of a file.
fn read_key(path: &str) -> Result<PrivateKeyDer<'static>, TlsFileError> {
    pem::private_key(&read(path)?).map_err(|reason| unusable(path, reason))
}

/// Reads the certificate that is presented to a server, and its key.
pub(super) fn certified_key(
    identity: &TlsIdentity,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsFileError> {
    let TlsIdentity { certificate, key } = identity;
    let certified = pem::certified_key(read_certificates(certificate)?, read_key(key)?, provider);
    certified.map_err(|error| match error {
        PairError::Certificate(reason) => unusable(certificate, reason),
        PairError::Key(reason) => unusable(key, reason),
        PairError::Mismatch => {
            let certificate = certificate.escape_debug();
            unusable(key, format!("it is not the key of the certificate in `{certificate}`"))
        }
    })
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
