//! The README tells the truth: its commands are ones that the program takes, its tables are complete.

use std::process::{Command, Stdio};

use zoneprobe::judge::Verdict;

const README: &str = include_str!("../../README.md");

/// The blocks of a language in a text.
pub(crate) fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let begin = format!("```{language}\n");
    text.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The command lines in its shell blocks, and in the jobs of pipelines.
fn commands() -> Vec<&'static str> {
    let jobs = blocks(README, "yaml").into_iter().flat_map(str::lines);
    let jobs = jobs.map(|line| line.trim_start().trim_start_matches("- ").trim_start_matches("run: "));
    blocks(README, "sh").into_iter().flat_map(str::lines).chain(jobs).collect()
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

#[test]
fn every_recipe_is_one_that_the_command_takes() {
    let mut recipes = 0;
    for line in commands() {
        let Some(arguments) = line.split('|').next().unwrap().trim().strip_prefix("zoneprobe ") else {
            continue;
        };
        recipes += 1;
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        let output = command.args(words(arguments)).arg("--help").stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(recipes >= 5, "{recipes} recipes");
}

#[test]
fn its_configuration_is_one_and_its_alert_is_told_so() {
    let step = README.split("in `zoneprobe.yaml`.").nth(1).unwrap();
    let block = step.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let text: Vec<&str> = block.lines().map(|line| line.strip_prefix("   ").unwrap_or(line)).collect();
    assert!(text.iter().filter(|line| !line.trim().is_empty()).count() <= 5, "five lines: {text:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zoneprobe.yaml");
    std::fs::write(&path, text.join("\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    let output = command.args(["config", "check"]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = "example.com: ns1 (192.0.2.2:53) serves an old version, and the time in which it heals by itself has passed";
    assert!(README.contains(told) && include_str!("../../deploy/tests/alerts.yml").contains(told));
}

#[test]
fn the_two_commands_that_do_everything_are_there() {
    let lines = commands();
    for command in ["cargo run --release -- demo", "tests/run"] {
        assert!(lines.iter().any(|line| line.starts_with(command)), "{command}");
    }
    assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run").exists());
}

#[test]
fn every_verdict_is_in_the_table_with_its_severity() {
    for verdict in Verdict::ALL {
        let start = format!("| `{}` |", verdict.code());
        let row = README.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("{} is not in the table", verdict.code()));
        assert!(row.ends_with(&format!("| {} |", verdict.severity().name())), "{row}");
    }
}

#[test]
fn files_it_points_to_are_there() {
    let links = README.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    for link in links {
        assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(), "{link}");
    }
}
