//! Verifying the TSIG signatures of a transfer.

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::{OptRecord, Question};
use zoneprobe::dns::tsig::{Algorithm, Mac, TsigKey, Verifier};
use zoneprobe::testserver::{Query, SignedMessages, TsigCheck, TsigPolicy};

use crate::zones::TransferStream;

/// The time of all signatures, in seconds since 1970.
const NOW: u64 = 1_795_000_000;

/// A transfer with a signature in every message, and what they are verified with.
pub(crate) struct SignedStream {
    messages: Vec<Vec<u8>>,
    key: TsigKey,
    query_mac: Mac,
}

impl SignedStream {
    /// Signs every message, as BIND, NSD and Knot do.
    pub(crate) fn new(stream: &TransferStream) -> Self {
        let key = TsigKey::new("bench".parse().expect("it is a name"), Algorithm::Sha256, vec![7; 32]);
        let zone = stream.zone.parse().expect("it is a name");
        let mut wire = Question { id: 0, qname: zone, qtype: Rtype::AXFR }.to_wire(OptRecord::Omitted);
        let query_mac = key.sign(&mut wire, NOW).expect("a query has room for a signature");
        let signing = TsigPolicy {
            keys: vec![key.clone()],
            required: true,
            signed_messages: SignedMessages::Every,
            last_unsigned: false,
            wrong_mac_at: None,
            clock_offset: 0,
        };
        let query = Query::parse(&wire).expect("it is a query");
        let TsigCheck::Signed(mut session) = signing.check(&query, &wire, NOW) else {
            unreachable!("the query was signed with this key")
        };
        let mut messages: Vec<Vec<u8>> = stream.messages().map(<[u8]>::to_vec).collect();
        session.sign(&mut messages);
        Self { messages, key, query_mac }
    }

    /// Verifies every message and returns their number.
    pub(crate) fn verify(&self) -> usize {
        let mut verifier = Verifier::new(&self.key, &self.query_mac);
        for message in &self.messages {
            verifier.verify(message, NOW).expect("it is signed");
        }
        verifier.finish().expect("the last message is signed");
        self.messages.len()
    }
}
