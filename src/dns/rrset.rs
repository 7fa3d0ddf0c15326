//! RRsets apart from a message, with the signatures over them.

use super::name::Name;
use super::rtype::Rtype;

/// The TTL and the canonical RDATA of a record.
pub type TtlAndRdata = (u32, Vec<u8>);

/// An RRset in canonical form, with the signatures over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rrset {
    /// Its owner name.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// Its records, sorted by RDATA, then by TTL; each once.
    pub records: Vec<TtlAndRdata>,
    /// The RRSIG records that cover it, sorted alike. There may be some without any record that they cover.
    pub signatures: Vec<TtlAndRdata>,
}

impl Rrset {
    /// Makes an RRset of records in any order.
    pub fn new(
        owner: Name,
        rtype: Rtype,
        mut records: Vec<TtlAndRdata>,
        mut signatures: Vec<TtlAndRdata>,
    ) -> Self {
        for side in [&mut records, &mut signatures] {
            side.sort_unstable_by(|(ttl, rdata), (other_ttl, other)| (rdata, ttl).cmp(&(other, other_ttl)));
            side.dedup();
        }
        Self { owner, rtype, records, signatures }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_sorted_and_each_is_kept_once() {
        let record = |ttl, octet| (ttl, vec![octet]);
        let records = vec![record(60, 2), record(30, 2), record(60, 1), record(60, 2)];
        let rrset = Rrset::new("www.example".parse().unwrap(), Rtype(1), records, Vec::new());
        assert_eq!(rrset.records, [record(60, 1), record(30, 2), record(60, 2)]);
    }
}
