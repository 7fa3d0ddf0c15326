//! Zones that are checked because a catalog zone lists them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use crate::dns::Name;

/// What is looked for in a zone that is a catalog itself (RFC 9432).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogRules {
    /// The most members that are taken.
    pub max_members: usize,
}

impl CatalogRules {
    /// [`Self::max_members`] where nothing else is set.
    pub const DEFAULT_MAX_MEMBERS: usize = 1_000_000;
}

/// Why a zone is checked that is not named itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The catalog that lists it.
    pub catalog: Name,
    /// The value of its `group` property.
    pub group: Option<Arc<str>>,
    /// Whether it is listed.
    pub state: MembershipState,
    /// The first reading of the catalog that showed this state.
    pub since: SystemTime,
    /// By when every server should have followed.
    pub deadline: SystemTime,
}

/// A server that cannot serve all members of a catalog yet: its copy of the catalog is older than the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogLag {
    /// Its address.
    pub address: SocketAddr,
    /// By when it should have the list.
    pub deadline: SystemTime,
}

/// Whether a zone is in a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipState {
    /// The catalog lists it.
    Listed,
    /// The catalog listed it before.
    Left,
}

impl MembershipState {
    /// A zone that one catalog lists and that has left another is a member of the first.
    pub const BY_PRECEDENCE: [Self; 2] = [Self::Listed, Self::Left];
}
