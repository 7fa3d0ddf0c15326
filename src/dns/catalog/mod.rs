//! Catalog zones: zones whose records list other zones, the members (RFC 9432).

mod properties;
mod reader;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub use reader::CatalogReader;
use serde::{Deserialize, Serialize};

use super::name::Name;

/// What a catalog zone lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// The version of its schema.
    pub version: CatalogVersion,
    /// Its members, in canonical order of their names.
    pub members: Vec<Member>,
    /// The number of its records that are no properties of this version, which are ignored (RFC 9432 section 4).
    pub ignored: u64,
}

/// The version of a catalog's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CatalogVersion {
    /// The version before RFC 9432, which some servers refuse.
    One,
    /// That of RFC 9432.
    Two,
}

/// A member of a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The zone.
    pub zone: Name,
    /// The label that identifies it in the catalog, as text; a zone with another one is reset by its consumers.
    pub id: Box<str>,
    /// The value of its `group` property, as text: the configuration that consumers give it (RFC 9432 section 4.4.2).
    /// `None` too if it has several.
    pub group: Option<Arc<str>>,
    /// The catalog to which it may move (RFC 9432 section 4.4.1).
    pub coo: Option<Name>,
}

/// Why the records of a zone are no catalog that a consumer may go by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CatalogFault {
    /// It has no TXT record at `version`.
    NoVersion,
    /// It has several of them, or one with several strings.
    SeveralVersions,
    /// It is of a version that is not known; as text, cut at 64 bytes.
    UnknownVersion(Box<str>),
    /// A zone is listed by more than one label.
    MemberTwice {
        /// The zone.
        zone: Name,
        /// Two of its labels.
        ids: [Box<str>; 2],
    },
    /// A label lists more than one zone.
    SeveralMembers {
        /// The label.
        id: Box<str>,
        /// Two of its zones.
        zones: [Name; 2],
    },
    /// A member names more than one catalog that it may move to (RFC 9432 section 4.4.1).
    SeveralOwners {
        /// The label of the member.
        id: Box<str>,
        /// Two of the catalogs.
        catalogs: [Name; 2],
    },
    /// It lists more zones than are taken.
    TooManyMembers(usize),
}

impl fmt::Display for CatalogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVersion => write!(f, "it has no TXT record at `version`"),
            Self::SeveralVersions => write!(f, "it has more than one value at `version`"),
            Self::UnknownVersion(version) => write!(f, "its version is \"{version}\", not \"2\" or \"1\""),
            Self::MemberTwice { zone, ids: [first, second] } => {
                write!(f, "it lists {zone} twice, as `{first}` and as `{second}`")
            }
            Self::SeveralMembers { id, zones: [first, second] } => {
                write!(f, "it lists both {first} and {second} as `{id}`")
            }
            Self::SeveralOwners { id, catalogs: [first, second] } => {
                write!(f, "its `coo.{id}` names both {first} and {second}")
            }
            Self::TooManyMembers(max) => write!(f, "it lists more than {max} zones, the most that are taken"),
        }
    }
}
