//! What is wrong in a master file, where, and what to write instead.

use std::fmt;

use crate::dns::name::{Name, NameError};
use crate::dns::position::Position;
use crate::dns::rtype::Rtype;

/// What is wrong in a master file, and where; `path:` before it makes a message.
///
/// It has several lines: what is wrong, the line of the file, a mark below it, and a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZonefileError {
    /// Where.
    pub spot: Position,
    /// What.
    pub fault: Fault,
}

impl ZonefileError {
    /// Returns it in one line, without the line of the file.
    pub fn brief(&self) -> String {
        format!("{}:{}: {}", self.spot.line, self.spot.column, self.fault)
    }
}

impl fmt::Display for ZonefileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\nhint: {}", self.brief(), self.spot.excerpt(), self.fault.hint())
    }
}

impl std::error::Error for ZonefileError {}

/// Something a field may be, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct What {
    /// With its article.
    pub(in crate::dns) is: &'static str,
    /// What to write.
    pub(in crate::dns) write: &'static str,
}

impl What {
    pub(in crate::dns) const fn new(is: &'static str, write: &'static str) -> Self {
        Self { is, write }
    }
}

/// What is wrong in a master file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A quotation mark has no second in its line.
    #[error("the quotation mark is not closed")]
    OpenQuote,
    /// A parenthesis has no second in the file.
    #[error("the parenthesis is not closed")]
    OpenParenthesis,
    /// A closing parenthesis has no first.
    #[error("the parenthesis closes nothing")]
    StrayParenthesis,
    /// A line, or all lines of an entry, have more octets than any record needs.
    #[error("the entry is longer than any record can be")]
    LongEntry,
    /// A line begins with `$` and another word than those of RFC 1035 and RFC 2308.
    #[error("`{0}` is not a directive")]
    Directive(String),
    /// The first line begins with white space.
    #[error("the record has no owner, and there is none before it to take over")]
    NoOwner,
    /// A record has no TTL, and nothing before it gives one.
    #[error("the record has no TTL, and there is none before it to take over")]
    NoTtl,
    /// An entry ends too early.
    #[error("the entry ends where {0} should stand")]
    Ends(&'static str),
    /// A word stands where the type should.
    #[error("`{0}` is neither an RR type nor a TTL nor a class")]
    NotAType(String),
    /// A record is of another class.
    #[error("the record is of class {0}")]
    Class(String),
    /// A record is of a type that only questions and messages have.
    #[error("{0} is a type of messages, and no zone holds it")]
    MessageType(Rtype),
    /// A word is not what should stand there.
    #[error("`{word}` is not {}", what.is)]
    Not {
        /// The word.
        word: String,
        /// What should stand there.
        what: What,
    },
    /// A word is no domain name.
    #[error("`{word}` is not a domain name: {reason}")]
    Name {
        /// The word.
        word: String,
        /// Why not.
        reason: NameError,
    },
    /// A backslash is not followed by a character or by three digits up to 255.
    #[error("a backslash escapes nothing")]
    Escape,
    /// A character string has more than 255 octets.
    #[error("the string is longer than 255 octets")]
    LongString,
    /// Words follow the last field of a record.
    #[error("`{word}` is too much: the data of {rtype} end before it")]
    TooMuch {
        /// The first of them.
        word: String,
        /// The type of the record.
        rtype: Rtype,
    },
    /// No form of a type is known here.
    #[error("no form of the data of {0} is known")]
    NoForm(Rtype),
    /// The octets of RFC 3597 are more or fewer than their number.
    #[error("{written} octets are written, and the length is {promised}")]
    Length {
        /// The number.
        promised: usize,
        /// The octets.
        written: usize,
    },
    /// The octets of RFC 3597 are not as the type promises.
    #[error("the octets are not those of a record of type {0}")]
    Form(Rtype),
    /// RDATA has more than 65535 octets.
    #[error("the data of the record have more than 65535 octets")]
    LongData,
    /// A parameter of SVCB stands twice in one record.
    #[error("the parameter `{0}` is given twice")]
    Twice(String),
    /// A second SOA, of other content.
    #[error("the zone has another SOA already, in line {0}")]
    SecondSoa(u64),
    /// A SOA of another zone.
    #[error("the SOA is of `{owner}`, and not of `{zone}`")]
    OtherZone {
        /// Its owner.
        owner: String,
        /// The zone that is read.
        zone: Name,
    },
    /// A file to be included cannot be read.
    #[error("the file `{path}` cannot be included: {reason}")]
    Include {
        /// The path, as it was tried.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A range of `$GENERATE` has too many numbers.
    #[error("the range has more than {0} numbers")]
    LongRange(u64),
    /// A modifier of `$GENERATE` is none.
    #[error("`{0}` is not a modifier")]
    Modifier(String),
}

impl Fault {
    /// Returns what to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::OpenQuote => r#"close it in the same line, or write `\"` for the character itself"#,
            Self::OpenParenthesis => "add `)` where the record ends",
            Self::StrayParenthesis => "remove it, or add `(` where the record goes on in the next line",
            Self::LongEntry => "is a quotation mark or a parenthesis missing further up?",
            Self::Directive(_) => "known are $ORIGIN, $TTL, $INCLUDE and $GENERATE",
            Self::NoOwner => "begin the line with the name of the record, or `@` for the zone itself",
            Self::NoTtl => "write `$TTL 3600` in front of all records, or a TTL behind the owner",
            Self::Ends(_) => "write the whole record in one line, or in several between `(` and `)`",
            Self::NotAType(_) => {
                r"write OWNER [TTL] [IN] TYPE DATA; other types as TYPE65280 \# LENGTH HEX (RFC 3597)"
            }
            Self::Class(_) => "zones of class IN are compared, and no others; leave the class out",
            Self::MessageType(_) => "remove the record",
            Self::Not { what, .. } => return format!("write {}", what.write),
            Self::Name { .. } => {
                "labels of 1 to 63 octets between dots, 255 octets in all; without a final dot below the origin"
            }
            Self::Escape => r"write `\\` for a backslash, and `\DDD` for an octet from 000 to 255",
            Self::LongString => "cut it into several strings, as in \"one\" \"two\"",
            Self::TooMuch { .. } => "put text with spaces in quotes; a comment begins with `;`",
            Self::NoForm(_) => r"write the data as `\# LENGTH HEX` (RFC 3597)",
            Self::Length { .. } => r"write the number of octets behind `\#`, then two digits for each",
            Self::Form(_) => "write the data in the form of the type",
            Self::LongData => "no record can be so large",
            Self::Twice(_) => "remove one",
            Self::SecondSoa(_) => "a zone has one SOA; remove one of them",
            Self::OtherZone { .. } => "is it the file of another zone? or is a final dot missing or too many?",
            Self::Include { .. } => "a path is taken from the folder of the file that includes it",
            Self::LongRange(_) => "use several, or a step: START-STOP/STEP",
            Self::Modifier(_) => "write ${OFFSET,WIDTH,BASE}, where BASE is d, o, x, X, n or N",
        }
        .to_owned()
    }
}
