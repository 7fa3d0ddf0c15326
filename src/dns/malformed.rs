//! Why a message cannot be parsed.

/// Why a message cannot be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The message ends inside its header, a name, or a record.
    #[error("the message ends in the middle of a record")]
    UnexpectedEnd,
    /// A compression pointer does not point backwards.
    #[error("a compression pointer does not point backwards")]
    Pointer,
    /// A label begins with the bits 01 or 10 (RFC 6891 section 5).
    #[error("a label is of an unknown type")]
    LabelType,
    /// A name has more than 255 octets.
    #[error("a name is longer than 255 octets")]
    LongName,
    /// The names in the RDATA do not fit its length.
    #[error("the length of a record does not fit its names")]
    Rdata,
    /// A record of a zone is not of class IN.
    #[error("a record is not of class IN")]
    NotClassIn,
    /// The message holds more than one question.
    #[error("the message holds {0} questions")]
    TooManyQuestions(u16),
}
