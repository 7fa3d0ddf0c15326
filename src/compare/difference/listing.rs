//! The RRsets that are named, as text: those that do the most harm, in canonical order, within limits of their number,
//! of their records and of bytes. No other place limits what is kept of differences.

use std::collections::{BTreeSet, BinaryHeap};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::causes::{self, SignatureCause};
use super::harm::Harm;
use super::pair::{RrsetPair, SideRecords, SidedRecord};
use super::result::{Difference, RrsetText};
use crate::dns::name::{display, push_sort_key};
use crate::dns::{Rtype, rdata};
use crate::observe::DifferenceKind;

/// Text of all RRsets together, whatever their number.
const MIN_TOTAL_BYTES: usize = 64 * 1024;

/// Text for each RRset that may be named, on average.
const BYTES_PER_RRSET: usize = 1024;

/// The records of one side of an RRset, where all of them are listed.
const SIDE: Room = Room { records: 100, bytes: 16 * 1024 };

/// Where not all can be listed: those that the other side lacks.
const DIFFERING: Room = Room { records: 75, bytes: 12 * 1024 };

/// And those that it has too, which are the same for both sides.
const COMMON: Room = Room { records: 25, bytes: 4 * 1024 };

/// Text of one record.
const MAX_RECORD_BYTES: usize = 4 * 1024;

/// The bytes that an owner, a record or an RRset counts for in addition to its text.
const OVERHEAD: usize = 24;

/// Where an RRset is in the list: behind those that do more harm, else in canonical order. That is the sort key of its
/// owner, and its type with the type that it covers.
pub(super) type SortKey = (Harm, Vec<u8>, (Rtype, u16));

/// Returns where an RRset is in the list.
pub(super) fn sort_key(owner: &[u8], kind: (Rtype, u16)) -> SortKey {
    let mut key = Vec::with_capacity(owner.len());
    push_sort_key(&mut key, owner);
    (Harm::of(kind.0), key, kind)
}

/// The first RRsets of the list.
pub(super) struct FirstRrsets<'s, 'a> {
    max: usize,
    heap: BinaryHeap<Candidate<'s, 'a>>,
}

/// An RRset that may be among the first.
struct Candidate<'s, 'a> {
    key: SortKey,
    kind: DifferenceKind,
    rrset: RrsetPair<'s, 'a>,
}

impl<'s, 'a> FirstRrsets<'s, 'a> {
    /// Starts with none; keeps at most `max`.
    pub(super) fn new(max: usize) -> Self {
        Self { max, heap: BinaryHeap::new() }
    }

    /// Takes an RRset if it is among the first.
    pub(super) fn offer(&mut self, kind: DifferenceKind, rrset: RrsetPair<'s, 'a>) {
        let key = sort_key(rrset.named.owner, rrset.named.kind);
        if self.heap.len() >= self.max {
            match self.heap.peek() {
                Some(last) if key < last.key => self.heap.pop(),
                _ => return,
            };
        }
        self.heap.push(Candidate { key, kind, rrset });
    }

    /// Lists as many as the limits allow.
    pub(super) fn describe(self, listing: &mut Listing, causes: &[SignatureCause]) {
        for Candidate { key, kind, rrset } in self.heap.into_sorted_vec() {
            let describe = |is_cut: &mut bool| Difference {
                signature_cause: (key.0 == Harm::Signatures)
                    .then(|| causes::position(causes, kind, [&rrset.ours, &rrset.theirs]))
                    .flatten(),
                ..describe(kind, &rrset, is_cut)
            };
            if !listing.push(key.0, describe) {
                return;
            }
        }
    }
}

/// The list of RRsets that differ, with its limits.
pub(super) struct Listing {
    listed: Vec<Difference>,
    max_listed: usize,
    /// The SOA, until its turn comes.
    soa: Option<Difference>,
    bytes: usize,
    max_bytes: usize,
    /// Whether any text was left out.
    pub(super) is_cut: bool,
}

impl Listing {
    /// Starts a list that is to have at most `max_listed` RRsets, the SOA among them if it differs.
    pub(super) fn new(soa: Option<Difference>, max_listed: usize) -> Self {
        let max_bytes = MIN_TOTAL_BYTES.max(BYTES_PER_RRSET.saturating_mul(max_listed));
        Self { listed: Vec::new(), max_listed, soa, bytes: 0, max_bytes, is_cut: false }
    }

    /// Appends an RRset, whose text is made if there is room for one more; returns whether there was.
    ///
    /// The SOA comes before all other data, and so behind keys.
    pub(super) fn push(&mut self, harm: Harm, describe: impl FnOnce(&mut bool) -> Difference) -> bool {
        if harm > Harm::Keys
            && let Some(soa) = self.soa.take()
        {
            self.append(soa);
        }
        if self.listed.len() >= self.max_listed {
            return false;
        }
        let difference = describe(&mut self.is_cut);
        self.append(difference)
    }

    /// Returns the list.
    pub(super) fn finish(mut self) -> Vec<Difference> {
        if let Some(soa) = self.soa.take() {
            self.append(soa);
        }
        self.listed
    }

    fn append(&mut self, difference: Difference) -> bool {
        if self.listed.len() >= self.max_listed {
            return false;
        }
        self.bytes += difference.bytes();
        let fits = self.bytes <= self.max_bytes || self.listed.is_empty();
        if fits {
            self.listed.push(difference);
        } else {
            self.is_cut = true;
        }
        fits
    }
}

impl PartialEq for Candidate<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Candidate<'_, '_> {}

impl PartialOrd for Candidate<'_, '_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate<'_, '_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl Difference {
    /// Returns about the bytes that it takes in memory and in a report.
    fn bytes(&self) -> usize {
        let rrsets = self.reference.iter().chain(&self.found);
        let records = rrsets.flat_map(|rrset| &rrset.rdata).map(|text| text.len() + OVERHEAD);
        let answer = self.answer.as_ref().map_or(0, |answer| answer.content.len() + OVERHEAD);
        self.owner.len() + self.rtype.len() + OVERHEAD + records.sum::<usize>() + answer
    }
}

fn describe(kind: DifferenceKind, rrset: &RrsetPair<'_, '_>, is_cut: &mut bool) -> Difference {
    let RrsetPair { named, ours, theirs, .. } = rrset;
    let (our_positions, their_positions) = (rrset.shown(ours), rrset.shown(theirs));
    let (shown_ours, shown_theirs) = (ours.at(&our_positions), theirs.at(&their_positions));
    let sizes = [ours, theirs].map(|side| rrset.size(side));
    let sides = [(&shown_ours, theirs), (&shown_theirs, ours)];
    let [reference, found] = side_texts(kind, sides, sizes, is_cut);
    let (owner, rtype) = (display(named.owner), named.kind.0.to_string());
    Difference { owner, rtype, kind, reference, found, answer: None, signature_cause: None }
}

/// Returns the text of each side of an RRset, given what to show of it, the other side, and the number of its records.
pub(super) fn side_texts<'a, S: SideRecords<'a>>(
    kind: DifferenceKind,
    sides: [(&S, &S); 2],
    sizes: [u64; 2],
    is_cut: &mut bool,
) -> [Option<RrsetText>; 2] {
    let mut texts = sides.map(|(own, _)| SideText::new(own).with(SIDE, own, |_| true));
    if texts.iter().zip(sizes).any(|(text, size)| text.is_short_of(size)) {
        texts = sides.map(|(own, other)| {
            let is_common = is_common(kind, other);
            let text = SideText::new(own).with(DIFFERING, own, |record| !is_common(record));
            text.with(COMMON, own, |record| is_common(record))
        });
    }
    let [reference, found] = texts;
    let mut finish = |text: SideText, size| {
        *is_cut |= text.is_shortened || text.is_short_of(size);
        (size > 0).then(|| text.finish(size))
    };
    [finish(reference, sizes[0]), finish(found, sizes[1])]
}

/// Returns a test for records of one side: whether they are no part of the difference from the other side.
fn is_common<'a, S: SideRecords<'a>>(kind: DifferenceKind, other: &S) -> impl Fn(&SidedRecord<'_>) -> bool {
    let other_ttls = if kind == DifferenceKind::Ttl { other.ttls() } else { BTreeSet::new() };
    move |record| match kind {
        DifferenceKind::Ttl => other_ttls.contains(&record.ttl),
        DifferenceKind::Missing
        | DifferenceKind::Extra
        | DifferenceKind::Changed
        | DifferenceKind::Answer => other.has_identity(record.identity),
    }
}

/// How much may be listed.
#[derive(Clone, Copy)]
struct Room {
    records: usize,
    bytes: usize,
}

/// The text of one side of an RRset.
struct SideText {
    /// Each record with its place among all of the side, and its TTL.
    records: Vec<(usize, u32, String)>,
    /// The lowest TTL of all records.
    ttl: u32,
    /// Whether others have another TTL.
    is_mixed: bool,
    /// Whether a record was shortened.
    is_shortened: bool,
}

impl SideText {
    fn new<'a>(own: &impl SideRecords<'a>) -> Self {
        let ttls = || own.iter().map(|record| record.ttl);
        let (lowest, highest) = (ttls().min(), ttls().max());
        let is_mixed = lowest != highest;
        Self { records: Vec::new(), ttl: lowest.unwrap_or_default(), is_mixed, is_shortened: false }
    }

    /// Adds the first records that are wanted, as far as there is room.
    fn with<'a>(
        mut self,
        room: Room,
        own: &impl SideRecords<'a>,
        is_wanted: impl Fn(&SidedRecord<'_>) -> bool,
    ) -> Self {
        let (mut left, mut last) = (room, None);
        for (place, record) in own.iter().enumerate() {
            if last.replace((record.ttl, record.rdata)) == Some((record.ttl, record.rdata))
                || !is_wanted(&record)
            {
                continue;
            }
            let (text, is_shortened) = record_text(record.kind.0, record.rdata);
            let bytes = text.len() + OVERHEAD;
            if left.records == 0 || left.bytes < bytes {
                break;
            }
            left = Room { records: left.records - 1, bytes: left.bytes - bytes };
            self.is_shortened |= is_shortened;
            self.records.push((place, record.ttl, text));
        }
        self
    }

    /// Whether it has fewer than `size` records.
    fn is_short_of(&self, size: u64) -> bool {
        (self.records.len() as u64) < size
    }

    fn finish(mut self, size: u64) -> RrsetText {
        self.records.sort_unstable_by_key(|(place, ..)| *place);
        let ttls = self.records.iter().filter(|_| self.is_mixed).map(|(_, ttl, _)| *ttl).collect();
        let rdata = self.records.into_iter().map(|(.., text)| text).collect();
        RrsetText { ttl: self.ttl, ttls, rdata, records: size }
    }
}

/// Returns the text of a record, and whether it was shortened: then a digest tells it from others with the same
/// beginning.
pub(super) fn record_text(rtype: Rtype, record: &[u8]) -> (String, bool) {
    let text = rdata::to_text(rtype, record);
    if text.len() <= MAX_RECORD_BYTES {
        return (text, false);
    }
    let beginning: String = text.chars().take(MAX_RECORD_BYTES / 4).collect();
    let digest = HEXLOWER.encode(&Sha256::digest(record));
    (format!("{beginning}... ({} octets, SHA-256 {digest})", record.len()), true)
}
