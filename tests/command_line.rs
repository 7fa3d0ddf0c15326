//! The output of each command, and its exit code.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Nameserver, Probe, RunningNameserver, golden, make_fifo, send_signal, until};

const ZONE: &str = "example.test";

fn zoneprobe(arguments: &[&str]) -> std::process::Output {
    let output = Command::new(env!("CARGO_BIN_EXE_zoneprobe")).args(arguments).stdin(Stdio::null()).output();
    output.expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the command prints UTF-8")
}

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

fn lagging() -> (RunningNameserver, RunningNameserver) {
    (at(7).start(), at(6).start())
}

#[test]
fn check_of_one_zone_prints_a_table() {
    let other = at(7)
        .replace("www 300 A 192.0.2.9")
        .record("esc", 16, 60, b"\x08\x1b[31m<b>")
        .nsid(b"fra\x1b[1m")
        .start();
    let (primary, secondary) = (at(7).start(), other);
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&secondary).default_format().critical();
    assert!(!outcome.stdout().contains('\x1b'), "no colour in a pipe, and no escape sequence of a server");
    assert!(outcome.stderr().is_empty(), "{}", outcome.stderr());
    golden::assert_golden("check/diverged.txt", outcome.stdout());
}

#[test]
fn color_always_adds_colour_and_changes_nothing_else() {
    let (primary, secondary) = lagging();
    let probe = || Probe::check(ZONE).primary(&primary).secondary(&secondary).default_format();
    let (plain, coloured) = (probe().warning(), probe().args(["--color", "always"]).warning());
    assert!(coloured.stdout().contains("\x1b["));
    let stripped = anstream::adapter::strip_str(coloured.stdout()).to_string();
    assert_eq!(golden::filtered(&stripped), golden::filtered(plain.stdout()));
}

#[test]
fn every_format_has_the_same_verdict() {
    let (primary, secondary) = lagging();
    let probe = || Probe::check(ZONE).primary(&primary).secondary(&secondary);
    let json = probe().warning().json();
    assert_eq!((&json["schema"], &json["verdict"]), (&"zoneprobe/report/1".into(), &"behind".into()));
    let line = probe().format("ndjson").warning();
    let line: serde_json::Value = serde_json::from_str(line.stdout()).unwrap();
    assert_eq!((&line["schema"], &line["zone"]), (&"zoneprobe/zone/1".into(), &"example.test.".into()));
    let nagios = probe().format("nagios").warning();
    assert!(nagios.stdout().starts_with("ZONEPROBE WARNING - "), "{}", nagios.stdout());
    let junit = probe().format("junit").warning();
    let junit = roxmltree::Document::parse(junit.stdout()).unwrap();
    let failed = junit.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    assert_eq!(failed.attribute("type"), Some("behind"));
    let markdown = probe().format("markdown").warning();
    assert!(markdown.stdout().contains("example.test: behind\n"), "{}", markdown.stdout());
    let github = probe().format("github").warning();
    assert!(github.stdout().starts_with("::warning title=example.test%3A ns1 "), "{}", github.stdout());
}

#[test]
fn reports_are_valid_by_the_schema() {
    let schema = include_str!("../src/report/model/schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let (primary, secondary) = lagging();
    let refusing = at(7).refusing().start();
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&secondary).secondary(&refusing).critical();
    let errors: Vec<String> = schema.iter_errors(&outcome.json()).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let outcome = Probe::check(ZONE).primary(&primary).format("ndjson").unknown();
    assert!(schema.is_valid(&serde_json::from_str(outcome.stdout()).unwrap()));
}

#[test]
fn report_writes_files_in_addition_to_standard_output() {
    let (primary, secondary) = lagging();
    let directory = tempfile::tempdir().unwrap();
    let probe = || Probe::check(ZONE).primary(&primary).secondary(&secondary).current_dir(directory.path());
    let outcome = probe().args(["--report", "ndjson=lines", "--report", "table=page"]).warning();
    assert_eq!(outcome.json()["zones"].as_array().unwrap().len(), 1);
    let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();
    assert!(read("lines").starts_with(r#"{"schema":"zoneprobe/zone/1""#));
    assert!(read("page").contains("behind") && !read("page").contains('\x1b'));
    let outcome = probe().args(["--report", "json=no/such/folder"]).unknown();
    assert!(outcome.stderr().contains("cannot write the report `no/such/folder`"), "{}", outcome.stderr());
    assert_eq!(outcome.json()["zones"], serde_json::json!([]));
    let outcome = probe().format("nagios").args(["--report", "json=no/such/folder"]).unknown();
    assert_eq!(outcome.stdout(), "");
}

#[test]
fn fail_on_lets_milder_severities_exit_with_0() {
    let (primary, secondary) = lagging();
    let probe = || Probe::check(ZONE).primary(&primary).secondary(&secondary);
    probe().args(["--fail-on", "warning"]).warning();
    probe().args(["--fail-on", "unknown"]).ok();
    probe().args(["--fail-on", "critical"]).ok();
    let refusing = at(7).transfer_refused().start();
    let unknown = || Probe::check(ZONE).primary(&primary).secondary(&refusing).args(["--by", "transfer"]);
    unknown().args(["--fail-on", "unknown"]).unknown();
    unknown().args(["--fail-on", "critical"]).ok();
}

#[test]
fn zones_come_from_arguments_files_and_standard_input() {
    let (server, other) = (at(7).zone("other.test", 7).start(), at(7).zone("other.test", 7).start());
    let names = |outcome: &crate::harness::Outcome| {
        let zones = outcome.json()["zones"].as_array().unwrap().clone();
        let mut names: Vec<String> =
            zones.iter().map(|zone| zone["zone"].as_str().unwrap().to_owned()).collect();
        names.sort_unstable();
        names
    };
    let both = ["example.test.", "other.test."];
    assert_eq!(names(&Probe::check(ZONE).zone("Other.TEST.").primary(&server).secondary(&other).ok()), both);
    let input = "# ours\nexample.test\n\nother.test. # and theirs\n";
    assert_eq!(
        names(
            &Probe::check_no_zone()
                .primary(&server)
                .secondary(&other)
                .args(["--zones", "-"])
                .stdin(input)
                .ok()
        ),
        both
    );
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("zones"), "example.test\nnot a zone\nother.test\n").unwrap();
    let probe =
        Probe::check_no_zone().primary(&server).args(["--zones", "zones"]).current_dir(directory.path());
    let outcome = probe.unknown();
    assert_eq!(names(&outcome), both);
    assert!(outcome.stderr().contains("`zones`, line 2"), "{}", outcome.stderr());
    let outcome = Probe::check_no_zone().args(["--zones", "/no/such/file"]).unknown();
    assert!(outcome.stderr().contains("cannot read zones from `/no/such/file`"), "{}", outcome.stderr());
}

#[test]
fn zones_of_arguments_are_reported_in_their_order() {
    let slow = Nameserver::new().zone("slow.test", 1).delaying(Duration::from_millis(100)).start();
    let fast = at(7).start();
    let probe = Probe::check("slow.test").zone(ZONE).primary(&slow).secondary(&fast);
    let outcome = probe.args(["--compare", "serials"]).run();
    let zones = outcome.json()["zones"].clone();
    assert_eq!((&zones[0]["zone"], &zones[1]["zone"]), (&"slow.test.".into(), &"example.test.".into()));
}

#[test]
fn bad_usage_exits_with_3_and_names_the_argument() {
    for (arguments, named) in [
        (&["check"][..], "ZONE"),
        (&["check", "a..b"], "a label is empty"),
        (&["check", "example.com", "-p", "192.0.2.1:0"], "`0` is not a port"),
        (&["check", "example.com", "-p", "192.0.2.1,kee=x"], "`kee=x` is not a setting"),
        (&["check", "example.com", "-p", "192.0.2.1,key=x"], "there is no key `x`"),
        (
            &["check", "example.com", "--tsig-file", "/no/such/file"],
            "cannot read the key file `/no/such/file`",
        ),
        (&["check", "example.com", "--ignore-type", "WWW"], "`WWW` is not an RR type"),
        (&["check", "example.com", "--report", "xml=x"], "`xml` is not a format"),
        (&["check", "example.com", "--grace", "soon"], "--grace"),
        (&["check", "example.com", "-4", "-6"], "cannot be used with"),
        (&["no-such-command"], "no-such-command"),
    ] {
        let output = zoneprobe(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}\n{stderr}");
        assert!(stderr.contains(named), "{arguments:?}\n{stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn options_on_how_records_are_read_that_do_not_fit_are_refused_with_a_remedy() {
    let one = &["check", "example.com", "-p", "127.0.0.1:1"];
    let two = &["check", "example.com", "example.net", "-p", "127.0.0.1:1"];
    let verify = &["verify", "example.com", "-p", "127.0.0.1:1"];
    for (command, options, named) in [
        (&one[..], &["--name", "www"][..], "hint: write whole names, such as www.example.com"),
        (one, &["--name", "www.example.org/A"], "`--name www.example.org` is not in the zone `example.com`"),
        (two, &["--name", "www.example.org"], "`--name www.example.org` is in none of the zones"),
        (verify, &["--name", "www.example.org"], "`--name www.example.org` is not in the zone `example.com`"),
        (one, &["--name", "www.example.com/ANY"], "no RRset has the type ANY"),
        (one, &["--name", "www.example.com/WWW"], "`WWW` is not an RR type"),
        (one, &["--name", "www example.com"], "white space"),
        (one, &["--by", "transfer", "--name", "www.example.com"], "hint: write `--by query` or `--by auto`"),
        (verify, &["--by", "transfer", "--cover", "5"], "hint: write `--by query` or `--by auto`"),
        (one, &["--compare", "serials", "--name", "www.example.com"], "hint: write `--compare records`"),
        (verify, &["--compare", "serials", "--cover", "10%"], "hint: write `--compare records`"),
        (one, &["--compare", "serials", "--by", "query"], "hint: write `--compare records`"),
        (one, &["--by", "axfr"], "auto, transfer, query"),
        (one, &["--cover", "0"], "write a number of RRsets from 1"),
        (one, &["--cover", "-5"], "write a number of RRsets from 1"),
        (one, &["--cover", "-5%"], "write a number of RRsets from 1"),
        (one, &["--cover", "101%"], "write 100% to ask all of it"),
        (one, &["--cover", "0.5"], "as in 0.5%"),
        (one, &["--cover", "all"], "it is not a number"),
    ] {
        let arguments = [command, options].concat();
        let output = zoneprobe(&arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}\n{stderr}");
        assert!(stderr.contains(named), "{arguments:?}\n{stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_and_version_exit_with_0_and_fit_80_columns() {
    for arguments in [&["--help"][..], &["check", "-h"], &["explain", "-h"], &["demo", "-h"], &["--version"]]
    {
        let output = zoneprobe(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let widest = text(&output.stdout).lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 80, "{arguments:?}: {widest}");
    }
    assert_eq!(
        text(&zoneprobe(&["--version"]).stdout),
        concat!("zoneprobe ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_closed_pipe_ends_the_command_without_an_error() {
    let (server, other) = (at(7).start(), at(7).start());
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    let servers = [format!("ns0={}", server.address()), format!("ns1={}", other.address())];
    command.args(["check", "--zones", "-", "--format", "ndjson", "-p", &servers[0], "-s", &servers[1]]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut zones = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // It fails once the command has stopped reading.
        let _ = std::io::Write::write_all(&mut zones, "example.test\n".repeat(20_000).as_bytes());
    });
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    drop(stdout);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
    assert_eq!(stderr, "");
    writer.join().unwrap();
}

#[test]
fn sigint_exits_with_130_and_sigterm_with_143() {
    let silent = at(7).silent().start();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        command.args(["check", ZONE, "--timeout", "30s", "-p", &format!("ns0={}", silent.address())]);
        let before = silent.queries().len();
        let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
        until("a query", || silent.queries().len() > before);
        send_signal(child.id(), signal);
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn sigint_ends_a_check_that_waits_for_zones_on_standard_input() {
    let (server, other) = (at(7).start(), at(7).start());
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    let servers = [format!("ns0={}", server.address()), format!("ns1={}", other.address())];
    command.args(["check", "--zones", "-", "-f", "ndjson", "-p", &servers[0], "-s", &servers[1]]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut zones = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut zones, b"example.test\n").unwrap();
    // The first zone is reported while the command waits for the second one.
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains(r#""verdict":"in_sync""#), "{first}");
    send_signal(child.id(), "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(zones);
}

#[test]
fn no_address_to_query_and_two_reports_in_one_file_exit_with_3() {
    let server = at(7).start();
    let outcome = Probe::check(ZONE).primary(&server).arg("-6").unknown();
    assert_eq!(outcome.zone_findings(), ["no_servers"]);
    let probe =
        Probe::check(ZONE).primary(&server).args(["--report", "json=/tmp/x", "--report", "table=/tmp/x"]);
    assert!(probe.unknown().stderr().contains("two reports go to `/tmp/x`"));
}

#[test]
fn explain_lists_all_codes_prints_one_and_suggests_one_for_a_typo() {
    let index = text(&zoneprobe(&["explain"]).stdout);
    assert!(index.contains("diverged") && index.contains("serial_not_raised"), "{index}");
    let page = zoneprobe(&["explain", "Serial-Not-Raised"]);
    assert_eq!(page.status.code(), Some(0));
    assert!(text(&page.stdout).starts_with("serial_not_raised"), "{}", text(&page.stdout));
    let mistyped = zoneprobe(&["explain", "divergd"]);
    assert_eq!(mistyped.status.code(), Some(3));
    let message = text(&mistyped.stderr);
    assert_eq!(message, "error: `divergd` is not a code\nhint: did you mean `diverged`?\n");
}

#[test]
fn demo_finds_every_planted_problem() {
    let output = zoneprobe(&["demo"]);
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    for line in ["in_sync   ns1", "behind    ns2", "diverged  ns3", "ahead     ns4", "lame      ns5"] {
        assert!(stdout.contains(line), "{line}\n{stdout}");
    }
    assert!(stdout.ends_with("is as planted.\n"), "{stdout}");
}

/// Whether a process handles SIGTERM by now; it does not once it has ended.
fn handles_sigterm(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    // Bit 14 stands for signal 15.
    caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & (1 << 14) != 0)
}

/// Runs the command until it handles SIGTERM, ends it with SIGTERM, and returns its exit code.
fn code_after_sigterm(mut command: Command) -> Option<i32> {
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the handler of SIGTERM, or the end", || {
        handles_sigterm(child.id()) || child.try_wait().unwrap().is_some()
    });
    // It opens its files meanwhile.
    std::thread::sleep(Duration::from_millis(300));
    code_of_waiting(child, &command)
}

/// Runs the command for a second, ends it with SIGTERM, and returns its exit code.
fn code_after_a_second_and_sigterm(mut command: Command) -> Option<i32> {
    let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    code_of_waiting(child, &command)
}

/// Ends a command that waits with SIGTERM, and returns its exit code.
fn code_of_waiting(mut child: Child, command: &Command) -> Option<i32> {
    assert_eq!(child.try_wait().unwrap(), None, "{command:?} waits for the pipe");
    send_signal(child.id(), "TERM");
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{command:?} outlives SIGTERM");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn sigterm_ends_a_command_that_waits_for_a_pipe() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    make_fifo(&fifo);
    let fifo = fifo.to_str().unwrap();
    let server = at(7).start();
    let address = server.address().to_string();
    let report = format!("json={fifo}");
    let commands: [&[&str]; 8] = [
        &["check", "--zones", fifo, "-p", &address],
        &["check", ZONE, "--tsig-file", fifo, "-p", &address],
        &["check", "-c", fifo],
        &["check", ZONE, "-p", &address, "--report", &report],
        &["verify", ZONE, "--tsig-file", fifo, "-p", &address],
        &["verify", ZONE, "-c", fifo],
        &["verify", ZONE, "-p", &address, "--wait", "60s", "--tsig-file", fifo],
        &["serve", "-c", fifo],
    ];
    for arguments in commands {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        command.args(arguments).stdout(Stdio::null());
        let expected = if arguments[0] == "serve" { 0 } else { 143 };
        assert_eq!(code_after_sigterm(command), Some(expected), "{arguments:?}");
    }
    // `config check` handles no signal.
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.args(["config", "check", fifo]).stdout(Stdio::null());
    assert_eq!(code_after_a_second_and_sigterm(command), None);
    // A writer that opens the pipe and writes nothing.
    let writer = std::fs::OpenOptions::new().read(true).write(true).open(fifo).unwrap();
    for arguments in &commands[..3] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        command.args(*arguments).stdout(Stdio::null());
        assert_eq!(code_after_sigterm(command), Some(143), "{arguments:?}");
    }
    drop(writer);
}

#[test]
fn sigterm_ends_a_command_whose_output_nobody_reads() {
    let directory = tempfile::tempdir().unwrap();
    let list = directory.path().join("zones");
    let zones = (0..3000).map(|number| format!("z{number}.test\n")).collect::<Vec<_>>().concat();
    std::fs::write(&list, zones).unwrap();
    let server = at(7).start();
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.args(["check", "-f", "ndjson", "--compare", "serials", "-p", &server.address().to_string()]);
    command.arg("--zones").arg(&list).stdout(Stdio::piped());
    // By then the pipe is full.
    assert_eq!(code_after_a_second_and_sigterm(command), Some(143));
}

#[test]
fn a_pipe_is_no_zone_file_and_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    make_fifo(&directory.path().join("fifo"));
    let server = at(7).start();
    let probe = Probe::check(ZONE).primary(&server).current_dir(directory.path());
    let outcome = probe.args(["-z", "fifo"]).unknown();
    assert!(outcome.stderr().contains("fifo is no regular file"), "{}", outcome.stderr());
}

#[test]
fn zones_and_keys_can_be_read_from_a_pipe() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    make_fifo(&fifo);
    let path = fifo.clone();
    let writer = std::thread::spawn(move || std::fs::write(path, format!("{ZONE}\n")).unwrap());
    let (server, other) = (at(7).start(), at(7).start());
    let probe = Probe::check_no_zone().primary(&server).secondary(&other);
    let outcome = probe.args(["--zones", fifo.to_str().unwrap()]).ok();
    assert_eq!(outcome.zone()["zone"], "example.test.");
    writer.join().unwrap();
}

#[test]
fn too_little_address_space_is_an_error_with_exit_code_3() {
    for arguments in ["--version", "--help", "explain", "check example.test -p 127.0.0.1:1"] {
        for kibibytes in [300_000, 1_000_000] {
            let mut command = Command::new("sh");
            command.arg("-c").arg(format!("ulimit -v {kibibytes}; exec \"$0\" {arguments}"));
            let output = command.arg(env!("CARGO_BIN_EXE_zoneprobe")).stdin(Stdio::null()).output().unwrap();
            let stderr = text(&output.stderr);
            assert_eq!(output.status.code(), Some(3), "{arguments} {kibibytes}: {stderr}");
            assert!(stderr.contains("the limit on address space (ulimit -v)"), "{arguments}: {stderr}");
        }
    }
}

#[test]
fn a_file_past_the_limit_of_the_system_is_an_error_with_exit_code_3() {
    let directory = tempfile::tempdir().unwrap();
    let (server, other) = (at(7).start(), at(7).start());
    let address = server.address().to_string();
    let run = |arguments: &str| {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit -f 0; exec \"$0\" {arguments}"));
        command.arg(env!("CARGO_BIN_EXE_zoneprobe")).current_dir(directory.path()).stdin(Stdio::null());
        let output = command.output().unwrap();
        (output.status.code(), text(&output.stderr))
    };
    for (arguments, message) in [
        (format!("check {ZONE} -p {address} --report json=report"), "cannot write the report `report`"),
        (format!("check {ZONE} -p {address} > output"), "cannot write to standard output"),
        (format!("verify {ZONE} -p {address} --wait 0s > output"), "cannot write to standard output"),
        (format!("check {ZONE} -p {address} --state state"), "cannot use the state file `state`"),
        ("explain > output".to_owned(), "cannot write to standard output"),
        ("config example > output".to_owned(), "cannot write to standard output"),
        ("--help > output".to_owned(), "cannot write to standard output"),
        ("check --help > output".to_owned(), "cannot write to standard output"),
    ] {
        let (code, stderr) = run(&arguments);
        assert_eq!(code, Some(3), "{arguments}: {stderr}");
        assert!(stderr.contains(message), "{arguments}: {stderr}");
    }
    // What was refused is used the next time.
    let probe = || Probe::check(ZONE).primary(&server).secondary(&other).current_dir(directory.path());
    assert_eq!(probe().args(["--state", "state"]).ok().stderr(), "");
}
