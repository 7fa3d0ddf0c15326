//! What real servers say themselves of a zone at which something is wrong.

use std::fs;
use std::time::{Duration, SystemTime};

use humantime::parse_rfc3339;
use serde_json::{Value, json};
use tempfile::TempDir;
use zoneprobe::clock;

use super::zones::{ZONE, zone};
use crate::harness::daemon::{Daemon, Kind};
use crate::harness::{Outcome, Probe, Service};

/// Makes two tests of each scenario for each software that says something.
macro_rules! every_channel {
    ($($scenario:ident)*) => {$(
        mod $scenario {
            use crate::harness::daemon::Kind;
            use super::$scenario;

            #[test]
            fn bind() {
                $scenario(Kind::Bind);
            }

            #[test]
            fn powerdns() {
                $scenario(Kind::Pdns);
            }

            #[test]
            fn nsd() {
                $scenario(Kind::Nsd);
            }

            #[test]
            fn knot() {
                $scenario(Kind::Knot);
            }
        }
    )*};
}

every_channel! {
    a_secondary_that_lags_says_what_it_has_and_when_it_asks_again
    a_server_without_the_zone_says_so
}

/// A primary with another serial than its secondary, which cannot transfer the new version, and a configuration of both.
struct Lagging {
    primary: Daemon,
    secondary: Daemon,
    directory: TempDir,
}

impl Lagging {
    fn start(software: Kind) -> Self {
        let mut primary = Kind::Bind.primary(ZONE, zone(7, "www A 192.0.2.1\n")).start();
        let secondary = software.secondary(ZONE, primary.address()).telling_status().start();
        primary.restart(|setup| setup.zone_text(zone(8, "www A 192.0.2.1\n")).without_transfers());
        Self { primary, secondary, directory: tempfile::tempdir().unwrap() }
    }

    fn configuration(&self) -> String {
        configuration(&self.primary, &self.secondary)
    }

    fn check(&self) -> Probe<'static> {
        check(&self.directory, &self.configuration())
    }
}

fn configuration(primary: &Daemon, secondary: &Daemon) -> String {
    format!(
        "servers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1:\n    address: \"{}\"\n    status: {}\n\
         zones: [{ZONE}]\n",
        primary.address(),
        secondary.address(),
        secondary.status()
    )
}

fn check(directory: &TempDir, configuration: &str) -> Probe<'static> {
    let file = directory.path().join("zoneprobe.yaml");
    fs::write(&file, configuration).unwrap();
    Probe::check_no_zone().args(["-c", file.to_str().unwrap()])
}

fn time(value: &Value) -> SystemTime {
    parse_rfc3339(value.as_str().unwrap_or_else(|| panic!("{value} is no time"))).unwrap()
}

fn assert_is_secret(outcome: &Outcome) {
    let secret = Daemon::status_secret();
    assert!(
        !outcome.stdout().contains(secret) && !outcome.stderr().contains(secret),
        "{}",
        outcome.transcript()
    );
}

fn a_secondary_that_lags_says_what_it_has_and_when_it_asks_again(software: Kind) {
    let lagging = Lagging::start(software);
    let outcome = lagging.check().warning();
    let status = &outcome.server("ns1")["status"];
    assert_eq!((&status["serial"], &status["failure"]), (&json!(7), &Value::Null), "{status:#}");
    assert_eq!(outcome.server("ns0")["status"], Value::Null);
    let now = clock::now();
    let (source, says_next, says_last) = match software {
        Kind::Bind => ("bind", true, true),
        Kind::Pdns => ("powerdns", false, true),
        Kind::Nsd => ("nsd", false, false),
        _ => ("knot", true, true),
    };
    assert_eq!(status["source"], source);
    if says_next {
        // The next attempt may be due, and the copy lives on for the EXPIRE of the SOA.
        assert!(time(&status["next_refresh"]) > now - Duration::from_mins(1), "{status:#}");
        assert!(time(&status["expires"]) > now, "{status:#}");
    }
    if says_last {
        let last = time(&status["last_good_check"]);
        assert!((now - Duration::from_mins(5)..=now + Duration::from_secs(2)).contains(&last), "{status:#}");
    }
    let state = status["state"].as_str().unwrap();
    let expected = ["secondary", "Slave", "ok", "refreshing", "slave"];
    assert!(expected.iter().any(|expected| state.starts_with(expected)), "{state}");
    assert_is_secret(&outcome);
    for format in ["table", "markdown", "junit"] {
        let outcome = lagging.check().format(format).warning();
        let text = outcome.stdout().split_whitespace().collect::<Vec<&str>>().join(" ");
        assert!(text.contains("the server itself says: ") && text.contains("serial 7"), "{text}");
        assert_is_secret(&outcome);
    }
}

fn a_server_without_the_zone_says_so(software: Kind) {
    let primary = Kind::Bind.primary(ZONE, zone(7, "www A 192.0.2.1\n")).start();
    let setup = software.primary("other.test", zone(7, "www A 192.0.2.1\n").replace(ZONE, "other.test"));
    let secondary = setup.telling_status().start();
    let directory = tempfile::tempdir().unwrap();
    let outcome = check(&directory, &configuration(&primary, &secondary)).critical();
    assert_eq!(outcome.verdict("ns1"), "lame");
    let status = &outcome.server("ns1")["status"];
    assert_eq!(status["failure"]["kind"], "unknown_zone", "{status:#}");
    assert_eq!(status["serial"], Value::Null);
}

#[test]
fn a_server_that_is_in_sync_is_not_asked() {
    let primary = Kind::Bind.primary(ZONE, zone(7, "www A 192.0.2.1\n")).start();
    let secondary = Kind::Knot.secondary(ZONE, primary.address()).telling_status().start();
    let directory = tempfile::tempdir().unwrap();
    let outcome = check(&directory, &configuration(&primary, &secondary)).ok();
    assert_eq!(outcome.server("ns1")["status"], Value::Null);
}

#[test]
fn a_wrong_key_of_the_api_is_told_without_the_key() {
    let lagging = Lagging::start(Kind::Pdns);
    fs::write(lagging.directory.path().join("wrong.key"), "hunter2\n").unwrap();
    let configuration = lagging.configuration();
    let (before, _) = configuration.split_once("key_file: ").unwrap();
    let configuration = format!("{before}key_file: wrong.key}}\nzones: [{ZONE}]\n");
    let outcome = check(&lagging.directory, &configuration).warning();
    let failure = &outcome.server("ns1")["status"]["failure"];
    assert_eq!(*failure, json!({"kind": "http_status", "message": "it refused to answer (HTTP status 401)"}));
    assert!(!outcome.stdout().contains("hunter2") && !outcome.stderr().contains("hunter2"));
}

#[test]
fn serve_and_verify_quote_it_too() {
    let lagging = Lagging::start(Kind::Nsd);
    let file = lagging.directory.path().join("zoneprobe.yaml");
    fs::write(&file, lagging.configuration()).unwrap();
    let probe = Probe::verify(ZONE).args(["-c", file.to_str().unwrap(), "--wait", "0s"]);
    let outcome = probe.run();
    assert_eq!(outcome.server("ns1")["status"]["serial"], 7, "{}", outcome.transcript());
    let service = Service::start(&format!("probe: {{interval: 1s}}\n{}", lagging.configuration()));
    service.until("a status", || service.server(ZONE, "ns1")["status"]["serial"] == 7);
    assert_eq!(service.server(ZONE, "ns0")["status"], Value::Null);
}
