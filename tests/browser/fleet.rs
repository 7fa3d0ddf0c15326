//! A fleet in which every verdict is planted that lasts, with names and records that are made to break pages.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::REFUSED;
use zoneprobe::testserver::{Action, Authority, IncomingQuery, ResponseBuilder, Zone};

use super::past;
use crate::delegation;
use crate::harness::{Nameserver, RunningNameserver, Service};

/// A text that a page must show as it is.
const MARKUP: &str = "<script>alert(1)</script>";

/// The zone whose name has that text.
const MARKUP_ZONE: &str = r"\<script\>alert\(1\)\</script\>.test";

/// A zone whose name turns around the direction of what follows it.
const TURNED_ZONE: &str = r"\226\128\174moc.test";

/// A zone that is written with U-labels.
const IDN_ZONE: &str = "xn--bcher-kva.example";

/// The zone of which versions are published while the service runs.
pub(super) const PUBLISHED: &str = "published.example";

/// How many zones are as they should be: more than one page shows.
const HEALTHY: usize = 120;

/// How many zones a server without an answer has.
const SILENT: usize = 4;

/// What is wrong with zones, by the first label of each, and the server at which that is planted.
const PLANTED: [(&str, &str); 10] = [
    ("lame", "fra2"),
    ("mixed", "fra2"),
    ("incomparable", "fra2"),
    ("ahead", "fra2"),
    ("diverged", "fra2"),
    ("late", "fra2"),
    ("unknown", "fra2"),
    ("many-differences", "fra2"),
    ("stuck", "gru4"),
    ("propagating", "sin3"),
];

/// The service and the servers that it asks.
pub(super) struct Fleet {
    pub(super) service: Service,
    primary: RunningNameserver,
    secondary: RunningNameserver,
    _others: Vec<RunningNameserver>,
}

/// A name of 255 octets, the most there is.
fn longest_name() -> String {
    [&*"long".repeat(15), &"name".repeat(15), &"zone".repeat(15), &"x".repeat(62), "example"].join(".")
}

fn healthy() -> impl Iterator<Item = String> {
    (0..HEALTHY).map(|number| format!("shop-{number:03}.example"))
}

/// Every zone that is as the primary has it.
fn all_zones() -> Vec<String> {
    let planted = PLANTED.iter().map(|(name, _)| format!("{name}.example"));
    let silent = (0..SILENT).map(|number| format!("silent-{number}.example"));
    let names = [MARKUP_ZONE, TURNED_ZONE, IDN_ZONE, delegation::ZONE].map(str::to_owned);
    [PUBLISHED.to_owned()].into_iter().chain(planted).chain(silent).chain(names).chain(healthy()).collect()
}

/// A server that has all zones.
fn good() -> Nameserver {
    // No name fits below it.
    let longest = "@ 60 IN SOA ns0.example. host.example. 7 3600 600 86400 60\n@ 60 IN NS ns0.example.\n";
    let server = all_zones().iter().fold(Nameserver::new(), |server, zone| server.zone(zone, 7));
    server.zone_text(&longest_name(), longest)
}

/// A server on which most faults are planted.
fn faulty() -> Nameserver {
    let is_faulty = |zone: &&String| {
        PLANTED.iter().all(|(name, server)| *server != "fra2" || **zone != format!("{name}.example"))
    };
    let zones = all_zones();
    let server = zones.iter().filter(is_faulty).fold(Nameserver::new(), |server, zone| server.zone(zone, 7));
    let server = server
        .nsid("fra2 <b>bold</b>")
        .zone("incomparable.example", 7 + (1 << 31))
        .zone("ahead.example", 11)
        .zone("late.example", 6)
        .without("www AAAA")
        .zone("unknown.example", 7)
        .zone("diverged.example", 7)
        .replace("www 300 IN A 192.0.2.99")
        .with("markup 60 IN TXT \"<img src=x onerror=alert(1)>\" \"\u{202e}desrever\"")
        .zone("many-differences.example", 7)
        .hosts(700)
        .zone("mixed.example", 7);
    server.handler(refuse_transfer("unknown.example")).handler(two_versions("mixed.example"))
}

/// Refuses transfers of a zone.
fn refuse_transfer(zone: &str) -> impl Fn(&IncomingQuery) -> Option<Vec<Action>> + use<> {
    let zone = zone.parse().unwrap();
    move |asked| {
        let query = asked.query.as_ref().filter(|query| query.qname == zone && asked.is_transfer())?;
        Some(vec![Action::Send(ResponseBuilder::new(query).rcode(REFUSED).into_message())])
    }
}

/// Serves two versions of a zone by turns: each source has one.
fn two_versions(zone: &str) -> impl Fn(&IncomingQuery) -> Option<Vec<Action>> + use<> {
    let version = |serial| {
        let text = format!("@ 60 IN SOA ns0 host {serial} 3600 600 86400 60\n@ 60 IN NS ns0\n");
        Authority { zones: vec![Zone::parse(zone, &text).unwrap()], ..Authority::default() }
    };
    let (versions, origin) = ([version(6), version(7)], zone.parse().unwrap());
    let turns: Mutex<HashMap<SocketAddr, usize>> = Mutex::default();
    move |asked| {
        asked.query.as_ref().filter(|query| query.qname == origin && query.qtype == Rtype::SOA)?;
        let mut turns = turns.lock().unwrap();
        let next = turns.len();
        let turn = *turns.entry(asked.peer).or_insert(next);
        let messages = versions[turn % 2].respond(&asked.message, asked.transport);
        Some(messages.into_iter().map(Action::Send).collect())
    }
}

/// A server with an older version of one zone; its EXPIRE tells how long ago it has refreshed the zone.
fn lagging(zone: &str, age: u32) -> Nameserver {
    Nameserver::new().zone(zone, 6).expire(604_800 - age)
}

impl Fleet {
    /// Starts it with these settings of HTTP, and waits until every zone was compared.
    pub(super) fn start(http: &Value) -> Self {
        let (primary, secondary) = (good().start(), good().nsid("ams1").start());
        let named = [
            ("fra2", faulty().start()),
            ("sin3", lagging("propagating.example", 60).start()),
            ("gru4", lagging("stuck.example", 4201).start()),
            ("syd5", Nameserver::new().silent().start()),
            (MARKUP, Nameserver::new().zone(MARKUP_ZONE, 5).nsid(MARKUP).start()),
            ("parent", delegation::parent(delegation::PARENT).start()),
            ("office", cache().start()),
        ];
        let mut servers = json!({
            "ns0": {"address": primary.address().to_string(), "role": "primary"},
            "ams1": {"address": secondary.address().to_string()},
        });
        for (name, server) in &named {
            servers[*name] = json!({"address": server.address().to_string()});
        }
        let directory = Arc::new(tempfile::tempdir().unwrap());
        std::fs::write(directory.path().join("shops"), shops()).unwrap();
        let lagging = named[2].1.address();
        past::remember(&directory.path().join("state"), [primary.address(), secondary.address(), lagging]);
        let configuration = json!({
            "http": http,
            "state": "state",
            "probe": {"interval": "1s", "timeout": "500ms"},
            "vantage": format!("rack 7 {MARKUP}"),
            "servers": servers,
            "zones": zones(&format!("office={}", named[6].1.address())),
            "groups": {MARKUP: {"servers": ["ns0", "ams1"], "zone_lists": ["shops"]}},
        });
        // What is JSON is YAML as well.
        let service = Service::in_directory(&directory, &configuration.to_string(), &[]).unwrap();
        let others = named.into_iter().map(|(_, server)| server).collect();
        let fleet = Self { service, primary, secondary, _others: others };
        fleet.service.await_ready();
        let uncompared = || fleet.service.sample("zoneprobe_zones_uncompared", &[]);
        fleet.service.until("all zones compared", || uncompared() == Some(0.0));
        fleet.publish(8);
        fleet
    }

    /// Publishes a version of one zone on two of its servers, and waits until it was seen.
    fn publish(&self, serial: u32) {
        for server in [&self.primary, &self.secondary] {
            server.set_serial(serial);
        }
        self.service.until("the version", || self.service.server(PUBLISHED, "ams1")["serial"] == serial);
    }
}

/// A resolver that holds what a faulty server has answered.
fn cache() -> Nameserver {
    Nameserver::new().zone("diverged.example", 7).replace("www 300 IN A 192.0.2.99").not_authoritative()
}

/// The zones with servers of their own, and a resolver to ask about one.
fn zones(cache: &str) -> Vec<Value> {
    let zone = |name: &str, server: &str| json!({"zone": name, "servers": ["ns0", "ams1", server]});
    let mut zones: Vec<_> =
        PLANTED.iter().map(|(name, server)| zone(&format!("{name}.example"), server)).collect();
    let place = |name: &str| PLANTED.iter().position(|(planted, _)| *planted == name).unwrap();
    zones[place("diverged")]["caches"] = json!([cache]);
    zones[place("mixed")]["samples"] = json!(6);
    zones[place("unknown")]["by"] = json!("transfer");
    zones.extend([zone(PUBLISHED, "fra2"), zone(MARKUP_ZONE, MARKUP)]);
    zones.extend((0..SILENT).map(|number| zone(&format!("silent-{number}.example"), "syd5")));
    let pair = |name: &str| json!({"zone": name, "servers": ["ns0", "ams1"]});
    zones.extend([TURNED_ZONE, IDN_ZONE, &longest_name()].map(pair));
    zones.push(json!({"zone": delegation::ZONE, "servers": ["ns0", "ams1"], "parent": ["parent"]}));
    zones
}

/// The list of the zones in a group, each with an ID.
fn shops() -> String {
    let line = |(number, zone): (usize, String)| {
        let id = if number == 0 { json!(MARKUP) } else { json!(number) };
        format!("{}\n", json!({"zone": zone, "id": id}))
    };
    (0..).zip(healthy()).map(line).collect()
}
