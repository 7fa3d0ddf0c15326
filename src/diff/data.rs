//! The records of one RRset, all with one TTL.

use crate::dns::TtlAndRdata;

/// The records of one RRset. The records of an RRset share their TTL (RFC 2181 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrsetData {
    /// The TTL; where those of the records disagree, the least.
    pub ttl: u32,
    /// The canonical RDATA of each record, in order.
    pub rdata: Vec<Vec<u8>>,
}

impl RrsetData {
    /// The data of records that are sorted by RDATA, and whether their TTLs disagree; `None` of no records.
    pub(super) fn of_records(records: Vec<TtlAndRdata>) -> Option<(Self, bool)> {
        let ttl = records.iter().map(|(ttl, _)| *ttl).min()?;
        let is_mixed = records.iter().any(|(other, _)| *other != ttl);
        let mut rdata: Vec<Vec<u8>> = records.into_iter().map(|(_, rdata)| rdata).collect();
        rdata.dedup();
        Some((Self { ttl, rdata }, is_mixed))
    }

    /// The RDATA of records that another RRset does not have.
    pub(super) fn without<'d>(&'d self, other: Option<&'d Self>) -> impl Iterator<Item = &'d Vec<u8>> {
        let has = move |rdata: &[u8]| {
            other.is_some_and(|other| other.rdata.binary_search_by(|it| it.as_slice().cmp(rdata)).is_ok())
        };
        self.rdata.iter().filter(move |rdata| !has(rdata))
    }

    /// The octets of its RDATA.
    pub(super) fn len(&self) -> usize {
        self.rdata.iter().map(Vec::len).sum()
    }
}
