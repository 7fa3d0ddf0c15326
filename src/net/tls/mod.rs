//! TLS to servers (RFC 7858, RFC 9103): a client for each of the settings that servers have.
//!
//! A handshake fails for many reasons, each a [`TlsFailure`](crate::observe::TlsFailure); nothing is ever sent in clear
//! text instead. ALPN `dot` is offered, and a server need not choose it: NSD 4.6 does not know it.

mod alternative_names;
mod blocking;
mod certificate;
mod der;
mod failure;
mod files;
pub(crate) mod pem;
mod sessions;
mod verifier;

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::{ClientSessionMemoryCache, Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, ClientConnection};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) use alternative_names::alternative_names;
pub(crate) use blocking::BlockingTls;
pub(crate) use failure::is_alert;
pub(in crate::net) use failure::stream_failure;
pub use files::{TlsFileError, check_tls_certificates, check_tls_key, check_tls_roots};

use certificate::CertificateFields;
use failure::handshake_failure;
use files::{certified_key, read_roots, system_roots};
use sessions::FullHandshakes;
use verifier::Verifier;

use super::pruned_map::PrunedMap;
use crate::observe::{Failure, ServerCertificate};
use crate::plan::{Target, TlsSettings};

/// The name of DNS over TLS in the handshake (RFC 7858 section 3.1, RFC 9103 section 7.1).
const ALPN: &[u8] = b"dot";

/// The most names whose sessions are kept for each of the settings.
const MAX_SESSIONS: usize = 1024;

/// Whether the certificate of the server is presented, or an earlier session may be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::net) enum Handshake {
    /// The certificate is presented, as it is now.
    Full,
    /// A session is resumed if the server allows it.
    Resumed,
}

/// The TLS clients that are in use, by their settings.
///
/// The files of each are read once.
#[derive(Debug, Default)]
pub struct TlsClients(Mutex<PrunedMap<Arc<TlsSettings>, Arc<TlsClient>>>);

impl TlsClients {
    /// Reads the files of these settings.
    pub fn load(&self, settings: &TlsSettings) -> Result<(), TlsFileError> {
        self.client(settings).map(drop)
    }

    /// Returns the client for these settings.
    fn client(&self, settings: &TlsSettings) -> Result<Arc<TlsClient>, TlsFileError> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.entries.get(settings) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(TlsClient::new(settings)?);
        clients.prune(|client| Arc::strong_count(client) > 1);
        clients.entries.insert(Arc::new(settings.clone()), Arc::clone(&client));
        Ok(client)
    }

    /// Begins TLS on a connection to a target that is asked over TLS.
    pub(in crate::net) async fn handshake(
        &self,
        target: &Target,
        settings: &TlsSettings,
        stream: TcpStream,
        handshake: Handshake,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        let not_sent = |error: TlsFileError| Failure::NotSent(error.to_string());
        let name = target.tls_name().unwrap_or_default();
        let server_name =
            ServerName::try_from(name.clone()).map_err(|_| not_sent(TlsFileError::Name(name)))?;
        let client = self.client(settings).map_err(not_sent)?;
        let config = match handshake {
            Handshake::Full => &client.full,
            Handshake::Resumed => &client.resumed,
        };
        let connector = TlsConnector::from(Arc::clone(config));
        let connected = connector.connect(server_name, stream).await;
        connected.map_err(|error| handshake_failure(&error))
    }
}

/// What connections with the same settings share.
#[derive(Debug)]
struct TlsClient {
    /// Never resumes a session, and keeps those that servers offer.
    full: Arc<ClientConfig>,
    /// Resumes these sessions.
    resumed: Arc<ClientConfig>,
}

impl TlsClient {
    fn new(settings: &TlsSettings) -> Result<Self, TlsFileError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Arc::new(verifier(settings, &provider)?);
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("ring has cipher suites for TLS 1.2 and TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &settings.identity {
            None => config.with_no_client_auth(),
            Some(identity) => {
                let certified = certified_key(identity, &provider)?;
                config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
            }
        };
        config.alpn_protocols = vec![ALPN.to_vec()];
        let sessions = Arc::new(ClientSessionMemoryCache::new(MAX_SESSIONS));
        let mut full = config.clone();
        full.resumption = Resumption::store(Arc::new(FullHandshakes(Arc::clone(&sessions))));
        config.resumption = Resumption::store(sessions);
        Ok(Self { full: Arc::new(full), resumed: Arc::new(config) })
    }
}

fn verifier(settings: &TlsSettings, provider: &Arc<CryptoProvider>) -> Result<Verifier, TlsFileError> {
    let roots = match &settings.ca {
        Some(path) => Some(read_roots(path)?),
        None if settings.pins.is_empty() => Some(system_roots()?),
        None => None,
    };
    let chain = roots.map(|roots| {
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        verifier.build().expect("there are roots, and no revocation lists")
    });
    let algorithms = provider.signature_verification_algorithms;
    Ok(Verifier { chain, pins: settings.pins.clone(), algorithms })
}

/// The times of the certificate that the server has presented.
pub(in crate::net) fn server_certificate(connection: &ClientConnection) -> Option<ServerCertificate> {
    let certificate = connection.peer_certificates()?.first()?;
    CertificateFields::parse(certificate).map(|fields| fields.times)
}
