//! What an address answered to queries for many RRsets, held against the answers that the reference's records
//! require.

use std::collections::HashSet;
use std::time::Duration;

use super::{DifferenceKind, Failure, KeySighting, TimeSpan};
use crate::dns::{Name, Rrset, Rtype, Soa};

/// The maximum number of RRsets that are kept of those that were answered wrongly.
const MAX_LISTED: usize = 20_000;

/// The maximum size of the records that are kept of them.
const MAX_LISTED_BYTES: usize = 8 * 1024 * 1024;

/// An attempt to ask an address for RRsets.
#[derive(Debug)]
pub struct AskedAttempt {
    /// When it was made.
    pub span: TimeSpan,
    /// The answers, or why there are none.
    pub asked: Result<Asked, Failure>,
}

/// What an address answered to queries for RRsets.
#[derive(Clone, Debug)]
pub struct Asked {
    /// When.
    pub span: TimeSpan,
    /// The SOA that it served before and after.
    pub soa: Soa,
    /// The TTL of that SOA.
    pub soa_ttl: u32,
    /// The number of RRsets that were asked for and answered.
    pub asked: u64,
    /// The number of RRsets that queries can see; `None` where nobody knows.
    pub askable: Option<u64>,
    /// The number of records in the answers.
    pub records: u64,
    /// The bytes of the answers.
    pub bytes: u64,
    /// How long it took.
    pub duration: Duration,
    /// The RRsets that it answers wrongly, asked again over another connection.
    pub wrong: WrongRrsetList,
    /// Whether some of what was drawn was not asked for, or has no answer of use.
    pub has_gaps: bool,
    /// The names that were drawn; `None` for all.
    pub drawn: Option<DrawnNames>,
    /// The owners whose answers differ from one query to the next, other than by turns.
    pub computed: Vec<Name>,
    /// The owners for which right and wrong answers came by turns.
    pub alternating: Vec<Name>,
    /// The NSIDs of the instances that gave the wrong ones of those, where they name themselves (RFC 5001).
    pub wrong_instances: Vec<Vec<u8>>,
    /// The keys in these answers, where each server has its own.
    pub keys: Vec<KeySighting>,
}

/// The names whose hashes are in a window of all hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawnNames {
    /// The first hash.
    pub start: u64,
    /// The number of hashes.
    pub length: u64,
}

impl Asked {
    /// The owners of which something was answered wrongly, always or by turns.
    pub fn disputed(&self) -> impl Iterator<Item = &Name> {
        self.wrong.listed.iter().map(|wrong| &wrong.owner).chain(&self.alternating)
    }

    /// Counts what was answered at some owners as made for each query: the reference's own answers vary there.
    pub fn set_aside(&mut self, owners: &HashSet<&Name>) {
        let (varying, wrong) = std::mem::take(&mut self.wrong.listed)
            .into_iter()
            .partition::<Vec<_>, _>(|wrong| owners.contains(&wrong.owner));
        self.wrong.listed = wrong;
        self.asked = self.asked.saturating_sub(varying.len() as u64);
        let alternating = self.alternating.extract_if(.., |owner| owners.contains(owner));
        let mut computed: Vec<Name> =
            varying.into_iter().map(|wrong| wrong.owner).chain(alternating).collect();
        computed.dedup();
        self.computed.append(&mut computed);
    }
}

/// RRsets that were answered wrongly: all of them counted, some of them kept.
#[derive(Clone, Debug, Default)]
pub struct WrongRrsetList {
    /// Those that are kept, in the order in which they were found.
    pub listed: Vec<WrongRrset>,
    /// The number of those that are not kept, for each kind.
    pub unlisted: [u64; DifferenceKind::ALL.len()],
    /// RRsets whose signatures mean the same and have other bytes.
    pub signatures: u64,
    /// The bytes of the kept records.
    bytes: usize,
}

/// An RRset that was answered wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRrset {
    /// Its owner in the reference; of an answer from a wildcard, the wildcard.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// How it is wrong.
    pub kind: DifferenceKind,
    /// What the reference has.
    pub reference: Option<Rrset>,
    /// What is served here.
    pub found: Option<Rrset>,
    /// The answer, if it is of another sort.
    pub answer: Option<WrongAnswer>,
}

/// An answer of another sort than the reference's records require.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongAnswer {
    /// The RCODE.
    pub rcode: u16,
    /// What it holds, in words: `no data`, `referral to sub.example.`, `CNAME www.example.`, `A 192.0.2.1`.
    pub content: String,
    /// The longest time in seconds for which a cache may hold it.
    pub ttl: u32,
}

impl WrongRrsetList {
    /// Counts an RRset, and keeps it within bounds. Signatures have half of the room, so that they leave some to
    /// what does more harm.
    pub fn add(&mut self, wrong: WrongRrset) {
        let bytes = wrong.len();
        let part = if wrong.rtype == Rtype::RRSIG { 2 } else { 1 };
        if self.listed.len() < MAX_LISTED / part && self.bytes + bytes <= MAX_LISTED_BYTES / part {
            self.bytes += bytes;
            self.listed.push(wrong);
        } else if let Some(count) = self.unlisted.get_mut(wrong.kind as usize) {
            *count += 1;
        }
    }

    /// The number of RRsets of a kind.
    pub fn count(&self, kind: DifferenceKind) -> u64 {
        let listed = self.listed.iter().filter(|wrong| wrong.kind == kind).count() as u64;
        listed + self.unlisted.get(kind as usize).copied().unwrap_or_default()
    }
}

impl WrongRrset {
    /// About the bytes that it takes in memory.
    fn len(&self) -> usize {
        let records = |rrset: &Rrset| {
            let sides = rrset.records.iter().chain(&rrset.signatures);
            sides.map(|(_, rdata)| rdata.len() + size_of::<(u32, Vec<u8>)>()).sum::<usize>()
        };
        let rrsets = self.reference.iter().chain(&self.found);
        size_of::<Self>() + self.owner.as_wire().len() + rrsets.map(records).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_all_is_counted() {
        let owner: Name = "www.example".parse().unwrap();
        let rrset = |length| Rrset::new(owner.clone(), Rtype(16), vec![(60, vec![0; length])], Vec::new());
        let wrong = |kind, length| WrongRrset {
            owner: owner.clone(),
            rtype: Rtype(16),
            kind,
            reference: Some(rrset(length)),
            found: None,
            answer: None,
        };
        let mut all = WrongRrsetList::default();
        for _ in 0..200 {
            all.add(wrong(DifferenceKind::Missing, 60_000));
        }
        all.add(wrong(DifferenceKind::Ttl, 10));
        assert_eq!((all.count(DifferenceKind::Missing), all.count(DifferenceKind::Ttl)), (200, 1));
        assert!(all.listed.len() < 150 && all.bytes <= MAX_LISTED_BYTES);
        let mut many = WrongRrsetList::default();
        for _ in 0..MAX_LISTED + 5 {
            many.add(wrong(DifferenceKind::Extra, 1));
        }
        assert_eq!(
            (many.listed.len(), many.count(DifferenceKind::Extra)),
            (MAX_LISTED, MAX_LISTED as u64 + 5)
        );
    }

    #[test]
    fn signatures_leave_room_for_other_rrsets() {
        let wrong = |rtype| WrongRrset {
            owner: "example".parse().unwrap(),
            rtype,
            kind: DifferenceKind::Missing,
            reference: None,
            found: None,
            answer: None,
        };
        let mut list = WrongRrsetList::default();
        for _ in 0..MAX_LISTED {
            list.add(wrong(Rtype::RRSIG));
        }
        list.add(wrong(Rtype::DS));
        assert_eq!(list.listed.len(), MAX_LISTED / 2 + 1);
        assert_eq!(list.listed.last().map(|wrong| wrong.rtype), Some(Rtype::DS));
        assert_eq!(list.count(DifferenceKind::Missing), MAX_LISTED as u64 + 1);
    }
}
