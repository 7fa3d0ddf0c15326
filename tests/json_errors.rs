//! JSON on standard output whatever happens: failures, bad usage, and runs that a signal ends.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::harness::{Nameserver, send_signal, until};

const ZONE: &str = "example.test";

/// Runs the command in each JSON format, and returns the documents of both.
fn failing(directory: &tempfile::TempDir, arguments: &str) -> Vec<(Vec<Value>, String)> {
    let run = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        command.current_dir(directory.path()).args(arguments.split_whitespace());
        let output = command.args(["--format", format]).stdin(Stdio::null()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments}: {stderr}");
        (documents(&output.stdout, format), stderr)
    };
    vec![run("json"), run("ndjson")]
}

/// The documents of an output, each of which is as the schema says.
fn documents(stdout: &[u8], format: &str) -> Vec<Value> {
    let schema = serde_json::from_str(include_str!("../src/report/model/schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let text = std::str::from_utf8(stdout).unwrap();
    let documents: Vec<Value> = match format {
        "json" => vec![serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))],
        _ => text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
    };
    for document in &documents {
        let errors: Vec<String> = schema.iter_errors(document).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {document}");
    }
    documents
}

#[test]
fn every_failure_is_json_and_a_message() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("bad.yaml", "zones: [example.test]\nbogus: 1\n");
    write("bad.key", "key xfr { algorithm hmac-md6; secret \"AAAA\"; };");
    write("bad.zone", "@ SOA ns1 host 1 2 3 4 5\nwww A 192.0.2.256\n");
    write("state", "this is no store");
    let server = "-p 127.0.0.1:1";
    for (arguments, error) in [
        (format!("check {ZONE} {server} -z none.zone"), "none.zone"),
        (format!("check {ZONE} {server} -z bad.zone"), "bad.zone:2:7"),
        (format!("verify {ZONE} {server} -z bad.zone"), "bad.zone:2:7"),
        ("check -c bad.yaml".to_owned(), "bad.yaml:2:1"),
        ("check -c none.yaml".to_owned(), "none.yaml"),
        (format!("verify {ZONE} -c bad.yaml"), "bad.yaml:2:1"),
        (format!("check {ZONE} {server} --tsig-file bad.key"), "bad.key"),
        (format!("verify {ZONE} {server} --tsig-file none.key"), "none.key"),
        (format!("check {server} --zones none.txt"), "none.txt"),
        (format!("check {ZONE} {server} --report junit=none/report.xml"), "none/report.xml"),
        (format!("verify {ZONE} {server} --report json=none/report.json"), "none/report.json"),
        (format!("check {ZONE} {server} --state state"), "state"),
        (format!("check {ZONE} {server},key=other"), "there is no key `other`"),
        (format!("verify {ZONE} {server} --expect bogus"), "cannot expect that"),
        (format!("verify {ZONE} {server} --baseline none.zone"), "none.zone"),
        (format!("verify {ZONE} {server} --warn-only ns9"), "--warn-only ns9"),
        // Bad usage.
        (format!("check {ZONE} {server} --bogus"), "unexpected argument '--bogus'"),
        (format!("check {ZONE} {server} --timeout soon"), "soon"),
        (format!("check {ZONE} -p a=b=c"), "a=b=c"),
        ("check".to_owned(), "required"),
        ("verify".to_owned(), "required"),
    ] {
        for (index, (documents, stderr)) in failing(&directory, &arguments).into_iter().enumerate() {
            let [document] = documents.as_slice() else { panic!("{arguments}: {documents:?}") };
            let schema = ["zoneprobe/report/1", "zoneprobe/error/1"][index];
            assert_eq!(document["schema"], schema, "{arguments}");
            let text = document["error"].as_str().unwrap();
            assert!(text.contains(error), "{arguments}: {text}");
            assert!(!text.starts_with("error") && !text.contains("Usage:"), "{arguments}: {text}");
            assert!(stderr.contains("error: ") && stderr.contains(error), "{arguments}: {stderr}");
            if index == 0 {
                let states = (&document["verdict"], &document["severity"], &document["zones"]);
                assert_eq!(states, (&"unknown".into(), &"unknown".into(), &Value::Array(Vec::new())));
            }
        }
    }
}

#[test]
fn other_formats_and_help_print_no_json() {
    for arguments in [
        ["check", "--zones", "none.txt", "--format", "table"].as_slice(),
        &["check", "--zones", "none.txt", "--format", "junit"],
        &["check", "--bogus"],
        &["config", "check", "none.yaml"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), b"".as_slice()));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    let output = command.args(["check", "-f", "json", "--help"]).output().unwrap();
    assert!(output.status.success() && !output.stdout.starts_with(b"{"));
}

#[test]
fn a_line_that_is_no_zone_is_an_error_beside_the_zones() {
    let (server, other) = (Nameserver::new().zone(ZONE, 7).start(), Nameserver::new().zone(ZONE, 7).start());
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("zones"), format!("{ZONE}\n..\n{ZONE}\n")).unwrap();
    let arguments = format!("check --zones zones -p {} -s {}", server.address(), other.address());
    let outputs = failing(&directory, &arguments);
    let [(report, _), (lines, _)] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert_eq!(report[0]["zones"].as_array().unwrap().len(), 2);
    assert!(report[0]["error"].as_str().unwrap().contains("line 2"), "{}", report[0]["error"]);
    assert_eq!(report[0]["severity"], "unknown");
    let schemas: Vec<&Value> = lines.iter().map(|line| &line["schema"]).collect();
    let errors = schemas.iter().filter(|schema| **schema == "zoneprobe/unread/1").count();
    assert_eq!((schemas.len(), errors), (3, 1), "{lines:?}");
}

/// Starts a sweep whose second zone is never answered.
fn sweep(format: &str, report: &str) -> (Child, [crate::harness::RunningNameserver; 3]) {
    let at = || Nameserver::new().zone(ZONE, 7);
    let servers = [at().start(), at().start(), at().silent().start()];
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.args(["check", "--zones", "-", "--timeout", "30s", "-f", format, "--report", report]);
    for server in &servers[..2] {
        command.args(["-s", &server.address().to_string()]);
    }
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    (child, servers)
}

#[test]
fn a_run_that_a_signal_ends_prints_valid_json_so_far() {
    for (format, signal, code) in
        [("json", "TERM", 143), ("json", "INT", 130), ("ndjson", "TERM", 143), ("ndjson", "INT", 130)]
    {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("report.ndjson");
        // The report in the file tells when the first zone is done.
        let (mut child, servers) = sweep(format, &format!("ndjson={}", file.display()));
        let mut zones = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut zones, format!("{ZONE}\n").as_bytes()).unwrap();
        let mut first = String::new();
        until("the report on the first zone", || {
            first.clear();
            if let Ok(report) = File::open(&file) {
                BufReader::new(report).read_line(&mut first).unwrap();
            }
            first.ends_with('\n')
        });
        send_signal(child.id(), signal);
        let mut stdout = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{format} {signal}");
        let error = format!("ended by SIG{signal}");
        let documents = documents(&stdout, format);
        if format == "json" {
            assert_eq!(documents[0]["zones"][0]["zone"], "example.test.");
            assert_eq!(documents[0]["error"], error);
        } else {
            assert_eq!(documents.len(), 2, "{documents:?}");
            assert_eq!(documents[0]["zone"], "example.test.");
            assert_eq!(documents[1]["error"], error);
        }
        let report = std::fs::read_to_string(&file).unwrap();
        assert_eq!(report.lines().count(), 2, "{report}");
        drop((zones, servers));
    }
}

#[test]
fn a_wait_that_a_signal_ends_prints_the_report_so_far() {
    let (server, other) = (Nameserver::new().zone(ZONE, 7).start(), Nameserver::new().zone(ZONE, 6).start());
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.args(["verify", ZONE, "--wait", "60s", "-f", "json"]);
    command.args(["-p", &server.address().to_string(), "-s", &other.address().to_string()]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("a third query", || other.queries().len() >= 3);
    send_signal(child.id(), "TERM");
    let mut stdout = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let report = documents(&stdout, "json").remove(0);
    assert_eq!(report["error"], "ended by SIGTERM");
    assert_eq!(report["zones"][0]["servers"][1]["serial"], 6);
}
