//! A copy of the zone in the report.

use serde::Serialize;

use super::names::{CoverageName, as_json};
use crate::compare::Coverage;
use crate::dns::Serial;

/// How a copy was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By full zone transfer (RFC 5936).
    Axfr,
    /// From a zone file (RFC 1035 section 5).
    ZoneFile,
}

/// A copy of the zone.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct CopyReport {
    /// How it was read.
    pub method: Method,
    /// How much of it was read.
    #[serde(serialize_with = "as_json::<_, CoverageName, _>")]
    #[schemars(with = "CoverageName")]
    pub coverage: Coverage,
    /// The number of records, with the SOA counted once.
    pub records: u64,
    /// The number of RRsets; exact if the records of each owner are adjacent, as usual servers send them.
    pub rrsets: u64,
    /// The serial of the copy.
    pub serial: Serial,
    /// Bytes of the transfer, or of the zone file and the files it includes.
    pub bytes: u64,
    /// How long reading it took.
    pub seconds: f64,
    /// The number of records left out: outside the zone, or after the closing SOA.
    pub dropped: u64,
    /// Equal for copies with equal content, within one run.
    pub fingerprint: String,
    /// When the first of its signatures (RRSIG) expires, RFC 3339; null if it has none, or their type is ignored.
    #[schemars(extend("format" = "date-time"))]
    pub signatures_expire: Option<String>,
}
