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

/// Returns the failure that an alert of the server stands for (RFC 8446 section 6.2).
fn alert_failure(alert: AlertDescription) -> TlsFailure {
    let name = alert.as_str().map_or_else(|| u8::from(alert).to_string(), str::to_owned);
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
        | AlertDescription::AccessDenied => TlsFailure::ClientCertificateRefused(name),
        AlertDescription::ProtocolVersion => TlsFailure::NoCommonVersion,
        _ => TlsFailure::Alert(name),
    }
}

/// Returns the failure that an error of verifying a certificate stands for.
pub(super) fn certificate_failure(error: &Error, name: &ServerName<'_>) -> TlsFailure {
    let name = name.to_str().into_owned();
    match error {
        Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer => TlsFailure::UnknownIssuer,
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
