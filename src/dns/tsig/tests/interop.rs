//! Compared to another implementation, the crate `domain`.

use domain::base::{Message, MessageBuilder};
use domain::rdata::tsig::Time48;
use domain::tsig::{Algorithm as DomainAlgorithm, Key as DomainKey, KeyName, ServerSequence};

use super::*;

const BOTH: [(Algorithm, DomainAlgorithm); 4] = [
    (Algorithm::Sha1, DomainAlgorithm::Sha1),
    (Algorithm::Sha256, DomainAlgorithm::Sha256),
    (Algorithm::Sha384, DomainAlgorithm::Sha384),
    (Algorithm::Sha512, DomainAlgorithm::Sha512),
];

fn domain_key(algorithm: DomainAlgorithm, mac_len: Option<usize>) -> DomainKey {
    let name: KeyName = "XFR.example.".parse().unwrap();
    DomainKey::new(algorithm, b"a secret of some octets", name, None, mac_len).unwrap()
}

/// Verifies our query and signs a response to it, by `domain`.
fn response_to(query: Vec<u8>, key: &DomainKey, messages: usize) -> Vec<Vec<u8>> {
    let now = Time48::from_u64(NOW);
    let mut query = Message::from_octets(query).unwrap();
    let mut sequence = ServerSequence::request(key, &mut query, now).ok().unwrap().unwrap();
    let sign = |_| {
        let mut message = MessageBuilder::new_vec().start_answer(&query, domain::base::iana::Rcode::NOERROR);
        let record = (
            "www.example.com".parse::<domain::base::Name<Vec<u8>>>().unwrap(),
            60,
            domain::rdata::A::from_octets(192, 0, 2, 1),
        );
        message.as_mut().unwrap().push(record).unwrap();
        let mut message = message.unwrap().additional();
        sequence.answer(&mut message, now).unwrap();
        message.finish()
    };
    (0..messages).map(sign).collect()
}

#[test]
fn domain_verifies_our_query_and_we_verify_its_response() {
    for (ours, theirs) in BOTH {
        let mut query = query();
        let mac = key_of(ours).sign(&mut query, NOW).unwrap();
        let answer = response_to(query, &domain_key(theirs, None), 5);
        assert_eq!(verify(&mut Verifier::new(&key_of(ours), &mac), &answer), Ok(()), "{ours}");
    }
}

#[test]
fn we_verify_truncated_signatures_of_domain() {
    for (ours, theirs) in BOTH {
        for octets in [ours.min_mac_len(), ours.mac_len() - 1] {
            let mut query = query();
            let mac = key_of(ours).sign(&mut query, NOW).unwrap();
            // One message: `domain` hashes the full MAC for the next one, although it sent a truncated one.
            let answer = response_to(query, &domain_key(theirs, Some(octets)), 1);
            assert_eq!(verify(&mut Verifier::new(&key_of(ours), &mac), &answer), Ok(()), "{ours} {octets}");
        }
    }
}
