//! What is shown on a terminal of 80 columns while a run lasts.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Nameserver, RunningNameserver};

const ZONE: &str = "example.test";

/// The columns of the terminal.
const COLUMNS: usize = 80;

/// Runs the program on a terminal of its own, with standard output in a file, and returns all that came to the terminal.
fn on_terminal(folder: &Path, arguments: &str) -> String {
    let program = env!("CARGO_BIN_EXE_zoneprobe");
    let run = format!("stty rows 24 cols {COLUMNS}; exec '{program}' {arguments} >report.txt");
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--flush", "--return", "--command", &run, "/dev/null"]);
    let output = terminal.current_dir(folder).env("TERM", "xterm").stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The lines as they were drawn, one after the other, without what moves the cursor or colours them.
fn drawn(shown: &str) -> Vec<String> {
    let mut text = String::new();
    let mut characters = shown.chars();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            text.push(character);
            continue;
        }
        let ends = |it: &char| it.is_ascii_alphabetic();
        let parameters = characters.by_ref().skip_while(|it| *it == '[');
        parameters.into_iter().find(ends);
        text.push('\n');
    }
    let lines = text.split(['\r', '\n']).map(str::trim_end).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

#[track_caller]
fn assert_fits(lines: &[String]) {
    for line in lines {
        assert!(line.chars().count() <= COLUMNS, "{line:?}");
    }
}

/// A list of zones, which a server answers one after the other.
fn list(folder: &Path, zones: usize) -> RunningNameserver {
    let lines: Vec<String> = (0..zones).map(|number| format!("z{number}.test")).collect();
    fs::write(folder.join("zones.txt"), lines.join("\n")).unwrap();
    Nameserver::new().zone(ZONE, 7).start()
}

#[test]
fn a_sweep_of_a_file_shows_done_of_all_the_rate_and_the_time_left() {
    let folder = tempfile::tempdir().unwrap();
    let server = list(folder.path(), 40);
    let arguments = format!("check --zones zones.txt -p ns0={} --max-qps 10", server.address());
    let lines = drawn(&on_terminal(folder.path(), &arguments));
    assert_fits(&lines);
    let progress: Vec<&String> = lines.iter().filter(|line| line.contains(" of 40 zones")).collect();
    assert!(progress.iter().any(|line| line.contains("/s") && line.contains(" left")), "{lines:#?}");
    let report = fs::read_to_string(folder.path().join("report.txt")).unwrap();
    let is_clean = !report.contains('\u{1b}') && !report.contains(" left");
    assert!(report.contains("40 of 40 zones") && is_clean, "{report}");
}

#[test]
fn a_sweep_of_standard_input_shows_what_is_done_and_the_rate() {
    let folder = tempfile::tempdir().unwrap();
    let server = list(folder.path(), 40);
    let arguments = format!("check --zones - -p ns0={} --max-qps 10 <zones.txt", server.address());
    let lines = drawn(&on_terminal(folder.path(), &arguments));
    assert_fits(&lines);
    assert!(lines.iter().any(|line| line.contains(" zones, ") && line.contains("/s")), "{lines:#?}");
}

#[test]
fn a_wait_shows_each_address_and_the_time_left() {
    let folder = tempfile::tempdir().unwrap();
    let (new, old) = (Nameserver::new().zone(ZONE, 8).start(), Nameserver::new().zone(ZONE, 7).start());
    let arguments = format!("verify {ZONE} -p ns0={} -s ns1={} --wait 3s", new.address(), old.address());
    let drawn = drawn(&on_terminal(folder.path(), &arguments));
    // A line is filled up to the last column, so that the next one needs no line feed.
    let rows: Vec<String> = drawn
        .iter()
        .flat_map(|line| {
            let characters: Vec<char> = line.chars().collect();
            characters.chunks(COLUMNS).map(|row| row.iter().collect()).collect::<Vec<String>>()
        })
        .collect();
    let has_row =
        |start: &str, end: &str| rows.iter().any(|row| row.starts_with(start) && row.ends_with(end));
    let of_address = |name, server: &RunningNameserver| format!("{name} {}", server.address());
    assert!(has_row(&of_address("ns0", &new), "") && has_row(&of_address("ns1", &old), ""), "{rows:#?}");
    assert!(rows.iter().any(|row| row.chars().count() < 30 && row.ends_with(" left")), "{rows:#?}");
}
