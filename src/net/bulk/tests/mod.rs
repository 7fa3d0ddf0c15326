//! Many queries to servers that follow a script.

mod over_tcp;
mod over_udp;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::time::sleep;

use super::*;
use crate::dns::answer::{Answer, AnswerContent};
use crate::dns::message::{FORMERR, NOTIMP, REFUSED};
use crate::dns::tsig::{Algorithm, TsigKey};
use crate::dns::{Mismatch, Name, Rtype};
use crate::net::Client;
use crate::net::stream::frame;
use crate::testserver::{Query, TsigCheck, TsigPolicy};

/// The time that a query waits in these tests, unless they say otherwise.
const TIMEOUT: Duration = Duration::from_millis(400);

/// A query for the A record of a name that has its number.
#[derive(Debug)]
struct Numbered {
    number: u32,
    qname: Name,
}

impl BulkQuery for Numbered {
    fn question(&self) -> (&Name, Rtype) {
        (&self.qname, Rtype(1))
    }
}

fn numbered(number: u32) -> Numbered {
    Numbered { number, qname: format!("n{number}.example").parse().unwrap() }
}

/// The number in a query, which begins with the label `n` and the number.
fn number_of(query: &[u8]) -> u32 {
    let length = usize::from(query[12]);
    std::str::from_utf8(&query[14..13 + length]).unwrap().parse().unwrap()
}

/// The right response to a query: an A record with its number.
fn response(query: &[u8]) -> Vec<u8> {
    response_with(query, 0x8400, &number_of(query).to_be_bytes())
}

/// A response with these flags and an A record with this address.
fn response_with(query: &[u8], flags: u16, address: &[u8]) -> Vec<u8> {
    let question = 12 + query[12..].iter().position(|&octet| octet == 0).unwrap() + 5;
    let mut out = query[..question].to_vec();
    out[2..4].copy_from_slice(&flags.to_be_bytes());
    out[4..12].copy_from_slice(&[0, 1, 0, 1, 0, 0, 0, 0]);
    out.extend_from_slice(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04");
    out.extend_from_slice(address);
    out
}

/// An error without records.
fn error(query: &[u8], rcode: u16) -> Vec<u8> {
    let mut out = response_with(query, 0x8000 | rcode, &[]);
    out.truncate(out.len() - 12);
    out[7] = 0;
    out
}

/// One connection to a scripted server.
struct Connection {
    stream: TcpStream,
    /// How many connections came before.
    nth: usize,
}

impl Connection {
    /// Reads a query; `None` at the end.
    async fn read(&mut self) -> Option<Vec<u8>> {
        let length = self.stream.read_u16().await.ok()?;
        let mut message = vec![0; length.into()];
        self.stream.read_exact(&mut message).await.ok()?;
        Some(message)
    }

    async fn send(&mut self, message: &[u8]) {
        // How a connection ends is for the client to see.
        let _ = self.stream.write_all(&frame(message)).await;
    }

    /// Answers every query with these messages.
    async fn answer_with(mut self, messages: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
        while let Some(query) = self.read().await {
            for message in messages(&query) {
                self.send(&message).await;
            }
        }
    }
}

/// A server that does with each connection what a script says, until it is dropped.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    fn start<F>(script: impl Fn(Connection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self::listen(socket.listen(64).unwrap(), script)
    }

    fn listen<F>(listener: TcpListener, script: impl Fn(Connection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            let mut tasks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let nth = counter.fetch_add(1, Ordering::Relaxed);
                tasks.spawn(script(Connection { stream, nth }));
            }
        });
        Self { address, connections, task }
    }

    /// Answers every query with these messages.
    fn answering(messages: impl Fn(&[u8]) -> Vec<Vec<u8>> + Clone + Send + Sync + 'static) -> Self {
        Self::start(move |connection| connection.answer_with(messages.clone()))
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How a run is set up, and what it gives.
struct Run {
    client: Client,
    target: Target,
    transport: Transport,
    queries: u32,
    /// How long the caller rests after each batch of answers that it takes.
    rest: Duration,
}

/// The results of the queries of a run, by number.
type Results = BTreeMap<u32, Result<Answer, Failure>>;

impl Run {
    fn new(address: SocketAddr, queries: u32) -> Self {
        let limiter = Arc::new(QueryLimiter::new(64, 2, None));
        let target = Target::at("ns", address);
        let client = Client::new(TIMEOUT, limiter);
        Self { client, target, transport: Transport::Tcp, queries, rest: Duration::ZERO }
    }

    fn over_udp(self) -> Self {
        Self { transport: Transport::Udp, ..self }
    }

    fn with_rate(mut self, rate: u32) -> Self {
        self.client.limiter = Arc::new(QueryLimiter::new(64, 2, Some(Duration::from_secs(1) / rate)));
        self
    }

    /// Runs it within a time, and asserts that each query that the run took has come back once.
    async fn within(&self, longest: Duration) -> (Results, Result<(), Failure>) {
        tokio::time::timeout(longest, self.run()).await.expect("the run ends in time")
    }

    async fn run(&self) -> (Results, Result<(), Failure>) {
        let (send_queries, queries) = mpsc::channel(1);
        let (send_answers, mut answers) = mpsc::channel::<Answered<Numbered>>(1);
        let produce = async move {
            let numbers: Vec<u32> = (0..self.queries).collect();
            let mut taken = 0;
            for batch in numbers.chunks(100) {
                let batch: Vec<Numbered> = batch.iter().map(|number| numbered(*number)).collect();
                let length = batch.len();
                if send_queries.send(batch).await.is_err() {
                    break;
                }
                taken += length;
            }
            taken
        };
        let consume = async {
            let mut results = Results::new();
            while let Some(batch) = answers.recv().await {
                assert!(!batch.is_empty());
                for (query, result) in batch {
                    assert!(
                        results.insert(query.number, result).is_none(),
                        "{} came back twice",
                        query.number
                    );
                }
                sleep(self.rest).await;
            }
            results
        };
        let ask = self.client.ask_many(&self.target, self.transport, queries, send_answers);
        let (taken, results, outcome) = tokio::join!(produce, consume, ask);
        assert_eq!(results.len(), taken, "each query that was taken comes back");
        (results, outcome)
    }

    /// Runs it, and asserts that every query has its own answer.
    async fn all_answered(&self) {
        let (results, outcome) = self.within(Duration::from_secs(20)).await;
        assert_eq!(outcome, Ok(()));
        assert_eq!(u32::try_from(results.len()), Ok(self.queries));
        for (number, result) in &results {
            assert_is_answer(*number, result);
        }
    }

    /// Runs it, and asserts that some queries fail and all others have their own answers.
    async fn all_answered_but(&self, failing: impl Fn(u32) -> bool, failure: &Failure) {
        let (results, outcome) = self.within(Duration::from_secs(20)).await;
        assert_eq!(outcome, Ok(()));
        assert_eq!(u32::try_from(results.len()), Ok(self.queries));
        for (number, result) in &results {
            if failing(*number) {
                assert_eq!(result.as_ref().err(), Some(failure), "{number}");
            } else {
                assert_is_answer(*number, result);
            }
        }
    }

    /// Runs it, and asserts that it fails, as all its queries do.
    async fn all_failed(&self, failure: &Failure) {
        let (results, outcome) = self.within(TIMEOUT * 4 + Duration::from_secs(1)).await;
        assert_eq!(outcome.as_ref(), Err(failure));
        assert!(!results.is_empty());
        for result in results.values() {
            assert_eq!(result.as_ref().err(), Some(failure));
        }
    }
}

#[track_caller]
fn assert_is_answer(number: u32, result: &Result<Answer, Failure>) {
    match result {
        Ok(Answer { content: AnswerContent::Rrset(rrset), authoritative: true, .. }) => {
            assert_eq!(rrset.owner, numbered(number).qname);
            assert_eq!(rrset.records, [(60, number.to_be_bytes().to_vec())]);
        }
        other => panic!("{number}: {other:?}"),
    }
}
