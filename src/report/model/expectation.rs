//! What was expected of a zone, in the report.

use serde::Serialize;

/// An expectation of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Expectation {
    /// The kind of the expectation.
    pub kind: ExpectationKind,
    /// What was expected.
    pub expected: String,
    /// Whether all addresses meet it.
    pub met: bool,
    /// What each address has.
    pub servers: Vec<ExpectationAnswer>,
}

/// The kind of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExpectationKind {
    /// A serial.
    Serial,
    /// An RRset.
    Rrset,
    /// A record of an RRset, which may have others.
    Contains,
    /// The absence of an RRset, or of a record.
    Absent,
    /// No difference from a baseline but the permitted ones.
    OnlyChanged,
    /// The content of a zone file.
    ZoneFile,
}

/// What one address has of an expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ExpectationAnswer {
    /// The name of the server.
    pub server: String,
    /// The address and port; null if the server was not asked at any address.
    pub address: Option<String>,
    /// Whether the address meets the expectation.
    pub met: bool,
    /// What was found; null if there is no usable answer.
    pub found: Option<String>,
}
