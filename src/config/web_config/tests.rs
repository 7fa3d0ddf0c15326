use std::path::{Path, PathBuf};

use super::tls::{Allowed, CIPHER_SUITES, GROUPS};
use super::*;

const HASH: &str = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze";

const PAIR: &str = "cert_file: server.crt, key_file: server.key";

fn config(text: &str) -> WebConfig {
    read_web_config("web.yml", text).unwrap_or_else(|errors| panic!("{}", messages(&errors)))
}

fn tls(settings: &str) -> TlsServerSettings {
    config(&format!("tls_server_config: {{{PAIR}, {settings}}}")).tls.unwrap()
}

fn messages(errors: &[ConfigError]) -> String {
    errors.iter().fold(String::new(), |messages, error| messages + &error.to_string() + "\n")
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/web_config").join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
    paths.sort();
    assert!(paths.len() >= 3);
    paths
}

#[test]
fn the_errors_of_every_bad_file_are_as_in_its_golden_file() {
    for path in fixtures("bad") {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let found = messages(&read_web_config(name, &text).unwrap_err());
        let golden = path.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(&golden).unwrap_or_default(), "{}", path.display());
    }
}

#[test]
fn every_good_file_is_read() {
    for path in fixtures("good") {
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(errors) = read_web_config(path.to_str().unwrap(), &text) {
            panic!("{}", messages(&errors));
        }
    }
}

#[test]
fn defaults_are_those_of_the_exporter_toolkit() {
    let empty = config("");
    assert!(empty.tls.is_none() && empty.headers.is_empty() && empty.users.is_empty());
    assert_eq!(empty.rate_limit, None);
    let tls = tls("");
    assert_eq!(tls.client_auth, ClientAuth::None);
    assert_eq!(tls.versions, [TlsVersion::Tls12, TlsVersion::Tls13]);
    assert!(tls.prefers_own_order && tls.cipher_suites.is_none() && tls.groups.is_none());
    assert!(tls.client_names.is_empty() && tls.unavailable.is_empty());
    assert_eq!(tls.certificate.source, PemSource::File("server.crt".to_owned()));
    assert_eq!(tls.key.source, PemSource::File("server.key".to_owned()));
}

#[test]
fn what_is_allowed_and_not_there_is_noted_and_not_used() {
    let versions = tls("min_version: TLS10");
    assert_eq!(versions.versions, [TlsVersion::Tls12, TlsVersion::Tls13]);
    assert_eq!(versions.unavailable, ["TLS10", "TLS11"]);
    assert_eq!(tls("min_version: TLS13").versions, [TlsVersion::Tls13]);
    assert_eq!(tls("max_version: TLS12").versions, [TlsVersion::Tls12]);
    let suites =
        tls("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]");
    assert_eq!(suites.cipher_suites.unwrap(), ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]);
    assert_eq!(suites.unavailable, ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"]);
    // TLS 1.3 is left.
    assert_eq!(tls("cipher_suites: [TLS_AES_128_GCM_SHA256]").cipher_suites.unwrap(), [""; 0]);
    let groups = tls("curve_preferences: [CurveP521, CurveP384, X25519]");
    assert_eq!(groups.groups.unwrap(), ["secp384r1", "X25519"]);
    assert_eq!(groups.unavailable, ["CurveP521"]);
}

#[test]
fn all_cipher_suites_and_groups_of_rustls_can_be_named() {
    let provider = rustls::crypto::ring::default_provider();
    let listed = |table: &[(&str, Allowed)]| -> Vec<&str> {
        let listed = table.iter().filter_map(|(_, allowed)| match allowed {
            Allowed::Listed(name) => Some(*name),
            Allowed::Always | Allowed::Unavailable(_) => None,
        });
        let mut listed: Vec<&str> = listed.collect();
        listed.sort_unstable();
        listed
    };
    let suites = provider.cipher_suites.iter().filter(|suite| suite.tls13().is_none());
    let mut suites: Vec<&str> = suites.map(|suite| suite.suite().as_str().unwrap()).collect();
    suites.sort_unstable();
    assert_eq!(listed(&CIPHER_SUITES), suites);
    let mut groups: Vec<&str> =
        provider.kx_groups.iter().map(|group| group.name().as_str().unwrap()).collect();
    groups.sort_unstable();
    assert_eq!(listed(&GROUPS), groups);
}

#[test]
fn addresses_of_clients_have_one_form() {
    let settings = "client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert";
    let names = "client_allowed_sans: [\"2001:DB8:0::1\", \"::ffff:192.0.2.1\", Prom.example]";
    assert_eq!(
        tls(&format!("{settings}, {names}")).client_names,
        ["2001:db8::1", "192.0.2.1", "Prom.example"]
    );
}

#[test]
fn a_rate_limit_may_be_off() {
    for off in ["{interval: 0, burst: 1}", "{interval: 0s}", "{interval: \"0\"}"] {
        assert_eq!(config(&format!("rate_limit: {off}")).rate_limit, None, "{off}");
    }
    let limit = config("rate_limit: {interval: 1m30s, burst: 20}").rate_limit;
    assert_eq!(limit, Some(RateLimit { interval: Duration::from_secs(90), burst: 20 }));
}

#[test]
fn a_password_that_is_no_hash_is_never_shown() {
    let secret = "hunter2-hunter2";
    for text in [
        format!("basic_auth_users: {{a: {secret}}}"),
        format!("basic_auth_users: {{a: {HASH}, {secret}: {HASH}x}}"),
        format!("basic_auth_users: {{a: {secret}, b: [{secret}]}}"),
        format!("basic_auth_users:\n  a: {secret}: {secret}\n"),
        format!("basic_auth_users:\n  a: \"{secret}\n"),
        format!("basic_auth_users:\n a: {HASH}\n  {secret}\n"),
        format!("tls_server_config: {{key: \"{secret}\", cert_fil: x}}"),
        format!("tls_server_config:\n  key: |\n    {secret}\n  - {secret}\n"),
        format!("basic_auth_users: &{secret} {{a: *{secret}}}"),
    ] {
        let found = messages(&read_web_config("web.yml", &text).unwrap_err());
        let shown = found.contains("hunter2") && !text.contains(&format!("&{secret}"));
        assert!(!shown && !found.contains("mDwo"), "{text}\n{found}");
    }
    let printed = format!("{:?}", config(&format!("basic_auth_users: {{a: {HASH}}}")));
    assert!(printed.contains("\"a\"") && !printed.contains("mDwo"), "{printed}");
    let text = format!("tls_server_config: {{cert_file: c, key: {secret}}}");
    assert!(!format!("{:?}", config(&text)).contains(secret));
}

#[test]
fn every_key_is_in_the_documentation() {
    let page = include_str!("../../../docs/web-config.md");
    for key in keys::all() {
        assert!(page.contains(&format!("`{key}`")), "{key}");
    }
}
