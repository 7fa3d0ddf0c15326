//! The reference: what all servers are compared with.

use crate::dns::{Serial, SerialOrder};
use crate::judge::evidence::Evidence;
use crate::plan::{Link, Source, TargetId};

/// How the reference was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// The zone file.
    ZoneFile,
    /// A configured primary.
    Primary,
    /// A signer, on the link that begins there.
    Signer,
    /// The primary that the SOA names.
    Mname,
    /// The server whose serial is older than no other.
    Newest,
}

/// What the servers are compared with: a file, or one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// How it was chosen.
    pub kind: ReferenceKind,
    /// Where it is.
    pub source: Source,
}

/// Chooses the reference: the zone file if there is one, else the newest of the configured primaries that answer, else
/// of those that give the zone by transfer alone, else the MNAME of the SOA if no server is newer, else the newest
/// server.
pub fn reference(evidence: &Evidence) -> Option<Reference> {
    if evidence.zone_file.is_some() {
        return Some(Reference { kind: ReferenceKind::ZoneFile, source: Source::ZoneFile });
    }
    let answers = |&id: &TargetId| evidence.responses(id).is_some_and(|responses| responses.soa().is_some());
    let mut primaries = latest_serials(evidence, evidence.primaries().filter(answers));
    if primaries.is_empty() {
        primaries = latest_serials(evidence, evidence.primaries());
    }
    // Among primaries that RFC 1982 cannot order, the order of the configuration decides.
    let first = primaries.first().map(|&(id, _)| id);
    if let Some(target) = newest(&primaries).or(first) {
        let kind = match evidence.link {
            Link::Whole | Link::ToSigner => ReferenceKind::Primary,
            Link::FromSigner => ReferenceKind::Signer,
        };
        return Some(Reference { kind, source: target.into() });
    }
    let all = latest_serials(evidence, evidence.judged().filter(answers));
    let named = evidence.mname.as_ref().map_or([].as_slice(), |mname| &mname.targets);
    let newer_than = |than: Serial| all.iter().any(|&(_, serial)| serial.is_newer_than(than));
    let mname = all.iter().find(|(id, serial)| named.contains(id) && !newer_than(*serial));
    if let Some(&(target, _)) = mname {
        return Some(Reference { kind: ReferenceKind::Mname, source: target.into() });
    }
    newest(&all).map(|target| Reference { kind: ReferenceKind::Newest, source: target.into() })
}

fn latest_serials(evidence: &Evidence, targets: impl Iterator<Item = TargetId>) -> Vec<(TargetId, Serial)> {
    targets.filter_map(|id| Some((id, evidence.responses(id)?.latest()?.serial))).collect()
}

/// Returns the first target whose serial is older than no other, if there is such a serial.
fn newest(serials: &[(TargetId, Serial)]) -> Option<TargetId> {
    serials
        .iter()
        .find(|(_, serial)| {
            serials.iter().all(|(_, other)| {
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
            let serials =
                serials.iter().enumerate().map(|(index, &serial)| (TargetId::at(index), Serial(serial)));
            newest(&serials.collect::<Vec<_>>()).map(TargetId::index)
        };
        assert_eq!(newest(&[5, 7, 7]), Some(1));
        assert_eq!(newest(&[u32::MAX, 0]), Some(1));
        // Each is newer than the one before it, in a ring.
        assert_eq!(newest(&[0, 1 << 30, 1 << 31, 3 << 30]), None);
        assert_eq!(newest(&[0, 1 << 31]), None);
        assert_eq!(newest(&[]), None);
    }
}
