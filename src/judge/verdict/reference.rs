//! What the servers are held against.

use crate::dns::{Serial, SerialOrder};
use crate::judge::evidence::Evidence;
use crate::plan::{Source, TargetId};

/// How the reference was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    /// A master file.
    ZoneFile,
    /// A configured primary.
    Primary,
    /// The primary that the SOA names.
    Mname,
    /// The server whose serial is older than no other's.
    Newest,
}

/// What the servers are held against: a file, or one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// How it was chosen.
    pub kind: ReferenceKind,
    /// Which one it is.
    pub source: Source,
}

/// Returns the reference: the zone file, if there is one, else the configured primaries' newest, else the SOA's MNAME if nobody is newer,
/// else the newest of all.
pub fn reference(evidence: &Evidence) -> Option<Reference> {
    if evidence.zone_file.is_some() {
        return Some(Reference { kind: ReferenceKind::ZoneFile, source: Source::ZoneFile });
    }
    let primaries: Vec<(TargetId, Serial)> = shown(evidence, evidence.primaries());
    // Among primaries that RFC 1982 cannot order, the order in which they were given decides.
    let first = primaries.first().map(|&(id, _)| id);
    if let Some(target) = newest(&primaries).or(first) {
        return Some(Reference { kind: ReferenceKind::Primary, source: target.into() });
    }
    let all = shown(evidence, evidence.judged());
    let named = evidence.mname.as_ref().map_or([].as_slice(), |mname| &mname.targets);
    let newer_than = |than: Serial| all.iter().any(|&(_, serial)| serial.is_newer_than(than));
    let mname = all.iter().find(|(id, serial)| named.contains(id) && !newer_than(*serial));
    if let Some(&(target, _)) = mname {
        return Some(Reference { kind: ReferenceKind::Mname, source: target.into() });
    }
    newest(&all).map(|target| Reference { kind: ReferenceKind::Newest, source: target.into() })
}

fn shown(evidence: &Evidence, targets: impl Iterator<Item = TargetId>) -> Vec<(TargetId, Serial)> {
    targets.filter_map(|id| Some((id, evidence.track(id)?.last()?.serial))).collect()
}

/// Returns who shows the serial that is older than no other's, if there is one such serial.
fn newest(shown: &[(TargetId, Serial)]) -> Option<TargetId> {
    shown
        .iter()
        .find(|(_, serial)| {
            shown.iter().all(|(_, other)| {
                matches!(serial.compare(*other), SerialOrder::Same | SerialOrder::Behind(_))
            })
        })
        .map(|&(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_serial_is_older_than_no_other() {
        let newest = |serials: &[u32]| {
            let shown =
                serials.iter().enumerate().map(|(index, &serial)| (TargetId::at(index), Serial(serial)));
            newest(&shown.collect::<Vec<_>>()).map(TargetId::index)
        };
        assert_eq!(newest(&[5, 7, 7]), Some(1));
        assert_eq!(newest(&[u32::MAX, 0]), Some(1));
        // Each is newer than the one before it, in a ring.
        assert_eq!(newest(&[0, 1 << 30, 1 << 31, 3 << 30]), None);
        assert_eq!(newest(&[0, 1 << 31]), None);
        assert_eq!(newest(&[]), None);
    }
}
