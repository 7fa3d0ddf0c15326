//! Findings about TLS, and how commands ask a server over it.

use std::time::Duration;

use humantime::format_rfc3339_seconds;

use super::code::{Code, Finding};
use super::lagging::rounded;
use super::server::ServerContext;
use crate::advice::{self, Destination};
use crate::observe::{Failure, ServerCertificate, TlsFailure};
use crate::plan::{DNS_PORT, TLS_PORT, Target};

/// How commands ask a target.
pub(crate) fn destination(target: &Target) -> Destination {
    let Some(tls) = &target.tls else { return target.address.into() };
    let name = target.tls_name();
    let pins: Vec<String> = tls.pins.iter().map(ToString::to_string).collect();
    let mut options = vec![("tls", None)];
    if tls.ca.is_some() || pins.is_empty() {
        options.push(("tls-ca", tls.ca.as_deref()));
        options.push(("tls-hostname", name.as_deref()));
    }
    options.extend(pins.iter().map(|pin| ("tls-pin", Some(pin.as_str()))));
    if let Some(identity) = &tls.identity {
        options.push(("tls-certfile", Some(identity.certificate.as_str())));
        options.push(("tls-keyfile", Some(identity.key.as_str())));
    }
    Destination::over_tls(target.address, &options)
}

impl ServerContext<'_> {
    /// How commands ask this server.
    pub(super) fn destination(self) -> Destination {
        destination(self.target)
    }

    /// What to try where a server that is asked without TLS closes connections: its port may be for TLS.
    pub(super) fn tls_hint(self) -> String {
        let address = self.target.address;
        match (&self.target.tls, address.port()) {
            (Some(_), _) | (None, DNS_PORT) => String::new(),
            (None, TLS_PORT) => format!("; port {TLS_PORT} is for DNS over TLS: write tls://{address}"),
            (None, _) => format!("; if this port is for TLS, write tls://{address}"),
        }
    }

    /// The server could not be asked over TLS.
    pub(super) fn tls_failed(self) -> Option<Finding> {
        let failures = [self.responses.failure(), self.responses.copy_failure.as_ref()];
        let failure = failures.into_iter().flatten().find_map(|failure| match failure {
            Failure::Tls(failure) => Some(failure),
            _ => None,
        })?;
        let mut advice = Vec::new();
        // Where there is no TLS, no certificate is shown.
        if !matches!(**failure, TlsFailure::NotTls | TlsFailure::NoCommonVersion) {
            advice.push(self.show_certificate());
        }
        advice.push(advice::ask_soa(self.zone(), &self.destination(), false));
        Some(Finding::new(Code::TlsFailed, failure.to_string()).advise(advice))
    }

    /// Its certificate should have been renewed.
    pub(super) fn tls_certificate_expires_soon(self) -> Option<Finding> {
        let ServerCertificate { not_after, .. } = self.responses.certificate()?;
        let now = self.evidence.start_time();
        self.responses.certificate().filter(|certificate| certificate.expires_soon(now))?;
        let at = format_rfc3339_seconds(not_after);
        let message = match not_after.duration_since(now) {
            Ok(left) if left > Duration::ZERO => {
                format!("its certificate for TLS expires at {at}, in {}", rounded(left))
            }
            Ok(_) | Err(_) => format!(
                "its certificate for TLS expired at {at}; here its pin suffices, and clients without it reject it"
            ),
        };
        let finding = Finding::new(Code::TlsCertificateExpiresSoon, message);
        Some(finding.advise(vec![self.show_certificate()]))
    }

    fn show_certificate(self) -> String {
        let name = self.target.tls_name().unwrap_or_default();
        advice::show_certificate(&self.destination(), &name)
    }
}
