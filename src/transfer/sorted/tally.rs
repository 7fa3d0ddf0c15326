//! Counts names and RRsets as their entries pass in order.

use super::entry::{Entry, RrsetKey};
use crate::dns::Rtype;

/// The most bytes of a message over TCP (RFC 1035 section 4.2.2).
const MAX_MESSAGE: usize = 65_535;

/// The least bytes of a response without its answer section: the header, a question for the root, and EDNS.
const MIN_MESSAGE: usize = 12 + 5 + 11;

/// The least bytes of a record without its RDATA: a compressed owner, type, class, TTL and length.
const MIN_RECORD: usize = 2 + 10;

/// The least length of a response with the records of one RRset.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResponseSize(usize);

impl Default for ResponseSize {
    fn default() -> Self {
        Self(MIN_MESSAGE)
    }
}

impl ResponseSize {
    /// Adds a record of the RRset, or a signature over it.
    pub(super) fn add(&mut self, rtype: Rtype, entry: Entry<'_>) {
        let rdata = entry.rdata().len();
        let least = if entry.is_signature() { rdata } else { rdata.min(min_rdata(rtype)) };
        self.0 = self.0.saturating_add(MIN_RECORD + least);
    }

    /// Whether a message can be as long.
    pub(super) fn fits(self) -> bool {
        self.0 <= MAX_MESSAGE
    }
}

/// The least bytes of RDATA whose names servers compress (RFC 3597 section 4); `usize::MAX` for other types.
fn min_rdata(rtype: Rtype) -> usize {
    match rtype.0 {
        // NS, MD, MF, CNAME, MB, MG, MR, PTR: a name.
        2..=5 | 7..=9 | 12 => 2,
        // MINFO: two names. MX: a preference and a name.
        14 | 15 => 4,
        // SOA: two names and five numbers.
        6 => 24,
        _ => usize::MAX,
    }
}

/// What sorted entries amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// RRsets with records.
    pub(super) rrsets: u64,
    /// Owner names.
    pub(super) names: u64,
    /// RRsets with records that fit in no response.
    pub(super) unaskable: u64,
}

/// Counts entries in order, and finds those that are there twice.
#[derive(Default)]
pub(super) struct Tally {
    counts: Counts,
    /// The bytes of the last entry.
    last: Vec<u8>,
    size: ResponseSize,
    /// Whether the current RRset has a record, and not only signatures.
    has_records: bool,
}

impl Tally {
    /// Counts an entry; returns false if it is the last one once more.
    pub(super) fn add(&mut self, entry: Entry<'_>) -> bool {
        if self.last == entry.as_bytes() {
            return false;
        }
        let key = entry.rrset_key();
        let last = (!self.last.is_empty()).then(|| Entry::new(&self.last).rrset_key());
        if last != Some(key) {
            self.counts.names += u64::from(last.map(RrsetKey::owner) != Some(key.owner()));
            self.end_rrset();
        }
        self.size.add(key.rtype(), entry);
        self.has_records |= !entry.is_signature();
        self.last.clear();
        self.last.extend_from_slice(entry.as_bytes());
        true
    }

    fn end_rrset(&mut self) {
        self.counts.rrsets += u64::from(self.has_records);
        self.counts.unaskable += u64::from(self.has_records && !self.size.fits());
        self.size = ResponseSize::default();
        self.has_records = false;
    }

    /// The counts, after the last entry.
    pub(super) fn finish(mut self) -> Counts {
        self.end_rrset();
        self.counts
    }
}
