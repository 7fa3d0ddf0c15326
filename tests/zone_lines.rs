//! Lists of zones: plain lines, JSON lines with servers of their own, and lines that cannot be read.

use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver, Service, peak_memory};

fn at(zone: &str, serial: u32) -> RunningNameserver {
    Nameserver::new().zone(zone, serial).start()
}

/// A check of a list on standard input, as lines of JSON.
fn sweep(list: &str) -> Probe<'_> {
    Probe::check_no_zone().args(["--zones", "-"]).format("ndjson").stdin(list)
}

fn rows(outcome: &Outcome) -> Vec<Value> {
    let schema = serde_json::from_str(include_str!("../src/report/model/schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let rows: Vec<Value> = outcome.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for row in &rows {
        let errors: Vec<String> = schema.iter_errors(row).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {row}");
    }
    rows
}

fn row<'r>(rows: &'r [Value], zone: &str) -> &'r Value {
    rows.iter().find(|row| row["zone"] == zone).unwrap_or_else(|| panic!("{zone}: {rows:?}"))
}

#[test]
fn each_line_is_checked_at_its_own_servers_and_its_id_comes_back() {
    let (ours, copy) = (at("ours.test", 7), at("ours.test", 7));
    let (theirs, behind) = (at("theirs.test", 9), at("theirs.test", 8));
    let line = |zone: &str, primary: &RunningNameserver, secondary: &RunningNameserver, id: Value| {
        let (primary, secondary) = (format!("a={}", primary.address()), format!("b={}", secondary.address()));
        json!({"zone": zone, "primaries": [primary], "secondaries": [secondary], "id": id}).to_string()
    };
    let list = format!(
        "\u{feff}{}\r\n# comment\r\n\r\n{}\r\n",
        line("ours.test", &ours, &copy, json!("row-1")),
        line("theirs.test", &theirs, &behind, json!(42)),
    );
    let rows = rows(&sweep(&list).run());
    assert_eq!(rows.len(), 2, "{rows:?}");
    let (ours, theirs) = (row(&rows, "ours.test."), row(&rows, "theirs.test."));
    assert_eq!((&ours["verdict"], &ours["id"]), (&"in_sync".into(), &"row-1".into()));
    assert_eq!((&ours["compared"], &ours["vantage"]), (&"records".into(), &Value::Null));
    assert_eq!((&theirs["verdict"], &theirs["id"]), (&"behind".into(), &42.into()));
}

#[test]
fn there_are_as_many_rows_as_lines() {
    let server = at("ours.test", 7);
    let good = json!({"zone": "ours.test", "primaries": [format!("a={}", server.address())], "secondaries": [format!("b={}", server.address())]});
    let bad = [
        ("ours.test,theirs.test", "it is a list"),
        ("ours.test 192.0.2.1", "white space"),
        ("{ours.test}", "this is not a JSON object"),
        (r#"{"zone":"ours.test","secondary":["192.0.2.1"],"id":"x"}"#, "did you mean `secondaries`?"),
        (r#"{"zone":"ours.test","primaries":["192.0.2.1:0"]}"#, "`primaries`: `0` is not a port"),
        (r#"{"zone":"ours.test","primaries":["192.0.2.1,key=k"]}"#, "there is no key `k`"),
        (r#"{"zone":"ours.test","signers":["192.0.2.1"]}"#, "signer"),
        (r#"{"zone":"ours.test","primaries":["tls://192.0.2.1,tls-ca=/no/such"]}"#, "/no/such"),
        (r#"{"zone":"ours.test","primaries":["fe80::1%no-such-if"]}"#, "this host has no such interface"),
        (r#"{"zone":"ours.test","group":"customers"}"#, "give it with --config"),
        (r#"{"zone":"ours.te"#, "the input may be cut off"),
    ];
    let mut list = String::new();
    for (line, _) in &bad {
        list.push_str(line);
        list.push('\n');
    }
    let list = format!("{good}\n{list}{good}\n");
    let outcome = sweep(&list).unknown();
    let rows = rows(&outcome);
    assert_eq!(rows.len(), bad.len() + 2, "{rows:?}");
    for (number, (line, part)) in (2..).zip(bad) {
        let row = rows.iter().find(|row| row["line"] == number).unwrap();
        assert_eq!((&row["schema"], &row["input"]), (&"zoneprobe/unread/1".into(), &line.into()));
        assert!(row["error"].as_str().unwrap().contains(part), "{row}");
        assert!(!row["error"].as_str().unwrap().contains('\n'), "{row}");
        assert_eq!(row["id"], if line.contains("\"x\"") { json!("x") } else { Value::Null });
    }
    let queries = server.queries();
    assert!(queries.iter().all(|query| query.to_lowercase().contains("ours.test")), "{queries:?}");
}

#[test]
fn every_format_tells_of_a_line_that_cannot_be_read() {
    let server = at("ours.test", 7);
    let address = server.address().to_string();
    for (format, part) in [
        ("table", "line 2  unread  `a,b` is not the name of a zone"),
        ("json", "\"line\": 2"),
        ("nagios", "[UNKNOWN] line 2: `a,b` is not"),
        ("junit", "<testsuite name=\"line 2\" tests=\"1\" failures=\"0\" errors=\"1\""),
        ("markdown", "line 2 cannot be read"),
        ("github", "::error title=line 2 cannot be read::"),
    ] {
        let probe = sweep("ours.test\na,b\n").format(format).args(["-p", &address, "-s", &address]);
        let outcome = probe.unknown();
        assert!(outcome.stdout().contains(part), "{format}: {}", outcome.stdout());
        assert!(outcome.stderr().contains("line 2\n"), "{}", outcome.stderr());
    }
    let outcome = sweep("ours.test\na,b\n").format("nagios").args(["-p", &address, "-s", &address]).unknown();
    let first = outcome.stdout().lines().next().unwrap().to_owned();
    assert!(
        first.starts_with("ZONEPROBE UNKNOWN - all 1 zones are ok") || first.contains("1 line"),
        "{first}"
    );
}

/// A list in which each line but the empty ones is a row; the number of rows, and of those that cannot be read.
fn hostile_list() -> (Vec<u8>, usize, usize) {
    let mut list = b"\xef\xbb\xbfours.test\r\nours.test\r\n".to_vec();
    let unreadable: [&[u8]; 6] =
        [b"\xfc.test", b"a\0b", b"\0", b"{\"zone\":\"\xff\"}", b"a b", b"\xef\xbb\xbf,"];
    for line in unreadable {
        list.extend([line, b"\n \t \r\n\r\n"].concat());
    }
    list.extend(b"x".repeat((64 << 10) + 1));
    list.extend(b"\n# comment \xff\n");
    let equal = 40;
    list.extend(b"ours.test\n".repeat(equal));
    list.extend(b"{\"zone\":\"ours.test\"");
    (list, 2 + 6 + 1 + equal + 1, 6 + 1 + 1)
}

#[test]
fn every_format_has_each_line_of_a_hostile_list() {
    let (server, directory) = (at("ours.test", 7), tempfile::tempdir().unwrap());
    let (address, path) = (server.address().to_string(), directory.path().join("list"));
    let (list, all, unread) = hostile_list();
    std::fs::write(&path, list).unwrap();
    let path = path.to_str().unwrap();
    let check = |format| {
        let servers = ["-p", &address, "-s", &address, "--compare", "serials", "--zones", path];
        Probe::check_no_zone().format(format).args(servers)
    };
    for format in ["table", "json", "ndjson", "nagios", "junit", "markdown", "github", "prometheus"] {
        let outcome = check(format).unknown();
        let never = check(format).args(["--fail-on", "never"]).ok();
        let text = outcome.stdout();
        let count = |part: &str| text.matches(part).count();
        assert!(!text.contains('\0') && !text.contains('\u{feff}'), "{format}: {text}");
        let counts = match format {
            "ndjson" => {
                let rows = rows(&outcome);
                let lines: Vec<&Value> = rows.iter().filter(|row| row["line"].is_u64()).collect();
                let mut numbers: Vec<u64> = lines.iter().map(|row| row["line"].as_u64().unwrap()).collect();
                numbers.dedup();
                assert_eq!(numbers.len(), unread);
                (rows.len(), lines.len())
            }
            "json" => {
                let report = outcome.json();
                let [zones, lines] = ["zones", "unread"].map(|key| report[key].as_array().unwrap().len());
                (zones + lines, lines)
            }
            "junit" => (count("<testsuite "), count("<testsuite name=\"line ")),
            "prometheus" => {
                assert!(text.contains(&format!("\nzoneprobe_unread_lines {unread}\n")), "{text}");
                assert_eq!(count("zoneprobe_zone_in_sync{"), 1, "{text}");
                (all, unread)
            }
            "table" => (all, count("  unread  ")),
            "nagios" => (all, count("[UNKNOWN] line ")),
            "markdown" => (all, count(" cannot be read: ")),
            _ => (all, count("::error title=line ")),
        };
        assert_eq!(counts, (all, unread), "{format}: {text}");
        assert_eq!(never.stdout().is_empty(), text.is_empty(), "{format}");
        let empty = sweep("").format(format).args(["-p", &address]).ok();
        assert!(!empty.stdout().contains("cannot be read:"), "{format}: {}", empty.stdout());
    }
}

#[test]
fn the_id_of_a_line_comes_back_from_serve_and_is_no_label() {
    let server = at("ours.test", 7);
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let list = |id: Value| {
        let primaries = [format!("ns0={}", server.address())];
        let line = json!({"zone": "ours.test", "primaries": primaries, "id": id}).to_string();
        std::fs::write(directory.path().join("zones"), format!("{line}\n")).unwrap();
    };
    list(json!("<row|1>"));
    let text = "probe: {interval: 1s}\nvantage: here\nzone_lists: [zones]\n";
    let service = Service::in_directory(&directory, text, &[]).unwrap();
    // A zone with one address has nothing to be compared with.
    service.await_verdict("ours.test", "ns0", "unknown");
    let body = |target: &str| service.get(target).text;
    let has_id = |id: &str| {
        ["/api/v1/zones", "/api/v1/zones/ours.test", "/probe?target=ours.test&debug=true"]
            .iter()
            .all(|target| body(target).replace("\": ", "\":").contains(&format!("\"id\":{id}")))
    };
    assert!(has_id("\"<row|1>\""), "{}", body("/api/v1/zones/ours.test"));
    assert!(body("/").contains("id &lt;row|1&gt;"), "{}", body("/"));
    let probe = body("/probe?target=ours.test");
    assert!(
        probe.contains("zoneprobe_build_info{version=\"") && probe.contains("vantage=\"here\"} 1"),
        "{probe}"
    );
    assert!(body("/probe?target=ours.test&debug=true").contains("\"vantage\": \"here\""));
    for target in ["/metrics", "/probe?target=ours.test", "/sd"] {
        assert!(!body(target).contains("row"), "{target}: {}", body(target));
    }
    list(json!(7));
    service.signal("HUP");
    service.until("the new id", || has_id("7"));
}

#[test]
fn with_fail_on_never_only_the_work_that_is_not_done_fails() {
    let (server, other) = (at("ours.test", 7), at("ours.test", 6));
    let (primary, secondary) = (server.address().to_string(), other.address().to_string());
    let with =
        |list: &'static str| sweep(list).args(["-p", &primary, "-s", &secondary, "--fail-on", "never"]);
    assert_eq!(rows(&with("ours.test\n").ok()).len(), 1);
    assert_eq!(rows(&with("ours.test\na,b\n").ok()).len(), 2);
    assert_eq!(rows(&with("").ok()).len(), 0);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap().to_owned();
    let list = || Probe::check_no_zone().args(["-p", &primary, "--fail-on", "never", "--zones"]);
    list().arg(&path).unknown();
    list().arg("/no/such/file").unknown();
    list().args(["-", "-c", "/no/such/file"]).unknown();
    let verify = Probe::verify("ours.test").primary(&server).secondary(&other);
    let outcome = verify.args(["--wait", "0s", "--fail-on", "never"]).ok();
    assert_eq!(outcome.verdict("ns1"), "behind");
}

#[test]
fn an_empty_list_is_ok() {
    for list in ["", "\n\n", "# nothing\n", "\u{feff}"] {
        for format in ["table", "json", "ndjson", "nagios", "junit", "markdown", "github", "prometheus"] {
            let outcome = sweep(list).format(format).args(["-p", "127.0.0.1:1"]).ok();
            assert!(!outcome.stdout().contains("UNKNOWN"), "{format}: {}", outcome.stdout());
        }
    }
}

#[test]
fn a_line_may_name_a_group_of_the_configuration() {
    let (ours, copy, theirs) = (at("a.test", 7), at("a.test", 7), at("a.test", 9));
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("config.yaml");
    let text = format!(
        "servers:\n  a: {{address: \"{}\", role: primary}}\n  b: {{address: \"{}\"}}\ngroups:\n  customers: {{servers: [a, b], compare: serials}}\n",
        ours.address(),
        copy.address(),
    );
    std::fs::write(&config, text).unwrap();
    let list = format!(
        "{}\n{}\n{}\n",
        json!({"zone": "a.test", "group": "customers", "id": "1"}),
        json!({"zone": "a.test", "group": "customers", "secondaries": [format!("c={}", theirs.address())], "id": "2"}),
        json!({"zone": "a.test", "group": "custommers", "id": "3"}),
    );
    let outcome = sweep(&list).args(["-c", config.to_str().unwrap()]).run();
    let rows = rows(&outcome);
    let with_id = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!((&with_id("1")["verdict"], &with_id("1")["compared"]), (&"in_sync".into(), &"serials".into()));
    assert_eq!(with_id("2")["servers"][0]["server"], "c");
    assert!(with_id("3")["error"].as_str().unwrap().contains("did you mean `customers`?"));
}

#[test]
fn the_lists_of_a_configuration_have_the_same_lines() {
    let [ours, copy] =
        [7, 7].map(|serial| Nameserver::new().zone("a.test", serial).zone("c.test", serial).start());
    let [theirs, other] = [9, 9].map(|serial| at("b.test", serial));
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let [a, c, b, d] = [&ours, &copy, &theirs, &other].map(RunningNameserver::address);
    write(
        "zones.jsonl",
        &format!(
            "a.test\n{}\n{}\n",
            json!({"zone": "b.test", "primaries": [format!("x={b}")], "secondaries": [format!("y={d}")], "id": "two"}),
            json!({"zone": "c.test", "group": "customers"}),
        ),
    );
    let servers =
        format!("servers:\n  ns0: {{address: \"{a}\", role: primary}}\n  ns1: {{address: \"{c}\"}}\n");
    let groups = "groups:\n  customers: {servers: [ns0, ns1], compare: serials}\n";
    let config = write("config.yaml", &format!("{servers}zone_lists: [zones.jsonl]\n{groups}"));
    let outcome = Probe::check_no_zone().args(["-c", &config]).format("ndjson").run();
    let rows = rows(&outcome);
    assert_eq!(row(&rows, "a.test.")["verdict"], "in_sync");
    assert_eq!(
        (&row(&rows, "b.test.")["verdict"], &row(&rows, "b.test.")["id"]),
        (&"in_sync".into(), &"two".into())
    );
    assert_eq!(row(&rows, "c.test.")["compared"], "serials");
    for (line, error) in [
        ("a.test,b.test", "zones.jsonl:2:1: `a.test,b.test` is not the name of a zone: it is a list"),
        (
            r#"{"zone":"b.test","secondary":[]}"#,
            "zones.jsonl:2:1: the key `secondary` is not known; did you mean",
        ),
        (r#"{"zone":"b.test","group":"customer"}"#, "zones.jsonl:2:1: the group `customer` is not defined"),
        (r#"{"zone":"b.test","primaries":["192.0.2.1,key=k"]}"#, "there is no key `k`"),
        (r#"{"zone":"a.test"}"#, "the zone `a.test` is already in zones.jsonl:1"),
        ("{", "the line ends within the JSON object"),
    ] {
        write("zones.jsonl", &format!("a.test\n{line}\n"));
        let outcome = Probe::check_no_zone().args(["-c", &config]).unknown();
        assert!(outcome.stderr().contains(error), "{line}: {}", outcome.stderr());
    }
}

/// `config check` of a configuration with a list of these bytes: its exit code, what it prints, and its peak in KiB.
fn check_list(list: &[u8]) -> (Option<i32>, String, u64) {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("config.yaml");
    std::fs::write(&config, "servers: {a: {address: 192.0.2.1}}\nzone_lists: [zones]\n").unwrap();
    std::fs::write(directory.path().join("zones"), list).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.arg("config").arg("check").arg(&config).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let peak = peak_memory(&mut child);
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap(), peak)
}

#[test]
fn a_list_of_a_configuration_is_never_in_memory_as_a_whole() {
    let comment = [b"#".as_slice(), &vec![b'x'; 1 << 20], b"\n"].concat();
    let list = [comment.repeat(100), b"a.test\n".to_vec(), comment.repeat(28)].concat();
    let (code, text, peak) = check_list(&list);
    assert!(text.contains("1 zone, 1 server") && code == Some(0), "{text}");
    assert!(peak < 64 << 10, "{peak} KiB");
}

#[test]
fn a_line_of_a_configuration_s_list_that_cannot_be_read_is_named() {
    let long = [b"{\"zone\":\"".as_slice(), &vec![b'x'; 64 << 10], b"\"}\nb.test\n"].concat();
    for (list, part) in [
        (b"a.test\r\n\r\n# Z\xfcrich\r\nb.test # Z\xfcrich\r\n".as_slice(), "2 zones, 1 server"),
        (b"a.test\n \xfcrich.test\n", "zones:2:2: it is not UTF-8: see byte 1\n"),
        (b"a.test\nb\0.test\n", "zones:2:1: it has the control character U+0000"),
        (long.as_slice(), "zones:1:1: the line has more than 65536 bytes\n"),
        (b"a.test\n\xef\xbb\xbfb.test\n", "2 zones, 1 server"),
        (b"a.test\na.test\n", "zones:2:1: the zone `a.test` is already in zones:1\n"),
        (b"a\0.\0t\0", "zone_lists: [zones]"),
    ] {
        let (code, text, _) = check_list(list);
        assert!(text.contains(part), "{text}");
        assert_eq!(code == Some(0), text.contains("2 zones"), "{text}");
    }
}

#[test]
fn shards_share_the_lines_of_a_list() {
    let names: Vec<String> = (0..30).map(|number| format!("zone-{number}.test")).collect();
    let at = || Nameserver::new().zones(&names, 7).start();
    let (primary, secondary) = (at(), at());
    let (primary, secondary) = (primary.address().to_string(), secondary.address().to_string());
    let list = names.join("\n") + "\na,b\n{\"zone\":\"zone-0.test\",\"nope\":1}\n";
    let mut zones = Vec::new();
    let mut unread = Vec::new();
    for index in 0..3 {
        let shard = format!("{index}/3");
        let more = ["--shard", &shard, "-p", &primary, "-s", &secondary, "--compare", "serials"];
        let outcome = sweep(&list).args(more).args(["--fail-on", "never", "--vantage", "here"]).ok();
        for row in rows(&outcome) {
            assert_eq!(row["vantage"], "here");
            match row["line"].as_u64() {
                Some(line) => unread.push((line, index)),
                None => zones.push(row["zone"].as_str().unwrap().to_owned()),
            }
        }
    }
    zones.sort();
    let mut expected: Vec<String> = names.iter().map(|name| format!("{name}.")).collect();
    expected.sort();
    assert_eq!(zones, expected);
    assert_eq!(unread.len(), 2);
    assert!(unread.contains(&(31, 0)), "{unread:?}");
    let probe = Probe::check_no_zone().args(["--zones", "-", "--shard", "3/3"]).stdin("");
    assert!(probe.unknown().stderr().contains("the shards are 0 to 2"));
}

#[test]
fn the_vantage_and_the_shard_of_the_configuration_count_for_its_zones() {
    let names: Vec<String> = (0..10).map(|number| format!("zone-{number}.test")).collect();
    let at = || Nameserver::new().zones(&names, 7).start();
    let (primary, secondary) = (at(), at());
    let directory = tempfile::tempdir().unwrap();
    let config = |more: &str| {
        let path = directory.path().join("config.yaml");
        let servers = crate::harness::service::servers(&[&primary, &secondary]);
        std::fs::write(
            &path,
            format!("probe: {{compare: serials}}\n{servers}zones: [{}]\n{more}", names.join(", ")),
        )
        .unwrap();
        path.to_str().unwrap().to_owned()
    };
    let path = config("shard: {index: 1, count: 2}\nvantage: there\n");
    let outcome = Probe::check_no_zone().args(["-c", &path]).ok();
    let count = outcome.json()["zones"].as_array().unwrap().len();
    assert!(count > 0 && count < names.len(), "{count}");
    assert_eq!(outcome.json()["probe"]["vantage"], "there");
    let outcome = Probe::check_no_zone().args(["-c", &path, "--shard", "0/2", "--vantage", "here"]).ok();
    assert_eq!(outcome.json()["zones"].as_array().unwrap().len(), names.len() - count);
    assert_eq!(outcome.json()["probe"]["vantage"], "here");
    for name in &names {
        assert_eq!(Probe::check(name).args(["-c", &path]).ok().zone()["verdict"], "in_sync");
    }
    for (more, part) in [
        ("shard: {index: 2, count: 2}\n", "the shards are 0 to 1"),
        ("shard: {index: 0}\n", "`count` is missing"),
        ("shard: 1/2\n", "expected"),
        ("vantage: \"\"\n", "the name of a vantage is empty"),
    ] {
        let outcome = Probe::check_no_zone().args(["-c", &config(more)]).unknown();
        assert!(outcome.stderr().contains(part), "{more}: {}", outcome.stderr());
    }
}
