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
    /// The changes since another version whose records were compared (IXFR).
    Changes,
    /// All records.
    Records,
    /// Some records: those that were asked for by queries.
    Sampled,
}

impl Compared {
    /// Returns what two links of a chain have both had compared at the least.
    pub(in crate::report) fn least(self, other: Self) -> Self {
        let order = [Self::None, Self::Serials, Self::Sampled, Self::Changes, Self::Records];
        order.into_iter().find(|it| *it == self || *it == other).unwrap_or(self)
    }

    /// The subject of what was compared, in text.
    pub(in crate::report) fn subject(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Serials => "serials",
            Self::Changes => "changes",
            Self::Records => "records",
            Self::Sampled => "a sample of the records",
        }
    }
}
