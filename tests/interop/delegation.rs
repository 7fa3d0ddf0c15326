//! Parents on real servers, and a signed child on another one.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::dnssec::{Denial, sign, unsigned_zone};
use super::every_software;
use super::zones::ZONE;
use crate::harness::daemon::{Daemon, Kind, ServedZone};
use crate::harness::{Outcome, Probe};

every_software! {
    a_parent_is_held_against_the_zone
    a_parent_on_the_server_of_the_zone_cannot_be_seen
}

/// The zone, signed, whose name servers are at the address of the daemons; and its DS record.
struct Child {
    directory: TempDir,
    text: String,
    ds: String,
}

impl Child {
    fn new() -> Self {
        let directory = unsigned_zone();
        let file = directory.path().join("zone");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("192.0.2.10", "127.0.0.1").replace("192.0.2.11", "127.0.0.1")).unwrap();
        let text = sign(directory.path(), Denial::Nsec, &[]);
        let ds = fs::read_to_string(directory.path().join(format!("dsset-{ZONE}."))).unwrap();
        Self { directory, text, ds }
    }
}

/// The zone above, with a delegation of these lines.
fn parent(lines: &str) -> String {
    format!(
        "$ORIGIN test.\n$TTL 3600\n@ SOA ns host 1 3600 600 86400 300\n@ NS ns\nns A 127.0.0.3\n{lines}\n"
    )
}

/// The delegation as it must be, without DS records.
const RIGHT: &str =
    "example NS ns0.example\nexample NS ns1.example\nns0.example A 127.0.0.1\nns1.example A 127.0.0.1\n";

fn check([primary, secondary]: [&Daemon; 2], parent: &Daemon) -> Probe<'static> {
    let probe =
        Probe::check(ZONE).primary_at("ns0", primary.address()).secondary_at("ns1", secondary.address());
    probe.args(["--parent", &format!("p={}", parent.address())])
}

fn message(outcome: &Outcome, code: &str) -> String {
    let zone = outcome.zone();
    let findings = zone["findings"].as_array().cloned().unwrap_or_default();
    let found = findings.iter().find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("no {code}\n{}", outcome.transcript()))["message"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn a_parent_is_held_against_the_zone(kind: Kind) {
    let zone = Child::new();
    let children = [Kind::Bind, Kind::Nsd].map(|kind| kind.primary(ZONE, zone.text.clone()).start());
    let right = kind.primary("test", parent(&format!("{RIGHT}{}", zone.ds))).start();
    let outcome = check(children.each_ref(), &right).ok();
    assert_eq!(outcome.zone_findings(), [""; 0], "{}", outcome.transcript());

    let other = "example DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
    let lines = RIGHT.replace("ns1.example A 127.0.0.1", "ns1.example A 127.0.0.9");
    let wrong = kind.primary("test", parent(&format!("{lines}{other}example NS gone.example\n"))).start();
    let outcome = check(children.each_ref(), &wrong).critical();
    let text = message(&outcome, "delegation_differs");
    for part in [
        "the NS set of the parent is not that of the zone: gone.example.test only at the parent",
        "the glue of ns1.example.test is 127.0.0.9, and its address in the zone is 127.0.0.1",
        "the parent has no glue for gone.example.test",
        "ns1.example.test 127.0.0.9:53: connection refused",
        "key tag 12345) matches a key of the zone",
    ] {
        assert!(text.contains(part), "{kind:?}: no {part:?} in {text}");
    }
    let pending = message(&outcome, "parent_update_pending");
    assert!(pending.contains("the parent still has DS records of key tag 12345"), "{kind:?}: {pending}");
}

fn a_parent_on_the_server_of_the_zone_cannot_be_seen(kind: Kind) {
    let zone = Child::new();
    let directory = zone.directory.path();
    let served = |zone: &str, name: &str, text: &str| {
        fs::write(directory.join(name), text).unwrap();
        ServedZone { zone: zone.to_owned(), path: Path::new(directory).join(name) }
    };
    let above = parent(&format!("{RIGHT}{}", zone.ds));
    let files = [served(ZONE, "child", &zone.text), served("test", "parent", &above)];
    let both = kind.primary_of(&files).start();
    let other = kind.other().primary(ZONE, zone.text.clone()).start();
    let outcome = check([&both, &other], &both).ok();
    let text = message(&outcome, "delegation_unseen");
    assert!(
        text.contains("cannot be seen, other than its DS records: parent and child are on one server"),
        "{text}"
    );
    assert_eq!(outcome.zone_findings().len(), 1, "{}", outcome.transcript());
}
