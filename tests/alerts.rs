//! The alert and recording rules, tested by `promtool`, and compared with `explain`.

use std::path::{Path, PathBuf};
use std::process::Command;

use zoneprobe::judge::{Code, Severity, Verdict};
use zoneprobe::runbook;

use crate::harness::daemon::program;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus")
}

#[track_caller]
fn promtool(arguments: &[&str]) -> String {
    let output = Command::new(program("promtool")).args(arguments).current_dir(directory()).output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn promtool_accepts_the_alert_rules() {
    for rules in ["alerts.yml", "alerts-vantage.yml"] {
        let output = promtool(&["check", "rules", rules]);
        assert!(output.contains("SUCCESS"), "{output}");
    }
}

#[test]
fn every_alert_has_a_test_that_it_fires_and_a_test_that_it_does_not() {
    assert_all_tested("alerts.yml", 15);
    assert_all_tested("alerts-vantage.yml", 4);
}

/// Asserts that all alerts of a file, so many at least, have a test that they fire and one that they do not.
#[track_caller]
fn assert_all_tested(file: &str, least: usize) {
    let test_file = format!("tests/{file}");
    promtool(&["test", "rules", &test_file]);
    let (rules, tests) = (read(file), read(&test_file));
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() >= least, "{alerts:?}");
    for alert in alerts {
        let tested = tests.split("  - name: ").filter(|test| test.starts_with(alert));
        let fires = |test: &str| test.contains("exp_labels") && test.contains("exp_alerts: []");
        assert!(tested.clone().count() > 0 && tested.clone().all(fires), "{alert} has no test");
    }
}

#[test]
fn every_recording_rule_has_a_test() {
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
fn the_alerts_of_several_places_have_all_that_is_critical() {
    let rules = read("alerts-vantage.yml");
    let critical = |is_verdict: bool| {
        Code::all().filter(move |code| {
            code.severity() == Severity::Critical && matches!(code, Code::Verdict(_)) == is_verdict
        })
    };
    for (label, is_verdict) in [("verdict", true), ("code", false)] {
        let start = format!("{label}=~\"");
        for named in rules.split(&start).skip(1) {
            let named: Vec<&str> = named.split('"').next().unwrap().split('|').collect();
            for code in critical(is_verdict) {
                assert!(named.contains(&code.name()), "{} is not among {named:?}", code.name());
            }
        }
    }
}

#[test]
fn promtool_accepts_every_scrape_example() {
    for example in ["static", "sd", "probe", "shards", "vantage"] {
        let output = promtool(&["check", "config", &format!("scrape/{example}.yml")]);
        assert!(output.contains("SUCCESS"), "{output}");
    }
}

#[test]
fn every_alert_has_the_description_of_explain_and_every_lasting_verdict_has_an_alert() {
    let rules = read("alerts.yml");
    let mut codes = Vec::new();
    for rule in rules.split("- alert: ").skip(1) {
        let Some(code) = rule.split(", code: ").nth(1).and_then(|rest| rest.split('}').next()) else {
            continue;
        };
        let known = Code::all().find(|it| it.name() == code).unwrap_or_else(|| panic!("no code {code}"));
        let indented = |line: &str| if line.is_empty() { String::new() } else { format!("{:12}{line}", "") };
        let page: Vec<String> = runbook::page(known).lines().map(indented).collect();
        assert!(rule.contains(&page.join("\n")), "the description of {code} differs from `explain`");
        codes.push(code);
    }
    for verdict in Verdict::ALL {
        let is_transient =
            matches!(verdict, Verdict::InSync | Verdict::Propagating | Verdict::Behind | Verdict::Unknown);
        assert!(is_transient || codes.contains(&verdict.code()), "{} has no alert", verdict.code());
    }
}

#[test]
fn the_command_of_an_alert_is_one_that_the_program_takes() {
    let mut commands = 0;
    for file in ["tests/alerts.yml", "tests/alerts-vantage.yml"] {
        let tests = read(file);
        for written in tests.lines().filter_map(|line| line.trim().strip_prefix("command: \"")) {
            let command = written.trim_end_matches('"').replace(r"\\", r"\");
            let arguments = command.strip_prefix("zoneprobe ").expect("it is a command of the program");
            let script = format!("'{}' {arguments} --help", env!("CARGO_BIN_EXE_zoneprobe"));
            let output = Command::new("sh").args(["-euc", &script]).output().unwrap();
            assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
            commands += 1;
        }
    }
    assert!(commands >= 10, "{commands} commands");
}

#[test]
fn every_alert_on_records_that_differ_has_a_command_that_shows_them() {
    let rules = read("alerts.yml");
    for code in [Verdict::Diverged, Verdict::Ahead, Verdict::Stuck, Verdict::Mixed].map(Verdict::code) {
        let label = format!(", code: {code}}}");
        let rule = rules.split("- alert: ").find(|rule| rule.contains(&label)).unwrap();
        assert!(rule.contains("\n          command: >-\n            zoneprobe "), "{code}");
    }
}

#[test]
fn every_alert_on_a_zone_or_a_server_has_the_page_of_it() {
    for file in ["alerts.yml", "alerts-vantage.yml"] {
        for rule in read(file).split("- alert: ").skip(1) {
            let (zone, server) = ("summary: \"{{ $labels.zone }}", "summary: \"{{ $labels.server }}");
            let summary = rule.replace("summary: >-\n            ", "summary: \"");
            let path = match (summary.contains(zone), summary.contains(server)) {
                (true, _) => "/zones/{{ urlquery $labels.zone }}\n",
                (false, true) => "/servers/{{ urlquery $labels.server }}\n",
                (false, false) => continue,
            };
            assert!(rule.contains("          page: >-\n") && rule.contains(path), "{rule}");
        }
    }
}

#[test]
fn alertmanager_inhibits_the_alerts_on_zones_while_that_on_their_server_fires() {
    let (rules, example) = (read("alerts.yml"), read("alertmanager.yml"));
    for (server, zone) in [("ServerUnreachable", "ZoneServerUnreachable"), ("ServerLame", "ZoneServerLame")] {
        let inhibition = format!(
            "  - source_matchers: [alertname = {server}]\n    target_matchers: [alertname = {zone}]\n    equal: [server, address]\n"
        );
        assert!(example.contains(&inhibition), "{example}");
        for alert in [server, zone] {
            assert!(rules.contains(&format!("- alert: {alert}\n")), "{alert}");
        }
    }
}

fn read(name: &str) -> String {
    std::fs::read_to_string(directory().join(name)).unwrap()
}
