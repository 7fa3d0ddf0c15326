//! Why a line of a list of zones cannot be read.

use crate::plan::{ParseServerError, TypedNameError};

/// The maximum number of bytes of a line that is not a comment.
pub const MAX_LINE_BYTES: usize = 64 << 10;

/// Why a line of a list of zones cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The line is too long.
    #[error("the line has more than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// The line is not UTF-8; the first byte that is not, counted from 1.
    #[error("it is not UTF-8: see byte {0}")]
    NotUtf8(usize),
    /// There is a control character.
    #[error("it has the control character U+{:04X}", u32::from(*.0))]
    ControlCharacter(char),
    /// The text is not the name of a zone.
    #[error("`{}` is not the name of a zone: {reason}", text.escape_debug())]
    InvalidZone {
        /// The text.
        text: String,
        /// Why not.
        reason: TypedNameError,
    },
    /// The line ends within an object.
    #[error(
        "the line ends within the JSON object; the input may be cut off, and an object must be on one line"
    )]
    CutOff,
    /// The line is not a JSON object; the message of the parser.
    #[error("this is not a JSON object: {0}")]
    Json(String),
    /// A key is not known.
    #[error("the key `{}` is not known; {hint}", key.escape_debug())]
    UnknownKey {
        /// The key.
        key: String,
        /// What is meant.
        hint: String,
    },
    /// The value of a key is of another kind.
    #[error("`{key}` must be {expected}, and not {found}")]
    WrongKind {
        /// The key.
        key: &'static str,
        /// The kind that is needed, with its article.
        expected: &'static str,
        /// The kind that is there, with its article.
        found: &'static str,
    },
    /// The object names no zone.
    #[error("the key `zone` is missing")]
    NoZone,
    /// All lists of servers are empty; the first of them.
    #[error("`{0}` is empty; leave it out where the zone has the usual servers")]
    NoServers(&'static str),
    /// A server cannot be parsed.
    #[error("`{key}`: {error}")]
    InvalidServer {
        /// The key of its list.
        key: &'static str,
        /// What is wrong.
        error: ParseServerError,
    },
}
