//! Any octets as a message: every record is read or refused, shown, and agrees with hickory-proto and with
//! `domain` where they can read the message too.

#![no_main]

use hickory_proto::op::Message;
use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::rdata;
use zoneprobe::dns::wire::{Scratch, MessageReader};

fuzz_target!(|octets: &[u8]| {
    let Some(ours) = walk(octets) else { return };
    if let Some(theirs) = walk_with_domain(octets) {
        let plain: Vec<(usize, u16, u32)> = ours.iter().map(|seen| (seen.labels, seen.rtype, seen.ttl)).collect();
        assert_eq!(plain, theirs);
    }
    let Ok(theirs) = Message::from_vec(octets) else { return };
    let records = theirs.answers.iter().chain(&theirs.authorities);
    for (own, other) in ours.iter().zip(records) {
        let owner = other.name.to_lowercase().to_ascii();
        assert_eq!(own.ttl, other.ttl, "TTL of {owner}");
        assert_eq!(own.labels, usize::from(other.name.num_labels()) + usize::from(other.name.is_wildcard()));
        assert_eq!(own.rtype, u16::from(other.record_type()), "type of {owner}");
    }
});

struct Seen {
    labels: usize,
    rtype: u16,
    ttl: u32,
}

/// Returns what was seen of the records, if all of them can be read.
fn walk(octets: &[u8]) -> Option<Vec<Seen>> {
    let mut scratch = Scratch::default();
    let mut walk = MessageReader::new(octets).ok()?;
    let [_, answers, authorities, additionals] = walk.header().counts.map(usize::from);
    walk.question(&mut scratch).ok()?;
    let mut seen = Vec::new();
    for _ in 0..answers + authorities + additionals {
        let record = walk.record(&mut scratch).ok()?;
        assert!(record.owner.len() <= 255);
        let text = rdata::to_text(record.rtype, record.rdata);
        assert!(text.bytes().all(|octet| (0x20..0x7f).contains(&octet)), "{text:?}");
        let labels = zoneprobe::dns::Name::from_wire(record.owner).expect("an owner is a name").labels().count();
        seen.push(Seen { labels, rtype: record.rtype.0, ttl: record.ttl });
    }
    Some(seen)
}

/// Returns labels, type and TTL of every record, as `domain` reads them, if it reads all of them.
fn walk_with_domain(octets: &[u8]) -> Option<Vec<(usize, u16, u32)>> {
    let message = domain::base::Message::from_octets(octets).ok()?;
    let mut seen = Vec::new();
    let mut section = Some(message.answer().ok()?);
    while let Some(mut records) = section {
        for record in records.by_ref() {
            let record = record.ok()?;
            // The root is a label there.
            let labels = domain::base::name::ToLabelIter::iter_labels(&record.owner()).count() - 1;
            seen.push((labels, record.rtype().to_int(), record.ttl().as_secs()));
        }
        section = records.next_section().ok()?;
    }
    Some(seen)
}
