//! A copy of the zone in the report.

use serde::Serialize;

use crate::dns::Serial;

/// How a copy was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By full zone transfer (RFC 5936).
    Axfr,
    /// From a master file (RFC 1035 section 5).
    ZoneFile,
}

/// How much of a copy was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it.
    Whole,
}

/// A copy of the zone.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct CopyReport {
    /// How it was read.
    pub method: Method,
    /// How much of it was read.
    pub coverage: Coverage,
    /// Records, the SOA counted once.
    pub records: u64,
    /// RRsets; exact where the records of each owner come together, as common servers send them.
    pub rrsets: u64,
    /// The version it is.
    pub serial: Serial,
    /// Bytes on the wire, or of the file and those that it includes.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// Records left out: not of this zone, or after the closing SOA.
    pub dropped: u64,
    /// Equal for equal copies, within one run.
    pub fingerprint: String,
    /// When the first of its signatures (RRSIG) expires, RFC 3339; null if it has none, or their type is ignored.
    #[schemars(extend("format" = "date-time"))]
    pub signatures_expire: Option<String>,
}
