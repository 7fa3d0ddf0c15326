//! Certificates, and servers that speak TLS in front of others that do not.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PublicKeyData as _,
    date_time_ymd,
};
use ring::digest::{SHA256, digest};
use rustls::server::WebPkiClientVerifier;
use rustls::{HandshakeKind, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use zoneprobe::clock;

/// A certificate authority, and a directory for what it issues.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: TempDir,
    /// The file with its own certificate.
    pub(crate) file: String,
}

/// What a certificate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    NoNames,
    Expired,
    NotYetValid,
    ExpiresSoon,
    Authority,
}

/// A certificate and its private key, in files.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) file: String,
    pub(crate) key_file: String,
    /// The pin of its key.
    pub(crate) pin: String,
    der: Vec<u8>,
    key: Vec<u8>,
}

impl Certificate {
    /// The files of the certificate and its key.
    pub(crate) fn files(&self) -> (&str, &str) {
        (&self.file, &self.key_file)
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("test authority")
    }

    /// Makes one with this name; several with one name have keys of their own.
    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = write(&directory, "ca.pem", &issuer.pem());
        Self { issuer, directory, file }
    }

    /// Issues a certificate for these names, which are also the names of its files.
    pub(crate) fn issue(&self, names: &[&str], flaw: Flaw) -> Certificate {
        let named = if flaw == Flaw::NoNames { &[] } else { names };
        let mut params =
            CertificateParams::new(named.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
        params.distinguished_name.push(DnType::CommonName, names[0]);
        let now = clock::now();
        let days = |days: u64| std::time::Duration::from_hours(24 * days);
        match flaw {
            Flaw::None | Flaw::NoNames => {}
            Flaw::Expired => params.not_after = date_time_ymd(2024, 2, 29),
            Flaw::NotYetValid => params.not_before = date_time_ymd(2090, 1, 1),
            Flaw::ExpiresSoon => {
                params.not_before = (now - days(360)).into();
                params.not_after = (now + days(5)).into();
            }
            Flaw::Authority => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let name = format!("{}-{flaw:?}", names[0]);
        Certificate {
            file: write(&self.directory, &format!("{name}.pem"), &certificate.pem()),
            key_file: write(&self.directory, &format!("{name}.key"), &key.serialize_pem()),
            pin: data_encoding::BASE64.encode(digest(&SHA256, &key.subject_public_key_info()).as_ref()),
            der: certificate.der().to_vec(),
            key: key.serialize_der(),
        }
    }
}

fn write(directory: &TempDir, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;

    let path: PathBuf = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

/// A server that speaks TLS, and hands on what it gets to another one over TCP.
#[must_use]
pub(crate) struct TlsFront {
    certificate: Certificate,
    clients_of: Option<String>,
    versions: Vec<&'static SupportedProtocolVersion>,
    protocols: Vec<Vec<u8>>,
    tickets: usize,
}

/// A [`TlsFront`] that runs until it is dropped.
pub(crate) struct RunningTlsFront {
    pub(crate) address: SocketAddr,
    handshakes: Arc<Mutex<Vec<HandshakeKind>>>,
    _runtime: tokio::runtime::Runtime,
}

impl TlsFront {
    pub(crate) fn new(certificate: &Certificate) -> Self {
        Self {
            certificate: certificate.clone(),
            clients_of: None,
            versions: rustls::ALL_VERSIONS.to_vec(),
            protocols: Vec::new(),
            tickets: 2,
        }
    }

    /// Demands a certificate of this authority from clients.
    pub(crate) fn demanding_clients_of(self, authority: &Authority) -> Self {
        Self { clients_of: Some(authority.file.clone()), ..self }
    }

    /// Speaks this version alone.
    pub(crate) fn only(self, version: &'static SupportedProtocolVersion) -> Self {
        Self { versions: vec![version], ..self }
    }

    /// Speaks this protocol alone (ALPN).
    pub(crate) fn speaking(self, protocol: &str) -> Self {
        Self { protocols: vec![protocol.into()], ..self }
    }

    /// Sends so many session tickets with each handshake.
    pub(crate) fn sending_tickets(self, tickets: usize) -> Self {
        Self { tickets, ..self }
    }

    fn config(&self) -> ServerConfig {
        use rustls::pki_types::pem::PemObject as _;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&self.versions)
            .unwrap();
        let config = match &self.clients_of {
            None => config.with_no_client_auth(),
            Some(file) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_file(file).unwrap()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let chain = vec![CertificateDer::from(self.certificate.der.clone())];
        let key = PrivateKeyDer::try_from(self.certificate.key.clone()).unwrap();
        let mut config = config.with_single_cert(chain, key).unwrap();
        config.alpn_protocols.clone_from(&self.protocols);
        config.send_tls13_tickets = self.tickets;
        config
    }

    /// Starts it in front of a server, or of none: then it closes each connection after the handshake.
    pub(crate) fn start(self, behind: Option<SocketAddr>) -> RunningTlsFront {
        let acceptor = TlsAcceptor::from(Arc::new(self.config()));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let handshakes: Arc<Mutex<Vec<HandshakeKind>>> = Arc::default();
        let seen = Arc::clone(&handshakes);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    let Ok(mut tls) = acceptor.accept(stream).await else { return };
                    seen.lock().unwrap().extend(tls.get_ref().1.handshake_kind());
                    let Some(behind) = behind else { return };
                    let mut plain = TcpStream::connect(behind).await.unwrap();
                    // Either side may hang up at any time.
                    let _ = tokio::io::copy_bidirectional(&mut tls, &mut plain).await;
                });
            }
        });
        RunningTlsFront { address, handshakes, _runtime: runtime }
    }
}

impl RunningTlsFront {
    /// The kinds of the handshakes so far.
    pub(crate) fn handshakes(&self) -> Vec<HandshakeKind> {
        self.handshakes.lock().unwrap().clone()
    }
}
