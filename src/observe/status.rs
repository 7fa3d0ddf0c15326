//! What a server says of its own copy of a zone, asked over its control channel.
//!
//! It is quoted beside a verdict, and never evidence for one: servers say when they will try again, and hardly ever why
//! it failed.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::dns::Serial;

/// What a server says of its own copy of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerStatus {
    /// The software that was asked.
    pub software: StatusSoftware,
    /// What it said, or why nothing is known.
    pub zone: Result<ZoneStatus, StatusFailure>,
}

/// The software of a server, which decides what can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusSoftware {
    /// The statistics channel of BIND.
    Bind,
    /// The API of PowerDNS.
    PowerDns,
    /// `nsd-control`.
    Nsd,
    /// `knotc`.
    Knot,
}

impl StatusSoftware {
    /// All names, in the order of the JSON report's documentation.
    pub const NAMES: &'static [&'static str] = &["bind", "powerdns", "nsd", "knot"];

    /// The name in the JSON report, and the key in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::PowerDns => "powerdns",
            Self::Nsd => "nsd",
            Self::Knot => "knot",
        }
    }
}

/// What a server says of one zone; no software says all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneStatus {
    /// The serial of its copy; `None` if it says that it has none.
    pub serial: Option<Serial>,
    /// When it asks its primary next.
    pub next_refresh: Option<SystemTime>,
    /// When its copy expires.
    pub expires: Option<SystemTime>,
    /// When it last found its copy to be current, or made it so.
    pub last_good_check: Option<SystemTime>,
    /// The transfer that is under way, in its own words, escaped.
    pub transfer: Option<String>,
    /// What else it says of its state, in its own words, escaped.
    pub state: Option<String>,
}

impl ZoneStatus {
    /// Adds when the last check was good, where the server only says when its copy expires: each good check lets it
    /// live for the EXPIRE of the SOA.
    #[must_use]
    pub fn with_expire_of_soa(self, expire: u32) -> Self {
        let began = || self.expires?.checked_sub(Duration::from_secs(expire.into()));
        Self { last_good_check: self.last_good_check.or_else(began), ..self }
    }
}

/// Why it is not known what a server says of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusFailure {
    /// Its answer was not complete in time.
    Timeout,
    /// The questions about other zones took all the time that there was.
    NoTurn,
    /// There is no connection, as the system says.
    Unreachable(String),
    /// It answered over HTTP with another status than 200.
    HttpStatus(u16),
    /// Its answer has more bytes than this.
    TooLarge(usize),
    /// Its answer cannot be read; the reason, escaped.
    Malformed(String),
    /// The program cannot be run, as the system says.
    NotRun(String),
    /// The program failed, and said this, escaped.
    CommandFailed(String),
    /// The name of the zone has characters that a shell on the way would not take as they are.
    NameNotPassed,
    /// The server says that it has no such zone.
    UnknownZone,
    /// The server has the zone in several views, and not the same in all; their names, escaped.
    SeveralViews(Vec<String>),
}

impl StatusFailure {
    /// All kinds, in the order of the JSON report's documentation.
    pub const KINDS: &'static [&'static str] = &[
        "timeout",
        "unreachable",
        "http_status",
        "limit_exceeded",
        "malformed",
        "command_failed",
        "name_not_passed",
        "unknown_zone",
        "several_views",
    ];

    /// The kind of the failure in the JSON report.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Timeout | Self::NoTurn => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::HttpStatus(_) => "http_status",
            Self::TooLarge(_) => "limit_exceeded",
            Self::Malformed(_) => "malformed",
            Self::NotRun(_) | Self::CommandFailed(_) => "command_failed",
            Self::NameNotPassed => "name_not_passed",
            Self::UnknownZone => "unknown_zone",
            Self::SeveralViews(_) => "several_views",
        }
    }

    /// Whether the channel itself fails, so that another question would fare no better now.
    pub fn is_of_channel(&self) -> bool {
        match self {
            Self::Timeout
            | Self::Unreachable(_)
            | Self::HttpStatus(_)
            | Self::TooLarge(_)
            | Self::Malformed(_)
            | Self::NotRun(_) => true,
            Self::NoTurn
            | Self::CommandFailed(_)
            | Self::NameNotPassed
            | Self::UnknownZone
            | Self::SeveralViews(_) => false,
        }
    }
}

impl fmt::Display for StatusFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer before the deadline"),
            Self::NoTurn => f.write_str("not asked in time, since it was asked about other zones"),
            Self::Unreachable(why) => write!(f, "it cannot be reached: {why}"),
            Self::HttpStatus(status @ (401 | 403)) => {
                write!(f, "it refused to answer (HTTP status {status})")
            }
            Self::HttpStatus(status @ 300..=399) => {
                write!(f, "it answered with HTTP status {status}, and redirections are not followed")
            }
            Self::HttpStatus(status) => write!(f, "it answered with HTTP status {status}"),
            Self::TooLarge(bytes) => write!(f, "its answer has more than {bytes} bytes"),
            Self::Malformed(why) => write!(f, "its answer cannot be read: {why}"),
            Self::NotRun(why) => write!(f, "the program cannot be run: {why}"),
            Self::CommandFailed(said) if said.is_empty() => f.write_str("the program failed"),
            Self::CommandFailed(said) => write!(f, "the program failed: {said}"),
            Self::NameNotPassed => {
                f.write_str("the name of the zone has characters that are passed to no command")
            }
            Self::UnknownZone => f.write_str("it says that it has no such zone"),
            Self::SeveralViews(views) => {
                write!(f, "it has the zone in several views, and not the same in all: {}", views.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_check_was_as_long_before_the_expiry_as_the_soa_says() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let expiring = |expires, last_good_check| {
            let status = ZoneStatus { expires, last_good_check, ..ZoneStatus::default() };
            status.with_expire_of_soa(1000).last_good_check
        };
        assert_eq!(expiring(at(5000), None), at(4000));
        assert_eq!(expiring(at(5000), at(4500)), at(4500), "it said so itself");
        assert_eq!(expiring(None, None), None);
    }

    #[test]
    fn every_kind_of_failure_is_listed() {
        let failures = [
            StatusFailure::Timeout,
            StatusFailure::NoTurn,
            StatusFailure::Unreachable(String::new()),
            StatusFailure::HttpStatus(404),
            StatusFailure::TooLarge(1),
            StatusFailure::Malformed(String::new()),
            StatusFailure::NotRun(String::new()),
            StatusFailure::CommandFailed(String::new()),
            StatusFailure::NameNotPassed,
            StatusFailure::UnknownZone,
            StatusFailure::SeveralViews(Vec::new()),
        ];
        let mut kinds: Vec<&str> = failures.iter().map(StatusFailure::kind).collect();
        kinds.dedup();
        assert_eq!(kinds, StatusFailure::KINDS);
    }
}
