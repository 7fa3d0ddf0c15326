//! Resolution of servers: names, addresses, the NS RRset, and the primary in MNAME.

use std::time::{Duration, Instant};

use zoneprobe::dns::{Name, Rtype};
use zoneprobe::testserver::{Action, Query, ResponseBuilder, Section, ZoneRecord};

use crate::harness::service::MAX_AGE;
use crate::harness::{Nameserver, Probe, RunningNameserver, Service};

const ZONE: &str = "example.test";

/// A resolver with the zone. No server listens at the addresses of its name servers.
fn resolver() -> RunningNameserver {
    let text = "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n\
        @ 60 IN NS ns1\n@ 60 IN NS ns2\n@ 60 IN NS gone\n\
        ns0 60 IN A 127.9.9.1\nns1 60 IN A 127.9.9.2\nns1 60 IN AAAA ::1\nns2 60 IN A 127.9.9.3\n\
        lo 60 IN A 127.0.0.1";
    Nameserver::new().zone_text(ZONE, text).start()
}

fn addresses(zone: &serde_json::Value) -> Vec<(String, String)> {
    let servers = zone["servers"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let asked = servers.iter().filter(|server| !server["address"].is_null());
    asked.map(|server| (text(&server["server"]), text(&server["address"]))).collect()
}

#[test]
fn without_servers_every_address_of_the_ns_rrset_is_checked() {
    let resolver = resolver();
    let outcome = Probe::check(ZONE).resolver(&resolver).critical();
    let found = addresses(&outcome.zone());
    let expected = [
        ("ns1.example.test", "127.9.9.2:53"),
        ("ns1.example.test", "[::1]:53"),
        ("ns2.example.test", "127.9.9.3:53"),
    ];
    assert_eq!(found, expected.map(|(name, address)| (name.to_owned(), address.to_owned())));
    assert_eq!(outcome.zone()["compared"], "none");
    assert_eq!(outcome.zone_findings(), ["no_address"]);
    assert!(outcome.zone()["reference"].is_null());
    let gone = outcome.server("gone.example.test");
    assert!(gone["address"].is_null(), "{gone}");
    assert_eq!((&gone["verdict"], &gone["severity"]), (&"unknown".into(), &"warning".into()));
    assert_eq!(outcome.findings("gone.example.test"), ["no_address"]);
    let outcome = Probe::check(ZONE).resolver(&resolver).arg("-4").critical();
    assert_eq!(addresses(&outcome.zone()).len(), 2);
}

#[test]
fn a_zone_that_cannot_be_resolved_is_unknown() {
    let resolver = resolver();
    for probe in [Probe::check("no.example.test").resolver(&resolver), Probe::check(ZONE)] {
        let outcome = probe.unknown();
        assert_eq!(outcome.zone_findings(), ["no_servers"]);
        assert_eq!(outcome.zone()["verdict"], "unknown");
        assert_eq!(outcome.zone()["servers"], serde_json::json!([]));
    }
}

#[test]
fn a_server_given_by_name_is_queried_at_its_address_and_port() {
    let (resolver, server) = (resolver(), Nameserver::new().zone(ZONE, 7).start());
    let argument = format!("lo.example.test:{}", server.address().port());
    let other = Nameserver::new().zone(ZONE, 7).start();
    let probe = Probe::check(ZONE).resolver(&resolver).secondary(&other);
    let outcome = probe.args(["-p", argument.as_str()]).ok();
    assert_eq!(outcome.server("lo.example.test")["address"], server.address().to_string());
    assert_eq!(outcome.zone()["compared"], "records");
    let outcome = Probe::check(ZONE)
        .resolver(&resolver)
        .primary(&server)
        .secondary(&other)
        .args(["-s", "gone.example.test"])
        .unknown();
    assert_eq!(outcome.zone_findings(), ["no_address"]);
    assert_eq!(outcome.findings("gone.example.test"), ["not_asked"]);
}

#[test]
fn the_server_in_mname_is_the_reference_if_it_responds() {
    let text = |serial| format!("@ 60 IN SOA lo host {serial} 3600 600 86400 60\n@ 60 IN NS lo");
    let resolver = resolver();
    let named = Nameserver::new().zone_text(ZONE, &text(7)).start();
    let other = Nameserver::new().zone_text(ZONE, &text(6)).start();
    let argument = format!("lo.example.test:{}", named.address().port());
    let outcome =
        Probe::check(ZONE).resolver(&resolver).secondary(&other).args(["-s", argument.as_str()]).warning();
    assert_eq!(outcome.zone()["reference"]["kind"], "mname");
    assert_eq!(outcome.zone()["reference"]["server"], "lo.example.test");
    assert_eq!(outcome.verdict("ns0"), "behind");
    // Only one of the two is in the NS RRset, and that one is right.
    assert_eq!(outcome.zone()["wrong_answer_ratio"], 0.0);
}

#[test]
fn a_server_in_mname_that_does_not_respond_is_no_finding() {
    let (resolver, one, two) =
        (resolver(), Nameserver::new().zone(ZONE, 7).start(), Nameserver::new().zone(ZONE, 7).start());
    let outcome = Probe::check(ZONE).resolver(&resolver).secondary(&one).secondary(&two).ok();
    assert_eq!(outcome.zone()["reference"]["kind"], "newest");
    assert_eq!(addresses(&outcome.zone()).len(), 2);
}

#[test]
fn a_hidden_primary_that_does_not_respond_is_a_warning() {
    let text = "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns1\n@ 60 IN NS ns2";
    let (resolver, secondary) = (resolver(), Nameserver::new().zone_text(ZONE, text).start());
    let probe = |primary: &str| {
        let probe = Probe::check(ZONE).resolver(&resolver).arg("-p").arg(primary.to_owned());
        probe.secondary_named("ns1.example.test", &secondary)
    };
    let hidden = probe("127.9.9.1").warning();
    assert_eq!(hidden.verdict("127.9.9.1"), "unreachable");
    assert_eq!(hidden.zone_findings(), ["primary_unreachable"]);
    let public = probe("127.9.9.3").critical();
    assert_eq!(public.verdict("127.9.9.3"), "unreachable");
}

#[test]
fn a_zone_with_very_many_servers_and_addresses_is_checked_at_some_of_them() {
    let mut text = "@ 60 IN SOA ns000 host 7 3600 600 86400 60\n".to_owned();
    for number in 0..200 {
        text += &format!("@ 60 IN NS ns{number:03}\nns{number:03} 60 IN A 127.9.8.{number}\n");
        text += &format!("many 60 IN A 127.9.7.{number}\nmany 60 IN AAAA fd00::{number:x}\n");
    }
    let resolver = Nameserver::new().zone_text(ZONE, &text).start();
    let outcome = Probe::check(ZONE).resolver(&resolver).args(["--timeout", "100ms"]).critical();
    let found = addresses(&outcome.zone());
    assert_eq!(found.len(), 64, "{}", outcome.transcript());
    assert_eq!(found[63], ("ns063.example.test".to_owned(), "127.9.8.63:53".to_owned()));
    assert_eq!(outcome.zone_findings(), ["no_address"]);
    assert_eq!(outcome.zone()["findings"][0]["message"], "the NS set has 200 names, of which 64 were asked");
    let probe =
        Probe::check(ZONE).resolver(&resolver).args(["-s", "many.example.test:1", "--timeout", "100ms"]);
    let outcome = probe.critical();
    let found = addresses(&outcome.zone());
    let v4 = found.iter().filter(|(_, address)| !address.starts_with('[')).count();
    assert_eq!((v4, found.len()), (8, 16), "{}", outcome.transcript());
    let message = "many.example.test has 400 addresses, of which 16 were asked";
    let findings = outcome.zone()["findings"].clone();
    assert!(findings.as_array().unwrap().iter().any(|finding| finding["message"] == message), "{findings}");
}

/// The type of an alias.
const CNAME: Rtype = Rtype(5);

/// How long lookups may take: two seconds for each transport.
const MAX_LOOKUP_TIME: Duration = Duration::from_secs(8);

/// A record whose RDATA is a name.
fn pointing(owner: &Name, rtype: Rtype, to: &str) -> ZoneRecord {
    let to: Name = to.parse().unwrap();
    ZoneRecord { owner: owner.clone(), rtype, ttl: 60, rdata: to.as_wire().to_vec() }
}

/// A resolver that responds to every query like this.
fn responding(respond: fn(&Query) -> ResponseBuilder) -> RunningNameserver {
    let resolver = Nameserver::new().handler(move |asked| {
        let response = respond(asked.query.as_ref()?);
        Some(vec![Action::Send(response.into_message())])
    });
    resolver.start()
}

/// A response with an alias of the name in a query.
fn alias(query: &Query, target: &str) -> ResponseBuilder {
    ResponseBuilder::new(query).record(Section::Answer, &pointing(&query.qname, CNAME, target))
}

/// Responds that the name is an alias of another, and that other an alias of it.
fn two_aliases(query: &Query) -> ResponseBuilder {
    let qname = query.qname.to_string();
    let other = if qname.starts_with("x.") { ZONE } else { "x.example.test" };
    alias(query, other).record(Section::Answer, &pointing(&other.parse().unwrap(), CNAME, &qname))
}

/// Responds that the name is an alias of a longer one, as long as that is a name.
fn endless_aliases(query: &Query) -> ResponseBuilder {
    let qname = query.qname.to_string();
    let longer = if qname.len() < 200 { format!("x.{qname}") } else { ZONE.to_owned() };
    alias(query, &longer)
}

/// Responds that the name is delegated to a server of that name.
fn referral_to_itself(query: &Query) -> ResponseBuilder {
    let referral = pointing(&query.qname, Rtype::NS, &query.qname.to_string());
    ResponseBuilder::new(query).record(Section::Authority, &referral)
}

/// Resolvers from which no lookup gets an answer.
fn useless_resolvers() -> Vec<(&'static str, RunningNameserver)> {
    vec![
        ("an alias of itself", responding(|query| alias(query, &query.qname.to_string()))),
        ("two aliases", responding(two_aliases)),
        ("endless aliases", responding(endless_aliases)),
        ("a referral to itself", responding(referral_to_itself)),
        ("SERVFAIL", responding(|query| ResponseBuilder::new(query).rcode(2))),
        ("always truncated", responding(|query| ResponseBuilder::new(query).truncated())),
        ("silence", Nameserver::new().silent().start()),
    ]
}

#[test]
fn a_lookup_at_a_resolver_that_loops_or_is_silent_ends_and_other_servers_are_checked() {
    let (one, two) = (Nameserver::new().zone(ZONE, 7).start(), Nameserver::new().zone(ZONE, 7).start());
    for (case, resolver) in useless_resolvers() {
        let began = Instant::now();
        let outcome = Probe::check(ZONE).resolver(&resolver).unknown();
        assert_eq!(outcome.zone_findings(), ["no_servers"], "{case}: {}", outcome.transcript());
        let probe = Probe::check(ZONE).resolver(&resolver).primary(&one).secondary(&two);
        let outcome = probe.args(["-s", "ns.example.net"]).unknown();
        for name in ["ns0", "ns1"] {
            assert_eq!(outcome.verdict(name), "in_sync", "{case}: {}", outcome.transcript());
        }
        assert_eq!(outcome.zone_findings(), ["no_address"], "{case}: {}", outcome.transcript());
        assert!(began.elapsed() < 2 * MAX_LOOKUP_TIME, "{case}: {:?}", began.elapsed());
    }
}

#[test]
fn serve_checks_other_zones_in_time_beside_lookups_that_get_no_answer() {
    let server = Nameserver::new().zone(ZONE, 7).start();
    // No server is a primary, so that the one that the SOA names is looked up.
    let text = format!(
        "probe: {{interval: 1s, compare: serials}}\nservers:\n  ns0: {{address: \"{}\"}}\n  \
         lost: {{address: ns.example.net}}\nzones:\n  - {{zone: {ZONE}, servers: [ns0]}}\n",
        server.address()
    );
    let lost = (0..50).map(|number| format!("  - {{zone: z{number}.lost, servers: [lost]}}\n"));
    let text = text + &lost.collect::<String>();
    let resolvers = useless_resolvers();
    let services: Vec<(&str, Service)> =
        resolvers.iter().map(|(case, resolver)| (*case, Service::with_resolver(&text, resolver))).collect();
    for (case, service) in &services {
        service.until(case, || {
            // First checks are in the order of the names in wire form, so that of this zone comes after the others.
            service.sample("zoneprobe_zone_finding", &["z49.lost", "no_address"]) == Some(1.0)
                && service.sample("zoneprobe_zone_last_check_timestamp_seconds", &[ZONE]).is_some()
        });
    }
    let end = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end {
        for (case, service) in &services {
            let age = service.oldest_check_age(ZONE);
            assert!(age < MAX_AGE, "{case}: a zone of another server was checked {age:?} ago");
        }
    }
}

#[test]
fn a_lookup_without_a_result_is_told_in_plain_words() {
    let text = "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns0\nns0 60 IN A 127.9.9.1\n\
        empty 60 IN TXT nothing\nv4 60 IN A 127.9.9.4";
    let resolver = Nameserver::new().zone_text(ZONE, text).start();
    let server = Nameserver::new().zone(ZONE, 7).start();
    for (host, family, expected) in [
        ("empty.example.test", None, "it has no address"),
        ("v4.example.test", Some("-6"), "it has no IPv6 address"),
        ("gone.example.test", None, "the name does not exist (NXDOMAIN)"),
        ("elsewhere.test", None, "the resolver answered REFUSED"),
    ] {
        let probe = Probe::check(ZONE).resolver(&resolver).primary(&server).args(["-s", host]).args(family);
        let outcome = probe.run();
        assert!(outcome.stdout().contains(expected), "{}", outcome.transcript());
    }
}
