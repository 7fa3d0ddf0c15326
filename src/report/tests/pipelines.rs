//! The formats for CI pipelines, against the rules of the programs that read them.

use super::*;

const LEVELS: [&str; 3] = ["error", "warning", "notice"];

#[test]
fn junit_is_xml_with_correct_counts() {
    for (name, zones, reports) in samples() {
        let text = write(Format::Junit, options(zones), &reports);
        let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "testsuites");
        let suites: Vec<_> = root.children().filter(roxmltree::Node::is_element).collect();
        assert_eq!(suites.len(), reports.len(), "{name}");
        for (suite, report) in suites.iter().zip(&reports) {
            assert_eq!(suite.tag_name().name(), "testsuite");
            let cases: Vec<_> = suite.children().filter(roxmltree::Node::is_element).collect();
            assert_eq!(cases.len(), report.servers.len() + 1, "{name}");
            let with = |tag: &str| {
                cases.iter().filter(|case| case.children().any(|it| it.has_tag_name(tag))).count().to_string()
            };
            for (attribute, count) in
                [("tests", cases.len().to_string()), ("failures", with("failure")), ("errors", with("error"))]
            {
                assert_eq!(suite.attribute(attribute), Some(count.as_str()), "{name}: {attribute}");
            }
            for case in &cases {
                assert_eq!(case.attribute("classname"), suite.attribute("name"), "{name}");
                assert!(case.attribute("name").is_some_and(|it| !it.is_empty()), "{name}");
                assert!(case.attribute("time").unwrap().parse::<f64>().unwrap() >= 0.0, "{name}");
            }
            assert_eq!(
                with("failure") == "0" && with("error") == "0",
                report.severity == Severity::Ok,
                "{name}"
            );
        }
    }
}

#[test]
fn in_junit_a_wrong_answer_is_a_failure_and_an_unknown_one_an_error() {
    let text = write(Format::Junit, options(RunScope::OneZone), &[samples::broken()]);
    let document = roxmltree::Document::parse(&text).unwrap();
    let mut outcomes = Vec::new();
    for case in document.descendants().filter(|node| node.has_tag_name("testcase")) {
        let child = case.children().find(roxmltree::Node::is_element);
        outcomes.push(child.map(|it| (it.tag_name().name(), it.attribute("type").unwrap())));
    }
    assert_eq!(
        outcomes,
        [None, Some(("failure", "lame")), Some(("error", "unreachable")), Some(("error", "unknown")), None,]
    );
}

#[test]
fn a_run_without_zones_is_a_complete_document() {
    let text = write(Format::Junit, options(RunScope::ManyZones), &[]);
    assert!(roxmltree::Document::parse(&text).is_ok(), "{text}");
    assert!(write(Format::Markdown, options(RunScope::ManyZones), &[]).contains("no zone was checked"));
    assert!(
        write(Format::Github, options(RunScope::ManyZones), &[])
            .starts_with("::notice title=zoneprobe%3A unknown::")
    );
}

/// Returns the lines of a page outside of code, and asserts the languages of the code.
fn unfenced(name: &str, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("````") {
            let known = if inside { [""].as_slice() } else { &["diff", "sh"] };
            assert!(known.contains(&language), "{name}: {line}");
            inside = !inside;
        } else if !inside {
            lines.push(line.to_owned());
        } else {
            assert!(!line.trim_start().starts_with('`'), "{name}: {line}");
        }
    }
    assert!(!inside, "{name}: a fence is open");
    lines
}

#[test]
fn in_markdown_untrusted_text_is_never_markup() {
    let ours = ["<details>", "<summary>", "</summary>", "</details>"];
    for (name, zones, reports) in samples() {
        let text = write(Format::Markdown, options(zones), &reports);
        for line in unfenced(name, &text) {
            if line.starts_with('|') {
                assert_eq!(line.matches('|').count(), 6, "{name}: {line}");
            } else {
                assert!(!line.contains('|'), "{name}: {line}");
            }
            let plain = ours.iter().fold(line.clone(), |line, tag| line.replace(tag, ""));
            assert!(!plain.contains(['<', '>', '`', '[', ']', '@', '\\']), "{name}: {line}");
        }
    }
}

#[test]
fn a_markdown_page_is_smaller_than_one_mebibyte() {
    let zones = vec![samples::large(); 2000];
    let text = write(Format::Markdown, options(RunScope::ManyZones), &zones);
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert!(text.contains("more zones that are not ok."), "{}", &text[text.len() - 200..]);
}

#[test]
fn each_line_is_one_workflow_command_with_an_escaped_title() {
    for (name, zones, reports) in samples() {
        let text = write(Format::Github, options(zones), &reports);
        for line in text.lines() {
            let command = line.strip_prefix("::").unwrap_or_else(|| panic!("{name}: {line}"));
            let (front, message) = command.split_once("::").unwrap();
            let (level, title) = front.split_once(" title=").unwrap();
            assert!(LEVELS.contains(&level), "{name}: {line}");
            assert!(!title.is_empty() && !title.contains([':', ',']), "{name}: {line}");
            assert!(!message.is_empty(), "{name}: {line}");
            for escape in line.split('%').skip(1) {
                let known = ["25", "0A", "3A", "2C"].iter().any(|code| escape.starts_with(code));
                assert!(known, "{name}: {line}");
            }
        }
    }
}

#[test]
fn the_ten_worst_annotations_of_each_level_are_written_worst_first() {
    let zones: Vec<ZoneReport> = std::iter::repeat_n(samples::no_servers(), 15)
        .chain(std::iter::repeat_n(samples::propagating(), 7))
        .chain(std::iter::repeat_n(samples::diverged(), 8))
        .collect();
    let text = write(Format::Github, options(RunScope::ManyZones), &zones);
    let counts = LEVELS.map(|level| text.matches(&format!("::{level} ")).count());
    assert_eq!(counts, [10, 10, 1]);
    let first = text.lines().take(8).all(|line| line.contains("%3A diverged::"));
    assert!(first, "{text}");
    let last = text.lines().last().unwrap();
    assert!(last.ends_with("%0Aand 13 errors and 4 warnings more, which are not shown here"), "{last}");
}
