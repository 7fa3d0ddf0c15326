//! What was compared to reach the verdicts.

use serde::Serialize;

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// Nothing: fewer than two addresses, the zone file among them, could be held against each other.
    None,
    /// Only the SOA of each address.
    Serials,
    /// All records.
    Records,
    /// Some records: those that were asked for by queries.
    Sampled,
}

impl Compared {
    /// The subject of what was compared, in text.
    pub(in crate::report) fn subject(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Serials => "serials",
            Self::Records => "records",
            Self::Sampled => "a sample of the records",
        }
    }
}
