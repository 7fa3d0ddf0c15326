//! The hot paths as pieces of work that can be timed and counted one by one.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use zoneprobe::compare::{Differences, differences};
use zoneprobe::digest::{Buckets, Digest, HashKey, Profile};
use zoneprobe::dns::message::{OptRecord, Question};
use zoneprobe::dns::tsig::{Algorithm, Mac, TsigKey, Verifier};
use zoneprobe::dns::wire::{MessageReader, Scratch};
use zoneprobe::dns::xfr::axfr::{AxfrProgress, AxfrReader, ZoneSummary};
use zoneprobe::dns::{Name, Rtype};
use zoneprobe::observe;
use zoneprobe::plan::ContentRules;
use zoneprobe::testserver::{Query, SignedMessages, TsigCheck, TsigPolicy};

use crate::zones::Stream;

/// When everything is signed and verified, in seconds since 1970.
const NOW: u64 = 1_795_000_000;

/// Walks all records, their names decompressed; returns how many there are, both SOAs counted.
pub(crate) fn walk(stream: &Stream) -> u64 {
    let mut scratch = Scratch::default();
    let mut records = 0;
    for message in stream.messages() {
        let mut walk = MessageReader::new(message).expect("it is long enough");
        let _ = black_box(walk.question(&mut scratch));
        for _ in 0..walk.header().counts[1] {
            black_box(walk.record(&mut scratch).expect("it is well-formed"));
            records += 1;
        }
    }
    records
}

/// What a copy is held against: the same secret for every copy.
pub(crate) fn profile() -> Arc<Profile> {
    Arc::new(Profile { key: HashKey([7; 16]), content: ContentRules::default() })
}

/// Reads a whole copy into a digest: walk, canonical form and fingerprint.
pub(crate) fn digest(stream: &Stream, profile: &Arc<Profile>, wanted: Buckets) -> (ZoneSummary, Digest) {
    let question = Question { id: 0, qname: zone(stream), qtype: Rtype::AXFR };
    let mut transfer = AxfrReader::new(question, u64::MAX);
    let mut digest = Digest::new(Arc::clone(profile), wanted, UNIX_EPOCH);
    for message in stream.messages() {
        let progress =
            transfer.read_message(message, |record| digest.add(record)).expect("it is well-formed");
        if progress == AxfrProgress::Complete {
            break;
        }
    }
    (transfer.end().expect("it is whole"), digest)
}

/// Two copies that were read twice, the second time with what differs kept.
pub(crate) struct Pair {
    zone: Name,
    profile: Arc<Profile>,
    copies: [observe::Copy; 2],
}

impl Pair {
    /// Reads both copies twice.
    pub(crate) fn new(streams: [&Stream; 2]) -> Self {
        let profile = profile();
        let first = streams.map(|stream| digest(stream, &profile, Buckets::none()).1);
        let differing = first[0].differing(&first[1]);
        let copies = streams.map(|stream| {
            let (whole, digest) = digest(stream, &profile, differing.clone());
            observe::Copy {
                summary: whole,
                digest,
                bytes: stream.octets.len() as u64,
                duration: Duration::ZERO,
            }
        });
        Self { zone: zone(streams[0]), profile, copies }
    }

    /// Names the RRsets that differ.
    pub(crate) fn differences(&self) -> Differences {
        let [reference, found] = &self.copies;
        differences(&self.zone, &self.profile, reference, found, 100)
    }
}

/// A stream whose every message is signed, and what it is verified by.
pub(crate) struct SignedStream {
    messages: Vec<Vec<u8>>,
    key: TsigKey,
    question: Mac,
}

impl SignedStream {
    /// Signs a stream, every message as BIND, NSD and Knot do.
    pub(crate) fn new(stream: &Stream) -> Self {
        let key = TsigKey::new("bench".parse().expect("it is a name"), Algorithm::Sha256, vec![7; 32]);
        let mut octets =
            Question { id: 0, qname: zone(stream), qtype: Rtype::AXFR }.to_wire(OptRecord::Omitted);
        let question = key.sign(&mut octets, NOW).expect("there is room");
        let signing = TsigPolicy {
            keys: vec![key.clone()],
            required: true,
            signed_messages: SignedMessages::Every,
            last_unsigned: false,
            wrong_mac_at: None,
            clock_offset: 0,
        };
        let query = Query::parse(&octets).expect("it is a question");
        let TsigCheck::Signed(mut session) = signing.check(&query, &octets, NOW) else {
            unreachable!("the question was signed with this key")
        };
        let mut messages: Vec<Vec<u8>> = stream.messages().map(<[u8]>::to_vec).collect();
        session.sign(&mut messages);
        Self { messages, key, question }
    }

    /// Verifies every message; returns how many there are.
    pub(crate) fn verify(&self) -> usize {
        let mut verifier = Verifier::new(&self.key, &self.question);
        for message in &self.messages {
            verifier.verify(message, NOW).expect("it is signed");
        }
        verifier.finish().expect("the last is signed");
        self.messages.len()
    }
}

fn zone(stream: &Stream) -> Name {
    stream.zone.parse().expect("it is a name")
}
