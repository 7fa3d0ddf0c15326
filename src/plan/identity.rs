//! Which target of a plan is meant; from one check to the next, [`Target::id`] says so.

use super::Plan;
use super::target::{Role, Target};

/// A target of one plan. It means nothing in another plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(usize);

impl TargetId {
    /// Returns the position of the target in [`Plan::targets`], for lists in the same order.
    pub fn index(self) -> usize {
        self.0
    }

    /// The target at a position.
    #[cfg(test)]
    pub(crate) fn at(index: usize) -> Self {
        Self(index)
    }
}

/// Where a copy of the zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// At an address.
    Target(TargetId),
    /// In the zone file that all addresses are compared with.
    ZoneFile,
}

impl Source {
    /// Returns the target, unless this is the zone file.
    pub fn target(self) -> Option<TargetId> {
        match self {
            Self::Target(id) => Some(id),
            Self::ZoneFile => None,
        }
    }
}

impl From<TargetId> for Source {
    fn from(id: TargetId) -> Self {
        Self::Target(id)
    }
}

impl Plan {
    /// Returns the ids of all targets, in order.
    pub fn ids(&self) -> impl Iterator<Item = TargetId> + use<> {
        (0..self.targets.len()).map(TargetId)
    }

    /// Returns a target of this plan.
    pub fn target(&self, id: TargetId) -> Option<&Target> {
        self.targets.get(id.0)
    }

    /// Returns every target with its id, in order.
    pub fn iter(&self) -> impl Iterator<Item = (TargetId, &Target)> {
        self.ids().zip(&self.targets)
    }

    /// Returns the targets with a role.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = TargetId> {
        self.iter().filter(move |(_, target)| target.role == role).map(|(id, _)| id)
    }

    /// Adds a target after all others.
    pub fn add(&mut self, target: Target) -> TargetId {
        self.targets.push(target);
        TargetId(self.targets.len() - 1)
    }
}
