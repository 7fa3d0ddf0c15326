//! BIND: its statistics as JSON, which list all zones of each view.
//!
//! The times of a zone that was never loaded are the beginning of 1970. `refresh` is the next attempt; why the last one
//! failed is not said.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::time::SystemTime;

use humantime::parse_rfc3339;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::json;
use super::quote::quoted;
use crate::dns::{Name, Serial};
use crate::observe::{StatusFailure, ZoneStatus};

/// Where the statistics of all zones are.
pub(super) const PATH: &str = "json/v1/zones";

/// What BIND says of all its zones, by view.
#[derive(Debug, Default)]
pub(super) struct Listing {
    views: Vec<(String, HashMap<Name, ListedZone>)>,
}

/// What is kept of one zone: a listing may have hundreds of thousands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ListedZone {
    serial: Option<Serial>,
    next_refresh: Option<SystemTime>,
    expires: Option<SystemTime>,
    kind: ZoneKind,
}

/// The type of a zone in the configuration of BIND.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ZoneKind {
    Primary,
    Secondary,
    /// Its name as BIND writes it, escaped.
    Other(Box<str>),
}

impl Listing {
    /// Returns what is said of a zone.
    pub(super) fn status(&self, zone: &Name) -> Result<ZoneStatus, StatusFailure> {
        let of_views = self.views.iter().filter_map(|(view, zones)| Some((view, zones.get(zone)?)));
        let of_views: Vec<(&String, &ListedZone)> = of_views.collect();
        let Some((_, first)) = of_views.first() else { return Err(StatusFailure::UnknownZone) };
        if of_views.iter().any(|(_, listed)| listed != first) {
            return Err(StatusFailure::SeveralViews(
                of_views.iter().map(|(view, _)| quoted(view.as_bytes())).collect(),
            ));
        }
        Ok(first.status())
    }
}

impl ListedZone {
    fn new(entry: &ZoneEntry<'_>) -> Self {
        Self {
            serial: entry.serial.map(Serial),
            next_refresh: entry.refresh.as_deref().and_then(time),
            expires: entry.expires.as_deref().and_then(time),
            kind: match entry.kind.as_ref() {
                "primary" | "master" => ZoneKind::Primary,
                "secondary" | "slave" => ZoneKind::Secondary,
                other => ZoneKind::Other(quoted(other.as_bytes()).into()),
            },
        }
    }

    fn status(&self) -> ZoneStatus {
        let state = match &self.kind {
            ZoneKind::Primary => "primary",
            ZoneKind::Secondary => "secondary",
            ZoneKind::Other(other) => other,
        };
        ZoneStatus {
            serial: self.serial,
            next_refresh: self.next_refresh,
            expires: self.expires,
            last_good_check: None,
            transfer: None,
            state: Some(state.to_owned()).filter(|state| !state.is_empty()),
        }
    }
}

/// Parses a time; the beginning of 1970 is none.
fn time(text: &str) -> Option<SystemTime> {
    parse_rfc3339(text).ok().filter(|time| *time > SystemTime::UNIX_EPOCH)
}

/// Parses the statistics of all zones.
pub(super) fn parse(body: &[u8]) -> Result<Listing, StatusFailure> {
    let statistics: Statistics = json::parse(body)?;
    let views = statistics.views.into_iter().map(|(name, view)| (name, view.zones.0));
    Ok(Listing { views: views.collect() })
}

#[derive(Deserialize)]
struct Statistics {
    /// A server without zones has no views.
    #[serde(default)]
    views: HashMap<String, View>,
}

#[derive(Deserialize)]
struct View {
    #[serde(default)]
    zones: Zones,
}

#[derive(Deserialize)]
struct ZoneEntry<'t> {
    #[serde(borrow)]
    name: Cow<'t, str>,
    #[serde(borrow)]
    class: Cow<'t, str>,
    serial: Option<u32>,
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'t, str>,
    #[serde(borrow)]
    refresh: Option<Cow<'t, str>>,
    #[serde(borrow)]
    expires: Option<Cow<'t, str>>,
}

/// The zones of a view, of which each is made small as soon as it is read.
#[derive(Default)]
struct Zones(HashMap<Name, ListedZone>);

impl<'de> Deserialize<'de> for Zones {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ZonesVisitor)
    }
}

struct ZonesVisitor;

impl<'de> Visitor<'de> for ZonesVisitor {
    type Value = Zones;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of zones")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Zones, A::Error> {
        let mut zones = HashMap::new();
        while let Some(entry) = entries.next_element::<ZoneEntry<'de>>()? {
            // Other classes have zones of the same names, such as `version.bind`.
            if entry.class == "IN"
                && let Ok(name) = entry.name.parse()
            {
                zones.insert(name, ListedZone::new(&entry));
            }
        }
        Ok(Zones(zones))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As BIND 9.18.49 prints it.
    const STATISTICS: &str = include_str!("../../fixtures/status/bind.json");

    fn at(text: &str) -> SystemTime {
        parse_rfc3339(text).unwrap()
    }

    fn status(body: &str, zone: &str) -> Result<ZoneStatus, StatusFailure> {
        parse(body.as_bytes())?.status(&zone.parse().unwrap())
    }

    /// The statistics of views with these zones.
    fn views(views: &[(&str, &str)]) -> String {
        let views: Vec<String> =
            views.iter().map(|(view, zones)| format!("\"{view}\": {{\"zones\": [{zones}]}}")).collect();
        format!("{{\"views\": {{{}}}}}", views.join(","))
    }

    #[test]
    fn a_zone_that_is_served_has_times_and_one_that_was_never_loaded_has_none_but_the_next_attempt() {
        let secondary = || ZoneStatus { state: Some("secondary".to_owned()), ..ZoneStatus::default() };
        let expected = ZoneStatus {
            serial: Some(Serial(36)),
            next_refresh: Some(at("2026-11-29T15:47:34Z")),
            expires: Some(at("2026-11-30T14:59:02Z")),
            ..secondary()
        };
        assert_eq!(status(STATISTICS, "E.test."), Ok(expected));
        let next_refresh = Some(at("2026-11-29T15:01:45Z"));
        assert_eq!(status(STATISTICS, "n.test"), Ok(ZoneStatus { next_refresh, ..secondary() }));
        for zone in ["no.test", "version.bind"] {
            assert_eq!(status(STATISTICS, zone), Err(StatusFailure::UnknownZone));
        }
    }

    #[test]
    fn a_zone_in_several_views_counts_if_it_is_the_same_in_all() {
        let (seven, eight) = (
            r#"{"name": "e.test", "class": "IN", "type": "primary", "serial": 7}"#,
            r#"{"name": "e.test", "class": "IN", "type": "primary", "serial": 8}"#,
        );
        let same = views(&[("in", seven), ("out", seven), ("other", "")]);
        assert_eq!(status(&same, "e.test").unwrap().serial, Some(Serial(7)));
        let differing = views(&[("in", seven), ("o\u{7f}ut", eight), ("other", "")]);
        let Err(StatusFailure::SeveralViews(mut names)) = status(&differing, "e.test") else {
            panic!("the views differ")
        };
        names.sort();
        assert_eq!(names, ["in", "o\\127ut"]);
    }

    #[test]
    fn what_is_no_listing_is_malformed_and_what_is_said_is_escaped() {
        let zones = |zones: &str| views(&[("_default", zones)]);
        for body in [
            String::new(),
            "<html>".to_owned(),
            r#"{"views": []}"#.to_owned(),
            "[".repeat(100_000),
            zones("7"),
            zones(r#"{"name": "e.test"}"#),
            zones(r#"{"name": 7, "class": "IN"}"#),
            zones(r#"{"name": "e.test", "class": "IN", "serial": 4294967296}"#),
            zones(r#"{"name": "e.test", "class": "IN", "serial": "\u001b[31m"}"#),
        ] {
            let Err(StatusFailure::Malformed(why)) = status(&body, "e.test") else { panic!("{body}") };
            assert!(why.len() < 400 && !why.contains('\u{1b}'), "{why}");
        }
        assert_eq!(status("{}", "e.test"), Err(StatusFailure::UnknownZone));
        let odd = zones(
            r#"{"name": "e.test", "class": "IN", "type": "\u001b]0;x", "refresh": "soon", "more": {}}"#,
        );
        let expected = ZoneStatus { state: Some("\\027]0;x".to_owned()), ..ZoneStatus::default() };
        assert_eq!(status(&odd, "e.test"), Ok(expected));
        assert_eq!(
            status(&zones(r#"{"name": "a..b", "class": "IN"}"#), "e.test"),
            Err(StatusFailure::UnknownZone)
        );
    }
}
