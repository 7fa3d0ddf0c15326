use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;

use super::{list, one};
use crate::http::pages::tests::{checked, site};
use crate::http::pages::{Page, route};
use crate::http::parameters::Parameters;
use crate::judge::{Severity, Verdict};
use crate::report::model::{FailureReport, ServerReport};
use crate::report::tests::samples;
use crate::report::{Outlines, PackedSnapshot, RecordsState, ServerSnapshot, ZoneReport, ZoneSnapshot};

/// The last results of zones, `z0` and so on, with these reports; each was answered ten seconds ago.
fn results(reports: impl IntoIterator<Item = ZoneReport>) -> Vec<Arc<PackedSnapshot>> {
    let mut outlines = Outlines::default();
    let now = site().now;
    let pack = |(number, report): (usize, ZoneReport)| {
        let report = ZoneReport { zone: format!("z{number}.example."), ..report };
        let history = ServerSnapshot {
            last_answer: Some(now - Duration::from_secs(10)),
            last_in_sync: None,
            latency: Some(Duration::from_secs(3)),
        };
        let snapshot = ZoneSnapshot {
            checked: now,
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
        Arc::new(PackedSnapshot::pack(snapshot.report.zone.parse().unwrap(), snapshot, &mut outlines))
    };
    reports.into_iter().enumerate().map(pack).collect()
}

/// The page of all servers over these results.
fn list(query: &str, results: &[Arc<PackedSnapshot>]) -> (StatusCode, String) {
    let parameters = Parameters::parse(query, &list::PARAMETERS).unwrap();
    let response = list::page(&site(), &parameters, results, 0);
    (response.status, checked(&response))
}

/// The page of a server over these results.
fn one(name: &str, results: &[Arc<PackedSnapshot>]) -> String {
    checked(&one::page(&site(), name, results).unwrap())
}

/// A zone whose only server has this name and address.
fn zone_of(name: &str, address: &str) -> ZoneReport {
    let report = samples::in_sync();
    let server = ServerReport {
        server: name.to_owned(),
        address: Some(address.to_owned()),
        ..report.servers[0].clone()
    };
    ZoneReport { servers: vec![server], ..report }
}

/// The same zone, whose server does not answer.
fn failed(report: ZoneReport, message: &str) -> ZoneReport {
    let failure = Some(FailureReport { kind: "timeout", message: message.to_owned() });
    let servers = report.servers.into_iter().map(|server| ServerReport {
        verdict: Verdict::Unreachable,
        severity: Severity::Critical,
        answer: None,
        serial: None,
        failure: failure.clone(),
        ..server
    });
    let servers = servers.collect();
    ZoneReport { verdict: Verdict::Unreachable, severity: Severity::Critical, servers, ..report }
}

#[test]
fn all_servers_are_listed_with_their_zones_by_verdict_and_times() {
    let zones = results([samples::in_sync(), samples::diverged(), samples::in_sync()]);
    let (status, page) = list("", &zones);
    assert_eq!(status, StatusCode::OK);
    for part in [
        "<title>Something is wrong at ns1 · zoneprobe</title>",
        "3 servers at 4 addresses, for 3 zones.",
        "<a href=\"/dns/servers/ns1\">ns1<wbr></a>",
        "href=\"/dns/?server=127.0.0.1%3A5302&amp;verdict=diverged\"",
        "<b>1</b> diverged",
        "<b>2</b> in sync",
        "10 s ago",
        "0.4 ms",
        "after 3 s",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (first, _) = page.split_once("ns0").unwrap();
    assert!(first.contains("servers/ns1"), "what is wrong comes first: {page}");
}

#[test]
fn servers_that_are_as_they_should_be_are_said_to_be() {
    let (_, page) = list("", &results([samples::in_sync()]));
    assert!(page.contains("<h1>All 2 servers are as they should be</h1>"), "{page}");
    let (_, page) = list("", &results([zone_of("ns0", "192.0.2.1:53")]));
    assert!(page.contains("<h1>The server is as it should be</h1>"), "{page}");
    let (_, page) = list("", &results([samples::propagating()]));
    assert!(page.contains("<h1>New versions are on their way</h1>"), "{page}");
    let down = || failed(zone_of("ns8", "192.0.2.8:53"), "no answer");
    let (_, page) = list("", &results([samples::in_sync(), down()]));
    assert!(page.contains("<h1>ns8 is down</h1>"), "{page}");
    let (_, page) =
        list("", &results([samples::diverged(), down(), failed(zone_of("ns9", "[::1]:53"), "none")]));
    assert!(page.contains("<h1>2 of 5 servers are down, and something is wrong at ns1</h1>"), "{page}");
    let (_, page) = list("", &results([]));
    assert!(page.contains("<h1>No server was asked yet</h1>"), "{page}");
}

#[test]
fn a_path_leads_to_all_servers_or_to_one() {
    assert_eq!(route("/servers"), Some(Page::Servers));
    assert_eq!(route("/servers/a%2Fb"), Some(Page::Server("a%2Fb".to_owned())));
    assert_eq!(route("/servers/"), None);
    assert_eq!(route("/zones/"), Some(Page::Zone(".".to_owned())), "the root");
}

#[test]
fn many_servers_are_on_several_pages_and_can_be_found() {
    let zones =
        results((0..250).map(|number| zone_of(&format!("ns{number}"), &format!("192.0.2.{number}:53"))));
    let (_, page) = list("", &zones);
    assert_eq!(page.matches("<tr class=").count(), 100);
    assert!(page.contains("Page 1 of 3") && page.contains("href=\"/dns/servers?page=2\""), "{page}");
    let (_, page) = list("q=NS24&page=1", &zones);
    assert_eq!(page.matches("<tr class=").count(), 11, "ns24, and ns240 to ns249");
    let (_, page) = list("page=9", &zones);
    assert!(page.contains("No server is asked for here"), "{page}");
    for query in ["page=0", "page=x", "q=a&q=b"] {
        assert_eq!(list(query, &zones).0, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[test]
fn a_server_is_shown_with_its_failures_findings_and_zones() {
    let (up, down) = (zone_of("ns1", "192.0.2.1:53"), zone_of("ns1", "192.0.2.1:53"));
    let zones = results([up, failed(down, "no <answer>")]);
    let page = one("ns1", &zones);
    for part in [
        "<h1>Something is wrong at ns1</h1>",
        "2 zones at 1 address.",
        "trouble at 1 of 2 zones",
        "<code>timeout</code> for 1 zone; <a href=\"/dns/zones/z1.example\">z1.example</a>: no &lt;answer&gt;",
        "<code>a-1</code>",
        "<dd>UDP (1 zone)</dd>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let zones = results((0..12).map(|_| failed(zone_of("ns1", "192.0.2.1:53"), "no answer")));
    let page = one("ns1", &zones);
    assert!(page.contains("<h1>ns1 is down</h1>") && page.contains("and 9 more"), "{page}");
    let page = one("ns1", &results([samples::diverged()]));
    assert!(page.contains("href=\"/dns/explain/serial_not_raised\""), "{page}");
    assert!(one::page(&site(), "ns9", &zones).is_none());
    let page = checked(&one::not_found(&site(), "<ns\u{202e}9>", &zones));
    assert!(
        page.contains("No server is called &lt;ns\\u{202e}9&gt;") && page.contains("<code>ns1</code>"),
        "{page}"
    );
}

#[test]
fn pages_over_a_hundred_thousand_zones_are_small() {
    let bad = |number: usize| {
        let zone = zone_of("ns1", &format!("192.0.2.{}:53", number % 200));
        if number.is_multiple_of(2) { failed(zone, "no answer before the deadline") } else { zone }
    };
    let zones = results((0..100_000).map(bad));
    let (_, page) = list("", &zones);
    assert!(page.len() < 300_000, "{}", page.len());
    assert!(page.contains("drawn evenly"), "{page}");
    let page = one("ns1", &zones);
    assert!(page.len() < 300_000, "{}", page.len());
    assert!(page.contains("and 184 more addresses") && page.contains("All 50,000 zones"), "{page}");
}
