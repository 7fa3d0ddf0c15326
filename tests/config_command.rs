//! `config`: checks a configuration, and prints the schema and an example.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

fn config(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("config").args(arguments);
    command.stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_of_a_good_configuration_prints_one_line() {
    let output = config(&["check", "fixtures/config/good/demo.yaml"]);
    assert_eq!(text(&output.stdout), "fixtures/config/good/demo.yaml: 1 zone, 3 servers\n");
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
    // The paths in it are relative to its directory.
    let output = config(&["check", "fixtures/config/good/everything.yaml"]);
    let file = "fixtures/config/good/everything.yaml";
    let expected = format!(
        "{file}: 5 zones, 2 servers\n{file}: web configuration `fixtures/config/good/web.yml`: clear text, passwords\n"
    );
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn check_names_each_catalog_and_says_when_its_members_are_read() {
    let output = config(&["check", "fixtures/config/good/catalogs.yaml"]);
    let file = "fixtures/config/good/catalogs.yaml";
    let mut expected = format!("{file}: 1 zone, 2 servers, 3 catalogs\n");
    for (zone, most) in [
        ("catalog.example", "1000000"),
        ("customers.catalog.example", "50000"),
        ("empty.catalog.example", "1000000"),
    ] {
        expected += &format!(
            "{file}: catalog `{zone}`: its members, at most {most}, are read from 2 servers when it is checked\n"
        );
    }
    assert_eq!(text(&output.stdout), expected);
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
}

#[test]
fn check_reports_every_error_in_one_run() {
    let output = config(&["check", "fixtures/config/bad/keys.yaml"]);
    let expected = include_str!("../fixtures/config/bad/keys.txt");
    let expected = expected.replace("keys.yaml:", "fixtures/config/bad/keys.yaml:");
    assert_eq!(text(&output.stderr), format!("error: cannot read the configuration\n{expected}"));
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("", Some(3)));
}

#[test]
fn check_names_a_file_that_cannot_be_read() {
    for (path, reason) in [("none.yaml", "No such file"), ("fixtures", "is a directory")] {
        let output = config(&["check", path]);
        let stderr = text(&output.stderr);
        let start = format!("error: cannot read the configuration `{path}`\n  ");
        assert!(stderr.starts_with(&start) && stderr.contains(reason), "{stderr}");
        assert_eq!(output.status.code(), Some(3));
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("latin.yaml");
    std::fs::write(&path, b"zones: [b\xfccher.example]").unwrap();
    let stderr = text(&config(&["check", path.to_str().unwrap()]).stderr);
    assert!(stderr.contains("it is not UTF-8: see byte 10"), "{stderr}");
}

#[test]
fn check_warns_of_a_key_file_that_all_users_can_read() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let path = write("config.yaml", "tsig_keys: [xfr.key]\n", 0o644);
    let key = "key xfr { algorithm hmac-sha256; secret \"c2VjcmV0\"; };";
    for (mode, is_warned) in [(0o600, false), (0o644, true)] {
        write("xfr.key", key, mode);
        let output = config(&["check", &path]);
        assert_eq!(text(&output.stderr).starts_with("warning: everybody on this host can read"), is_warned);
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn check_accepts_the_example() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.yaml");
    let example = config(&["example"]);
    assert_eq!(example.status.code(), Some(0));
    std::fs::write(&path, example.stdout).unwrap();
    let output = config(&["check", path.to_str().unwrap()]);
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
}

#[test]
fn the_schema_is_a_valid_json_schema() {
    let output = config(&["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    assert_eq!(schema["additionalProperties"], false);
}

/// A directory with a configuration, and beside it `zones.txt` with so many zones.
fn with_zones(zones: u32, configuration: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let list: Vec<String> = (0..zones).map(|number| format!("z{number}.example\n")).collect();
    let list = list.concat();
    std::fs::write(directory.path().join("zones.txt"), list).unwrap();
    let path = directory.path().join("fleet.yaml");
    std::fs::write(&path, configuration).unwrap();
    let path = path.display().to_string();
    (directory, path)
}

/// Two servers, and the zones of the list.
fn fleet(probe: &str) -> String {
    format!(
        "probe: {{{probe}}}\nservers:\n  ns0: {{address: 192.0.2.1, role: primary}}\n  ns1: {{address: 192.0.2.2}}\n\
         zone_lists: [zones.txt]\n"
    )
}

/// What `config check` prints of so many zones, without the name of the file, and its warnings.
fn sums(zones: u32, configuration: &str, arguments: &[&str]) -> (String, String, i32) {
    let (_directory, path) = with_zones(zones, configuration);
    let output = config(&[&["check", &path], arguments].concat());
    let plain = |bytes: &[u8]| text(bytes).replace(&format!("{path}: "), "");
    (plain(&output.stdout), plain(&output.stderr), output.status.code().unwrap())
}

#[test]
fn check_adds_up_what_many_zones_ask_for() {
    // 6,000 zones in 60 s at each of two addresses, and a transfer of each in an hour.
    let (stdout, stderr, code) = sums(6_000, &fleet("interval: 60s"), &[]);
    for line in [
        "6000 zones, 2 servers\n",
        "200 queries a second in all, 100 at the busiest address, 192.0.2.1:53\n",
        "12,000 transfers an hour in all, 6,000 from the busiest address, 192.0.2.1:53; `max_transfers` allows 2 at \
         once, so that each may take 1.2 s on average\n",
        // 23 series of each zone, and 22 of each of its addresses.
        ", 402,000 series in full detail, ",
    ] {
        assert!(stdout.contains(line), "{line}: {stdout}");
    }
    assert_eq!((stderr.as_str(), code), ("", 0));
    let (stdout, ..) = sums(100, &fleet("interval: 60s"), &[]);
    assert_eq!(stdout, "100 zones, 2 servers\n");
}

#[test]
fn check_warns_of_more_queries_than_max_qps_allows() {
    // 10,000 queries to each address in 60 s are 166.7 a second; at 100 a second they take 100 s.
    let (_, stderr, code) = sums(10_000, &fleet("interval: 60s, max_qps: 100"), &[]);
    assert_eq!(
        stderr,
        "warning: 2 addresses are asked 167 queries a second each, and `max_qps` allows 100: a round takes 1 min 40 s, \
         and `interval` is 1 min; raise `max_qps` to 167, or `interval` beyond that time, or share the zones among \
         processes (`shard`)\n"
    );
    assert_eq!(code, 1);
    let (stdout, stderr, code) = sums(10_000, &fleet("interval: 60s, max_qps: 167"), &[]);
    assert!(stdout.contains("; `max_qps` allows each 167\n"), "{stdout}");
    assert_eq!((stderr.as_str(), code), ("", 0));
    // Each sample is a query. Processes that share a rate get no more of it by being more.
    let (_, stderr, code) = sums(3, &fleet("interval: 1s, samples: 4, max_qps: 12/2"), &[]);
    assert_eq!(
        stderr,
        "warning: 2 addresses are asked 12 queries a second each, and `max_qps` allows 12/2: a round takes 2 s, and \
         `interval` is 1 s; raise `max_qps` to 24, or `interval` beyond that time\n"
    );
    assert_eq!(code, 1);
}

#[test]
fn check_adds_up_each_address_by_itself() {
    // ns0 has 20 zones every 10 s and 10 zones every second, which are 30 queries in 2.5 s at 12 a second.
    let zones = |first: u32, count: u32| {
        let names: Vec<String> = (first..first + count).map(|number| format!("a{number}.example")).collect();
        names.join(", ")
    };
    let configuration = format!(
        "probe: {{max_qps: 6, compare: serials}}\nservers:\n  ns0: {{address: \"[2001:db8::1]:5301\"}}\n  \
         ns1: {{address: 192.0.2.2}}\ngroups:\n  \
         slow: {{servers: [ns0, ns1], interval: 10s, zones: [{}]}}\n  \
         fast: {{servers: [ns0], interval: 1s, zones: [{}]}}\n",
        zones(0, 20),
        zones(20, 10)
    );
    let (stdout, stderr, code) = sums(0, &configuration, &[]);
    assert!(
        stdout.contains("14 queries a second in all, 12 at the busiest address, [2001:db8::1]:5301"),
        "{stdout}"
    );
    assert!(!stdout.contains("transfers an hour"), "{stdout}");
    assert_eq!(
        stderr,
        "warning: the address [2001:db8::1]:5301 is asked 12 queries a second, and `max_qps` allows 6: a round takes \
         5 s, and `interval` is from 1 s to 10 s; raise `max_qps` to 12, or `interval` beyond that time, or share the \
         zones among processes (`shard`)\n"
    );
    assert_eq!(code, 1);
}

#[test]
fn check_says_that_servers_that_are_looked_up_are_an_estimate() {
    let (stdout, stderr, code) = sums(600, "probe: {interval: 60s}\nzone_lists: [zones.txt]\n", &[]);
    assert!(stdout.contains("40 queries a second in all\n"), "{stdout}");
    assert!(
        stdout.contains(
            "these sums are estimates: the servers of 600 zones are looked up, and count as 4 addresses each\n"
        ),
        "{stdout}"
    );
    assert_eq!((stderr.as_str(), code), ("", 0));
}

#[test]
fn check_adds_up_the_zones_of_a_shard() {
    // Prometheus' hashmod puts example.com in shard 2 of 3, example.net in 0, and the root in 1.
    let configuration = "shard: {index: 0, count: 3}\nzones: [example.com, example.net, \".\"]\n";
    let (stdout, _, code) = sums(0, configuration, &[]);
    assert_eq!((stdout.as_str(), code), ("3 zones, 0 servers\nshard 0/3: 1 of 3 zones\n", 0));
    let (stdout, ..) = sums(0, configuration, &["--shard", "0/1"]);
    assert!(stdout.ends_with("shard 0/1: 3 of 3 zones\n"), "{stdout}");
    let (stdout, stderr, code) = sums(9_000, &fleet("interval: 60s, max_qps: 100"), &["--shard", "0/3"]);
    assert!(stdout.contains("shard 0/3: ") && stdout.contains(" of 9000 zones\n"), "{stdout}");
    // About 3,000 zones in 60 s.
    assert_eq!((stderr.as_str(), code), ("", 0));
}

#[test]
fn check_warns_of_what_one_process_cannot_do() {
    let probe = "interval: 1s, compare_interval: 10s";
    let (_, stderr, code) = sums(50_000, &(fleet(probe) + "metrics: {detail: server}\n"), &[]);
    for part in [
        // 50,000 zones within the ten seconds of ten intervals.
        "warning: the first comparisons take 5,000 transfers a second from 192.0.2.1:53, and `max_transfers` allows 2 at \
         once: each may take 0.4 ms on average",
        " cores for 100,000 queries and 333 transfers a second, and a process checks on one; raise `interval`, or share",
        "warning: `metrics.detail: server` exposes about 3,350,000 series in each scrape",
    ] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    assert_eq!(code, 1);
}

#[test]
fn check_gives_the_sums_as_json() {
    let (stdout, _, code) = sums(6_000, &fleet("interval: 60s, max_qps: 50"), &["-f", "json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 1);
    assert_eq!(document["schema"], "zoneprobe/config/1");
    assert_eq!((&document["zones"], &document["servers"]), (&6_000.into(), &2.into()));
    let of_all = &document["sums"];
    assert_eq!((&of_all["zones"], &of_all["addresses"]), (&6_000.into(), &12_000.into()));
    assert_eq!((&of_all["series"], &of_all["zones_looked_up"]), (&402_000.into(), &0.into()));
    assert_eq!((&of_all["queries_per_second"], &of_all["is_estimate"]), (&200.0.into(), &false.into()));
    assert_eq!(of_all["busiest_address"]["address"], "192.0.2.1:53");
    assert_eq!(of_all["busiest_address"]["queries_per_second"], 100.0);
    assert_eq!(document["warnings"][0]["limit"], "max_qps");
    assert!(document["warnings"][0]["message"].as_str().unwrap().contains("a round takes 2 min"));
    let (stdout, _, code) = sums(1, &fleet("interval: 60s"), &["-f", "json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (&document["shard"], &document["warnings"], code),
        (&serde_json::Value::Null, &serde_json::json!([]), 0)
    );
}

#[test]
fn the_example_names_its_schema_for_editors_on_its_first_line() {
    let example = config(&["example"]);
    let first = text(&example.stdout).lines().next().map(str::to_owned);
    assert_eq!(first.as_deref(), Some("# yaml-language-server: $schema=zoneprobe.schema.json"));
    let schema = config(&["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert!(schema["properties"]["zones"].is_object(), "{schema}");
}
