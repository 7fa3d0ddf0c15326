//! Which certificates of servers are accepted: by the authorities that are trusted, by their keys, or by both.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::certificate::CertificateFields;
use super::failure::certificate_failure;
use crate::observe::TlsFailure;
use crate::plan::Pin;

/// Accepts a certificate if its chain and its key are accepted, as far as each is asked for.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Verifies the chain; `None` if the pin suffices (RFC 7858 section 4.2).
    pub(super) chain: Option<Arc<WebPkiServerVerifier>>,
    /// The keys that are accepted; any if there are none.
    pub(super) pins: Vec<Pin>,
    /// Verifies the signatures of handshakes.
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn verify(
        &self,
        (end_entity, intermediates): (&CertificateDer<'_>, &[CertificateDer<'_>]),
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TlsFailure> {
        let fields = CertificateFields::parse(end_entity).ok_or_else(unreadable)?;
        let pin = fields.pin().ok_or_else(unreadable)?;
        if !self.pins.is_empty() && !self.pins.contains(&pin) {
            return Err(TlsFailure::WrongPin(pin.to_string()));
        }
        let Some(chain) = &self.chain else { return Ok(()) };
        if !fields.has_extensions {
            return Err(TlsFailure::OldVersion);
        }
        let verified = chain.verify_server_cert(end_entity, intermediates, name, &[], now);
        verified.map(drop).map_err(|error| certificate_failure(&error, name))
    }

    /// Verifies that the server has the private key of its certificate, whatever else is wrong with that.
    fn verify_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        is_usable: impl Fn(usize) -> bool,
    ) -> Result<HandshakeSignatureValid, Error> {
        let fields = CertificateFields::parse(certificate).ok_or(CertificateError::BadEncoding)?;
        let key = SubjectPublicKeyInfoDer::from(fields.public_key);
        let bad_key = |_| Error::from(CertificateError::BadEncoding);
        let key = webpki::RawPublicKeyEntity::try_from(&key).map_err(bad_key)?;
        let of_scheme = self.algorithms.mapping.iter().filter(|(scheme, _)| *scheme == signed.scheme);
        let algorithms = of_scheme.flat_map(|(_, algorithms)| algorithms.iter().enumerate());
        for (_, algorithm) in algorithms.filter(|(at, _)| is_usable(*at)) {
            if key.verify_signature(*algorithm, message, signed.signature()).is_ok() {
                return Ok(HandshakeSignatureValid::assertion());
            }
        }
        Err(CertificateError::BadSignature.into())
    }
}

fn unreadable() -> TlsFailure {
    TlsFailure::InvalidCertificate("it cannot be parsed".to_owned())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.verify((end_entity, intermediates), server_name, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(failure) => {
                Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(failure)))))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // The schemes of TLS 1.2 do not name the curve.
        self.verify_signature(message, certificate, signed, |_| true)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Those of TLS 1.3 do, and without PKCS #1 (RFC 8446 section 4.2.3).
        let is_of_tls12 = matches!(
            signed.scheme,
            SignatureScheme::RSA_PKCS1_SHA1
                | SignatureScheme::RSA_PKCS1_SHA256
                | SignatureScheme::RSA_PKCS1_SHA384
                | SignatureScheme::RSA_PKCS1_SHA512
                | SignatureScheme::ECDSA_SHA1_Legacy
        );
        self.verify_signature(message, certificate, signed, |at| at == 0 && !is_of_tls12)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
