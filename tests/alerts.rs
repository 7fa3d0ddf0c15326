//! The alert rules: what Prometheus' own tool makes of them, and that they say what `explain` says.

use std::path::{Path, PathBuf};
use std::process::Command;

use zoneprobe::judge::{Code, Verdict};
use zoneprobe::runbook;

use crate::harness::daemon::program;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

#[track_caller]
fn promtool(arguments: &[&str]) -> String {
    let output = Command::new(program("promtool")).args(arguments).current_dir(folder()).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn the_rules_are_accepted() {
    let said = promtool(&["check", "rules", "alerts.yml"]);
    assert!(said.contains("SUCCESS"), "{said}");
}

#[test]
fn every_alert_fires_when_it_should_and_not_before() {
    promtool(&["test", "rules", "tests/alerts.yml"]);
    let (rules, tests) = (read("alerts.yml"), read("tests/alerts.yml"));
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() >= 15, "{alerts:?}");
    for alert in alerts {
        let tested = tests.split("  - name: ").filter(|test| test.starts_with(alert));
        let fires = |test: &str| test.contains("exp_labels") && test.contains("exp_alerts: []");
        assert!(tested.clone().count() > 0 && tested.clone().all(fires), "{alert} has no test");
    }
}

#[test]
fn every_recording_rule_says_what_it_should() {
    promtool(&["check", "rules", "recording.yml"]);
    promtool(&["test", "rules", "tests/recording.yml"]);
    let (rules, tests) = (read("recording.yml"), read("tests/recording.yml"));
    let names: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ")).collect();
    assert!(names.len() >= 3, "{names:?}");
    for name in names {
        assert!(tests.contains(&format!("expr: {name}\n")), "{name} has no test");
    }
}

#[test]
fn every_scrape_example_is_accepted() {
    for example in ["static", "sd", "probe"] {
        let said = promtool(&["check", "config", &format!("prometheus/{example}.yml")]);
        assert!(said.contains("SUCCESS"), "{said}");
    }
}

#[test]
fn each_describes_its_code_as_explain_does_and_no_lasting_verdict_is_without_one() {
    let rules = read("alerts.yml");
    let mut told = Vec::new();
    for rule in rules.split("- alert: ").skip(1) {
        let Some(code) = rule.split(", code: ").nth(1).and_then(|rest| rest.split('}').next()) else {
            continue;
        };
        let known = Code::all().find(|it| it.name() == code).unwrap_or_else(|| panic!("no code {code}"));
        let indented = |line: &str| if line.is_empty() { String::new() } else { format!("{:12}{line}", "") };
        let page: Vec<String> = runbook::page(known).lines().map(indented).collect();
        assert!(rule.contains(&page.join("\n")), "the description of {code} is not its page");
        told.push(code);
    }
    for verdict in Verdict::ALL {
        let passes =
            matches!(verdict, Verdict::InSync | Verdict::Propagating | Verdict::Behind | Verdict::Unknown);
        assert!(passes || told.contains(&verdict.code()), "{} has no alert", verdict.code());
    }
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}
