//! The catalog that a zone comes from, in the report.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::names::{MembershipStateName, as_json};
use crate::plan::{Membership, MembershipState};
use crate::report::text::rfc3339;

/// Why a zone is checked that is not named itself: a catalog zone lists it, or did.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Membership")]
pub struct MembershipReport<'m> {
    /// The name of the catalog zone, with the final dot.
    catalog: String,
    /// The value of the zone's `group` property there; null without one.
    group: Option<&'m str>,
    /// Whether the catalog still lists the zone.
    #[serde(serialize_with = "as_json::<_, MembershipStateName, _>")]
    #[schemars(with = "MembershipStateName")]
    state: MembershipState,
    /// When the catalog was first read in that state, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    since: String,
}

impl<'m> From<&'m Membership> for MembershipReport<'m> {
    fn from(membership: &'m Membership) -> Self {
        Self {
            catalog: membership.catalog.to_string(),
            group: membership.group.as_deref(),
            state: membership.state,
            since: rfc3339(membership.since),
        }
    }
}

/// Serializes the catalog that a zone comes from as a [`MembershipReport`].
#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
pub(super) fn membership_as_json<S: Serializer>(
    membership: &Option<Arc<Membership>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    membership.as_deref().map(MembershipReport::from).serialize(serializer)
}

/// Describes where a zone comes from: `from catalog catalog.example, group customers`.
pub(super) fn in_words(membership: &Membership) -> String {
    let catalog = membership.catalog.without_final_dot();
    let group = membership.group.as_deref().map(|group| format!(", group {group}")).unwrap_or_default();
    let left = match membership.state {
        MembershipState::Listed => String::new(),
        MembershipState::Left => format!("; it left that catalog at {}", rfc3339(membership.since)),
    };
    format!("from catalog {catalog}{group}{left}")
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_zone_says_which_catalog_it_is_from_and_when_it_left() {
        let listed = Membership {
            catalog: "catalog.example".parse().unwrap(),
            group: None,
            state: MembershipState::Listed,
            since: SystemTime::UNIX_EPOCH,
            deadline: SystemTime::UNIX_EPOCH,
        };
        assert_eq!(in_words(&listed), "from catalog catalog.example");
        let left = Membership { group: Some("customers".into()), state: MembershipState::Left, ..listed };
        let words =
            "from catalog catalog.example, group customers; it left that catalog at 1970-01-01T00:00:00Z";
        assert_eq!(in_words(&left), words);
    }
}
