//! What addresses have sent when they were asked what has changed.

use crate::dns::Serial;
use crate::observe::{Delta, DeltaError};
use crate::plan::TargetId;

/// What an address sent when it was asked what has changed since a version.
#[derive(Debug)]
pub struct ChangesSince {
    /// The address.
    pub target: TargetId,
    /// The serial of the version.
    pub since: Serial,
    /// The changes, or why there are none.
    pub delta: Result<Delta, DeltaError>,
}

/// What addresses have sent when they were asked what has changed.
#[derive(Debug)]
pub struct ReceivedChanges {
    /// The address that the others are held against.
    pub reference: TargetId,
    /// What each has sent; of the reference since several versions.
    pub changes: Vec<ChangesSince>,
}

/// How far an address and the reference have changed alike since a version.
#[derive(Debug)]
pub(super) struct ChangedAlike {
    /// The address.
    pub(super) target: TargetId,
    /// The serial of the version.
    pub(super) since: Serial,
    /// The newest version that the changes of both lead to, and the sum of these changes. Without such a version, or where
    /// the changes differ, it is as if the address had given none.
    pub(super) reached: Result<(Serial, u64), DeltaError>,
}

impl ReceivedChanges {
    /// Holds the changes of each address against those of the reference since the same version.
    pub(super) fn held_against_reference(self) -> Vec<ChangedAlike> {
        let Self { reference, changes } = self;
        let of_reference =
            |since: Serial| changes.iter().find(|it| it.target == reference && it.since == since);
        let held = changes.iter().filter_map(|ChangesSince { target, since, delta }| {
            let reached = reached(delta, &of_reference(*since)?.delta);
            Some(ChangedAlike { target: *target, since: *since, reached })
        });
        held.collect()
    }
}

fn reached(
    ours: &Result<Delta, DeltaError>,
    theirs: &Result<Delta, DeltaError>,
) -> Result<(Serial, u64), DeltaError> {
    match (ours, theirs) {
        (Err(DeltaError::NotGiven), _) | (_, Err(DeltaError::NotGiven)) => Err(DeltaError::NotGiven),
        (Err(DeltaError::Interrupted), _) | (_, Err(DeltaError::Interrupted)) => Err(DeltaError::Interrupted),
        (Ok(ours), Ok(theirs)) => match ours.digest.agreement(&theirs.digest) {
            Some((serial, Some(changed))) => Ok((serial, changed.folded())),
            // Where they have no version in common, one of them has merged several into one.
            Some((_, None)) | None => Err(DeltaError::NotGiven),
        },
    }
}
