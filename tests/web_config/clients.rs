//! Certificates of clients.

use super::Secured;
use crate::harness::tls::{Authority, Certificate, Flaw};

/// The statuses of a client without a certificate, with one of the authority, of a stranger, and one that has expired.
fn statuses(secured: &Secured) -> [u16; 4] {
    let with = |certificate: &Certificate| {
        let (file, key) = certificate.files();
        secured.curl("https", "/-/healthy", &["--cert", file, "--key", key]).status
    };
    let stranger = Authority::named("stranger");
    let names = ["prometheus.test", "192.0.2.7"];
    [
        secured.curl("https", "/-/healthy", &[]).status,
        with(&secured.authority.issue(&names, Flaw::None)),
        with(&stranger.issue(&names, Flaw::None)),
        with(&secured.authority.issue(&names, Flaw::Expired)),
    ]
}

#[test]
fn each_type_of_client_authentication_lets_in_whom_it_says() {
    for (kind, expected) in [
        ("NoClientCert", [200, 200, 200, 200]),
        ("RequestClientCert", [200, 200, 200, 200]),
        ("RequireAnyClientCert", [0, 200, 200, 200]),
        ("RequireClientCert", [0, 200, 200, 200]),
        ("VerifyClientCertIfGiven", [200, 200, 0, 0]),
        ("RequireAndVerifyClientCert", [0, 200, 0, 0]),
    ] {
        let ca = if kind.contains("Verify") { "  client_ca_file: ca.pem\n" } else { "" };
        let secured = Secured::over_tls(&format!("  client_auth_type: {kind}\n{ca}"), "");
        assert_eq!(statuses(&secured), expected, "{kind}");
    }
}

#[test]
fn the_names_in_certificates_of_clients_may_be_limited() {
    let limit = |names: &str| {
        let settings = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n";
        Secured::over_tls(&format!("{settings}  client_allowed_sans: [{names}]\n"), "")
    };
    for (names, expected) in [
        ("other.test, prometheus.test", [0, 200, 0, 0]),
        ("\"::ffff:192.0.2.7\"", [0, 200, 0, 0]),
        ("other.test, \"*.test\", 192.0.2.8", [0, 0, 0, 0]),
    ] {
        assert_eq!(statuses(&limit(names)), expected, "{names}");
    }
}
