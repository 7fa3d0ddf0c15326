//! TLS: versions, cipher suites, clients in clear text, and those that say nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use super::{Secured, s_client};

/// Lets `openssl` offer what it usually does not.
const ANY_LEVEL: [&str; 2] = ["-cipher", "ALL:@SECLEVEL=0"];

#[test]
fn every_path_is_served_over_tls() {
    let secured = Secured::over_tls("", "");
    for path in ["/", "/metrics", "/-/healthy", "/sd", "/api/v1/zones"] {
        assert_eq!(secured.curl("https", path, &[]).status, 200, "{path}");
    }
    let http2 = secured.curl("https", "/-/healthy", &["--http2"]);
    assert!(http2.head.starts_with("http/1.1 200"), "{http2:?}");
    let untrusted = secured.curl("https", "/", &["--cacert", "/etc/ssl/certs/ca-certificates.crt"]);
    assert!(untrusted.status == 0 && untrusted.error.contains("certificate problem"), "{untrusted:?}");
    assert!(secured.service.log().contains("metrics at https://"), "{}", secured.service.log());
    let twice = secured.curl(
        "https",
        "/-/healthy",
        &["--next", &format!("https://{}/", secured.service.address()), "--cacert", &secured.authority.file],
    );
    assert_eq!(twice.status, 200, "two requests on one connection");
}

#[test]
fn versions_of_tls_are_those_that_are_configured() {
    for (settings, spoken) in [
        ("", ["-tls1_2", "-tls1_3"].as_slice()),
        ("  min_version: TLS13\n", &["-tls1_3"]),
        ("  max_version: TLS12\n", &["-tls1_2"]),
        ("  min_version: TLS10\n", &["-tls1_2", "-tls1_3"]),
    ] {
        let secured = Secured::over_tls(settings, "");
        for version in ["-tls1", "-tls1_1", "-tls1_2", "-tls1_3"] {
            let said = s_client(&secured, &[&[version], &ANY_LEVEL[..]].concat());
            let is_spoken = said.contains("Verify return code: 0 (ok)") && said.contains("BEGIN CERTIFICATE");
            assert_eq!(is_spoken, spoken.contains(&version), "{settings}{version}\n{said}");
        }
    }
}

#[test]
fn cipher_suites_and_groups_are_those_that_are_configured_in_their_order() {
    let suites = "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, \
                  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]\n  \
                  curve_preferences: [CurveP384]\n";
    let secured = Secured::over_tls(suites, "");
    let said = s_client(
        &secured,
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305"],
    );
    assert!(said.contains("Cipher is ECDHE-ECDSA-CHACHA20-POLY1305"), "{said}");
    assert!(said.contains("Server Temp Key: ECDH, secp384r1"), "{said}");
    for other in [["-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"], ["-groups", "X25519"]] {
        let said = s_client(&secured, &[&["-tls1_2"], &other[..]].concat());
        assert!(said.contains("Cipher is (NONE)"), "{other:?}\n{said}");
    }
    let warning = "allows `TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA`, which zoneprobe does not have";
    assert!(secured.service.log().contains(warning), "{}", secured.service.log());
    let clients_order = format!("{suites}  prefer_server_cipher_suites: false\n");
    let secured = Secured::over_tls(&clients_order, "");
    let said = s_client(
        &secured,
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305"],
    );
    assert!(said.contains("Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"), "{said}");
}

#[test]
fn a_request_in_clear_text_is_told_to_use_tls_and_shows_that_the_service_is_alive() {
    let secured = Secured::over_tls("", "");
    for path in ["/", "/-/healthy", "/metrics"] {
        let response = secured.curl("http", path, &[]);
        assert_eq!(response.status, 400, "{response:?}");
        assert_eq!(response.body, "Client sent an HTTP request to an HTTPS server.\n");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    let output = command.args(["health", &secured.service.address().to_string()]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"ok\n".as_slice()));
}

#[test]
fn a_client_that_does_not_speak_tls_is_cut_off() {
    let secured = Secured::over_tls("", "");
    let connect = || {
        let stream = TcpStream::connect(secured.service.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    };
    let mut silent = connect();
    let mut half = connect();
    half.write_all(&[22, 3, 1, 2, 0, 1, 0]).unwrap();
    for garbage in [&b"\0\0\0\0\0\0\0\0"[..], &[0xff; 4096], &[22; 4096], b"get / HTTP/1.1\r\n\r\n"] {
        let mut stream = connect();
        stream.write_all(garbage).unwrap();
        let mut answer = Vec::new();
        // The connection may be reset.
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.len() < 16, "{answer:?}");
    }
    for stream in [&mut silent, &mut half] {
        assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap(), 0);
    }
    assert_eq!(secured.curl("https", "/-/healthy", &[]).status, 200);
}
