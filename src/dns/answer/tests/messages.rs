//! Responses made of zone-file text, as servers would send them.

use data_encoding::HEXLOWER;

use crate::dns::message::{OptRecord, Question};
use crate::dns::zonefile::ZoneFileReader;
use crate::dns::{Name, Rrset, Rtype, Serial, Soa};

/// Flags of an authoritative response: QR and AA.
pub(crate) const AA: u16 = 0x8400;

/// Flags of a response without authority: QR.
pub(crate) const NO_AA: u16 = 0x8000;

/// The bit TC.
pub(crate) const TC: u16 = 0x0200;

/// The answer, authority and additional sections, each record as `owner ttl type data`. Of a
/// SOA, owner and TTL count; the data of an OPT record are in hexadecimal.
pub(crate) type SectionText<'t> = [&'t [&'t str]; 3];

/// Returns the question of `name type`.
pub(crate) fn question(text: &str) -> Question {
    let (qname, qtype) = text.split_once(' ').expect("a name and a type");
    Question { id: 7, qname: qname.parse().unwrap(), qtype: qtype.parse().unwrap() }
}

/// Encodes a response to `name type`, without compression.
pub(crate) fn message(asked: &str, flags: u16, sections: SectionText<'_>) -> Vec<u8> {
    let mut wire = question(asked).to_wire(OptRecord::Omitted);
    wire[2..4].copy_from_slice(&flags.to_be_bytes());
    for (count, records) in [6, 8, 10].into_iter().zip(sections) {
        wire[count..count + 2].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
        for record in records {
            push_record(&mut wire, record);
        }
    }
    wire
}

/// Appends a record to a message.
fn push_record(wire: &mut Vec<u8>, text: &str) {
    let mut push = |owner: &[u8], rtype: Rtype, ttl: u32, rdata: &[u8]| {
        wire.extend_from_slice(owner);
        wire.extend_from_slice(&[rtype.0.to_be_bytes(), [0, 1]].concat());
        wire.extend_from_slice(&ttl.to_be_bytes());
        wire.extend_from_slice(&u16::try_from(rdata.len()).unwrap().to_be_bytes());
        wire.extend_from_slice(rdata);
    };
    let words: Vec<&str> = text.split(' ').collect();
    if let [owner, ttl, "SOA", ..] = words[..] {
        let owner: Name = owner.parse().unwrap();
        return push(owner.as_wire(), Rtype::SOA, ttl.parse().unwrap(), &soa().to_rdata());
    }
    if let [".", ttl, "OPT", options] = words[..] {
        let options = HEXLOWER.decode(options.as_bytes()).unwrap();
        return push(&[0], Rtype::OPT, ttl.parse().unwrap(), &options);
    }
    let mut reader = ZoneFileReader::new(".".parse().unwrap());
    let read = reader.read_line(text.as_bytes(), &mut |record| {
        push(record.owner, record.rtype, record.ttl, record.rdata);
    });
    read.unwrap_or_else(|error| panic!("{text}: {error}"));
}

/// Makes an RRset of records as in sections, with the signatures over it. The first record has its owner and type.
pub(crate) fn rrset(records: &[&str]) -> Rrset {
    let (mut owner, mut sides) = (None, [Vec::new(), Vec::new()]);
    let mut reader = ZoneFileReader::new(".".parse().unwrap());
    for text in records {
        let read = reader.read_line(text.as_bytes(), &mut |record| {
            owner.get_or_insert_with(|| (Name::from_wire(record.owner).unwrap(), record.rtype));
            sides[usize::from(record.covered() > 0)].push((record.ttl, record.rdata.to_vec()));
        });
        read.unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    let ((owner, rtype), [records, signatures]) = (owner.expect("a record"), sides);
    Rrset::new(owner, rtype, records, signatures)
}

/// The SOA of every response.
pub(crate) fn soa() -> Soa {
    let name = |text: &str| text.parse().unwrap();
    Soa {
        mname: name("ns1.example.test"),
        rname: name("admin.example.test"),
        serial: Serial(7),
        refresh: 3600,
        retry: 600,
        expire: 604_800,
        minimum: 300,
    }
}
