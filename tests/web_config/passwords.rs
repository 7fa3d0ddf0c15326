//! Passwords, the headers of responses, and the limit on requests.

use std::process::Command;

use super::{ALICE, Secured, users};

#[test]
fn without_the_right_password_every_path_is_401_and_says_nothing_else() {
    let secured = Secured::start(&users(ALICE));
    let paths = [
        "/",
        "/metrics",
        "/-/healthy",
        "/-/ready",
        "/sd",
        "/api/v1/zones",
        "/probe?target=a",
        "/none",
        "/assets/style.css",
    ];
    for path in paths {
        for arguments in [
            &[][..],
            &["-u", "alice:wrong"],
            &["-u", "bob:correct horse"],
            &["-u", ":"],
            &["-H", "Authorization: Basic YWxpY2U"],
            &["-H", "Authorization: Bearer alice"],
            &["-H", "Host: evil.example"],
        ] {
            let response = secured.curl("http", path, arguments);
            assert_eq!(response.status, 401, "{path} {arguments:?}");
            assert_eq!(response.header("www-authenticate"), Some("basic"));
            assert_eq!((response.header("server"), response.body.as_str()), (None, "Unauthorized\n"));
        }
    }
    let reload = secured.curl("http", "/-/reload", &["-X", "POST", "-u", "alice:wrong"]);
    assert_eq!((reload.status, reload.body.as_str()), (401, "Unauthorized\n"));
    for (path, status) in [("/metrics", 200), ("/", 200), ("/none", 404), ("/-/healthy", 200)] {
        assert_eq!(secured.curl("http", path, &["-u", ALICE]).status, status, "{path}");
    }
    let other_host = secured.curl("http", "/metrics", &["-u", ALICE, "-H", "Host: evil.example"]);
    assert_eq!(other_host.status, 421);
    let refused = secured.curl("http", "/metrics", &["-u", ALICE]).body;
    assert!(refused.contains("zoneprobe_http_requests_total{code=\"401\",handler=\"none\"}"), "{refused}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    let output = command.args(["health", &secured.service.address().to_string()]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "it is alive, and says so to nobody else");
}

#[test]
fn passwords_are_asked_for_over_tls_too_and_never_logged() {
    let secured = Secured::over_tls("", &users(ALICE));
    assert_eq!(secured.curl("https", "/metrics", &["-u", "alice:wrong"]).status, 401);
    let metrics = secured.curl("https", "/metrics", &["-u", ALICE]);
    assert_eq!(metrics.status, 200);
    let key = std::fs::read_to_string(secured.directory.path().join("server.key")).unwrap();
    let secrets = ["correct horse", "$2b$", key.lines().nth(1).unwrap(), "wrong"];
    for said in [secured.service.log(), metrics.body] {
        assert!(!secrets.iter().any(|secret| said.contains(secret)), "{said}");
    }
}

#[test]
fn all_responses_have_the_headers_that_are_configured() {
    let headers = "http_server_config:\n  headers:\n    Strict-Transport-Security: max-age=31536000\n    \
                   X-Frame-Options: deny\n    Content-Security-Policy: \"default-src 'none'\"\n    X-XSS-Protection: \"\"\n";
    let secured = Secured::start(&format!("{headers}{}", users(ALICE)));
    for (path, arguments) in [("/", &["-u", ALICE][..]), ("/none", &["-u", ALICE]), ("/", &[])] {
        let response = secured.curl("http", path, arguments);
        assert_eq!(response.header("strict-transport-security"), Some("max-age=31536000"), "{response:?}");
        assert_eq!(response.header("x-frame-options"), Some("deny"));
        assert_eq!(response.header("content-security-policy"), Some("default-src 'none'"));
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(response.header("x-xss-protection"), None);
    }
}

#[test]
fn requests_over_the_limit_are_429() {
    let secured = Secured::start("rate_limit: {interval: 1h, burst: 3}\n");
    let statuses: Vec<u16> = (0..5).map(|_| secured.curl("http", "/-/healthy", &[]).status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
}
