//! Files that change while `serve` runs.

use std::fs;

use super::{ALICE, CONFIGURATION, Secured, tls_settings, users};
use crate::harness::tls::Flaw;
use crate::harness::until;

const READ: &str = "web configuration read again";

const NOT_READ: &str = "web configuration not read again, the old one stays";

fn status(secured: &Secured, user: &str) -> u16 {
    secured.curl("http", "/-/healthy", &["-u", user]).status
}

#[test]
fn another_password_is_in_force_while_it_runs() {
    let secured = Secured::start(&users(ALICE));
    assert_eq!(status(&secured, ALICE), 200);
    secured.rewrite(&users("alice:battery staple"));
    until("the new password", || status(&secured, "alice:battery staple") == 200);
    assert_eq!(status(&secured, ALICE), 401);
    // The file is replaced as a whole.
    let new = secured.directory.path().join("new.yml");
    fs::write(&new, users(ALICE)).unwrap();
    fs::rename(&new, secured.directory.path().join("web.yml")).unwrap();
    until("the old password", || status(&secured, ALICE) == 200);
    assert_eq!(secured.logged(READ), 2, "{}", secured.service.log());
}

#[test]
fn a_new_certificate_is_presented_while_it_runs() {
    let secured = Secured::over_tls("", "");
    let presented = || super::s_client(&secured, &[]);
    assert!(!presented().contains("renewed.test"));
    let renewed = secured.authority.issue(&["renewed.test", "127.0.0.1"], Flaw::None);
    secured.renew(&renewed);
    until("the new certificate", || presented().contains("CN = renewed.test"));
    assert_eq!(secured.curl("https", "/-/healthy", &[]).status, 200);
    // The key of another certificate.
    let other = secured.authority.issue(&["other.test", "127.0.0.1"], Flaw::None);
    fs::copy(&other.key_file, secured.directory.path().join("server.key")).unwrap();
    secured.await_log("cannot use `key_file`: it is not the key of the certificate");
    assert!(presented().contains("CN = renewed.test"));
    secured.renew(&other);
    until("the certificate of the key", || presented().contains("CN = other.test"));
}

#[test]
fn a_mistake_changes_nothing_and_is_told_once() {
    let secured = Secured::start(&users(ALICE));
    let successful = || {
        let metrics = secured.curl("http", "/metrics", &["-u", ALICE]).body;
        let line =
            metrics.lines().find_map(|line| line.strip_prefix("zoneprobe_config_last_reload_successful "));
        line.unwrap().to_owned()
    };
    assert_eq!(successful(), "1");
    secured.rewrite("basic_auth_users: {alice: correct horse}\n");
    secured.await_log("web.yml:1:27: this is not the hash of a password by bcrypt");
    assert_eq!((status(&secured, ALICE), successful().as_str()), (200, "0"));
    let reload = secured.service.log().matches("not reloaded").count();
    secured.service.signal("HUP");
    until("a reload that fails", || secured.logged("configuration not reloaded") == reload + 1);
    assert_eq!((status(&secured, ALICE), secured.logged(NOT_READ)), (200, 1));
    secured.rewrite(&users("alice:new"));
    until("the new password", || status(&secured, "alice:new") == 200);
    fs::remove_file(secured.directory.path().join("web.yml")).unwrap();
    until("another mistake", || secured.logged(NOT_READ) == 2);
    assert_eq!(status(&secured, "alice:new"), 200);
    assert!(!secured.service.log().contains("correct horse"));
}

#[test]
fn what_keeps_clients_out_ends_by_a_reload_alone() {
    let secured = Secured::over_tls("", &users(ALICE));
    let open = |scheme: &str| secured.curl(scheme, "/-/healthy", &[]).status;
    for (web_config, lost) in [("", "TLS"), (&tls_settings("", ""), "passwords")] {
        secured.rewrite(web_config);
        secured.await_log(&format!("the web configuration has lost {lost}"));
        assert_eq!((open("https"), open("http")), (401, 400), "{lost}");
    }
    secured.service.signal("HUP");
    until("no password", || open("https") == 200);
    secured.rewrite("");
    secured.service.signal("HUP");
    until("clear text", || open("http") == 200);
    // The way back needs none.
    secured.rewrite(&tls_settings("", &users(ALICE)));
    until("passwords over TLS", || open("https") == 401);
    assert_eq!(open("http"), 400);
    // Without the key, and with it again.
    secured.service.rewrite("");
    secured.service.signal("HUP");
    until("anybody in clear text", || open("http") == 200);
    secured.service.rewrite(CONFIGURATION);
    secured.service.signal("HUP");
    until("passwords over TLS again", || open("https") == 401);
}

#[test]
fn connections_end_with_the_settings_that_they_began_under() {
    use std::io::{Read as _, Write as _};

    let secured = Secured::start("");
    let mut stream = std::net::TcpStream::connect(secured.service.address()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let mut ask = || {
        stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    };
    assert!(ask().starts_with("HTTP/1.1 200"));
    assert!(ask().starts_with("HTTP/1.1 200"));
    secured.rewrite(&users(ALICE));
    let mut rest = Vec::new();
    assert_eq!(stream.read_to_end(&mut rest).unwrap(), 0, "it is closed, though it would have been kept");
    assert_eq!(secured.curl("http", "/-/healthy", &[]).status, 401);
}
