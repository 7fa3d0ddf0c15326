//! `serve` follows copies to new versions by IXFR, and accuses nobody by what servers send there.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::Value;
use zoneprobe::dns::message::{NOTIMP, REFUSED};
use zoneprobe::dns::{Rtype, Serial, Soa};
use zoneprobe::testserver::{Action, TransferLayout, Zone, ZoneRecord, transfer_messages};

use crate::harness::service::servers;
use crate::harness::tls::{Authority, Flaw, TlsFront};
use crate::harness::{IxfrBehaviour, Nameserver, Probe, RunningNameserver, Service};

const ZONE: &str = "example.test";

/// A server with version 5 of a zone.
fn at_5(zone: &str) -> Nameserver {
    Nameserver::new().zone(zone, 5)
}

/// A server with version 5 of a zone, which sends its changes.
fn journal(zone: &str) -> Nameserver {
    at_5(zone).ixfr(IxfrBehaviour::Journal)
}

/// Publishes a version in which the address of `www` is another one.
fn publish(server: &RunningNameserver, serial: u32) {
    let record = format!("www 300 A 192.0.2.{serial}");
    server.edit(|zone| zone.with_serial(serial).replace(&record).unwrap());
}

fn publish_all(servers: &[&RunningNameserver], serial: u32) {
    for server in servers {
        publish(server, serial);
    }
}

fn transfers(server: &RunningNameserver, rtype: &str) -> usize {
    server.queries().iter().filter(|line| line.contains(rtype)).count()
}

fn report(service: &Service, zone: &str) -> Value {
    serde_json::from_str(&service.get(&format!("/api/v1/zones/{zone}")).text).unwrap()
}

fn configuration(all: &[&RunningNameserver], probe: &str) -> String {
    let all = servers(all);
    format!(
        "probe: {{interval: 1s{probe}}}\n{all}zones: [{ZONE}]\nstate: state.redb\nhttp: {{lifecycle: true}}\n"
    )
}

/// Waits until the copies of both servers were compared whole, and returns the report.
#[track_caller]
fn await_whole(service: &Service, zone: &str) -> Value {
    let mut last = Value::Null;
    service.until("a whole comparison", || {
        last = report(service, zone);
        let servers = last["servers"].as_array().into_iter().flatten();
        let compared =
            servers.filter(|server| server["copy"].is_object() && server["compared_at"].is_string());
        compared.count() >= 2
    });
    last
}

/// Waits until all servers of a zone are known to have this serial, compared in this way, and returns the report.
#[track_caller]
fn await_compared(service: &Service, zone: &str, serial: u32, compared: &str) -> Value {
    let mut last = Value::Null;
    service.until(&format!("{zone}: serial {serial}, {compared}"), || {
        last = report(service, zone);
        let servers = last["servers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_so = |server: &Value| server["serial"] == serial && server["compared"] == compared;
        !servers.is_empty() && servers.iter().all(is_so)
    });
    last
}

/// Waits until all servers of a zone are known to have serial 6, compared by their serials, and returns the report.
#[track_caller]
fn await_settled(service: &Service, zone: &str) -> Value {
    let mut last = Value::Null;
    service.until(&format!("{zone}: serial 6"), || {
        last = report(service, zone);
        last["compared"] == "serials"
            && last["servers"].as_array().unwrap().iter().all(|server| server["serial"] == 6)
    });
    last
}

#[track_caller]
fn assert_nobody_is_accused(report: &Value) {
    assert_eq!((&report["verdict"], &report["severity"]), (&"in_sync".into(), &"ok".into()), "{report:#}");
    let servers = report["servers"].as_array().unwrap();
    for findings in servers.iter().chain([report]).map(|it| it["findings"].as_array().unwrap()) {
        assert!(findings.is_empty(), "{report:#}");
    }
}

/// Asserts that the log has nothing to say of what servers send.
#[track_caller]
fn assert_quiet(service: &Service) {
    let log = service.log();
    let loud = log.lines().filter(|line| line.contains("WARN") || line.contains("ERROR"));
    assert_eq!(loud.count(), 0, "{log}");
    assert!(!log.to_lowercase().contains("ixfr") && !log.contains("verdict changed"), "{log}");
}

#[test]
fn new_versions_are_followed_without_another_transfer_of_the_zone_and_across_a_restart() {
    let (primary, secondary) = (journal(ZONE).start(), journal(ZONE).start());
    let all = [&primary, &secondary];
    let text = configuration(&all, "");
    let service = Service::start(&text);
    let whole = await_whole(&service, ZONE);
    let read = all.map(|server| transfers(server, "AXFR"));
    publish_all(&all, 6);
    let followed = await_compared(&service, ZONE, 6, "changes");
    assert_nobody_is_accused(&followed);
    assert_eq!(followed["compared"], "changes");
    for (before, after) in
        whole["servers"].as_array().unwrap().iter().zip(followed["servers"].as_array().unwrap())
    {
        assert_eq!(after["compared_at"], before["compared_at"], "{after:#}");
        assert_eq!((&after["copy"], &after["copy"]["serial"]), (&before["copy"], &5.into()), "{after:#}");
    }
    let page = service.get("/").text;
    assert!(page.contains("Records were read of 1 of 1 zone."), "{page}");
    let compared = "zoneprobe_zone_records_compared_timestamp_seconds";
    let compared_at = service.sample(compared, &[ZONE]);
    let first = followed["servers"][0]["compared_at"].as_str().unwrap();
    let first = humantime::parse_rfc3339(first).unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!((compared_at.unwrap() - first.as_secs_f64()).abs() < 1.5, "{compared_at:?} {first:?}");
    assert_eq!(service.sample("zoneprobe_zones_uncompared", &[]), Some(0.0));
    for server in all {
        let labels = [&server.address().to_string(), "ixfr"];
        assert_eq!(service.sample("zoneprobe_transfers_total", &labels), Some(1.0));
        assert_eq!(service.sample("zoneprobe_transfer_failures_total", &labels), None);
    }
    let directory = service.directory();
    service.signal("TERM");
    assert_eq!(service.await_end().0.code(), Some(0));
    publish_all(&all, 7);
    let service = Service::in_directory(&directory, &text, &[]).expect("serve starts again");
    let again = await_compared(&service, ZONE, 7, "changes");
    assert_nobody_is_accused(&again);
    assert_eq!(again["servers"][1]["compared_at"], followed["servers"][1]["compared_at"]);
    assert_eq!(service.sample("zoneprobe_zones_uncompared", &[]), Some(0.0));
    // Ten versions at once.
    for serial in 8..18 {
        publish_all(&all, serial);
    }
    assert_nobody_is_accused(&await_compared(&service, ZONE, 17, "changes"));
    assert_eq!(all.map(|server| transfers(server, "AXFR")), read);
    assert_quiet(&service);
    let asked = all.map(|server| transfers(server, "IXFR"));
    service.rewrite(&configuration(&all, ", changes: never"));
    assert_eq!(service.request("POST", "/-/reload").status, 200);
    publish_all(&all, 18);
    assert_nobody_is_accused(&await_compared(&service, ZONE, 18, "serials"));
    assert_eq!(all.map(|server| transfers(server, "IXFR")), asked);
}

#[test]
fn a_server_that_lags_by_several_versions_is_held_against_each_that_it_has() {
    let (primary, second) = (journal(ZONE).start(), journal(ZONE).start());
    // One of them merges several versions into one.
    let (fast, slow) = (at_5(ZONE).ixfr(IxfrBehaviour::Condensed).start(), journal(ZONE).start());
    let text = configuration(&[&primary, &fast, &slow, &second], "")
        .replace(&format!("{}\"}}", second.address()), &format!("{}\", role: primary}}", second.address()));
    let service = Service::start(&text);
    await_whole(&service, ZONE);
    for serial in 6..9 {
        for server in [&primary, &second, &fast] {
            publish(server, serial);
        }
        service.until("the primary", || report(&service, ZONE)["servers"][0]["serial"] == serial);
    }
    service.await_verdict(ZONE, "ns2", "propagating");
    for (serial, compared) in [(6, "changes"), (7, "changes"), (8, "changes")] {
        publish(&slow, serial);
        service.until("the slow server", || {
            let server = service.server(ZONE, "ns2");
            server["serial"] == serial && server["compared"] == compared
        });
    }
    assert_nobody_is_accused(&await_compared(&service, ZONE, 8, "changes"));
    assert_eq!([&primary, &second, &fast, &slow].map(|server| transfers(server, "AXFR")), [1; 4]);
}

#[test]
fn versions_that_are_published_during_checks_are_followed() {
    let (primary, secondary) = (journal(ZONE).start(), journal(ZONE).start());
    let service = Service::start(&configuration(&[&primary, &secondary], ""));
    await_whole(&service, ZONE);
    for serial in 6..200 {
        publish(&primary, serial);
        publish(&secondary, serial);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_nobody_is_accused(&await_compared(&service, ZONE, 199, "changes"));
    assert_eq!([&primary, &secondary].map(|server| transfers(server, "AXFR")), [1; 2]);
    assert_quiet(&service);
}

/// The position of the closing SOA.
fn end(records: &[ZoneRecord]) -> usize {
    records.len() - 1
}

/// Other records of the zone of a response, which begins with its SOA.
fn others(response: &[ZoneRecord], lines: &str) -> Vec<ZoneRecord> {
    let zone = Zone::parse(&response[0].owner.to_string(), "@ 60 IN SOA ns0 host 1 2 3 4 5").unwrap();
    zone.with(lines).unwrap().records().to_vec()
}

fn other(response: &[ZoneRecord]) -> ZoneRecord {
    others(response, "other A 192.0.2.1").swap_remove(0)
}

/// A change of a response.
type Alteration = fn(&mut Vec<ZoneRecord>);

/// Responses that are no changes, or others than were made. The right one has the SOAs 6 and 5, the record that is deleted,
/// SOA 6, the record that is added, and SOA 6.
const ALTERED: [(&str, Alteration); 11] = [
    ("another-record-added", |records| records.insert(end(records), other(records))),
    ("another-record-deleted", |records| records.insert(2, other(records))),
    ("added-twice", |records| records.insert(end(records), records[4].clone())),
    ("deleted-twice", |records| records.insert(2, records[2].clone())),
    ("nothing-deleted", |records| drop(records.remove(2))),
    ("other-ttl", |records| records[4].ttl += 1),
    ("nothing", |records| records.retain(|record| record.rtype == Rtype::SOA)),
    ("no-end", |records| drop(records.pop())),
    ("no-records", Vec::clear),
    ("another-serial", |records| {
        for index in [0, 3, 5] {
            let soa = Soa::from_rdata(&records[index].rdata).unwrap();
            records[index].rdata = Soa { serial: Serial(7), ..soa }.to_rdata();
        }
    }),
    ("too-large", |records| {
        let (end, other) = (end(records), other(records));
        let owner = |host| format!("h{host}.{}", records[0].owner).parse().unwrap();
        let hosts = (0..20_000).map(|host| ZoneRecord { owner: owner(host), ..other.clone() });
        let hosts: Vec<ZoneRecord> = hosts.collect();
        records.splice(end..end, hosts);
    }),
];

/// A server that sends so many messages of a response to IXFR, each with one record, and does this then.
fn at_ixfr(zone: &str, count: usize, then: &Action) -> Nameserver {
    let (zone, then) = (zone.to_owned(), then.clone());
    at_5(&zone).handler(move |asked| {
        let query = asked.query.as_ref().filter(|query| query.qtype == Rtype::IXFR)?;
        let old = Zone::parse(&zone, "@ 3600 IN SOA ns0 hostmaster 5 3600 600 604800 300").unwrap();
        let new = old.clone().with_serial(6);
        let layout = TransferLayout { records_per_message: 1, ..TransferLayout::default() };
        let messages = transfer_messages(query, &new.incremental_transfer(&old), &layout);
        let sent = messages.into_iter().take(count).map(Action::Send);
        Some(sent.chain([then.clone()]).collect())
    })
}

/// The servers of a zone that give no usable changes, each with a label for its zone.
fn doubtful(suffix: &str) -> Vec<(String, RunningNameserver)> {
    let mut all = Vec::new();
    let mut add = |label: &str, server: &dyn Fn(&str) -> Nameserver| {
        let zone = format!("{label}.{suffix}.test");
        let server = server(&zone).start();
        all.push((zone, server));
    };
    for (label, rcode) in [("refused", REFUSED), ("not-implemented", NOTIMP)] {
        add(label, &|zone| at_5(zone).ixfr(IxfrBehaviour::Rcode(rcode)));
    }
    add("whole-zone", &at_5);
    add("whole-zone-in-messages", &|zone| at_5(zone).soa_alone_first());
    add("lone-soa", &|zone| at_5(zone).ixfr(IxfrBehaviour::Soa));
    for (label, alter) in ALTERED {
        add(label, &|zone| at_5(zone).ixfr(IxfrBehaviour::Altered(alter)));
    }
    for (label, count, then) in [
        ("closed", 0, Action::Close),
        ("reset", 0, Action::Reset),
        ("silent", 0, Action::Wait(Duration::from_mins(1))),
        ("cut-off", 2, Action::Close),
        ("stalled", 3, Action::Wait(Duration::from_mins(1))),
    ] {
        add(label, &|zone| at_ixfr(zone, count, &then));
    }
    all
}

#[test]
fn whatever_a_server_sends_instead_of_changes_accuses_nobody() {
    let mut settings = "probe: {interval: 1s}\nservers:\n".to_owned();
    let mut zones = "zones:\n".to_owned();
    let mut all = Vec::new();
    for side in ["primary", "secondary"] {
        for (zone, server) in doubtful(side) {
            let other = journal(&zone).start();
            let [primary, secondary] = if side == "primary" { [&server, &other] } else { [&other, &server] };
            writeln!(settings, "  p-{zone}: {{address: \"{}\", role: primary}}", primary.address()).unwrap();
            writeln!(settings, "  s-{zone}: {{address: \"{}\"}}", secondary.address()).unwrap();
            writeln!(zones, "  - {{zone: {zone}, servers: [p-{zone}, s-{zone}]}}").unwrap();
            all.push((zone, [server, other]));
        }
    }
    let service = Service::start(&(settings + &zones + "state: state.redb\n"));
    for (zone, _) in &all {
        await_whole(&service, zone);
    }
    for server in all.iter().flat_map(|(_, servers)| servers) {
        publish(server, 6);
    }
    for (zone, [server, _]) in &all {
        service.until(&format!("IXFR of {zone}"), || transfers(server, "IXFR") > 0);
    }
    let checks = service.sample("zoneprobe_checks_total", &[]).unwrap();
    let count = 4.0 * f64::from(u32::try_from(all.len()).unwrap());
    service.until("more checks", || service.sample("zoneprobe_checks_total", &[]).unwrap() >= checks + count);
    for (zone, servers) in &all {
        let report = await_settled(&service, zone);
        assert_nobody_is_accused(&report);
        assert_ne!(report["servers"][1]["compared"], "changes", "{report:#}");
        // A response that was cut off is asked for again, at three checks at most.
        let asked = transfers(&servers[0], "IXFR");
        assert!((1..=4).contains(&asked), "{zone}: {asked}");
        assert_eq!(servers.each_ref().map(|server| transfers(server, "AXFR")), [1; 2], "{zone}");
    }
    let refused = ["p-refused.primary.test", "ixfr", "transfer_refused"];
    assert!(service.sample("zoneprobe_transfer_failures_total", &refused) >= Some(1.0));
    let whole = ["p-whole-zone.primary.test", "ixfr"];
    assert_eq!(service.sample("zoneprobe_transfer_failures_total", &whole), None);
    assert_quiet(&service);
}

#[test]
fn a_divergence_beside_the_changes_is_found_by_the_next_whole_comparison() {
    // What is planted in the copy is not in the journal.
    let hiding = IxfrBehaviour::Altered(|records| {
        let planted = "mail.example.test".parse().unwrap();
        records.retain(|record| record.owner != planted);
    });
    let (primary, secondary) = (journal(ZONE).start(), at_5(ZONE).ixfr(hiding).start());
    let text = configuration(&[&primary, &secondary], "");
    let service = Service::start(&text);
    await_whole(&service, ZONE);
    publish(&primary, 6);
    secondary.edit(|zone| zone.replace("mail A 192.0.2.99\nwww 300 A 192.0.2.6").unwrap().with_serial(6));
    assert_nobody_is_accused(&await_compared(&service, ZONE, 6, "changes"));
    let directory = service.directory();
    service.signal("TERM");
    assert_eq!(service.await_end().0.code(), Some(0));
    // `check` compares whole copies and keeps what it finds in the same state.
    let outcome = Probe::check(ZONE).args(["-c", "zoneprobe.yaml"]).current_dir(directory.path()).critical();
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    let service = Service::in_directory(&directory, &text, &[]).expect("serve starts again");
    service.await_verdict(ZONE, "ns1", "diverged");
    let asked = transfers(&secondary, "IXFR");
    publish(&primary, 7);
    publish(&secondary, 7);
    service.until("serial 7", || service.server(ZONE, "ns1")["serial"] == 7);
    assert_ne!(service.server(ZONE, "ns1")["compared"], "changes");
    assert_eq!(transfers(&secondary, "IXFR"), asked, "a copy that diverged is not followed");
}

#[test]
fn a_server_that_goes_back_is_not_followed_from_where_it_was() {
    let (primary, secondary) = (journal(ZONE).start(), journal(ZONE).start());
    let service = Service::start(&configuration(&[&primary, &secondary], ""));
    await_whole(&service, ZONE);
    primary.set_serial(3);
    service.until("the older serial", || service.server(ZONE, "ns0")["serial"] == 3);
    // It publishes other records under serials that were known.
    primary.edit(|zone| zone.with_serial(5).replace("mail A 192.0.2.99").unwrap());
    service.until("the known serial", || service.server(ZONE, "ns0")["serial"] == 5);
    publish(&primary, 6);
    publish(&secondary, 6);
    service.until("serial 6", || {
        ["ns0", "ns1"].iter().all(|server| service.server(ZONE, server)["serial"] == 6)
    });
    for server in ["ns0", "ns1"] {
        assert_ne!(service.server(ZONE, server)["compared"], "changes");
    }
}

const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0LW9mLXRoaXMtdGVzdA=="; };"#;

#[test]
fn changes_are_asked_for_with_tsig_and_over_tls() {
    let (authority, directory) = (Authority::new(), tempfile::tempdir().unwrap());
    let keys = directory.path().join("keys");
    std::fs::write(&keys, KEY).unwrap();
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).unwrap();
    let primary = journal(ZONE).key(KEY).requiring_key().start();
    let (signing, behind) = (journal(ZONE).key(KEY).requiring_key().start(), journal(ZONE).start());
    let front = TlsFront::new(&authority.issue(&["127.0.0.1"], Flaw::None)).start(Some(behind.address()));
    let text = format!(
        "probe: {{interval: 1s}}\nservers:\n  ns0: {{address: \"{}\", role: primary, key: xfr}}\n  \
         ns1: {{address: \"{}\", key: xfr}}\n  ns2: {{address: \"tls://{}\", tls: {{ca: \"{}\"}}}}\n\
         zones: [{ZONE}]\nstate: state.redb\ntsig_keys: [\"{}\"]\n",
        primary.address(),
        signing.address(),
        front.address,
        authority.file,
        keys.display(),
    );
    let service = Service::start(&text);
    await_whole(&service, ZONE);
    for server in [&primary, &signing, &behind] {
        publish(server, 6);
    }
    assert_nobody_is_accused(&await_compared(&service, ZONE, 6, "changes"));
    assert_eq!([&primary, &signing, &behind].map(|server| transfers(server, "AXFR")), [1; 3]);
    assert_quiet(&service);
}

#[test]
fn behind_a_signer_copies_are_followed_and_on_the_link_to_it_they_are_not() {
    let signed = || Nameserver::new().zone(ZONE, 90).ixfr(IxfrBehaviour::Journal).start();
    let (primary, signer, secondary) = (journal(ZONE).start(), signed(), signed());
    let signer_line = format!("{}\"", signer.address());
    let text = configuration(&[&primary, &signer, &secondary], "")
        .replace(&signer_line, &format!("{signer_line}, role: signer"));
    let service = Service::start(&text);
    service.until("a whole comparison", || service.server(ZONE, "ns2")["copy"].is_object());
    publish(&primary, 6);
    for server in [&signer, &secondary] {
        server.edit(|zone| zone.with_serial(91).replace("www 300 A 192.0.2.6").unwrap());
    }
    service.until("the new version", || {
        let server = service.server(ZONE, "ns2");
        server["serial"] == 91 && server["compared"] == "changes"
    });
    let report = report(&service, ZONE);
    assert_eq!(
        (&report["verdict"], &report["compared"]),
        (&"in_sync".into(), &"serials".into()),
        "{report:#}"
    );
    assert_eq!(transfers(&primary, "IXFR"), 0);
}

#[test]
fn a_catalog_is_followed_and_its_members_are_read_at_each_version() {
    let catalog = |serial: u32, members: &str| {
        let soa = format!("@ 0 IN SOA invalid. invalid. {serial} 3600 600 2147483646 0");
        let text = format!("{soa}\n@ 0 IN NS invalid.\nversion 0 IN TXT \"2\"\n{members}");
        Zone::parse("catalog.test", &text).unwrap()
    };
    let one = "a.zones 0 IN PTR a.test.\n";
    let serving = || {
        Nameserver::new().zone_copy(catalog(5, one)).zone("a.test", 1).ixfr(IxfrBehaviour::Journal).start()
    };
    let (primary, secondary) = (serving(), serving());
    let all = servers(&[&primary, &secondary]);
    let text = format!("probe: {{interval: 1s}}\n{all}catalogs: [catalog.test]\nstate: state.redb\n");
    let service = Service::start(&text);
    await_whole(&service, "catalog.test");
    for server in [&primary, &secondary] {
        server.edit(|_| catalog(6, &format!("{one}b.zones 0 IN PTR b.test.\n")));
    }
    let report = await_compared(&service, "catalog.test", 6, "changes");
    assert_eq!(report["verdict"], "in_sync", "{report:#}");
    let members = || service.sample("zoneprobe_catalog_members", &["catalog.test"]);
    service.until("both members", || members() == Some(2.0));
}
