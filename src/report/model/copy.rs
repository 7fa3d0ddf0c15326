//! A copy of the zone in the report.

use serde::Serialize;

use super::names::{CoverageName, TransportName, as_json, as_json_if_known};
use super::validation::{ValidationReport, ZonemdReport};
use crate::compare::Coverage;
use crate::dns::Serial;
use crate::observe::Transport;
use crate::report::text;

/// How a copy was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By full zone transfer (RFC 5936).
    Axfr,
    /// From a zone file (RFC 1035 section 5).
    ZoneFile,
    /// By queries, RRset by RRset.
    Queries,
}

/// A copy of the zone.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct CopyReport {
    /// How it was read.
    pub method: Method,
    /// What it was read over; null for a file, and for queries over UDP and TCP.
    #[serde(serialize_with = "as_json_if_known::<_, TransportName, _>")]
    #[schemars(with = "Option<TransportName>")]
    pub transport: Option<Transport>,
    /// How much of it was read.
    #[serde(serialize_with = "as_json::<_, CoverageName, _>")]
    #[schemars(with = "CoverageName")]
    pub coverage: Coverage,
    /// The number of RRsets that were asked for and answered; null for transfers and files.
    pub asked: Option<u64>,
    /// The number of RRsets that queries can see; null for transfers and files, and where nobody knows.
    pub askable: Option<u64>,
    /// Whether the RRsets were drawn at random.
    #[serde(skip)]
    pub is_drawn: bool,
    /// The number of records, with the SOA counted once.
    pub records: u64,
    /// The number of RRsets; exact if the records of each owner are adjacent, as usual servers send them.
    pub rrsets: u64,
    /// The serial of the copy.
    pub serial: Serial,
    /// Bytes of the transfer, of the answers, or of the zone file and the files it includes.
    pub bytes: u64,
    /// How long reading it took.
    pub seconds: f64,
    /// The number of records left out: outside the zone, or after the closing SOA.
    pub dropped: u64,
    /// Equal for copies with equal content, within one run; null for a copy that was read by queries.
    pub fingerprint: Option<String>,
    /// When the first of its signatures (RRSIG) expires, RFC 3339; null if it has none, or their type is ignored.
    #[schemars(extend("format" = "date-time"))]
    pub signatures_expire: Option<String>,
    /// The result of verifying its signatures; null if they were not verified.
    pub validation: Option<ValidationReport>,
    /// The result of verifying the digest that it carries itself (RFC 8976); null if it has no ZONEMD record, or the
    /// type is ignored.
    pub zonemd: Option<ZonemdReport>,
}

impl CopyReport {
    /// Describes how many of its signatures are valid: `2,480 of 2,481 signatures verified`; `None` if they were not
    /// verified, or there are none.
    pub(in crate::report) fn verified_in_words(&self) -> Option<String> {
        let validation = self.validation.as_ref().filter(|validation| validation.signatures > 0)?;
        let noun = if validation.signatures == 1 { "signature" } else { "signatures" };
        let all = format!("{} {noun}", text::grouped(validation.signatures));
        Some(if validation.valid == validation.signatures {
            format!("{all} verified")
        } else {
            format!("{} of {all} verified", text::grouped(validation.valid))
        })
    }

    /// Whether it was read by queries, and not every RRset that queries can see was asked for.
    pub(in crate::report) fn is_sample(&self) -> bool {
        self.asked.is_some_and(|asked| self.askable.is_none_or(|askable| asked < askable))
    }

    /// Describes how much was asked by queries: `500 of 12,000 RRsets`; `None` if it was not read by queries.
    pub(in crate::report) fn asked_in_words(&self) -> Option<String> {
        let asked = text::grouped(self.asked?);
        Some(match self.askable {
            Some(1) => "1 RRset".to_owned(),
            Some(askable) if !self.is_sample() => format!("{} RRsets", text::grouped(askable)),
            Some(askable) => format!("{asked} of {} RRsets", text::grouped(askable)),
            None => format!("{asked} RRsets of an unknown number"),
        })
    }
}
