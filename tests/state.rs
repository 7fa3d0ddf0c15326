//! `--state`, from one process to the next.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::service::servers;
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver, Service, make_fifo, while_publishing};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

/// Runs `check` with `state` in this directory and a grace.
fn check(
    directory: &tempfile::TempDir,
    primary: &RunningNameserver,
    secondary: &RunningNameserver,
    grace: &str,
) -> Outcome {
    let probe = Probe::check(ZONE).primary(primary).secondary(secondary).current_dir(directory.path());
    probe.args(["--state", "state", "--grace", grace]).run()
}

#[test]
fn a_lagging_secondary_is_behind_then_propagating_then_stuck_over_three_processes() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(6).start());
    let first = check(&directory, &primary, &secondary, "1h");
    let server = first.server("ns1");
    assert_eq!((first.code(), server["verdict"].as_str()), (1, Some("behind")), "{}", first.transcript());
    assert!(server["self_heals"].is_null() && server["since"].is_null() && server["deadline"].is_null());

    let second = check(&directory, &primary, &secondary, "1h");
    let server = second.server("ns1");
    assert_eq!(
        (second.code(), server["verdict"].as_str()),
        (1, Some("propagating")),
        "{}",
        second.transcript()
    );
    assert_eq!(server["self_heals"], true);
    let (since, deadline) = (server["since"].as_str().unwrap(), server["deadline"].as_str().unwrap());
    let time = |text| humantime::parse_rfc3339(text).unwrap();
    assert_eq!(time(deadline).duration_since(time(since)).unwrap(), Duration::from_hours(1));

    let third = check(&directory, &primary, &secondary, "1ms");
    let server = third.server("ns1");
    assert_eq!((third.code(), server["verdict"].as_str()), (2, Some("stuck")), "{}", third.transcript());
    assert_eq!((&server["self_heals"], server["since"].as_str()), (&false.into(), Some(since)));
}

#[test]
fn the_lag_starts_at_the_first_missed_version_and_another_version_does_not_reset_it() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(7).start());
    assert_eq!(check(&directory, &primary, &secondary, "1h").code(), 0);
    primary.set_serial(8);
    let outcome = check(&directory, &primary, &secondary, "1h");
    assert_eq!(outcome.verdict("ns1"), "propagating", "{}", outcome.transcript());
    let since = outcome.server("ns1")["since"].clone();
    assert!(since.is_string());
    primary.set_serial(9);
    let outcome = check(&directory, &primary, &secondary, "1h");
    assert_eq!(outcome.server("ns1")["since"], since, "{}", outcome.transcript());
    secondary.set_serial(9);
    let outcome = check(&directory, &primary, &secondary, "1h");
    assert_eq!((outcome.code(), outcome.verdict("ns1").as_str()), (0, "in_sync"));
    assert!(outcome.server("ns1")["since"].is_null());
}

#[test]
fn a_lag_above_max_lag_is_critical_while_propagating() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(6).start());
    let probe = || {
        let probe = Probe::check(ZONE).primary(&primary).secondary(&secondary).current_dir(directory.path());
        probe.args(["--state", "state", "--max-lag", "1ms"])
    };
    assert_eq!(probe().warning().findings("ns1"), ["behind"]);
    let outcome = probe().critical();
    assert_eq!(
        (outcome.verdict("ns1"), outcome.findings("ns1")),
        ("propagating".to_owned(), vec!["max_lag_exceeded".to_owned(), "propagating".to_owned()])
    );
}

#[test]
fn a_lagging_copy_that_is_corrupt_is_diverged() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(6).start());
    check(&directory, &primary, &secondary, "1h");
    primary.edit(|zone| zone.with_serial(8).replace("www 300 A 192.0.2.81").unwrap());
    secondary.edit(|zone| zone.with_serial(7).replace("mail 3600 A 192.0.2.99").unwrap());
    let outcome = check(&directory, &primary, &secondary, "1h");
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    assert_eq!(outcome.server("ns1")["serial_lag"], 1);
    secondary.edit(|zone| zone.replace("mail 3600 A 192.0.2.25").unwrap());
    let outcome = check(&directory, &primary, &secondary, "1h");
    assert_eq!(outcome.verdict("ns1"), "propagating", "{}", outcome.transcript());
}

#[test]
fn a_serial_that_went_back_is_a_finding_before_the_secondaries_that_are_ahead() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(7).start());
    check(&directory, &primary, &secondary, "1h");
    primary.set_serial(3);
    let outcome = check(&directory, &primary, &secondary, "1h");
    assert_eq!((outcome.code(), outcome.verdict("ns1").as_str()), (2, "ahead"));
    assert_eq!(outcome.zone_findings(), ["serial_went_back"], "{}", outcome.transcript());
    let probe = Probe::check(ZONE).primary(&primary).secondary(&secondary).current_dir(directory.path());
    let nagios = probe.args(["--state", "state"]).format("nagios").critical();
    let line = nagios.stdout().lines().next().unwrap();
    assert!(line.find("went back from serial 7 to 3") < line.find("ahead:"), "{line}");
}

#[test]
fn a_damaged_state_file_is_set_aside_and_the_check_starts_without_history() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(6).start());
    check(&directory, &primary, &secondary, "1h");
    let damaged = b"redb\x1a\n\xa9\r\nthe rest is lost";
    std::fs::write(directory.path().join("state"), damaged).unwrap();
    let outcome = check(&directory, &primary, &secondary, "1h");
    assert_eq!((outcome.code(), outcome.verdict("ns1").as_str()), (1, "behind"));
    assert!(outcome.stderr().contains("the state file `state` is damaged"), "{}", outcome.stderr());
    assert!(outcome.stderr().contains("set aside as `state.damaged`"), "{}", outcome.stderr());
    assert_eq!(std::fs::read(directory.path().join("state.damaged")).unwrap(), damaged);
    let outcome = check(&directory, &primary, &secondary, "1h");
    assert_eq!((outcome.verdict("ns1").as_str(), outcome.stderr()), ("propagating", ""));
}

#[test]
fn a_state_path_that_names_no_store_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let (primary, secondary) = (at(7).start(), at(6).start());
    check(&directory, &primary, &secondary, "1h");
    std::os::unix::fs::symlink("state", path("link")).unwrap();
    std::os::unix::fs::symlink("nowhere", path("dangling")).unwrap();
    std::fs::write(path("zone"), "@ SOA ns1 host 1 2 3 4 5\n").unwrap();
    // Where a database has the version of its format.
    let mut later = std::fs::read(path("state")).unwrap();
    for offset in [64, 192] {
        later[offset] += 1;
    }
    std::fs::write(path("later"), later).unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    make_fifo(&path("fifo"));
    let listing = || {
        let entries = std::fs::read_dir(directory.path()).unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name(), entry.file_type().unwrap(), entry.metadata().unwrap().len())
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        format!("{entries:?}")
    };
    let before = listing();
    for (name, found) in [
        ("link", "it is a symbolic link"),
        ("dangling", "it is a symbolic link"),
        ("zone", "it has other content"),
        ("later", "it was written by a later version of zoneprobe"),
        ("folder", "it is a directory"),
        ("socket", "it is a socket"),
        ("fifo", "it is a FIFO"),
        ("/dev/null", "it is a device"),
    ] {
        for command in ["check", "verify"] {
            let probe = if command == "check" { Probe::check(ZONE) } else { Probe::verify(ZONE) };
            let probe = probe.primary(&primary).secondary(&secondary).current_dir(directory.path());
            let outcome = probe.args(["--state", name]).unknown();
            let named = format!("cannot use the state file `{name}`: {found}");
            assert!(outcome.stderr().contains(&named), "{}", outcome.transcript());
            assert!(outcome.stderr().contains("hint: it was left as it is; use"), "{}", outcome.transcript());
        }
        let text = format!("{}zones: [{ZONE}]\nstate: {name}\n", servers(&[&primary, &secondary]));
        std::fs::write(path("zoneprobe.yaml"), text).unwrap();
        let mut serve = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        serve.args(["serve", "--listen", "127.0.0.1:0", "-c"]).arg(path("zoneprobe.yaml"));
        let output = serve.output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&output.stderr).contains(found), "{output:?}");
        std::fs::remove_file(path("zoneprobe.yaml")).unwrap();
    }
    assert_eq!(listing(), before);
    // A link to the directory is no link to the file.
    std::os::unix::fs::symlink(".", path("here")).unwrap();
    let probe = Probe::check(ZONE).primary(&primary).secondary(&secondary).current_dir(directory.path());
    assert_eq!(probe.args(["--state", "here/state"]).run().verdict("ns1"), "propagating");
}

#[test]
fn a_lock_that_is_a_link_is_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(6).start());
    let (lock, precious) = (directory.path().join("state.lock"), directory.path().join("precious"));
    std::fs::write(&precious, "precious\n").unwrap();
    for is_symbolic in [true, false] {
        if is_symbolic {
            std::os::unix::fs::symlink(&precious, &lock).unwrap();
        } else {
            std::fs::hard_link(&precious, &lock).unwrap();
        }
        let outcome = check(&directory, &primary, &secondary, "1h");
        assert_eq!(outcome.code(), 3, "{}", outcome.transcript());
        assert!(outcome.stderr().contains("cannot use the lock of the state file, `state.lock`: it "));
        assert_eq!(std::fs::read(&precious).unwrap(), b"precious\n");
        assert!(!directory.path().join("state").exists());
        std::fs::remove_file(&lock).unwrap();
    }
    assert_eq!(check(&directory, &primary, &secondary, "1h").code(), 1);
}

/// Starts a check with state that reads zones from a pipe.
fn start_check(directory: &tempfile::TempDir, server: &RunningNameserver) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.args(["check", "--zones", "-", "-f", "ndjson", "--state", "state", "--compare", "serials"]);
    command.args(["-p", &format!("ns0={}", server.address())]).current_dir(directory.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the command starts")
}

#[test]
fn a_second_process_exits_with_3_and_names_the_first_one() {
    let directory = tempfile::tempdir().unwrap();
    let (server, other) = (at(7).start(), at(7).start());
    let mut holder = start_check(&directory, &server);
    holder.stdin.as_mut().unwrap().write_all(b"example.test\n").unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let outcome = check(&directory, &server, &other, "1h");
    let error =
        format!("error: the state file `state` is in use by process {} (zoneprobe check)\n", holder.id());
    assert_eq!(outcome.code(), 3);
    assert!(outcome.stderr().starts_with(&error), "{}", outcome.stderr());
    assert!(outcome.stderr().contains("--state"), "{}", outcome.stderr());
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(check(&directory, &server, &other, "1h").code(), 0);
}

#[test]
fn a_process_that_is_killed_while_it_writes_keeps_the_state_of_others() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(6).start());
    check(&directory, &primary, &secondary, "1h");
    for run in 0..3 {
        let mut running = start_check(&directory, &primary);
        let mut zones = running.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            let names: Vec<String> = (0..20_000).map(|number| format!("z{number}.test\n")).collect();
            // The check is killed before it has read them all.
            let _ = zones.write_all(names.concat().as_bytes());
        });
        let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(700 + 400 * run) {
            lines.next().unwrap().unwrap();
        }
        running.kill().unwrap();
        running.wait().unwrap();
        writer.join().unwrap();
        let outcome = check(&directory, &primary, &secondary, "1h");
        assert_eq!((outcome.verdict("ns1").as_str(), outcome.stderr()), ("propagating", ""));
    }
}

#[test]
fn what_was_observed_while_the_disk_was_full_is_written_later() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let all = servers(&[&primary, &secondary]);
    let text = format!("probe: {{interval: 1s}}\n{all}zones: [{ZONE}]\nstate: state.redb\n");
    let service = Service::start(&text);
    service.await_verdict(ZONE, "ns1", "in_sync");
    service.limit_files("0");
    primary.set_serial(8);
    let since = service.await_verdict(ZONE, "ns1", "propagating")["since"].clone();
    let failed = "cannot use the state file";
    service.until("a warning", || service.log().contains(failed));
    service.limit_files("unlimited");
    // The warning itself says what is lost "until it can be written again".
    service.until("the end of it", || service.log().contains("` can be written again"));
    assert_eq!(service.log().matches(failed).count(), 1, "{}", service.log());
    let directory = service.directory();
    service.signal("KILL");
    assert_eq!(service.await_end().0.signal(), Some(9));
    let service = Service::in_directory(&directory, &text, &[]).expect("serve starts again");
    let server = service.await_verdict(ZONE, "ns1", "propagating");
    assert_eq!(server["since"], since);
    assert!(!service.log().contains("damaged"), "{}", service.log());
}

#[test]
fn without_state_no_file_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let (server, other) = (at(7).start(), at(7).start());
    Probe::check(ZONE).primary(&server).secondary(&other).current_dir(directory.path()).ok();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn case_f14_a_primary_that_changes_all_the_time_has_no_findings() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(7).start());
    while_publishing([&primary, &secondary], Duration::from_millis(6), || {
        for _ in 0..30 {
            let outcome = check(&directory, &primary, &secondary, "10s");
            let verdict = outcome.verdict("ns1");
            let is_allowed = ["in_sync", "behind", "propagating", "unknown"].contains(&verdict.as_str());
            assert!(is_allowed && outcome.zone_findings().is_empty(), "{}", outcome.transcript());
        }
    });
}

#[test]
fn the_state_of_a_configuration_is_used_and_is_relative_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let (primary, secondary) = (at(7).start(), at(6).start());
    let servers = servers(&[&primary, &secondary]);
    let text = format!("{servers}zones: [{ZONE}]\nstate: configured.redb\n");
    std::fs::write(directory.path().join("config.yaml"), text).unwrap();
    let config = directory.path().join("config.yaml").display().to_string();
    let check = || Probe::check(ZONE).args(["-c", &config]).run();
    assert_eq!(check().verdict("ns1"), "behind");
    assert_eq!(check().verdict("ns1"), "propagating");
    assert_eq!(Probe::verify(ZONE).args(["-c", &config]).run().verdict("ns1"), "propagating");
    assert!(directory.path().join("configured.redb").exists());
    // A state that is named counts before it.
    let other = directory.path().join("other").display().to_string();
    assert_eq!(Probe::check(ZONE).args(["-c", &config, "--state", &other]).run().verdict("ns1"), "behind");
    // What is no store is left as it is, and keeps nothing from being checked.
    std::fs::write(directory.path().join("configured.redb"), "precious").unwrap();
    let outcome = check();
    assert_eq!(outcome.verdict("ns1"), "behind");
    assert!(outcome.stderr().contains("configured.redb"), "{}", outcome.stderr());
    assert_eq!(std::fs::read_to_string(directory.path().join("configured.redb")).unwrap(), "precious");
}
