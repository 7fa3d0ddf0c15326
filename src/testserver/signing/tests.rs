use domain::base::{Message, MessageBuilder, Name, Rtype};
use domain::rdata::tsig::Time48;
use domain::tsig::{Algorithm as OtherAlgorithm, ClientSequence, Key as OtherKey, ValidationError};

use super::*;
use crate::dns;
use crate::dns::message::{OptRecord, Question};
use crate::dns::tsig::{Algorithm, TsigError, Verifier};
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

fn policy() -> TsigPolicy {
    TsigPolicy { keys: vec![key("other", b"x"), key("xfr", b"secret")], ..TsigPolicy::default() }
}

fn respond(policy: &TsigPolicy, message: &[u8]) -> Vec<Vec<u8>> {
    let query = Query::parse(message).unwrap();
    match policy.check(&query, message, NOW) {
        TsigCheck::Refused(response) => vec![response],
        TsigCheck::Unsigned => authority().respond_to(&query, Transport::Tcp),
        TsigCheck::Signed(mut signer) => {
            let mut messages = authority().respond_to(&query, Transport::Tcp);
            signer.sign(&mut messages);
            messages
        }
    }
}

fn unsigned_query(rtype: dns::Rtype) -> Vec<u8> {
    Question { id: 7, qname: "example.test".parse().unwrap(), qtype: rtype }.to_wire(OptRecord::Omitted)
}

/// Transfers the zone with a key, and verifies the response; returns how many messages it has.
fn transfer(policy: &TsigPolicy, key: &TsigKey) -> Result<usize, TsigError> {
    let mut query = unsigned_query(dns::Rtype::AXFR);
    let mut verifier = Verifier::new(key, &key.sign(&mut query, NOW).unwrap());
    let messages = respond(policy, &query);
    for message in &messages {
        verifier.verify(message, NOW)?;
    }
    verifier.finish().map(|()| messages.len())
}

/// Does the same with the signatures of another implementation.
fn transfer_with_other(policy: &TsigPolicy, algorithm: OtherAlgorithm) -> Result<usize, ValidationError> {
    let key = OtherKey::new(algorithm, b"secret", "xfr".parse().unwrap(), None, None).unwrap();
    let mut builder = MessageBuilder::new_vec().question();
    let zone: Name<Vec<u8>> = "example.test.".parse().unwrap();
    builder.push((zone, Rtype::AXFR)).unwrap();
    let mut builder = builder.additional();
    let now = Time48::from_u64(NOW);
    let mut sequence = ClientSequence::request(&key, &mut builder, now).unwrap();
    let messages = respond(policy, &builder.finish());
    for message in &messages {
        sequence.answer(&mut Message::from_octets(message.clone()).unwrap(), now)?;
    }
    sequence.done().map(|()| messages.len())
}

#[test]
fn signed_transfers_verify_in_another_implementation() {
    for (algorithm, other) in [
        (Algorithm::Sha1, OtherAlgorithm::Sha1),
        (Algorithm::Sha256, OtherAlgorithm::Sha256),
        (Algorithm::Sha384, OtherAlgorithm::Sha384),
        (Algorithm::Sha512, OtherAlgorithm::Sha512),
    ] {
        let keys = vec![TsigKey::new("xfr".parse().unwrap(), algorithm, b"secret".to_vec())];
        for signed_messages in
            [SignedMessages::Every, SignedMessages::EveryNth(100), SignedMessages::EveryNth(7)]
        {
            let policy = TsigPolicy { keys: keys.clone(), signed_messages, ..TsigPolicy::default() };
            assert_eq!(transfer_with_other(&policy, other).unwrap(), 202, "{algorithm} {signed_messages:?}");
        }
    }
}

#[test]
fn misconfigured_signing_is_rejected_by_the_verifier() {
    let name = || key("xfr", b"").name().clone();
    let with = |change: fn(&mut TsigPolicy)| {
        let mut policy = policy();
        change(&mut policy);
        transfer(&policy, &key("xfr", b"secret"))
    };
    assert_eq!(with(|_| ()), Ok(202));
    assert_eq!(with(|policy| policy.last_unsigned = true), Err(TsigError::LastUnsigned { key: name() }));
    let too_many = Err(TsigError::TooManyUnsigned { key: name() });
    assert_eq!(with(|policy| policy.signed_messages = SignedMessages::FirstAndLast), too_many);
    assert_eq!(with(|policy| policy.signed_messages = SignedMessages::EveryNth(101)), too_many);
    for (index, message) in [(0, 1), (3, 4), (201, 202)] {
        let mut policy = policy();
        policy.wrong_mac_at = Some(index);
        let wrong = Err(TsigError::WrongMac { key: name(), message });
        assert_eq!(transfer(&policy, &key("xfr", b"secret")), wrong);
    }
}

#[test]
fn each_tsig_error_of_a_query_has_its_code() {
    let name = || key("xfr", b"").name().clone();
    let ahead = TsigPolicy { clock_offset: 301, ..policy() };
    let late = TsigError::BadTime { key: name(), server: Some(NOW + 301), now: NOW };
    assert_eq!(transfer(&ahead, &key("xfr", b"secret")), Err(late));
    let secret = TsigError::BadSig { key: name() };
    assert_eq!(transfer(&policy(), &key("xfr", b"another")), Err(secret));
    let unknown = TsigError::BadKey { key: key("nobody", b"").name().clone(), algorithm: Algorithm::Sha256 };
    assert_eq!(transfer(&policy(), &key("nobody", b"secret")), Err(unknown));
    let algorithm = TsigKey::new(name(), Algorithm::Sha512, b"secret".to_vec());
    let unknown = TsigError::BadKey { key: name(), algorithm: Algorithm::Sha512 };
    assert_eq!(transfer(&policy(), &algorithm), Err(unknown));
}

#[test]
fn an_unsigned_query_is_refused_where_a_signature_is_required() {
    let required = TsigPolicy { required: true, ..policy() };
    let [refused] = respond(&required, &unsigned_query(dns::Rtype::SOA)).try_into().unwrap();
    assert_eq!(refused[3] & 15, 5);
    let [answered] = respond(&policy(), &unsigned_query(dns::Rtype::SOA)).try_into().unwrap();
    assert_eq!(answered[3] & 15, 0);
    assert_eq!(transfer(&required, &key("xfr", b"secret")), Ok(202));
}
