use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::*;
use crate::dns::Name;
use crate::report::tests::samples;
use crate::report::{
    Outlines, PackedSnapshot, RecordsState, ServerSnapshot, ZoneReport, ZoneSnapshot, count_outlines,
};

/// The results of zones, `z0` and so on, with these reports.
fn pack(reports: impl IntoIterator<Item = ZoneReport>) -> Vec<PackedSnapshot> {
    let mut outlines = Outlines::default();
    let pack = |(number, report): (usize, ZoneReport)| {
        let zone: Name = format!("z{number}.example").parse().unwrap();
        let mut report = ZoneReport { zone: zone.to_string(), ..report };
        let number = u32::try_from(number).unwrap();
        for answer in report.servers.iter_mut().filter_map(|server| server.answer.as_mut()) {
            answer.rtt_seconds = f64::from(number) / 1e3;
        }
        let history = ServerSnapshot {
            last_answer: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(number.into())),
            last_in_sync: None,
            latency: number.is_multiple_of(2).then(|| Duration::from_secs(number.into())),
        };
        let snapshot = ZoneSnapshot {
            checked: SystemTime::UNIX_EPOCH,
            took: Duration::ZERO,
            publications: 0,
            regressions: 0,
            last_publication: None,
            servers: report.servers.iter().map(|_| history).collect(),
            records: RecordsState::default(),
            last_exception: None,
            history: Arc::default(),
            report,
        };
        PackedSnapshot::pack(zone, snapshot, &mut outlines)
    };
    reports.into_iter().enumerate().map(pack).collect()
}

#[test]
fn zones_are_counted_for_each_address() {
    let zones = pack([samples::in_sync(), samples::diverged(), samples::in_sync(), samples::diverged()]);
    let summaries = address_summaries(count_outlines(zones.iter()));
    let ns1 = &summaries[&("ns1", "127.0.0.1:5302")];
    assert_eq!((ns1.zones(), ns1.not_ok(), ns1.worst_of), (4, 2, 2), "{ns1:?}");
    assert_eq!(ns1.verdicts[&Verdict::InSync], 2);
    assert_eq!(ns1.severity(), Severity::Critical);
    let ns0 = &summaries[&("ns0", "127.0.0.1:5301")];
    assert_eq!((ns0.zones(), ns0.is_down()), (4, false), "{ns0:?}");
}

#[test]
fn an_address_is_down_if_it_answers_for_none_of_its_zones_or_few_of_many() {
    let summary = |unreachable, in_sync| AddressSummary {
        verdicts: [(Verdict::Unreachable, unreachable), (Verdict::InSync, in_sync)].into(),
        severities: [(Severity::Critical, unreachable), (Severity::Ok, in_sync)].into(),
        ..AddressSummary::default()
    };
    for (unreachable, in_sync, is_down) in
        [(0, 0, false), (1, 0, true), (1, 1, false), (3, 1, false), (10, 9, true), (10, 10, false)]
    {
        assert_eq!(summary(unreachable, in_sync).is_down(), is_down, "{unreachable} {in_sync}");
    }
}

#[test]
fn failures_findings_and_instances_are_those_of_one_server() {
    let zones = pack([samples::in_sync(), samples::broken(), samples::broken(), samples::diverged()]);
    let failing = |address: &AddressDetails<'_>| !address.failures.is_empty();
    let details: Vec<_> = ["ns0", "ns1", "ns2", "ns3"]
        .into_iter()
        .flat_map(|server| address_details(&zones, server).into_iter().collect::<Vec<_>>())
        .collect();
    let (_, failed) = details.iter().find(|(_, details)| failing(details)).unwrap();
    let (kind, failures) = failed.failures.iter().next().unwrap();
    assert_eq!((failures.zones, failures.examples.len()), (2, 2), "{kind}");
    let (_, diverged) = details
        .iter()
        .find(|(_, it)| it.findings.keys().any(|(_, code)| *code == "serial_not_raised"))
        .unwrap();
    assert_eq!(diverged.findings[&(Severity::Ok, "serial_not_raised")], 1);
    assert!(address_details(&zones, "ns9").is_empty());
}

#[test]
fn times_are_measured_in_all_zones_or_in_an_even_sample() {
    let zones = pack((0..100).map(|_| samples::in_sync()));
    let address = ("ns1", "127.0.0.1:5302");
    let measured = |quota| measure(&zones, [(address, 100)], quota).remove(&address).unwrap();
    let all = measured(100);
    assert_eq!((all.drawn, all.round_trips.count(), all.latencies.count()), (100, 100, 50));
    assert_eq!(all.last_answer, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(99)));
    assert_eq!(all.round_trips.percentile(50), Some(Duration::from_millis(49)));
    assert_eq!(all.round_trips.percentile(100), Some(Duration::from_millis(99)));
    assert_eq!(all.latencies.percentile(50), Some(Duration::from_secs(48)));
    let few = measured(8);
    assert_eq!(few.drawn, 8, "every 13th of 100");
    assert_eq!(few.round_trips.percentile(50), Some(Duration::from_millis(39)));
    let ends = [10, 50, 60].map(Duration::from_millis);
    assert_eq!(all.round_trips.histogram(&ends), [10, 40, 50]);
    assert_eq!(Measured::default().round_trips.percentile(50), None);
}

#[test]
fn two_thousand_of_a_hundred_thousand_zones_are_put_together() {
    let zones = pack((0..100_000).map(|_| samples::in_sync()));
    let summaries = address_summaries(count_outlines(zones.iter()));
    let addresses = summaries.iter().map(|(address, summary)| (*address, summary.zones()));
    for (address, measured) in measure(&zones, addresses, 2_000) {
        assert_eq!(measured.drawn, 2_000, "{address:?}");
    }
}
