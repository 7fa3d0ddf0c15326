//! What is known of a catalog zone from one check to the next: the list of members in force, and why a newer one is not.
//!
//! Like a history it is plain data that is stored between checks as it is. [`judge`](crate::judge::judge()) makes the next
//! state from the one before and the reading of a check; `transition` has the rules.

mod judged;
mod stored;
mod transition;

pub(super) use judged::{catalog_patience, next_catalog};
pub use transition::CatalogPatience;

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::dns::catalog::{Catalog, CatalogFault, CatalogVersion};
use crate::dns::{Name, Serial};
use crate::plan::{Membership, MembershipState};

/// What is known of a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogState {
    /// The list in force: the last good one. Empty before the first.
    pub list: Option<MemberList>,
    /// The last reading.
    pub last: Option<LastReading>,
}

/// The list of members in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberList {
    /// The serial of the catalog that it comes from.
    pub serial: Serial,
    /// Its version.
    pub version: CatalogVersion,
    /// When it was read last.
    #[serde(with = "crate::judge::millis")]
    pub read: SystemTime,
    /// The members, in canonical order.
    #[serde(with = "stored::list")]
    pub members: Arc<[ListedMember]>,
    /// The zones that have left it not long ago, in canonical order: servers may still answer for them.
    #[serde(with = "stored::list")]
    pub left: Arc<[ListedMember]>,
}

/// A member, or a zone that was one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedMember {
    /// The zone.
    pub zone: Name,
    /// The value of its `group` property.
    #[serde(with = "stored::group")]
    pub group: Option<Arc<str>>,
    /// The first reading that had it, or did not have it any more.
    #[serde(with = "crate::judge::millis")]
    pub since: SystemTime,
    /// By when every server should have followed.
    #[serde(with = "crate::judge::millis")]
    pub deadline: SystemTime,
}

impl MemberList {
    /// The zones in one state.
    pub fn zones(&self, state: MembershipState) -> &[ListedMember] {
        match state {
            MembershipState::Listed => &self.members,
            MembershipState::Left => &self.left,
        }
    }

    /// Returns a zone in one state.
    pub fn find(&self, zone: &Name, state: MembershipState) -> Option<&ListedMember> {
        let zones = self.zones(state);
        zones.binary_search_by(|member| member.zone.cmp(zone)).ok().and_then(|place| zones.get(place))
    }
}

impl ListedMember {
    /// Why the zone is checked.
    pub fn membership(&self, catalog: &Name, state: MembershipState) -> Membership {
        Membership {
            catalog: catalog.clone(),
            group: self.group.clone(),
            state,
            since: self.since,
            deadline: self.deadline,
        }
    }
}

/// The last reading of a catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReading {
    /// The serial of the copy that was read.
    pub serial: Serial,
    /// What it showed.
    pub outcome: ReadingOutcome,
}

/// What a reading of a catalog has shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadingOutcome {
    /// Its list is in force.
    Good,
    /// It is no catalog to go by.
    Broken(CatalogFault),
    /// It has lost so many members at once that the list before stays in force for a time.
    Shrank {
        /// The number of members in force.
        was: usize,
        /// The number of those that it lost.
        lost: usize,
        /// The first reading that showed this.
        #[serde(with = "crate::judge::millis")]
        since: SystemTime,
        /// When it comes into force, if nothing changes.
        #[serde(with = "crate::judge::millis")]
        until: SystemTime,
    },
}

/// A reading of a catalog in this check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogReading {
    /// The serial of the copy.
    pub serial: Serial,
    /// When it was whole.
    pub at: SystemTime,
    /// What it lists.
    pub catalog: Result<Arc<Catalog>, CatalogFault>,
}
