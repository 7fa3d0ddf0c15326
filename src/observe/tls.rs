//! Why a server was not asked over TLS, and the certificate that it presented.

use std::fmt;
use std::time::{Duration, SystemTime};

/// A certificate is to be renewed when less than this is left of it.
const MAX_RENEWAL_TIME: Duration = Duration::from_hours(14 * 24);

/// Or when less than this part of its validity is left, if that is less time.
const RENEWAL_PART: u32 = 4;

/// The times of the certificate that a server presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerCertificate {
    /// Its first moment.
    pub not_before: SystemTime,
    /// Its last moment.
    pub not_after: SystemTime,
}

impl ServerCertificate {
    /// Whether it should have been renewed: less than 14 days are left, and less than a quarter of its validity.
    pub fn expires_soon(&self, now: SystemTime) -> bool {
        let validity = self.not_after.duration_since(self.not_before).unwrap_or_default();
        let left = self.not_after.duration_since(now).unwrap_or_default();
        left < MAX_RENEWAL_TIME.min(validity / RENEWAL_PART)
    }
}

/// Why a server that speaks TLS, or is to speak it, could not be queried. Where TLS fails, nothing is sent in clear text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// The certificate is for other names.
    WrongName {
        /// The name or address that it must have.
        name: String,
        /// The names and addresses that it has.
        presented: Vec<String>,
    },
    /// The certificate has no subject alternative name, and so is for no name.
    NoNames {
        /// The name or address that it must have.
        name: String,
    },
    /// The certificate was issued by an authority that is not trusted.
    UnknownIssuer,
    /// The certificate expired at this time, or one in its chain has expired.
    Expired(Option<SystemTime>),
    /// The certificate is valid from this time on, or one in its chain is not valid yet.
    NotYetValid(Option<SystemTime>),
    /// The certificate is of X.509 version 1 or 2, which cannot say what it is for.
    OldVersion,
    /// The certificate is that of a certificate authority.
    AuthorityAsServer,
    /// The key of the certificate has another pin: this one.
    WrongPin(String),
    /// The certificate is not accepted for another reason.
    InvalidCertificate(String),
    /// The server requires a certificate of the client, and none is configured.
    ClientCertificateRequired,
    /// The server does not accept the certificate of the client.
    ClientCertificateRefused(String),
    /// The server closed the connection during the handshake.
    ClosedInHandshake,
    /// The server closed the connection after the handshake, without an answer.
    ClosedAfterHandshake {
        /// Whether a certificate of the client is configured.
        has_certificate: bool,
    },
    /// What answers on the port speaks TLS, and was queried without.
    QueriedInClear,
    /// What answers on the port does not speak TLS.
    NotTls,
    /// The server speaks neither TLS 1.2 nor TLS 1.3.
    NoCommonVersion,
    /// The server ended the connection with an alert.
    Alert(String),
    /// The server broke the protocol in another way.
    Protocol(String),
}

const UNKNOWN_ISSUER: &str = "the issuer of its certificate is not trusted; give the certificate of its authority with tls-ca, or \
     its pin with tls-pin";
const OLD_VERSION: &str = "its certificate is of X.509 version 1, which cannot be verified; issue it with extensions \
     (openssl x509 -extfile), or give its pin with tls-pin";
const AUTHORITY_AS_SERVER: &str = "its certificate is that of a certificate authority (CA:TRUE), which no server may present; issue \
     it with CA:FALSE, or give its pin with tls-pin";
const CLOSED_IN_HANDSHAKE: &str = "it closed the connection during the TLS handshake; does it speak TLS on this port, and want a \
     certificate of the client?";
const CLOSED_WITHOUT_CERTIFICATE: &str = "it closed the connection after the TLS handshake, without an answer; does it want a certificate of \
     the client (tls-cert and tls-key)?";
const CLOSED_WITH_CERTIFICATE: &str = "it closed the connection after the TLS handshake, without an answer; does it accept the certificate \
     of tls-cert?";
const QUERIED_IN_CLEAR: &str =
    "what answers on this port speaks TLS, and was queried without; write tls:// in front of its address";
const NOT_TLS: &str =
    "what answers on this port does not speak TLS; give the port for DNS over TLS, which is mostly 853";
const CERTIFICATE_REQUIRED: &str =
    "it wants a certificate of the client; give one that it accepts with tls-cert and tls-key";
const HANDSHAKE_FAILURE: &str = "it ended the TLS handshake with the alert handshake_failure; does it want a certificate of the client \
     (tls-cert and tls-key)?";
const NO_APPLICATION_PROTOCOL: &str = "it speaks TLS, and not DNS over TLS (alert no_application_protocol to the protocol `dot`); give the port for DNS \
     over TLS, which is mostly 853";

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongName { name, presented } => write!(
                f,
                "its certificate is for {}, and not for {name}; if that is right, give the name with tls-name",
                presented.join(", ")
            ),
            Self::NoNames { name } => write!(
                f,
                "its certificate has no subject alternative name, which must have {name} (a common name \
                 does not count); issue it with one, or give its pin with tls-pin"
            ),
            Self::UnknownIssuer => f.write_str(UNKNOWN_ISSUER),
            Self::Expired(Some(time)) => {
                write!(f, "its certificate expired at {}", humantime::format_rfc3339_seconds(*time))
            }
            Self::Expired(None) => f.write_str("a certificate in its chain has expired"),
            Self::NotYetValid(Some(time)) => write!(
                f,
                "its certificate is not valid before {}; is the clock of this host right?",
                humantime::format_rfc3339_seconds(*time)
            ),
            Self::NotYetValid(None) => f.write_str("a certificate in its chain is not valid yet"),
            Self::OldVersion => f.write_str(OLD_VERSION),
            Self::AuthorityAsServer => f.write_str(AUTHORITY_AS_SERVER),
            Self::WrongPin(pin) => {
                write!(
                    f,
                    "its key is not the one of tls-pin; if it has a new key on purpose, its pin is {pin}"
                )
            }
            Self::InvalidCertificate(reason) => write!(f, "its certificate is not accepted: {reason}"),
            Self::ClientCertificateRequired => f.write_str(CERTIFICATE_REQUIRED),
            Self::ClientCertificateRefused(alert) => {
                write!(
                    f,
                    "it does not accept the certificate of the client (alert {alert}); give one that it accepts with \
                     tls-cert and tls-key"
                )
            }
            Self::ClosedInHandshake => f.write_str(CLOSED_IN_HANDSHAKE),
            Self::ClosedAfterHandshake { has_certificate: false } => f.write_str(CLOSED_WITHOUT_CERTIFICATE),
            Self::ClosedAfterHandshake { has_certificate: true } => f.write_str(CLOSED_WITH_CERTIFICATE),
            Self::QueriedInClear => f.write_str(QUERIED_IN_CLEAR),
            Self::NotTls => f.write_str(NOT_TLS),
            Self::NoCommonVersion => f.write_str("it speaks neither TLS 1.2 nor TLS 1.3"),
            Self::Alert(alert) if alert == "handshake_failure" => f.write_str(HANDSHAKE_FAILURE),
            Self::Alert(alert) if alert == "no_application_protocol" => f.write_str(NO_APPLICATION_PROTOCOL),
            Self::Alert(alert) => write!(f, "it ended the TLS connection with the alert {alert}"),
            Self::Protocol(reason) => write!(f, "the TLS connection failed: {reason}"),
        }
    }
}

impl std::error::Error for TlsFailure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_expires_soon_in_its_last_quarter_and_its_last_fourteen_days() {
        let day = Duration::from_hours(24);
        let certificate = |days: u32| ServerCertificate {
            not_before: SystemTime::UNIX_EPOCH,
            not_after: SystemTime::UNIX_EPOCH + day * days,
        };
        for (validity, left, soon) in
            [(365, 15, false), (365, 13, true), (40, 11, false), (40, 9, true), (1, 0, true), (7, 3, false)]
        {
            let now = SystemTime::UNIX_EPOCH + day * (validity - left);
            assert_eq!(certificate(validity).expires_soon(now), soon, "{left} of {validity} days");
        }
        assert!(certificate(365).expires_soon(SystemTime::UNIX_EPOCH + day * 1000));
    }
}
