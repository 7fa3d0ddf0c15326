//! The last versions that the reference published, and when each reached the addresses.

use std::time::{Duration, SystemTime};

use super::{AddressHistory, History, Version};
use crate::dns::Serial;

/// The most versions that are listed: the serials that are kept of an address reach further back.
const MAX_PUBLICATIONS: usize = 10;

/// A version that was seen to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its serial.
    pub serial: Serial,
    /// When it was first observed at the reference.
    pub first_seen: SystemTime,
    /// How it reached each address, in the order in which these were asked for.
    pub arrivals: Vec<Arrival>,
}

/// How a version reached an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It was first observed there this long after it was at the reference.
    After(Duration),
    /// A later version came without it.
    Skipped,
    /// It is not there.
    NotYet,
    /// The address was not checked before it had this version or a later one.
    Unknown,
}

impl History {
    /// Returns the last versions that were seen to be published, the latest first, and how they reached these addresses.
    ///
    /// The version of the first check was published at some time before it, and is none of them.
    pub fn last_publications(&self, addresses: &[&str]) -> Vec<Publication> {
        let is_first_known = self.versions.len() as u64 > self.publications;
        let published = self.versions.get(usize::from(is_first_known)..).unwrap_or_default();
        let mut publications = Vec::new();
        for (position, version) in published.iter().enumerate().rev() {
            let before = position.checked_sub(1).and_then(|before| published.get(before));
            // A version whose content changed without a new serial is there twice.
            if before.is_some_and(|before| before.serial == version.serial) {
                continue;
            }
            if publications.len() == MAX_PUBLICATIONS {
                break;
            }
            let later = published.get(position + 1..).unwrap_or_default();
            let arrival = |id: &&str| match self.addresses.get(*id) {
                Some(address) => address.arrival(version, later),
                None => Arrival::Unknown,
            };
            publications.push(Publication {
                serial: version.serial,
                first_seen: version.first_seen,
                arrivals: addresses.iter().map(arrival).collect(),
            });
        }
        publications
    }
}

impl AddressHistory {
    /// How a version reached the address, given the later ones.
    fn arrival(&self, version: &Version, later: &[Version]) -> Arrival {
        let serial = version.serial;
        let Some((first, others)) = self.serials.split_first() else { return Arrival::Unknown };
        // When it came, it may have been older than the reference's, to which it went back.
        let mut seen = others.iter().filter(|seen| seen.serial == serial).peekable();
        let last = seen.clone().last();
        if let Some(arrived) = seen.find(|seen| seen.first_seen >= version.first_seen).or(last) {
            let took = arrived.first_seen.duration_since(version.first_seen).unwrap_or_default();
            return Arrival::After(took);
        }
        // Nobody knows when the first one came.
        if first.serial == serial || first.serial.is_newer_than(serial) {
            return Arrival::Unknown;
        }
        let is_later =
            |seen: Serial| seen.is_newer_than(serial) || later.iter().any(|version| version.serial == seen);
        if others.iter().any(|seen| is_later(seen.serial)) { Arrival::Skipped } else { Arrival::NotYet }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::judge::history::SeenSerial;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    fn history(versions: &[(u32, u64)], addresses: &[&[(u32, u64)]]) -> History {
        let version = |&(serial, second): &(u32, u64)| Version {
            serial: Serial(serial),
            first_seen: at(second),
            copy: None,
        };
        let seen =
            |&(serial, second): &(u32, u64)| SeenSerial { serial: Serial(serial), first_seen: at(second) };
        let address = |serials: &&[(u32, u64)]| AddressHistory {
            serials: serials.iter().map(seen).collect(),
            ..AddressHistory::default()
        };
        History {
            versions: versions.iter().map(version).collect(),
            publications: versions.len() as u64 - 1,
            addresses: (0..)
                .map(|number: u32| number.to_string())
                .zip(addresses.iter().map(address))
                .collect(),
            ..History::default()
        }
    }

    /// The serials, and how each reached the only address.
    fn arrivals(versions: &[(u32, u64)], address: &[(u32, u64)]) -> Vec<(u32, Arrival)> {
        let publications = history(versions, &[address]).last_publications(&["0"]);
        publications.iter().map(|it| (it.serial.0, it.arrivals[0])).collect()
    }

    fn after(seconds: u64) -> Arrival {
        Arrival::After(Duration::from_secs(seconds))
    }

    #[test]
    fn each_version_took_from_the_reference_to_the_address() {
        let versions = [(1, 0), (2, 100), (3, 200), (4, 300)];
        for (address, expected) in [
            (&[(1, 0), (2, 105), (3, 230), (4, 300)][..], [after(0), after(30), after(5)]),
            // The check saw it there before it saw it at the reference.
            (&[(1, 0), (2, 99), (4, 305)], [after(5), Arrival::Skipped, after(0)]),
            (&[(1, 0), (2, 110)], [Arrival::NotYet, Arrival::NotYet, after(10)]),
            (&[(3, 250), (4, 310)], [after(10), Arrival::Unknown, Arrival::Unknown]),
            // It is ahead of the reference.
            (&[(1, 0), (7, 250)], [Arrival::Skipped, Arrival::Skipped, Arrival::Skipped]),
            (&[], [Arrival::Unknown, Arrival::Unknown, Arrival::Unknown]),
        ] {
            let serials = [4, 3, 2].into_iter();
            assert_eq!(
                arrivals(&versions, address),
                serials.zip(expected).collect::<Vec<_>>(),
                "{address:?}"
            );
        }
    }

    #[test]
    fn a_reference_that_went_back_publishes_again() {
        let versions = [(5, 0), (9, 100), (4, 200), (9, 300)];
        assert_eq!(
            arrivals(&versions, &[(5, 0), (4, 210), (9, 320)]),
            [(9, after(20)), (4, after(10)), (9, after(220))]
        );
        assert_eq!(arrivals(&versions[..3], &[(5, 0), (4, 210)]), [(4, after(10)), (9, Arrival::Skipped)]);
    }

    #[test]
    fn the_last_ten_are_listed_without_the_version_of_the_first_check() {
        assert_eq!(arrivals(&[(1, 0)], &[(1, 0)]), []);
        let many: Vec<(u32, u64)> = (0..30).map(|number| (number, u64::from(number) * 10)).collect();
        let listed = arrivals(&many, &many[14..]);
        assert_eq!(listed.iter().map(|it| it.0).collect::<Vec<_>>(), (20..30).rev().collect::<Vec<_>>());
        assert!(listed.iter().all(|it| it.1 == after(0)));
        // Of a zone whose first versions are forgotten, all that are left were published.
        let forgotten = History { publications: 100, ..history(&[(7, 0), (8, 10)], &[&[]]) };
        assert_eq!(forgotten.last_publications(&[]).len(), 2);
        // The content of a serial changed.
        let twice = History { publications: 1, ..history(&[(7, 0), (8, 10), (8, 20)], &[&[]]) };
        assert_eq!(twice.last_publications(&[]).len(), 1);
    }
}
