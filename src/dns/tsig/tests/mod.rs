mod interop;
mod messages;

use proptest::prelude::*;

use super::record::BADTRUNC;
use super::*;
use crate::dns::message::{OptRecord, Question};
use crate::dns::wire::Scratch;
use crate::dns::{Malformed, Rtype};

const NOW: u64 = 1_795_400_000;

fn key_of(algorithm: Algorithm) -> TsigKey {
    TsigKey::new("xfr.example".parse().unwrap(), algorithm, b"a secret of some octets".to_vec())
}

fn key() -> TsigKey {
    key_of(Algorithm::Sha256)
}

fn query() -> Vec<u8> {
    Question { id: 4711, qname: "example.com".parse().unwrap(), qtype: Rtype::AXFR }
        .to_wire(OptRecord::Included)
}

/// A message of a response, with an address of its own.
fn message(number: u8) -> Vec<u8> {
    let mut wire = query();
    wire[2] = 0x84;
    wire[7] = 1;
    wire.splice(
        29..29,
        [b"\x03www\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04\xc0\0\x02".as_slice(), &[number]].concat(),
    );
    wire
}

fn variables(time: u64) -> TsigVariables<'static> {
    TsigVariables { time, fudge: FUDGE, error: 0, other: &[] }
}

/// A response with a message for each character: `s` is signed, `-` is not.
fn stream(key: &TsigKey, query: &Mac, signed: &str) -> Vec<Vec<u8>> {
    let mut signer = Signer::for_response(key, query);
    let mut messages = Vec::new();
    for (number, sign) in signed.bytes().enumerate() {
        let mut message = message(u8::try_from(number % 256).unwrap());
        if sign == b's' {
            signer.sign(&mut message, &variables(NOW)).unwrap();
        } else {
            signer.add_unsigned(&message);
        }
        messages.push(message);
    }
    messages
}

fn verify(verifier: &mut Verifier, messages: &[Vec<u8>]) -> Result<(), TsigError> {
    for message in messages {
        verifier.verify(message, NOW)?;
    }
    verifier.finish()
}

/// Signs a query, and verifies the response to it.
fn exchange(signed: &str) -> Result<(), TsigError> {
    let mac = key().sign(&mut query(), NOW).unwrap();
    verify(&mut Verifier::new(&key(), &mac), &stream(&key(), &mac, signed))
}

/// Verifies a signed message that was changed.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> TsigError {
    let mac = key().sign(&mut query(), NOW).unwrap();
    let mut message = stream(&key(), &mac, "s").remove(0);
    change(&mut message);
    Verifier::new(&key(), &mac).verify(&message, NOW).unwrap_err()
}

/// Verifies a message that was signed with these variables.
fn verify_with(variables: &TsigVariables<'_>) -> Result<SignatureStatus, TsigError> {
    let mac = key().sign(&mut query(), NOW).unwrap();
    let mut message = message(1);
    Signer::for_response(&key(), &mac).sign(&mut message, variables).unwrap();
    Verifier::new(&key(), &mac).verify(&message, NOW)
}

#[test]
fn a_response_with_all_messages_or_the_first_and_last_signed_is_verified() {
    for signed in ["s", "ss", "sss", "s-s", "s--s-ss", &format!("s{}s{}s", "-".repeat(99), "-".repeat(99))] {
        assert_eq!(exchange(signed), Ok(()), "{signed}");
    }
}

#[test]
fn a_response_without_a_required_signature_is_refused() {
    let name = || key().name().clone();
    assert_eq!(exchange("-s"), Err(TsigError::Unsigned { key: name(), rcode: 0 }));
    assert_eq!(exchange("ss-"), Err(TsigError::LastUnsigned { key: name() }));
    assert_eq!(exchange(""), Err(TsigError::LastUnsigned { key: name() }));
    let hundred = format!("s{}s", "-".repeat(100));
    assert_eq!(exchange(&hundred), Err(TsigError::TooManyUnsigned { key: name() }));
}

#[test]
fn the_response_to_another_query_does_not_verify() {
    let mac = key().sign(&mut query(), NOW).unwrap();
    let other = key().sign(&mut query(), NOW + 1).unwrap();
    let error = verify(&mut Verifier::new(&key(), &mac), &stream(&key(), &other, "s"));
    assert_eq!(error, Err(TsigError::WrongMac { key: key().name().clone(), message: 1 }));
}

#[test]
fn messages_dropped_swapped_or_repeated_do_not_verify() {
    let mac = key().sign(&mut query(), NOW).unwrap();
    let whole = stream(&key(), &mac, "s--s--s");
    for number in 0..whole.len() {
        let mut without = whole.clone();
        without.remove(number);
        assert!(verify(&mut Verifier::new(&key(), &mac), &without).is_err(), "{number} dropped");
        let mut twice = whole.clone();
        twice.insert(number, whole[number].clone());
        assert!(verify(&mut Verifier::new(&key(), &mac), &twice).is_err(), "{number} twice");
        let mut swapped = whole.clone();
        swapped.swap(number, (number + 1) % whole.len());
        assert!(verify(&mut Verifier::new(&key(), &mac), &swapped).is_err(), "{number} swapped");
    }
}

#[test]
fn an_authentic_message_verifies_after_a_forged_one() {
    let mac = key().sign(&mut query(), NOW).unwrap();
    let mut verifier = Verifier::new(&key(), &mac);
    let mut forged = stream(&key(), &mac, "s").remove(0);
    forged[40] ^= 1;
    for authentic in stream(&key(), &mac, "sss") {
        assert!(verifier.verify(&forged, NOW).is_err());
        assert_eq!(verifier.verify(&authentic, NOW), Ok(SignatureStatus::Verified));
    }
    assert_eq!(verifier.finish(), Ok(()));
}

#[test]
fn the_id_is_that_of_signing() {
    let mac = key().sign(&mut query(), NOW).unwrap();
    let mut forwarded = stream(&key(), &mac, "s").remove(0);
    forwarded[0] ^= 0xff;
    assert_eq!(Verifier::new(&key(), &mac).verify(&forwarded, NOW), Ok(SignatureStatus::Verified));
}

#[test]
fn the_time_of_signing_is_compared_to_the_current_time() {
    let mac = key().sign(&mut query(), NOW).unwrap();
    let mut signer = Signer::for_response(&key(), &mac);
    let mut verifier = Verifier::new(&key(), &mac);
    // A transfer that takes ten hours.
    for hour in 0..10 {
        let mut message = message(1);
        signer.sign(&mut message, &variables(NOW + hour * 3600)).unwrap();
        assert_eq!(verifier.verify(&message, NOW + hour * 3600 + 300), Ok(SignatureStatus::Verified));
    }
    for (time, is_valid) in [(NOW - 300, true), (NOW + 300, true), (NOW - 301, false), (NOW + 301, false)] {
        let skew = TsigError::Skew { key: key().name().clone(), signed: time, now: NOW, fudge: 300 };
        assert_eq!(
            verify_with(&variables(time)),
            if is_valid { Ok(SignatureStatus::Verified) } else { Err(skew) }
        );
    }
}

#[test]
fn each_error_reported_by_the_server_is_distinguished() {
    let name = || key().name().clone();
    let server = [0, 0, 0, 0, 0, 9];
    for (code, other, expected) in [
        (BADTIME, server.as_slice(), TsigError::BadTime { key: name(), server: Some(9), now: NOW }),
        (BADTIME, &[], TsigError::BadTime { key: name(), server: None, now: NOW }),
        (BADTRUNC, &[], TsigError::BadTrunc { key: name() }),
        (21, &[], TsigError::Refused { key: name(), error: 21 }),
        (BADKEY, &[], TsigError::BadKey { key: name(), algorithm: Algorithm::Sha256 }),
        (BADSIG, &[], TsigError::BadSig { key: name() }),
    ] {
        // BADTIME repeats the time of the query, which may be far from the current time.
        let variables = TsigVariables { error: code, other, ..variables(NOW - 1000) };
        assert_eq!(verify_with(&variables), Err(expected.clone()), "signed {code}");
        let mut unsigned = message(1);
        let algorithm = Algorithm::Sha256.as_wire();
        let name = key().name().as_wire().to_vec();
        let record = Tsig { key: &name, algorithm, variables, mac: &[], original_id: 4711 };
        record.append(&mut unsigned).unwrap();
        let mac = Mac::new(&[1; 32]);
        assert_eq!(Verifier::new(&key(), &mac).verify(&unsigned, NOW), Err(expected), "unsigned {code}");
    }
}

#[test]
fn the_error_names_another_key_or_algorithm() {
    let mac = key().sign(&mut query(), NOW).unwrap();
    let other = TsigKey::new("other".parse().unwrap(), Algorithm::Sha256, b"x".to_vec());
    for (key_there, error) in [
        (other, TsigError::OtherKey { key: key().name().clone(), found: "other.".to_owned() }),
        (
            key_of(Algorithm::Sha512),
            TsigError::OtherAlgorithm {
                key: key().name().clone(),
                algorithm: Algorithm::Sha256,
                found: "hmac-sha512.".to_owned(),
            },
        ),
    ] {
        let answer = stream(&key_there, &mac, "s");
        assert_eq!(verify(&mut Verifier::new(&key(), &mac), &answer), Err(error));
    }
}

#[test]
fn a_malformed_record_is_refused() {
    let tsig = message(1).len();
    let fixed = tsig + key().name().as_wire().len();
    let malformed = |error| TsigError::Malformed(error);
    assert_eq!(changed(|message| message.push(0)), malformed(TsigRecordError::Trailing));
    assert_eq!(changed(|message| message[fixed + 3] = 1), malformed(TsigRecordError::ClassOrTtl));
    assert_eq!(changed(|message| message[fixed + 7] = 1), malformed(TsigRecordError::ClassOrTtl));
    assert_eq!(changed(|message| message[fixed + 9] -= 1), malformed(TsigRecordError::Trailing));
    assert_eq!(changed(|message| message[fixed + 10] = 0xc0), malformed(TsigRecordError::Rdata));
    assert_eq!(
        changed(|message| message.truncate(tsig + 5)),
        malformed(TsigRecordError::Message(Malformed::UnexpectedEnd))
    );
    // A second TSIG record, and one in another section.
    assert_eq!(
        changed(|message| {
            let record = message[tsig..].to_vec();
            message.extend_from_slice(&record);
            message[11] += 1;
        }),
        malformed(TsigRecordError::Misplaced)
    );
    assert_eq!(changed(|message| (message[7], message[11]) = (3, 0)), malformed(TsigRecordError::Misplaced));
}

#[test]
fn a_mac_shorter_than_half_its_length_is_refused() {
    for algorithm in Algorithm::ALL {
        let key = key_of(algorithm);
        let query = key.sign(&mut query(), NOW).unwrap();
        for length in 0..=algorithm.mac_len() + 1 {
            let mut hmac = HmacContext::after(&key, &query);
            hmac.update(&message(1));
            variables(NOW).digest_into(&key, &mut hmac);
            let whole = [hmac.finish().as_octets(), &[0]].concat();
            let mut message = message(1);
            let record = Tsig {
                key: key.name().as_wire(),
                algorithm: algorithm.as_wire(),
                variables: variables(NOW),
                mac: &whole[..length],
                original_id: 4711,
            };
            record.append(&mut message).unwrap();
            let result = Verifier::new(&key, &query).verify(&message, NOW);
            let is_valid = length >= algorithm.min_mac_len() && length <= algorithm.mac_len();
            let refused = Err(TsigError::Malformed(TsigRecordError::MacLength(length)));
            assert_eq!(
                result,
                if is_valid { Ok(SignatureStatus::Verified) } else { refused },
                "{algorithm} {length}"
            );
        }
    }
}

#[test]
fn a_message_without_space_is_not_signed() {
    let mut full = message(1);
    full.resize(65_500, 0);
    assert_eq!(key().sign(&mut full, NOW), Err(TsigRecordError::NoRoom));
    assert_eq!(key().sign(&mut vec![0; 11], NOW), Err(TsigRecordError::Message(Malformed::UnexpectedEnd)));
    let mut counted = message(1);
    counted[10..12].copy_from_slice(&[255, 255]);
    assert_eq!(key().sign(&mut counted, NOW), Err(TsigRecordError::NoRoom));
}

#[test]
fn debug_output_never_shows_a_secret() {
    let shown = format!("{:?} {:?}", key(), Verifier::new(&key(), &Mac::new(&[1; 32])));
    assert!(shown.contains("xfr.example. hmac-sha256"), "{shown}");
    assert!(!shown.contains("secret") && !shown.contains("97"), "{shown}");
}

/// Whether a changed bit is insignificant: the id is not signed, and names have no case.
fn is_insignificant(message: &[u8], at: usize, bit: u8, tsig: Option<usize>) -> bool {
    let letter = bit == 0x20 && message[at].is_ascii_alphabetic();
    // The record begins with the name of the key; the name of the algorithm is ten octets behind it.
    let named =
        tsig.is_some_and(|tsig| (tsig..tsig + 13).contains(&at) || (tsig + 23..tsig + 36).contains(&at));
    (at < 2 && tsig.is_some()) || (letter && named)
}

#[test]
fn every_flipped_bit_is_detected() {
    let mac = key().sign(&mut query(), NOW).unwrap();
    let signed = "ss--s-s";
    let whole = stream(&key(), &mac, signed);
    for (number, is_signed) in signed.bytes().enumerate() {
        let tsig = (is_signed == b's').then(|| message(0).len());
        for at in 0..whole[number].len() {
            for bit in (0..8).map(|bit| 1 << bit) {
                if is_insignificant(&whole[number], at, bit, tsig) {
                    continue;
                }
                let mut stream = whole.clone();
                stream[number][at] ^= bit;
                let verified = verify(&mut Verifier::new(&key(), &mac), &stream);
                assert!(verified.is_err(), "message {number}, octet {at}, bit {bit:#x}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_response_verifies_unless_its_end_is_cut_off(signed in "s[-s]{0,20}s", algorithm in 0..6_usize, cut in any::<prop::sample::Index>()) {
        let key = key_of(Algorithm::ALL[algorithm]);
        let mac = key.sign(&mut query(), NOW).unwrap();
        let whole = stream(&key, &mac, &signed);
        prop_assert_eq!(verify(&mut Verifier::new(&key, &mac), &whole), Ok(()));
        let cut = cut.index(whole.len());
        let ends_signed = cut > 0 && signed.as_bytes()[cut - 1] == b's';
        prop_assert_eq!(verify(&mut Verifier::new(&key, &mac), &whole[..cut]).is_ok(), ends_signed);
    }

    #[test]
    fn arbitrary_octets_do_not_verify(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut verifier = Verifier::new(&key(), &Mac::new(&[1; 32]));
        prop_assert!(verifier.verify(&octets, NOW).is_err());
        let _ = key().sign(&mut octets.clone(), NOW);
    }

    #[test]
    fn any_changed_message_does_not_verify(at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 0..12)) {
        let mac = key().sign(&mut query(), NOW).unwrap();
        let mut message = stream(&key(), &mac, "s").remove(0);
        let at = at.index(message.len());
        let end = (at + with.len()).min(message.len());
        prop_assume!(at > 1 && !message[at..end].eq_ignore_ascii_case(&with));
        message.splice(at..end, with);
        prop_assert!(Verifier::new(&key(), &mac).verify(&message, NOW).is_err());
        let _ = find(&message, &mut Scratch::default());
    }
}
