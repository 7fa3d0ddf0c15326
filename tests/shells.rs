//! `completions` and `man`: what shells and `man` get, and `health`, which containers run.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::harness::{Nameserver, Service};

fn zoneprobe(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = zoneprobe(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers for the last of these words.
fn offered(words: &[&str]) -> Vec<String> {
    let script = r#"
        source "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _zoneprobe zoneprobe "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zoneprobe");
    std::fs::write(&path, printed(&["completions", "bash"])).unwrap();
    let output = Command::new("bash").args(["-c", script, "bash"]).arg(&path).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The commands that the help lists.
fn commands(help: &str) -> Vec<&str> {
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    list.lines().map(|line| line.split_whitespace().next().unwrap()).collect()
}

#[test]
fn bash_completes_every_command_and_its_options() {
    let help = printed(&["-h"]);
    let offers = offered(&["zoneprobe", ""]);
    for command in commands(&help) {
        assert!(offers.iter().any(|offer| offer == command), "{command}: {offers:?}");
    }
    assert_eq!(offered(&["zoneprobe", "check", "example.com", "--prim"]), ["--primary"]);
    assert_eq!(offered(&["zoneprobe", "config", "sch"]), ["schema"]);
}

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell]);
        assert!(script.contains("zoneprobe") && script.contains("primary"), "{shell}: {script}");
    }
    assert_eq!(zoneprobe(&["completions", "csh"]).status.code(), Some(3));
}

#[test]
fn the_pages_of_all_commands_are_written_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    printed(&["man", "--directory", folder.path().to_str().unwrap()]);
    for command in commands(&printed(&["-h"])).into_iter().filter(|command| *command != "help") {
        let page = std::fs::read_to_string(folder.path().join(format!("zoneprobe-{command}.1"))).unwrap();
        assert_eq!(page, printed(&["man", command]));
    }
    let page = std::fs::read_to_string(folder.path().join("zoneprobe.1")).unwrap();
    assert_eq!(page, printed(&["man"]));
    assert!(folder.path().join("zoneprobe-config-check.1").exists());
}

#[test]
fn a_page_that_cannot_be_had_is_an_error_that_says_what_to_do() {
    let output = zoneprobe(&["man", "chek"]);
    let error = "error: there is no command `chek`\nhint: run `zoneprobe help` for the list\n";
    assert_eq!((String::from_utf8(output.stderr).unwrap().as_str(), output.status.code()), (error, Some(3)));
    let nowhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("not-there");
    let output = zoneprobe(&["man", "--directory", nowhere.to_str().unwrap()]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error: cannot write `") && output.status.code() == Some(3), "{error}");
}

#[test]
fn a_running_service_is_healthy_and_a_stopped_one_is_not() {
    let primary = Nameserver::new().zone("example.test", 7).start();
    let address = {
        let service = Service::start(&format!(
            "servers: {{ns0: {{address: \"{}\", role: primary}}}}\nzones: [example.test]\n",
            primary.address()
        ));
        let address = service.address().to_string();
        assert_eq!(printed(&["health", &address]), "ok\n");
        address
    };
    let output = zoneprobe(&["health", &address]);
    let error = String::from_utf8(output.stderr).unwrap();
    let start = format!("error: no answer from `{address}`\n");
    assert!(error.starts_with(&start) && output.status.code() == Some(3), "{error}");
}
