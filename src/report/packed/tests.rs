use std::time::UNIX_EPOCH;

use super::*;
use crate::dns::Serial;
use crate::report::tests::cached::cached;
use crate::report::tests::samples;
use crate::report::text::rfc3339;

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

/// A result with a value of every kind.
fn snapshot(report: ZoneReport) -> ZoneSnapshot {
    let of_server = |number: u64| ServerSnapshot {
        last_answer: Some(at(1_764_400_000_123 - number)),
        last_in_sync: (number > 0).then(|| at(1_764_300_000_000)),
        latency: (number != 1).then(|| Duration::from_millis(number)),
    };
    ZoneSnapshot {
        checked: at(1_764_400_000_500),
        took: Duration::from_micros(2_345),
        publications: 7,
        regressions: 300,
        last_publication: Some(at(1_764_000_000_000)),
        servers: (0..).zip(&report.servers).map(|(number, _)| of_server(number)).collect(),
        records: RecordsState { interval: Some(Duration::from_hours(1)), compared: Some(at(5)) },
        last_exception: None,
        history: [1, 2, 3].into(),
        report,
    }
}

fn pack(snapshot: ZoneSnapshot, outlines: &mut Outlines) -> PackedSnapshot {
    PackedSnapshot::pack(snapshot.report.zone.parse().unwrap(), snapshot, outlines)
}

#[test]
fn a_report_is_unpacked_as_it_was() {
    let mut outlines = Outlines::default();
    let others = [samples::in_sync(), samples::diverged(), samples::lagging(), samples::broken(), cached()];
    let all = samples::many().into_iter().chain(others);
    for report in all.map(|report| ZoneReport { id: None, ..report }) {
        let expected = snapshot(report);
        let unpacked = pack(expected.clone(), &mut outlines).unpack();
        assert_eq!(unpacked.report, expected.report);
        assert_eq!(format!("{unpacked:?}"), format!("{expected:?}"));
    }
}

#[test]
fn zones_that_differ_in_numbers_and_times_share_an_outline() {
    let mut outlines = Outlines::default();
    let zone = |number: u32| {
        let mut report = samples::in_sync();
        report.zone = format!("z{number}.example.");
        report.reference.as_mut().unwrap().serial = Serial(number);
        for server in &mut report.servers {
            server.serial = Some(Serial(number));
            server.compared_at = Some(rfc3339(at(1_764_400_000_000 + u64::from(number) * 1000)));
            let copy =
                server.copy.get_or_insert_with(|| samples::diverged().servers[1].copy.clone().unwrap());
            copy.fingerprint = Some(format!("{number:032x}"));
            copy.seconds = 1e-6 * f64::from(number);
        }
        report
    };
    let packed: Vec<PackedSnapshot> = (1..3000).map(|it| pack(snapshot(zone(it)), &mut outlines)).collect();
    assert_eq!(outlines.count(), 1);
    assert!(packed.iter().all(|it| it.has_outline_of(&packed[0])));
    assert_eq!(packed[7].unpack().report, zone(8));
    assert_eq!(count_outlines(packed.iter()), [(packed[0].outline(), 2999)]);
    let largest = packed.iter().map(|it| it.values.len()).max();
    println!("{largest:?} bytes of values at {} addresses", packed[0].outline().servers.len());
    assert!(largest < Some(180), "{largest:?}");
}

#[test]
fn outlines_that_no_zone_has_any_more_are_dropped() {
    let mut outlines = Outlines::default();
    let kept = pack(snapshot(samples::in_sync()), &mut outlines);
    for number in 0..10_000 {
        let mut report = samples::in_sync();
        report.servers[0].server = format!("ns{number}.example");
        pack(snapshot(report), &mut outlines);
    }
    assert!(outlines.count() <= 2 * 1024, "{}", outlines.count());
    assert!(kept.has_outline_of(&pack(snapshot(samples::in_sync()), &mut outlines)));
}
