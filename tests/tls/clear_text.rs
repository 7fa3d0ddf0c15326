//! Servers that TLS fails with are queried in no other way, and those that speak TLS and are queried without are told apart.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use super::{World, ZONE, certificate, failure, probe, server};
use crate::harness::tls::{Authority, Flaw, TlsFront};
use crate::harness::{OverTcp, Peer, Probe};

#[test]
fn a_server_that_closes_the_connection_after_the_handshake_is_unknown() {
    let world = World::new();
    let front = TlsFront::new(&certificate(&world.authority)).start(None);
    let message = failure(&probe(&world.primary, front.address, &world.ca()).unknown());
    assert!(message.contains("closed the connection after the TLS handshake"), "{message}");
}

/// A peer that takes connections on TCP, and records all that arrives, over UDP too.
struct RecordingPeer {
    address: SocketAddr,
    received: mpsc::Receiver<Vec<u8>>,
    datagrams: UdpSocket,
}

impl RecordingPeer {
    /// Answers the first bytes of each connection with `answer` and closes it; `None`: says nothing and keeps it open.
    fn start(answer: Option<&'static [u8]>) -> Self {
        Self::answering(answer.unwrap_or_default(), answer.is_none())
    }

    /// Answers the first bytes of each connection with `answer`, and keeps it open.
    fn stalling(answer: &'static [u8]) -> Self {
        Self::answering(answer, true)
    }

    fn answering(answer: &'static [u8], stays_open: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let datagrams = UdpSocket::bind(address).unwrap();
        let (sender, received) = mpsc::channel();
        thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).unwrap_or(0);
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
                let _ = stream.write_all(answer);
                if stays_open {
                    open.push(stream);
                }
            }
        });
        Self { address, received, datagrams }
    }

    /// Asserts that nothing arrived but the beginnings of handshakes.
    fn assert_no_clear_text(&self) {
        let received: Vec<Vec<u8>> = self.received.try_iter().collect();
        assert!(!received.is_empty());
        for bytes in received {
            // A handshake record, and the version in it.
            assert_eq!(bytes[..2], [0x16, 3], "{bytes:?}");
            let zone = b"\x07example\x04test";
            assert!(!bytes.windows(zone.len()).any(|window| window == zone), "{bytes:?}");
        }
        self.datagrams.set_nonblocking(true).unwrap();
        assert!(self.datagrams.recv(&mut [0; 512]).is_err(), "a datagram was sent");
    }
}

#[test]
fn what_answers_and_speaks_no_tls_is_unknown_and_sees_no_clear_text() {
    let world = World::new();
    let stalled_record = b"\x16\x03\x03\x40\x00half a record";
    for (answer, kind, part) in [
        (Some(b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice()), "tls", "does not speak TLS"),
        (Some(b"\0\x0c\0\0\x80\x01\0\0\0\0\0\0\0\0"), "tls", "does not speak TLS"),
        // An alert: handshake_failure.
        (Some(b"\x15\x03\x03\0\x02\x02\x28"), "tls", "alert handshake_failure"),
        // An alert: protocol_version.
        (Some(b"\x15\x03\x03\0\x02\x02\x46"), "tls", "neither TLS 1.2 nor TLS 1.3"),
        (Some(b""), "tls", "during the TLS handshake"),
        (Some(stalled_record), "tls", "during the TLS handshake"),
        (None, "timeout", "over TLS"),
    ] {
        let peer = RecordingPeer::start(answer);
        let run = probe(&world.primary, peer.address, &world.ca()).args(["--timeout", "500ms"]);
        if kind == "tls" {
            let message = failure(&run.unknown());
            assert!(message.contains(part), "{message}");
        } else {
            let outcome = run.critical();
            assert_eq!(outcome.verdict("ns1"), "unreachable");
            assert_eq!(outcome.server("ns1")["failure"]["kind"], kind);
            let message = outcome.server("ns1")["findings"][0]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(part) && !message.contains("UDP"), "{message}");
        }
        peer.assert_no_clear_text();
    }
}

#[test]
fn a_server_that_cannot_be_asked_over_tls_is_asked_in_no_other_way() {
    let world = World::new();
    // A server that speaks no TLS is silent: it takes the handshake for a length.
    let outcome =
        probe(&world.primary, world.other.address(), &world.ca()).args(["--timeout", "500ms"]).run();
    assert_eq!(outcome.verdict("ns1"), "unreachable");
    assert_eq!(world.other.queries(), Vec::<String>::new());
}

/// Takes connections, hands on what it gets to another peer, and records it; and all datagrams.
struct Recorder {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Vec<u8>>>>,
    datagrams: UdpSocket,
}

impl Recorder {
    fn start(behind: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let datagrams = UdpSocket::bind(address).unwrap();
        let received: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let recorded = Arc::clone(&received);
        thread::spawn(move || {
            for (index, client) in listener.incoming().enumerate() {
                let (client, server) = (client.unwrap(), TcpStream::connect(behind).unwrap());
                recorded.lock().unwrap().push(Vec::new());
                let (mut from_server, mut to_client) =
                    (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = std::io::copy(&mut from_server, &mut to_client);
                    let _ = to_client.shutdown(Shutdown::Write);
                });
                let recorded = Arc::clone(&recorded);
                thread::spawn(move || {
                    let (mut client, mut server, mut buffer) = (client, server, [0; 4096]);
                    while let Ok(length @ 1..) = client.read(&mut buffer) {
                        recorded.lock().unwrap()[index].extend_from_slice(&buffer[..length]);
                        let _ = server.write_all(&buffer[..length]);
                    }
                    let _ = server.shutdown(Shutdown::Write);
                });
            }
        });
        Self { address, received, datagrams }
    }

    /// Asserts that all connections carried records of TLS and no others, and that no datagram came.
    #[track_caller]
    fn assert_no_clear_text(&self, case: &str) {
        let received = self.received.lock().unwrap();
        assert!(!received.is_empty(), "{case}: nobody has connected");
        for bytes in &*received {
            let mut rest = bytes.as_slice();
            while let [content, major, minor, high, low, behind @ ..] = rest {
                assert!((0x14..=0x17).contains(content) && *major == 3 && *minor <= 4, "{case}: {rest:?}");
                rest = behind.get(usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default();
            }
            let label = b"example";
            assert!(!bytes.windows(label.len()).any(|window| window == label), "{case}: {bytes:?}");
        }
        self.datagrams.set_nonblocking(true).unwrap();
        assert!(self.datagrams.recv(&mut [0; 512]).is_err(), "{case}: a datagram was sent");
    }
}

#[test]
fn in_no_case_of_failure_anything_is_sent_in_clear_text() {
    let world = World::new();
    let (ca, others) = (world.ca(), Authority::new());
    let start = |flaw| world.front(flaw).1;
    let demanding = || {
        let front = TlsFront::new(&certificate(&world.authority)).demanding_clients_of(&world.authority);
        front.start(Some(world.other.address()))
    };
    let stranger = others.issue(&["stranger.test"], Flaw::None);
    let (good, http) = (start(Flaw::None), RecordingPeer::start(Some(b"HTTP/1.1 400 Bad Request\r\n\r\n")));
    let (silent, stalled) =
        (RecordingPeer::start(None), RecordingPeer::stalling(b"\x16\x03\x03\x40\x00half"));
    let of_stranger = format!("{ca},tls-cert={},tls-key={}", stranger.file, stranger.key_file);
    let (expired, early, wanting) = (start(Flaw::Expired), start(Flaw::NotYetValid), demanding());
    for (case, behind, settings) in [
        ("another name", good.address, format!("{ca},tls-name=ns9.test")),
        ("another issuer", good.address, format!(",tls-ca={}", others.file)),
        ("another key", good.address, format!(",tls-pin={}", stranger.pin)),
        ("expired", expired.address, ca.clone()),
        ("not valid yet", early.address, ca.clone()),
        ("a client certificate is wanted", wanting.address, ca.clone()),
        ("the client certificate is refused", wanting.address, of_stranger),
        ("another protocol", http.address, ca.clone()),
        ("a port without TLS", world.other.address(), ca.clone()),
        ("silent", silent.address, ca.clone()),
        ("a stalled handshake", stalled.address, ca.clone()),
    ] {
        for by in ["transfer", "query"] {
            let recorder = Recorder::start(behind);
            let run = probe(&world.primary, recorder.address, &settings);
            let outcome = run.args(["--timeout", "500ms", "--by", by]).run();
            let verdict = outcome.verdict("ns1");
            let is_silent = ["a port without TLS", "silent", "a stalled handshake"].contains(&case);
            assert_eq!(verdict, if is_silent { "unreachable" } else { "unknown" }, "{case}");
            recorder.assert_no_clear_text(case);
        }
    }
    assert_eq!(world.other.queries(), Vec::<String>::new());
}

#[test]
fn a_server_that_speaks_another_protocol_over_tls_has_its_own_words() {
    let world = World::new();
    let front = TlsFront::new(&certificate(&world.authority)).speaking("http/1.1");
    let front = front.start(Some(world.other.address()));
    let message = failure(&probe(&world.primary, front.address, &world.ca()).unknown());
    assert!(message.contains("not DNS over TLS") && message.contains("no_application_protocol"), "{message}");
    // An alert alone, from a peer that does nothing else.
    let peer = RecordingPeer::start(Some(b"\x15\x03\x03\0\x02\x02\x78"));
    assert_eq!(failure(&probe(&world.primary, peer.address, &world.ca()).unknown()), message);
    peer.assert_no_clear_text();
}

#[test]
fn a_port_for_tls_that_is_queried_in_clear_text_is_told_with_the_remedy() {
    let primary = server().start();
    let check = |address: SocketAddr| {
        let run = Probe::check(ZONE).primary(&primary).secondary_at("ns1", address);
        run.args(["--timeout", "1s"]).run()
    };
    // Alerts: unexpected_message, decode_error, and a protocol_version of an old version.
    for alert in [b"\x15\x03\x01\0\x02\x02\x0a", b"\x15\x03\x03\0\x02\x02\x32", b"\x15\x03\0\0\x02\x02\x46"] {
        let (closing, open) = (RecordingPeer::start(Some(alert)), RecordingPeer::stalling(alert));
        for peer in [closing, open] {
            let message = failure(&check(peer.address));
            assert!(message.contains("speaks TLS") && message.contains("write tls://"), "{message}");
        }
        let front = Peer::honest_over_udp(OverTcp::Bytes(alert));
        let outcome = check(front.address());
        assert_eq!(outcome.verdict("ns1"), "unknown", "{}", outcome.transcript());
        assert!(outcome.findings("ns1").contains(&"tls_failed".to_owned()), "{}", outcome.transcript());
    }
    let closing = RecordingPeer::start(Some(b""));
    let outcome = check(closing.address);
    let message = outcome.server("ns1")["findings"][0]["message"].as_str().unwrap().to_owned();
    assert_eq!(outcome.verdict("ns1"), "unreachable");
    assert!(message.contains("over TCP the server closed the connection"), "{message}");
    assert!(
        message.contains(&format!("if this port is for TLS, write tls://{}", closing.address)),
        "{message}"
    );
}
