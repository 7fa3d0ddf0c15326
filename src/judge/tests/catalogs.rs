use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::judged::Judged;
use super::world::{BEGINNING, Server, World};
use crate::dns::Serial;
use crate::dns::catalog::{CatalogFault, CatalogVersion};
use crate::judge::catalog::{CatalogState, LastReading, ListedMember, MemberList, ReadingOutcome};
use crate::judge::{Finding, History, Severity};
use crate::plan::Compare;

fn listing(count: usize, version: CatalogVersion) -> MemberList {
    let read = UNIX_EPOCH + BEGINNING;
    let member = |number: usize| {
        let zone = format!("z{number:04}.example").parse().unwrap();
        ListedMember { zone, group: None, since: read, deadline: read }
    };
    let members = (0..count).map(member).collect();
    MemberList { serial: Serial(5), version, read, members, left: Arc::default() }
}

/// Judges a catalog at serial 6 that two servers serve in sync, after this reading of it.
fn judged(outcome: ReadingOutcome, list: Option<MemberList>) -> Judged {
    let state = CatalogState { list, last: Some(LastReading { serial: Serial(6), outcome }) };
    let world = World::new().later(10, History::default()).catalog(state);
    // Serials alone: the catalog is not read again.
    let world = world.rules(|rules| rules.compare = Compare::Serials);
    world.primary(Server::at(6)).secondary(Server::at(6)).judge()
}

#[track_caller]
fn finding(judged: &Judged) -> &Finding {
    let [finding] = judged.judgement.findings.as_slice() else { panic!("{:?}", judged.judgement.findings) };
    finding
}

#[test]
fn a_good_catalog_has_no_finding() {
    let judged = judged(ReadingOutcome::Good, Some(listing(3, CatalogVersion::Two)));
    assert!(judged.judgement.findings.is_empty());
    assert_eq!(judged.judgement.severity, Severity::Ok);
}

#[test]
fn a_broken_catalog_is_critical_though_every_server_is_in_sync() {
    let list = Some(listing(3, CatalogVersion::Two));
    let judged = judged(ReadingOutcome::Broken(CatalogFault::NoVersion), list);
    let found = finding(&judged);
    assert_eq!((found.code.name(), found.severity), ("catalog_broken", Severity::Critical));
    assert_eq!(judged.judgement.severity, Severity::Critical);
    for part in
        ["at serial 6", "no TXT record at `version`", "(3 members, serial 5, read at 1970-01-12T13:46:41Z)"]
    {
        assert!(found.message.contains(part), "{part}: {}", found.message);
    }
    assert_eq!(found.advice, ["dig @192.0.2.0 version.example.com TXT +norecurse +tcp  # it must be \"2\""]);
}

#[test]
fn a_catalog_without_any_good_list_says_that_no_member_is_checked() {
    let ids = ["a".into(), "b".into()];
    let fault = CatalogFault::MemberTwice { zone: "z.example".parse().unwrap(), ids };
    let judged = judged(ReadingOutcome::Broken(fault), None);
    let found = finding(&judged);
    assert!(found.message.contains("no member is checked"), "{}", found.message);
    assert!(found.message.contains("lists z.example. twice"), "{}", found.message);
    assert_eq!(found.advice, ["dig @192.0.2.0 example.com AXFR +onesoa  # its PTR records are the members"]);
}

#[test]
fn a_catalog_that_shrank_says_how_much_and_until_when_the_list_before_stays() {
    let at = |second| UNIX_EPOCH + BEGINNING + Duration::from_secs(second);
    let outcome = ReadingOutcome::Shrank { was: 200, lost: 120, since: at(0), until: at(3600) };
    let judged = judged(outcome, Some(listing(200, CatalogVersion::Two)));
    let found = finding(&judged);
    assert_eq!((found.code.name(), found.severity), ("catalog_shrank", Severity::Critical));
    for part in ["lost 120 of its 200 members at serial 6", "until 1970-01-12T14:46:41Z"] {
        assert!(found.message.contains(part), "{part}: {}", found.message);
    }
}

#[test]
fn version_1_is_noted() {
    let judged = judged(ReadingOutcome::Good, Some(listing(3, CatalogVersion::One)));
    let found = finding(&judged);
    assert_eq!((found.code.name(), found.severity), ("catalog_version_1", Severity::Ok));
    assert_eq!(judged.judgement.severity, Severity::Ok);
}

#[test]
fn a_state_that_a_check_did_not_change_is_shared() {
    let judged = judged(ReadingOutcome::Good, Some(listing(3, CatalogVersion::Two)));
    let after = judged.judgement.catalog.as_ref().unwrap();
    assert_eq!(after.list.as_ref().unwrap().members.len(), 3);
    assert!(World::new().primary(Server::at(5)).judge().judgement.catalog.is_none());
}
