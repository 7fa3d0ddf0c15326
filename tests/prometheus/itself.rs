//! The alerts on zoneprobe itself: each at the service that has its fault, and at no other.

use std::collections::BTreeSet;
use std::time::Duration;

use super::rules::{alerts, assert_firing};
use super::{PrometheusServer, deployed, immediate, scraping_all};
use crate::harness::service::servers;
use crate::harness::{Nameserver, RunningNameserver, Service};

/// The times in the rules, and those that a test waits for.
const TIMES: [[&str; 2]; 2] = [["> 900", "> 15"], ["[15m]", "[15s]"]];

/// What a loaded machine may raise at each service that checks every second.
const OF_LOAD: &str = "ZoneprobeBehindSchedule";

/// The longest answer of a server that makes checks of every second late.
const SLOW: Duration = Duration::from_secs(3);

/// The services, each with the name of its job.
struct Services {
    running: Vec<(&'static str, Service)>,
    zones: Vec<String>,
    _servers: [RunningNameserver; 3],
}

impl Services {
    fn start() -> Self {
        let zones: Vec<String> = (0..20).map(|number| format!("zone-{number}.test")).collect();
        let all = || Nameserver::new().zones(&zones, 7);
        let changed = zones
            .iter()
            .fold(Nameserver::new(), |server, zone| server.zone(zone, 7).replace("www 300 A 192.0.2.99"));
        let nameservers = [all().start(), changed.start(), all().delaying(SLOW).start()];
        let [good, changed, slow] = &nameservers;
        let watch = |secondary: &RunningNameserver, probe: &str, more: &str| {
            let servers = servers(&[good, secondary]);
            let zones = zones.join(", ");
            Service::start(&format!("probe: {{{probe}}}\n{servers}zones: [{zones}]\n{more}"))
        };
        let second = "interval: 1s, compare: serials";
        let shard = |shard: &str| watch(good, second, &format!("shard: {{{shard}}}\n"));
        let running = vec![
            ("healthy", watch(good, second, "")),
            ("idle", watch(good, "interval: 1h, compare: serials", "")),
            ("late", watch(slow, &format!("{second}, timeout: 10s"), "")),
            ("broken", watch(good, second, "")),
            ("full", watch(changed, "interval: 1s", "metrics: {detail: exceptions, max_series: 1}\n")),
            ("shards", shard("index: 0, count: 2")),
            ("shards", shard("index: 0, count: 2")),
            ("shards", shard("index: 1, count: 3")),
        ];
        Self { running, zones, _servers: nameservers }
    }

    fn named(&self, name: &str) -> &Service {
        let mut named = self.running.iter().filter(|(job, _)| *job == name);
        &named.next().expect("there is such a service").1
    }
}

/// The alert rules, with times that a test waits for.
fn quick_alerts() -> String {
    TIMES.into_iter().fold(immediate(&deployed("alerts.yml")), |rules, [written, short]| {
        assert!(rules.contains(written), "no rule has `{written}`");
        rules.replace(written, short)
    })
}

#[test]
fn every_alert_on_zoneprobe_fires_at_the_service_that_has_its_fault_and_at_no_other() {
    let services = Services::start();
    let broken = services.named("broken");
    broken.await_ready();
    broken.rewrite("zones: nothing\n");
    broken.signal("HUP");
    let rules = quick_alerts();
    let jobs: Vec<_> = services.running.iter().map(|(job, service)| (*job, service)).collect();
    let configuration = scraping_all(&jobs, "rule_files: [alerts.yml]\n");
    let prometheus = PrometheusServer::start(&configuration, &[("alerts.yml", &rules)]);
    let mut expected = [
        "ZoneprobeStalled idle",
        "ZoneprobeBehindSchedule late",
        "ZoneprobeReloadFailed broken",
        "ZoneprobeSeriesDropped full",
        "ZoneprobeShardMissing shards 2",
        "ZoneprobeShardMissing shards 3",
        "ZoneprobeShardsDiffer shards",
    ]
    .map(str::to_owned)
    .into_iter()
    .collect::<BTreeSet<_>>();
    expected.extend(services.zones.iter().map(|zone| format!("ZoneprobeStalled idle {zone}")));
    assert_firing(services.named("healthy"), &expected, || {
        let mut firing = prometheus.firing_with(&["alertname", "job", "zone", "shards"]);
        firing.retain(|alert| alert.starts_with("Zoneprobe"));
        firing.retain(|alert| {
            !alert.starts_with(OF_LOAD) || [" late", " idle"].iter().any(|job| alert.ends_with(job))
        });
        firing
    });
    // Nothing is scraped.
    let alone =
        PrometheusServer::start(&scraping_all(&[], "rule_files: [alerts.yml]\n"), &[("alerts.yml", &rules)]);
    let absent = BTreeSet::from(["ZoneprobeAbsent".to_owned()]);
    assert_firing(services.named("healthy"), &absent, || alone.firing_with(&["alertname"]));
    let fired: BTreeSet<String> =
        expected.union(&absent).map(|alert| alert.split(' ').next().unwrap().to_owned()).collect();
    let written = alerts("alerts.yml").into_iter().filter(|alert| alert.starts_with("Zoneprobe"));
    assert_eq!(fired, written.collect());
}
