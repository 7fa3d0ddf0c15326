//! What is expected of every server of a zone.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::dns::rdata::to_text;
use crate::dns::{Name, Rtype, Serial};

/// A serial that every server should serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedSerial {
    /// This one.
    Exactly(Serial),
    /// This one or a newer one (RFC 1982).
    AtLeast(Serial),
}

/// Something that every server should serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A serial.
    Serial(WantedSerial),
    /// An RRset, with exactly these records.
    Rrset(WantedRrset),
    /// A record of an RRset, which may have others.
    Contains(WantedRecord),
    /// No RRset of this owner name and type.
    Absent(Name, Rtype),
    /// An RRset without this record, or none at all.
    Lacks(WantedRecord),
}

/// A record that is expected, or expected to be absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedRecord {
    /// The owner name.
    pub owner: Name,
    /// The type.
    pub rtype: Rtype,
    /// The TTL, if the expectation states one.
    pub ttl: Option<u32>,
    /// The RDATA, in canonical form.
    pub rdata: Vec<u8>,
}

/// An RRset that every server should serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedRrset {
    /// The owner name.
    pub owner: Name,
    /// The type.
    pub rtype: Rtype,
    /// The TTL, if the expectation states one.
    pub ttl: Option<u32>,
    /// The RDATA of all its records, in canonical form.
    pub rdata: BTreeSet<Vec<u8>>,
}

impl FromStr for WantedSerial {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let least = text.strip_suffix('+').or_else(|| text.strip_prefix(">="));
        let digits = least.unwrap_or(text).trim();
        let serial = Some(digits).filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
        let serial = serial.and_then(|it| it.parse().ok()).map(Serial).ok_or_else(|| {
            format!(
                "`{}` is not a serial; write N, or N+ for N and all newer ones, up to 4294967295",
                text.escape_debug()
            )
        })?;
        Ok(if least.is_some() { Self::AtLeast(serial) } else { Self::Exactly(serial) })
    }
}

impl fmt::Display for WantedSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(serial) => write!(f, "{serial}"),
            Self::AtLeast(serial) => write!(f, "{serial} or newer"),
        }
    }
}

impl Wanted {
    /// The owner name and type to query for; none for a serial, which every check asks for anyway.
    pub(crate) fn question(&self) -> Option<(&Name, Rtype)> {
        match self {
            Self::Serial(_) => None,
            Self::Rrset(rrset) => Some((&rrset.owner, rrset.rtype)),
            Self::Contains(record) | Self::Lacks(record) => Some((&record.owner, record.rtype)),
            Self::Absent(owner, rtype) => Some((owner, *rtype)),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(serial) => write!(f, "serial {serial}"),
            Self::Rrset(WantedRrset { owner, rtype, ttl, rdata }) => {
                let records = rdata.iter().map(|rdata| record_text(*ttl, *rtype, rdata));
                write!(f, "{owner} {}", records.collect::<Vec<_>>().join(", "))
            }
            Self::Contains(WantedRecord { owner, rtype, ttl, rdata }) => {
                write!(f, "at least {owner} {}", record_text(*ttl, *rtype, rdata))
            }
            Self::Absent(owner, rtype) => write!(f, "{owner} no {rtype}"),
            Self::Lacks(WantedRecord { owner, rtype, ttl, rdata }) => {
                write!(f, "{owner} no {}", record_text(*ttl, *rtype, rdata))
            }
        }
    }
}

/// Writes a record without its owner: `300 A 192.0.2.1`.
pub(super) fn record_text(ttl: Option<u32>, rtype: Rtype, rdata: &[u8]) -> String {
    let ttl = ttl.map(|ttl| format!("{ttl} ")).unwrap_or_default();
    format!("{ttl}{rtype} {}", to_text(rtype, rdata))
}
