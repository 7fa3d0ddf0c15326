//! What was expected of a zone, in the report.

use serde::Serialize;

/// Something that was expected of a zone.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Expectation {
    /// What kind of thing it is.
    pub kind: ExpectationKind,
    /// What was expected.
    pub expected: String,
    /// Whether every server meets it.
    pub met: bool,
    /// Every address that was asked.
    pub servers: Vec<ExpectationAnswer>,
}

/// What may be expected of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExpectationKind {
    /// A serial.
    Serial,
    /// An RRset.
    Rrset,
    /// That there is no RRset of a name and type.
    Absent,
    /// That nothing else differs from a baseline.
    OnlyChanged,
    /// What a zone file says.
    ZoneFile,
}

/// What one address shows of what was expected.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ExpectationAnswer {
    /// The server's name.
    pub server: String,
    /// Its address and port.
    pub address: String,
    /// Whether this address meets it.
    pub met: bool,
    /// What was found there; null if it gave no usable answer.
    pub found: Option<String>,
}
