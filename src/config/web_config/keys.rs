//! The keys of a web configuration: those of Prometheus' exporter toolkit.

use crate::config::keys::{KeyDefinition, MappingKeys, ValueType, key};

const TLS: &[KeyDefinition] = &[
    key(
        "cert_file",
        ValueType::String,
        "The file with the certificate, and those of the authorities between.",
    ),
    key("cert", ValueType::String, "The same in place of a file."),
    key("key_file", ValueType::String, "The file with the private key of the certificate."),
    key("key", ValueType::String, "The same in place of a file."),
    key(
        "client_auth_type",
        ValueType::OneOf(&[
            "NoClientCert",
            "RequestClientCert",
            "RequireAnyClientCert",
            "VerifyClientCertIfGiven",
            "RequireAndVerifyClientCert",
        ]),
        "Whether clients must have a certificate, and whether it is verified (NoClientCert).",
    ),
    key("client_ca_file", ValueType::String, "The file with the authorities of client certificates."),
    key("client_ca", ValueType::String, "The same in place of a file."),
    key(
        "client_allowed_sans",
        ValueType::Strings,
        "Hosts, addresses, addresses of mail and URIs, one of which a client certificate must have (any).",
    ),
    key(
        "min_version",
        ValueType::OneOf(&["TLS10", "TLS11", "TLS12", "TLS13"]),
        "The oldest version of TLS (TLS12).",
    ),
    key(
        "max_version",
        ValueType::OneOf(&["TLS10", "TLS11", "TLS12", "TLS13"]),
        "The newest version of TLS (TLS13).",
    ),
    key("cipher_suites", ValueType::Strings, "The cipher suites of TLS 1.2 (all)."),
    key(
        "prefer_server_cipher_suites",
        ValueType::Boolean,
        "Whether the order of cipher suites here matters more than that of the client (true).",
    ),
    key("curve_preferences", ValueType::Strings, "The groups for the exchange of keys, in order (all)."),
];

const HEADERS: &[KeyDefinition] = &[
    key("Content-Security-Policy", ValueType::String, "The header in all responses (as the pages need it)."),
    key("Strict-Transport-Security", ValueType::String, "The header in all responses (none)."),
    key("X-Content-Type-Options", ValueType::OneOf(&["nosniff"]), "The header in all responses (nosniff)."),
    key("X-Frame-Options", ValueType::OneOf(&["deny", "sameorigin"]), "The header in all responses (none)."),
    key("X-XSS-Protection", ValueType::String, "The header in all responses (none)."),
];

const HTTP: &[KeyDefinition] = &[
    key("http2", ValueType::Boolean, "Has no effect: all clients are answered over HTTP/1.1 (true)."),
    key("headers", ValueType::Mapping(HEADER_KEYS), "Headers that all responses have."),
];

const RATE_LIMIT: &[KeyDefinition] = &[
    key("interval", ValueType::Duration, "The time in which one more request is answered (0: no limit)."),
    key("burst", ValueType::Count, "How many requests are answered at once."),
];

pub(super) const TLS_SERVER_KEYS: MappingKeys = &[TLS];
pub(super) const HEADER_KEYS: MappingKeys = &[HEADERS];
pub(super) const HTTP_SERVER_KEYS: MappingKeys = &[HTTP];
pub(super) const RATE_LIMIT_KEYS: MappingKeys = &[RATE_LIMIT];

/// The keys at the top of the file.
pub(super) const FILE_KEYS: MappingKeys = &[&[
    key("tls_server_config", ValueType::Mapping(TLS_SERVER_KEYS), "TLS (none: clear text)."),
    key("http_server_config", ValueType::Mapping(HTTP_SERVER_KEYS), "What responses have."),
    key(
        "basic_auth_users",
        ValueType::NamedStrings,
        "The users, each with the hash of a password (anybody).",
    ),
    key("rate_limit", ValueType::Mapping(RATE_LIMIT_KEYS), "How many requests are answered (all)."),
]];

/// All keys that a web configuration may have.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let mappings = [FILE_KEYS, TLS_SERVER_KEYS, HTTP_SERVER_KEYS, HEADER_KEYS, RATE_LIMIT_KEYS];
    mappings.into_iter().flatten().copied().flatten().map(|key| key.name)
}
