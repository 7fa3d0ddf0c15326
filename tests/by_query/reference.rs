//! References that give no transfer: others are held against what they answer.

use zoneprobe::dns::{Name, Rtype};
use zoneprobe::testserver::{Query, ResponseBuilder, Section, Zone, ZoneRecord};

use super::{ZONE, answering, check, difference, server};

const A: u16 = 1;

fn record(owner: &Name, rtype: Rtype, rdata: &[u8]) -> ZoneRecord {
    ZoneRecord { owner: owner.clone(), rtype, ttl: 300, rdata: rdata.to_vec() }
}

fn address(query: &Query, octet: u8) -> ResponseBuilder {
    let record = record(&query.qname, Rtype::A, &[192, 0, 2, octet]);
    ResponseBuilder::new(query).authoritative().record(Section::Answer, &record)
}

fn name(text: &str) -> Name {
    format!("{text}.{ZONE}").parse().unwrap()
}

/// A primary that draws one of two addresses for each query, as PowerDNS does with a LUA record.
#[test]
fn a_reference_whose_own_answers_vary_accuses_no_other() {
    let primary = answering(server(), ("www", A), |query, number| {
        address(query, if number % 2 == 0 { 99 } else { 80 })
    });
    let (primary, secondary) = (primary.transfer_refused().start(), server().transfer_refused().start());
    let outcome = check(&primary, &secondary).args(["--name", "www.example.test"]).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
    assert!(outcome.findings("ns1").contains(&"computed_records".to_owned()), "{}", outcome.transcript());
}

#[test]
fn a_server_whose_answers_vary_as_those_of_the_reference_do_is_not_mixed() {
    let varying = || {
        answering(server(), ("www", A), |query, number| address(query, if number % 2 == 0 { 99 } else { 80 }))
    };
    let (primary, secondary) = (varying().transfer_refused().start(), varying().transfer_refused().start());
    let outcome = check(&primary, &secondary).args(["--name", "www.example.test/A"]).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
}

#[test]
fn a_server_that_differs_from_what_the_reference_answers_twice_is_diverged() {
    let secondary = server().replace("www 300 A 192.0.2.99").transfer_refused().start();
    let primary = server().transfer_refused().start();
    let outcome = check(&primary, &secondary).args(["--name", "www.example.test/A"]).critical();
    assert_eq!(outcome.differences("ns1"), [difference("www", "A", "changed")], "{}", outcome.transcript());
}

/// A server that signs each response says of a name that does not exist that it lacks the type (RFC 9824).
#[test]
fn a_name_that_the_reference_denies_compactly_need_not_exist_elsewhere() {
    let primary = answering(server(), ("nope", A), |query, _| {
        let next = [b"\x01\0".as_slice(), query.qname.as_wire()].concat();
        let bitmap = [0, 6, 0, 0, 0, 0, 0, 3];
        let nsec = record(&query.qname, Rtype::NSEC, &[next.as_slice(), &bitmap].concat());
        let soa = Zone::parse(ZONE, "@ 3600 SOA ns0 hostmaster 7 3600 600 604800 300").unwrap().soa_record();
        let response = ResponseBuilder::new(query).authoritative();
        response.record(Section::Authority, &soa).record(Section::Authority, &nsec)
    });
    let (primary, secondary) = (primary.transfer_refused().start(), server().transfer_refused().start());
    let outcome = check(&primary, &secondary).args(["--name", "nope.example.test/A"]).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
}

/// The reference serves the zone below, too; the other server refers to it.
#[test]
fn what_the_reference_answers_from_a_zone_below_is_not_required_of_others() {
    let below = "@ 300 SOA ns0.example.test. hostmaster.example.test. 3 3600 600 604800 300\n\
                 @ 300 NS ns0.example.test.\nhost 300 A 192.0.2.7\n";
    let primary = server().zone_text("sub.example.test", below).transfer_refused().start();
    let referral = |query: &Query, _| {
        let ns = record(&name("sub"), Rtype::NS, name("ns0").as_wire());
        ResponseBuilder::new(query).record(Section::Authority, &ns)
    };
    let mut secondary = server();
    for (owner, rtype) in [("host.sub", A), ("none.sub", A), ("sub", 2)] {
        secondary = answering(secondary, (owner, rtype), referral);
    }
    let secondary = secondary.transfer_refused().start();
    let names = ["--name", "host.sub.example.test/A", "--name", "none.sub.example.test/A"];
    let outcome = check(&primary, &secondary).args(names).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
    assert_eq!(outcome.differences("ns1"), [], "{}", outcome.transcript());
}
