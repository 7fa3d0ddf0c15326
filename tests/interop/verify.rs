//! `verify` after a change by `nsupdate`.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Pair;
use super::zones::{ZONE, zone};
use crate::harness::Probe;
use crate::harness::daemon::{Daemon, Kind, program};

/// Adds a record on a primary.
pub(super) fn update(primary: &Daemon, record: &str) {
    let mut child =
        Command::new(program("nsupdate")).stdin(Stdio::piped()).spawn().expect("the program was found");
    let (ip, port) = (primary.address().ip(), primary.address().port());
    let mut input = child.stdin.take().expect("its input is piped");
    writeln!(input, "server {ip} {port}\nzone {ZONE}\nupdate add {record}\nsend")
        .expect("`nsupdate` reads its input");
    drop(input);
    assert!(child.wait().expect("the child is ours").success());
}

fn verify(pair: &Pair) -> Probe<'static> {
    let probe = Probe::verify(ZONE).primary_at("ns0", pair.primary.address());
    probe.secondary_at("ns1", pair.secondary.address())
}

#[test]
fn verify_succeeds_once_the_secondary_has_the_update() {
    let mut pair = Pair::in_sync(Kind::Bind, &zone(1, "www TXT old\n"));
    let secondary = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(secondary).updatable());
    update(&pair.primary, &format!("new.{ZONE}. 300 TXT \"a b\""));
    let expected = ["--expect", "new 300 TXT \"a b\"", "--expect", "www TXT old", "--absent", "old A"];
    let outcome = verify(&pair).args(["--serial", "2+", "--wait", "60s"]).args(expected).ok();
    assert_eq!(
        (outcome.verdict("ns1").as_str(), &outcome.zone()["compared"]),
        ("in_sync", &"records".into())
    );
    assert_eq!(pair.secondary.serial(), pair.primary.serial());
}

#[test]
fn verify_fails_at_the_deadline_and_names_the_rrset_if_the_transfer_is_refused() {
    let mut pair = Pair::in_sync(Kind::Bind, &zone(1, "www TXT old\n"));
    let secondary = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(secondary).updatable().without_transfers());
    update(&pair.primary, &format!("new.{ZONE}. 300 TXT a"));
    let started = Instant::now();
    let outcome = verify(&pair).args(["--serial", "2+", "--wait", "3s", "--expect", "new TXT a"]).critical();
    assert!(started.elapsed() >= Duration::from_secs(3));
    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "propagating", "{server:#}");
    let unmet = &server["findings"][0];
    assert_eq!(unmet["code"], "expectation_unmet");
    assert!(
        unmet["message"].as_str().unwrap().contains(&format!("expected new.{ZONE}. TXT \"a\"; found no TXT"))
    );
    assert!(unmet["advice"][0].as_str().unwrap().starts_with("dig @127.0.0.1 -p "), "{unmet:#}");
    assert!(server["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == "propagating"));
}

#[test]
fn verify_fails_if_another_record_has_changed_since_the_baseline() {
    let before = zone(1, "www TXT old\n");
    let mut pair = Pair::in_sync(Kind::Bind, &before);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("before.zone");
    std::fs::write(&path, &before).unwrap();
    let path = path.display().to_string();
    let secondary = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(secondary).updatable());
    update(&pair.primary, &format!("new.{ZONE}. 300 TXT a"));
    let verify = || {
        let arguments = ["--wait", "60s", "--baseline", &path, "--only-changed", "new TXT"];
        verify(&pair).args(arguments)
    };
    verify().args(["--serial", "2+"]).ok();
    // Another update, which the operator did not expect.
    update(&pair.primary, &format!("surprise.{ZONE}. 300 TXT b"));
    let outcome = verify().args(["--serial", "3+"]).critical();
    for server in ["ns0", "ns1"] {
        assert_eq!(outcome.findings(server), ["unexpected_change"], "{}", outcome.transcript());
        let message = outcome.server(server)["findings"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.ends_with(&format!("found surprise.{ZONE}. TXT new")), "{message}");
    }
}
