//! One zone that two servers serve, each signed by keys of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::dnssec::{Denial, sign, unsigned_zone};
use super::zones::{ZONE, zone};
use crate::harness::daemon::{self, Daemon, Kind, program};
use crate::harness::{Outcome, Probe};

/// How records are read.
const WAYS: [&str; 2] = ["transfer", "query"];

#[test]
fn a_zone_that_is_signed_by_other_keys_has_these_told_first() {
    let signed = || sign(unsigned_zone().path(), Denial::Nsec, &[]);
    let primary = Kind::Nsd.primary(ZONE, signed()).start();
    for (kind, way) in [(Kind::Bind, "transfer"), (Kind::Knot, "query"), (Kind::Nsd, "query")] {
        let other = kind.primary(ZONE, signed()).start();
        let outcome = check(&primary, &other, &["--by", way]).critical();
        assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
        assert_eq!(outcome.findings("ns1")[..2], ["diverged", "dnskey_differs"], "{}", outcome.transcript());
        assert_eq!(outcome.findings("ns0"), [""; 0], "{}", outcome.transcript());
        let report = outcome.server("ns1");
        let differences = &report["differences"];
        let types: Vec<&str> =
            differences["rrsets"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
        assert_eq!(types[..3], ["DNSKEY", "CDS", "CDNSKEY"], "{kind:?} {way}");
        assert!(types[3..].iter().all(|rtype| *rtype == "RRSIG"), "{kind:?} {way}: {types:?}");
        let cause = &differences["signature_causes"][0];
        assert_eq!((&cause["kind"], &cause["field"]), (&"changed".into(), &"key_tag".into()), "{cause}");
        let tags = ["reference_tags", "found_tags"].map(|side| cause[side].as_array().unwrap().len());
        assert_eq!(tags, [1, 1], "{cause}");
        let table = check(&primary, &other, &["--by", way]).format("table").run();
        let text = table.stdout();
        let line = format!("{} RRSIGs by another key (tag {})", cause["records"], cause["found_tags"][0]);
        assert!(text.contains(&line), "{line}\n{text}");
    }
}

#[test]
fn servers_that_publish_the_keys_of_both_are_in_sync_whatever_each_signs_by() {
    for [ours, theirs] in [[Denial::Nsec, Denial::Nsec], [Denial::Nsec, Denial::Nsec3]] {
        let (a, b) = (directory(), directory());
        let (of_a, of_b) = (keys(a.path()), keys(b.path()));
        let primary = Kind::Nsd.primary(ZONE, signed(&a, &of_b, ours)).start();
        let other = Kind::Knot.primary(ZONE, signed(&b, &of_a, theirs)).start();
        for way in WAYS {
            let outcome = check(&primary, &other, &["--multi-signer", "--by", way]).ok();
            for name in ["ns0", "ns1"] {
                assert_eq!(outcome.verdict(name), "in_sync", "{}", outcome.transcript());
                assert_eq!(codes(&outcome, name), [""; 0], "{}", outcome.transcript());
            }
        }
        assert_eq!(check(&primary, &other, &[]).critical().verdict("ns1"), "diverged");
    }
}

#[test]
fn a_server_that_lacks_the_key_by_which_another_signs_is_told_and_nobody_else_is() {
    let (a, b) = (directory(), directory());
    let (of_a, of_b) = (keys(a.path()), keys(b.path()));
    // The key-signing key of the other is published; the key that signs data is not.
    let key_signing: String = of_a.lines().filter(|line| line.contains("DNSKEY 257 ")).collect();
    let primary = Kind::Bind.primary(ZONE, signed(&a, &of_b, Denial::Nsec)).start();
    let other = Kind::Nsd.primary(ZONE, signed(&b, &(key_signing + "\n"), Denial::Nsec)).start();
    for way in WAYS {
        let outcome = check(&primary, &other, &["--multi-signer", "--by", way]).critical();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
        assert_eq!(codes(&outcome, "ns0"), [""; 0], "{}", outcome.transcript());
        assert_eq!(codes(&outcome, "ns1"), ["dnskey_differs"], "{}", outcome.transcript());
        let message = outcome.server("ns1")["findings"][0]["message"].to_string();
        assert!(message.contains("(algorithm 13), by which ns0 "), "{message}");
    }
}

/// The codes of the findings that matter.
fn codes(outcome: &Outcome, server: &str) -> Vec<String> {
    let report = outcome.server(server);
    let findings = report["findings"].as_array().unwrap();
    let matters = findings.iter().filter(|finding| finding["severity"] != "ok");
    matters.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

fn check(primary: &Daemon, other: &Daemon, arguments: &[&str]) -> Probe<'static> {
    let probe = Probe::check(ZONE).primary_at("ns0", primary.address()).secondary_at("ns1", other.address());
    probe.args(arguments.iter().copied())
}

/// Creates a directory with the zone and keys for it.
fn directory() -> TempDir {
    let directory = daemon::directory();
    fs::write(directory.path().join("zone"), zone(7, "www A 192.0.2.1\n*.wild TXT \"any\"\n")).unwrap();
    for kind in [&["-f", "KSK"][..], &[]] {
        let arguments = [&["-q", "-a", "ECDSAP256SHA256"], kind, &[ZONE]].concat();
        let mut keygen = Command::new(program("dnssec-keygen"));
        let made = keygen.args(arguments).current_dir(directory.path()).output().unwrap();
        assert!(made.status.success(), "{made:?}");
    }
    directory
}

/// The DNSKEY records of the keys in a directory.
fn keys(directory: &Path) -> String {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.filter(|path| path.extension().is_some_and(|it| it == "key"));
    let text: String = texts.map(|path| fs::read_to_string(path).unwrap()).collect();
    let records: Vec<&str> = text.lines().filter(|line| !line.starts_with(';')).collect();
    records.join("\n") + "\n"
}

/// Signs the zone of a directory, which publishes other keys beside its own.
fn signed(directory: &TempDir, others: &str, denial: Denial) -> String {
    let path = directory.path().join("zone");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text + others).unwrap();
    sign(directory.path(), denial, &[])
}
