//! The map in ARCHITECTURE.md is the tree of the code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::documents_in;

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn architecture() -> String {
    let documents = documents_in(".");
    documents.into_iter().find(|it| it.path.ends_with("ARCHITECTURE.md")).expect("it is at the root").text
}

/// The rows of the table in a section, each with its cells.
fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("|---")).skip(1);
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands in backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_map_names_every_room_of_the_tree_and_no_other() {
    let rooms = std::fs::read_dir(src()).unwrap().map(|entry| entry.unwrap());
    let in_tree: BTreeSet<String> = rooms
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_dir() { format!("{name}/") } else { name }
        })
        .filter(|name| name != "lib.rs")
        .collect();
    let text = architecture();
    let rows = table(&text, "The tree");
    let on_map: BTreeSet<String> = rows.iter().flat_map(|row| quoted(&row[0])).map(str::to_owned).collect();
    assert_eq!(on_map, in_tree);
}

#[test]
fn the_map_names_only_files_that_are_in_their_room() {
    for row in table(&architecture(), "The tree") {
        let room = src().join(quoted(&row[0])[0]);
        if !room.is_dir() {
            continue;
        }
        for name in quoted(&row[1]) {
            let is_name = name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '/'));
            let elsewhere = matches!(name, "serve" | "explain") || name.contains("::");
            if is_name && !elsewhere {
                let path = room.join(name);
                assert!(
                    path.exists() || path.with_extension("rs").exists(),
                    "{name} is not in {}",
                    room.display()
                );
            }
        }
    }
}

#[test]
fn every_task_leads_to_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut count, tasks) = (0, table(&architecture(), "Where to go for a task"));
    for row in tasks {
        for path in quoted(&row[1]).into_iter().filter(|it| it.contains('/')) {
            count += 1;
            assert!(src().join(path).exists() || root.join(path).exists(), "{}: {path}", row[0]);
        }
    }
    assert!(count >= 25, "{count} paths");
}
