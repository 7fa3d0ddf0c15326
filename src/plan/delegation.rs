//! Whether the delegation of a zone is looked at, and where.

use std::sync::Arc;

use super::server::Server;

/// How the delegation of a zone is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DelegationRules {
    /// The servers of the parent zone that the user named; without any, they are looked up.
    pub parents: Arc<[Server]>,
}
