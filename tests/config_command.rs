//! `config`: checks a configuration, and prints the schema and an example.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

fn config(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("config").args(arguments);
    command.stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_of_a_good_configuration_prints_one_line() {
    let output = config(&["check", "fixtures/config/good/demo.yaml"]);
    assert_eq!(text(&output.stdout), "fixtures/config/good/demo.yaml: 1 zone, 3 servers\n");
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
    // The paths in it are relative to its directory.
    let output = config(&["check", "fixtures/config/good/everything.yaml"]);
    assert_eq!(text(&output.stdout), "fixtures/config/good/everything.yaml: 5 zones, 2 servers\n");
}

#[test]
fn check_names_each_catalog_and_says_when_its_members_are_read() {
    let output = config(&["check", "fixtures/config/good/catalogs.yaml"]);
    let file = "fixtures/config/good/catalogs.yaml";
    let mut expected = format!("{file}: 1 zone, 2 servers, 3 catalogs\n");
    for (zone, most) in [
        ("catalog.example", "1000000"),
        ("customers.catalog.example", "50000"),
        ("empty.catalog.example", "1000000"),
    ] {
        expected += &format!(
            "{file}: catalog `{zone}`: its members, at most {most}, are read from 2 servers when it is checked\n"
        );
    }
    assert_eq!(text(&output.stdout), expected);
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
}

#[test]
fn check_reports_every_error_in_one_run() {
    let output = config(&["check", "fixtures/config/bad/keys.yaml"]);
    let expected = include_str!("../fixtures/config/bad/keys.txt");
    let expected = expected.replace("keys.yaml:", "fixtures/config/bad/keys.yaml:");
    assert_eq!(text(&output.stderr), format!("error: cannot read the configuration\n{expected}"));
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("", Some(3)));
}

#[test]
fn check_names_a_file_that_cannot_be_read() {
    for (path, reason) in [("none.yaml", "No such file"), ("fixtures", "is a directory")] {
        let output = config(&["check", path]);
        let stderr = text(&output.stderr);
        let start = format!("error: cannot read the configuration `{path}`\n  ");
        assert!(stderr.starts_with(&start) && stderr.contains(reason), "{stderr}");
        assert_eq!(output.status.code(), Some(3));
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("latin.yaml");
    std::fs::write(&path, b"zones: [b\xfccher.example]").unwrap();
    let stderr = text(&config(&["check", path.to_str().unwrap()]).stderr);
    assert!(stderr.contains("it is not UTF-8: see byte 10"), "{stderr}");
}

#[test]
fn check_warns_of_a_key_file_that_all_users_can_read() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let path = write("config.yaml", "tsig_keys: [xfr.key]\n", 0o644);
    let key = "key xfr { algorithm hmac-sha256; secret \"c2VjcmV0\"; };";
    for (mode, is_warned) in [(0o600, false), (0o644, true)] {
        write("xfr.key", key, mode);
        let output = config(&["check", &path]);
        assert_eq!(text(&output.stderr).starts_with("warning: everybody on this host can read"), is_warned);
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn check_accepts_the_example() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.yaml");
    let example = config(&["example"]);
    assert_eq!(example.status.code(), Some(0));
    std::fs::write(&path, example.stdout).unwrap();
    let output = config(&["check", path.to_str().unwrap()]);
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
}

#[test]
fn the_schema_is_a_valid_json_schema() {
    let output = config(&["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    assert_eq!(schema["additionalProperties"], false);
}
