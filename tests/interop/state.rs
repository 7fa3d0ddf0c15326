//! Checks of real servers by one process after the other, which share nothing but `--state`.

use super::zones::zone;
use super::{Pair, both_ways};
use crate::harness::daemon::Kind;

both_ways! {
    a_secondary_whose_transfer_is_refused_is_propagating_and_then_stuck
    case_f01_a_serial_that_went_back_is_a_finding_on_the_zone
}

fn a_secondary_whose_transfer_is_refused_is_propagating_and_then_stuck(primary: Kind) {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let state = state.to_str().unwrap();
    let mut pair = Pair::in_sync(primary, &zone(1, "www A 192.0.2.1\n"));
    assert_eq!(pair.check().args(["--state", state]).ok().verdict("ns1"), "in_sync");
    pair.publish_refusing_transfers(&zone(2, "www A 192.0.2.2\n"));

    let outcome = pair.check().args(["--state", state]).warning();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "propagating", "{server:#}");
    assert_eq!(server["self_heals"], true, "{server:#}");
    assert!(server["since"].is_string() && server["deadline"].is_string(), "{server:#}");

    let outcome = pair.check().args(["--state", state, "--grace", "1ms"]).critical();

    let stuck = outcome.server("ns1");
    assert_eq!((&stuck["verdict"], &stuck["since"]), (&"stuck".into(), &server["since"]), "{stuck:#}");
}

fn case_f01_a_serial_that_went_back_is_a_finding_on_the_zone(primary: Kind) {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let state = state.to_str().unwrap();
    let records = "www A 192.0.2.1\n";
    let mut pair = Pair::in_sync(primary, &zone(2_021_122_001, records));
    pair.check().args(["--state", state]).ok();
    pair.publish_refusing_transfers(&zone(2_021_102_901, records));

    let outcome = pair.check().args(["--state", state]).critical();

    assert_eq!(outcome.verdict("ns1"), "ahead");
    assert_eq!(outcome.zone_findings(), ["serial_went_back"]);
}
