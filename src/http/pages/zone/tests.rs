use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;
use crate::dns::Serial;
use crate::http::pages::tests::checked;
use crate::judge::history::{AddressHistory, RecordedState, SeenSerial, VerdictChange, Version};
use crate::judge::{History, Verdict};
use crate::monitor::WantedZone;
use crate::report::tests::samples;
use crate::report::{Outlines, PackedSnapshot, RecordsState, ServerSnapshot, ZoneReport, ZoneSnapshot};

/// The time at which the pages are made: 2026-11-23 00:00.
const NOW: Duration = Duration::from_hours(498_720);

fn site() -> Site {
    Site { base: "/dns".to_owned(), vantage: Some("fra<1>".to_owned()), now: UNIX_EPOCH + NOW }
}

fn ago(seconds: u64) -> SystemTime {
    UNIX_EPOCH + NOW - Duration::from_secs(seconds)
}

fn snapshot(report: ZoneReport, history: &History) -> ZoneSnapshot {
    ZoneSnapshot {
        checked: ago(42),
        took: Duration::from_millis(37),
        publications: history.publications,
        regressions: 0,
        last_publication: None,
        servers: report.servers.iter().map(|_| ServerSnapshot::default()).collect(),
        records: RecordsState { interval: Some(Duration::from_hours(1)), compared: Some(ago(600)) },
        last_exception: None,
        history: store::encode(history).unwrap().into(),
        report,
    }
}

/// The page of a zone with this report.
fn render(report: ZoneReport) -> String {
    render_with(report, History::default())
}

fn render_with(report: ZoneReport, history: History) -> String {
    let site = site();
    let zone = report.zone.parse().unwrap();
    let snapshot = snapshot(report, &history);
    let view = ZoneView { site: &site, zone, snapshot, history, settings: None, id: None };
    checked(&HttpResponse::html(StatusCode::OK, page(&view)))
}

/// A report whose addresses have identities, and a history with a publication that one of them did not get.
fn lagging() -> (ZoneReport, History) {
    let mut report = samples::lagging();
    let mut history = History { publications: 1, ..History::default() };
    let seen = |(serial, first_seen): (u32, SystemTime)| SeenSerial { serial: Serial(serial), first_seen };
    history.versions = [(1, ago(9000)), (2, ago(7200))]
        .into_iter()
        .map(|(serial, first_seen)| Version { serial: Serial(serial), first_seen, copy: None })
        .collect();
    for (number, server) in report.servers.iter_mut().enumerate() {
        server.id.clone_from(&server.address);
        let Some(id) = server.id.clone() else { continue };
        let serials = if number == 0 { vec![(1, ago(9000)), (2, ago(7200))] } else { vec![(1, ago(9000))] };
        let stuck = RecordedState::of(Verdict::Stuck, Severity::Critical);
        let changes = [(7200, stuck), (3600, RecordedState::IN_SYNC)];
        let changes = changes.map(|(second, state)| VerdictChange { at: ago(second), state });
        let past = AddressHistory {
            serials: serials.into_iter().map(seen).collect(),
            last_checked: Some(ago(42)),
            changes: if number == 1 { changes.into() } else { Vec::new() },
            ..AddressHistory::default()
        };
        history.addresses.insert(id, past);
    }
    (report, history)
}

/// Whether every tag that is opened is closed, in order.
fn is_balanced(page: &str) -> bool {
    const VOID: [&str; 4] = ["meta", "link", "input", "!DOCTYPE"];
    let mut open = Vec::new();
    for tag in page.split('<').skip(1) {
        let name = tag.split(['>', ' ', '\n']).next().unwrap();
        match name.strip_prefix('/') {
            Some(closed) if open.pop() != Some(closed) => return false,
            None if !VOID.contains(&name) => open.push(name),
            _ => {}
        }
    }
    open.is_empty()
}

#[test]
fn every_sample_has_a_page_that_says_what_the_terminal_says() {
    let samples = [
        samples::in_sync(),
        samples::diverged(),
        samples::large(),
        samples::other_keys(),
        samples::lagging(),
        samples::propagating(),
        samples::broken(),
        samples::ahead(),
        samples::zone_file(),
        samples::expiring(),
        samples::mixed(),
        samples::no_servers(),
        samples::member(),
        samples::not_asked(),
        samples::hostile(),
        samples::sampled(),
        samples::asked(),
    ];
    for report in samples {
        let page = render(report.clone());
        assert!(is_balanced(&page), "{page}");
        assert!(page.len() < 100_000, "{} bytes", page.len());
        let shown = |text: &str| page.contains(&html! { (visible(text)) }.into_string());
        let servers = report.servers.iter().flat_map(|server| &server.findings);
        for finding in report.findings.iter().chain(servers) {
            assert!(shown(&finding.message), "{}: {page}", finding.message);
        }
        assert!(report.servers.iter().all(|server| shown(server.address_text())), "{page}");
    }
}

#[test]
fn a_page_of_a_zone_that_differs_has_the_records_and_the_commands() {
    let page = render(samples::diverged());
    for text in [
        "<title>✗ diverged: example.com · zoneprobe</title>",
        "2 RRsets differ",
        "<li class=\"del\"><span class=\"sign\" aria-hidden=\"true\">−</span><span class=\"hidden\">the reference has \
         </span><code>300 192.0.2.1</code></li>",
        "<code>300 192.0.2.9</code>",
        "<code>rndc retransfer example.com</code>",
        "<p class=\"comment\">on ns1</p>",
        "href=\"/dns/explain/serial_not_raised\"",
        "href=\"/dns/api/v1/zones/example.com\"",
        "<section class=\"card critical\">",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn strips_and_versions_are_those_of_the_history() {
    let (report, history) = lagging();
    let page = render_with(report, history);
    for text in [
        "in sync all the time",
        "<figcaption>in sync but for 1 h: stuck 22:00–23:00",
        "stuck 22 Nov 22:00–23:00",
        "<rect class=\"critical\"",
        "<th scope=\"row\"><span class=\"serial\">2</span></th>",
        "<strong>not yet</strong>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(is_balanced(&page));
}

#[test]
fn names_are_shown_as_people_write_them_too() {
    let report = ZoneReport { zone: "xn--bcher-kva.example.".to_owned(), ..samples::in_sync() };
    let page = render(report);
    assert!(page.contains("xn--bcher-kva.example <span class=\"unicode\"><bdi>bücher.example</bdi></span>"));
}

#[test]
fn a_zone_that_is_not_there_or_was_not_checked_has_a_page() {
    let results = Results::default();
    let text = "servers: {ns0: {address: \"127.0.0.1:1\"}}\nzones: [example.com, checked.example]\n";
    let config = crate::config::read("test", text, &mut crate::config::NoFiles).unwrap();
    let wanted = config.zones.iter().map(|zone| WantedZone {
        zone: zone.zone.clone(),
        settings: Arc::clone(&zone.settings),
        membership: None,
        id: None,
    });
    results.configure(wanted.collect());
    let report = ZoneReport { zone: "checked.example.".to_owned(), ..samples::in_sync() };
    let packed = PackedSnapshot::pack(
        "checked.example".parse().unwrap(),
        snapshot(report, &History::default()),
        &mut Outlines::default(),
    );
    results.publish(&"checked.example".parse().unwrap(), Arc::new(packed));
    for (path, status, text) in [
        ("checked.example", 200, "<title>✓ in sync: checked.example"),
        ("CHECKED.example.", 200, "<title>✓ in sync: checked.example"),
        ("example.com", 200, "<title>… not checked yet: example.com"),
        ("www.example.com", 404, "Is it part of <a href=\"/dns/zones/example.com\">example.com</a>?"),
        ("other.example", 404, "other.example is not monitored here"),
        ("a..b", 404, "a..b is no name of a zone"),
        ("%3Cb%3E%E2%80%AE..", 404, "&lt;b&gt;\\u{202e}.. is no name of a zone"),
    ] {
        let response = respond(&results, &site(), path);
        let body = checked(&response);
        assert_eq!(response.status.as_u16(), status, "{path}");
        assert!(body.contains(text), "{path}: {body}");
    }
}
