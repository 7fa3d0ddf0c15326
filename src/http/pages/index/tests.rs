use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::*;
use crate::config::MonitorSettings;
use crate::dns::Name;
use crate::http::pages::explain;
use crate::http::pages::tests::{checked, site};
use crate::http::tests::{settings, snapshot};
use crate::monitor::WantedZone;
use crate::plan::{Compare, ComparisonRules};
use crate::report::tests::samples;
use crate::report::{Outlines, PackedSnapshot, RecordsState, ServerSnapshot, ZoneReport, ZoneSnapshot};

/// The most bytes of a page, whatever the fleet.
const MAX_BYTES: usize = 300_000;

fn wanted(zone: &str) -> WantedZone {
    let settings: Arc<MonitorSettings> = settings(Vec::new());
    WantedZone { zone: zone.parse().unwrap(), settings, membership: None, id: None }
}

/// Results with these reports; a zone without one was not checked yet.
fn results(zones: Vec<(String, Option<ZoneReport>)>) -> Results {
    let results = Results::default();
    results.configure(zones.iter().map(|(zone, _)| wanted(zone)).collect());
    for (zone, report) in zones {
        let zone: Name = zone.parse().unwrap();
        if let Some(report) = report {
            results.publish(&zone, Arc::new(snapshot(ZoneReport { zone: zone.to_string(), ..report })));
        }
    }
    results
}

#[track_caller]
fn get(results: &Results, query: &str) -> String {
    let response = respond(results, &site(), Parameters::parse(query, &PARAMETERS).unwrap());
    assert_eq!(response.status, StatusCode::OK, "{query}");
    checked(&response)
}

/// The names in the table of a page.
fn rows(page: &str) -> Vec<&str> {
    let rows = page.split("<th scope=\"row\"><a href=\"/dns/zones/").skip(1);
    rows.map(|row| row.split('"').next().unwrap()).collect()
}

fn some() -> Results {
    results(vec![
        ("ok.example".to_owned(), Some(samples::in_sync())),
        ("new.example".to_owned(), None),
        ("lags.example".to_owned(), Some(samples::lagging())),
        ("differs.example".to_owned(), Some(samples::diverged())),
    ])
}

#[test]
fn the_first_page_says_what_is_wrong_and_lists_the_worst_first() {
    let page = get(&some(), "");
    assert!(page.contains("<title>2 of 4 zones are not as they should be · zoneprobe</title>"), "{page}");
    assert!(page.contains("What is wrong, by cause"), "{page}");
    assert!(page.contains("href=\"/dns/explain/diverged\""), "{page}");
    assert!(page.contains("href=\"/dns/?verdict=in_sync\""), "{page}");
    assert!(page.contains("<b>1</b> not checked yet"), "{page}");
    let listed = rows(&page);
    assert_eq!(listed.len(), 4);
    assert_eq!(listed[2..], ["new.example", "ok.example"], "{page}");
    assert!(
        page.contains("<nav aria-label=\"Main\">") && page.contains("aria-current=\"page\">Zones"),
        "{page}"
    );
}

#[test]
fn the_page_of_a_code_leads_to_the_zones_that_have_it() {
    let page = checked(&explain::one(&some(), &site(), "diverged"));
    assert!(page.contains("<a href=\"/dns/?code=diverged\">1 zone has it now</a>"), "{page}");
    assert_eq!(rows(&get(&some(), "code=diverged")).len(), 1);
}

#[test]
fn a_fleet_without_trouble_is_calm() {
    let all_well = results(vec![
        ("a.example".to_owned(), Some(samples::in_sync())),
        ("b.example".to_owned(), Some(samples::in_sync())),
    ]);
    let page = get(&all_well, "");
    assert!(page.contains("<title>All 2 zones are in sync · zoneprobe</title>"), "{page}");
    assert!(!page.contains("by cause"), "{page}");
    let moving = results(vec![
        ("a.example".to_owned(), Some(samples::in_sync())),
        ("b.example".to_owned(), Some(samples::propagating())),
    ]);
    let page = get(&moving, "");
    assert!(page.contains("<title>All 2 zones are in sync or catching up ·"), "{page}");
    assert!(!page.contains("by cause") && page.contains("<b>1</b> propagating"), "{page}");
    let none = get(&results(Vec::new()), "");
    assert!(none.contains("<h1>No zone is configured</h1>"), "{none}");
    let unchecked = get(&results(vec![("a.example".to_owned(), None)]), "");
    assert!(unchecked.contains("<h1>No zone was checked yet</h1>"), "{unchecked}");
    let one = get(&results(vec![("a.example".to_owned(), Some(samples::diverged()))]), "");
    assert!(one.contains("<title>The zone is not as it should be ·"), "{one}");
}

#[test]
fn zones_are_filtered_and_put_in_order() {
    let results = some();
    for (query, expected) in [
        ("sort=name", &["differs.example", "lags.example", "new.example", "ok.example"][..]),
        ("verdict=diverged", &["differs.example"]),
        ("code=diverged&q=", &["differs.example"]),
        ("severity=ok", &["ok.example"]),
        ("q=LAGS", &["lags.example"]),
        ("q=.example&sort=checked&page=9", &["new.example", "differs.example", "lags.example", "ok.example"]),
        ("q=nothing", &[]),
    ] {
        assert_eq!(rows(&get(&results, query)), expected, "{query}");
    }
    let page = get(&results, "q=%3Cb%3E&server=ns1&sort=name");
    assert!(page.contains("No zone is like that now."), "{page}");
    assert!(page.contains("href=\"/dns/?server=ns1&amp;sort=name\""), "the list without `q`: {page}");
    assert!(page.contains("name=\"q\" value=\"&lt;b&gt;\""), "{page}");
    assert!(!page.contains("by cause") && page.contains("<details id=\"filters\" open>"), "{page}");
    let refused = respond(&results, &site(), Parameters::parse("sort=size", &PARAMETERS).unwrap());
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(checked(&refused).contains("`sort` is one of"));
}

#[test]
fn a_long_list_has_pages() {
    let zones = (0..250).map(|number| (format!("z{number:03}.example"), Some(samples::in_sync())));
    let results = results(zones.collect());
    let (first, last) = (get(&results, "q=z"), get(&results, "q=z&page=3"));
    assert_eq!((rows(&first).len(), rows(&last).len()), (100, 50));
    assert!(
        first.contains("1–100 of 250 zones") && first.contains("href=\"/dns/?q=z&amp;page=2\""),
        "{first}"
    );
    assert!(!first.contains("Previous") && last.contains("Previous") && !last.contains("Next"));
    assert_eq!(rows(&last)[0], "z200.example");
    assert_eq!(rows(&get(&results, "q=z&page=99")), rows(&last), "the last page stands for those after it");
}

#[test]
fn a_server_that_is_down_is_one_cause_and_what_else_is_wrong_another() {
    let zones = samples::outage();
    let results = results(zones.into_iter().map(|zone| (zone.zone.clone(), Some(zone))).collect());
    let page = get(&results, "");
    let causes: Vec<&str> = page.split("<li class=\"wide\">").collect();
    assert_eq!(causes.len(), 2, "{page}");
    assert!(
        causes[1].contains("href=\"/dns/servers/ns1\">ns1</a> <span class=\"muted\">192.0.2.1:53"),
        "{page}"
    );
    assert!(causes[1].contains("is down for most of its zones"), "{page}");
    assert!(
        causes[1].contains("?server=192.0.2.1%3A53&amp;code=unreachable\"><strong>15</strong> of 15 zones"),
        "{page}"
    );
    assert!(causes[1].contains(" and 12 more"), "{page}");
    assert_eq!(rows(&get(&results, "code=unreachable&server=192.0.2.1%3A53")).len(), 15);
}

#[test]
fn the_page_of_a_hundred_thousand_zones_is_small_and_soon_made() {
    const ZONES: usize = 100_000;
    for bad in [ZONES / 100, ZONES] {
        let results = fleet(ZONES, bad);
        for query in ["", "page=500", "q=z9&sort=checked", "sort=name&page=1000"] {
            let began = Instant::now();
            let page = get(&results, query);
            let took = began.elapsed();
            println!("{bad} bad, {query:?}: {took:?}, {} bytes", page.len());
            assert!(page.len() < MAX_BYTES, "{query}: {}", page.len());
            assert_eq!(rows(&page).len(), PAGE_ZONES);
        }
    }
}

/// Many zones, of which the last ones are bad in different ways; each report that is not alike has an outline of its own.
fn fleet(zones: usize, bad: usize) -> Results {
    let results = Results::default();
    let comparison = ComparisonRules::new(Compare::Records);
    let of_all = settings(Vec::new());
    let zone = crate::plan::ZoneSettings { comparison, ..of_all.zone.clone() };
    let settings = Arc::new(MonitorSettings { zone, ..(*of_all).clone() });
    let names: Vec<Name> = (0..zones).map(|number| format!("z{number}.example").parse().unwrap()).collect();
    let wanted = |zone: &Name| WantedZone {
        zone: zone.clone(),
        settings: Arc::clone(&settings),
        membership: None,
        id: None,
    };
    results.configure(names.iter().map(wanted).collect());
    let samples =
        [samples::diverged(), samples::broken(), samples::lagging(), samples::large(), samples::ahead()];
    let mut outlines = Outlines::default();
    for (number, name) in names.iter().enumerate() {
        let sample =
            if number < zones - bad { samples::in_sync() } else { samples[number % samples.len()].clone() };
        let packed = pack(name, ZoneReport { zone: name.to_string(), ..sample }, &mut outlines);
        results.publish(name, Arc::new(packed));
    }
    results
}

fn pack(zone: &Name, report: ZoneReport, outlines: &mut Outlines) -> PackedSnapshot {
    let checked = SystemTime::UNIX_EPOCH + Duration::from_hours(250);
    let snapshot = ZoneSnapshot {
        checked,
        took: Duration::from_millis(3),
        publications: 1,
        regressions: 0,
        last_publication: None,
        servers: report.servers.iter().map(|_| ServerSnapshot::default()).collect(),
        records: RecordsState { interval: Some(Duration::from_hours(1)), compared: Some(checked) },
        last_exception: None,
        history: [].into(),
        report,
    };
    PackedSnapshot::pack(zone.clone(), snapshot, outlines)
}
