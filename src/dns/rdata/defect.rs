//! Why octets are not RDATA of a type, for messages.

/// Why octets are not RDATA of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RdataDefect {
    /// They end before the end of a field.
    #[error("they end within {0}")]
    Truncated(&'static str),
    /// Octets follow the last field.
    #[error("{0} too many")]
    Surplus(usize),
    /// A field does not have its form.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// A digest does not have the length of its type.
    #[error("the length of the digest is {found}, and its type requires {expected}")]
    DigestLength {
        /// The octets that are there.
        found: usize,
        /// The octets of a digest of the type.
        expected: usize,
    },
}
