//! Web configurations that cannot be used: `config check` says where the mistake is, and `serve` does not start.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use super::{CONFIGURATION, put, tls_settings};
use crate::documentation::{blocks, text as text_of};
use crate::harness::Service;
use crate::harness::tls::{Authority, Flaw};

fn check(directory: &TempDir) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.current_dir(directory.path()).args(["config", "check", "zoneprobe.yaml"]);
    command.stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A directory with a configuration, a web configuration, and a certificate with its key.
fn directory(web_config: &str) -> (Authority, Arc<TempDir>) {
    let (authority, directory) = (Authority::new(), Arc::new(tempfile::tempdir().unwrap()));
    put(&directory, &authority.issue(&["a.test"], Flaw::None), "server");
    fs::write(directory.path().join("zoneprobe.yaml"), CONFIGURATION).unwrap();
    fs::write(directory.path().join("web.yml"), web_config).unwrap();
    (authority, directory)
}

#[test]
fn config_check_reads_the_web_configuration_and_what_it_names() {
    let (authority, directory) = directory(&tls_settings("", ""));
    let output = check(&directory);
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
    assert!(text(&output.stdout).contains("zoneprobe.yaml: web configuration `web.yml`: TLS\n"));
    let other = authority.issue(&["b.test"], Flaw::None);
    put(&directory, &other, "other");
    fs::write(directory.path().join("text.pem"), "no certificate").unwrap();
    let settings = |text: &str| format!("tls_server_config:\n  {text}\n");
    for (settings, message) in [
        (
            settings("cert_file: server.pem\n  key_file: other.key"),
            "web.yml:3:3: cannot use `key_file`: it is not the key of the certificate\n    3 |   key_file: *********\n",
        ),
        (
            settings("cert_file: none.pem\n  key_file: text.pem"),
            "web.yml:2:3: cannot use `cert_file`: `none.pem`: No such file or directory",
        ),
        (
            settings("cert_file: none.pem\n  key_file: text.pem"),
            "web.yml:3:3: cannot use `key_file`: `text.pem`: it holds no private key in PEM",
        ),
        (
            settings("cert: \"server.pem\"\n  key_file: server.key"),
            "web.yml:2:3: cannot use `cert`: it holds no certificate in PEM",
        ),
        (
            settings(
                "cert_file: server.pem\n  key_file: server.key\n  client_ca_file: text.pem\n  \
                 client_auth_type: RequireAndVerifyClientCert",
            ),
            "web.yml:4:3: cannot use `client_ca_file`: `text.pem`: it holds no certificate in PEM",
        ),
        (
            "basic_auth_users: {a: b}\n".to_owned(),
            "web.yml:1:23: this is not the hash of a password by bcrypt",
        ),
    ] {
        fs::write(directory.path().join("web.yml"), settings).unwrap();
        let output = check(&directory);
        let stderr = text(&output.stderr);
        assert!(stderr.starts_with("error: cannot use the web configuration\n"), "{stderr}");
        assert!(stderr.contains(message), "{message}\n{stderr}");
        assert_eq!(output.status.code(), Some(3));
    }
    fs::remove_file(directory.path().join("web.yml")).unwrap();
    let stderr = text(&check(&directory).stderr);
    assert!(
        stderr.starts_with("error: cannot read the web configuration `web.yml`: No such file"),
        "{stderr}"
    );
}

#[test]
fn config_check_warns_of_what_is_never_used_and_of_a_key_that_everybody_can_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let slow = "basic_auth_users: {bob: $2y$18$4VeFDzXIoPHKnKTU3O3GH.N.vZu06CVqczYZ8WvfzrddFU6tGqjR.}\n";
    let (_authority, directory) = directory(&tls_settings("  min_version: TLS11\n", slow));
    let key = directory.path().join("server.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let output = check(&directory);
    let stderr = text(&output.stderr);
    assert!(stderr.contains("everybody on this host can read the key file `server.key`"), "{stderr}");
    assert!(stderr.contains("warning: web.yml allows `TLS11`, which zoneprobe does not have"), "{stderr}");
    assert!(stderr.contains("warning: web.yml: the hash of `bob` has a cost at which"), "{stderr}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn serve_does_not_start_with_a_mistake_in_it() {
    let (_authority, directory) = directory("tls_server_config: {min_version: TLS13}\n");
    assert!(Service::in_directory(&directory, CONFIGURATION, &[]).is_none());
}

#[test]
fn the_examples_of_the_documentation_are_accepted() {
    let page = text_of("docs/web-config.md");
    let [configuration, web_config, ..] = blocks(&page, "yaml")[..] else { panic!("{page}") };
    let (_authority, directory) = directory(web_config);
    fs::write(directory.path().join("zoneprobe.yaml"), configuration).unwrap();
    let output = check(&directory);
    let summary = "zoneprobe.yaml: web configuration `web.yml`: TLS, passwords\n";
    assert!(text(&output.stdout).contains(summary), "{}", text(&output.stderr));
}
