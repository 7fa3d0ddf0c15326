//! Secondaries that have the zone by transfer: in sync, older, newer, and out of order.

use super::zones::{rich, zone};
use super::{Pair, both_ways, differences};
use crate::harness::daemon::Kind;

both_ways! {
    a_copy_fresh_from_a_transfer_is_in_sync
    a_secondary_that_is_notified_of_a_new_version_is_in_sync_again
    a_secondary_that_is_refused_the_transfer_shows_what_its_users_get_wrong
    case_f01_a_secondary_is_ahead_after_the_serial_went_back
    case_f13_a_type_nobody_knows_is_missing_like_any_other
    case_f15_a_serial_beyond_the_wrap_is_two_steps_newer
    case_f15_a_serial_half_the_circle_away_is_incomparable
}

fn a_copy_fresh_from_a_transfer_is_in_sync(primary: Kind) {
    let pair = Pair::in_sync(primary, &rich(2_026_112_201));

    let outcome = pair.check().ok();

    for name in ["ns0", "ns1"] {
        let server = outcome.server(name);
        assert_eq!(server["verdict"], "in_sync", "{server:#}");
        assert_eq!(server["severity"], "ok", "{server:#}");
        assert_eq!(server["serial"], 2_026_112_201, "{server:#}");
        assert_eq!(server["copy"]["method"], "axfr", "{server:#}");
        assert_eq!(server["copy"]["coverage"], "whole", "{server:#}");
        assert_eq!(server["copy"]["records"], RICH_RECORDS, "{server:#}");
        assert_eq!(server["copy"]["rrsets"], RICH_RRSETS, "{server:#}");
        assert_eq!(server["copy"]["dropped"], 0, "{server:#}");
        let findings = server["findings"].as_array().expect("findings are a list");
        assert!(findings.iter().all(|finding| finding["severity"] == "ok"), "{server:#}");
    }
    assert_eq!(outcome.differences("ns1"), differences(&[]));
    let copy = |name| outcome.server(name)["copy"]["fingerprint"].clone();
    assert_eq!(copy("ns0"), copy("ns1"));
}

/// Records of the rich zone, its SOA counted once.
const RICH_RECORDS: u32 = 154;

/// RRsets of the rich zone.
const RICH_RRSETS: u32 = 49;

fn a_secondary_that_is_notified_of_a_new_version_is_in_sync_again(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &zone(1, "www A 192.0.2.1\n"));
    let secondary = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(secondary));
    pair.primary.reload(&zone(2, "www A 192.0.2.2\n"));
    pair.secondary.await_serial(2);

    let outcome = pair.check().ok();

    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.server("ns1")["serial"], 2);
}

fn a_secondary_that_is_refused_the_transfer_shows_what_its_users_get_wrong(primary: Kind) {
    let kept = "kept A 192.0.2.1\nkept TXT \"as it was\"\n";
    let mut pair = Pair::in_sync(primary, &zone(1, &format!("{kept}moved A 192.0.2.2\ngone A 192.0.2.3\n")));
    pair.publish_refusing_transfers(&zone(
        4,
        &format!("{kept}moved A 192.0.2.9\nnew A 192.0.2.4\nkept AAAA 2001:db8::1\n"),
    ));
    pair.primary.await_refused_transfer();
    // NSD tells nothing of its age; BIND does, by EDNS EXPIRE.
    let verdict = match primary.other() {
        Kind::Nsd => "behind",
        Kind::Bind => {
            pair.secondary.await_age();
            "propagating"
        }
    };

    let outcome = pair.check().warning();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], verdict, "{server:#}");
    assert_eq!(server["serial"], 1, "{server:#}");
    assert_eq!(server["serial_lag"], 3, "{server:#}");
    assert_eq!(outcome.verdict("ns0"), "in_sync");
    assert_eq!(
        outcome.differences("ns1"),
        differences(&[
            ("new.example.test.", "A", "missing"),
            ("kept.example.test.", "AAAA", "missing"),
            ("gone.example.test.", "A", "extra"),
            ("moved.example.test.", "A", "changed"),
        ])
    );
}

fn case_f01_a_secondary_is_ahead_after_the_serial_went_back(primary: Kind) {
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

fn case_f13_a_type_nobody_knows_is_missing_like_any_other(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &zone(1, "www A 192.0.2.1\n"));
    pair.publish_refusing_transfers(&zone(2, "www A 192.0.2.1\n@ TYPE65399 \\# 3 010203\n"));

    let outcome = pair.check().warning();

    assert_eq!(outcome.differences("ns1"), differences(&[("example.test.", "TYPE65399", "missing")]));
    let shown = &outcome.server("ns1")["differences"]["rrsets"][0]["reference"]["rdata"];
    assert_eq!(*shown, serde_json::json!(["\\# 3 010203"]));
}

fn case_f15_a_serial_beyond_the_wrap_is_two_steps_newer(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &zone(u32::MAX, "www A 192.0.2.1\n"));
    pair.publish_refusing_transfers(&zone(1, "www A 192.0.2.2\n"));

    let outcome = pair.check().warning();

    let server = outcome.server("ns1");
    assert!(matches!(server["verdict"].as_str(), Some("behind" | "propagating")), "{server:#}");
    assert_eq!(server["serial"], u32::MAX, "{server:#}");
    assert_eq!(server["serial_lag"], 2, "{server:#}");
    assert_eq!(outcome.differences("ns1"), differences(&[("www.example.test.", "A", "changed")]));
}

fn case_f15_a_serial_half_the_circle_away_is_incomparable(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &zone(7, "www A 192.0.2.1\n"));
    pair.publish_refusing_transfers(&zone(7 + (1 << 31), "www A 192.0.2.1\n"));

    let outcome = pair.check().critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "incomparable", "{server:#}");
    assert_eq!(server["serial_lag"], serde_json::Value::Null, "{server:#}");
    assert_eq!(server["self_heals"], false, "{server:#}");
}
