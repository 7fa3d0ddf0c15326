//! Any bytes as a message: every record is read or rejected, has a safe text form, and is the same as read by
//! hickory-proto and by `domain`, where they can read the message.

#![no_main]

use hickory_proto::op::Message;
use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::rdata;
use zoneprobe::dns::wire::{MessageReader, Scratch};

fuzz_target!(|bytes: &[u8]| {
    let Some(ours) = read_records(bytes) else { return };
    if let Some(theirs) = read_records_with_domain(bytes) {
        let plain: Vec<(usize, u16, u32)> =
            ours.iter().map(|fields| (fields.labels, fields.rtype, fields.ttl)).collect();
        assert_eq!(plain, theirs);
    }
    let Ok(theirs) = Message::from_vec(bytes) else { return };
    let records = theirs.answers.iter().chain(&theirs.authorities);
    for (own, other) in ours.iter().zip(records) {
        let owner = other.name.to_lowercase().to_ascii();
        assert_eq!(own.ttl, other.ttl, "TTL of {owner}");
        assert_eq!(own.labels, usize::from(other.name.num_labels()) + usize::from(other.name.is_wildcard()));
        assert_eq!(own.rtype, u16::from(other.record_type()), "type of {owner}");
    }
});

struct RecordFields {
    labels: usize,
    rtype: u16,
    ttl: u32,
}

/// Labels, type and TTL of every record; `None` if one of them cannot be read.
fn read_records(bytes: &[u8]) -> Option<Vec<RecordFields>> {
    let mut scratch = Scratch::default();
    let mut reader = MessageReader::new(bytes).ok()?;
    let [_, answers, authorities, additionals] = reader.header().counts.map(usize::from);
    reader.question(&mut scratch).ok()?;
    let mut fields = Vec::new();
    for _ in 0..answers + authorities + additionals {
        let record = reader.record(&mut scratch).ok()?;
        assert!(record.owner.len() <= 255);
        let text = rdata::to_text(record.rtype, record.rdata);
        assert!(text.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{text:?}");
        let labels =
            zoneprobe::dns::Name::from_wire(record.owner).expect("an owner is a name").labels().count();
        fields.push(RecordFields { labels, rtype: record.rtype.0, ttl: record.ttl });
    }
    Some(fields)
}

/// The same, as `domain` reads them.
fn read_records_with_domain(bytes: &[u8]) -> Option<Vec<(usize, u16, u32)>> {
    let message = domain::base::Message::from_octets(bytes).ok()?;
    let mut fields = Vec::new();
    let mut section = Some(message.answer().ok()?);
    while let Some(mut records) = section {
        for record in records.by_ref() {
            let record = record.ok()?;
            // `domain` counts the root as a label.
            let labels = domain::base::name::ToLabelIter::iter_labels(&record.owner()).count() - 1;
            fields.push((labels, record.rtype().to_int(), record.ttl().as_secs()));
        }
        section = records.next_section().ok()?;
    }
    Some(fields)
}
