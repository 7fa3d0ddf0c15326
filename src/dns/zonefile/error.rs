//! What is wrong in a zone file, where, and what to write instead.

use std::fmt;

use crate::dns::name::{Name, NameError};
use crate::dns::position::Excerpt;
use crate::dns::rdata::RdataDefect;
use crate::dns::rtype::Rtype;

/// An error in a zone file; `path:` in front of it makes a message.
///
/// The message has several lines: what is wrong, the line of the file, the marks below it, and a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneFileParseError {
    /// The line of the file, with the error marked.
    pub excerpt: Excerpt,
    /// What is wrong.
    pub kind: ZoneFileErrorKind,
}

impl ZoneFileParseError {
    /// Prints the first line of the message.
    pub fn brief(&self) -> String {
        format!("{}: {}", self.excerpt.position, self.kind)
    }
}

impl fmt::Display for ZoneFileParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\nhint: {}", self.brief(), self.excerpt, self.kind.hint())
    }
}

impl std::error::Error for ZoneFileParseError {}

/// What a token has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its name, with the article.
    pub(in crate::dns) name: &'static str,
    /// How it is written.
    pub(in crate::dns) syntax: &'static str,
}

impl Expected {
    pub(in crate::dns) const fn new(name: &'static str, syntax: &'static str) -> Self {
        Self { name, syntax }
    }
}

/// What is wrong in a zone file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneFileErrorKind {
    /// A quoted string has no closing quotation mark in its line.
    #[error("the quotation mark is not closed")]
    UnclosedQuote,
    /// An opening parenthesis has no closing one in the file.
    #[error("the parenthesis is not closed")]
    UnclosedParenthesis,
    /// A closing parenthesis has no opening one.
    #[error("the parenthesis was not opened")]
    UnopenedParenthesis,
    /// An entry is longer than any record can be.
    #[error("the entry is longer than any record can be")]
    EntryTooLong,
    /// A line begins with `$` and no known directive (RFC 1035, RFC 2308, `$GENERATE`).
    #[error("`{0}` is not a directive")]
    UnknownDirective(String),
    /// A file of DS records has a directive that brings in more records than its lines hold.
    #[error("only `$ORIGIN` and `$TTL` can stand in a file of DS records")]
    DirectiveInDsFile,
    /// An entry ends where another token is required.
    #[error("the entry ends where {0} is required")]
    MissingToken(&'static str),
    /// A token is none of those that may stand between the owner and the data.
    #[error("`{0}` is neither an RR type nor a TTL nor a class")]
    UnknownType(String),
    /// A record is of a class other than IN.
    #[error("the record is of class {0}")]
    UnsupportedClass(String),
    /// A record is of a type that only queries and messages have.
    #[error("no zone holds records of type {0}")]
    MetaType(Rtype),
    /// A token is not what is expected there.
    #[error("`{token}` is not {}", expected.name)]
    Unexpected {
        /// The token.
        token: String,
        /// What is expected.
        expected: Expected,
    },
    /// A token is not a domain name.
    #[error("`{token}` is not a domain name: {reason}")]
    InvalidName {
        /// The token.
        token: String,
        /// Why not.
        reason: NameError,
    },
    /// A backslash is not followed by a character or by three digits up to 255.
    #[error("the escape sequence is not valid")]
    InvalidEscape,
    /// A character string has more than 255 octets.
    #[error("the string is longer than 255 octets")]
    StringTooLong,
    /// A token follows the last field of the RDATA.
    #[error("`{token}` follows the end of the {rtype} data")]
    ExtraToken {
        /// The token.
        token: String,
        /// The type of the record.
        rtype: Rtype,
    },
    /// The RDATA format of a type is not known.
    #[error("the format of {0} data is not known")]
    UnknownFormat(Rtype),
    /// The octets of RFC 3597 do not have the declared length.
    #[error("the length is {declared}, and {found} octets follow")]
    LengthMismatch {
        /// The declared length.
        declared: usize,
        /// The number of octets.
        found: usize,
    },
    /// The octets of RFC 3597 are not RDATA of the type.
    #[error("the octets are not valid {0} data: {1}")]
    InvalidRdata(Rtype, RdataDefect),
    /// RDATA has more than 65535 octets.
    #[error("the data of the record have more than 65535 octets")]
    RdataTooLong,
    /// A record has a parameter of SVCB twice.
    #[error("the parameter `{0}` is given twice")]
    DuplicateParameter(String),
    /// The zone has another SOA with other content.
    #[error("the zone has another SOA already, in line {0}")]
    SecondSoa(u64),
    /// The owner of a SOA is below the zone, or the file has only SOAs of other zones.
    #[error("the SOA is of `{owner}`, and not of `{zone}`")]
    SoaOfOtherZone {
        /// The owner of the SOA.
        owner: String,
        /// The zone that is read.
        zone: Name,
    },
    /// The file of `$INCLUDE` cannot be read.
    #[error("the file `{path}` cannot be included: {reason}")]
    UnreadableInclude {
        /// The path of the file.
        path: String,
        /// Why it cannot be read.
        reason: String,
    },
    /// The range of `$GENERATE` has too many numbers.
    #[error("the range has more than {0} numbers")]
    RangeTooLong(u64),
    /// A modifier of `$GENERATE` is malformed.
    #[error("`{0}` is not a modifier")]
    InvalidModifier(String),
}

impl ZoneFileErrorKind {
    /// Says what to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::UnclosedQuote => r#"close it in the same line, or write `\"` for the character itself"#,
            Self::UnclosedParenthesis => "add `)` where the record ends",
            Self::UnopenedParenthesis => "remove it, or add `(` where the record goes on in the next line",
            Self::EntryTooLong => "is a quotation mark or a parenthesis missing further up?",
            Self::UnknownDirective(_) => "known are $ORIGIN, $TTL, $INCLUDE, $GENERATE and $DATE",
            Self::DirectiveInDsFile => "write the records themselves",
            Self::MissingToken(_) => "write the whole record in one line, or in several between `(` and `)`",
            Self::UnknownType(_) => {
                r"write OWNER [TTL] [IN] TYPE DATA; other types as TYPE65280 \# LENGTH HEX (RFC 3597)"
            }
            Self::UnsupportedClass(_) => "zones of class IN are compared, and no others; leave the class out",
            Self::MetaType(_) => "remove the record",
            Self::Unexpected { expected, .. } => return format!("write {}", expected.syntax),
            Self::InvalidName { .. } => {
                "labels of 1 to 63 octets between dots, 255 octets in all; without a final dot below the origin"
            }
            Self::InvalidEscape => r"write `\\` for a backslash, and `\DDD` for an octet from 000 to 255",
            Self::StringTooLong => "cut it into several strings, as in \"one\" \"two\"",
            Self::ExtraToken { .. } => "put text with spaces in quotes; a comment begins with `;`",
            Self::UnknownFormat(_) => r"write the data as `\# LENGTH HEX` (RFC 3597)",
            Self::LengthMismatch { .. } => {
                r"write the number of octets behind `\#`, then two digits for each"
            }
            Self::InvalidRdata(..) => "write the data in the format of the type",
            Self::RdataTooLong => "no record can be so large",
            Self::DuplicateParameter(_) => "remove one",
            Self::SecondSoa(_) => "a zone has one SOA; remove one of them",
            Self::SoaOfOtherZone { .. } => {
                "is it the file of another zone? or is a final dot missing or too many?"
            }
            Self::UnreadableInclude { .. } => "a path is relative to the folder of the file that includes it",
            Self::RangeTooLong(_) => "use several, or a step: START-STOP/STEP",
            Self::InvalidModifier(_) => "write ${OFFSET,WIDTH,BASE}, where BASE is d, o, x, X, n or N",
        }
        .to_owned()
    }
}
