use std::time::UNIX_EPOCH;

use super::*;
use crate::judge::Severity;
use crate::report::model::ServerReport;
use crate::report::tests::samples;
use crate::report::{Outlines, RecordsState, ServerSnapshot, ZoneSnapshot};

pub(super) fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(second)
}

pub(super) fn snapshot(name: &str, report: ZoneReport) -> ZoneSnapshot {
    let servers = report.servers.iter().map(|_| ServerSnapshot {
        last_answer: Some(at(990)),
        last_in_sync: None,
        latency: Some(Duration::from_millis(1500)),
    });
    let servers = servers.collect();
    let last_exception = is_exception(&report).then(|| at(1000));
    let report = ZoneReport { zone: name.to_owned(), ..report };
    let (checked, took, last_publication) = (at(1000), Duration::from_millis(20), Some(at(900)));
    ZoneSnapshot {
        report,
        checked,
        took,
        publications: 3,
        regressions: 0,
        last_publication,
        servers,
        records: RecordsState::default(),
        last_exception,
        history: [].into(),
    }
}

/// The zones as they are kept.
fn packed(zones: &[ZoneSnapshot]) -> Vec<PackedSnapshot> {
    let mut outlines = Outlines::default();
    let zone = |zone: &ZoneSnapshot| zone.report.zone.parse().unwrap();
    zones.iter().map(|it| PackedSnapshot::pack(zone(it), it.clone(), &mut outlines)).collect()
}

pub(super) fn rendered(zones: &[ZoneSnapshot], detail: ExpositionDetail) -> String {
    let zones = packed(zones);
    exposition(zones.iter(), 0, detail, at(1000))
}

pub(super) fn names(text: &str, zone: &str) -> BTreeSet<String> {
    let of_zone = format!("zone=\"{zone}\"");
    let lines = text.lines().filter(|line| line.contains(&of_zone));
    lines.filter_map(|line| Some(line.split_once('{')?.0.to_owned())).collect()
}

#[test]
fn with_server_detail_all_series_and_times_are_exposed() {
    let text = rendered(&[snapshot("a.example.", samples::diverged())], ExpositionDetail::Server);
    for line in [
        "zoneprobe_zones{verdict=\"diverged\"} 1",
        "zoneprobe_zones{verdict=\"in_sync\"} 0",
        "zoneprobe_zone_last_check_timestamp_seconds{zone=\"a.example\"} 1000",
        "zoneprobe_zone_publications_total{zone=\"a.example\"} 3",
        "zoneprobe_zone_serial_regressions_total{zone=\"a.example\"} 0",
        "zoneprobe_zone_last_publication_timestamp_seconds{zone=\"a.example\"} 900",
        "zoneprobe_zone_check_duration_seconds{zone=\"a.example\"} 0.02",
        "# TYPE zoneprobe_zone_publications_total counter",
        "zoneprobe_server_last_answer_timestamp_seconds{zone=\"a.example\",server=\"ns0\",address=\"127.0.0.1:5301\"} 990",
        "zoneprobe_server_publication_latency_seconds{zone=\"a.example\",server=\"ns0\",address=\"127.0.0.1:5301\"} 1.5",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    assert!(!text.contains("last_in_sync"), "what is not known is absent\n{text}");
}

#[test]
fn with_zone_detail_no_series_has_a_zone_and_a_server() {
    let text = rendered(&[snapshot("a.example.", samples::diverged())], ExpositionDetail::Zone);
    assert!(!text.lines().any(|line| line.contains("zone=") && line.contains("server=")), "{text}");
    assert!(
        text.contains("zoneprobe_zone_finding{zone=\"a.example\",code=\"serial_not_raised\"} 1"),
        "{text}"
    );
}

#[test]
fn a_zone_that_is_no_exception_has_one_series() {
    let zones = [
        snapshot("good.example.", samples::in_sync()),
        snapshot("lag.example.", samples::propagating()),
        snapshot("bad.example.", samples::diverged()),
    ];
    let text = rendered(&zones, ExpositionDetail::Exceptions(1000));
    let only = BTreeSet::from(["zoneprobe_zone_in_sync".to_owned()]);
    assert_eq!((names(&text, "good.example"), names(&text, "lag.example")), (only.clone(), only));
    assert!(names(&text, "bad.example").len() > 15, "{text}");
    assert!(text.contains("\nzoneprobe_series_dropped 0\n"), "{text}");
}

#[test]
fn a_zone_is_exposed_in_full_for_an_hour_after_its_last_exception() {
    let recovered = |second| ZoneSnapshot {
        last_exception: Some(at(second)),
        ..snapshot("a.example.", samples::in_sync())
    };
    for (now, full) in [(4600, true), (4601, false)] {
        let zones = [recovered(1000)];
        let text = exposition(packed(&zones).iter(), 0, ExpositionDetail::Exceptions(1000), at(now));
        assert_eq!(names(&text, "a.example").len() > 1, full, "{now}");
    }
}

#[test]
fn past_max_series_the_worst_zones_are_in_full() {
    let mut zones: Vec<ZoneSnapshot> =
        (0..5).map(|number| snapshot(&format!("warn{number}.example."), samples::lagging())).collect();
    for zone in &mut zones {
        zone.report.severity = Severity::Warning;
    }
    zones.push(snapshot("bad.example.", samples::diverged()));
    let text = rendered(&zones, ExpositionDetail::Exceptions(150));
    assert!(names(&text, "bad.example").len() > 1);
    assert_eq!(names(&text, "warn4.example"), BTreeSet::from(["zoneprobe_zone_in_sync".to_owned()]));
    let dropped = text.lines().find_map(|line| line.strip_prefix("zoneprobe_series_dropped ")).unwrap();
    assert!(dropped.parse::<u64>().unwrap() > 100, "{dropped}");
    let written =
        text.lines().filter(|line| line.contains("zone=\"bad") || line.contains("zone=\"warn")).count();
    assert!(written <= 150 + 5, "{written}");
}

#[test]
fn no_zone_takes_the_place_of_a_worse_one() {
    let large = snapshot("large.example.", samples::diverged());
    let mut small = snapshot("small.example.", samples::lagging());
    small.report.severity = Severity::Warning;
    small.report.servers.truncate(1);
    let text = rendered(&[small, large], ExpositionDetail::Exceptions(60));
    for zone in ["large.example", "small.example"] {
        assert_eq!(names(&text, zone), BTreeSet::from(["zoneprobe_zone_in_sync".to_owned()]), "{zone}");
    }
    let dropped = estimated_series(3) + estimated_series(1) - 2;
    assert!(text.contains(&format!("\nzoneprobe_series_dropped {dropped}\n")), "{text}");
}

#[test]
fn the_estimate_of_series_is_within_a_tenth() {
    let text = rendered(&[snapshot("a.example.", samples::in_sync())], ExpositionDetail::Server);
    let count = text.lines().filter(|line| line.contains("zone=\"a.example\"")).count() as u64;
    let estimate = estimated_series(3);
    assert!(estimate.abs_diff(count) * 10 < estimate, "{count} against {estimate}");
}

#[test]
fn instances_are_counted_over_all_zones() {
    let zones = [snapshot("a.example.", samples::in_sync()), snapshot("b.example.", samples::in_sync())];
    let text = rendered(&zones, ExpositionDetail::Exceptions(10));
    assert!(
        text.contains("zoneprobe_server_instances{server=\"ns0\",address=\"127.0.0.1:5301\"} 1\n"),
        "{text}"
    );
}

#[test]
fn zones_of_an_address_are_counted_by_verdict_in_every_detail() {
    let twice = {
        let mut report = samples::diverged();
        let again = ServerReport { key: Some("other".to_owned()), ..report.servers[1].clone() };
        report.servers[1].verdict = Verdict::InSync;
        report.servers[1].severity = Severity::Ok;
        report.servers.push(again);
        report
    };
    let zones = [
        snapshot("a.example.", samples::in_sync()),
        snapshot("b.example.", samples::diverged()),
        snapshot("c.example.", twice),
    ];
    for detail in [ExpositionDetail::Server, ExpositionDetail::Zone, ExpositionDetail::Exceptions(1000)] {
        let text = rendered(&zones, detail);
        let address = "server=\"ns1\",address=\"127.0.0.1:5302\"";
        for (verdict, zones) in [("in_sync", 1), ("diverged", 2), ("unreachable", 0)] {
            let line = format!("zoneprobe_server_zones{{{address},verdict=\"{verdict}\"}} {zones}");
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}

#[test]
fn zones_whose_records_were_not_read_are_counted_in_every_detail() {
    let read = |name: &str, compared: Option<u64>| {
        let interval = Some(Duration::from_secs(100));
        let records = RecordsState { interval, compared: compared.map(at) };
        ZoneSnapshot { records, ..snapshot(name, samples::in_sync()) }
    };
    let zones = [
        read("never.example.", None),
        read("old.example.", Some(799)),
        read("young.example.", Some(800)),
        snapshot("serials.example.", samples::in_sync()),
    ];
    for detail in [ExpositionDetail::Server, ExpositionDetail::Zone, ExpositionDetail::Exceptions(1000)] {
        let text = exposition(packed(&zones).iter(), 5, detail, at(1000));
        assert!(text.contains("\nzoneprobe_zones_uncompared 7\n"), "{text}");
    }
    let text = rendered(&zones, ExpositionDetail::Zone);
    let timestamp = "\nzoneprobe_zone_records_compared_timestamp_seconds{zone=\"young.example\"} 800\n";
    assert!(text.contains(timestamp), "{text}");
    assert!(!names(&text, "never.example").contains("zoneprobe_zone_records_compared_timestamp_seconds"));
}
