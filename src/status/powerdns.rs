//! PowerDNS: what its API says of one zone.
//!
//! `last_check` is the last good check, 0 if there was none. It says neither when the next one is nor when the copy expires.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::json;
use super::quote::quoted;
use crate::dns::{Name, Serial};
use crate::observe::{StatusFailure, ZoneStatus};

/// Returns the path at which the API lists a zone alone, without what takes long to find out of its keys.
pub(super) fn path(zone: &Name) -> String {
    let mut path = "api/v1/servers/localhost/zones?dnssec=false&zone=".to_owned();
    for byte in zone.to_string().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => path.push(char::from(byte)),
            // Writing to a string cannot fail.
            other => drop(write!(path, "%{other:02X}")),
        }
    }
    path
}

#[derive(Deserialize)]
struct ZoneEntry<'t> {
    #[serde(borrow)]
    name: Cow<'t, str>,
    #[serde(borrow, default)]
    kind: Cow<'t, str>,
    serial: Option<u32>,
    #[serde(default)]
    last_check: u64,
}

/// Parses a list of zones, which is empty if there is no such zone.
pub(super) fn parse(body: &[u8], zone: &Name) -> Result<ZoneStatus, StatusFailure> {
    let zones: Vec<ZoneEntry<'_>> = json::parse(body)?;
    let is_zone = |entry: &&ZoneEntry<'_>| entry.name.parse().is_ok_and(|name: Name| name == *zone);
    let entry = zones.iter().find(is_zone).ok_or(StatusFailure::UnknownZone)?;
    let last_good_check = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(entry.last_check));
    Ok(ZoneStatus {
        // A zone without records has the serial 0.
        serial: entry.serial.filter(|serial| *serial != 0).map(Serial),
        last_good_check: last_good_check.filter(|_| entry.last_check != 0),
        state: Some(quoted(entry.kind.as_bytes())).filter(|kind| !kind.is_empty()),
        ..ZoneStatus::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> Result<ZoneStatus, StatusFailure> {
        parse(body.as_bytes(), &"e.test".parse().unwrap())
    }

    /// As PowerDNS 4.7.3 prints it, with other numbers.
    fn sample(serial: u32, last_check: u64) -> String {
        format!(
            r#"[{{"account": "", "catalog": "", "id": "e.test.", "kind": "Slave", "last_check": {last_check},
                "masters": ["127.0.0.1:25300"], "name": "e.test.", "notified_serial": 0, "serial": {serial},
                "url": "/api/v1/servers/localhost/zones/e.test."}}]"#
        )
    }

    #[test]
    fn a_zone_has_a_serial_and_its_last_good_check_or_neither() {
        let slave = || ZoneStatus { state: Some("Slave".to_owned()), ..ZoneStatus::default() };
        let checked = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_964_371);
        let expected = ZoneStatus { serial: Some(Serial(36)), last_good_check: Some(checked), ..slave() };
        assert_eq!(parsed(&sample(36, 1_795_964_371)), Ok(expected));
        assert_eq!(parsed(&sample(0, 0)), Ok(slave()));
        assert_eq!(parsed("[]"), Err(StatusFailure::UnknownZone));
        assert_eq!(parsed(&sample(36, u64::MAX)).unwrap().last_good_check, None);
    }

    #[test]
    fn what_is_no_list_of_zones_is_malformed_and_what_is_said_is_escaped() {
        for body in [
            "",
            "{}",
            "Unauthorized",
            "[7]",
            r#"[{"kind": "Slave"}]"#,
            r#"[{"name": "e.test.", "serial": -1}]"#,
        ] {
            assert!(matches!(parsed(body), Err(StatusFailure::Malformed(_))), "{body}");
        }
        let odd = r#"[{"name": "other.test."}, {"name": "E.test.", "kind": "\u001b[31m\u0007"}]"#;
        assert_eq!(parsed(odd).unwrap().state.as_deref(), Some("\\027[31m\\007"));
    }

    #[test]
    fn the_name_of_a_zone_cannot_leave_its_parameter() {
        let parameter = |zone: &str| path(&zone.parse().unwrap()).split_once("&zone=").unwrap().1.to_owned();
        assert_eq!(parameter("Example.com"), "example.com.");
        assert_eq!(parameter("0/25.2.0.192.in-addr.arpa"), "0%2F25.2.0.192.in-addr.arpa.");
        assert_eq!(parameter("a\\032b&x=y#.test"), "a%5C032b%26x%3Dy%23.test.");
    }
}
