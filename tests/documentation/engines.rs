//! The one-liners of docs/scale.md give a row for each line.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{blocks, text};
use crate::harness::Nameserver;

/// The command of docs/scale.md that begins with a word.
#[track_caller]
fn command_of(program: &str) -> String {
    let page = text("docs/scale.md");
    let blocks = blocks(&page, "sh");
    let block = blocks.into_iter().find(|block| block.split_whitespace().next() == Some(program));
    block.unwrap_or_else(|| panic!("no block begins with `{program}`")).to_owned()
}

/// A list of zones at two servers, in which every tenth line cannot be read; and the number of its lines.
fn list(names: &[String]) -> (String, usize) {
    let mut lines = Vec::new();
    for (index, name) in names.iter().enumerate() {
        lines.push(if index % 2 == 0 {
            name.clone()
        } else {
            json!({"zone": name, "id": index}).to_string()
        });
        if index % 10 == 0 {
            let unreadable =
                ["a,b", "a.test b.test", "{\"zone\": \"a.test\"", "it's \"quoted\" $HOME `x` \\n %s"];
            lines.push(unreadable[index / 10 % unreadable.len()].to_owned());
        }
    }
    (format!("# zones\n\n{}\n", lines.join("\n")), lines.len())
}

/// Runs a command of the documentation on a list, and returns its rows, wherever it writes them.
#[track_caller]
fn rows(program: &str) -> (Vec<Value>, usize) {
    let names: Vec<String> = (0..2_500).map(|number| format!("z{number}.test")).collect();
    let served = [&names[..50], &["example.com".to_owned()]].concat();
    let [primary, secondary] = [(); 2].map(|()| Nameserver::new().zones(&served, 7).start());
    let folder = tempfile::tempdir().unwrap();
    let (list, lines) = list(&names);
    std::fs::write(folder.path().join("zones.jsonl"), list).unwrap();
    let line = command_of(program)
        .replace("ns0=192.0.2.1", &format!("ns0={}", primary.address()))
        .replace("ns1=192.0.2.2", &format!("ns1={}", secondary.address()));
    let directory = std::path::Path::new(env!("CARGO_BIN_EXE_zoneprobe")).parent().unwrap();
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-c", &line]).env("PATH", path).env("HOME", folder.path()).current_dir(folder.path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    let mut text = String::from_utf8(output.stdout).unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.file_name().is_some_and(|name| name.to_str().unwrap().starts_with("rows.")) {
            text += &std::fs::read_to_string(file).unwrap();
        }
    }
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), lines)
}

#[track_caller]
fn assert_a_row_for_each_line(program: &str) {
    let (rows, lines) = rows(program);
    assert_eq!(rows.len(), lines);
    let with = |key: &str, value: &str| rows.iter().filter(|row| row[key] == value).count();
    assert_eq!(with("schema", "zoneprobe/unread/1"), 250);
    assert_eq!(with("verdict", "in_sync"), 50);
    let ids: std::collections::BTreeSet<i64> = rows.iter().filter_map(|row| row["id"].as_i64()).collect();
    assert_eq!(ids.len(), 1_250);
}

#[test]
fn xargs_gives_a_row_for_each_line() {
    assert_a_row_for_each_line("xargs");
}

#[test]
fn gnu_parallel_gives_a_row_for_each_line() {
    assert_a_row_for_each_line("parallel");
}
