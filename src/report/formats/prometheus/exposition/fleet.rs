//! Many zones, one cause: what the exposition grows by, and what stays visible.

use super::tests::{at, names, rendered, snapshot};
use super::*;
use crate::report::ZoneSnapshot;
use crate::report::tests::samples;

const MAX_SERIES: u64 = 200_000;

/// The zones of a fleet, each at `ns0` and at two addresses of `ns1`.
fn fleet(zones: usize) -> Vec<ZoneSnapshot> {
    (0..zones).map(|number| snapshot(&format!("{number}.example."), samples::in_sync())).collect()
}

/// Makes an address of a zone unusable.
fn end(zone: &mut ZoneSnapshot, position: usize, verdict: Verdict) {
    let report = &mut zone.report;
    let server = &mut report.servers[position];
    (server.verdict, server.severity) = (verdict, Severity::Critical);
    (server.serial, server.serial_lag, server.answer, server.copy) = (None, None, None, None);
    server.instances.clear();
    (report.verdict, report.severity) = (verdict, Severity::Critical);
    zone.last_exception = Some(at(1000));
}

fn exceptions(zones: &[ZoneSnapshot]) -> String {
    rendered(zones, ExpositionDetail::Exceptions(MAX_SERIES))
}

fn dropped(text: &str) -> u64 {
    let value = text.lines().find_map(|line| line.strip_prefix("zoneprobe_series_dropped ")).unwrap();
    value.parse().unwrap()
}

fn is_in_full(text: &str, zone: &str) -> bool {
    names(text, zone).len() > 15
}

#[test]
fn a_server_that_ends_adds_less_than_a_tenth_and_hides_no_divergence() {
    let mut zones = fleet(50_000);
    let before = exceptions(&zones);
    for zone in &mut zones {
        end(zone, 1, Verdict::Unreachable);
    }
    zones[7_000] = snapshot("diverged.example.", samples::diverged());
    // Its zone is no less visible where the server has ended, too.
    end(&mut zones[40_000], 1, Verdict::Unreachable);
    zones[40_000].report.servers[0].verdict = Verdict::Ahead;
    let ended = exceptions(&zones);
    let series = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    println!(
        "all well: {} series, {} bytes; one server ended: {} series, {} bytes",
        series(&before),
        before.len(),
        series(&ended),
        ended.len()
    );
    assert!(ended.len() * 10 < before.len() * 11, "{} after {}", ended.len(), before.len());
    assert!(is_in_full(&ended, "diverged.example") && is_in_full(&ended, "40000.example"));
    assert_eq!(names(&ended, "3.example").len(), 1);
    assert_eq!(dropped(&ended), 0);
    let address = "server=\"ns1\",address=\"127.0.0.1:5302\"";
    let line = format!("zoneprobe_server_zones{{{address},verdict=\"unreachable\"}} 49999\n");
    assert!(ended.contains(&line));

    let back: Vec<ZoneSnapshot> = fleet(50_000)
        .into_iter()
        .map(|zone| ZoneSnapshot { last_exception: Some(at(1000)), ..zone })
        .collect();
    let back = exceptions(&back);
    println!("all back: {} series, {} bytes", series(&back), back.len());
    assert!(series(&back) * 10 < series(&before) * 11);
    assert_eq!(dropped(&back), 0);
}

#[test]
fn an_outage_of_few_zones_is_exposed_zone_by_zone() {
    let mut zones = fleet(100);
    zones.iter_mut().take(50).for_each(|zone| end(zone, 1, Verdict::Lame));
    let text = exceptions(&zones);
    assert!((0..50).all(|number| is_in_full(&text, &format!("{number}.example"))));
    // Nor is it, if the server has few zones at all.
    let mut zones = fleet(9);
    for zone in &mut zones {
        end(zone, 1, Verdict::Lame);
    }
    let text = exceptions(&zones);
    assert!((0..9).all(|number| is_in_full(&text, &format!("{number}.example"))));
}

#[test]
fn zones_without_any_server_that_answers_are_counted_at_each() {
    let mut zones = fleet(100);
    for zone in &mut zones {
        (0..3).for_each(|position| end(zone, position, Verdict::Unreachable));
    }
    let text = exceptions(&zones);
    assert!(!is_in_full(&text, "7.example"));
    for address in ["127.0.0.1:5301", "127.0.0.1:5302", "[::1]:5302"] {
        assert!(text.contains(&format!("address=\"{address}\",verdict=\"unreachable\"}} 100\n")), "{text}");
    }
}

#[test]
fn causes_share_max_series_and_the_worst_zones_of_each_come_first() {
    let mut zones = fleet(1_000);
    zones.iter_mut().take(400).for_each(|zone| end(zone, 1, Verdict::Unreachable));
    // Many servers with a zone each, that do not serve it.
    for (number, zone) in zones.iter_mut().enumerate().skip(400).take(400) {
        end(zone, 2, Verdict::Lame);
        zone.report.servers[2].server = format!("ns.{number}.example");
    }
    for number in [5, 6] {
        let finding = samples::many().swap_remove(3).servers.remove(2).findings.remove(0);
        zones[990 + number].report.servers[0].findings.push(finding);
    }
    zones.push(snapshot("diverged.example.", samples::diverged()));
    let text = rendered(&zones, ExpositionDetail::Exceptions(2_000));
    assert!(is_in_full(&text, "diverged.example"));
    assert!(is_in_full(&text, "995.example") && is_in_full(&text, "996.example"), "a finding");
    assert!(is_in_full(&text, "0.example") && is_in_full(&text, "400.example"));
    assert!(!is_in_full(&text, "399.example") && !is_in_full(&text, "799.example"));
    let in_full =
        (0..1_000).filter(|number| is_in_full(&text, &format!("{number}.example"))).count() as u64 + 1;
    let all = 400 + 400 + 2 + 1;
    assert_eq!(dropped(&text), (all - in_full) * (estimated_series(3) - 1));
    assert_eq!(text, rendered(&zones, ExpositionDetail::Exceptions(2_000)));
}
