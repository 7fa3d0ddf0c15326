//! Which target is meant: within one plan by [`TargetId`], from one check to the next by [`Target::id`].

use std::fmt::Display;

use super::{Plan, Role, Target};

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

/// Returns the identity of an address as text. The key is part of it: another key may select another view of
/// the zone.
pub fn address_id(address: &impl Display, key: Option<&str>) -> String {
    match key {
        Some(key) => format!("{address},key={key}"),
        None => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_of_an_address_names_its_key() {
        assert_eq!(address_id(&"[2001:db8::1]:53", None), "[2001:db8::1]:53");
        assert_eq!(address_id(&"192.0.2.1:53", Some("transfer")), "192.0.2.1:53,key=transfer");
    }
}
