//! NSD: what `nsd-control zonestatus` prints.
//!
//! Its times are those of the clock of its host, without a time zone, and its `wait` is the time between two attempts: they
//! are quoted, and no time is made of them. Of a primary it says no serial.

use super::command::Output;
use super::quote::quoted;
use crate::dns::Serial;
use crate::observe::{StatusFailure, ZoneStatus};

/// The subcommand that prints what is known of one zone.
pub(super) const SUBCOMMAND: &str = "zonestatus";

/// What it says of a zone that it does not have.
const UNKNOWN_ZONE: &[u8] = b" not configured";

/// What is quoted beside the state, by the keys for it.
const QUOTED: [&str; 3] = ["served-serial", "notified-serial", "wait"];

/// Parses what the program printed, whose lines are `KEY: VALUE`.
pub(super) fn parse(output: &Output) -> Result<ZoneStatus, StatusFailure> {
    if !output.status.success() {
        return Err(if output.says(UNKNOWN_ZONE) { StatusFailure::UnknownZone } else { output.failure() });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let lines: Vec<(&str, &str)> =
        lines.map(|(key, value)| (key.trim(), value.trim().trim_matches('"'))).collect();
    let value = |key: &str| lines.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    let Some(state) = value("state") else {
        return Err(StatusFailure::Malformed(format!("no state in `{}`", quoted(&output.stdout))));
    };
    let served = value("served-serial").and_then(|served| served.split_whitespace().next());
    let details = QUOTED.into_iter().filter_map(|key| Some((key, value(key)?)));
    let details =
        details.filter(|(_, value)| *value != "none").map(|(key, value)| format!(", {key} {value}"));
    Ok(ZoneStatus {
        serial: served.and_then(|serial| serial.parse().ok()).map(Serial),
        transfer: value("transfer").map(|transfer| quoted(transfer.as_bytes())),
        state: Some(quoted((state.to_owned() + &details.collect::<String>()).as_bytes())),
        ..ZoneStatus::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(code: i32, stdout: &str) -> Result<ZoneStatus, StatusFailure> {
        parse(&Output::new(code, stdout, ""))
    }

    // All as NSD 4.6.1 prints it.

    #[test]
    fn a_zone_that_is_served_has_a_serial() {
        let status = parsed(
            0,
            "zone:\te.test\n\tstate: ok\n\tserved-serial: \"36 since 2026-11-29T14:59:06\"\n\tcommit-serial: \
             \"36 since 2026-11-29T14:59:06\"\n\twait: \"3286 sec between attempts\"\n",
        );
        let state = "ok, served-serial 36 since 2026-11-29T14:59:06, wait 3286 sec between attempts";
        let expected =
            ZoneStatus { serial: Some(Serial(36)), state: Some(state.to_owned()), ..ZoneStatus::default() };
        assert_eq!(status, Ok(expected));
    }

    #[test]
    fn a_zone_that_was_never_loaded_has_none_and_a_transfer_is_quoted() {
        let status = parsed(
            0,
            "zone:\th.test\n\tstate: refreshing\n\tserved-serial: none\n\tcommit-serial: none\n\tnotified-serial: \
             none\n\ttransfer: \"TCP connected to 127.0.0.1@25399\"\n",
        );
        let expected = ZoneStatus {
            transfer: Some("TCP connected to 127.0.0.1@25399".to_owned()),
            state: Some("refreshing".to_owned()),
            ..ZoneStatus::default()
        };
        assert_eq!(status, Ok(expected));
    }

    #[test]
    fn a_primary_has_no_more_than_a_state() {
        let expected = ZoneStatus { state: Some("master".to_owned()), ..ZoneStatus::default() };
        assert_eq!(parsed(0, "zone:\tp.test\n\tstate: master\n"), Ok(expected));
    }

    #[test]
    fn a_zone_that_it_does_not_have_is_told_from_a_program_that_fails() {
        assert_eq!(parsed(1, "error zone no.test not configured\n"), Err(StatusFailure::UnknownZone));
        let refused = Output::new(1, "", "error: connect (127.0.0.1@8952): Connection refused\n");
        let said = "error: connect (127.0.0.1@8952): Connection refused".to_owned();
        assert_eq!(parse(&refused), Err(StatusFailure::CommandFailed(said)));
    }

    #[test]
    fn anything_else_is_malformed_or_escaped() {
        for text in ["", "\n", "ok", "serial: 7", "\u{1b}[2J"] {
            assert!(matches!(parsed(0, text), Err(StatusFailure::Malformed(_))), "{text:?}");
        }
        let status = parsed(0, "state: \u{1b}[31mok\u{7}\nserved-serial: 99999999999\n").unwrap();
        assert_eq!(status.serial, None);
        assert_eq!(status.state.as_deref(), Some("\\027[31mok\\007, served-serial 99999999999"));
    }
}
