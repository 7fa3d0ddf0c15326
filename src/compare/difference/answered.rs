//! An RRset that anyone answered, held against one that is listed.

use super::listing::record_text;
use super::result::RrsetText;
use crate::dns::{Rtype, TtlAndRdata};

/// Returns an RRset with these records as text, in the form in which differences list them.
pub fn rrset_text(rtype: Rtype, records: &[TtlAndRdata]) -> RrsetText {
    let mut rdata: Vec<String> = records.iter().map(|(_, rdata)| record_text(rtype, rdata).0).collect();
    rdata.sort_unstable();
    rdata.dedup();
    let ttl = records.iter().map(|(ttl, _)| *ttl).min().unwrap_or_default();
    RrsetText { ttl, ttls: Vec::new(), records: rdata.len() as u64, rdata }
}

/// Whether an RRset has the data of a listed one, as far as that is listed, and as many records.
pub fn has_data_of(rrset: &RrsetText, listed: &RrsetText) -> bool {
    let is_whole = listed.rdata.len() as u64 >= listed.records;
    let mut rdata: Vec<&String> = listed.rdata.iter().collect();
    rdata.sort_unstable();
    rdata.dedup();
    let has_number =
        if is_whole { rrset.rdata.len() == rdata.len() } else { rrset.records == listed.records };
    has_number && rdata.into_iter().all(|record| rrset.rdata.contains(record))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(octets: &[u8]) -> RrsetText {
        let records: Vec<TtlAndRdata> = octets.iter().map(|octet| (60, vec![192, 0, 2, *octet])).collect();
        rrset_text(Rtype::A, &records)
    }

    #[test]
    fn an_rrset_has_the_data_of_another_whatever_their_order_and_ttls() {
        let listed = RrsetText { ttl: 3600, ..text(&[1, 2]) };
        for (octets, expected) in [
            ([2, 1].as_slice(), true),
            (&[1, 2, 2], true),
            (&[1], false),
            (&[1, 3], false),
            (&[1, 2, 3], false),
        ] {
            assert_eq!(has_data_of(&text(octets), &listed), expected, "{octets:?}");
        }
    }

    #[test]
    fn of_a_list_that_is_cut_the_number_of_records_counts_too() {
        let listed = RrsetText { records: 3, ..text(&[1, 2]) };
        for (octets, expected) in [([1, 2, 9].as_slice(), true), (&[1, 2], false), (&[1, 8, 9], false)] {
            assert_eq!(has_data_of(&text(octets), &listed), expected, "{octets:?}");
        }
    }

    #[test]
    fn records_with_two_ttls_are_listed_twice_and_are_one() {
        let listed = RrsetText { rdata: vec!["192.0.2.1".to_owned(); 2], records: 2, ..text(&[1]) };
        assert!(has_data_of(&text(&[1]), &listed));
    }
}
