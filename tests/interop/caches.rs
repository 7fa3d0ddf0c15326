//! What resolvers hold of what a server answers wrongly.

use serde_json::{Value, json};

use super::check;
use super::zones::{ZONE, zone};
use crate::harness::Probe;
use crate::harness::daemon::resolver::{Cache, CacheAccess, Resolver};
use crate::harness::daemon::{Daemon, Kind};
use crate::harness::{Service, until};

/// A primary, and a server with the same serial, another address of `www`, and without `mail`.
struct Diverged {
    primary: Daemon,
    wrong: Daemon,
}

impl Diverged {
    fn start() -> Self {
        let primary = Kind::Bind.primary(ZONE, zone(7, "www 300 A 192.0.2.1\nmail 400 A 192.0.2.2")).start();
        let wrong = Kind::Nsd.primary(ZONE, zone(7, "www 600 A 192.0.2.9")).start();
        Self { primary, wrong }
    }

    fn resolver(&self, software: Cache, access: CacheAccess) -> Resolver {
        software.start(ZONE, self.wrong.address(), access)
    }

    /// A check that asks a resolver.
    fn check(&self, resolver: &Resolver) -> Probe<'static> {
        check(&self.primary, &self.wrong).args(["--cache", &format!("office={}", resolver.address())])
    }
}

/// What the first resolver of a report holds, without its advice.
fn caches(zone: &Value) -> Value {
    let mut cache = zone["caches"][0].clone();
    assert!(cache["asked_at"].is_string(), "{zone:#}");
    cache.as_object_mut().unwrap().remove("asked_at");
    for rrset in cache["rrsets"].as_array_mut().unwrap() {
        rrset.as_object_mut().unwrap().remove("advice");
    }
    cache
}

#[test]
fn a_wrong_answer_in_unbound_is_named_with_its_ttl_and_flushed_by_the_command_in_the_report() {
    holds_a_wrong_answer(Cache::Unbound, |zone, resolver| {
        let www = &zone["caches"][0]["rrsets"][1];
        assert_eq!(www["owner"], "www.example.test.");
        resolver.flush(www["advice"][0].as_str().unwrap());
        assert_eq!(resolver.look_up("www.example.test", "A").ttl("A"), Some(600), "it was fetched anew");
    });
}

#[test]
fn a_wrong_answer_in_bind_is_named_with_its_ttl() {
    holds_a_wrong_answer(Cache::Bind, |_, _| ());
}

fn holds_a_wrong_answer(software: Cache, and_then: impl FnOnce(&Value, &Resolver)) {
    let servers = Diverged::start();
    let resolver = servers.resolver(software, CacheAccess::Shown);
    resolver.look_up("www.example.test", "A");
    resolver.look_up("mail.example.test", "A");
    // It counts down by seconds.
    until("a TTL that is not the server's", || {
        resolver.look_into("www.example.test", "A").ttl("A").is_some_and(|ttl| ttl < 600)
    });

    let before = ["A", "SOA"].map(|it| resolver.look_into(owner_of(it), "A").ttl(it).unwrap());
    let outcome = servers.check(&resolver).critical();
    let after = ["A", "SOA"].map(|it| resolver.look_into(owner_of(it), "A").ttl(it).unwrap());

    let zone = outcome.zone();
    let rrsets = zone["caches"][0]["rrsets"].as_array().unwrap();
    let ttl = |owner: &str| rrsets.iter().find(|it| it["owner"] == owner).unwrap()["ttl"].as_u64().unwrap();
    let (www, mail) = (ttl("www.example.test."), ttl("mail.example.test."));
    assert!((after[0]..=before[0]).contains(&www), "{after:?} {before:?} {zone:#}");
    assert!((after[1]..=before[1]).contains(&mail), "{after:?} {before:?} {zone:#}");
    let expected = json!({
        "resolver": "office",
        "address": resolver.address().to_string(),
        "asked": 2,
        "failure": null,
        "rrsets": [
            {"owner": "mail.example.test.", "type": "A", "ttl": mail, "stale": false, "rdata": [], "records": 0},
            {"owner": "www.example.test.", "type": "A", "ttl": www, "stale": false, "rdata": ["192.0.2.9"], "records": 1},
        ],
    });
    assert_eq!(caches(&zone), expected);
    assert_eq!(outcome.verdict("ns1"), "diverged");
    and_then(&zone, &resolver);
}

/// The name whose A records are there, or are denied with a SOA.
fn owner_of(rtype: &str) -> &'static str {
    if rtype == "A" { "www.example.test" } else { "mail.example.test" }
}

#[test]
fn what_bind_does_not_hold_is_not_said_to_be_wrong_in_it() {
    let servers = Diverged::start();
    let resolver = servers.resolver(Cache::Bind, CacheAccess::Shown);

    let outcome = servers.check(&resolver).critical();

    let cache = caches(&outcome.zone());
    assert_eq!((&cache["asked"], &cache["failure"], &cache["rrsets"]), (&json!(2), &Value::Null, &json!([])));
    let table = servers.check(&resolver).format("table").critical();
    let words = table.stdout().split_whitespace().collect::<Vec<&str>>().join(" ");
    assert!(words.contains("does not hold any RRset wrongly, of 2 RRsets asked for"), "{}", table.stdout());
}

#[test]
fn a_resolver_that_does_not_show_its_cache_is_named_with_the_remedy_and_may_be_asked_as_by_users() {
    let servers = Diverged::start();
    for software in [Cache::Unbound, Cache::Bind] {
        let access = CacheAccess::Hidden;
        let resolver = servers.resolver(software, access);
        resolver.look_up("www.example.test", "A");

        let cache = caches(&servers.check(&resolver).critical().zone());
        assert_eq!((&cache["asked"], &cache["failure"]["kind"]), (&json!(0), &json!("rcode")), "{cache:#}");
        let message = cache["failure"]["message"].as_str().unwrap();
        assert!(message.contains("`access-control: ADDRESS allow_snoop` in unbound"), "{message}");
    }
    let resolver = servers.resolver(Cache::Unbound, CacheAccess::Hidden);
    let cache = caches(&servers.check(&resolver).arg("--cache-recurse").critical().zone());
    assert_eq!(
        (&cache["asked"], &cache["rrsets"][1]["rdata"]),
        (&json!(2), &json!(["192.0.2.9"])),
        "{cache:#}"
    );
}

#[test]
fn an_expired_answer_is_told_by_its_extended_error_and_a_named_rrset_is_asked_for_without_differences() {
    let right = zone(7, "www 300 A 192.0.2.1");
    let primary = Kind::Bind.primary(ZONE, right.clone()).start();
    let secondary = Kind::Nsd.primary(ZONE, right).start();
    for (software, options) in [(Cache::Unbound, vec![]), (Cache::Bind, vec!["--cache-recurse"])] {
        let mut wrong = Kind::Nsd.primary(ZONE, zone(7, "www 1 A 192.0.2.9")).start();
        let resolver = software.start(ZONE, wrong.address(), CacheAccess::Shown);
        resolver.look_up("www.example.test", "A");
        wrong.stop();
        until("expired data", || resolver.look_up("www.example.test", "A").is_stale());

        let check = check(&primary, &secondary).args(["--name", "www.example.test/A"]).args(options);
        let outcome = check.args(["--cache", &resolver.address().to_string()]).ok();

        let zone = outcome.zone();
        assert_eq!(zone["caches"][0]["asked"], 1, "{zone:#}");
        let rrset = &zone["caches"][0]["rrsets"][0];
        assert_eq!((&rrset["stale"], &rrset["rdata"]), (&json!(true), &json!(["192.0.2.9"])), "{zone:#}");
        assert_eq!(zone["cached_until_at_most"], Value::Null);
    }
}

#[test]
fn a_server_of_the_zone_is_no_cache_of_it() {
    let servers = Diverged::start();
    let check = check(&servers.primary, &servers.wrong);
    let outcome = check.args(["--cache", &servers.wrong.address().to_string()]).critical();
    assert_eq!(outcome.zone()["caches"][0]["failure"]["kind"], "authoritative");
}

#[test]
fn serve_asks_after_a_comparison_and_keeps_what_it_was_told() {
    let servers = Diverged::start();
    let resolver = servers.resolver(Cache::Bind, CacheAccess::Shown);
    resolver.look_up("www.example.test", "A");
    let configuration = format!(
        "servers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1: {{address: \"{}\"}}\n\
         probe: {{interval: 1s, caches: [\"{}\"]}}\nzones: [{ZONE}]\n",
        servers.primary.address(),
        servers.wrong.address(),
        resolver.address()
    );
    let service = Service::start(&configuration);
    let report = || -> Value {
        let response = service.get(&format!("/api/v1/zones/{ZONE}"));
        serde_json::from_str(&response.text).unwrap_or_default()
    };
    until("a resolver that was asked", || {
        report()["caches"][0]["rrsets"][0]["rdata"] == json!(["192.0.2.9"])
    });
    let first = report();
    let cached_until = |report: &Value| report["cached_until_at_most"].as_str().map(str::to_owned);
    until("a later check of serials", || cached_until(&report()) > cached_until(&first));
    assert_eq!(report()["caches"], first["caches"]);
}
