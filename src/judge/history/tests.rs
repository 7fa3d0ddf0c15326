use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::*;
use crate::judge::evidence::timeline::successor_first_seen;
use crate::judge::history::forget::{MAX_COPIES, MAX_LATENCIES, MAX_SERIALS};

fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(second)
}

fn serials(serials: &[(u32, u64)]) -> Vec<SeenSerial> {
    serials
        .iter()
        .map(|&(serial, second)| SeenSerial { serial: Serial(serial), first_seen: at(second) })
        .collect()
}

fn published(versions: impl IntoIterator<Item = (u32, u64)>) -> History {
    let versions = versions.into_iter().map(|(serial, second)| Version {
        serial: Serial(serial),
        first_seen: at(second),
        copy: None,
    });
    History { versions: versions.collect(), ..History::default() }
}

#[test]
fn the_usual_latency_is_the_95th_percentile() {
    let usual =
        |latencies: Vec<u64>| AddressHistory { latencies, ..AddressHistory::default() }.usual_latency();
    assert_eq!(usual(vec![1, 2, 3, 4]), None);
    assert_eq!(usual(vec![5, 1, 4, 2, 3]), Some(Duration::from_millis(5)));
    assert_eq!(usual((1..=20).collect()), Some(Duration::from_millis(19)));
    assert_eq!(usual(Vec::new()), None);
}

#[test]
fn a_version_is_forgotten_once_its_successor_is_older_than_any_lag() {
    let patience = Duration::from_secs(1000);
    let mut history = published((0..40).map(|number| (number, u64::from(number) * 100)));
    history.forget(at(4000), patience);
    let first = history.versions.first().unwrap();
    // Version 30 was published at 3000, and a server at 29 has until 4000.
    assert_eq!(first.serial, Serial(24), "the last {MAX_COPIES} are kept in any case");
    let mut history = published((0..40).map(|number| (number, u64::from(number) * 10)));
    history.forget(at(1200), patience);
    assert_eq!(history.versions.first().unwrap().serial, Serial(19));
}

#[test]
fn a_zone_that_changes_every_minute_for_a_month_keeps_few_versions() {
    let mut history = History::default();
    let month = 30 * 86_400;
    for second in (0..month).step_by(60) {
        let serial = Serial(u32::try_from(second).unwrap());
        history.versions.push(Version { serial, first_seen: at(second), copy: None });
        history.forget(at(second), Duration::from_secs(month));
    }
    assert!(history.versions.len() < 256, "{}", history.versions.len());
    // The beginning of a lag is off by no more than an eighth of its age, and never too early.
    let versions: Vec<SeenSerial> = history
        .versions
        .iter()
        .map(|version| SeenSerial { serial: version.serial, first_seen: version.first_seen })
        .collect();
    for missed in [month - 600, month - 7200, month - 86_400, month - 864_000] {
        let since = successor_first_seen(&versions, Serial(u32::try_from(missed).unwrap())).unwrap();
        assert!(since >= at(missed), "{missed}");
        assert!(since <= at(missed + (month - missed) / 7 + 60), "{missed}: {since:?}");
    }
}

#[test]
fn addresses_that_are_no_longer_queried_are_forgotten_oldest_first() {
    let mut history = History::default();
    for number in 0..100 {
        let address = AddressHistory { last_checked: Some(at(number)), ..AddressHistory::default() };
        history.addresses.insert(format!("192.0.2.{number}:53"), address);
    }
    history.forget(at(99), Duration::ZERO);
    assert_eq!(history.addresses.len(), 64);
    assert!(history.addresses.contains_key("192.0.2.99:53"));
    assert!(!history.addresses.contains_key("192.0.2.35:53"));
}

proptest! {
    /// Whatever was observed, the history is bounded, and no time in it is in the future.
    #[test]
    fn a_history_is_bounded_and_not_in_the_future(
        versions in prop::collection::vec((any::<u32>(), 0..2_000_000_000_u64), 0..600),
        latencies in prop::collection::vec(any::<u64>(), 0..100),
        now in 0..2_000_000_000_u64,
        patience in 0..4_000_000_000_u64,
    ) {
        let mut history = published(versions.clone());
        let address = AddressHistory { serials: serials(&versions), latencies, ..AddressHistory::default() };
        history.addresses.insert("192.0.2.1:53".to_owned(), address);
        history.forget(at(now), Duration::from_secs(patience));
        prop_assert!(history.versions.len() <= 256);
        prop_assert!(history.versions.iter().all(|version| version.first_seen <= at(now)));
        let address = &history.addresses["192.0.2.1:53"];
        prop_assert!(address.serials.len() <= MAX_SERIALS && address.latencies.len() <= MAX_LATENCIES);
    }
}
