//! TTLs that a cache in front of a server counts down.

use std::time::Instant;

use zoneprobe::dns::Rtype;
use zoneprobe::testserver::{ResponseBuilder, Section, ZoneRecord};

use super::{answering, check, difference, server};

const A: u16 = 1;

#[test]
fn a_ttl_that_is_counted_down_with_authority_is_no_difference_and_named() {
    let began = Instant::now();
    let counting = answering(server(), ("www", A), move |query, _| {
        let ttl = 290 - u32::try_from(began.elapsed().as_secs()).unwrap();
        let rdata = vec![192, 0, 2, 80];
        let record = ZoneRecord { owner: query.qname.clone(), rtype: Rtype(A), ttl, rdata };
        ResponseBuilder::new(query).authoritative().record(Section::Answer, &record)
    });
    let (primary, secondary) = (server().start(), counting.transfer_refused().start());
    let outcome = check(&primary, &secondary).args(["--strict-ttl"]).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
    assert!(outcome.findings("ns1").contains(&"computed_records".to_owned()), "{}", outcome.transcript());
}

#[test]
fn a_lower_ttl_that_stays_is_a_difference() {
    let secondary = server().replace("www 299 A 192.0.2.80").transfer_refused().start();
    let outcome = check(&server().start(), &secondary).args(["--strict-ttl"]).critical();
    assert_eq!(outcome.differences("ns1"), [difference("www", "A", "ttl")], "{}", outcome.transcript());
}
