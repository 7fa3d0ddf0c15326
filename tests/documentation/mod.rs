//! The documentation is true: the program takes its commands, its links lead somewhere, and its tables are complete.

mod architecture;
mod engines;
mod links;
mod tables;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use zoneprobe::judge::Verdict;

use crate::harness::golden::filtered;

/// The longest that a README may be, in lines.
const MAX_README_LINES: usize = 150;

/// The widest line of a README, in characters.
const MAX_README_COLUMNS: usize = 120;

/// A document of the repository.
struct Document {
    path: PathBuf,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Markdown file of a folder.
fn documents_in(folder: &str) -> Vec<Document> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    paths.sort();
    let read = |path: PathBuf| Document { text: std::fs::read_to_string(&path).unwrap(), path };
    paths.into_iter().map(read).collect()
}

/// The text of a document, by its path from the root of the repository.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of a language in a text.
pub(crate) fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let begin = format!("```{language}\n");
    text.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The command lines in the shell blocks of a text, and in its jobs of pipelines.
fn commands(text: &str) -> Vec<&str> {
    let jobs = blocks(text, "yaml").into_iter().flat_map(str::lines);
    let jobs = jobs.map(|line| line.trim_start().trim_start_matches("- ").trim_start_matches("run: "));
    blocks(text, "sh").into_iter().flat_map(str::lines).map(str::trim).chain(jobs).collect()
}

/// Splits a command as a shell does: what stands in quotes is one word.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split(['\'', '"']).enumerate() {
        match place % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

fn zoneprobe(arguments: &[impl AsRef<std::ffi::OsStr>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What the program prints when it is asked so, which must end well.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = zoneprobe(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_is_one_that_the_program_takes() {
    let readme = Document { path: root().join("README.md"), text: text("README.md") };
    let mut recipes = 0;
    for document in documents_in("docs").into_iter().chain([readme]) {
        let whole = document.text.replace("\\\n", " ");
        for line in commands(&whole) {
            let command = line.split('|').next().unwrap().split(" > ").next().unwrap();
            let command = command.trim().replace("$zone", "example.com");
            let Some(arguments) = command.strip_prefix("zoneprobe ") else { continue };
            recipes += 1;
            let output = zoneprobe(&[words(arguments), vec!["--help".to_owned()]].concat());
            let path = document.path.display();
            assert!(output.status.success(), "{path}: {line}\n{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert!(recipes >= 25, "{recipes} recipes");
}

#[test]
fn the_configuration_of_the_first_steps_is_accepted_and_its_alert_is_tested() {
    let steps = text("docs/serve.md");
    let step = steps.split("in `zoneprobe.yaml`.").nth(1).unwrap();
    let block = step.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let lines: Vec<&str> = block.lines().map(|line| line.strip_prefix("   ").unwrap_or(line)).collect();
    assert!(lines.iter().filter(|line| !line.trim().is_empty()).count() <= 5, "five lines: {lines:?}");
    assert_is_a_configuration(&lines.join("\n"));
    let alert = "example.com: ns1 (192.0.2.2:53) serves an old version, and the time in which it heals by itself has passed";
    assert!(
        steps.contains(alert) && include_str!("../../deploy/prometheus/tests/alerts.yml").contains(alert)
    );
}

#[test]
fn the_configurations_of_the_reference_and_on_catalogs_are_accepted() {
    for page in ["docs/configuration.md", "docs/catalogs.md"] {
        let page = text(page);
        let configurations = blocks(&page, "yaml");
        assert!(!configurations.is_empty());
        configurations.into_iter().for_each(assert_is_a_configuration);
    }
}

#[track_caller]
fn assert_is_a_configuration(text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zoneprobe.yaml");
    std::fs::write(&path, text).unwrap();
    printed(&["config", "check", path.to_str().unwrap()]);
}

#[test]
fn the_two_commands_that_do_everything_are_in_the_readme() {
    let readme = text("README.md");
    let lines = commands(&readme);
    for command in ["cargo run --release -- demo", "tests/run"] {
        assert!(lines.iter().any(|line| line.starts_with(command)), "{command}");
    }
    assert!(root().join("tests/run").exists());
    assert!(readme.contains(&format!("Rust {}", env!("CARGO_PKG_RUST_VERSION"))));
}

#[test]
fn every_verdict_is_in_the_table_with_its_severity() {
    let readme = text("README.md");
    for verdict in Verdict::ALL {
        let start = format!("| `{}` |", verdict.code());
        let row = readme.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("{} is not in the table", verdict.code()));
        assert!(row.ends_with(&format!("| {} |", verdict.severity().name())), "{row}");
    }
}

#[test]
fn the_sample_in_the_readme_is_what_the_demonstration_prints() {
    let readme = text("README.md");
    let sample = blocks(&readme, "text").into_iter().next().unwrap();
    let sample = sample.strip_prefix("$ zoneprobe demo\n").expect("the first sample is of the demonstration");
    let printed = filtered(&printed(&["demo"]));
    let parts: Vec<&str> = sample.split("[...]\n").filter(|part| !part.is_empty()).collect();
    assert!(!parts.is_empty());
    for part in parts {
        assert!(
            printed.contains(&filtered(part)),
            "the demonstration does not print\n{part}\nbut\n{printed}"
        );
    }
}

#[test]
fn the_readme_is_short() {
    let readme = text("README.md");
    let lines = readme.lines().count();
    assert!(lines <= MAX_README_LINES, "{lines} lines");
    let wide = readme.lines().find(|line| line.chars().count() > MAX_README_COLUMNS);
    assert_eq!(wide, None, "a line of more than {MAX_README_COLUMNS} characters");
}
