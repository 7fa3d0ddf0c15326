//! Our TSIG signatures as BIND and NSD verify them, and theirs as we verify them.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use zoneprobe::clock;
use zoneprobe::dns::message::{OptRecord, Question};
use zoneprobe::dns::tsig::{Algorithm, SignatureStatus, TsigError, TsigKey, Verifier};
use zoneprobe::dns::xfr::axfr::{AxfrProgress, AxfrReader};
use zoneprobe::dns::{Rtype, keyfile};

use super::zones::{ZONE, zone};
use crate::harness::daemon::{Daemon, Kind, program};

/// Records of the zone besides its SOA, name servers and their addresses: enough for more than 100 messages.
const RECORDS: u32 = 100_000;

/// The time a response may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A TSIG key as text, for configurations and key files.
#[derive(Clone, Debug)]
struct SharedKey {
    name: String,
    algorithm: String,
    secret: String,
}

/// A key statement as `tsig-keygen` writes it.
fn clause(SharedKey { name, algorithm, secret }: &SharedKey) -> String {
    format!("key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};\n")
}

/// Starts a server that refuses transfers without the key.
fn requiring(kind: Kind, text: &str, key: &SharedKey) -> Daemon {
    kind.primary(ZONE, text).key(&key.name, &key.algorithm, &key.secret).requiring_key().start()
}

fn shared(algorithm: &str) -> SharedKey {
    let secret = "c2hhcmVkIGJldHdlZW4gYm90aCBzaWRlcw==".to_owned();
    SharedKey { name: "xfr.example".to_owned(), algorithm: algorithm.to_owned(), secret }
}

/// The key, read from the text of a key file.
fn key(shared: &SharedKey) -> TsigKey {
    let [key] = keyfile::parse(&clause(shared)).unwrap().try_into().unwrap();
    key
}

fn large() -> String {
    let records = (0..RECORDS).fold(String::new(), |mut records, number| {
        writeln!(records, "h{number} TXT \"number {number}\"").unwrap();
        records
    });
    zone(1, &records)
}

fn now() -> u64 {
    clock::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn question(rtype: Rtype) -> Question {
    Question { id: 4711, qname: ZONE.parse().unwrap(), qtype: rtype }
}

/// Sends a SOA query over UDP, signed at `time`, and verifies the response.
fn soa(server: &Daemon, key: &TsigKey, time: u64) -> Result<SignatureStatus, TsigError> {
    let mut wire = question(Rtype::SOA).to_wire(OptRecord::Included);
    let mut verifier = Verifier::new(key, &key.sign(&mut wire, time).unwrap());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    socket.send_to(&wire, server.address()).unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).unwrap();
    let seen = verifier.verify(&buffer[..length], now())?;
    verifier.finish().map(|()| seen)
}

/// Transfers the zone with signatures. Returns its number of records, and of signed and unsigned messages.
fn transfer(server: &Daemon, key: &TsigKey) -> Result<(u64, [u32; 2]), TsigError> {
    let mut wire = question(Rtype::AXFR).to_wire(OptRecord::Omitted);
    let mut verifier = Verifier::new(key, &key.sign(&mut wire, now()).unwrap());
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.write_all(&u16::try_from(wire.len()).unwrap().to_be_bytes()).unwrap();
    stream.write_all(&wire).unwrap();
    let mut transfer = AxfrReader::new(question(Rtype::AXFR), u64::MAX);
    let mut messages = [0; 2];
    let mut progress = AxfrProgress::Incomplete;
    while progress == AxfrProgress::Incomplete {
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message).unwrap();
        match verifier.verify(&message, now())? {
            SignatureStatus::Verified => messages[0] += 1,
            SignatureStatus::Pending => messages[1] += 1,
        }
        progress = transfer.read_message(&message, |_| ()).unwrap();
    }
    verifier.finish()?;
    Ok((transfer.end().unwrap().records, messages))
}

/// Starts a server that requires a key, and transfers its zone with that key.
#[track_caller]
fn transfer_with_key(kind: Kind, algorithm: &str, text: &str) -> (u64, [u32; 2]) {
    let shared = shared(algorithm);
    let server = requiring(kind, text, &shared);
    // Truncated signatures are an option of the server; the key is the same.
    let untruncated = SharedKey { algorithm: algorithm.trim_end_matches("-128").to_owned(), ..shared };
    assert_eq!(soa(&server, &key(&untruncated), now()), Ok(SignatureStatus::Verified), "{algorithm}");
    transfer(&server, &key(&untruncated)).unwrap_or_else(|fault| panic!("{algorithm}: {fault}"))
}

#[test]
fn bind_and_nsd_accept_signatures_of_every_algorithm() {
    for kind in [Kind::Bind, Kind::Nsd] {
        for algorithm in Algorithm::ALL {
            assert_eq!(transfer_with_key(kind, algorithm.name(), &zone(1, "")), (5, [1, 0]), "{kind:?}");
        }
    }
}

#[test]
fn every_message_of_a_large_transfer_is_signed_and_verified() {
    for kind in [Kind::Bind, Kind::Nsd] {
        let (records, [signed, unsigned]) = transfer_with_key(kind, "hmac-sha256", &large());
        assert_eq!((records, unsigned), (u64::from(RECORDS) + 5, 0), "{kind:?}");
        assert!(signed > 100, "{kind:?} {signed}");
    }
}

#[test]
fn truncated_signatures_of_bind_are_verified_over_a_large_transfer() {
    let (records, [signed, unsigned]) = transfer_with_key(Kind::Bind, "hmac-sha256-128", &large());
    assert_eq!((records, unsigned), (u64::from(RECORDS) + 5, 0));
    assert!(signed > 100, "{signed}");
}

#[test]
fn an_unknown_key_another_secret_and_a_wrong_clock_are_different_errors() {
    for kind in [Kind::Bind, Kind::Nsd] {
        let right = shared("hmac-sha256");
        let server = requiring(kind, &zone(1, ""), &right);
        let unknown = key(&SharedKey { name: "nobody".to_owned(), ..right.clone() });
        let result = soa(&server, &unknown, now());
        assert!(matches!(result, Err(TsigError::BadKey { .. })), "{kind:?} {result:?}");
        let algorithm = key(&SharedKey { algorithm: "hmac-sha512".to_owned(), ..right.clone() });
        let result = soa(&server, &algorithm, now());
        match kind {
            Kind::Bind => assert!(matches!(result, Err(TsigError::BadKey { .. })), "{result:?}"),
            // NSD looks keys up by name alone, and accepts the algorithm of the query.
            _ => assert_eq!(result, Ok(SignatureStatus::Verified)),
        }
        let secret = key(&SharedKey { secret: "YW5vdGhlcg==".to_owned(), ..right.clone() });
        let result = soa(&server, &secret, now());
        assert!(matches!(result, Err(TsigError::BadSig { .. })), "{kind:?} {result:?}");
        for time in [now() - 1000, now() + 1000] {
            let result = soa(&server, &key(&right), time);
            let Err(TsigError::BadTime { server, now, .. }) = result else { panic!("{kind:?} {result:?}") };
            assert!(server.is_some_and(|server| server.abs_diff(now) < 60), "{kind:?} {server:?} {now}");
        }
        assert_eq!(soa(&server, &key(&right), now()), Ok(SignatureStatus::Verified), "{kind:?}");
    }
}

#[test]
fn a_key_file_of_tsig_keygen_is_read_and_accepted() {
    for algorithm in Algorithm::ALL {
        let output = Command::new(program("tsig-keygen")).args(["-a", algorithm.name(), "made"]).output();
        let text = String::from_utf8(output.unwrap().stdout).unwrap();
        let [key] = keyfile::parse(&text).unwrap().try_into().unwrap();
        assert_eq!((key.name().to_string().as_str(), key.algorithm()), ("made.", algorithm));
        let secret = text.split('"').nth(3).unwrap().to_owned();
        let shared = SharedKey { name: "made".to_owned(), algorithm: algorithm.to_string(), secret };
        let server = requiring(Kind::Bind, &zone(1, ""), &shared);
        assert_eq!(transfer(&server, &key), Ok((5, [1, 0])));
    }
}
