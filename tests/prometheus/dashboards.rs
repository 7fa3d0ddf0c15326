//! The dashboards: how they are made, and every query of theirs, of a fleet with every fault.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fleet::Fleet;
use super::rules::prometheus;
use super::{PrometheusServer, deployed};
use crate::harness::is_met_in_time;

/// The files of the dashboards.
const FILES: [&str; 3] = ["fleet", "zone", "server"];

/// The first letters of the variables that Grafana has itself.
const BUILT_IN: &str = "__";

struct Dashboard {
    file: &'static str,
    json: Value,
}

impl Dashboard {
    fn all() -> [Self; 3] {
        FILES.map(|file| {
            let text = deployed(&format!("dashboards/{file}.json"));
            Self { file, json: serde_json::from_str(&text).unwrap() }
        })
    }

    /// The panels, without the rows that they stand in.
    fn panels(&self) -> impl Iterator<Item = &Value> {
        let panels = self.json["panels"].as_array().unwrap();
        panels.iter().filter(|panel| panel["type"] != "row")
    }

    /// The variables, in the order in which they depend on each other.
    fn variables(&self) -> &[Value] {
        self.json["templating"]["list"].as_array().unwrap()
    }

    fn has_variable(&self, name: &str) -> bool {
        self.variables().iter().any(|variable| variable["name"] == name)
    }
}

/// The expressions of a panel.
fn expressions(panel: &Value) -> Vec<&str> {
    panel["targets"].as_array().unwrap().iter().map(|target| target["expr"].as_str().unwrap()).collect()
}

/// The variables that a text names, as `$name` or `${name}`.
fn named_variables(text: &str) -> BTreeSet<String> {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let names = text.split('$').skip(1).map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.split(|letter| !is_of_name(letter)).next().unwrap_or_default().to_owned()
    });
    names.filter(|name| !name.starts_with(BUILT_IN)).collect()
}

/// All texts in a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn each_panel_says_what_it_shows_in_which_unit() {
    for dashboard in Dashboard::all() {
        let mut titles = BTreeSet::new();
        for panel in dashboard.panels() {
            let (file, title) = (dashboard.file, panel["title"].as_str().unwrap());
            let description = panel["description"].as_str().unwrap();
            assert!(description.len() > 20 && description.ends_with('.'), "{file}: {title}: {description}");
            assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{file}: {title} has no unit");
            assert!(titles.insert(title), "{file}: {title} is there twice");
            let targets = panel["targets"].as_array().unwrap();
            let is_chosen = |it: &Value| it["datasource"]["uid"] == "${datasource}";
            assert!(is_chosen(panel) && targets.iter().all(is_chosen), "{file}: {title}");
            let letters: BTreeSet<&str> =
                targets.iter().map(|target| target["refId"].as_str().unwrap()).collect();
            assert_eq!(letters.len(), targets.len(), "{file}: {title}");
        }
        assert!(titles.len() >= 18, "{titles:?}");
    }
}

/// Metrics that no panel shows: one that `serve` does not write, and two that others say better.
const WITHOUT_PANEL: [&str; 3] = [
    "zoneprobe_config_last_reload_success_timestamp_seconds",
    "zoneprobe_server_up",
    "zoneprobe_unread_lines",
];

#[test]
fn every_metric_is_in_some_panel() {
    let dashboards = Dashboard::all();
    let shown: String = dashboards.iter().flat_map(Dashboard::panels).flat_map(expressions).collect();
    let documented = crate::documentation::text("docs/metrics.md");
    let metrics = documented.lines().filter_map(|line| line.strip_prefix("| `zoneprobe_")?.split('`').next());
    let is_shown = |metric: &str| {
        let mut places = shown.match_indices(metric).map(|(place, _)| place + metric.len());
        // Of a histogram, the buckets are.
        places.any(|end| shown[end..].starts_with(['{', '[']) || shown[end..].starts_with("_bucket{"))
    };
    let metrics = metrics.map(|name| format!("zoneprobe_{name}"));
    let hidden: Vec<String> = metrics.filter(|metric| !is_shown(metric)).collect();
    let mut expected = WITHOUT_PANEL.to_vec();
    expected.sort_by_key(|metric| documented.find(&format!("`{metric}`")));
    assert_eq!(hidden, expected);
}

#[test]
fn no_panel_covers_another_and_each_has_an_id() {
    for dashboard in Dashboard::all() {
        let panels = dashboard.json["panels"].as_array().unwrap();
        let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
        assert_eq!(ids.len(), panels.len(), "{}", dashboard.file);
        let mut covered = BTreeMap::new();
        for panel in panels {
            let [x, y, width, height] =
                ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
            assert!(x + width <= 24, "{}: {}", dashboard.file, panel["title"]);
            for cell in (y..y + height).flat_map(|row| (x..x + width).map(move |column| (row, column))) {
                let before = covered.insert(cell, &panel["title"]);
                assert!(before.is_none(), "{}: {} covers {before:?}", dashboard.file, panel["title"]);
            }
        }
    }
}

#[test]
fn every_variable_that_is_named_is_there_and_each_is_used() {
    for dashboard in Dashboard::all() {
        let named: BTreeSet<String> = texts(&dashboard.json).into_iter().flat_map(named_variables).collect();
        let defined: BTreeSet<String> = dashboard
            .variables()
            .iter()
            .map(|variable| variable["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(named, defined, "{}", dashboard.file);
        for expression in dashboard.panels().flat_map(expressions) {
            // Those of one zone or server are in all of its own panels.
            let own = [dashboard.file].into_iter().filter(|file| *file != "fleet");
            for variable in ["job", "instance"].into_iter().chain(own) {
                let named = named_variables(expression);
                assert!(named.contains(variable), "{}: {expression}", dashboard.file);
            }
        }
    }
}

#[test]
fn each_dashboard_leads_to_the_others_and_takes_the_choice_along() {
    let dashboards = Dashboard::all();
    let by_uid: BTreeMap<&str, &Dashboard> =
        dashboards.iter().map(|dashboard| (dashboard.json["uid"].as_str().unwrap(), dashboard)).collect();
    assert_eq!(by_uid.len(), FILES.len());
    for dashboard in &dashboards {
        let link = &dashboard.json["links"][0];
        let all = (&link["type"], &link["includeVars"], &link["keepTime"]);
        assert_eq!(all, (&"dashboards".into(), &true.into(), &true.into()), "{}", dashboard.file);
        for other in &dashboards {
            let tags = other.json["tags"].as_array().unwrap();
            assert!(tags.contains(&link["tags"][0]), "{} does not lead to {}", dashboard.file, other.file);
        }
        let links: Vec<&str> =
            texts(&dashboard.json).into_iter().filter(|text| text.starts_with("/d/")).collect();
        let mut reached = BTreeSet::new();
        for link in links {
            let (uid, query) = link.trim_start_matches("/d/").split_once('?').unwrap();
            let target = by_uid.get(uid).unwrap_or_else(|| panic!("{link} leads nowhere"));
            let set = query.split('&').find_map(|part| part.strip_prefix("var-")).unwrap();
            assert!(target.has_variable(set.split('=').next().unwrap()), "{link}");
            for kept in ["${datasource:queryparam}", "${job:queryparam}", "${__url_time_range}"] {
                assert!(query.contains(kept), "{link}");
            }
            reached.insert(target.file);
        }
        let expected = FILES.into_iter().filter(|file| *file != "fleet" && *file != dashboard.file);
        assert_eq!(reached, expected.collect(), "{}", dashboard.file);
    }
}

/// What is chosen for the variables of a dashboard.
type Choice = BTreeMap<String, String>;

/// An expression as Grafana sends it.
fn with(choice: &Choice, expression: &str) -> String {
    // Longer names first: none of them begins another one then.
    let text = choice
        .iter()
        .rev()
        .fold(expression.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value));
    assert!(!text.contains('$'), "{text}");
    text
}

/// The values of a variable.
#[track_caller]
fn values(prometheus: &PrometheusServer, choice: &Choice, query: &str) -> Vec<String> {
    let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')).unwrap();
    let (series, label) = inner.rsplit_once(", ").unwrap();
    let samples = prometheus.samples(&with(choice, series));
    let values: BTreeSet<String> = samples
        .iter()
        .map(|sample| sample["metric"][label].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(!values.is_empty() && !values.contains(""), "{query}: {values:?}");
    values.into_iter().collect()
}

/// Everything that can be chosen: of a variable with several values all of them, of the others each one.
#[track_caller]
fn choices(prometheus: &PrometheusServer, dashboard: &Dashboard) -> Vec<Choice> {
    let start = Choice::from([("__rate_interval".to_owned(), "1m".to_owned())]);
    let mut choices = vec![start];
    for variable in dashboard.variables() {
        let Some(query) = variable["query"]["query"].as_str() else { continue };
        let name = variable["name"].as_str().unwrap();
        let mut longer = Vec::new();
        for choice in choices {
            let values = values(prometheus, &choice, query);
            let values = match variable["allValue"].as_str() {
                Some(all) => vec![all.to_owned()],
                None => values,
            };
            longer.extend(values.into_iter().map(|value| {
                let mut choice = choice.clone();
                choice.insert(name.to_owned(), value);
                choice
            }));
        }
        choices = longer;
    }
    choices
}

/// Whether an expression succeeds, and has data of some choice.
fn has_data(prometheus: &PrometheusServer, choices: &[Choice], expression: &str) -> bool {
    choices.iter().any(|choice| {
        let response = prometheus.query(&with(choice, expression));
        assert_ne!(response["status"], "error", "{expression}: {response}");
        response["data"]["result"].as_array().is_some_and(|result| !result.is_empty())
    })
}

#[test]
fn every_query_of_the_dashboards_and_every_recording_rule_has_data() {
    let fleet = Fleet::new();
    let service = fleet.watch("server");
    let prometheus = prometheus(&service, "");
    fleet.go_on();
    service.until("all zones", || {
        let zones = prometheus.samples("count(zoneprobe_zone_in_sync)");
        zones.first().is_some_and(|sample| sample["value"][1] == fleet.len().to_string().as_str())
    });
    let mut missing = Vec::new();
    for dashboard in Dashboard::all() {
        let choices = choices(&prometheus, &dashboard);
        for panel in dashboard.panels() {
            for expression in expressions(panel) {
                if !is_met_in_time(|| has_data(&prometheus, &choices, expression)) {
                    missing.push(format!("{}: {}: {expression}", dashboard.file, panel["title"]));
                }
            }
        }
    }
    let rules = deployed("recording.yml");
    for record in rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ")) {
        if !is_met_in_time(|| !prometheus.samples(record).is_empty()) {
            missing.push(record.to_owned());
        }
    }
    assert_eq!(missing, [""; 0], "without data");
}

#[test]
fn the_dashboard_of_all_zones_needs_no_series_of_servers_or_of_healthy_zones() {
    let fleet = Fleet::new();
    let services = ["zone", "exceptions"].map(|detail| fleet.watch(detail));
    let servers = services.each_ref().map(|service| prometheus(service, ""));
    fleet.go_on();
    let [dashboard, ..] = Dashboard::all();
    for prometheus in &servers {
        assert!(
            is_met_in_time(|| !prometheus.samples("zoneprobe_build_info").is_empty()),
            "nothing is scraped"
        );
        let choices = choices(prometheus, &dashboard);
        for expression in dashboard.panels().flat_map(expressions) {
            assert!(is_met_in_time(|| has_data(prometheus, &choices, expression)), "{expression}");
        }
    }
}
