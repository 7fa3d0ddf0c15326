//! `tls_server_config`: how TLS is spoken.
//!
//! The lists of versions, cipher suites and groups say what is allowed. What they allow and rustls does not have
//! (TLS 1.0 and 1.1, CBC, P-521) is never used, and noted; where nothing else is left, that is a mistake.

use std::net::IpAddr;

use super::error::WebConfigError;
use super::keys::TLS_SERVER_KEYS;
use super::pem::{self, PemSetting};
use crate::config::error::ConfigErrorKind;
use crate::config::reader::{ConfigReader, Mapping};
use crate::config::yaml::{Mark, Node};

/// How TLS is spoken.
#[derive(Clone, Debug)]
pub struct TlsServerSettings {
    /// The certificate, and those of the authorities between.
    pub certificate: PemSetting,
    /// Its private key.
    pub key: PemSetting,
    /// What is demanded of clients.
    pub client_auth: ClientAuth,
    /// The authorities of client certificates, where these are verified.
    pub client_ca: Option<PemSetting>,
    /// The names of which a client certificate must have one, where there are any; addresses in their usual form.
    pub client_names: Vec<String>,
    /// The versions that are spoken; one at least.
    pub versions: Vec<TlsVersion>,
    /// The cipher suites of TLS 1.2 by preference, where not all are allowed.
    pub cipher_suites: Option<Vec<&'static str>>,
    /// The groups for the exchange of keys by preference, where not all are allowed; one at least.
    pub groups: Option<Vec<&'static str>>,
    /// Whether the preference of the server decides.
    pub prefers_own_order: bool,
    /// What is allowed and never used, since rustls does not have it.
    pub unavailable: Vec<&'static str>,
}

/// What is demanded of clients in the handshake, from nothing to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientAuth {
    /// No certificate is asked for.
    #[default]
    None,
    /// One is asked for, and anything is accepted.
    Request,
    /// Any certificate is accepted, and none is not.
    RequireAny,
    /// A certificate is verified if there is one.
    VerifyIfGiven,
    /// A certificate is verified, and there must be one.
    RequireAndVerify,
}

impl ClientAuth {
    /// Whether a certificate is held against authorities.
    pub fn verifies(self) -> bool {
        matches!(self, Self::VerifyIfGiven | Self::RequireAndVerify)
    }

    /// Whether there must be a certificate.
    pub fn requires(self) -> bool {
        matches!(self, Self::RequireAny | Self::RequireAndVerify)
    }
}

/// A version of TLS that rustls has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// What the file calls the versions, each with what it stands for.
const VERSIONS: [(&str, Option<TlsVersion>); 4] = [
    ("TLS10", None),
    ("TLS11", None),
    ("TLS12", Some(TlsVersion::Tls12)),
    ("TLS13", Some(TlsVersion::Tls13)),
];

/// The values of `client_auth_type`; the last is an older name.
const CLIENT_AUTH: [(&str, ClientAuth); 6] = [
    ("NoClientCert", ClientAuth::None),
    ("RequestClientCert", ClientAuth::Request),
    ("RequireAnyClientCert", ClientAuth::RequireAny),
    ("VerifyClientCertIfGiven", ClientAuth::VerifyIfGiven),
    ("RequireAndVerifyClientCert", ClientAuth::RequireAndVerify),
    ("RequireClientCert", ClientAuth::RequireAny),
];

/// Something that a list allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// It is there, and the list decides whether it is used.
    Listed(&'static str),
    /// It is there and always used.
    Always,
    /// rustls does not have it.
    Unavailable(&'static str),
}

/// The cipher suites that the file may name: those of Go.
pub(super) const CIPHER_SUITES: [(&str, Allowed); 13] = [
    listed("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    listed("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    listed("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    listed("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    listed("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    listed("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    unavailable("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    unavailable("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    unavailable("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    unavailable("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    // Those of TLS 1.3 are not for choice, as in Go.
    ("TLS_AES_128_GCM_SHA256", Allowed::Always),
    ("TLS_AES_256_GCM_SHA384", Allowed::Always),
    ("TLS_CHACHA20_POLY1305_SHA256", Allowed::Always),
];

/// The groups that the file may name, as TLS calls them.
pub(super) const GROUPS: [(&str, Allowed); 4] = [
    ("X25519", Allowed::Listed("X25519")),
    ("CurveP256", Allowed::Listed("secp256r1")),
    ("CurveP384", Allowed::Listed("secp384r1")),
    unavailable("CurveP521"),
];

const fn listed(name: &'static str) -> (&'static str, Allowed) {
    (name, Allowed::Listed(name))
}

const fn unavailable(name: &'static str) -> (&'static str, Allowed) {
    (name, Allowed::Unavailable(name))
}

/// Reads `tls_server_config`; there is no TLS without a certificate and its key.
pub(super) fn read(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Option<TlsServerSettings> {
    let mapping = reader.mapping(node, TLS_SERVER_KEYS);
    let certificate = required_pem(mapping, ["cert", "cert_file"], reader);
    let key = required_pem(mapping, ["key", "key_file"], reader);
    let (client_auth, client_ca, client_names) = client_certificates(mapping, reader);
    let mut unavailable = Vec::new();
    let versions = versions(mapping, reader, &mut unavailable);
    let cipher_suites = mapping.get("cipher_suites").and_then(|node| {
        let is_enough = versions.contains(&TlsVersion::Tls13);
        list(node, ("cipher suite", &CIPHER_SUITES), is_enough, (reader, &mut unavailable))
    });
    let groups = mapping
        .get("curve_preferences")
        .and_then(|node| list(node, ("curve", &GROUPS), false, (reader, &mut unavailable)));
    let mut prefers_own_order = true;
    mapping.set("prefer_server_cipher_suites", &mut prefers_own_order, |node| reader.boolean(node));
    Some(TlsServerSettings {
        certificate: certificate?,
        key: key?,
        client_auth,
        client_ca,
        client_names,
        versions,
        cipher_suites,
        groups,
        prefers_own_order,
        unavailable,
    })
}

/// Reads a certificate or a key that must be there.
fn required_pem(
    mapping: Mapping<'_>,
    keys: [&'static str; 2],
    reader: &mut ConfigReader<'_>,
) -> Option<PemSetting> {
    let [key, file_key] = keys;
    if mapping.entry(key).or(mapping.entry(file_key)).is_none() {
        reader.error(mapping.mark(), ConfigErrorKind::MissingKey(file_key));
    }
    pem::read(mapping, keys, reader)
}

/// Reads what is demanded of clients, the authorities of their certificates, and the names in these.
fn client_certificates(
    mapping: Mapping<'_>,
    reader: &mut ConfigReader<'_>,
) -> (ClientAuth, Option<PemSetting>, Vec<String>) {
    let mut auth = ClientAuth::None;
    mapping.set("client_auth_type", &mut auth, |node| reader.one_of(node, &CLIENT_AUTH));
    let mut note = |at: Option<Mark>, error| {
        reader.error(at.unwrap_or(mapping.mark()), ConfigErrorKind::Web(error));
    };
    let mark = |key| mapping.entry(key).map(|(mark, _)| mark);
    match mark("client_ca").or(mark("client_ca_file")) {
        None if auth.verifies() => note(mark("client_auth_type"), WebConfigError::NoClientCa),
        at @ Some(_) if !auth.verifies() => note(at, WebConfigError::UnusedClientCa),
        _ => {}
    }
    let mut names = Vec::new();
    if let Some((at, node)) = mapping.entry("client_allowed_sans") {
        names = reader.strings(node).into_iter().map(|(name, _)| usual_form(name)).collect();
        if auth != ClientAuth::RequireAndVerify {
            reader.error(at, ConfigErrorKind::Web(WebConfigError::UnverifiedNames));
        } else if names.is_empty() {
            reader.error(at, ConfigErrorKind::Web(WebConfigError::EmptyList));
        }
    }
    (auth, pem::read(mapping, ["client_ca", "client_ca_file"], reader), names)
}

/// Returns an address as it is usually written, and any other name as it is.
fn usual_form(name: String) -> String {
    name.parse().map_or(name, |address: IpAddr| address.to_canonical().to_string())
}

/// Reads the versions that are spoken.
fn versions(
    mapping: Mapping<'_>,
    reader: &mut ConfigReader<'_>,
    unavailable: &mut Vec<&'static str>,
) -> Vec<TlsVersion> {
    let words: Vec<(&str, usize)> = VERSIONS.iter().enumerate().map(|(at, (word, _))| (*word, at)).collect();
    let (mut min, mut max) = (2, 3);
    mapping.set("min_version", &mut min, |node| reader.one_of(node, &words));
    mapping.set("max_version", &mut max, |node| reader.one_of(node, &words));
    let allowed = || VERSIONS.iter().enumerate().filter(|(at, _)| (min..=max).contains(at));
    unavailable.extend(allowed().filter(|(_, (_, version))| version.is_none()).map(|(_, (word, _))| *word));
    let versions: Vec<TlsVersion> = allowed().filter_map(|(_, (_, version))| *version).collect();
    if versions.is_empty() {
        let limit = mapping.entry("max_version").or(mapping.entry("min_version"));
        let at = limit.map_or(mapping.mark(), |(mark, _)| mark);
        reader.error(at, ConfigErrorKind::Web(WebConfigError::NothingLeft("version of TLS")));
    }
    versions
}

/// Reads a list of what is allowed; `is_enough` is whether nothing of it need be there.
fn list(
    node: &Node<'_>,
    (what, known): (&'static str, &[(&str, Allowed)]),
    is_enough: bool,
    (reader, unavailable): (&mut ConfigReader<'_>, &mut Vec<&'static str>),
) -> Option<Vec<&'static str>> {
    let nodes = reader.sequence(node);
    let allowed: Option<Vec<Allowed>> = nodes.iter().map(|node| reader.one_of(node, known)).collect();
    let mut names = Vec::new();
    for allowed in allowed? {
        match allowed {
            Allowed::Listed(name) => names.push(name),
            Allowed::Unavailable(name) => unavailable.push(name),
            Allowed::Always => {}
        }
    }
    if nodes.is_empty() {
        // As in Go: an empty list is no list.
        return None;
    }
    if names.is_empty() && !is_enough {
        reader.error(node.mark, ConfigErrorKind::Web(WebConfigError::NothingLeft(what)));
    }
    Some(names)
}
