//! Secondaries with the same, an older, a newer and an incomparable serial.

use super::zones::zone;
use super::{Pair, both_ways, differences};
use crate::harness::daemon::Kind;

both_ways! {
    a_secondary_that_transfers_a_new_version_after_notify_is_in_sync
    case_f01_after_the_serial_of_the_primary_went_back_the_secondary_is_ahead
    case_f13_a_missing_rrset_of_an_unknown_type_is_named
    case_f15_a_serial_that_wrapped_around_is_newer_by_two
    case_f15_a_serial_that_differs_by_two_to_the_31_is_incomparable
}

fn a_secondary_that_transfers_a_new_version_after_notify_is_in_sync(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &zone(1, "www A 192.0.2.1\n"));
    let secondary = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(secondary));
    pair.primary.reload(&zone(2, "www A 192.0.2.2\n"));
    pair.secondary.await_serial(2);

    let outcome = pair.check().ok();

    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.server("ns1")["serial"], 2);
}

fn case_f01_after_the_serial_of_the_primary_went_back_the_secondary_is_ahead(primary: Kind) {
    let records = "www A 192.0.2.1\n";
    let mut pair = Pair::in_sync(primary, &zone(2_021_122_001, records));
    pair.publish_refusing_transfers(&zone(2_021_102_901, records));

    let outcome = pair.check().critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "ahead", "{server:#}");
    assert_eq!(server["self_heals"], false, "{server:#}");
    assert_eq!(server["serial_lag"], -19_100, "{server:#}");
    assert_eq!(outcome.differences("ns1"), differences(&[]));
    assert_eq!(outcome.verdict("ns0"), "in_sync");
}

fn case_f13_a_missing_rrset_of_an_unknown_type_is_named(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &zone(1, "www A 192.0.2.1\n"));
    pair.publish_refusing_transfers(&zone(2, "www A 192.0.2.1\n@ TYPE65399 \\# 3 010203\n"));

    let outcome = pair.check().warning();

    assert_eq!(outcome.differences("ns1"), differences(&[("example.test.", "TYPE65399", "missing")]));
    let rdata = &outcome.server("ns1")["differences"]["rrsets"][0]["reference"]["rdata"];
    assert_eq!(*rdata, serde_json::json!(["\\# 3 010203"]));
}

fn case_f15_a_serial_that_wrapped_around_is_newer_by_two(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &zone(u32::MAX, "www A 192.0.2.1\n"));
    pair.publish_refusing_transfers(&zone(1, "www A 192.0.2.2\n"));

    let outcome = pair.check().warning();

    let server = outcome.server("ns1");
    assert!(matches!(server["verdict"].as_str(), Some("behind" | "propagating")), "{server:#}");
    assert_eq!(server["serial"], u32::MAX, "{server:#}");
    assert_eq!(server["serial_lag"], 2, "{server:#}");
    assert_eq!(outcome.differences("ns1"), differences(&[("www.example.test.", "A", "changed")]));
}

fn case_f15_a_serial_that_differs_by_two_to_the_31_is_incomparable(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &zone(7, "www A 192.0.2.1\n"));
    pair.publish_refusing_transfers(&zone(7 + (1 << 31), "www A 192.0.2.1\n"));

    let outcome = pair.check().critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "incomparable", "{server:#}");
    assert_eq!(server["serial_lag"], serde_json::Value::Null, "{server:#}");
    assert_eq!(server["self_heals"], false, "{server:#}");
}
