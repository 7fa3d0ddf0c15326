//! References that give no transfer: others are held against what they answer.

use zoneprobe::dns::{Name, Rtype};
use zoneprobe::testserver::{Query, ResponseBuilder, Section, ZoneRecord};

use super::{answering, check, difference, server};

const A: u16 = 1;

fn record(owner: &Name, rtype: Rtype, rdata: &[u8]) -> ZoneRecord {
    ZoneRecord { owner: owner.clone(), rtype, ttl: 300, rdata: rdata.to_vec() }
}

fn address(query: &Query, octet: u8) -> ResponseBuilder {
    let record = record(&query.qname, Rtype::A, &[192, 0, 2, octet]);
    ResponseBuilder::new(query).authoritative().record(Section::Answer, &record)
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
