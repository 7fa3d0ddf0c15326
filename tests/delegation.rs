//! The delegation of a zone: what scripted servers of the parent have of it, held against the zone itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use zoneprobe::dns::{Name, Rtype};
use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Action, IncomingQuery, ResponseBuilder, Section, Zone};

use crate::harness::service::{self, Service};
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

pub(crate) const ZONE: &str = "e.test";

/// The zone above: it delegates to `ns1` in the zone.
pub(crate) const PARENT: &str = "@ 3600 SOA a.nic host 1 3600 600 86400 300\n@ 3600 NS a.nic\na.nic 3600 A 127.0.0.3\n\
                      e 3600 NS ns1.e\nns1.e 3600 A 127.0.0.1\n";

/// The referral of a zone to the zone below it; without glue if that is wanted.
fn referral(zone: &Zone, asked: &IncomingQuery, has_glue: bool) -> Option<Vec<Action>> {
    let below: Name = ZONE.parse().unwrap();
    let query = asked.query.as_ref().filter(|query| query.qname == below && query.qtype != Rtype::DS)?;
    let ns: Vec<_> =
        zone.records().iter().filter(|record| record.owner == below && record.rtype == Rtype::NS).collect();
    let is_named = |owner: &Name| ns.iter().any(|record| record.rdata == owner.as_wire());
    let glue = zone.records().iter().filter(|record| has_glue && is_named(&record.owner));
    let response = ResponseBuilder::new(query).records(Section::Authority, ns.iter().copied());
    let response = response.records(Section::Additional, glue);
    (!ns.is_empty()).then(|| vec![Action::Send(response.into_message())])
}

/// A server of a zone above.
pub(crate) fn parent(text: &str) -> Nameserver {
    let zone = Zone::parse("test", text).unwrap();
    let above = zone.clone();
    Nameserver::new().zone_copy(zone).handler(move |asked| referral(&above, asked, true))
}

/// A server of the zone.
pub(crate) fn child() -> Nameserver {
    let text =
        "@ 300 SOA ns1 host 7 3600 600 86400 300\n@ 300 NS ns1\nns1 300 A 127.0.0.1\nwww 300 A 192.0.2.80\n";
    Nameserver::new().zone_text(ZONE, text)
}

/// Two servers of the zone: one alone would be compared with nothing.
fn children() -> [RunningNameserver; 2] {
    [child().start(), child().start()]
}

fn check<'n>([primary, secondary]: [&'n RunningNameserver; 2], parent: &RunningNameserver) -> Probe<'n> {
    let probe = Probe::check(ZONE).primary(primary).secondary(secondary);
    probe.args(["--parent", &format!("p1={}", parent.address())])
}

/// The only finding about the zone: its code, severity and message.
#[track_caller]
fn finding(outcome: &Outcome) -> [String; 3] {
    let zone = outcome.zone();
    let [finding] = zone["findings"].as_array().unwrap().as_slice() else {
        panic!("{}", outcome.transcript())
    };
    ["code", "severity", "message"].map(|key| finding[key].as_str().unwrap().to_owned())
}

#[track_caller]
fn assert_finding(outcome: &Outcome, code: &str, severity: &str, message: &str) {
    let [found, found_severity, text] = finding(outcome);
    assert_eq!((found.as_str(), found_severity.as_str()), (code, severity), "{}", outcome.transcript());
    assert!(text.contains(message), "{text}");
}

#[test]
fn of_a_right_delegation_nothing_is_said_and_nobody_is_asked_twice() {
    let (children, parent) = (children(), parent(PARENT).start());
    let outcome = check(children.each_ref(), &parent).ok();
    assert_eq!(outcome.zone_findings(), [""; 0], "{}", outcome.transcript());
    let asked = parent.queries();
    let count =
        |rtype: &str| asked.iter().filter(|line| line.contains(&format!(" e.test. {rtype} "))).count();
    assert_eq!((count("NS"), count("DS"), asked.len()), (1, 1, 2), "{asked:?}");
}

#[test]
fn without_the_option_no_parent_is_asked() {
    let (children, parent) = (children(), parent(PARENT).start());
    Probe::check(ZONE).primary(&children[0]).secondary(&children[1]).ok();
    assert_eq!(parent.queries(), [""; 0]);
}

#[test]
fn glue_for_which_a_datagram_has_no_room_is_not_missed() {
    let zone = Zone::parse("test", PARENT).unwrap();
    let above = zone.clone();
    let parent = Nameserver::new()
        .zone_copy(zone)
        .handler(move |asked| referral(&above, asked, asked.transport == Transport::Tcp))
        .start();
    let children = children();
    let outcome = check(children.each_ref(), &parent).ok();
    assert_eq!(outcome.zone_findings(), [""; 0], "{}", outcome.transcript());
    assert!(parent.queries().iter().any(|line| line.starts_with("TCP")), "{:?}", parent.queries());
}

#[test]
fn glue_that_is_not_there_is_missed() {
    let zone = Zone::parse("test", PARENT).unwrap();
    let above = zone.clone();
    let parent =
        Nameserver::new().zone_copy(zone).handler(move |asked| referral(&above, asked, false)).start();
    let children = children();
    let outcome = check(children.each_ref(), &parent).critical();
    assert_finding(&outcome, "delegation_differs", "critical", "the parent has no glue for ns1.e.test");
}

#[test]
fn a_fault_that_passes_is_not_told() {
    let right = Zone::parse("test", PARENT).unwrap();
    let wrong = Zone::parse("test", &PARENT.replace("127.0.0.1", "127.0.0.9")).unwrap();
    let asked_before = Arc::new(AtomicUsize::new(0));
    let zone = right.clone();
    let parent = Nameserver::new().zone_copy(right).handler(move |asked| {
        let is_ns = asked.query.as_ref().is_some_and(|query| query.qtype == Rtype::NS);
        let is_first = is_ns && asked_before.fetch_add(1, Ordering::SeqCst) == 0;
        referral(if is_first { &wrong } else { &zone }, asked, true)
    });
    let (parent, children) = (parent.start(), children());
    let outcome = check(children.each_ref(), &parent).ok();
    assert_eq!(outcome.zone_findings(), [""; 0], "{}", outcome.transcript());
}

#[test]
fn another_address_in_the_glue_is_critical_and_what_to_do_is_said() {
    let (children, parent) = (children(), parent(&PARENT.replace("127.0.0.1", "127.0.0.9")).start());
    let outcome = check(children.each_ref(), &parent).critical();
    assert_eq!(outcome.verdict("ns0"), "in_sync");
    let message = "the glue of ns1.e.test is 127.0.0.9, and its address in the zone is 127.0.0.1";
    assert_finding(&outcome, "delegation_differs", "critical", message);
    let advice = outcome.zone()["findings"][0]["advice"].to_string();
    for line in [
        format!("dig @127.0.0.1 -p {} e.test NS +norecurse", parent.address().port()),
        "in the zone above it: let the addresses of ns1.e.test be 127.0.0.1".to_owned(),
    ] {
        assert!(advice.contains(&line), "{advice}");
    }
    let table = check(children.each_ref(), &parent).format("table").critical();
    assert!(table.stdout().contains("delegation_differs"), "{}", table.transcript());
}

#[test]
fn a_lame_server_of_the_parent_is_named() {
    let text = format!("{PARENT}e 3600 NS ns2.e\nns2.e 3600 A 127.0.0.2\n");
    let (child, parent) = (child().start(), parent(&text).start());
    let lame = Nameserver::new().on("127.0.0.2").refusing().start();
    let outcome = check([&child, &lame], &parent).critical();
    let [code, severity, message] = finding(&outcome);
    assert_eq!((code.as_str(), severity.as_str()), ("delegation_differs", "warning"));
    let lame = format!("ns2.e.test {}: answered REFUSED", lame.address());
    for part in ["ns2.e.test only at the parent", lame.as_str()] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn parent_and_child_on_one_server_are_told_and_are_no_fault() {
    let both = || child().zone_text("test", PARENT);
    let (server, secondary) = (both().start(), child().start());
    let outcome = check([&server, &secondary], &server).ok();
    assert_finding(&outcome, "delegation_unseen", "ok", "parent and child are on one server (p1 127.0.0.1:");
    // The servers of the parent are found, too.
    let (resolver, server) =
        (Nameserver::new().zone_text("test", PARENT).start(), both().on("127.0.0.3").start());
    let probe =
        Probe::check(ZONE).primary(&server).secondary(&secondary).resolver(&resolver).arg("--delegation");
    let message = format!("parent and child are on one server (a.nic.test {})", server.address());
    assert_finding(&probe.ok(), "delegation_unseen", "ok", &message);
}

#[test]
fn a_parent_that_is_not_found_is_told() {
    let children = children();
    let outcome = Probe::check(ZONE).primary(&children[0]).secondary(&children[1]).arg("--delegation").ok();
    assert_finding(&outcome, "delegation_unseen", "ok", "the servers of the parent were not found: test: ");
}

#[test]
fn a_server_that_was_named_and_is_none_of_the_parent_is_unknown() {
    let (children, other) = (children(), Nameserver::new().zone("other.test", 1).start());
    let outcome = check(children.each_ref(), &other).unknown();
    assert_finding(&outcome, "delegation_unseen", "unknown", ": answered REFUSED");
}

#[test]
fn a_zone_that_the_parent_does_not_delegate_is_critical() {
    let text = "@ 3600 SOA a.nic host 1 3600 600 86400 300\n@ 3600 NS a.nic\na.nic 3600 A 127.0.0.3\n";
    let (children, parent) = (children(), parent(text).start());
    let outcome = check(children.each_ref(), &parent).critical();
    assert_finding(
        &outcome,
        "delegation_differs",
        "critical",
        "the parent does not delegate the zone (p1 127.0.0.1:",
    );
}

#[test]
fn verify_looks_at_the_delegation_in_its_last_check() {
    let (children, parent) = (children(), parent(&PARENT.replace("127.0.0.1", "127.0.0.9")).start());
    let probe = Probe::verify(ZONE).primary(&children[0]).secondary(&children[1]);
    let outcome = probe.args(["--parent", &parent.address().to_string(), "--wait", "5s"]).critical();
    assert_finding(&outcome, "delegation_differs", "critical", "the glue of ns1.e.test is 127.0.0.9");
}

#[test]
fn what_a_comparison_has_found_of_a_delegation_stays_reported_by_serve() {
    let (children, parent) = (children(), parent(&PARENT.replace("127.0.0.1", "127.0.0.9")).start());
    for compare in ["records", "serials"] {
        let service = Service::start(&format!(
            "probe: {{interval: 1s, compare_interval: 1s, compare: {compare}, parent: [\"{}\"]}}\n{}zones: [{ZONE}]\n",
            parent.address(),
            service::servers(&children.each_ref())
        ));
        let is_told = || service.sample("zoneprobe_zone_finding", &["delegation_differs"]) == Some(1.0);
        service.until("the finding", is_told);
        let asked = parent.queries().len();
        let checks = || service.sample("zoneprobe_checks_total", &[]).unwrap();
        let before = checks();
        while checks() < before + 4.0 {
            assert!(is_told(), "{compare}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(parent.queries().len(), asked, "{compare}: a check of serials does not ask the parent");
    }
}
