//! Sample zones in every format, compared with golden files.

pub(crate) mod cached;
mod ddl;
mod golden;
mod pipelines;
pub(crate) mod samples;

use std::collections::HashSet;

use anstream::adapter::strip_str;
use serde_json::{Value, json};

use super::model::{Compared, FindingReport, Probe, ServerReport};
use super::*;
use crate::judge::Severity;
use golden::{compare, compare_at};

fn options(scope: RunScope) -> RenderOptions {
    RenderOptions { width: 80, quiet: false, scope }
}

fn run() -> RunSummary {
    let probe = Probe { version: "0.1.0", vantage: None };
    RunSummary { generated_at: "2026-11-22T20:00:00Z".to_owned(), duration_seconds: 0.021, probe }
}

fn write(format: Format, options: RenderOptions, zones: &[ZoneReport]) -> String {
    let mut writer = ReportWriter::new(format, options);
    let mut text: String = zones.iter().map(|zone| writer.zone(zone)).collect();
    text += &writer.end(run());
    text
}

/// All samples, each with the scope of its run.
fn samples() -> Vec<(&'static str, RunScope, Vec<ZoneReport>)> {
    let one = |name, zone| (name, RunScope::OneZone, vec![zone]);
    vec![
        one("in_sync", samples::in_sync()),
        one("diverged", samples::diverged()),
        one("cached", cached::cached()),
        one("large", samples::large()),
        one("other_keys", samples::other_keys()),
        one("lagging", samples::lagging()),
        one("propagating", samples::propagating()),
        one("broken", samples::broken()),
        one("ahead", samples::ahead()),
        one("expiring", samples::expiring()),
        one("mixed", samples::mixed()),
        one("no_servers", samples::no_servers()),
        one("member", samples::member()),
        one("not_asked", samples::not_asked()),
        one("hostile", samples::hostile()),
        one("zone_file", samples::zone_file()),
        one("sampled", samples::sampled()),
        one("asked", samples::asked()),
        ("many", RunScope::ManyZones, samples::many()),
        ("outage", RunScope::ManyZones, samples::outage()),
    ]
}

#[test]
fn every_format_is_as_in_its_golden_file() {
    for (name, zones, reports) in samples() {
        for (format, extension) in [
            (Format::Table, "txt"),
            (Format::Json, "json"),
            (Format::Ndjson, "ndjson"),
            (Format::Nagios, "nagios"),
            (Format::Junit, "junit.xml"),
            (Format::Markdown, "md"),
            (Format::Github, "github"),
            (Format::Prometheus, "prom"),
        ] {
            let text = write(format, options(zones), &reports);
            println!("{text}");
            compare(&format!("{name}.{extension}"), &strip_str(&text).to_string());
        }
    }
}

#[test]
fn every_format_names_the_place_that_zones_are_checked_from() {
    let vantage = "Ams|ter<dam>";
    for (scope, zones) in
        [(RunScope::OneZone, vec![samples::diverged()]), (RunScope::ManyZones, samples::many())]
    {
        for (format, part) in [
            (Format::Table, "from Ams|ter<dam>"),
            (Format::Json, "\"vantage\": \"Ams|ter<dam>\""),
            (Format::Ndjson, "\"vantage\":\"Ams|ter<dam>\""),
            (Format::Nagios, "(from Ams\\124ter<dam>) | "),
            (Format::Junit, "<property name=\"vantage\" value=\"Ams|ter&lt;dam&gt;\"/>"),
            (Format::Markdown, "Checked from Ams&#124;ter&#60;dam&#62;."),
            (Format::Github, "%0Afrom Ams|ter<dam>\n"),
            (Format::Prometheus, "zoneprobe_build_info{version=\"0.1.0\",vantage=\"Ams|ter<dam>\"} 1"),
        ] {
            let mut writer = ReportWriter::new(format, options(scope)).at(Some(vantage.to_owned()));
            let mut text: String = zones.iter().map(|zone| writer.zone(zone)).collect();
            text += &writer.end(run());
            assert!(strip_str(&text).to_string().contains(part), "{format:?}: {text}");
        }
    }
}

#[test]
fn formats_name_the_page_of_a_zone_at_which_something_is_wrong() {
    let url = "https://dns.example.com/zoneprobe/zones/example.com";
    let with_page = |report| ZoneReport { page: Some(url.to_owned()), ..report };
    for (format, part) in [
        (Format::Table, "  page: URL\n"),
        (Format::Json, "\"page\": \"URL\""),
        (Format::Ndjson, "\"page\":\"URL\""),
        (Format::Junit, "<property name=\"page\" value=\"URL\"/>"),
        (Format::Markdown, "[The page of the zone](<URL>)\n"),
        (Format::Github, "%0Apage: URL\n"),
    ] {
        let bad = write(format, options(RunScope::OneZone), &[with_page(samples::diverged())]);
        assert!(strip_str(&bad).to_string().contains(&part.replace("URL", url)), "{format:?}: {bad}");
        let good = write(format, options(RunScope::OneZone), &[with_page(samples::in_sync())]);
        let is_for_programs = matches!(format, Format::Json | Format::Ndjson);
        assert_eq!(good.contains(url), is_for_programs, "{format:?}: {good}");
    }
}

#[test]
fn colours_are_as_in_their_golden_file() {
    compare("diverged.ansi", &write(Format::Table, options(RunScope::OneZone), &[samples::diverged()]));
}

#[test]
fn only_commands_are_wider_than_the_page() {
    for (name, zones, reports) in samples() {
        let commands: HashSet<String> =
            samples::advice(&reports).filter_map(|line| command(&text::safe(&line))).collect();
        for width in [0, 60, 61, 72, 80, 100, 120, 200] {
            let text = write(Format::Table, RenderOptions { width, ..options(zones) }, &reports);
            let page = width.clamp(60, 120);
            for line in strip_str(&text).to_string().lines() {
                let fits = text::columns(line) <= page;
                assert!(fits || commands.contains(line.trim_start()), "{name} at {width}: {line}");
                assert_eq!(line, line.trim_end(), "{name} at {width}");
            }
        }
    }
}

#[test]
fn commands_are_whole_and_alone_on_their_lines() {
    for (name, zones, reports) in samples() {
        let text = strip_str(&write(Format::Table, RenderOptions { width: 60, ..options(zones) }, &reports))
            .to_string();
        let lines: HashSet<&str> = text.lines().map(str::trim_start).collect();
        for line in samples::advice(&reports).map(|line| text::safe(&line)) {
            let is_whole = lines.contains(line.as_str());
            let is_alone = command(&line).is_some_and(|command| lines.contains(command.as_str()));
            assert!(is_whole || is_alone || command(&line).is_none(), "{name}: {line}");
        }
    }
}

/// The command of a line of advice, without the comment behind it; `None` if there is only a comment.
fn command(line: &str) -> Option<String> {
    let command = line.split("  # ").next().filter(|command| !command.starts_with("# "))?;
    Some(command.to_owned())
}

#[test]
fn a_comment_that_does_not_fit_stands_above_its_command_and_breaks_at_words() {
    let mut zone = samples::diverged();
    let server = zone.servers.iter_mut().find(|server| !server.findings.is_empty()).unwrap();
    let command = format!("dig @192.0.2.1 {} SOA +norecurse +nsid +tcp", "a-long-label.".repeat(6));
    let finding = &mut server.findings[0];
    finding.severity = Severity::Critical;
    finding.advice = vec![
        "rndc refresh example.com  # on ns1".to_owned(),
        format!("{command}  # from another network too: does it reply there, or is it only this network?"),
        "# on ns0, step 1: raise the serial of example.com from 2026112201 to 4173595849, then load it"
            .to_owned(),
    ];
    let text = strip_str(&write(Format::Table, options(RunScope::OneZone), &[zone])).to_string();
    let advice = [
        "      next:",
        "        rndc refresh example.com  # on ns1",
        "        # from another network too: does it reply there, or is it only this",
        "        # network?",
        &format!("        {command}"),
        "        # on ns0, step 1: raise the serial of example.com from 2026112201 to",
        "        # 4173595849, then load it",
    ];
    assert!(text.contains(&advice.join("\n")), "{text}");
}

#[test]
fn the_headline_names_what_is_wrong() {
    let unmet = |of: fn() -> ZoneReport| {
        let mut zone = of();
        let finding = FindingReport {
            code: "expectation_unmet",
            severity: Severity::Critical,
            message: "it lacks www.example.com. A 192.0.2.1".to_owned(),
            advice: Vec::new(),
        };
        let server = zone.servers.last_mut().unwrap();
        server.findings.insert(0, finding);
        server.severity = Severity::Critical;
        zone.severity = Severity::Critical;
        zone
    };
    for (format, text) in [
        (Format::Table, "✗ example.com  expectation_unmet  "),
        (Format::Table, "  ✗ expectation_unmet  ns"),
        (Format::Markdown, "### ❌ example.com: expectation_unmet\n"),
        (Format::Markdown, "| ❌ | expectation_unmet | ns"),
        (Format::Nagios, "[CRITICAL] ns"),
        (Format::Github, "expectation_unmet::"),
        (Format::Junit, "type=\"expectation_unmet\""),
    ] {
        let written =
            strip_str(&write(format, options(RunScope::OneZone), &[unmet(samples::in_sync)])).to_string();
        assert!(written.contains(text), "{format}: {text}\n{written}");
    }
    let written = write(Format::Nagios, options(RunScope::OneZone), &[unmet(samples::in_sync)]);
    assert!(!written.contains("[CRITICAL] ns1 ([::1]:5302): in_sync"), "{written}");
    let many = [unmet(samples::in_sync), samples::in_sync()];
    let written = write(Format::Nagios, options(RunScope::ManyZones), &many);
    assert!(written.contains("example.com (expectation_unmet)"), "{written}");
    assert_eq!(unmet(samples::propagating).headline(), "propagating, expectation_unmet");
    assert_eq!(samples::diverged().headline(), "diverged");
}

#[test]
fn the_head_of_a_zone_counts_only_what_was_compared() {
    let head = |change: fn(usize, &mut ServerReport), compared| {
        let mut zone = samples::in_sync();
        zone.compared = compared;
        for (index, server) in zone.servers.iter_mut().enumerate() {
            change(index, server);
        }
        let text = strip_str(&write(Format::Table, options(RunScope::OneZone), &[zone])).to_string();
        text.lines().next().unwrap().to_owned()
    };
    let all = samples::in_sync().servers.len();
    let first_only = |index, server: &mut ServerReport| {
        if index > 0 {
            (server.serial, server.copy, server.compared_at) = (None, None, None);
        }
    };
    let whole = head(|_, _| {}, Compared::Records);
    assert!(whole.contains("records compared on "), "{whole}");
    let part = head(first_only, Compared::Records);
    assert!(part.contains(&format!("records compared at 1 of {all} addresses")), "{part}");
    let part = head(first_only, Compared::Serials);
    assert!(part.contains(&format!("serials compared at 1 of {all} addresses")), "{part}");
    let none = head(|_, server| server.copy = None, Compared::None);
    assert!(none.contains("nothing compared on "), "{none}");
}

#[test]
fn no_control_character_reaches_a_terminal() {
    for (name, zones, reports) in samples() {
        for format in [
            Format::Table,
            Format::Nagios,
            Format::Junit,
            Format::Markdown,
            Format::Github,
            Format::Prometheus,
        ] {
            let text = strip_str(&write(format, options(zones), &reports)).to_string();
            assert!(!text.chars().any(|it| it.is_control() && it != '\n'), "{name} {format}");
        }
        let coloured = write(Format::Table, options(zones), &reports);
        let escapes = coloured.matches('\x1b').count();
        assert_eq!(escapes, coloured.matches("\x1b[").count(), "{name}: only styles");
        assert!(!coloured.contains("\x1b[2J"), "{name}: only ours");
    }
}

#[test]
fn nagios_output_has_one_valid_list_of_performance_data() {
    for (name, zones, reports) in samples() {
        let text = write(Format::Nagios, options(zones), &reports);
        assert_eq!(text.matches('|').count(), 1, "{name}");
        let (_, data) = text.lines().next().unwrap().split_once(" | ").unwrap();
        for measure in data.split(' ') {
            let (label, value) = measure.split_once('=').unwrap();
            assert!(label.chars().all(|it| it.is_ascii_lowercase() || it == '_'), "{name}: {measure}");
            let value = value.split(';').next().unwrap().trim_end_matches('s');
            assert!(value == "U" || value.parse::<f64>().is_ok(), "{name}: {measure}");
        }
    }
}

#[test]
fn a_quiet_table_shows_only_zones_that_are_not_ok() {
    let quiet = |zones| RenderOptions { quiet: true, ..options(zones) };
    assert_eq!(write(Format::Table, quiet(RunScope::OneZone), &[samples::in_sync()]), "");
    assert_eq!(
        write(Format::Table, quiet(RunScope::ManyZones), &[samples::in_sync(), samples::in_sync()]),
        ""
    );
    compare(
        "many_quiet.txt",
        &strip_str(&write(Format::Table, quiet(RunScope::ManyZones), &samples::many())).to_string(),
    );
}

#[test]
fn a_run_without_zones_is_unknown() {
    for format in [Format::Table, Format::Nagios] {
        let text = strip_str(&write(format, options(RunScope::ManyZones), &[])).to_string();
        assert!(text.contains("UNKNOWN") && text.contains("no zone was checked"), "{text}");
    }
    let report: Value =
        serde_json::from_str(&write(Format::Json, options(RunScope::ManyZones), &[])).unwrap();
    assert_eq!((&report["verdict"], &report["severity"]), (&json!("unknown"), &json!("unknown")));
}

#[test]
fn json_is_valid_by_the_schema() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    for (name, zones, reports) in samples() {
        let report: Value = serde_json::from_str(&write(Format::Json, options(zones), &reports)).unwrap();
        let lines = write(Format::Ndjson, options(zones), &reports);
        let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap());
        for value in lines.chain([report]) {
            let errors: Vec<String> = schema.iter_errors(&value).map(|it| it.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
        }
    }
}

#[test]
fn the_schema_allows_new_keys_and_requires_the_known_ones() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    let text = write(Format::Ndjson, options(RunScope::OneZone), &[samples::broken()]);
    let zone: Value = serde_json::from_str(&text).unwrap();
    let valid = |change: &dyn Fn(&mut Value)| {
        let mut changed = zone.clone();
        change(&mut changed);
        schema.is_valid(&changed)
    };
    let served = json!({"server": "ns1", "address": "192.0.2.1:53", "met": false, "found": null});
    let expected = json!({"kind": "serial", "expected": "7", "met": false, "servers": [served]});
    assert!(valid(&|_| {}));
    assert!(valid(&|zone| zone["colour"] = json!("blue")));
    assert!(valid(&|zone| zone["servers"][0]["colour"] = json!("blue")));
    assert!(valid(&|zone| zone["expectations"] = json!([expected])));
    assert!(!valid(&|zone| zone["expectations"] = json!([{"kind": "serial"}])));
    assert!(!valid(&|zone| zone["verdict"] = json!("fine")));
    assert!(!valid(&|zone| zone["schema"] = json!("zoneprobe/report/1")));
    assert!(!valid(&|zone| zone["servers"][1]["failure"]["kind"] = json!("moon")));
    assert!(!valid(&|zone| drop(zone["servers"][0].as_object_mut().unwrap().remove("deadline"))));
}

#[test]
fn the_schema_is_the_one_that_is_checked_in() {
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    compare_at("src/report/model/schema.json", &text);
}
