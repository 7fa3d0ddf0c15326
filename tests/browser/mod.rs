//! The pages in a real Chromium. `tests/run-browser` installs Chromium and what drives it, and runs these tests.
//!
//! Each test starts a fleet, and a program of Python beside this file that looks at the pages of its service.

#![expect(clippy::print_stdout, reason = "the programs say how much they have looked at")]

mod fleet;
mod past;

use std::path::Path;
use std::process::{Command, Stdio};

use fleet::Fleet;
use serde_json::{Value, json};

/// Says where Python with selenium and axe-core is.
const PYTHON_VARIABLE: &str = "ZONEPROBE_BROWSER_PYTHON";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a program over the pages of a fleet; it must find nothing.
#[track_caller]
fn look(program: &str, arguments: &[&str]) {
    look_at(&json!({}), program, arguments);
}

/// The same of a service with these settings of HTTP.
#[track_caller]
fn look_at(http: &Value, program: &str, arguments: &[&str]) {
    let python = std::env::var(PYTHON_VARIABLE).unwrap_or_else(|_| {
        panic!("{PYTHON_VARIABLE} is not set; tests/run-browser installs what is needed, and sets it")
    });
    let fleet = Fleet::start(http);
    let mut command = Command::new(python);
    // Without -B, Python would keep what it compiles among the sources.
    command.arg("-B").arg(root().join("tests/browser").join(program)).stdin(Stdio::null());
    command.arg(format!("http://{}", fleet.service.address())).args(arguments);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{program}:\n{text}{}", String::from_utf8_lossy(&output.stderr));
    println!("{text}");
}

#[test]
#[ignore = "it needs Chromium: tests/run-browser"]
fn every_link_leads_to_something_and_chromium_complains_of_no_page() {
    look("links.py", &[]);
}

#[test]
#[ignore = "it needs Chromium: tests/run-browser"]
fn every_link_begins_with_the_path_under_which_a_proxy_publishes_the_pages() {
    look_at(&json!({"external_url": "http://127.0.0.1/dns/zones"}), "links.py", &["/dns/zones"]);
}

#[test]
#[ignore = "it needs Chromium: tests/run-browser"]
fn every_page_is_used_by_the_keyboard_alone() {
    look("keyboard.py", &[]);
}

#[test]
#[ignore = "it needs Chromium: tests/run-browser"]
fn every_page_is_whole_without_its_script() {
    look("without_script.py", &[]);
}

#[test]
#[ignore = "it needs Chromium: tests/run-browser"]
fn the_script_refreshes_what_is_looked_at_and_copies_commands() {
    look("script.py", &[]);
}

#[test]
#[ignore = "it needs Chromium: tests/run-browser"]
fn axe_finds_nothing_that_keeps_people_from_using_a_page() {
    look("accessibility.py", &[]);
}

#[test]
#[ignore = "it needs Chromium: tests/run-browser"]
fn no_page_is_wider_than_the_window_or_cut_on_paper() {
    look("widths.py", &[]);
}

#[test]
#[ignore = "it needs Chromium: tests/run-browser"]
fn pictures_of_all_kinds_of_pages_are_left_below_target() {
    look("screenshots.py", &[root().join("target/browser").to_str().unwrap()]);
}
