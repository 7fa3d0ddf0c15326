//! Any answer of a server, as far from what it should be as it can: its status, or why there is none, short and escaped.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::command::Output;
use super::{bind, knot, nsd, powerdns};
use crate::observe::{StatusFailure, ZoneStatus};

/// The longest text that is quoted, with each byte escaped, and the words around it.
const MAX_TEXT: usize = 4 * 256 + 100;

/// What servers print, in pieces.
const PIECES: [&str; 26] = [
    "[",
    "]",
    "{",
    "}",
    ",",
    ": ",
    "\"",
    " | ",
    "\n",
    "\t",
    "\u{1b}[2J",
    "+1D2h",
    "-3s",
    "99999999999",
    "36",
    "\"views\":{\"_default\":{\"zones\":[",
    "\"name\":\"e.test.\"",
    "\"class\":\"IN\"",
    "\"serial\":7",
    "\"refresh\":\"2026-11-29T14:59:06Z\"",
    "\"kind\":\"Slave\"",
    "\"last_check\":18446744073709551615",
    "state: ok",
    "served-serial: ",
    "[e.test.] role: ",
    "refresh: ",
];

fn answer() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn assert_is_safe(text: &str) {
    assert!(text.len() <= MAX_TEXT && !text.chars().any(char::is_control), "{text:?}");
}

fn assert_safe(parsed: Result<ZoneStatus, StatusFailure>) {
    match parsed {
        Ok(status) => status.transfer.iter().chain(&status.state).for_each(|text| assert_is_safe(text)),
        Err(failure) => assert_is_safe(&failure.to_string()),
    }
}

proptest! {
    #[test]
    fn any_answer_is_a_status_or_a_failure_and_safe_to_print(answer in answer(), code in 0..2_i32, now in any::<u32>()) {
        let zone = "e.test".parse().unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now.into());
        assert_safe(bind::parse(&answer).and_then(|listing| listing.status(&zone)));
        assert_safe(powerdns::parse(&answer, &zone));
        let text = String::from_utf8_lossy(&answer);
        for output in [Output::new(code, &text, ""), Output::new(code, "", &text)] {
            assert_safe(nsd::parse(&output));
            assert_safe(knot::parse(&output, now));
        }
    }
}
