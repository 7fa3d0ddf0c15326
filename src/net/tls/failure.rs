//! Which failure an error of TLS stands for.

use std::io;
use std::time::{Duration, SystemTime};

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error, OtherError, PeerIncompatible};

use crate::net::socket::socket_failure;
use crate::observe::{Failure, TlsFailure};

/// The most names of a certificate that a failure lists.
const MAX_NAMES: usize = 5;

/// Returns the failure that an error of the handshake stands for.
pub(super) fn handshake_failure(error: &io::Error) -> Failure {
    match stream_failure(error) {
        Failure::Closed => TlsFailure::ClosedInHandshake.into(),
        failure => failure,
    }
}

/// Returns the failure that an error of an open connection stands for, over TLS or not.
pub(in crate::net) fn stream_failure(error: &io::Error) -> Failure {
    let of_tls = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    of_tls.map_or_else(|| socket_failure(error), |error| tls_failure(error).into())
}

fn tls_failure(error: &Error) -> TlsFailure {
    match error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(own))) if own.is::<TlsFailure>() => {
            own.downcast_ref().cloned().unwrap_or(TlsFailure::UnknownIssuer)
        }
        Error::InvalidCertificate(CertificateError::BadSignature) => {
            TlsFailure::Protocol("it has not signed the handshake with the key of its certificate".to_owned())
        }
        Error::InvalidCertificate(error) => TlsFailure::InvalidCertificate(error.to_string()),
        Error::InvalidMessage(_) => TlsFailure::NotTls,
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => TlsFailure::NoCommonVersion,
        Error::AlertReceived(alert) => alert_failure(*alert),
        error => TlsFailure::Protocol(error.to_string()),
    }
}

/// Whether bytes from a server that was queried without TLS are an alert of TLS (RFC 8446 section 5.1).
///
/// As a message with its length in front, they would be a query: the QR bit is clear.
pub(crate) fn is_alert(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15, 3, 0..=4, 0, 2, ..])
}

/// Returns the failure that an alert of the server stands for (RFC 8446 section 6.2).
fn alert_failure(alert: AlertDescription) -> TlsFailure {
    let name = alert.as_str().map_or_else(|| u8::from(alert).to_string(), snake_case);
    match alert {
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            TlsFailure::ClientCertificateRequired
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        // It could not verify what the client signed, which is nothing without a certificate.
        | AlertDescription::DecryptError
        | AlertDescription::AccessDenied => TlsFailure::ClientCertificateRefused(name),
        AlertDescription::ProtocolVersion => TlsFailure::NoCommonVersion,
        _ => TlsFailure::Alert(name),
    }
}

/// The name of an alert as the RFC writes it: `unknown_ca` for `UnknownCA`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut was_upper = true;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !was_upper {
            snake.push('_');
        }
        was_upper = letter.is_ascii_uppercase();
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Returns the failure that an error of verifying a certificate stands for.
pub(super) fn certificate_failure(error: &Error, name: &ServerName<'_>) -> TlsFailure {
    let name = name.to_str().into_owned();
    match error {
        Error::InvalidCertificate(error) => match error {
            // An authority may have the name of one that is trusted, and another key.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsFailure::UnknownIssuer,
            CertificateError::Expired => TlsFailure::Expired(None),
            CertificateError::ExpiredContext { not_after, .. } => TlsFailure::Expired(Some(time(*not_after))),
            CertificateError::NotValidYet => TlsFailure::NotYetValid(None),
            CertificateError::NotValidYetContext { not_before, .. } => {
                TlsFailure::NotYetValid(Some(time(*not_before)))
            }
            CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
                TlsFailure::NoNames { name }
            }
            CertificateError::NotValidForNameContext { presented, .. } => {
                TlsFailure::WrongName { name, presented: names(presented) }
            }
            CertificateError::Other(OtherError(other)) => match other.downcast_ref::<webpki::Error>() {
                Some(webpki::Error::CaUsedAsEndEntity) => TlsFailure::AuthorityAsServer,
                Some(webpki::Error::UnsupportedCertVersion) => TlsFailure::OldVersion,
                _ => TlsFailure::InvalidCertificate(error.to_string()),
            },
            error => TlsFailure::InvalidCertificate(error.to_string()),
        },
        error => TlsFailure::InvalidCertificate(error.to_string()),
    }
}

fn time(time: UnixTime) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs())
}

/// The names of a certificate as they are written elsewhere, and not as `DnsName("ns1.test")`.
fn names(presented: &[String]) -> Vec<String> {
    let bare = |name: &String| {
        let inside = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest.trim_end_matches(')'));
        inside.trim_matches('"').escape_debug().take(255).collect()
    };
    let mut names: Vec<String> = presented.iter().take(MAX_NAMES).map(bare).collect();
    if let Some(more @ 1..) = presented.len().checked_sub(MAX_NAMES) {
        names.push(format!("{more} more"));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_alerts_and_of_certificates_are_written_as_elsewhere() {
        for (name, written) in [
            ("UnknownCA", "unknown_ca"),
            ("HandshakeFailure", "handshake_failure"),
            ("DecodeError", "decode_error"),
        ] {
            assert_eq!(snake_case(name), written);
        }
        let presented: Vec<String> =
            ["DnsName(\"ns0.test\")", "IpAddress(192.0.2.1)", "a", "b", "c", "d", "e"]
                .map(str::to_owned)
                .into();
        assert_eq!(names(&presented), ["ns0.test", "192.0.2.1", "a", "b", "c", "2 more"]);
    }
}
