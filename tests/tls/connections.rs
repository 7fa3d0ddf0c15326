//! What a connection over TLS carries: how many queries at once, answers in any order, and session tickets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::{World, ZONE, certificate, probe, server};
use crate::harness::tls::{Authority, TlsFront};
use crate::harness::{Nameserver, Probe, RunningNameserver, peak_memory};

/// Takes all queries that a client sends without waiting for an answer, and answers the last one first.
struct Batcher {
    address: SocketAddr,
    /// The most queries that were outstanding on one connection.
    most: Arc<AtomicUsize>,
}

impl Batcher {
    fn start(behind: &RunningNameserver) -> Self {
        let (listener, behind) = (TcpListener::bind("127.0.0.1:0").unwrap(), behind.address());
        let (address, most) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let of_all = Arc::clone(&most);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (mut client, of_all) = (client.unwrap(), Arc::clone(&of_all));
                thread::spawn(move || {
                    let mut server = TcpStream::connect(behind).unwrap();
                    client.set_read_timeout(Some(Duration::from_millis(40))).unwrap();
                    while let Some(batch) = batch(&mut client) {
                        of_all.fetch_max(batch.len(), Ordering::Relaxed);
                        for query in batch.iter().rev() {
                            server.write_all(query).unwrap();
                            let _ = client.write_all(&frame(&mut server));
                        }
                    }
                });
            }
        });
        Self { address, most }
    }
}

/// Reads queries until none comes for a while; `None` when the client has closed the connection.
fn batch(client: &mut TcpStream) -> Option<Vec<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match client.read(&mut buffer) {
            Ok(0) => return None,
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
            Err(_) => break,
        }
    }
    let (mut rest, mut queries) = (bytes.as_slice(), Vec::new());
    while let [high, low, ..] = rest {
        let (query, behind) = rest.split_at(2 + usize::from(u16::from_be_bytes([*high, *low])));
        queries.push(query.to_vec());
        rest = behind;
    }
    Some(queries)
}

/// Reads one message with its length.
fn frame(server: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    server.read_exact(&mut length).unwrap();
    let mut message = vec![0; u16::from_be_bytes(length).into()];
    server.read_exact(&mut message).unwrap();
    [length.as_slice(), &message].concat()
}

#[test]
fn a_hundred_queries_are_outstanding_at_most_and_answers_come_in_any_order() {
    let (world, other) = (World::new(), server().transfer_refused().start());
    let batcher = Batcher::start(&other);
    let front = TlsFront::new(&certificate(&world.authority)).start(Some(batcher.address));
    let outcome = probe(&world.primary, front.address, &world.ca()).args(["--by", "query"]).ok();
    assert_eq!(outcome.server("ns1")["copy"]["transport"], "tls");
    let most = batcher.most.load(Ordering::Relaxed);
    assert!((10..=100).contains(&most), "{most}");
}

#[test]
fn queries_for_many_zones_share_a_connection_with_a_hundred_outstanding_at_most() {
    let names: Vec<String> = (0..600).map(|number| format!("z{number}.test")).collect();
    let (authority, zones) = (Authority::new(), || Nameserver::new().zones(&names, 7).start());
    let (primary, other) = (zones(), zones());
    let batcher = Batcher::start(&other);
    let front = TlsFront::new(&certificate(&authority)).start(Some(batcher.address));
    let probe = names.iter().fold(Probe::check_no_zone(), |probe, name| probe.zone(name));
    let outcome = probe
        .primary(&primary)
        .arg("--secondary")
        .arg(format!("ns1=tls://{},tls-ca={}", front.address, authority.file))
        .args(["--compare", "serials", "--concurrency", "4000", "--timeout", "10s"])
        .ok();
    assert_eq!(outcome.json()["zones"].as_array().unwrap().len(), 600);
    let most = batcher.most.load(Ordering::Relaxed);
    assert!((10..=100).contains(&most), "{most}");
    // No more than one for each event loop at a time.
    let handshakes = front.handshakes().len();
    assert!(handshakes <= 16, "{handshakes}");
}

#[test]
fn session_tickets_without_an_end_take_little_memory() {
    let world = World::new();
    let certificate = certificate(&world.authority);
    let peak = |tickets| {
        let front = TlsFront::new(&certificate).sending_tickets(tickets).start(Some(world.other.address()));
        let mut child = Command::new(env!("CARGO_BIN_EXE_zoneprobe"))
            .args(["check", ZONE, "--resolver", "127.0.0.1:1", "--timeout", "10s"])
            .args(["-p", &world.primary.address().to_string()])
            .args(["-s", &format!("tls://{}{}", front.address, world.ca())])
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        let peak = peak_memory(&mut child);
        (peak, child.wait().unwrap().code())
    };
    let (few, code) = peak(2);
    assert_eq!(code, Some(0));
    let (many, _) = peak(40_000);
    assert!(many < few + 8 * 1024, "{few} and {many} KiB");
}

#[test]
fn a_reference_that_gives_no_copy_is_asked_over_tls() {
    let authority = Authority::new();
    let (primary, same) = (server().transfer_refused().start(), server().start());
    let other = server().replace("www 300 A 192.0.2.99").start();
    let front = TlsFront::new(&certificate(&authority)).start(Some(primary.address()));
    let outcome = Probe::check(ZONE)
        .arg("--primary")
        .arg(format!("ns0=tls://{},tls-ca={}", front.address, authority.file))
        .secondary_named("ns1", &same)
        .secondary_named("ns2", &other)
        .args(["--by", "query", "--name", "www.example.test"])
        .critical();
    assert_eq!([outcome.verdict("ns1"), outcome.verdict("ns2")], ["in_sync", "diverged"]);
    assert_eq!(outcome.differences("ns2").len(), 1, "{}", outcome.transcript());
    let queries = primary.queries();
    assert!(queries.iter().all(|query| !query.contains("UDP")), "{queries:?}");
}
