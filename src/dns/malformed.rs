//! Why a message cannot be read.

/// What is wrong with a message that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It ends inside a header, a name, or a record.
    #[error("the message ends in the middle of a record")]
    Short,
    /// A compression pointer does not point backwards.
    #[error("a compression pointer does not point backwards")]
    Pointer,
    /// A label starts with bits 01 or 10 (RFC 6891 section 5, RFC 2673).
    #[error("a label is of unknown kind")]
    Label,
    /// A name has more than 255 octets.
    #[error("a name is longer than 255 octets")]
    LongName,
    /// The names in RDATA do not fit its length.
    #[error("the length of a record does not fit its names")]
    Rdata,
    /// A record is of another class than the zone.
    #[error("a record is not of class IN")]
    Class,
    /// It holds more than one question.
    #[error("the message holds {0} questions")]
    Questions(u16),
}
