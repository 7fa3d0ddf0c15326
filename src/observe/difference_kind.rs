//! How an RRset differs from the reference's.

/// How an RRset differs, seen from the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DifferenceKind {
    /// It is in the reference, and not here.
    Missing,
    /// It is here, and not in the reference.
    Extra,
    /// The data differ.
    Changed,
    /// Only the TTL differs.
    Ttl,
    /// The answer to a query for it is of another sort than the reference's records require.
    Answer,
}

impl DifferenceKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Extra, Self::Changed, Self::Ttl, Self::Answer];
}
