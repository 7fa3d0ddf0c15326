//! How the records of an address are read, and what of a zone is asked of servers that are read by queries.

use std::fmt;
use std::str::FromStr;

use super::typed::{TypedNameError, parse_name};
use crate::dns::{Name, Rtype};

/// How the records of an address are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReadBy {
    /// By a transfer; by queries where the server refuses transfers.
    #[default]
    Auto,
    /// By a transfer only.
    Transfer,
    /// By queries; where the server transfers the zone too, its answers are compared with that copy as well.
    Query,
}

/// How much of a zone is asked of servers that are read by queries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cover {
    /// This number of RRsets, at least one.
    Count(u64),
    /// A share of all RRsets, above 0 and at most 1.
    Share(f64),
}

impl Cover {
    /// The number of RRsets that it is of so many.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no zone has 2^53 RRsets"
    )]
    pub fn of(self, rrsets: u64) -> u64 {
        match self {
            Self::Count(count) => count.min(rrsets),
            Self::Share(share) => (rrsets as f64 * share).ceil() as u64,
        }
    }
}

// A share is never NaN: `FromStr` admits numbers above 0 only.
impl Eq for Cover {}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            // The product of a share that was written in percent may be off in its last digits.
            Self::Share(share) => write!(f, "{}%", (share * 1e8).round() / 1e6),
        }
    }
}

/// Why a text does not say how much of a zone is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseCoverError {
    /// It is zero or negative.
    #[error("nothing would be asked; write a number of RRsets from 1, as in 500, or a share, as in 10%")]
    Nothing,
    /// It is a share of more than 100 %.
    #[error("a zone has no more than 100%; write 100% to ask all of it")]
    TooMuch,
    /// It is a fraction without a percent sign.
    #[error("RRsets are whole; write a number from 1, as in 500, or a share with its sign, as in 0.5%")]
    Fraction,
    /// It is neither a number nor a share.
    #[error("it is not a number; write a number of RRsets in digits, as in 500, or a share, as in 10%")]
    NotANumber,
}

impl FromStr for Cover {
    type Err = ParseCoverError;

    fn from_str(text: &str) -> Result<Self, ParseCoverError> {
        let text = text.trim();
        let (number, is_share) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (text, false),
        };
        // `f64` would take `inf`, `nan` and `1e3` too.
        let is_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
        let value = number.parse::<f64>().ok().filter(|_| number.bytes().all(is_number));
        let value = value.ok_or(ParseCoverError::NotANumber)?;
        if value <= 0.0 {
            return Err(ParseCoverError::Nothing);
        }
        if !is_share {
            let count = number.parse().map_err(|_| ParseCoverError::Fraction)?;
            return Ok(Self::Count(count));
        }
        if value > 100.0 {
            return Err(ParseCoverError::TooMuch);
        }
        Ok(Self::Share(value / 100.0))
    }
}

/// Why a text is not `OWNER` or `OWNER/TYPE`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseNamedRrsetError {
    /// The owner is not a name.
    #[error("`{}` is not a name: {reason}", owner.escape_debug())]
    Owner {
        /// The owner as written.
        owner: String,
        /// Why it is not a name.
        reason: TypedNameError,
    },
    /// The text behind the slash is not a type.
    #[error("`{}` is not an RR type; write OWNER/TYPE with a mnemonic or TYPE and its number, as in www.example.com/A", .0.escape_debug())]
    Type(String),
    /// The type is one of queries and messages, which no RRset has.
    #[error("no RRset has the type {0}; write OWNER/TYPE with the type of an RRset, or OWNER alone")]
    QueryType(Rtype),
    /// Signatures have no query of their own.
    #[error("{0} records are compared with the RRset that they sign; write its type, or OWNER alone")]
    Signature(Rtype),
    /// Hashed names cannot be asked.
    #[error("no server answers a query for {0} records; write another type, or OWNER alone")]
    Hashed(Rtype),
}

/// Parses `OWNER` or `OWNER/TYPE`: a fully qualified name to ask, and the type if one is named.
pub fn parse_named_rrset(text: &str) -> Result<(Name, Option<Rtype>), ParseNamedRrsetError> {
    // A name may hold a slash itself, as in `0/25.2.0.192.in-addr.arpa`: no type has a dot.
    let (owner, rtype) = match text.rsplit_once('/') {
        Some((owner, rtype)) if !rtype.contains('.') && !text.contains("://") => (owner, Some(rtype)),
        _ => (text, None),
    };
    let rtype = rtype.map(parse_askable_type).transpose()?;
    let error = |reason| ParseNamedRrsetError::Owner { owner: owner.to_owned(), reason };
    Ok((parse_name(owner).map_err(error)?, rtype))
}

/// Parses the type of an RRset that a query can ask for.
fn parse_askable_type(text: &str) -> Result<Rtype, ParseNamedRrsetError> {
    let rtype: Rtype = text.parse().map_err(|_| ParseNamedRrsetError::Type(text.to_owned()))?;
    match rtype {
        Rtype::RRSIG => Err(ParseNamedRrsetError::Signature(rtype)),
        Rtype::NSEC3 => Err(ParseNamedRrsetError::Hashed(rtype)),
        // Types of messages and QTYPEs (RFC 6895 section 3.1).
        Rtype::OPT | Rtype(128..=255) => Err(ParseNamedRrsetError::QueryType(rtype)),
        _ => Ok(rtype),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_is_a_number_of_rrsets_or_a_share() {
        for (text, cover, shown) in [
            ("500", Cover::Count(500), "500"),
            ("1", Cover::Count(1), "1"),
            ("10%", Cover::Share(0.1), "10%"),
            ("0.1 %", Cover::Share(0.001), "0.1%"),
            ("7%", Cover::Share(0.07), "7%"),
            ("100%", Cover::Share(1.0), "100%"),
        ] {
            let parsed: Cover = text.parse().unwrap();
            assert_eq!(parsed, cover, "{text}");
            assert_eq!(parsed.to_string(), shown, "{text}");
        }
        for (text, error) in [
            ("0", ParseCoverError::Nothing),
            ("0%", ParseCoverError::Nothing),
            ("-5", ParseCoverError::Nothing),
            ("-5%", ParseCoverError::Nothing),
            ("101%", ParseCoverError::TooMuch),
            ("0.5", ParseCoverError::Fraction),
            ("99999999999999999999", ParseCoverError::Fraction),
            ("", ParseCoverError::NotANumber),
            ("%", ParseCoverError::NotANumber),
            ("all", ParseCoverError::NotANumber),
            ("nan%", ParseCoverError::NotANumber),
            ("inf%", ParseCoverError::NotANumber),
            ("1,000", ParseCoverError::NotANumber),
        ] {
            assert_eq!(text.parse::<Cover>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_named_rrset_has_an_owner_and_mostly_a_type() {
        for (text, owner, rtype) in [
            ("www.example.com", "www.example.com", None),
            ("www.example.com./a", "www.example.com", Some(Rtype(1))),
            ("*.example.com/TXT", "*.example.com", Some(Rtype(16))),
            ("_dmarc.example.com/TYPE65280", "_dmarc.example.com", Some(Rtype(65280))),
            ("0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa", None),
            ("0/25.2.0.192.in-addr.arpa/PTR", "0/25.2.0.192.in-addr.arpa", Some(Rtype(12))),
            ("bücher.example", "xn--bcher-kva.example", None),
        ] {
            assert_eq!(parse_named_rrset(text), Ok((owner.parse().unwrap(), rtype)), "{text}");
        }
    }

    #[test]
    fn what_no_query_asks_for_is_refused_with_the_right_form() {
        for (text, start) in [
            ("www.example.com/AAA", "`AAA` is not an RR type; write OWNER/TYPE"),
            ("www.example.com/", "`` is not an RR type; write OWNER/TYPE"),
            ("www.example.com/ANY", "no RRset has the type ANY"),
            ("www.example.com/AXFR", "no RRset has the type AXFR"),
            ("www.example.com/OPT", "no RRset has the type OPT"),
            ("www.example.com/RRSIG", "RRSIG records are compared with the RRset that they sign"),
            ("x.example.com/NSEC3", "no server answers a query for NSEC3 records"),
            ("/A", "`` is not a name: it is empty"),
            ("www.example.com A", "`www.example.com A` is not a name: it has white space inside"),
            ("https://www.example.com/A", "`https://www.example.com/A` is not a name: it is a URL"),
        ] {
            let error = parse_named_rrset(text).unwrap_err().to_string();
            assert!(error.starts_with(start), "{text}: {error}");
        }
    }
}
