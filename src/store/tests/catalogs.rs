//! What is stored of catalogs.

use super::*;
use crate::dns::catalog::{CatalogFault, CatalogVersion};
use crate::judge::catalog::{LastReading, ListedMember, MemberList, ReadingOutcome};
use crate::store::catalog::{decode, encode};

fn member(number: u32, group: Option<&str>) -> ListedMember {
    ListedMember {
        zone: zone(number),
        group: group.map(Into::into),
        since: UNIX_EPOCH + Duration::from_millis(u64::from(number)),
        deadline: UNIX_EPOCH + Duration::from_hours(1),
    }
}

/// A state in which every field says something.
fn full() -> CatalogState {
    CatalogState {
        list: Some(MemberList {
            serial: Serial(7),
            version: CatalogVersion::One,
            read: UNIX_EPOCH + Duration::from_millis(5),
            members: [member(1, Some("customers")), member(2, None), member(3, Some("customers"))].into(),
            left: [member(9, Some(""))].into(),
        }),
        last: Some(LastReading {
            serial: Serial(8),
            outcome: ReadingOutcome::Broken(CatalogFault::MemberTwice {
                zone: zone(4),
                ids: ["a".into(), "b".into()],
            }),
        }),
    }
}

fn catalog() -> Name {
    "catalog.example".parse().unwrap()
}

#[test]
fn a_saved_catalog_is_there_in_the_next_process_beside_the_histories() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let store = open(&path);
    assert_eq!(store.catalog(&catalog()), CatalogState::default());
    store.save_catalog(&catalog(), &full());
    assert_eq!(store.catalog(&catalog()), full(), "before it is written");
    // The catalog is a zone too.
    store.save(&catalog(), &history(3));
    drop(store);
    let store = open(&path);
    assert_eq!((store.catalog(&catalog()), store.history(&catalog())), (full(), history(3)));
    assert_eq!(store.catalog(&zone(1)), CatalogState::default());
    store.save_catalog(&catalog(), &CatalogState::default());
    drop(store);
    assert_eq!(open(&path).catalog(&catalog()), CatalogState::default());
}

#[test]
fn every_field_of_a_catalog_is_encoded() {
    let until = UNIX_EPOCH + Duration::from_hours(2);
    let shrank = ReadingOutcome::Shrank { was: 100, lost: 60, since: UNIX_EPOCH, until };
    for outcome in [ReadingOutcome::Good, shrank] {
        let state = CatalogState { last: Some(LastReading { serial: Serial(1), outcome }), ..full() };
        assert_eq!(decode(&encode(&state).unwrap()), Some(state));
    }
    assert_eq!(decode(&encode(&full()).unwrap()), Some(full()));
}

#[test]
fn a_damaged_row_of_a_catalog_counts_as_none() {
    let row = encode(&full()).unwrap();
    assert_eq!(decode(&[&[row[0] + 1], &row[1..]].concat()), None, "another version");
    assert_eq!(decode(&[&row[..], &[0]].concat()), None, "more than a row");
    for length in 0..row.len() {
        assert_eq!(decode(&row[..length]), None, "{length} bytes");
    }
    // Whatever is read can be used: its members are in order.
    for offset in 0..row.len() {
        let mut damaged = row.clone();
        damaged[offset] ^= 0x55;
        let _ = decode(&damaged);
    }
    let mut unordered = full();
    if let Some(list) = &mut unordered.list {
        list.members = [member(2, None), member(1, None)].into();
    }
    assert_eq!(decode(&encode(&unordered).unwrap()), None);
}

#[test]
fn a_row_of_a_catalog_that_cannot_be_read_counts_as_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let store = open(&path);
    store.database().add_catalog(catalog().as_wire(), vec![255, 1, 2]);
    store.save(&zone(1), &history(1));
    drop(store);
    let store = open(&path);
    assert_eq!((store.catalog(&catalog()), store.history(&zone(1))), (CatalogState::default(), history(1)));
    assert_eq!(store.take_notices(), [""; 0]);
}
