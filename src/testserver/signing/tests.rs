use domain::base::{Message, MessageBuilder, Name, Rtype};
use domain::rdata::tsig::Time48;
use domain::tsig::{Algorithm as Theirs, ClientSequence, Key as TheirKey, ValidationError};

use super::*;
use crate::dns::message::{OptRecord, Question};
use crate::dns::tsig::{Algorithm, TsigError, Verifier};
use crate::dns::{self};
use crate::observe::Transport;
use crate::testserver::{Authority, Zone};

const NOW: u64 = 1_795_400_000;

fn authority() -> Authority {
    let hosts: Vec<_> = (0..200).map(|host| format!("h{host} 60 IN A 192.0.2.{host}")).collect();
    let hosts = hosts.join("\n");
    let zone = Zone::parse("example.test", &format!("@ 60 IN SOA ns0 h 3 1 1 1 1\n{hosts}")).unwrap();
    let mut authority = Authority { zones: vec![zone], ..Authority::default() };
    authority.layout.records_per_message = 1;
    authority
}

fn key(name: &str, secret: &[u8]) -> TsigKey {
    TsigKey::new(name.parse().unwrap(), Algorithm::Sha256, secret.to_vec())
}

fn signing() -> Signing {
    Signing { keys: vec![key("other", b"x"), key("xfr", b"secret")], ..Signing::default() }
}

fn answer(signing: &Signing, question: &[u8]) -> Vec<Vec<u8>> {
    let query = Query::read(question).unwrap();
    match signing.check(&query, question, NOW) {
        Checked::Refused(reply) => vec![reply],
        Checked::Unsigned => authority().answer_query(&query, Transport::Tcp),
        Checked::Signed(mut session) => {
            let mut messages = authority().answer_query(&query, Transport::Tcp);
            session.sign(&mut messages);
            messages
        }
    }
}

fn question(rtype: dns::Rtype) -> Vec<u8> {
    Question { id: 7, qname: "example.test".parse().unwrap(), qtype: rtype }.to_wire(OptRecord::Omitted)
}

/// Asks with a key, and verifies the answer.
fn ask(signing: &Signing, key: &TsigKey) -> Result<usize, TsigError> {
    let mut question = question(dns::Rtype::AXFR);
    let mut verifier = Verifier::new(key, &key.sign(&mut question, NOW).unwrap());
    let messages = answer(signing, &question);
    for message in &messages {
        verifier.verify(message, NOW)?;
    }
    verifier.finish().map(|()| messages.len())
}

/// Asks as another implementation does, and has it verify the answer.
fn ask_as_they_do(signing: &Signing, algorithm: Theirs) -> Result<usize, ValidationError> {
    let key = TheirKey::new(algorithm, b"secret", "xfr".parse().unwrap(), None, None).unwrap();
    let mut builder = MessageBuilder::new_vec().question();
    let zone: Name<Vec<u8>> = "example.test.".parse().unwrap();
    builder.push((zone, Rtype::AXFR)).unwrap();
    let mut builder = builder.additional();
    let now = Time48::from_u64(NOW);
    let mut sequence = ClientSequence::request(&key, &mut builder, now).unwrap();
    let messages = answer(signing, &builder.finish());
    for message in &messages {
        sequence.answer(&mut Message::from_octets(message.clone()).unwrap(), now)?;
    }
    sequence.done().map(|()| messages.len())
}

#[test]
fn another_implementation_takes_its_answers() {
    for (ours, theirs) in [
        (Algorithm::Sha1, Theirs::Sha1),
        (Algorithm::Sha256, Theirs::Sha256),
        (Algorithm::Sha384, Theirs::Sha384),
        (Algorithm::Sha512, Theirs::Sha512),
    ] {
        let keys = vec![TsigKey::new("xfr".parse().unwrap(), ours, b"secret".to_vec())];
        for signed in [Signed::Every, Signed::EveryNth(100), Signed::EveryNth(7)] {
            let signing = Signing { keys: keys.clone(), signed, ..Signing::default() };
            assert_eq!(ask_as_they_do(&signing, theirs).unwrap(), 202, "{ours} {signed:?}");
        }
    }
}

#[test]
fn it_signs_wrongly_where_it_is_told_to() {
    let name = || key("xfr", b"").name().clone();
    let with = |change: fn(&mut Signing)| {
        let mut signing = signing();
        change(&mut signing);
        ask(&signing, &key("xfr", b"secret"))
    };
    assert_eq!(with(|_| ()), Ok(202));
    assert_eq!(with(|signing| signing.last_unsigned = true), Err(TsigError::LastUnsigned { key: name() }));
    let too_many = Err(TsigError::TooManyUnsigned { key: name() });
    assert_eq!(with(|signing| signing.signed = Signed::FirstAndLast), too_many);
    assert_eq!(with(|signing| signing.signed = Signed::EveryNth(101)), too_many);
    for (place, message) in [(0, 1), (3, 4), (201, 202)] {
        let mut signing = signing();
        signing.wrong_mac_at = Some(place);
        let wrong = Err(TsigError::WrongMac { key: name(), message });
        assert_eq!(ask(&signing, &key("xfr", b"secret")), wrong);
    }
}

#[test]
fn what_is_wrong_with_a_question_is_said() {
    let name = || key("xfr", b"").name().clone();
    let ahead = Signing { clock_ahead: 301, ..signing() };
    let late = TsigError::BadTime { key: name(), server: Some(NOW + 301), now: NOW };
    assert_eq!(ask(&ahead, &key("xfr", b"secret")), Err(late));
    let secret = TsigError::BadSig { key: name() };
    assert_eq!(ask(&signing(), &key("xfr", b"another")), Err(secret));
    let unknown = TsigError::BadKey { key: key("nobody", b"").name().clone(), algorithm: Algorithm::Sha256 };
    assert_eq!(ask(&signing(), &key("nobody", b"secret")), Err(unknown));
    let algorithm = TsigKey::new(name(), Algorithm::Sha512, b"secret".to_vec());
    let unknown = TsigError::BadKey { key: name(), algorithm: Algorithm::Sha512 };
    assert_eq!(ask(&signing(), &algorithm), Err(unknown));
}

#[test]
fn a_question_without_a_signature_is_refused_where_one_is_required() {
    let required = Signing { required: true, ..signing() };
    let [refused] = answer(&required, &question(dns::Rtype::SOA)).try_into().unwrap();
    assert_eq!(refused[3] & 15, 5);
    let [answered] = answer(&signing(), &question(dns::Rtype::SOA)).try_into().unwrap();
    assert_eq!(answered[3] & 15, 0);
    assert_eq!(ask(&required, &key("xfr", b"secret")), Ok(202));
}
