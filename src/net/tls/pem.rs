//! Certificates and keys in PEM (RFC 7468); each error says what is wrong, and what to do.

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::certificate::CertificateFields;

/// Why a certificate and a key are not of use together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PairError {
    /// The certificate cannot be used.
    Certificate(String),
    /// The key cannot be used.
    Key(String),
    /// The key is another one than the certificate has.
    Mismatch,
}

/// Returns all certificates of a text; one at least.
pub(crate) fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let certificates = certificates.map_err(|error| not_pem(&error))?;
    if certificates.is_empty() {
        return Err("it holds no certificate in PEM, which begins with `-----BEGIN CERTIFICATE-----`".into());
    }
    Ok(certificates)
}

/// Returns the certificates of a text as authorities that are trusted.
pub(crate) fn roots(text: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(text)? {
        roots.add(certificate).map_err(|error| format!("a certificate in it: {error}"))?;
    }
    Ok(roots)
}

/// Returns the private key of a text.
pub(crate) fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        pem::Error::NoItemsFound if is_encrypted(text) => {
            "its private key is encrypted; decrypt it with `openssl pkey -in FILE -out FILE`".to_owned()
        }
        pem::Error::NoItemsFound => {
            "it holds no private key in PEM, which begins with `-----BEGIN PRIVATE KEY-----`".to_owned()
        }
        error => not_pem(&error),
    })
}

/// Puts a certificate, those of the authorities between, and its key together.
///
/// It is for the peer to verify the certificate, so it may be of X.509 version 1: `openssl x509 -req` makes such ones.
pub(crate) fn certified_key(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, PairError> {
    let key = provider.key_provider.load_private_key(key);
    let key = key.map_err(|error| PairError::Key(error.to_string()))?;
    let fields = chain.first().and_then(|certificate| CertificateFields::parse(certificate));
    let fields =
        fields.ok_or_else(|| PairError::Certificate("its certificate cannot be parsed".to_owned()))?;
    if key.public_key().is_some_and(|public_key| public_key.as_ref() != fields.public_key) {
        return Err(PairError::Mismatch);
    }
    Ok(CertifiedKey::new(chain, key))
}

fn is_encrypted(text: &[u8]) -> bool {
    let header = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
    text.windows(header.len()).any(|window| window == header)
}

fn not_pem(error: &pem::Error) -> String {
    format!("it is not PEM: {error}")
}
