use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::*;
use crate::dns::catalog::{CatalogFault, CatalogVersion, Member};

const PATIENCE: CatalogPatience =
    CatalogPatience { follow: Duration::from_secs(800), shrink: Duration::from_hours(1) };

fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(second)
}

fn zone(number: usize) -> Name {
    format!("z{number:06}.example").parse().unwrap()
}

fn member(number: usize) -> Member {
    Member { zone: zone(number), id: format!("id{number}").into(), group: None, coo: None }
}

fn listing(second: u64, numbers: impl IntoIterator<Item = usize>) -> CatalogReading {
    let members = numbers.into_iter().map(member).collect();
    let catalog = Catalog { version: CatalogVersion::Two, members, ignored: 0 };
    CatalogReading { serial: serial(second), at: at(second), catalog: Ok(Arc::new(catalog)) }
}

fn broken(second: u64) -> CatalogReading {
    CatalogReading { serial: serial(second), at: at(second), catalog: Err(CatalogFault::NoVersion) }
}

fn serial(second: u64) -> Serial {
    Serial(u32::try_from(second).unwrap())
}

fn after(readings: &[CatalogReading]) -> CatalogState {
    let state = CatalogState::default();
    readings.iter().fold(state, |state, reading| state.after(reading, PATIENCE))
}

fn listed(state: &CatalogState) -> Vec<Name> {
    state.list.iter().flat_map(|list| list.members.iter()).map(|member| member.zone.clone()).collect()
}

fn left(state: &CatalogState) -> Vec<Name> {
    state.list.iter().flat_map(|list| list.left.iter()).map(|member| member.zone.clone()).collect()
}

fn times(state: &CatalogState, number: usize) -> Option<(SystemTime, SystemTime)> {
    let list = state.list.as_ref()?;
    let member = list.members.iter().find(|member| member.zone == zone(number))?;
    Some((member.since, member.deadline))
}

#[test]
fn members_of_the_first_list_are_missed_at_once_and_later_ones_after_a_deadline() {
    let state = after(&[listing(1000, [1, 2]), listing(5000, [1, 3])]);
    assert_eq!(listed(&state), [zone(1), zone(3)]);
    assert_eq!(times(&state, 1), Some((at(1000), at(1000))));
    assert_eq!(times(&state, 3), Some((at(5000), at(5800))));
    let list = state.list.unwrap();
    assert_eq!((list.serial, list.read), (Serial(5000), at(5000)));
    let left: Vec<_> = list.left.iter().map(|left| (&left.zone, left.since, left.deadline)).collect();
    assert_eq!(left, [(&zone(2), at(5000), at(5800))]);
}

#[test]
fn a_zone_that_is_listed_again_is_a_new_member() {
    let state = after(&[listing(1000, [1, 2]), listing(5000, [1]), listing(9000, [1, 2])]);
    assert_eq!(times(&state, 2), Some((at(9000), at(9800))));
    assert_eq!(left(&state), []);
}

#[test]
fn a_member_that_moves_to_another_group_has_a_new_deadline() {
    let mut moved = listing(5000, []);
    let members = vec![Member { group: Some("signed".into()), ..member(1) }];
    moved.catalog = Ok(Arc::new(Catalog { version: CatalogVersion::Two, members, ignored: 0 }));
    let state = after(&[listing(1000, [1]), moved]);
    assert_eq!(times(&state, 1), Some((at(1000), at(5800))));
    assert_eq!(state.list.unwrap().members[0].group.as_deref(), Some("signed"));
}

#[test]
fn a_broken_reading_changes_no_list() {
    let before = after(&[listing(1000, 0..10), listing(2000, 1..10)]);
    let state = before.after(&broken(3000), PATIENCE);
    assert_eq!(state.list, before.list);
    let last = state.last.as_ref().unwrap();
    assert_eq!(last.outcome, ReadingOutcome::Broken(CatalogFault::NoVersion));
    assert_eq!(last.serial, Serial(3000));
    assert_eq!(after(&[broken(1)]).list, None);
    let state = state.after(&listing(4000, 1..10), PATIENCE);
    assert_eq!(state.last.unwrap().outcome, ReadingOutcome::Good);
}

#[test]
fn a_list_that_lost_many_members_comes_into_force_after_a_time() {
    let first = after(&[listing(1000, 0..200)]);
    let state = first.after(&listing(2000, 0..100), PATIENCE);
    assert_eq!(state.list, first.list);
    let shrank = ReadingOutcome::Shrank { was: 200, lost: 100, since: at(2000), until: at(5600) };
    assert_eq!(state.last.as_ref().unwrap().outcome, shrank);
    assert!(!state.needs_reading(Serial(2000), at(5599), PATIENCE));
    assert!(state.needs_reading(Serial(2000), at(5600), PATIENCE));
    let without_end = CatalogPatience { shrink: Duration::MAX, ..PATIENCE };
    assert!(state.needs_reading(Serial(2000), at(2001), without_end));
    // The operator waits less long from now on.
    let shorter = CatalogPatience { shrink: Duration::from_secs(2), ..PATIENCE };
    assert!(state.needs_reading(Serial(2000), at(2001), shorter));
    assert_eq!(state.after(&listing(2002, 0..100), shorter).list.unwrap().members.len(), 100);
    // Others are lost and come: the time counts from the first reading that had lost too many.
    let state = state.after(&listing(5599, 50..130), PATIENCE);
    let shrank = ReadingOutcome::Shrank { was: 200, lost: 120, since: at(2000), until: at(5600) };
    assert_eq!(state.last.as_ref().unwrap().outcome, shrank);
    let state = state.after(&listing(5600, 50..130), PATIENCE);
    assert_eq!(state.last.as_ref().unwrap().outcome, ReadingOutcome::Good);
    assert_eq!(listed(&state).len(), 80);
    assert_eq!(left(&state).len(), 120);
    assert_eq!(times(&state, 60), Some((at(1000), at(1000))));
}

#[test]
fn a_list_that_was_whole_in_between_is_waited_for_anew() {
    let readings = [listing(0, 0..200), listing(1000, 0..100), listing(2000, 0..200), listing(4000, 0..100)];
    let outcome = after(&readings).last.unwrap().outcome;
    assert_eq!(outcome, ReadingOutcome::Shrank { was: 200, lost: 100, since: at(4000), until: at(7600) });
}

#[test]
fn fewer_members_or_a_smaller_part_may_leave_at_once() {
    for (was, rest, shrinks) in [(51, 0, true), (50, 0, false), (255, 204, false), (254, 203, true)] {
        let state = after(&[listing(1000, 0..was), listing(2000, 0..rest)]);
        let shrank = matches!(state.last.as_ref().unwrap().outcome, ReadingOutcome::Shrank { .. });
        assert_eq!(shrank, shrinks, "{was} -> {rest}");
        assert_eq!(listed(&state).len(), if shrinks { was } else { rest });
    }
}

#[test]
fn members_that_came_do_not_make_up_for_those_that_were_lost() {
    let state = after(&[listing(1000, 0..100), listing(2000, 100..300)]);
    assert_eq!(listed(&state).len(), 100);
}

#[test]
fn the_same_list_is_shared_and_not_copied() {
    let first = after(&[listing(1000, 0..10)]);
    let second = first.after(&listing(2000, 0..10), PATIENCE);
    let (first, second) = (first.list.unwrap(), second.list.unwrap());
    assert!(Arc::ptr_eq(&first.members, &second.members));
    assert_eq!((second.serial, second.read), (Serial(2000), at(2000)));
}

#[test]
fn zones_that_left_are_forgotten_when_nobody_serves_them_or_after_a_week() {
    let state = after(&[listing(0, 0..10), listing(1000, 0..8)]);
    assert_eq!(left(&state), [zone(8), zone(9)]);
    assert_eq!(left(&state.forget(&[zone(9), zone(3)])), [zone(8)]);
    assert_eq!(listed(&state.forget(&[zone(9), zone(3)])).len(), 8);
    let week = 7 * 86_400;
    assert_eq!(state.without_forgotten(at(1000 + week - 1)), None);
    assert_eq!(left(&state.without_forgotten(at(1000 + week)).unwrap()), []);
    assert_eq!(CatalogState::default().without_forgotten(at(week)), None);
}

#[test]
fn the_zones_that_left_are_bounded_and_the_oldest_go_first() {
    let readings = [listing(0, 0..10_100), listing(1, 40..10_100), listing(2, []), listing(3602, [])];
    let state = after(&readings);
    let left = left(&state);
    assert_eq!(left.len(), MAX_LEFT);
    assert!(!left.contains(&zone(0)) && !left.contains(&zone(39)));
    assert!(left.iter().map(Name::to_string).is_sorted());
}

#[test]
fn a_state_is_read_as_it_was_stored() {
    let mut grouped = listing(1000, []);
    let group: Arc<str> = "customers".into();
    let members = [1, 2].map(|it| Member { group: Some(Arc::clone(&group)), ..member(it) }).to_vec();
    grouped.catalog = Ok(Arc::new(Catalog { version: CatalogVersion::One, members, ignored: 3 }));
    let fault = CatalogFault::MemberTwice { zone: zone(1), ids: ["a".into(), "b".into()] };
    let faulty = CatalogReading { catalog: Err(fault), ..broken(2000) };
    let states = [
        CatalogState::default(),
        after(&[grouped.clone(), faulty]),
        after(&[listing(0, 0..200), listing(1000, 0..100)]),
        after(&[listing(0, 0..200), listing(1000, 3..200)]),
    ];
    for state in states {
        let stored = postcard::to_allocvec(&state).unwrap();
        let read: CatalogState = postcard::from_bytes(&stored).unwrap();
        assert_eq!(read, state);
    }
    let read: CatalogState =
        postcard::from_bytes(&postcard::to_allocvec(&after(&[grouped])).unwrap()).unwrap();
    let list = read.list.unwrap();
    let groups: Vec<&Arc<str>> = list.members.iter().filter_map(|member| member.group.as_ref()).collect();
    assert!(Arc::ptr_eq(groups[0], groups[1]));
}

/// A reading: how much later it is, and the members, if it is not broken.
fn some_readings() -> impl Strategy<Value = Vec<(u64, Option<Vec<usize>>)>> {
    let members = prop_oneof![
        (0..80_usize, 0..160_usize).prop_map(|(from, to)| (from..to).collect()),
        prop::collection::btree_set(0..160_usize, 0..120).prop_map(|set| set.into_iter().collect()),
    ];
    prop::collection::vec((1..3000_u64, prop::option::weighted(0.8, members)), 1..12)
}

proptest! {
    /// Whatever is read, in whatever order: only a good reading changes the list, and a member keeps its time.
    #[test]
    fn only_a_good_reading_changes_the_list(readings in some_readings()) {
        let mut state = CatalogState::default();
        let mut now = 0;
        for (later, numbers) in readings {
            now += later;
            let reading = numbers.map_or_else(|| broken(now), |numbers| listing(now, numbers));
            let before = std::mem::take(&mut state);
            state = before.after(&reading, PATIENCE);
            let is_good = state.last.as_ref().unwrap().outcome == ReadingOutcome::Good;
            if !is_good {
                prop_assert_eq!(&state.list, &before.list);
                continue;
            }
            let list = state.list.as_ref().unwrap();
            let expected: Vec<Name> =
                reading.catalog.unwrap().members.iter().map(|member| member.zone.clone()).collect();
            prop_assert_eq!(listed(&state), expected);
            prop_assert!(list.left.is_sorted_by_key(|left| left.zone.to_string()));
            let listed: BTreeMap<String, SystemTime> =
                list.members.iter().map(|member| (member.zone.to_string(), member.since)).collect();
            prop_assert!(list.left.iter().all(|left| !listed.contains_key(&left.zone.to_string())));
            let left = left(&state);
            for member in before.list.iter().flat_map(|list| list.members.iter()) {
                match listed.get(&member.zone.to_string()) {
                    Some(since) => prop_assert_eq!(*since, member.since),
                    None => prop_assert!(left.contains(&member.zone)),
                }
            }
        }
    }
}
