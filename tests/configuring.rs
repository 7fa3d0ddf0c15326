//! `config`: what is wrong with a configuration, its schema, and an example.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

fn config(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("config").args(arguments);
    command.stdin(Stdio::null()).output().unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

#[test]
fn a_good_configuration_is_told_in_one_line() {
    let output = config(&["check", "fixtures/config/good/demo.yaml"]);
    assert_eq!(text(&output.stdout), "fixtures/config/good/demo.yaml: 1 zone, 3 servers\n");
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
    // The files it names are found from its own folder.
    let output = config(&["check", "fixtures/config/good/everything.yaml"]);
    assert_eq!(text(&output.stdout), "fixtures/config/good/everything.yaml: 5 zones, 2 servers\n");
}

#[test]
fn all_that_is_wrong_is_told_in_one_run() {
    let output = config(&["check", "fixtures/config/bad/keys.yaml"]);
    let expected = include_str!("../fixtures/config/bad/keys.txt");
    let expected = expected.replace("keys.yaml:", "fixtures/config/bad/keys.yaml:");
    assert_eq!(text(&output.stderr), format!("error: cannot read the configuration\n{expected}"));
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("", Some(3)));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    for (path, reason) in [("none.yaml", "No such file"), ("fixtures", "is a directory")] {
        let output = config(&["check", path]);
        let told = text(&output.stderr);
        let start = format!("error: cannot read the configuration `{path}`\n  ");
        assert!(told.starts_with(&start) && told.contains(reason), "{told}");
        assert_eq!(output.status.code(), Some(3));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latin.yaml");
    std::fs::write(&path, b"zones: [b\xfccher.example]").unwrap();
    let told = text(&config(&["check", path.to_str().unwrap()]).stderr);
    assert!(told.contains("it is not UTF-8: see byte 10"), "{told}");
}

#[test]
fn a_key_file_that_everybody_can_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let path = write("config.yaml", "tsig_keys: [xfr.key]\n", 0o644);
    let key = "key xfr { algorithm hmac-sha256; secret \"c2VjcmV0\"; };";
    for (mode, told) in [(0o600, false), (0o644, true)] {
        write("xfr.key", key, mode);
        let output = config(&["check", &path]);
        assert_eq!(text(&output.stderr).starts_with("warning: everybody on this host can read"), told);
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn the_example_is_a_good_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    let example = config(&["example"]);
    assert_eq!(example.status.code(), Some(0));
    std::fs::write(&path, example.stdout).unwrap();
    let output = config(&["check", path.to_str().unwrap()]);
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
}

#[test]
fn the_schema_is_a_schema() {
    let output = config(&["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    assert_eq!(schema["additionalProperties"], false);
}
