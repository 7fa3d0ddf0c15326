//! What a comparison of two copies finds.

use super::causes::SignatureCause;
use crate::observe::{DifferenceKind, WrongAnswer};

/// An RRset as zone-file text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrsetText {
    /// The TTL; the lowest, where its records disagree.
    pub ttl: u32,
    /// The TTL of each record in `rdata`, where they disagree (RFC 2181 section 5.2); else empty.
    pub ttls: Vec<u32>,
    /// The data of each record, sorted. Where there are too many, those that differ come before others.
    pub rdata: Vec<String>,
    /// The number of records, those that are not in `rdata` included.
    pub records: u64,
}

/// An RRset that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its owner, as zone-file text with the final dot.
    pub owner: String,
    /// Its type as mnemonic, or `TYPEnnn` (RFC 3597).
    pub rtype: String,
    /// How it differs.
    pub kind: DifferenceKind,
    /// What the reference serves.
    pub reference: Option<RrsetText>,
    /// What is served here.
    pub found: Option<RrsetText>,
    /// The answer, if it is of another sort.
    pub answer: Option<WrongAnswer>,
    /// Of signatures, the position of their cause among [`Differences::signature_causes`].
    pub signature_cause: Option<usize>,
}

/// The key tags of two DNSKEY RRsets of a zone that have other keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherKeys {
    /// Those of the reference, sorted.
    pub reference: Vec<u16>,
    /// Those here.
    pub found: Vec<u16>,
}

/// Whether differences are all counted, and listed as far as was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// They are.
    #[default]
    Complete,
    /// They are counted. RRsets, records or text were left out of the list because of their size.
    Cut,
    /// More may differ: the counts are lower bounds.
    LowerBounds,
}

/// The RRsets that differ: all of them counted, the first of them listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// RRsets of the reference that are not here.
    pub missing: u64,
    /// RRsets here that are not in the reference.
    pub extra: u64,
    /// RRsets whose data differ.
    pub changed: u64,
    /// RRsets of which only the TTL differs.
    pub ttl: u64,
    /// Names at which queries get another sort of answer.
    pub answer: u64,
    /// RRsets whose signatures mean the same and have other bytes; they are counted in none of the above.
    pub signatures: u64,
    /// Why signatures differ, the causes of most of them first.
    pub signature_causes: Vec<SignatureCause>,
    /// Whether signatures that differ are not counted in these causes: there are too many.
    pub has_other_causes: bool,
    /// The keys of the zone, if the DNSKEY RRsets have other ones.
    pub keys: Option<OtherKeys>,
    /// Whether the SOA differs in more than its serial.
    pub soa: bool,
    /// Whether an RRset other than the SOA differs in more than its TTL, and is not among those that are expected
    /// to differ.
    pub unexpected: bool,
    /// The longest time in seconds for which a cache may hold what is wrong here: by the largest TTL of the records, or
    /// of the denial where there are none. Nothing if nothing is wrong, or if not all of it is known.
    pub held_for: Option<u32>,
    /// Whether these are all.
    pub completeness: Completeness,
    /// The first of them: those that do the most harm, in canonical order, the SOA in front of other data.
    pub listed: Vec<Difference>,
}

impl Differences {
    /// Whether the counts are exact.
    pub fn is_exact(&self) -> bool {
        self.completeness != Completeness::LowerBounds
    }

    /// The number of RRsets that differ in more than the TTL.
    pub fn content(&self) -> u64 {
        self.missing + self.extra + self.changed + self.answer
    }

    pub(super) fn count(&mut self, kind: DifferenceKind) {
        *self.counter(kind) += 1;
    }

    /// Takes into account how long caches may hold something that is wrong.
    pub(super) fn hold(&mut self, time: Option<u32>) {
        self.held_for = self.held_for.max(time);
    }

    /// Returns the number of RRsets that differ in one way.
    pub(super) fn counter(&mut self, kind: DifferenceKind) -> &mut u64 {
        match kind {
            DifferenceKind::Missing => &mut self.missing,
            DifferenceKind::Extra => &mut self.extra,
            DifferenceKind::Changed => &mut self.changed,
            DifferenceKind::Ttl => &mut self.ttl,
            DifferenceKind::Answer => &mut self.answer,
        }
    }
}

impl RrsetText {
    /// An RRset of one record.
    pub(super) fn of_one(ttl: u32, rdata: String) -> Self {
        Self { ttl, ttls: Vec::new(), rdata: vec![rdata], records: 1 }
    }
}
