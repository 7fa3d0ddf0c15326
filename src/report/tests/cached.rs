//! A sample zone of which resolvers were asked.

use std::time::{Duration, UNIX_EPOCH};

use super::samples;
use crate::report::ZoneReport;
use crate::report::model::{CacheFailureReport, CacheReport, CachedRrsetReport};

/// A zone that one resolver holds wrongly, one rightly, and of which others show nothing.
pub(crate) fn cached() -> ZoneReport {
    let www = CachedRrsetReport {
        owner: "www.example.com.".to_owned(),
        rtype: "A".to_owned(),
        ttl: 243,
        stale: false,
        rdata: vec!["192.0.2.9".to_owned()],
        records: 1,
        advice: advice("www.example.com"),
    };
    let dmarc = CachedRrsetReport {
        owner: "_dmarc.example.com.".to_owned(),
        rtype: "TXT".to_owned(),
        ttl: 30,
        stale: false,
        rdata: Vec::new(),
        records: 0,
        advice: advice("_dmarc.example.com"),
    };
    let stale = CachedRrsetReport { ttl: 30, stale: true, ..www.clone() };
    let refused = CacheFailureReport { kind: "rcode", message: "answered REFUSED".to_owned() };
    let silent = CacheFailureReport { kind: "timeout", message: "no answer before the deadline".to_owned() };
    let caches = vec![
        cache("office", "192.0.2.53:53", 2, None, vec![www, dmarc]),
        cache("192.0.2.54", "192.0.2.54:53", 2, None, Vec::new()),
        cache("2001:db8::53", "[2001:db8::53]:5353", 0, Some(refused), Vec::new()),
        cache("lab", "192.0.2.55:53", 1, Some(silent), vec![stale]),
        cache("idle", "192.0.2.56:53", 0, None, Vec::new()),
    ];
    let cached_until_at_most = Some("2026-11-22T21:00:00Z".to_owned());
    ZoneReport { caches, cached_until_at_most, ..samples::diverged() }
}

fn cache(
    resolver: &str,
    address: &str,
    asked: u64,
    failure: Option<CacheFailureReport>,
    rrsets: Vec<CachedRrsetReport>,
) -> CacheReport {
    let asked_at = "2026-11-22T20:00:00Z".to_owned();
    CacheReport {
        resolver: resolver.to_owned(),
        address: address.to_owned(),
        asked_at,
        asked,
        failure,
        rrsets,
    }
}

fn advice(name: &str) -> Vec<String> {
    vec![
        format!("unbound-control flush {name}  # on office, if it runs unbound"),
        format!("rndc flushname {name}  # on office, if it runs BIND"),
    ]
}

#[test]
fn caches_hold_what_is_wrong_as_long_as_any_server_says_and_for_an_unknown_time_if_one_does_not_say() {
    let mended = UNIX_EPOCH + Duration::from_hours(490_112);
    let until = |held: [Option<u32>; 2]| {
        let mut report = samples::diverged();
        report.servers[2] = report.servers[1].clone();
        for (server, held) in report.servers.iter_mut().skip(1).zip(held) {
            server.differences.as_mut().unwrap().held_for = held;
        }
        report.set_cached_until(mended);
        report.cached_until_at_most
    };
    assert_eq!(until([Some(60), Some(3600)]), Some("2025-11-29T09:00:00Z".to_owned()));
    assert_eq!(until([Some(60), None]), None);
    let mut healthy = samples::in_sync();
    healthy.set_cached_until(mended);
    assert_eq!(healthy.cached_until_at_most, None);
}
