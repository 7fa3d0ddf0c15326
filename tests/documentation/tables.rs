//! Tables of the documentation, held against what the program says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::{printed, root, text};

/// The rows of the tables below a heading, each as its cells.
fn rows(text: &str, heading: &str) -> Vec<Vec<String>> {
    let start = format!("\n## {heading}\n");
    let section = text.split(&start).nth(1).unwrap_or_else(|| panic!("there is no section `{heading}`"));
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    lines.map(cells).collect()
}

/// The code at the front of a row.
fn code(row: &[String]) -> &str {
    row[0].trim_matches('`')
}

/// Asserts that a table has all that there is, each once, and nothing else.
#[track_caller]
fn assert_complete<T: Ord + std::fmt::Debug>(described: Vec<T>, known: &BTreeSet<T>, what: &str) {
    let count = described.len();
    let described: BTreeSet<T> = described.into_iter().collect();
    assert_eq!(described.len(), count, "{what}: something is described twice");
    let missing: Vec<&T> = known.difference(&described).collect();
    let unknown: Vec<&T> = described.difference(known).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "{what}: {missing:?} missing, {unknown:?} unknown");
}

/// The keys of a map, each with its schema.
type Keys<'s> = BTreeMap<&'s str, &'s Value>;

/// Adds the maps that a schema describes, by the key that holds them.
fn add_maps<'s>(schema: &'s Value, name: &'s str, maps: &mut BTreeMap<&'s str, Keys<'s>>) {
    let Some(keys) = schema["properties"].as_object() else { return };
    let keys: Keys<'_> = keys.iter().map(|(key, value)| (key.as_str(), value)).collect();
    for (key, value) in &keys {
        let items = [&value["items"]["anyOf"], &value["anyOf"]];
        let items = items.into_iter().filter_map(Value::as_array).flatten();
        for inner in items.chain([*value, &value["additionalProperties"]]) {
            add_maps(inner, key, maps);
        }
    }
    let before = maps.insert(name, keys.clone());
    assert!(before.is_none_or(|before| before == keys), "two kinds of map are called `{name}`");
}

/// The default that the description of a key ends with, in parentheses.
fn default(schema: &Value) -> Option<&str> {
    let (_, inside) = schema["description"].as_str()?.rsplit_once('(')?;
    inside.split([')', ':', ';']).next()
}

#[test]
fn every_key_of_the_configuration_is_described_with_its_words_and_its_default() {
    let schema: Value = serde_json::from_str(&printed(&["config", "schema"])).unwrap();
    let mut known = BTreeMap::new();
    add_maps(&schema, "", &mut known);
    let document = text("docs/configuration.md");
    let sections: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("", ["Whole file"].as_slice()),
        ("probe", &["Settings", "Limits"]),
        ("servers", &["Servers"]),
        ("tls", &["TLS"]),
        ("status", &["Status"]),
        ("groups", &["Groups", "Settings"]),
        ("zones", &["Zones", "Settings"]),
        ("catalogs", &["Catalogs", "Settings"]),
        ("shard", &["Shard"]),
        ("metrics", &["Metrics"]),
        ("http", &["HTTP"]),
    ]);
    assert!(known.keys().eq(sections.keys()), "a map has no section: {:?}", known.keys());
    for (name, keys) in known {
        let rows: Vec<_> = sections[name].iter().flat_map(|heading| rows(&document, heading)).collect();
        let described = rows.iter().map(|row| code(row)).collect();
        assert_complete(described, &keys.keys().copied().collect(), &format!("the keys of `{name}`"));
        for row in &rows {
            let [_, form, usual, meaning] = row.as_slice() else { panic!("{row:?} has not four cells") };
            assert!(!form.is_empty() && !meaning.is_empty(), "{row:?}");
            let schema = keys[code(row)];
            for word in schema["enum"].as_array().into_iter().flatten() {
                assert!(form.contains(&format!("`{}`", word.as_str().unwrap())), "{word} is not in {row:?}");
            }
            let default = default(schema).unwrap_or_default();
            assert!(usual.contains(default), "the default is `{default}`, and not as in {row:?}");
        }
    }
}

#[test]
fn every_finding_is_described_with_its_severity() {
    let codes = printed(&["explain"]);
    let findings = codes.lines().skip_while(|line| !line.starts_with("Findings"));
    let findings = findings.filter(|line| line.starts_with("  "));
    let known = findings.map(|line| {
        let mut words = line.split_whitespace();
        (words.next().unwrap(), words.next().unwrap())
    });
    let rows = rows(&text("docs/verdicts.md"), "Findings");
    let described = rows.iter().map(|row| (code(row), row[2].as_str())).collect();
    assert_complete(described, &known.collect(), "the findings");
}

#[test]
fn every_metric_is_described() {
    let mut known = BTreeSet::new();
    metrics_in(&root().join("src"), &mut known);
    let document = text("docs/metrics.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_complete(rows.map(str::to_owned).collect(), &known, "the metrics");
}

/// Adds the names of metrics that the source names as a whole string.
fn metrics_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            metrics_in(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let strings = text.split('"').filter(|string| string.starts_with("zoneprobe_"));
            let is_name = |string: &&str| string.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            names.extend(strings.filter(is_name).map(str::to_owned));
        }
    }
}
