//! What the servers are held against.

use crate::dns::{Serial, SerialOrder};
use crate::judge::evidence::{Evidence, ZONE_FILE};

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
    /// Its place among the targets; [`ZONE_FILE`] of a file.
    pub target: usize,
}

/// Returns the reference: the zone file, if there is one, else the configured primaries' newest, else the SOA's MNAME if nobody is newer,
/// else the newest of all.
pub fn reference(evidence: &Evidence) -> Option<Reference> {
    if evidence.zone_file.is_some() {
        return Some(Reference { kind: ReferenceKind::ZoneFile, target: ZONE_FILE });
    }
    let primaries: Vec<(usize, Serial)> = shown(evidence, evidence.primaries());
    // Among primaries that RFC 1982 cannot order, the order in which they were given decides.
    let first = primaries.first().map(|&(place, _)| place);
    if let Some(target) = newest(&primaries).or(first) {
        return Some(Reference { kind: ReferenceKind::Primary, target });
    }
    let all = shown(evidence, evidence.judged());
    let named = evidence.mname.as_ref().map_or([].as_slice(), |mname| &mname.targets);
    let newer_than = |than: Serial| all.iter().any(|&(_, serial)| serial.is_newer_than(than));
    let mname = all.iter().find(|(place, serial)| named.contains(place) && !newer_than(*serial));
    if let Some(&(target, _)) = mname {
        return Some(Reference { kind: ReferenceKind::Mname, target });
    }
    newest(&all).map(|target| Reference { kind: ReferenceKind::Newest, target })
}

fn shown(evidence: &Evidence, places: impl Iterator<Item = usize>) -> Vec<(usize, Serial)> {
    places.filter_map(|place| Some((place, evidence.track(place)?.last()?.serial))).collect()
}

/// Returns who shows the serial that is older than no other's, if there is one such serial.
fn newest(shown: &[(usize, Serial)]) -> Option<usize> {
    shown
        .iter()
        .find(|(_, serial)| {
            shown.iter().all(|(_, other)| {
                matches!(serial.compare(*other), SerialOrder::Same | SerialOrder::Behind(_))
            })
        })
        .map(|&(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_serial_is_older_than_no_other() {
        let serials = |serials: &[u32]| -> Vec<(usize, Serial)> {
            serials.iter().map(|&serial| Serial(serial)).enumerate().collect()
        };
        assert_eq!(newest(&serials(&[5, 7, 7])), Some(1));
        assert_eq!(newest(&serials(&[u32::MAX, 0])), Some(1));
        // Each is newer than the one before it, in a ring.
        assert_eq!(newest(&serials(&[0, 1 << 30, 1 << 31, 3 << 30])), None);
        assert_eq!(newest(&serials(&[0, 1 << 31])), None);
        assert_eq!(newest(&[]), None);
    }
}
