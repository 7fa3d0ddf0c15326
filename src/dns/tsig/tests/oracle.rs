//! Held against another implementation.

use domain::base::{Message, MessageBuilder};
use domain::rdata::tsig::Time48;
use domain::tsig::{Algorithm as Theirs, Key as TheirKey, KeyName, ServerSequence};

use super::*;

const BOTH: [(Algorithm, Theirs); 4] = [
    (Algorithm::Sha1, Theirs::Sha1),
    (Algorithm::Sha256, Theirs::Sha256),
    (Algorithm::Sha384, Theirs::Sha384),
    (Algorithm::Sha512, Theirs::Sha512),
];

fn their_key(algorithm: Theirs, octets_of_signature: Option<usize>) -> TheirKey {
    let name: KeyName = "XFR.example.".parse().unwrap();
    TheirKey::new(algorithm, b"a secret of some octets", name, None, octets_of_signature).unwrap()
}

/// Has them verify our question and sign an answer of some messages.
fn answered(question: Vec<u8>, key: &TheirKey, messages: usize) -> Vec<Vec<u8>> {
    let now = Time48::from_u64(NOW);
    let mut question = Message::from_octets(question).unwrap();
    let mut sequence = ServerSequence::request(key, &mut question, now).ok().unwrap().unwrap();
    let sign = |_| {
        let mut message =
            MessageBuilder::new_vec().start_answer(&question, domain::base::iana::Rcode::NOERROR);
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
fn they_take_our_question_and_we_take_their_answer() {
    for (ours, theirs) in BOTH {
        let mut question = question();
        let mac = key_of(ours).sign(&mut question, NOW).unwrap();
        let answer = answered(question, &their_key(theirs, None), 5);
        assert_eq!(verify(&mut Verifier::new(&key_of(ours), &mac), &answer), Ok(()), "{ours}");
    }
}

#[test]
fn we_take_their_signatures_cut_short() {
    for (ours, theirs) in BOTH {
        for octets in [ours.min_mac_len(), ours.octets() - 1] {
            let mut question = question();
            let mac = key_of(ours).sign(&mut question, NOW).unwrap();
            // One message: for the next they would digest what they did not send.
            let answer = answered(question, &their_key(theirs, Some(octets)), 1);
            assert_eq!(verify(&mut Verifier::new(&key_of(ours), &mac), &answer), Ok(()), "{ours} {octets}");
        }
    }
}
