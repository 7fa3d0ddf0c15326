//! The signatures of scripted servers.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, UNIX_EPOCH};

use zoneprobe::clock;
use zoneprobe::dns::message::{OptRecord, Question, Response};
use zoneprobe::dns::tsig::{TsigError, TsigKey, Verifier};
use zoneprobe::dns::xfr::axfr::{AxfrProgress, AxfrReader};
use zoneprobe::dns::{Rtype, keyfile};

use crate::harness::{Nameserver, RunningNameserver};

const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0"; };"#;

fn key(file: &str) -> TsigKey {
    keyfile::parse(file).unwrap().remove(0)
}

fn now() -> u64 {
    clock::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn question(rtype: Rtype) -> Question {
    Question { id: 4711, qname: "example.test".parse().unwrap(), qtype: rtype }
}

/// Sends a signed SOA query over UDP. Returns the serial, or the RCODE, of the first response that verifies.
fn soa(server: &RunningNameserver, key: &TsigKey) -> Result<Result<u32, u16>, TsigError> {
    let mut wire = question(Rtype::SOA).to_wire(OptRecord::Included);
    let mut verifier = Verifier::new(key, &key.sign(&mut wire, now()).unwrap());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    socket.send_to(&wire, server.address()).unwrap();
    let mut buffer = [0; 4096];
    let mut last = None;
    while let Ok(length) = socket.recv(&mut buffer) {
        match verifier.verify(&buffer[..length], now()) {
            Ok(_) => {
                let answer = Response::parse(&buffer[..length], &question(Rtype::SOA)).unwrap().unwrap();
                return Ok(answer.soa().map(|soa| soa.serial.0).ok_or(answer.rcode));
            }
            Err(fault) => last = Some(fault),
        }
    }
    Err(last.expect("the server responds"))
}

/// Transfers the zone with signatures and returns its number of records.
fn transfer(server: &RunningNameserver) -> Result<u64, TsigError> {
    let key = key(KEY);
    let mut wire = question(Rtype::AXFR).to_wire(OptRecord::Omitted);
    let mut verifier = Verifier::new(&key, &key.sign(&mut wire, now()).unwrap());
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(&u16::try_from(wire.len()).unwrap().to_be_bytes()).unwrap();
    stream.write_all(&wire).unwrap();
    let mut transfer = AxfrReader::new(question(Rtype::AXFR), 10_000);
    let mut progress = AxfrProgress::Incomplete;
    while progress == AxfrProgress::Incomplete {
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message).unwrap();
        verifier.verify(&message, now())?;
        progress = transfer.read_message(&message, |_| ()).unwrap();
    }
    verifier.finish()?;
    Ok(transfer.end().unwrap().records)
}

fn server() -> Nameserver {
    Nameserver::new().zone("example.test", 7).key(KEY)
}

fn large() -> Nameserver {
    server().hosts(300).records_per_message(1)
}

#[test]
fn signed_queries_get_signed_responses() {
    assert_eq!(soa(&server().start(), &key(KEY)), Ok(Ok(7)));
    assert_eq!(soa(&server().refusing().start(), &key(KEY)), Ok(Err(5)));
    for server in [large(), large().signing_every(100), large().signing_every(7)] {
        assert_eq!(transfer(&server.start()), Ok(310));
    }
    assert_eq!(transfer(&server().records_per_message(1).signing_first_and_last().start()), Ok(10));
    assert_eq!(transfer(&large().slow_transfer(1_000_000).start()), Ok(310));
}

#[test]
fn a_server_signs_wrongly_or_not_at_all_as_scripted() {
    let name = || key(KEY).name().clone();
    let wrong = TsigError::WrongMac { key: name(), message: 4 };
    assert_eq!(transfer(&large().wrong_mac_at(3).start()), Err(wrong));
    assert_eq!(transfer(&large().last_unsigned().start()), Err(TsigError::LastUnsigned { key: name() }));
    let too_many = TsigError::TooManyUnsigned { key: name() };
    assert_eq!(transfer(&large().signing_first_and_last().start()), Err(too_many));
}

#[test]
fn an_unknown_key_a_wrong_secret_and_a_wrong_clock_are_different_errors() {
    let server = server().start();
    let error = |file: &str| soa(&server, &key(file)).unwrap_err();
    assert!(matches!(error(&KEY.replace("xfr", "other")), TsigError::BadKey { .. }));
    assert!(matches!(error(&KEY.replace("c2Vj", "AAAA")), TsigError::BadSig { .. }));
    let skewed = self::server().clock_skewed(-1000).start();
    let Err(TsigError::BadTime { server: Some(theirs), now, .. }) = soa(&skewed, &key(KEY)) else {
        panic!("the server accepts the query")
    };
    assert!((990..=1010).contains(&(now - theirs)), "{theirs} {now}");
}

#[test]
fn a_server_without_keys_responds_with_badkey_and_one_that_requires_them_refuses_unsigned_queries() {
    let without = Nameserver::new().zone("example.test", 7).start();
    assert!(matches!(soa(&without, &key(KEY)), Err(TsigError::BadKey { .. })));
    let requiring = server().requiring_key().start();
    assert_eq!(soa(&requiring, &key(KEY)), Ok(Ok(7)));
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(&question(Rtype::SOA).to_wire(OptRecord::Included), requiring.address()).unwrap();
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer).unwrap();
    let answer = Response::parse(&buffer[..length], &question(Rtype::SOA)).unwrap().unwrap();
    assert_eq!((answer.rcode, answer.soas.len()), (5, 0));
}

#[test]
fn signed_queries_get_another_view_and_forged_responses_are_unsigned() {
    let server = server().signed_serial(9).wrong_question_first().start();
    assert_eq!(soa(&server, &key(KEY)), Ok(Ok(9)));
}
