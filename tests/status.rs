//! `status` of a server in the configuration: channels that are slow, broken or hostile.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::documentation::{blocks, text};
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

/// A primary and a secondary that lags, and the folder of their configuration.
struct Servers {
    primary: RunningNameserver,
    secondary: RunningNameserver,
    directory: TempDir,
}

impl Servers {
    fn start() -> Self {
        Self {
            primary: Nameserver::new().zone("one.test", 7).zone("two.test", 7).start(),
            secondary: Nameserver::new().zone("one.test", 6).zone("two.test", 6).start(),
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// A check of these zones, where this is the status of the secondary.
    fn check(&self, status: &str, zones: &str) -> Probe<'_> {
        let file = self.directory.path().join("zoneprobe.yaml");
        let configuration = format!(
            "probe: {{timeout: 500ms}}\nservers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1:\n    address: \
             \"{}\"\n    status: {status}\nzones: [{zones}]\n",
            self.primary.address(),
            self.secondary.address()
        );
        fs::write(&file, configuration).unwrap();
        Probe::check_no_zone().args(["-c", file.to_str().unwrap()])
    }

    /// What the report says of the secondary, whose verdict does not depend on it.
    #[track_caller]
    fn status(&self, status: &str) -> Value {
        let outcome = self.check(status, "one.test").warning();
        assert_eq!(outcome.verdict("ns1"), "behind");
        assert!(!outcome.stdout().contains('\u{1b}'), "{}", outcome.stdout());
        outcome.server("ns1")["status"].clone()
    }

    /// Writes a program that runs this in a shell, and returns the status for it.
    fn program(&self, software: &str, script: &str) -> String {
        let path = self.directory.path().join("control");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        format!("{{{software}: [\"{}\", first]}}", path.display())
    }
}

/// What an endpoint does with a connection, once it has read a request.
type Respond = dyn Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync;

/// A scripted endpoint over HTTP. Its thread ends with the process of the tests.
struct Endpoint {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Endpoint {
    fn start(respond: Box<Respond>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, respond) = (Arc::clone(&requests), Arc::new(respond));
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (seen, respond) = (Arc::clone(&seen), Arc::clone(&respond));
                thread::spawn(move || {
                    let mut request = Vec::new();
                    let mut buffer = [0; 1024];
                    while !request.ends_with(b"\r\n\r\n") {
                        match stream.read(&mut buffer) {
                            Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
                            Ok(0) | Err(_) => return,
                        }
                    }
                    seen.lock().unwrap().push(String::from_utf8(request).unwrap());
                    // The client may be gone.
                    let _ = respond(&mut stream);
                });
            }
        });
        Self { address, requests }
    }

    /// One that answers with this text.
    fn answering(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::start(Box::new(move |stream| stream.write_all(&response)))
    }

    /// One that answers with this body.
    fn serving(body: &str) -> Self {
        Self::answering(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
    }

    fn bind(&self) -> String {
        format!("{{bind: \"http://{}\"}}", self.address)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// The statistics of BIND with one zone.
fn statistics(zone: &str) -> String {
    format!(r#"{{"views": {{"_default": {{"zones": [{zone}]}}}}}}"#)
}

#[test]
fn what_bind_says_is_quoted_and_the_request_is_plain() {
    let (servers, endpoint) = (
        Servers::start(),
        Endpoint::serving(&statistics(
            r#"{"name": "one.test", "class": "IN", "type": "\u001b]0;owned\u0007", "serial": 6,
                "refresh": "2026-11-22T20:00:00Z", "expires": "2026-12-22T20:00:00Z"}"#,
        )),
    );
    let status = servers.status(&format!("{{bind: \"http://{}/behind/a/proxy/\"}}", endpoint.address));
    assert_eq!(status["serial"], 6);
    assert_eq!(status["next_refresh"], "2026-11-22T20:00:00Z");
    assert_eq!(status["expires"], "2026-12-22T20:00:00Z");
    assert_eq!(status["state"], "\\027]0;owned\\007");
    let [request] = &endpoint.requests()[..] else { panic!("one request") };
    let expected = format!(
        "GET /behind/a/proxy/json/v1/zones HTTP/1.1\r\nhost: {}\r\nuser-agent: zoneprobe/{}\r\naccept: \
         application/json\r\nconnection: close\r\n\r\n",
        endpoint.address,
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(*request, expected);
}

#[test]
fn a_channel_that_is_broken_is_told_and_changes_nothing_else() {
    let servers = Servers::start();
    let moved = Endpoint::serving("{}");
    let redirection =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n", moved.address);
    for (endpoint, kind, part) in [
        (Endpoint::serving("{}"), "unknown_zone", "no such zone"),
        (Endpoint::serving("<html>\u{1b}[2J"), "malformed", "cannot be read: expected value"),
        (Endpoint::serving(&statistics("7")), "malformed", "invalid type: integer `7`"),
        (Endpoint::serving(&"[".repeat(1 << 20)), "malformed", "cannot be read"),
        (Endpoint::answering("HTTP/1.1 404 \u{1b}[2J\r\nContent-Length: 0\r\n\r\n"), "malformed", ""),
        (
            Endpoint::answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            "http_status",
            "status 404",
        ),
        (
            Endpoint::answering("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"),
            "http_status",
            "refused to answer",
        ),
        (Endpoint::answering(redirection), "http_status", "redirections are not followed"),
        (Endpoint::answering("SSH-2.0-OpenSSH_9.2\r\n"), "malformed", "cannot be read"),
        (Endpoint::answering(""), "malformed", "cannot be read"),
        (
            Endpoint::answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"),
            "malformed",
            "cannot be read",
        ),
        (Endpoint::answering("HTTP/1.1 200 OK\r\n".repeat(100_000)), "malformed", "cannot be read"),
        (Endpoint::answering(format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(1 << 20))), "malformed", ""),
    ] {
        let failure = servers.status(&endpoint.bind())["failure"].clone();
        let message = failure["message"].as_str().unwrap();
        assert!(failure["kind"] == kind && message.contains(part), "{failure}, expected {kind} with {part}");
    }
    assert_eq!(moved.requests().len(), 0);
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let failure = servers.status(&format!("{{bind: \"http://{closed}\"}}"))["failure"].clone();
    assert_eq!(failure["kind"], "unreachable");
    assert!(failure["message"].as_str().unwrap().contains("refused"), "{failure}");
}

#[test]
fn a_channel_that_is_silent_slow_or_endless_costs_no_more_than_its_time() {
    let servers = Servers::start();
    let silent = Endpoint::start(Box::new(|stream| stream.read(&mut [0; 1]).map(drop)));
    let slow = Endpoint::start(Box::new(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        loop {
            stream.write_all(b"1\r\n \r\n")?;
            thread::sleep(Duration::from_millis(10));
        }
    }));
    let endless = Endpoint::start(Box::new(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        loop {
            stream.write_all(&[b' '; 1 << 14])?;
        }
    }));
    for (endpoint, kinds) in
        [(silent, ["timeout"].as_slice()), (slow, &["timeout"]), (endless, &["limit_exceeded", "timeout"])]
    {
        let began = Instant::now();
        let failure = servers.status(&endpoint.bind())["failure"].clone();
        assert!(kinds.iter().any(|kind| failure["kind"] == *kind), "{failure}");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

#[test]
fn a_channel_that_failed_is_asked_once_for_all_zones_and_so_is_a_list_of_zones() {
    let servers = Servers::start();
    let failing = Endpoint::answering("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    let one = r#"{"name": "one.test", "class": "IN", "serial": 6}"#;
    let two = r#"{"name": "two.test", "class": "IN", "serial": 5}"#;
    let listing = Endpoint::serving(&statistics(&format!("{one}, {two}")));
    for endpoint in [&failing, &listing] {
        let outcome = servers.check(&endpoint.bind(), "one.test, two.test").warning();
        assert_eq!(endpoint.requests().len(), 1, "{}", outcome.transcript());
    }
    let outcome = servers.check(&listing.bind(), "one.test, two.test").warning();
    let serials: Vec<Value> =
        (0..2).map(|zone| outcome.json()["zones"][zone]["servers"][1]["status"]["serial"].clone()).collect();
    assert_eq!(serials, [json!(6), json!(5)]);
}

#[test]
fn the_key_of_the_api_is_in_the_request_and_in_no_output() {
    let servers = Servers::start();
    let path = servers.directory.path().join("pdns.key");
    fs::write(&path, "hunter2\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let good = r#"[{"name": "one.test.", "kind": "Slave", "serial": 6, "last_check": 0}]"#;
    for endpoint in [Endpoint::serving(good), Endpoint::serving("hunter"), Endpoint::answering("")] {
        let status = format!("{{powerdns: \"http://{}\", key_file: pdns.key}}", endpoint.address);
        let printed = |outcome: Outcome| format!("{}{}", outcome.stdout(), outcome.stderr());
        for format in ["json", "table", "markdown", "junit"] {
            let outcome = servers.check(&status, "one.test").format(format).arg("-vvv").warning();
            assert!(!printed(outcome).contains("hunter2"), "{format}");
        }
        let requests = endpoint.requests();
        assert!(!requests.is_empty() && requests.iter().all(|it| it.contains("x-api-key: hunter2\r\n")));
        let first = "GET /api/v1/servers/localhost/zones?dnssec=false&zone=one.test. HTTP/1.1\r\n";
        assert!(requests[0].starts_with(first), "{}", requests[0]);
    }
    let file = servers.directory.path().join("zoneprobe.yaml");
    let checked = std::process::Command::new(env!("CARGO_BIN_EXE_zoneprobe"))
        .args(["config", "check", file.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(checked.status.success());
    let printed = [checked.stdout, checked.stderr].concat();
    assert!(!String::from_utf8(printed).unwrap().contains("hunter2"));
}

#[test]
fn a_key_file_that_everybody_can_read_is_warned_of() {
    let servers = Servers::start();
    let path = servers.directory.path().join("pdns.key");
    fs::write(&path, "hunter2\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let endpoint = Endpoint::serving("[]");
    let status = format!("{{powerdns: \"http://{}\", key_file: pdns.key}}", endpoint.address);
    let outcome = servers.check(&status, "one.test").warning();
    assert!(
        outcome.stderr().contains("everybody on this host can read the key file"),
        "{}",
        outcome.stderr()
    );
}

#[test]
fn a_program_is_run_without_a_shell_and_what_it_prints_is_quoted() {
    let servers = Servers::start();
    let status =
        servers.program("nsd", "printf 'state: \\033[31m%s\\nserved-serial: \"6 since now\"\\n' \"$*\"");
    let status = servers.status(&status);
    assert_eq!((&status["source"], &status["serial"]), (&json!("nsd"), &json!(6)));
    assert_eq!(status["state"], "\\027[31mfirst zonestatus one.test, served-serial 6 since now");
    let status = servers.program("knot", "echo '[one.test.] role: slave | serial: 6 | refresh: running'");
    assert_eq!(servers.status(&status)["transfer"], "refresh running");
}

#[test]
fn a_program_that_is_broken_is_told_and_changes_nothing_else() {
    let servers = Servers::start();
    for (script, kind, part) in [
        (
            "printf 'error: \\033[2Jconnect: Connection refused' >&2; exit 1",
            "command_failed",
            "error: \\027[2Jconnect",
        ),
        ("exit 1", "command_failed", "the program failed"),
        ("kill -9 $$", "command_failed", "the program failed"),
        ("exit 0", "malformed", "no state in ``"),
        ("exec yes", "limit_exceeded", "more than 65536 bytes"),
        ("sleep 1000; echo state: ok", "timeout", "no answer before the deadline"),
        ("echo 'error zone one.test not configured'; exit 1", "unknown_zone", "no such zone"),
    ] {
        let failure = servers.status(&servers.program("nsd", script))["failure"].clone();
        let message = failure["message"].as_str().unwrap();
        assert!(failure["kind"] == kind && message.contains(part), "{script}: {failure}");
    }
    let failure = servers.status("{knot: [/nonexistent/knotc]}")["failure"].clone();
    assert_eq!(failure["kind"], "command_failed");
    assert!(failure["message"].as_str().unwrap().contains("cannot be run"), "{failure}");
}

#[test]
fn a_program_is_run_one_at_a_time_and_for_no_name_that_a_shell_would_take_apart() {
    let servers = Servers::start();
    let runs = servers.directory.path().join("runs");
    let script = format!("echo \"$3\" >> {}; echo state: ok", runs.display());
    let status = servers.program("nsd", &script);
    let outcome = servers.check(&status, r"one.test, two.test, 'a\`reboot\`.test'").run();
    let mut zones: Vec<String> = fs::read_to_string(&runs).unwrap().lines().map(str::to_owned).collect();
    zones.sort();
    assert_eq!(zones, ["one.test", "two.test"]);
    let failure = &outcome.json()["zones"][2]["servers"][1]["status"]["failure"];
    assert_eq!(failure["kind"], "name_not_passed", "{failure}");
}

#[test]
fn the_configuration_in_the_documentation_is_accepted() {
    let page = text("docs/status.md");
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("pdns.key"), "hunter2\n").unwrap();
    let configurations = blocks(&page, "yaml");
    assert!(!configurations.is_empty());
    for block in configurations {
        let file = directory.path().join("zoneprobe.yaml");
        fs::write(&file, block).unwrap();
        let checked = std::process::Command::new(env!("CARGO_BIN_EXE_zoneprobe"))
            .args(["config", "check", file.to_str().unwrap()])
            .output()
            .unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}
