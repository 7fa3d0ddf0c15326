//! BIND and NSD, asked over TLS.

use std::process::Command;

use tempfile::TempDir;

use super::both_ways;
use super::zones::{ZONE, zone};
use crate::harness::Probe;
use crate::harness::daemon::{Daemon, Kind, program};
use crate::harness::tls::{Authority, Flaw};

both_ways! {
    a_difference_at_one_serial_is_found_over_tls
    what_is_wrong_with_a_certificate_is_told
}

/// Checks both servers over TLS, each with its settings.
fn check(servers: [(&Daemon, &str); 2]) -> Probe<'static> {
    let [primary, secondary] =
        servers.map(|(server, settings)| format!("tls://{}{settings}", server.tls_address()));
    let probe = Probe::check(ZONE).arg("--primary").arg(format!("ns0={primary}"));
    probe.arg("--secondary").arg(format!("ns1={secondary}"))
}

fn a_difference_at_one_serial_is_found_over_tls(software: Kind) {
    let authority = Authority::new();
    let certificate = authority.issue(&["ns0.test", "127.0.0.1"], Flaw::None);
    let start = |kind: Kind, address: &str| {
        kind.primary(ZONE, zone(1, &format!("www A {address}\n"))).tls(certificate.files(), None).start()
    };
    let (one, same, other) = (
        start(software, "192.0.2.1"),
        start(software.other(), "192.0.2.1"),
        start(software.other(), "192.0.2.2"),
    );
    let ca = format!(",tls-ca={}", authority.file);
    let pin = format!(",tls-pin={}", certificate.pin);
    for settings in [&ca, &format!("{ca},tls-name=ns0.test"), &pin, &format!("{ca}{pin}")] {
        let outcome = check([(&one, settings), (&same, settings)]).ok();
        for server in ["ns0", "ns1"] {
            assert_eq!(outcome.server(server)["answer"]["transport"], "tls");
            assert_eq!(outcome.server(server)["copy"]["method"], "axfr");
            assert_eq!(outcome.server(server)["copy"]["transport"], "tls");
        }
        let outcome = check([(&one, settings), (&other, settings)]).critical();
        assert_eq!(outcome.verdict("ns1"), "diverged");
        assert_eq!(outcome.differences("ns1").len(), 1);
        let outcome = check([(&one, settings), (&other, settings)]).args(["--by", "query"]).critical();
        assert_eq!(outcome.differences("ns1").len(), 1);
    }
}

fn what_is_wrong_with_a_certificate_is_told(software: Kind) {
    let (authority, others) = (Authority::new(), Authority::new());
    let certificate = authority.issue(&["ns0.test", "127.0.0.1"], Flaw::None);
    let text = zone(1, "www A 192.0.2.1\n");
    let good = software.other().primary(ZONE, &*text).tls(certificate.files(), None).start();
    let ca = format!(",tls-ca={}", authority.file);
    let failure = |server: &Daemon, settings: &str| {
        let outcome = check([(&good, &ca), (server, settings)]).unknown();
        assert_eq!(outcome.verdict("ns1"), "unknown");
        assert_eq!(outcome.server("ns1")["failure"]["kind"], "tls");
        outcome.server("ns1")["failure"]["message"].as_str().unwrap().to_owned()
    };
    for (flaw, settings, part) in [
        (Flaw::None, format!("{ca},tls-name=ns9.test"), "and not for ns9.test"),
        (Flaw::None, format!(",tls-ca={}", others.file), "the issuer of its certificate is not trusted"),
        (
            Flaw::None,
            format!(",tls-pin={}", others.issue(&["a.test"], Flaw::None).pin),
            "not the one of tls-pin",
        ),
        (Flaw::Expired, ca.clone(), "expired at 2024-02-29"),
        (Flaw::NoNames, ca.clone(), "no subject alternative name"),
        (Flaw::Authority, ca.clone(), "CA:TRUE"),
    ] {
        let certificate = authority.issue(&["ns0.test", "127.0.0.1"], flaw);
        let server = software.primary(ZONE, &*text).tls(certificate.files(), None).start();
        let message = failure(&server, &settings);
        assert!(message.contains(part), "{message}");
        let pin = format!(",tls-pin={}", certificate.pin);
        assert_eq!(check([(&good, &ca), (&server, &pin)]).run().verdict("ns1"), "in_sync");
    }
}

#[test]
fn bind_gets_the_certificate_that_it_demands() {
    let (authority, others) = (Authority::new(), Authority::new());
    let certificate = authority.issue(&["127.0.0.1"], Flaw::None);
    let client = authority.issue(&["client.test"], Flaw::None);
    let stranger = others.issue(&["stranger.test"], Flaw::None);
    let text = zone(1, "www A 192.0.2.1\n");
    let nsd = Kind::Nsd.primary(ZONE, &*text).tls(certificate.files(), None).start();
    let bind = Kind::Bind.primary(ZONE, &*text).tls(certificate.files(), Some(&authority.file)).start();
    let ca = format!(",tls-ca={}", authority.file);
    let with =
        |of: &crate::harness::tls::Certificate| format!("{ca},tls-cert={},tls-key={}", of.file, of.key_file);
    let outcome = check([(&nsd, &with(&client)), (&bind, &with(&client))]).ok();
    assert_eq!(outcome.server("ns1")["copy"]["transport"], "tls");
    for settings in [ca.clone(), with(&stranger)] {
        let outcome = check([(&nsd, &ca), (&bind, &settings)]).unknown();
        assert_eq!(outcome.findings("ns1"), ["unknown", "tls_failed"]);
        let message = outcome.server("ns1")["failure"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("tls-cert"), "{message}");
    }
}

#[test]
fn a_port_that_is_asked_in_the_wrong_way_is_no_sign_of_another_fault() {
    let authority = Authority::new();
    let certificate = authority.issue(&["127.0.0.1"], Flaw::None);
    for kind in [Kind::Bind, Kind::Nsd] {
        let server = kind.primary(ZONE, zone(1, "www A 192.0.2.1\n")).tls(certificate.files(), None).start();
        // TLS to the plain port: the server waits for a long message.
        let plain = server.address();
        let probe = Probe::check(ZONE).args(["--timeout", "500ms"]);
        let outcome =
            probe.arg("--primary").arg(format!("ns0=tls://{plain},tls-ca={}", authority.file)).critical();
        assert_eq!(outcome.verdict("ns0"), "unreachable", "{kind:?}");
        assert_eq!(outcome.server("ns0")["failure"]["kind"], "timeout");
        // Clear text to the port for TLS.
        let probe = Probe::check(ZONE).args(["--timeout", "500ms"]);
        let outcome = probe.primary_at("ns0", server.tls_address()).run();
        // NSD answers over UDP there.
        let (verdict, failure) = match kind {
            Kind::Nsd => ("unknown", "transfer_incomplete"),
            _ => ("unreachable", "connection_refused"),
        };
        assert_eq!(outcome.verdict("ns0"), verdict, "{kind:?}");
        assert_eq!(outcome.server("ns0")["failure"]["kind"], failure, "{kind:?}");
        let remedy = format!("if this port is for TLS, write tls://{}", server.tls_address());
        assert!(outcome.stdout().contains(&remedy), "{}", outcome.transcript());
    }
}

#[test]
fn a_certificate_of_version_1_needs_a_pin() {
    let authority = Authority::new();
    let certificate = authority.issue(&["127.0.0.1"], Flaw::None);
    let (directory, key) = (tempfile::tempdir().unwrap(), &certificate.key_file);
    let file = of_version_1(&directory, key, &["-signkey", key]);
    let server = Kind::Bind.primary(ZONE, zone(1, "www A 192.0.2.1\n")).tls((&file, key), None).start();
    let with =
        |settings: &str| check([(&server, &format!(",tls-pin={}", certificate.pin)), (&server, settings)]);
    let outcome = with(&format!(",tls-ca={file}")).unknown();
    let message = outcome.server("ns1")["failure"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("X.509 version 1") && message.contains("tls-pin"), "{message}");
    assert_eq!(outcome.server("ns0")["copy"]["transport"], "tls");
}

/// Makes a certificate of X.509 version 1 for a key, as openssl does without `-extfile`.
fn of_version_1(directory: &TempDir, key: &str, signed_by: &[&str]) -> String {
    let path = |name: &str| directory.path().join(name).display().to_string();
    let (request, file) = (path("v1.csr"), path("v1.pem"));
    let openssl = |arguments: &[&str]| {
        let status = Command::new(program("openssl")).args(arguments).status().unwrap();
        assert!(status.success());
    };
    openssl(&["req", "-new", "-key", key, "-subj", "/CN=127.0.0.1", "-out", &request]);
    let sign = ["x509", "-req", "-in", &request, "-days", "30", "-out", &file];
    openssl(&[sign.as_slice(), signed_by].concat());
    file
}

#[test]
fn bind_gets_a_certificate_of_version_1() {
    let authority = Authority::new();
    let [certificate, client] = ["127.0.0.1", "client.test"].map(|name| authority.issue(&[name], Flaw::None));
    // openssl signs for an authority whose key it has: a certificate that signs itself is its own.
    let (directory, key) = (tempfile::tempdir().unwrap(), &client.key_file);
    let file = of_version_1(&directory, key, &["-signkey", key]);
    let start = |clients| {
        let server = Kind::Bind.primary(ZONE, zone(1, "www A 192.0.2.1\n"));
        server.tls(certificate.files(), clients).start()
    };
    let (open, demanding) = (start(None), start(Some(&*file)));
    let ca = format!(",tls-ca={}", authority.file);
    let outcome = check([(&open, &ca), (&demanding, &format!("{ca},tls-cert={file},tls-key={key}"))]).ok();
    assert_eq!(outcome.server("ns1")["copy"]["transport"], "tls");
}
