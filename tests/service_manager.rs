//! `serve` under a service manager: a socket that it has opened, and a log that goes to its journal.

use std::net::{TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::Service;

/// What passes standard input as the first socket of a service manager.
const PASS_ONE: &str = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_FDNAMES=http LISTEN_PID=$$";

/// What makes standard error look like the journal.
const JOURNAL: &str = "JOURNAL_STREAM=$(stat -L -c %d:%i /dev/stderr); export JOURNAL_STREAM";

/// A zone whose server is down, which is logged.
const CONFIGURATION: &str =
    "servers: {ns0: {address: '127.0.0.1:1', role: primary}}\nzones: [example.test]\n";

/// The arguments of `serve` with a configuration in this directory.
fn arguments(directory: &TempDir, more: &[&str]) -> Vec<String> {
    let path = directory.path().join("zoneprobe.yaml");
    std::fs::write(&path, CONFIGURATION).unwrap();
    let path = path.display().to_string();
    let arguments = ["serve", "-c", &path, "--listen", "127.0.0.1:0", "--resolver", "127.0.0.1:1"];
    arguments.iter().chain(more).map(|argument| (*argument).to_owned()).collect()
}

#[test]
fn serve_listens_on_the_socket_that_the_service_manager_has_opened() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stdin = Stdio::from(OwnedFd::from(listener.try_clone().unwrap()));
    let service = Service::after(PASS_ONE, stdin, &arguments(&directory, &[])).expect("it starts");
    assert_eq!(service.address(), address);
    assert_eq!(service.get("/-/healthy").status, 200);
    service.signal("INT");
    assert_eq!(service.await_end().0.code(), Some(0));
    // The socket stays open for the next start.
    let stdin = Stdio::from(OwnedFd::from(listener));
    let service = Service::after(PASS_ONE, stdin, &arguments(&directory, &[])).expect("it starts again");
    assert_eq!(service.address(), address);
    service.signal("TERM");
    assert_eq!(service.await_end().0.code(), Some(0));
}

#[test]
fn sockets_that_are_for_another_process_are_not_taken() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let other = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=1";
    let stdin = Stdio::from(OwnedFd::from(listener));
    let service = Service::after(other, stdin, &arguments(&directory, &[])).expect("it starts");
    assert_ne!(service.address(), address);
}

#[test]
fn other_sockets_of_a_service_manager_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let udp: OwnedFd = UdpSocket::bind("127.0.0.1:0").unwrap().into();
    let unix: OwnedFd = UnixListener::bind(directory.path().join("socket")).unwrap().into();
    let file: OwnedFd = std::fs::File::open("/dev/null").unwrap().into();
    let tcp = || OwnedFd::from(TcpListener::bind("127.0.0.1:0").unwrap());
    let two = "exec 3<&0 4<&0 </dev/null; export LISTEN_FDS=2 LISTEN_PID=$$";
    let malformed = "exec 3<&0 </dev/null; export LISTEN_FDS=many LISTEN_PID=$$";
    let not_tcp = "something else than a socket that listens over TCP";
    for (passed, commands, expected) in [
        (udp, PASS_ONE, not_tcp),
        (unix, PASS_ONE, not_tcp),
        (file, PASS_ONE, not_tcp),
        (tcp(), two, "passed 2 sockets, and `serve` takes one"),
        (tcp(), malformed, "cannot take the socket of the service manager"),
    ] {
        let script = format!("{commands}\nexec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_zoneprobe")]).args(arguments(&directory, &[]));
        let output = command.stdin(Stdio::from(passed)).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(3) && stderr.contains(expected), "{stderr}");
    }
}

/// The log of a service from its start to its end.
fn log(commands: &str, more: &[&str]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let service = Service::after(commands, Stdio::null(), &arguments(&directory, more)).expect("it starts");
    service.await_ready();
    service.until("a verdict", || service.log().contains("verdict changed"));
    service.log()
}

#[test]
fn the_log_is_text_json_or_logfmt() {
    let text = log("", &["--log-format", "text"]);
    assert!(text.lines().all(|line| line.starts_with("20") && line.contains("zoneprobe::")), "{text}");
    let json = log("", &["--log-format", "json"]);
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let started = lines.iter().find(|line| line["msg"].as_str().unwrap().starts_with("metrics at")).unwrap();
    assert_eq!((&started["level"], &started["zones"]), (&"info".into(), &1.into()));
    assert!(lines.iter().all(|line| line["time"].as_str().unwrap().ends_with('Z')), "{json}");
    let verdict = lines.iter().find(|line| line["msg"] == "verdict changed").unwrap();
    assert!(
        verdict["verdict"].is_string() && verdict["target"] == "zoneprobe::monitor::verdict_log",
        "{json}"
    );
    let logfmt = log("", &["--log-format", "logfmt"]);
    let has = |line: &str| line.starts_with("time=20") && line.contains(" level=") && line.contains(" msg=");
    assert!(logfmt.lines().all(has), "{logfmt}");
    assert!(logfmt.contains(" msg=\"verdict changed\" zone=example.test"), "{logfmt}");
}

#[test]
fn in_the_journal_lines_have_a_priority_and_no_time() {
    for (format, start) in [("text", "<6> INFO zoneprobe::"), ("json", "<6>{\"level\":\"info\",")] {
        let log = log(JOURNAL, &["--log-format", format]);
        assert!(log.lines().any(|line| line.starts_with(start)), "{log}");
        assert!(log.lines().any(|line| line.starts_with("<4>") && line.contains("no state file")), "{log}");
        let has_no_time = |line: &str| {
            line.contains("> INFO ") || line.contains("> WARN ") || line.contains(">{\"level\":")
        };
        assert!(log.lines().all(|line| line.starts_with('<') && has_no_time(line)), "{log}");
    }
    // The variable is inherited where standard error goes elsewhere.
    let log = log("export JOURNAL_STREAM=1:1", &[]);
    assert!(log.lines().all(|line| line.starts_with("20")), "{log}");
}
