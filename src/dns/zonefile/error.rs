//! What is wrong in a master file, where, and what to write instead.

use std::fmt;

use crate::dns::name::{Name, NameError};
use crate::dns::position::Excerpt;
use crate::dns::rtype::Rtype;

/// What is wrong in a master file, and where; `path:` before it makes a message.
///
/// It has several lines: what is wrong, the line of the file, a mark below it, and a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZonefileParseError {
    /// Where.
    pub excerpt: Excerpt,
    /// What.
    pub kind: ZonefileErrorKind,
}

impl ZonefileParseError {
    /// Returns it in one line, without the line of the file.
    pub fn brief(&self) -> String {
        format!("{}: {}", self.excerpt.position, self.kind)
    }
}

impl fmt::Display for ZonefileParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\nhint: {}", self.brief(), self.excerpt, self.kind.hint())
    }
}

impl std::error::Error for ZonefileParseError {}

/// Something a field may be, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// With its article.
    pub(in crate::dns) is: &'static str,
    /// What to write.
    pub(in crate::dns) write: &'static str,
}

impl Expected {
    pub(in crate::dns) const fn new(is: &'static str, write: &'static str) -> Self {
        Self { is, write }
    }
}

/// What is wrong in a master file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZonefileErrorKind {
    /// A quotation mark has no second in its line.
    #[error("the quotation mark is not closed")]
    UnclosedQuote,
    /// A parenthesis has no second in the file.
    #[error("the parenthesis is not closed")]
    UnclosedParenthesis,
    /// A closing parenthesis has no first.
    #[error("the parenthesis closes nothing")]
    UnopenedParenthesis,
    /// A line, or all lines of an entry, have more octets than any record needs.
    #[error("the entry is longer than any record can be")]
    EntryTooLong,
    /// A line begins with `$` and another word than those of RFC 1035 and RFC 2308.
    #[error("`{0}` is not a directive")]
    UnknownDirective(String),
    /// The first line begins with white space.
    #[error("the record has no owner, and there is none before it to take over")]
    NoOwner,
    /// A record has no TTL, and nothing before it gives one.
    #[error("the record has no TTL, and there is none before it to take over")]
    NoTtl,
    /// An entry ends too early.
    #[error("the entry ends where {0} should stand")]
    MissingToken(&'static str),
    /// A word stands where the type should.
    #[error("`{0}` is neither an RR type nor a TTL nor a class")]
    UnknownType(String),
    /// A record is of another class.
    #[error("the record is of class {0}")]
    UnsupportedClass(String),
    /// A record is of a type that only questions and messages have.
    #[error("{0} is a type of messages, and no zone holds it")]
    MetaType(Rtype),
    /// A word is not what should stand there.
    #[error("`{token}` is not {}", expected.is)]
    Unexpected {
        /// The word.
        token: String,
        /// What should stand there.
        expected: Expected,
    },
    /// A word is no domain name.
    #[error("`{token}` is not a domain name: {reason}")]
    InvalidName {
        /// The word.
        token: String,
        /// Why not.
        reason: NameError,
    },
    /// A backslash is not followed by a character or by three digits up to 255.
    #[error("a backslash escapes nothing")]
    InvalidEscape,
    /// A character string has more than 255 octets.
    #[error("the string is longer than 255 octets")]
    StringTooLong,
    /// Words follow the last field of a record.
    #[error("`{token}` is too much: the data of {rtype} end before it")]
    ExtraToken {
        /// The first of them.
        token: String,
        /// The type of the record.
        rtype: Rtype,
    },
    /// No form of a type is known here.
    #[error("no form of the data of {0} is known")]
    UnknownFormat(Rtype),
    /// The octets of RFC 3597 are more or fewer than their number.
    #[error("{written} octets are written, and the length is {promised}")]
    LengthMismatch {
        /// The number.
        promised: usize,
        /// The octets.
        written: usize,
    },
    /// The octets of RFC 3597 are not as the type promises.
    #[error("the octets are not those of a record of type {0}")]
    InvalidRdata(Rtype),
    /// RDATA has more than 65535 octets.
    #[error("the data of the record have more than 65535 octets")]
    RdataTooLong,
    /// A parameter of SVCB stands twice in one record.
    #[error("the parameter `{0}` is given twice")]
    DuplicateParameter(String),
    /// A second SOA, of other content.
    #[error("the zone has another SOA already, in line {0}")]
    SecondSoa(u64),
    /// A SOA of another zone.
    #[error("the SOA is of `{owner}`, and not of `{zone}`")]
    SoaOfOtherZone {
        /// Its owner.
        owner: String,
        /// The zone that is read.
        zone: Name,
    },
    /// A file to be included cannot be read.
    #[error("the file `{path}` cannot be included: {reason}")]
    UnreadableInclude {
        /// The path, as it was tried.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A range of `$GENERATE` has too many numbers.
    #[error("the range has more than {0} numbers")]
    RangeTooLong(u64),
    /// A modifier of `$GENERATE` is none.
    #[error("`{0}` is not a modifier")]
    InvalidModifier(String),
}

impl ZonefileErrorKind {
    /// Returns what to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::UnclosedQuote => r#"close it in the same line, or write `\"` for the character itself"#,
            Self::UnclosedParenthesis => "add `)` where the record ends",
            Self::UnopenedParenthesis => "remove it, or add `(` where the record goes on in the next line",
            Self::EntryTooLong => "is a quotation mark or a parenthesis missing further up?",
            Self::UnknownDirective(_) => "known are $ORIGIN, $TTL, $INCLUDE and $GENERATE",
            Self::NoOwner => "begin the line with the name of the record, or `@` for the zone itself",
            Self::NoTtl => "write `$TTL 3600` in front of all records, or a TTL behind the owner",
            Self::MissingToken(_) => "write the whole record in one line, or in several between `(` and `)`",
            Self::UnknownType(_) => {
                r"write OWNER [TTL] [IN] TYPE DATA; other types as TYPE65280 \# LENGTH HEX (RFC 3597)"
            }
            Self::UnsupportedClass(_) => "zones of class IN are compared, and no others; leave the class out",
            Self::MetaType(_) => "remove the record",
            Self::Unexpected { expected, .. } => return format!("write {}", expected.write),
            Self::InvalidName { .. } => {
                "labels of 1 to 63 octets between dots, 255 octets in all; without a final dot below the origin"
            }
            Self::InvalidEscape => r"write `\\` for a backslash, and `\DDD` for an octet from 000 to 255",
            Self::StringTooLong => "cut it into several strings, as in \"one\" \"two\"",
            Self::ExtraToken { .. } => "put text with spaces in quotes; a comment begins with `;`",
            Self::UnknownFormat(_) => r"write the data as `\# LENGTH HEX` (RFC 3597)",
            Self::LengthMismatch { .. } => r"write the number of octets behind `\#`, then two digits for each",
            Self::InvalidRdata(_) => "write the data in the form of the type",
            Self::RdataTooLong => "no record can be so large",
            Self::DuplicateParameter(_) => "remove one",
            Self::SecondSoa(_) => "a zone has one SOA; remove one of them",
            Self::SoaOfOtherZone { .. } => "is it the file of another zone? or is a final dot missing or too many?",
            Self::UnreadableInclude { .. } => "a path is taken from the folder of the file that includes it",
            Self::RangeTooLong(_) => "use several, or a step: START-STOP/STEP",
            Self::InvalidModifier(_) => "write ${OFFSET,WIDTH,BASE}, where BASE is d, o, x, X, n or N",
        }
        .to_owned()
    }
}
