//! What a server says itself, in the report.

use serde::Serialize;

use crate::dns::Serial;
use crate::observe::{ServerStatus, StatusFailure, StatusSoftware, ZoneStatus};
use crate::report::text::rfc3339;

/// What a server says of its own copy of the zone, over its control channel. It is quoted, and no verdict rests on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StatusReport {
    /// The software that was asked, as the configuration calls it.
    #[schemars(extend("enum" = StatusSoftware::NAMES))]
    pub source: &'static str,
    /// The serial of its copy; null if it says none.
    pub serial: Option<Serial>,
    /// When it asks its primary next, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub next_refresh: Option<String>,
    /// When its copy expires, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires: Option<String>,
    /// When it last found its copy to be current, or made it so, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub last_good_check: Option<String>,
    /// The transfer that is under way, in its own words, escaped.
    pub transfer: Option<String>,
    /// What else it says of its state, in its own words, escaped.
    pub state: Option<String>,
    /// Why it is not known what it says.
    pub failure: Option<StatusFailureReport>,
}

/// Why it is not known what a server says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StatusFailureReport {
    /// The kind of failure, from a closed list.
    #[schemars(extend("enum" = StatusFailure::KINDS))]
    pub kind: &'static str,
    /// The failure in words.
    pub message: String,
}

impl From<&ServerStatus> for StatusReport {
    fn from(status: &ServerStatus) -> Self {
        let source = status.software.name();
        match &status.zone {
            Ok(zone) => {
                let ZoneStatus { serial, next_refresh, expires, last_good_check, transfer, state } =
                    zone.clone();
                Self {
                    source,
                    serial,
                    next_refresh: next_refresh.map(rfc3339),
                    expires: expires.map(rfc3339),
                    last_good_check: last_good_check.map(rfc3339),
                    transfer,
                    state,
                    failure: None,
                }
            }
            Err(failure) => {
                let failure = StatusFailureReport { kind: failure.kind(), message: failure.to_string() };
                Self { source, failure: Some(failure), ..Self::default() }
            }
        }
    }
}

impl StatusReport {
    /// Describes it in one line, which follows `the server itself says:`.
    pub fn in_words(&self) -> String {
        if let Some(failure) = &self.failure {
            return format!("nothing: {}", failure.message);
        }
        let with =
            |label: &str, value: &Option<String>| value.as_ref().map(|value| format!("{label} {value}"));
        let serial = self.serial.map_or_else(|| "no serial".to_owned(), |serial| format!("serial {serial}"));
        let parts = [
            self.state.clone(),
            Some(serial),
            with("last good check", &self.last_good_check),
            with("next one", &self.next_refresh),
            with("expires", &self.expires),
            with("transfer", &self.transfer),
        ];
        parts.into_iter().flatten().collect::<Vec<String>>().join(", ")
    }
}
