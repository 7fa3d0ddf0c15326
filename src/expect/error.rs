//! Why an expectation cannot be parsed.

use crate::dns::name::NameError;
use crate::dns::zonefile::ZoneFileParseError;
use crate::dns::{Name, Rtype};

/// Why an expectation cannot be parsed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExpectError {
    /// The record breaks the syntax of zone files.
    #[error("{0}")]
    ZoneFileError(Box<ZoneFileParseError>),
    /// The text is empty, a comment or a directive.
    #[error("`{0}` is not a record\nhint: write OWNER [TTL] TYPE RDATA, as in `www 300 A 192.0.2.1`")]
    NotARecord(String),
    /// The record is the SOA, or its owner is outside the zone.
    #[error(
        "`{text}` cannot be expected of {zone}\nhint: an owner without a final dot is relative to the zone; \
             use --serial to expect a serial of the SOA"
    )]
    NotOfZone {
        /// The text as it was written.
        text: String,
        /// The zone.
        zone: Name,
    },
    /// The text of a name is not a valid name.
    #[error(transparent)]
    InvalidName(NameError),
    /// A `;` cuts the record.
    #[error("`;` begins a comment, so `{left_out}` is left out\nhint: {hint}")]
    Comment {
        /// What is left out.
        left_out: String,
        /// What to write instead.
        hint: String,
    },
    /// A name without a final dot ends with the name of the zone.
    #[error(
        "`{typed}` has no final dot, so it stands for {name}\nhint: write `{typed}.`, or a name relative to the zone; \
         if {name} is meant, write it with its final dot"
    )]
    DoubledOrigin {
        /// The name as it was written.
        typed: String,
        /// The name that it stands for.
        name: Name,
    },
    /// Two records of one RRset state different TTLs.
    #[error(
        "{owner} {rtype} is expected with two TTLs, {} and {}\nhint: all records of an RRset have the same TTL",
        ttls.0, ttls.1
    )]
    TwoTtls {
        /// The owner name.
        owner: Name,
        /// The type.
        rtype: Rtype,
        /// The TTLs.
        ttls: (u32, u32),
    },
    /// The text is not an owner name and a type.
    #[error("`{0}` is not an owner and a type\nhint: write OWNER TYPE, as in `www AAAA`")]
    NotAnOwnerAndType(String),
    /// The same RRset or record is expected to exist and to be absent.
    #[error("{0} {1} is expected, and expected to be absent")]
    Contradiction(Name, String),
    /// `--contains` expects a record that the whole RRset given with `--expect` does not have.
    #[error(
        "{owner} {record} is expected among others, but the whole RRset is expected without it\nhint: give every \
         record with --expect if there are no others, and with --contains if there may be others"
    )]
    NotInRrset {
        /// The owner name.
        owner: Name,
        /// The record, without its owner name.
        record: String,
    },
    /// A record that is expected to be absent has a TTL.
    #[error(
        "`{0}` has a TTL, which does not count for a record that is to be absent\nhint: leave the TTL out"
    )]
    AbsentTtl(String),
}
