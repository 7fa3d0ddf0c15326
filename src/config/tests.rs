use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use super::yaml::{Node, Value};
use super::*;
use crate::dns::{Name, Rtype};
use crate::plan::{Compare, Cover, Grace, MaxLag, ReadBy, Role, Serials};

/// Files in memory, each by its path.
struct Files<F>(F);

impl<F: FnMut(&str) -> Result<String, String>> ReferencedFiles for Files<F> {
    fn read(&mut self, _: ReferencedFile, path: &str) -> Result<Zeroizing<String>, String> {
        (self.0)(path).map(Zeroizing::new)
    }

    fn open_list(&mut self, path: &str) -> Result<Box<dyn ListLines>, String> {
        let text = (self.0)(path)?;
        let lines = text.split_inclusive('\n').map(|line| line.as_bytes().to_vec());
        Ok(Box::new(Lines { lines: lines.collect(), next: 0 }))
    }
}

struct Lines {
    lines: Vec<Vec<u8>>,
    next: usize,
}

impl ListLines for Lines {
    fn next_line(&mut self) -> Result<Option<ListLine<'_>>, String> {
        self.next += 1;
        let line = self.lines.get(self.next - 1);
        Ok(line.map(|bytes| ListLine { number: self.next as u64, bytes, is_whole: true }))
    }
}

fn read_text(text: &str) -> Result<Config, Vec<ConfigError>> {
    let files = |path: &str| match path {
        "zones.txt" => Ok("# ours\na.example\n\nb.example # theirs\n".to_owned()),
        "key" => Ok("key xfr { algorithm hmac-sha256; secret \"c2VjcmV0\"; };".to_owned()),
        _ => Err("no such file".to_owned()),
    };
    read("c.yaml", text, &mut Files(files))
}

fn config(text: &str) -> Config {
    read_text(text).unwrap_or_else(|errors| panic!("{}", messages(&errors)))
}

fn messages(errors: &[ConfigError]) -> String {
    errors.iter().fold(String::new(), |messages, error| messages + &error.to_string() + "\n")
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config").join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    assert!(paths.len() >= 3);
    paths
}

fn read_fixture(path: &Path) -> Result<Config, Vec<ConfigError>> {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let folder = path.parent().unwrap();
    let file = |named: &str| std::fs::read_to_string(folder.join(named)).map_err(|error| error.to_string());
    read(name, &text, &mut Files(file))
}

#[test]
fn the_errors_of_every_bad_file_are_as_in_its_golden_file() {
    for path in fixtures("bad") {
        let found = messages(&read_fixture(&path).unwrap_err());
        let golden = path.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(found, expected, "{}", path.display());
    }
}

#[test]
fn every_good_file_is_read_and_is_valid_under_the_schema() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let mut texts: Vec<String> = vec![EXAMPLE.to_owned()];
    config(EXAMPLE);
    for path in fixtures("good") {
        if let Err(errors) = read_fixture(&path) {
            panic!("{}", messages(&errors));
        }
        texts.push(std::fs::read_to_string(path).unwrap());
    }
    for text in texts {
        let (tree, _) = yaml::parse(&text);
        let json = as_json(&tree.unwrap());
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:?}\n{text}");
    }
    assert!(!validator.is_valid(&json!({"zone": ["example.com"]})));
    assert!(!validator.is_valid(&json!({"servers": {"ns0": {"role": "primary"}}})));
}

/// The file as an editor sees it: plain scalars are booleans and numbers as in YAML 1.2.
fn as_json(node: &Node<'_>) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar(text) => match text.parse::<u64>() {
            Ok(number) => json!(number),
            Err(_) => text.parse::<bool>().map_or_else(|_| json!(text), |flag| json!(flag)),
        },
        Value::Sequence(nodes) => nodes.iter().map(as_json).collect(),
        Value::Mapping(entries) => {
            entries.iter().map(|(key, node)| (key.name.to_string(), as_json(node))).collect()
        }
    }
}

#[test]
fn every_setting_that_is_not_given_has_its_default() {
    let config = config("zones: [example.com]\nservers: {ns0: {address: 192.0.2.1, role: primary}}\n");
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.metrics, MetricsConfig { detail: MetricsDetail::Auto, max_series: 200_000 });
    assert_eq!(config.http.listen, "127.0.0.1:19353".parse().unwrap());
    assert_eq!((config.servers, config.state), (1, None));
    let ConfiguredZone { zone, settings, .. } = &config.zones[0];
    assert_eq!(zone.to_string(), "example.com.");
    assert_eq!(settings.interval, Duration::from_mins(1));
    assert_eq!(settings.compare_interval, Duration::from_hours(1));
    assert_eq!(settings.whole_interval, Duration::from_hours(24));
    assert!(settings.zone.comparison.follows_changes);
    assert_eq!(settings.zone.comparison.compare, Compare::Records);
    assert_eq!((settings.zone.comparison.grace, settings.zone.comparison.max_lag), (Grace::Auto, None));
    assert_eq!(settings.zone.comparison.samples, 1);
}

#[test]
fn http_hosts_are_names_without_a_port() {
    let http = config("zones: [example.com]\nhttp: {hosts: [monitor, Probe.Example.]}\n").http;
    assert_eq!(http.hosts, ["monitor", "Probe.Example."]);
    for bad in ["a:80", "a/b", ".", "a..b", "'*.example'", "'http://a'"] {
        let text = format!("zones: [example.com]\nhttp: {{hosts: [{bad}]}}\n");
        let message = messages(&read_text(&text).unwrap_err());
        assert!(message.contains("is not a host name"), "{message}");
    }
}

#[test]
fn the_external_url_is_one_of_pages_and_its_host_is_our_own() {
    let http =
        |url: &str| format!("zones: [example.com]\nhttp: {{hosts: [monitor], external_url: \"{url}\"}}\n");
    let read = config(&http("https://dns.example.com:8443/zoneprobe/")).http;
    let url = read.external_url.as_ref().unwrap();
    assert_eq!(
        (url.to_string().as_str(), url.path()),
        ("https://dns.example.com:8443/zoneprobe", "/zoneprobe")
    );
    assert_eq!(read.own_hosts(), ["monitor", "dns.example.com"]);
    for bad in
        ["dns.example.com", "https://me:hunter2@dns.example.com", "https://dns.example.com?token=hunter2"]
    {
        let message = messages(&read_text(&http(bad)).unwrap_err());
        assert!(message.contains("as in https://monitor.example.com/zoneprobe"), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn without_servers_only_serials_are_compared_unless_records_are_set() {
    let default = config("zones: [example.com]");
    assert_eq!(default.zones[0].settings.zone.comparison.compare, Compare::Serials);
    let records = config("probe: {compare: records}\nzones: [example.com]");
    assert_eq!(records.zones[0].settings.zone.comparison.compare, Compare::Records);
}

#[test]
fn a_zone_overrides_its_group_and_a_group_overrides_the_probe() {
    let config = config(
        "probe: {interval: 30s, samples: 2, max_lag: auto}\n\
         servers:\n  ns1: {address: [192.0.2.2, '[2001:db8::2]:54']}\n  ns0: {address: 192.0.2.1, role: primary}\n\
         groups:\n  ours:\n    samples: 3\n    zones: [c.example, {zone: d.example, samples: 4, serials: independent, servers: [ns1]}]\n    zone_lists: [zones.txt]\n\
         zones: [e.example]\n",
    );
    let settings = |zone: &str| {
        let zone: Name = zone.parse().unwrap();
        &config.zones.iter().find(|it| it.zone == zone).unwrap().settings
    };
    let samples = |zone| settings(zone).zone.comparison.samples;
    assert_eq!(["a.example", "c.example", "d.example", "e.example"].map(samples), [3, 3, 4, 2]);
    let group = |zone| settings(zone).group.as_deref();
    assert_eq!(["c.example", "d.example", "e.example"].map(group), [Some("ours"), Some("ours"), None]);
    assert!(config.zones.iter().all(|it| it.settings.interval == Duration::from_secs(30)));
    assert!(config.zones.iter().all(|it| it.settings.zone.comparison.max_lag == Some(MaxLag::Auto)));
    assert!(
        Arc::ptr_eq(settings("a.example"), settings("c.example")),
        "zones of a group share their settings"
    );
    assert_eq!(settings("d.example").zone.comparison.serials, Serials::Independent);
    let servers: Vec<(Role, &str)> = settings("e.example")
        .zone
        .servers
        .servers
        .iter()
        .map(|(role, it)| (*role, it.name.as_str()))
        .collect();
    assert_eq!(servers, [(Role::Primary, "ns0"), (Role::Secondary, "ns1"), (Role::Secondary, "ns1")]);
    assert_eq!(settings("d.example").zone.servers.servers.len(), 2);
}

#[test]
fn a_server_has_the_tsig_key_that_it_names_and_no_other() {
    let config = config(
        "tsig_keys: [key]\nservers:\n  ns0: {address: 192.0.2.1, key: XFR}\n  ns1: {address: 192.0.2.2}\nzones: [a.example]\n",
    );
    let given = &config.zones[0].settings.zone.servers;
    let keys: Vec<bool> = given.servers.iter().map(|(_, server)| given.key(server).is_some()).collect();
    assert_eq!(keys, [true, false]);
}

#[test]
fn an_empty_file_has_no_zones() {
    for text in ["", "# nothing yet\n", "zones:\nservers:\n"] {
        assert_eq!(config(text).zones, []);
    }
}

#[test]
fn a_hundred_thousand_zones_share_their_settings() {
    let zones: Vec<String> = (0..100_000).map(|number| format!("  - zone{number}.example")).collect();
    let config = config(&format!("zones:\n{}", zones.join("\n")));
    assert_eq!(config.zones.len(), 100_000);
    assert!(Arc::ptr_eq(&config.zones[0].settings, &config.zones[99_999].settings));
}

#[test]
fn lines_with_the_same_servers_share_them_in_all_lists_of_a_group() {
    let line = |zone: &str| {
        format!("{{\"zone\":\"{zone}\",\"primaries\":[\"192.0.2.1\"],\"id\":\"{zone}\"}}\n{zone}.plain\n")
    };
    let file = |path: &str| Ok(line(path));
    let text = "servers: {ns0: {address: 192.0.2.9}}\nzone_lists: [a, b]\n";
    let config = read("c.yaml", text, &mut Files(file)).unwrap();
    let [a, plain, b, other_plain] = config.zones.as_slice() else { panic!("{:?}", config.zones) };
    assert!(Arc::ptr_eq(&a.settings, &b.settings));
    assert!(Arc::ptr_eq(&plain.settings, &other_plain.settings));
    assert!(!Arc::ptr_eq(&a.settings, &plain.settings));
    assert_eq!(a.id.as_deref(), Some(&crate::plan::LineId::Text("a".into())));
    assert_eq!(plain.id, None);
}

#[test]
fn deep_nesting_is_refused_and_the_number_of_errors_is_limited() {
    read_text(&"[".repeat(1 << 20)).unwrap_err();
    read_text(&"- ".repeat(1 << 16)).unwrap_err();
    let keys: Vec<String> = (0..10_000).map(|key| format!("key{key}: 1")).collect();
    let errors = read_text(&keys.join("\n")).unwrap_err();
    assert_eq!(errors.len(), 200);
}

#[test]
fn how_records_are_read_is_inherited_and_a_server_says_it_for_itself() {
    let config = config(
        "probe: {by: query, cover: 10%}\n\
         servers: {ns0: {address: 192.0.2.1, role: primary, by: transfer}, ns1: {address: 192.0.2.2}}\n\
         groups: {g: {zones: [a.example, {zone: b.example, cover: 500, names: [x.b.example/TXT]}], names: \
         [www.a.example]}}\n\
         zones: [{zone: c.example, by: auto}]\n",
    );
    let of = |name: &str| {
        let zone = config.zones.iter().find(|it| it.zone.without_final_dot() == name).unwrap();
        zone.settings.zone.clone()
    };
    let rules = of("a.example").comparison;
    assert_eq!((rules.by, rules.cover), (ReadBy::Query, Some(Cover::Share(0.1))));
    assert_eq!(rules.names, [("www.a.example".parse().unwrap(), None)]);
    let rules = of("b.example").comparison;
    assert_eq!((rules.by, rules.cover), (ReadBy::Query, Some(Cover::Count(500))));
    assert_eq!(rules.names, [("x.b.example".parse().unwrap(), Some(Rtype(16)))]);
    assert_eq!(of("c.example").comparison.by, ReadBy::Auto);
    let servers: Vec<_> = of("c.example").servers.servers.iter().map(|(_, server)| server.by).collect();
    assert_eq!(servers, [Some(ReadBy::Transfer), None]);
}

#[test]
fn a_name_to_ask_for_means_that_records_are_compared_where_servers_are_looked_up() {
    let config = config("zones: [{zone: a.example, names: [www.a.example]}, b.example]\n");
    let compared: Vec<Compare> = config.zones.iter().map(|it| it.settings.zone.comparison.compare).collect();
    assert_eq!(compared, [Compare::Records, Compare::Serials]);
}

#[test]
fn several_signers_are_a_setting_that_is_inherited_and_needs_their_keys() {
    let several = config(
        "probe: {multi_signer: true}\nservers: {ns0: {address: 192.0.2.1}}\n\
         zones: [a.example, {zone: b.example, multi_signer: false, dnssec: ignore}]\n",
    );
    let signers: Vec<bool> =
        several.zones.iter().map(|it| it.settings.zone.comparison.content.multi_signer).collect();
    assert_eq!(signers, [true, false]);
    for contradiction in [
        "zones: [{zone: a.example, multi_signer: true, dnssec: ignore}]",
        "zones: [{zone: a.example, multi_signer: true, dnssec: bytes}]",
        "zones: [{zone: a.example, multi_signer: true, ignore_types: [DNSKEY]}]",
        "probe: {dnssec: ignore}\nzones: [{zone: a.example, multi_signer: true}]",
        "probe: {multi_signer: true}\nzones: [{zone: a.example, dnssec: ignore}]",
    ] {
        let errors = read_text(&format!("{contradiction}\n")).unwrap_err();
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 1, "{contradiction}: {texts:?}");
        assert!(texts[0].contains("`multi_signer: true` requires `dnssec: meaning`"), "{texts:?}");
    }
}

#[test]
fn a_catalog_has_the_settings_of_a_zone_and_its_members_those_of_their_group() {
    let config = config(
        "probe: {compare: serials, interval: 5m, validate: false}\n\
         servers: {ns0: {address: 192.0.2.1, role: primary}, ns1: {address: 192.0.2.2}}\n\
         groups: {customers: {servers: [ns1], max_lag: 10m}, others: {interval: 1h}}\n\
         catalogs:\n  - {zone: Catalog.Example, servers: [ns0], groups: {gold: customers, '1': others}, samples: 2}\n  \
         - {zone: second.example, default_group: others, max_members: 10}\n  - third.example\n",
    );
    let [first, second, third] = config.catalogs.as_slice() else { panic!("{config:?}") };
    assert_eq!((config.zones.len(), first.zone.to_string().as_str()), (0, "catalog.example."));
    let servers = |settings: &MonitorSettings| settings.zone.servers.servers.len();
    // The catalog itself is read whole, whatever is compared of its members.
    assert_eq!(first.settings.zone.comparison.compare, Compare::Records);
    assert_eq!(first.default.zone.comparison.compare, Compare::Serials);
    assert_eq!((servers(&first.settings), servers(&third.settings)), (1, 2));
    assert_eq!((first.max_members(), second.max_members()), (1_000_000, 10));
    assert!(first.default.zone.comparison.catalog.is_none());
    let samples = [&first.settings, &first.default].map(|settings| settings.zone.comparison.samples);
    assert_eq!(samples, [2, 2]);
    for (group, interval, lag) in [
        (Some("gold"), 300, Some(MaxLag::Fixed(Duration::from_mins(10)))),
        (Some("1"), 3600, None),
        (Some("Gold"), 300, None),
        (None, 300, None),
    ] {
        let settings = first.settings_of(group);
        assert_eq!(settings.interval, Duration::from_secs(interval), "{group:?}");
        assert_eq!(settings.zone.comparison.max_lag, lag, "{group:?}");
    }
    assert!(Arc::ptr_eq(first.settings_of(Some("1")), second.settings_of(Some("none"))));
    assert!(Arc::ptr_eq(third.settings_of(None), third.settings_of(Some("gold"))));
    assert_eq!(config.zone_settings().count(), 4 + 2 + 2);
}

#[test]
fn a_catalog_is_compared_whole_and_its_members_are_validated() {
    let config = config(
        "servers: {ns0: {address: 192.0.2.1}}\ncatalogs: [{zone: catalog.example, validate: true, compare: \
         records, by: query}]\n",
    );
    let catalog = &config.catalogs[0];
    let validates = |settings: &MonitorSettings| settings.zone.comparison.validation.is_some();
    assert_eq!((validates(&catalog.settings), validates(&catalog.default)), (false, true));
    assert_eq!(catalog.settings.zone.comparison.by, ReadBy::Query);
}

#[test]
fn a_group_of_members_may_name_rrsets_of_zones_that_are_not_known_yet() {
    let text = |group: &str| {
        format!(
            "servers: {{ns0: {{address: 192.0.2.1}}}}\ngroups: {{g: {{names: [www.a.example]}}}}\n\
             catalogs: [{{zone: catalog.example, default_group: {group}}}]\n"
        )
    };
    assert_eq!(config(&text("g")).catalogs[0].default.zone.comparison.names.len(), 1);
    assert!(messages(&read_text(&text("h")).unwrap_err()).contains("`www.a.example` is not in any zone"));
}

#[test]
fn a_number_of_members_is_from_one_to_ten_million() {
    let text = |max: &str| {
        format!(
            "servers: {{ns0: {{address: 192.0.2.1}}}}\ncatalogs: [{{zone: c.example, max_members: {max}}}]\n"
        )
    };
    for (max, members) in [("1", 1), ("'500'", 500), ("10000000", 10_000_000)] {
        assert_eq!(config(&text(max)).catalogs[0].max_members(), members);
    }
    for max in ["0", "-1", "10000001", "18446744073709551616", "1e6", "1_000", "many", "[1]"] {
        read_text(&text(max)).unwrap_err();
    }
}

#[test]
fn a_group_of_members_is_the_octets_of_its_property() {
    use crate::dns::escape;

    let text = r#"
servers: {ns0: {address: "127.0.0.1:1"}}
groups: {bees: {servers: [ns0], interval: 30s}}
catalogs:
- {zone: catalog.example, groups: {bücher: bees, 'back\slash': bees, "two words": bees}}
"#;
    let config = read("test", text, &mut NoFiles).unwrap();
    for group in ["bücher", r"back\slash", "two words"] {
        // As readers of catalogs have it.
        let listed = escape::text(group.as_bytes());
        let settings = config.catalogs[0].settings_of(Some(&listed));
        assert_eq!(settings.interval, Duration::from_secs(30), "{group}");
    }
}
