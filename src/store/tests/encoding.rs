//! Histories as bytes, of this version and of the one before.

use std::time::{Duration, UNIX_EPOCH};

use super::history;
use crate::digest::Fingerprint;
use crate::dns::Serial;
use crate::judge::history::record::MAX_CHANGES;
use crate::judge::history::{
    AddressHistory, AskedPart, ComparisonResult, CopyFinding, CopyFindingKind, FollowedVersion,
    RecordedState, RecordsComparison, SeenSerial, StoredCopy, VerdictChange,
};
use crate::judge::{History, Verdict};
use crate::store::{decode, encode};

/// A row of the format before this one, which had no changes of verdicts.
const ROW_BEFORE: &str = "080107d83601014d020304050c3139322e302e322e313a3533010c3139322e302e322e323a35330107ed070001bd17\
01a51f0000000000000107030104c53e010000000000010d03777777076578616d706c650001010108c03e00000000010d0377777707657861\
6d706c650001";

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Alternating states, one each hour.
fn changes(count: usize) -> Vec<VerdictChange> {
    let states = [RecordedState::IN_SYNC, RecordedState::of(Verdict::Stuck, Verdict::Stuck.severity())];
    let times = (0..).map(|hour| UNIX_EPOCH + Duration::from_hours(493_000 + hour));
    let change = |(at, state)| VerdictChange { at, state };
    times.zip(states.into_iter().cycle()).take(count).map(change).collect()
}

#[test]
fn every_field_of_a_history_is_encoded() {
    let time = |second: u64| UNIX_EPOCH + Duration::from_millis(second * 1000 + 5);
    let fingerprint =
        Fingerprint { profile: 1, content: u128::MAX, distinct: Some(3), rrsets: 4, records: u64::MAX };
    let mut full = history(7);
    full.versions[0].copy = Some(StoredCopy { fingerprint, source: "192.0.2.1:53".to_owned() });
    let past = AddressHistory {
        serials: vec![SeenSerial { serial: Serial(7), first_seen: time(1) }],
        lagging_since: Some(time(2)),
        out_of_sync_since: Some(time(3)),
        last_checked: Some(time(4)),
        last_response: Some(time(5)),
        last_in_sync: Some(time(6)),
        expires: Some(time(7)),
        latencies: vec![0, u64::MAX],
        arrivals: u64::MAX,
        went_back_from: Some(Serial(u32::MAX)),
        followed: Some(FollowedVersion { serial: Serial(2_024_010_103), failed: 2, changed: u64::MAX }),
        last_comparison: Some(RecordsComparison {
            part: Some(AskedPart { next: 7, covered: 9 }),
            serial: Serial(7),
            rules: 3,
            against: Some(Serial(4)),
            at: time(8),
            result: ComparisonResult::Unread,
        }),
        copy_findings: vec![CopyFinding {
            kind: CopyFindingKind::ZonemdMismatch,
            message: "a message".to_owned(),
            advice: vec!["a command".to_owned(), String::new()],
        }],
        changes: changes(2),
    };
    (full.publications, full.regressions) = (9, 10);
    full.addresses.insert("[2001:db8::1]:53,key=xfr".to_owned(), past);
    full.downstream = Some(Box::new(history(8)));
    assert_eq!(decode(&encode(&full).unwrap()), Some(full));
}

#[test]
fn the_changes_of_each_address_are_its_own() {
    let address = |count| AddressHistory { changes: changes(count), ..AddressHistory::default() };
    let link = |counts: [usize; 3]| {
        let names = ["192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53"].map(str::to_owned);
        History { addresses: names.into_iter().zip(counts.map(address)).collect(), ..history(7) }
    };
    for (first, last) in
        [([0, 0, 0], None), ([0, 2, 0], None), ([1, 0, 3], Some([0, 4, 0])), ([0; 3], Some([0, 0, 5]))]
    {
        let history = History { downstream: last.map(|last| Box::new(link(last))), ..link(first) };
        assert_eq!(decode(&encode(&history).unwrap()), Some(history));
    }
}

#[test]
fn nothing_is_stored_of_an_address_without_trouble_and_a_few_hundred_bytes_of_one_with_the_most() {
    let length = |counts: [usize; 2]| {
        let address = |count| AddressHistory { changes: changes(count), ..AddressHistory::default() };
        let names = ["192.0.2.1:53", "192.0.2.2:53"].map(str::to_owned);
        let addresses = names.into_iter().zip(counts.map(address)).collect();
        encode(&History { addresses, ..history(7) }).unwrap().len()
    };
    let healthy = length([0, 0]);
    let default = postcard::to_extend(&AddressHistory::default(), Vec::new()).unwrap().len();
    let others = encode(&history(7)).unwrap().len();
    assert_eq!(
        healthy - others,
        2 * (1 + "192.0.2.1:53".len() + default),
        "their names and what else is known"
    );
    assert_eq!(length([0, 3]) - healthy, 3 + 3 * 7, "how many, which, how many changes, and each change");
    let most = length([0, MAX_CHANGES]) - healthy;
    assert!(most <= 340, "{most} bytes");
}

#[test]
fn a_row_of_the_version_before_keeps_what_was_known() {
    let row = bytes(ROW_BEFORE);
    let history = decode(&row).unwrap();
    let address = &history.addresses["192.0.2.2:53"];
    let time = |second: u64| UNIX_EPOCH + Duration::from_millis(second * 1000 + 5);
    assert_eq!((address.out_of_sync_since, address.last_checked), (Some(time(3)), Some(time(4))));
    assert_eq!(address.last_comparison.map(|last| last.result), Some(ComparisonResult::Different));
    assert_eq!(address.changes, [VerdictChange { at: time(4), state: RecordedState::Unchecked }]);
    assert_eq!(history.versions[0].copy.as_ref().map(|copy| copy.fingerprint.content), Some(77));
    assert_eq!(history.downstream.map(|last| last.versions[0].serial), Some(Serial(8)));
    assert_eq!(decode(&[row.as_slice(), &[0]].concat()), None);
}

#[test]
fn a_row_of_another_version_or_length_is_not_decoded() {
    let row = encode(&history(1)).unwrap();
    assert_eq!(decode(&row), Some(history(1)));
    assert_eq!(decode(&[&[1], &row[1..]].concat()), None);
    assert_eq!(decode(&row[..row.len() - 1]), None);
    assert_eq!(decode(&[]), None);
    let address = AddressHistory { changes: changes(1), ..AddressHistory::default() };
    let with_changes = History { addresses: [("192.0.2.1:53".to_owned(), address)].into(), ..history(1) };
    let row = encode(&with_changes).unwrap();
    assert_eq!(decode(&row), Some(with_changes));
    assert_eq!(decode(&row[..row.len() - 1]), None);
    assert_eq!(decode(&[row.as_slice(), &[0]].concat()), None);
    // The first change is of an address that is not there.
    let place = row.len() - 9;
    assert_eq!(row[place..place + 2], [0, 1]);
    assert_eq!(decode(&[&row[..place], &[1], &row[place + 1..]].concat()), None);
}
