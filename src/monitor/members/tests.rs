use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use super::*;
use crate::config;
use crate::dns::Serial;
use crate::dns::catalog::CatalogVersion;
use crate::judge::catalog::MemberList;

const CATALOGS: &str = "\
servers: {ns0: {address: \"127.0.0.1:1\"}}
groups:
  customers: {servers: [ns0], interval: 30s}
  others: {servers: [ns0], interval: 40s}
  named: {zones: [named.example], servers: [ns0], interval: 50s}
catalogs:
- {zone: first.example, servers: [ns0], groups: {paying: customers}, default_group: others}
- {zone: second.example, servers: [ns0], interval: 70s}
";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

/// A list of members, each as its name, or as its name and its group.
fn listed(members: &[&str]) -> Arc<[ListedMember]> {
    let mut members: Vec<ListedMember> = members
        .iter()
        .map(|member| {
            let (zone, group) =
                member.split_once(' ').map_or((*member, None), |(zone, group)| (zone, Some(group)));
            ListedMember { zone: name(zone), group: group.map(Arc::from), since: at(1), deadline: at(2) }
        })
        .collect();
    members.sort_by(|first, second| first.zone.cmp(&second.zone));
    members.into()
}

fn state(members: &[&str], left: &[&str]) -> Arc<CatalogState> {
    let list = MemberList {
        serial: Serial(1),
        version: CatalogVersion::Two,
        read: at(1),
        members: listed(members),
        left: listed(left),
    };
    Arc::new(CatalogState { list: Some(list), last: None })
}

fn configured() -> Config {
    config::read("test", CATALOGS, &mut config::NoFiles).unwrap()
}

fn members(first: &Arc<CatalogState>, second: &Arc<CatalogState>) -> Members {
    let states = [(name("first.example"), first), (name("second.example"), second)];
    Members::new(&configured(), |catalog| {
        let known = states.iter().find(|(zone, _)| zone == catalog).unwrap();
        Arc::clone(known.1)
    })
}

/// `zone interval catalog group state` of a zone.
fn text(wanted: &WantedZone) -> String {
    let membership = wanted.membership.as_ref().unwrap();
    let group = membership.group.as_deref().unwrap_or("-");
    let (zone, catalog) = (wanted.zone.without_final_dot(), membership.catalog.labels().next().unwrap());
    let (interval, catalog) = (wanted.settings.interval.as_secs(), String::from_utf8_lossy(catalog));
    format!("{zone} {interval} {catalog} {group} {:?}", membership.state)
}

#[test]
fn members_have_the_settings_of_their_group_and_the_catalog_that_comes_first() {
    let first = state(
        &[
            "a.example paying",
            "b.example other",
            "c.example",
            "both.example",
            "named.example",
            "first.example",
        ],
        &["gone.example", "moved.example"],
    );
    let second = state(
        &["both.example paying", "moved.example", "second.example", "first.example"],
        &["gone.example"],
    );
    let members = members(&first, &second);
    let expected: BTreeSet<String> = [
        "a.example 30 first paying Listed",
        "b.example 40 first other Listed",
        "c.example 40 first - Listed",
        "both.example 40 first - Listed",
        "moved.example 70 second - Listed",
        "gone.example 40 first - Left",
    ]
    .map(str::to_owned)
    .into();
    let all = members.all();
    assert_eq!(all.iter().map(text).collect::<BTreeSet<_>>(), expected);
    assert_eq!(all.len(), expected.len());
    for wanted in &all {
        assert_eq!(members.find(&wanted.zone).as_ref(), Some(wanted));
    }
    for zone in ["named.example", "first.example", "second.example", "other.example"] {
        assert_eq!(members.find(&name(zone)), None, "{zone}");
    }
    assert!(members.is_configured(&name("named.example")) && members.is_configured(&name("first.example")));
}

#[test]
fn a_change_names_the_zones_whose_place_has_changed_and_no_others() {
    let none = Arc::new(CatalogState::default());
    let mut members = members(&none, &none);
    let mut changes = |listed: &[&str], left: &[&str]| {
        let changed = members.replace(&name("first.example"), state(listed, left));
        changed.iter().map(Name::without_final_dot).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(changes(&["a.example", "b.example", "c.example"], &[]), "a.example b.example c.example");
    assert_eq!(changes(&["a.example", "b.example", "c.example"], &[]), "");
    assert_eq!(
        changes(&["a.example", "b.example paying", "c.example", "d.example"], &[]),
        "b.example d.example"
    );
    assert_eq!(changes(&["b.example paying", "d.example"], &["a.example"]), "a.example c.example");
    assert_eq!(changes(&["a.example", "b.example paying", "d.example"], &[]), "a.example");
    assert_eq!(changes(&[], &[]), "a.example b.example d.example");
    assert_eq!(members.replace(&name("other.example"), state(&["a.example"], &[])), []);
}

#[test]
fn one_change_among_100_000_members_takes_a_step_for_each() {
    let zones: Vec<String> = (0..100_000).map(|number| format!("zone-{number}.example")).collect();
    let all: Vec<&str> = zones.iter().map(String::as_str).collect();
    let (before, after) = (state(&all[1..], &[]), state(&all, &[]));
    let mut members = members(&before, &Arc::default());
    let began = Instant::now();
    let changed = members.replace(&name("first.example"), after);
    println!("one change among 100,000 members: {:?}", began.elapsed());
    assert_eq!(changed, [name("zone-0.example")]);
    assert_eq!(members.all().len(), 100_000);
}

#[test]
fn each_member_is_monitored_in_one_shard() {
    let zones = ["a.example", "b.example", "c.example", "d.example", "e.example", "f.example"];
    let (listed, none) = (state(&zones, &["gone.example"]), Arc::new(CatalogState::default()));
    let mut monitored: Vec<String> = Vec::new();
    for index in 0..3 {
        let config = Config { shard: Some(Shard::new(index, 3).unwrap()), ..configured() };
        let first = name("first.example");
        let members =
            Members::new(&config, |catalog| Arc::clone(if *catalog == first { &listed } else { &none }));
        let all = members.all();
        assert!(!all.is_empty() && all.len() < zones.len());
        for zone in zones.iter().map(|zone| name(zone)) {
            let is_here = all.iter().any(|wanted| wanted.zone == zone);
            assert_eq!(members.find(&zone).is_some(), is_here, "{zone} in {index}");
        }
        monitored.extend(all.iter().map(|wanted| wanted.zone.without_final_dot()));
    }
    monitored.sort_unstable();
    let expected: Vec<&str> = zones.into_iter().chain(["gone.example"]).collect();
    assert_eq!(monitored, expected);
}
