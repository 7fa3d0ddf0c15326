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
    change(primary, &format!("update add {record}"));
}

/// Changes the zone on a primary, as `nsupdate` reads it.
fn change(primary: &Daemon, changes: &str) {
    let mut child =
        Command::new(program("nsupdate")).stdin(Stdio::piped()).spawn().expect("the program was found");
    let (ip, port) = (primary.address().ip(), primary.address().port());
    let mut input = child.stdin.take().expect("its input is piped");
    writeln!(input, "server {ip} {port}\nzone {ZONE}\n{changes}\nsend").expect("`nsupdate` reads its input");
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

/// An alias, a DNAME, a delegation, and wildcards.
const REDIRECTIONS: &str = "_acme-challenge 60 CNAME a.acme.example.net.\nmoved 60 DNAME new.example.net.\n\
                            sub 60 NS ns.acme.example.net.\n*.spf 60 TXT \"v=spf1 -all\"\n\
                            *.all 60 CNAME everything.example.net.\n*.upper 60 TXT x\n*.in.upper 60 TXT x\n";

fn what_stands_in_the_way_is_named(kind: Kind) {
    let pair = Pair::in_sync(kind, &zone(1, REDIRECTIONS));
    for (flag, text, found, more) in [
        ("--expect", "_acme-challenge TXT token", "CNAME a.acme.example.net.", "aliases are not followed"),
        ("--contains", "_acme-challenge TXT token", "CNAME a.acme.example.net.", "aliases are not followed"),
        ("--expect", "www.moved A 192.0.2.7", "DNAME new.example.net. at moved.{}", "however long you wait"),
        (
            "--contains",
            "sub A 192.0.2.7",
            "delegated to ns.acme.example.net. at sub.{}",
            "however long you wait",
        ),
        (
            "--absent",
            "a.sub A 192.0.2.7",
            "delegated to ns.acme.example.net. at sub.{}",
            "however long you wait",
        ),
        (
            "--absent",
            "_acme-challenge.a.spf TXT",
            "TXT \"v=spf1 -all\", from the wildcard *.spf.{}",
            "a wildcard answers for every name",
        ),
        ("--contains", "b.spf TXT token", "TXT \"v=spf1 -all\", from the wildcard *.spf.{}", "found TXT"),
        ("--expect", "b.all TXT token", "CNAME everything.example.net., from the wildcard *.all.{}", "alias"),
        ("--expect", "a.in.upper TXT y", "TXT \"x\", from the wildcard *.in.upper.{}", "found TXT"),
        ("--expect", "*.in.upper TXT y", "TXT \"x\"", "found TXT"),
    ] {
        let outcome = verify(&pair).args(["--compare", "serials", flag, text]).critical();
        let expectation = outcome.zone()["expectations"][0].clone();
        for (server, row) in ["ns0", "ns1"].into_iter().zip(expectation["servers"].as_array().unwrap()) {
            assert_eq!(row["found"], found.replace("{}", &format!("{ZONE}.")), "{}", outcome.transcript());
            let message = outcome.server(server)["findings"][0]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(more), "{message}");
        }
    }
    let met = ["--absent", "_acme-challenge.a.spf TXT token", "--expect", "sub NS ns.acme.example.net."];
    verify(&pair).args(["--compare", "serials", "--absent", "www.moved TXT"]).args(met).ok();
}

super::both_ways! {
    what_stands_in_the_way_is_named
}

#[test]
fn an_expectation_below_a_delegation_or_a_dname_ends_early_and_one_at_an_alias_does_not() {
    let pair = Pair::in_sync(Kind::Bind, &zone(1, REDIRECTIONS));
    for text in ["www.sub A 192.0.2.7", "www.moved A 192.0.2.7"] {
        let started = Instant::now();
        let probe = verify(&pair).args(["--compare", "serials", "--wait", "60s", "--expect", text]);
        probe.critical();
        let duration = started.elapsed();
        assert!(duration >= Duration::from_secs(5) && duration < Duration::from_secs(20), "{duration:?}");
    }
    // The change may replace an alias, and another expectation that is unmet shows that the change is not there yet.
    for texts in [["_acme-challenge TXT token", "www.example TXT x"], ["www.sub A 192.0.2.7", "new TXT x"]] {
        let started = Instant::now();
        let probe = verify(&pair).args(["--compare", "serials", "--wait", "8s"]);
        probe.args(["--expect", texts[0], "--expect", texts[1]]).critical();
        assert!(started.elapsed() >= Duration::from_secs(8));
    }
}

#[test]
fn a_change_that_removes_a_delegation_is_waited_for() {
    let mut pair = Pair::in_sync(Kind::Bind, &zone(1, REDIRECTIONS));
    let secondary = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(secondary).updatable());
    std::thread::scope(|threads| {
        threads.spawn(|| {
            std::thread::sleep(Duration::from_secs(2));
            change(
                &pair.primary,
                &format!("update delete sub.{ZONE}. NS\nupdate add www.sub.{ZONE}. 60 A 192.0.2.7"),
            );
        });
        let probe = verify(&pair).args(["--compare", "serials", "--wait", "60s"]);
        probe.args(["--expect", "www.sub A 192.0.2.7"]).ok();
    });
}
