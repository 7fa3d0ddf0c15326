//! Any bytes as the signed responses to a query: none verifies without the key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::{OptRecord, Question};
use zoneprobe::dns::tsig::{Algorithm, SignatureStatus, TsigKey, Verifier};

fuzz_target!(|bytes: &[u8]| {
    let key = TsigKey::new("k".parse().expect("a name"), Algorithm::Sha256, vec![7; 32]);
    let question = Question { id: 0x4141, qname: "a".parse().expect("a name"), qtype: Rtype::SOA };
    let mut wire = question.to_wire(OptRecord::Omitted);
    let mac = key.sign(&mut wire, 1_000_000).expect("a query has room for a signature");
    let mut verifier = Verifier::new(&key, &mac);
    let mut rest = bytes;
    while let Some((&length, tail)) = rest.split_first() {
        let (message, next) = tail.split_at(usize::from(length).min(tail.len()));
        rest = next;
        assert_ne!(verifier.verify(message, 1_000_000), Ok(SignatureStatus::Verified));
    }
    assert!(verifier.finish().is_err());
});
