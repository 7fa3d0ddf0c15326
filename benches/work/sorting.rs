//! Sorting the records of a transfer.

use zoneprobe::dns::message::Question;
use zoneprobe::dns::xfr::axfr::AxfrReader;
use zoneprobe::dns::{Name, Rtype};
use zoneprobe::transfer::{RecordSorter, SortedRrsets};

use crate::zones::TransferStream;

/// Reads all records and sorts them, in the memory that a check takes.
pub(crate) fn sort(stream: &TransferStream) -> SortedRrsets {
    let zone: Name = stream.zone.parse().expect("it is a name");
    let mut sorter = RecordSorter::new(&zone, RecordSorter::DEFAULT_MEMORY);
    let question = Question { id: 0, qname: zone, qtype: Rtype::AXFR };
    let mut transfer = AxfrReader::new(question, u64::MAX);
    for message in stream.messages() {
        transfer.read_message(message, |record| sorter.add(record)).expect("it is well-formed");
    }
    let summary = transfer.end().expect("it is complete");
    sorter.finish(&summary.soa, summary.soa_ttl).expect("there is room for temporary files")
}
