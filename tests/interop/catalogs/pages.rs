//! The configurations of name servers on the page on catalogs are those of the servers.

use std::fs;
use std::process::Command;

use crate::documentation::{blocks, text};
use crate::harness::daemon::program;

#[test]
fn the_configurations_of_bind_and_knot_are_accepted() {
    let page = text("docs/catalogs.md");
    let directory = tempfile::tempdir().unwrap();
    let mut checked = Vec::new();
    for block in blocks(&page, "text") {
        let path = directory.path().join("configuration");
        let (name, arguments) = if block.contains("catalog-zones {") {
            ("named-checkconf", Vec::new())
        } else if block.contains("catalog-role: ") {
            ("knotc", vec!["conf-check"])
        } else {
            continue;
        };
        // The directory of BIND must exist.
        let folder = directory.path().display().to_string();
        fs::write(&path, block.replace("/var/cache/bind", &folder)).unwrap();
        let mut command = Command::new(program(name));
        let option: &[&str] = if name == "knotc" { &["-c"] } else { &[] };
        let output = command.args(option).arg(&path).args(arguments).output().unwrap();
        assert!(output.status.success(), "{block}\n{}", String::from_utf8_lossy(&output.stderr));
        checked.push(name);
    }
    assert_eq!(checked, ["named-checkconf", "knotc", "knotc"]);
}
