//! Knot DNS: what `knotc zone-status` prints.
//!
//! Its times are counted from now: `refresh: +58m37s` is the next attempt.

use std::time::{Duration, SystemTime};

use super::command::Output;
use super::quote::quoted;
use crate::dns::Serial;
use crate::observe::{StatusFailure, ZoneStatus};

/// The subcommand that prints what is known of one zone.
pub(super) const SUBCOMMAND: &str = "zone-status";

/// What it says of a zone that it does not have.
const UNKNOWN_ZONE: &[u8] = b"(no such zone found)";

/// The units of its times, in seconds.
const UNITS: [(char, u64); 6] =
    [('Y', 365 * 86_400), ('M', 30 * 86_400), ('D', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Parses what the program printed at this time: `[ZONE] KEY: VALUE | KEY: VALUE`.
pub(super) fn parse(output: &Output, now: SystemTime) -> Result<ZoneStatus, StatusFailure> {
    if !output.status.success() {
        return Err(if output.says(UNKNOWN_ZONE) { StatusFailure::UnknownZone } else { output.failure() });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default();
    let fields = line.split_once("] ").map_or("", |(_, fields)| fields).split(" | ");
    let fields: Vec<(&str, &str)> = fields.filter_map(|field| field.split_once(": ")).collect();
    let value = |key: &str| fields.iter().find(|(name, _)| *name == key).map(|(_, value)| value.trim());
    let Some(role) = value("role") else {
        return Err(StatusFailure::Malformed(format!("no role in `{}`", quoted(&output.stdout))));
    };
    let refresh = value("refresh");
    let next_refresh = refresh.and_then(|refresh| time(refresh, now));
    let is_running = refresh == Some("running");
    // What is neither a time nor a transfer, such as `frozen` or `pending`.
    let odd = refresh.filter(|_| next_refresh.is_none() && !is_running);
    let state = odd.map_or_else(|| role.to_owned(), |odd| format!("{role}, refresh {odd}"));
    Ok(ZoneStatus {
        serial: value("serial").and_then(|serial| serial.parse().ok()).map(Serial),
        next_refresh,
        expires: value("expiration").and_then(|expiration| time(expiration, now)),
        transfer: is_running.then(|| "refresh running".to_owned()),
        state: Some(quoted(state.as_bytes())),
        ..ZoneStatus::default()
    })
}

/// Parses a time from now on: `+1D2h3m4s`; one that is over begins with `-`.
fn time(text: &str, now: SystemTime) -> Option<SystemTime> {
    let (is_over, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+')?),
    };
    let mut seconds: u64 = 0;
    while !rest.is_empty() {
        let (number, behind) = rest.split_at(rest.find(|character: char| !character.is_ascii_digit())?);
        let mut behind = behind.chars();
        let unit = behind.next()?;
        let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        rest = behind.as_str();
    }
    let distance = Duration::from_secs(seconds);
    if is_over { now.checked_sub(distance) } else { now.checked_add(distance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million seconds.
    const NOW: Duration = Duration::from_secs(1_000_000);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn parsed(code: i32, stdout: &str) -> Result<ZoneStatus, StatusFailure> {
        parse(&Output::new(code, stdout, ""), SystemTime::UNIX_EPOCH + NOW)
    }

    // All as Knot DNS 3.2.6 prints it.

    #[test]
    fn a_zone_that_is_served_has_times() {
        let status =
            parsed(0, "[e.test.] role: slave | serial: 36 | refresh: +59m57s | expiration: +23h59m57s\n");
        let expected = ZoneStatus {
            serial: Some(Serial(36)),
            next_refresh: Some(at(1_003_597)),
            expires: Some(at(1_086_397)),
            state: Some("slave".to_owned()),
            ..ZoneStatus::default()
        };
        assert_eq!(status, Ok(expected));
    }

    #[test]
    fn a_zone_that_was_never_loaded_has_no_serial_and_a_refresh_may_be_running() {
        let status = parsed(0, "[n.test.] role: slave | serial: - | refresh: +11s\n");
        let slave = || ZoneStatus { state: Some("slave".to_owned()), ..ZoneStatus::default() };
        assert_eq!(status, Ok(ZoneStatus { next_refresh: Some(at(1_000_011)), ..slave() }));
        let status = parsed(0, "[h.test.] role: slave | serial: - | refresh: running\n");
        assert_eq!(status, Ok(ZoneStatus { transfer: Some("refresh running".to_owned()), ..slave() }));
        let status = parsed(0, "[p.test.] role: master | serial: 36\n");
        let state = Some("master".to_owned());
        assert_eq!(status, Ok(ZoneStatus { serial: Some(Serial(36)), state, ..ZoneStatus::default() }));
    }

    #[test]
    fn a_zone_that_it_does_not_have_is_told_from_a_program_that_fails() {
        assert_eq!(parsed(1, "error: [no.test] (no such zone found)\n"), Err(StatusFailure::UnknownZone));
        let said = "error: failed to connect to socket '/run/knot/knot.sock' (not exists)";
        let failed = Output::new(1, "", said);
        assert_eq!(
            parse(&failed, SystemTime::UNIX_EPOCH),
            Err(StatusFailure::CommandFailed(said.to_owned()))
        );
    }

    #[test]
    fn anything_else_is_malformed_or_escaped() {
        for text in ["", "\n", "[e.test.]", "[e.test.] serial: 7", "role: slave", "\u{1b}[2J"] {
            assert!(matches!(parsed(0, text), Err(StatusFailure::Malformed(_))), "{text:?}");
        }
        let status = parsed(0, "[e.test.] role: \u{1b}[31mslave | serial: -1 | refresh: +9X\n").unwrap();
        assert_eq!(status.state.as_deref(), Some("\\027[31mslave, refresh +9X"));
        assert_eq!((status.serial, status.next_refresh), (None, None));
    }

    #[test]
    fn times_have_units_from_years_to_seconds_and_none_overflows() {
        let now = SystemTime::UNIX_EPOCH + NOW;
        assert_eq!(time("+1D2h3m4s", now), Some(at(1_000_000 + 93_784)));
        assert_eq!(time("+1Y1M", now), Some(at(1_000_000 + 395 * 86_400)));
        assert_eq!(time("-30s", now), Some(at(999_970)));
        for text in
            ["", "30s", "+30", "+s", "+30w", "pending", "+99999999999999999999s", "+18446744073709551615Y"]
        {
            assert_eq!(time(text, now), None, "{text}");
        }
    }
}
