//! TLS of clients: what is offered to them, and how a connection begins.

use std::io;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::client_verifier::ClientVerifier;
use crate::config::{ClientAuth, TlsServerSettings, TlsVersion};
use crate::http::write_timeout::WriteTimeout;

/// The only protocol over TLS: clients that offer HTTP/2 too are answered over this.
const ALPN: &[u8] = b"http/1.1";

/// What is told to a client that does not speak TLS, in the words that other exporters have.
const NOT_TLS: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n\
    Client sent an HTTP request to an HTTPS server.\n";

/// Begins TLS on a connection. A client that speaks HTTP in clear text is told so, and nothing else.
pub(in crate::http) async fn accept(
    mut stream: WriteTimeout<TcpStream>,
    config: Arc<ServerConfig>,
) -> io::Result<TlsStream<WriteTimeout<TcpStream>>> {
    let mut first = [0];
    let length = stream.get_ref().peek(&mut first).await?;
    if length > 0 && first.iter().all(u8::is_ascii_uppercase) {
        // What is left unread would make the system reset the connection.
        let _ = stream.read(&mut [0; 4096]).await?;
        stream.write_all(NOT_TLS).await?;
        stream.shutdown().await?;
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a request in clear text"));
    }
    TlsAcceptor::from(config).accept(stream).await
}

/// The certificate of the server, and the authorities that clients are verified by.
pub(super) struct TlsFiles {
    pub(super) certified: CertifiedKey,
    pub(super) client_roots: Option<RootCertStore>,
}

/// The cryptography that the settings allow.
pub(super) fn provider(settings: &TlsServerSettings) -> CryptoProvider {
    let mut provider = rustls::crypto::ring::default_provider();
    if let Some(names) = &settings.cipher_suites {
        let rank = |name: Option<&str>| names.iter().position(|known| Some(*known) == name);
        provider
            .cipher_suites
            .retain(|suite| suite.tls13().is_some() || rank(suite.suite().as_str()).is_some());
        provider.cipher_suites.sort_by_key(|suite| rank(suite.suite().as_str()));
    }
    if let Some(names) = &settings.groups {
        let rank = |name: Option<&str>| names.iter().position(|known| Some(*known) == name);
        provider.kx_groups.retain(|group| rank(group.name().as_str()).is_some());
        provider.kx_groups.sort_by_key(|group| rank(group.name().as_str()));
    }
    provider
}

/// Puts together what is offered to clients; an error is one of rustls.
pub(super) fn server_config(
    settings: &TlsServerSettings,
    provider: CryptoProvider,
    files: TlsFiles,
) -> Result<ServerConfig, String> {
    let provider = Arc::new(provider);
    let versions: Vec<&SupportedProtocolVersion> = settings.versions.iter().copied().map(version).collect();
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions)
        .map_err(|error| error.to_string())?;
    let config = match settings.client_auth {
        ClientAuth::None => config.with_no_client_auth(),
        auth => config.with_client_cert_verifier(Arc::new(ClientVerifier {
            chain: match files.client_roots {
                Some(roots) => Some(chain_verifier(roots, &provider)?),
                None if auth.verifies() => return Err("no authority verifies clients".to_owned()),
                None => None,
            },
            is_required: auth.requires(),
            names: settings.client_names.clone(),
            algorithms: provider.signature_verification_algorithms,
        })),
    };
    let mut config = config.with_cert_resolver(Arc::new(SingleCertAndKey::from(files.certified)));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.ignore_client_order = settings.prefers_own_order;
    Ok(config)
}

fn version(version: TlsVersion) -> &'static SupportedProtocolVersion {
    match version {
        TlsVersion::Tls12 => &rustls::version::TLS12,
        TlsVersion::Tls13 => &rustls::version::TLS13,
    }
}

fn chain_verifier(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    verifier.build().map_err(|error| error.to_string())
}
