//! The messages of a transfer, laid out as by NSD.

use std::collections::HashMap;

use super::record::{ALGORITHM, KEY_TAG, SIGNED_TTL, SOA_NUMBERS, VALID};
use super::{GeneratedZone, Rdata, Record, Variant};

/// The maximum size of a message in bytes, as in NSD: a compression pointer reaches every name in it.
const MAX_MESSAGE: usize = 16_383;

/// The maximum size of a record of these zones in bytes.
const MAX_RECORD: usize = 512;

/// A whole transfer: messages, each preceded by its length.
pub(crate) struct TransferStream {
    pub(crate) zone: String,
    pub(crate) bytes: Vec<u8>,
    /// Records of the zone, the SOA counted once.
    pub(crate) records: u64,
}

impl TransferStream {
    /// Encodes the transfer of a zone, with ID 0.
    pub(crate) fn new(zone: GeneratedZone, copy: Variant) -> Self {
        let mut writer = MessageWriter::new(&zone.name());
        let mut opening = None;
        let mut records = 0;
        zone.for_each_record(copy, |record| {
            records += 1;
            writer.record(record);
            if opening.is_none() {
                let Rdata::Soa { mname, rname } = &record.data else { unreachable!("the SOA is first") };
                let data = Rdata::Soa { mname: mname.clone(), rname: rname.clone() };
                opening = Some(Record { owner: record.owner.clone(), ttl: record.ttl, data });
            }
        });
        writer.record(&opening.expect("a zone has an SOA"));
        Self { zone: zone.name(), bytes: writer.finish(), records }
    }

    /// Its messages, without their lengths.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let (&length, after) = rest.split_first_chunk()?;
            let (message, next) = after.split_at(u16::from_be_bytes(length).into());
            rest = next;
            Some(message)
        })
    }
}

/// A name in wire format, in its letter case.
pub(crate) fn name(text: &str) -> Vec<u8> {
    let mut wire = Vec::with_capacity(text.len() + 1);
    for label in text.trim_end_matches('.').split('.') {
        wire.push(u8::try_from(label.len()).expect("a label is short"));
        wire.extend_from_slice(label.as_bytes());
    }
    wire.push(0);
    wire
}

/// Writes records to messages, with name compression.
struct MessageWriter {
    stream: Vec<u8>,
    message: Vec<u8>,
    answers: u16,
    /// The offset in the message of each name and of each of its parents.
    suffixes: HashMap<Vec<u8>, u16>,
}

impl MessageWriter {
    /// Starts with the message that has the question.
    fn new(zone: &str) -> Self {
        let mut writer =
            Self { stream: Vec::new(), message: Vec::new(), answers: 0, suffixes: HashMap::new() };
        writer.begin(1);
        writer.name(zone);
        writer.message.extend_from_slice(&[0, 252, 0, 1]);
        writer
    }

    fn begin(&mut self, questions: u8) {
        self.message.clear();
        self.message.extend_from_slice(&[0, 0, 0x84, 0, 0, questions, 0, 0, 0, 0, 0, 0]);
        self.answers = 0;
        self.suffixes.clear();
    }

    fn end(&mut self) {
        self.message[6..8].copy_from_slice(&self.answers.to_be_bytes());
        let length = u16::try_from(self.message.len()).expect("a message is short");
        self.stream.extend_from_slice(&length.to_be_bytes());
        self.stream.extend_from_slice(&self.message);
    }

    fn finish(mut self) -> Vec<u8> {
        self.end();
        self.stream
    }

    fn record(&mut self, record: &Record) {
        if self.message.len() + MAX_RECORD > MAX_MESSAGE {
            self.end();
            self.begin(0);
        }
        self.name(&record.owner);
        self.u16(record.data.rtype());
        self.u16(1);
        self.u32(record.ttl);
        let length = self.message.len();
        self.u16(0);
        self.data(&record.data);
        let rdlength = u16::try_from(self.message.len() - length - 2).expect("a record is short");
        self.message[length..length + 2].copy_from_slice(&rdlength.to_be_bytes());
        self.answers += 1;
    }

    /// Writes a name, with a pointer for the suffix that the message has already (RFC 1035 section 4.1.4).
    fn name(&mut self, text: &str) {
        let wire = name(text);
        let mut at = 0;
        while wire[at] != 0 {
            if let Some(&offset) = self.suffixes.get(&wire[at..]) {
                return self.u16(0xc000 | offset);
            }
            let offset = u16::try_from(self.message.len()).expect("a message is short");
            self.suffixes.insert(wire[at..].to_vec(), offset);
            let end = at + 1 + usize::from(wire[at]);
            self.message.extend_from_slice(&wire[at..end]);
            at = end;
        }
        self.message.push(0);
    }

    fn data(&mut self, data: &Rdata) {
        match data {
            Rdata::Soa { mname, rname } => {
                self.name(mname);
                self.name(rname);
                for number in SOA_NUMBERS {
                    self.u32(number);
                }
            }
            Rdata::Ns(host) => self.name(host),
            Rdata::A(address) => self.message.extend_from_slice(&address.octets()),
            Rdata::Aaaa(address) => self.message.extend_from_slice(&address.octets()),
            Rdata::Mx(preference, host) => {
                self.u16(*preference);
                self.name(host);
            }
            Rdata::Txt(text) => {
                self.message.push(u8::try_from(text.len()).expect("a text is short"));
                self.message.extend_from_slice(text.as_bytes());
            }
            Rdata::Ds { tag, digest } => {
                self.u16(*tag);
                self.message.extend_from_slice(&[ALGORITHM, 2]);
                self.message.extend_from_slice(digest);
            }
            Rdata::Dnskey(key) => {
                self.message.extend_from_slice(&[1, 1, 3, ALGORITHM]);
                self.message.extend_from_slice(key);
            }
            Rdata::Rrsig { covered, labels, signer, signature } => {
                self.u16(*covered);
                self.message.extend_from_slice(&[ALGORITHM, *labels]);
                self.u32(SIGNED_TTL);
                for (time, _) in VALID {
                    self.u32(time);
                }
                self.u16(KEY_TAG);
                // RFC 4034 section 3.1.7: the signer's name is not compressed.
                self.message.extend_from_slice(&name(signer));
                self.message.extend_from_slice(signature);
            }
            Rdata::Nsec3 { next, types } => {
                self.message.extend_from_slice(&[1, 1, 0, 0, 0, 20]);
                self.message.extend_from_slice(next);
                self.message.extend_from_slice(&bitmap(types));
            }
            Rdata::Nsec3Param => self.message.extend_from_slice(&[1, 0, 0, 0, 0]),
        }
    }

    fn u16(&mut self, number: u16) {
        self.message.extend_from_slice(&number.to_be_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.message.extend_from_slice(&number.to_be_bytes());
    }
}

/// The type bitmap of types below 256 (RFC 4034 section 4.1.2).
fn bitmap(types: &[u16]) -> Vec<u8> {
    let length = types.iter().map(|rtype| rtype / 8 + 1).max().unwrap_or_default();
    let mut map = vec![0; usize::from(length) + 2];
    map[1] = u8::try_from(length).expect("all types are below 256");
    for &rtype in types {
        map[usize::from(rtype / 8) + 2] |= 0x80 >> (rtype % 8);
    }
    map
}
