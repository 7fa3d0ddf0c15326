//! Servers that follow a script, and what comes of many queries to them.

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
use crate::plan::Role;
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

/// What came of the queries of a run, by number.
type Results = BTreeMap<u32, Result<Answer, Failure>>;

impl Run {
    fn new(address: SocketAddr, queries: u32) -> Self {
        let limiter = Arc::new(QueryLimiter::new(64, 2, None));
        let target = Target {
            server: "ns".to_owned(),
            address,
            source: None,
            role: Role::Secondary,
            key: None,
            host: None,
            is_hidden: false,
            by: None,
            tls: None,
        };
        let client = Client::new(TIMEOUT, limiter);
        Self { client, target, transport: Transport::Tcp, queries, rest: Duration::ZERO }
    }

    fn over_udp(self) -> Self {
        Self { transport: Transport::Udp, ..self }
    }

    fn with_rate(mut self, rate: u32) -> Self {
        self.client.limiter = Arc::new(QueryLimiter::new(64, 2, Some(rate)));
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

#[tokio::test]
async fn each_query_gets_its_own_answer_over_one_connection() {
    let server = Server::answering(|query| vec![response(query)]);
    Run::new(server.address, 5000).all_answered().await;
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn no_queries_need_no_connection() {
    let server = Server::answering(|query| vec![response(query)]);
    Run::new(server.address, 0).all_answered().await;
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn answers_out_of_order_and_answers_twice_are_matched() {
    let reversed = Server::start(|mut connection| async move {
        let mut waiting = Vec::new();
        loop {
            match tokio::time::timeout(Duration::from_millis(20), connection.read()).await {
                Ok(Some(query)) => waiting.push(query),
                Ok(None) => return,
                Err(_) => {
                    while let Some(query) = waiting.pop() {
                        connection.send(&response(&query)).await;
                    }
                }
            }
        }
    });
    Run::new(reversed.address, 1000).all_answered().await;
    let twice = Server::answering(|query| vec![response(query), response(query)]);
    Run::new(twice.address, 1000).all_answered().await;
}

#[tokio::test]
async fn as_many_queries_are_in_flight_as_a_connection_carries() {
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let server = Server::start(move |mut connection| {
        let seen = Arc::clone(&seen);
        async move {
            let mut waiting = Vec::new();
            loop {
                match tokio::time::timeout(Duration::from_millis(5), connection.read()).await {
                    Ok(Some(query)) => waiting.push(query),
                    Ok(None) => return,
                    Err(_) => {
                        seen.fetch_max(waiting.len(), Ordering::Relaxed);
                        for query in waiting.drain(..) {
                            connection.send(&response(&query)).await;
                        }
                    }
                }
            }
        }
    });
    let mut patient = Run::new(server.address, 3000);
    patient.client.timeout = TIMEOUT * 10;
    patient.all_answered().await;
    assert_eq!(most.load(Ordering::Relaxed), 256);
}

#[tokio::test]
async fn a_server_that_answers_slowly_but_steadily_answers_all() {
    // In the first window of 32 queries, some wait for longer than the timeout.
    for (pause, queries) in [(5, 400), (30, 60)] {
        let server = Server::start(move |mut connection| async move {
            while let Some(query) = connection.read().await {
                sleep(Duration::from_millis(pause)).await;
                connection.send(&response(&query)).await;
            }
        });
        Run::new(server.address, queries).all_answered().await;
        assert_eq!(server.connections(), 1, "{pause} ms");
    }
}

#[tokio::test]
async fn a_server_that_closes_after_some_answers_is_asked_over_the_next_connection() {
    for (count, is_reset) in [(1, false), (7, false), (100, false), (1, true), (100, true)] {
        let server = Server::start(move |mut connection| async move {
            for _ in 0..count {
                let Some(query) = connection.read().await else { return };
                connection.send(&response(&query)).await;
            }
            if is_reset {
                sleep(Duration::from_millis(5)).await;
                connection.stream.set_zero_linger().unwrap();
            }
        });
        let queries = 60 * count;
        Run::new(server.address, queries).all_answered().await;
        assert!(server.connections() >= 60);
    }
}

#[tokio::test]
async fn a_server_that_restarts_is_asked_again() {
    let server = Server::start(|connection| async move {
        if connection.nth > 0 {
            connection.answer_with(|query| vec![response(query)]).await;
        }
    });
    Run::new(server.address, 1000).all_answered().await;
}

#[tokio::test]
async fn a_query_that_the_server_hangs_or_fails_at_costs_no_other() {
    for poison in [0, 1, 500] {
        let hanging = Server::start(move |mut connection| async move {
            while let Some(query) = connection.read().await {
                if number_of(&query) == poison {
                    std::future::pending::<()>().await;
                }
                connection.send(&response(&query)).await;
            }
        });
        Run::new(hanging.address, 1000).all_answered_but(|number| number == poison, &Failure::Timeout).await;
        let closing = Server::start(move |mut connection| async move {
            while let Some(query) = connection.read().await {
                if number_of(&query) == poison {
                    return;
                }
                connection.send(&response(&query)).await;
            }
        });
        Run::new(closing.address, 1000).all_answered_but(|number| number == poison, &Failure::Closed).await;
    }
}

#[tokio::test]
async fn queries_that_are_never_answered_fail_and_others_do_not() {
    let dropping = |query: &[u8]| number_of(query) % 10 == 3;
    let server =
        Server::answering(move |query| if dropping(query) { Vec::new() } else { vec![response(query)] });
    Run::new(server.address, 500).all_answered_but(|number| number % 10 == 3, &Failure::Timeout).await;
}

#[tokio::test]
async fn many_queries_in_a_row_that_are_never_answered_end_no_other() {
    let server = Server::answering(|query| {
        if (150..350).contains(&number_of(query)) { Vec::new() } else { vec![response(query)] }
    });
    Run::new(server.address, 600)
        .all_answered_but(|number| (150..350).contains(&number), &Failure::Timeout)
        .await;
}

#[tokio::test]
async fn a_query_that_is_dropped_once_is_sent_again() {
    let seen = Arc::new(Mutex::new(std::collections::HashSet::new()));
    let server = Server::answering(move |query| {
        let is_first = seen.lock().unwrap().insert(number_of(query));
        if is_first && number_of(query) % 10 == 3 { Vec::new() } else { vec![response(query)] }
    });
    Run::new(server.address, 500).all_answered().await;
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_truncated_or_malformed_response_fails_its_query_alone() {
    let truncated = Server::answering(|query| vec![response_with(query, 0x8600, &[192, 0, 2, 1])]);
    Run::new(truncated.address, 300).all_answered_but(|_| true, &Failure::Truncated).await;
    let cut = Server::answering(|query| {
        let mut message = response(query);
        if number_of(query).is_multiple_of(2) {
            message.truncate(message.len() - 2);
        }
        vec![message]
    });
    let (results, outcome) = Run::new(cut.address, 300).within(Duration::from_secs(5)).await;
    assert_eq!((results.len(), outcome), (300, Ok(())));
    for (number, result) in results {
        if number.is_multiple_of(2) {
            assert!(matches!(result, Err(Failure::Malformed(_))), "{number}: {result:?}");
        } else {
            assert_is_answer(number, &result);
        }
    }
    assert_eq!(cut.connections(), 1);
}

#[tokio::test]
async fn a_server_that_is_away_fails_all_queries_in_time() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let refusing = Run::new(socket.local_addr().unwrap(), 1000);
    refusing.all_failed(&Failure::ConnectionRefused).await;
    let silent = Server::start(|mut connection| async move { while connection.read().await.is_some() {} });
    Run::new(silent.address, 1000).all_failed(&Failure::Timeout).await;
    let closing = Server::start(|mut connection| async move { drop(connection.read().await) });
    Run::new(closing.address, 1000).all_failed(&Failure::Closed).await;
    assert_eq!((silent.connections(), closing.connections()), (2, 2));
}

#[tokio::test]
async fn a_server_that_reads_nothing_fails_all_queries_in_time() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let server = Server::listen(socket.listen(64).unwrap(), |connection| async move {
        std::future::pending::<()>().await;
        drop(connection);
    });
    Run::new(server.address, 5000).all_failed(&Failure::Timeout).await;
}

#[tokio::test]
async fn a_server_that_trickles_bytes_fails_all_queries_in_time() {
    let server = Server::start(|mut connection| async move {
        while let Some(query) = connection.read().await {
            for byte in frame(&response(&query)) {
                if connection.stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
    });
    Run::new(server.address, 1000).all_failed(&Failure::Timeout).await;
}

#[tokio::test]
async fn responses_to_other_queries_are_not_taken() {
    let other_id = Server::answering(|query| {
        let mut message = response(query);
        // The bits of 64 ids: none of those in flight is likely to have it.
        message[..2].copy_from_slice(&(!u16::from_be_bytes([query[0], query[1]])).to_be_bytes());
        vec![message]
    });
    let mismatched = |mismatch: Mismatch| Failure::Mismatched(mismatch);
    Run::new(other_id.address, 4).all_answered_but(|_| true, &mismatched(Mismatch::Id)).await;
    let other_question = Server::answering(|query| {
        let mut message = response(query);
        message[13] = b'x';
        vec![message]
    });
    let (results, outcome) = Run::new(other_question.address, 30).within(Duration::from_secs(5)).await;
    for (number, result) in &results {
        let expected = mismatched(Mismatch::Question(format!("x{number}.example. A")));
        assert_eq!(result.as_ref().err(), Some(&expected));
    }
    assert_eq!((results.len(), outcome), (30, Ok(())));
}

#[tokio::test]
async fn a_flood_of_junk_ends_the_connection() {
    let server = Server::start(|mut connection| async move {
        let Some(query) = connection.read().await else { return };
        let mut junk = error(&query, 0);
        junk[2] = 0;
        while connection.stream.write_all(&frame(&junk)).await.is_ok() {}
    });
    let started = Instant::now();
    let (results, outcome) = Run::new(server.address, 1000).within(Duration::from_secs(5)).await;
    assert!(started.elapsed() < TIMEOUT * 2 + RECONNECT_PAUSE);
    assert!(outcome.is_err());
    assert!(results.values().all(Result::is_err));
}

#[tokio::test]
async fn a_caller_that_takes_answers_slowly_gets_all_of_them() {
    let server = Server::answering(|query| vec![response(query)]);
    let slow = Run { rest: TIMEOUT + TIMEOUT / 2, ..Run::new(server.address, 700) };
    slow.all_answered().await;
}

#[tokio::test]
async fn a_caller_that_is_gone_ends_the_run() {
    for answers_before in [0, 10] {
        let server = Server::start(move |mut connection| async move {
            for _ in 0..answers_before {
                let Some(query) = connection.read().await else { return };
                connection.send(&response(&query)).await;
            }
            std::future::pending::<()>().await;
        });
        let Run { client, target, .. } = Run::new(server.address, 0);
        let client = Client { timeout: Duration::from_mins(1), ..client };
        let (send_queries, queries) = mpsc::channel(1);
        let (send_answers, answers) = mpsc::channel(1);
        send_queries.send((0..100).map(numbered).collect()).await.unwrap();
        let give_up = async {
            sleep(Duration::from_millis(100)).await;
            drop(answers);
        };
        let ask = client.ask_many(&target, Transport::Tcp, queries, send_answers);
        let both = async { tokio::join!(give_up, ask).1 };
        let outcome = tokio::time::timeout(Duration::from_secs(2), both).await;
        assert_eq!(outcome.expect("the run ends with its caller"), Ok(()));
    }
}

#[tokio::test]
async fn a_connection_without_queries_is_closed_and_the_next_query_opens_another() {
    let server = Server::answering(|query| vec![response(query)]);
    let Run { client, target, .. } = Run::new(server.address, 0);
    let (send_queries, queries) = mpsc::channel(1);
    let (send_answers, mut answers) = mpsc::channel::<Answered<Numbered>>(1);
    let caller = async {
        for pause in [0, 100, 2300] {
            sleep(Duration::from_millis(pause)).await;
            send_queries.send(vec![numbered(7)]).await.unwrap();
            let [(query, result)] = answers.recv().await.unwrap().try_into().unwrap();
            assert_is_answer(query.number, &result);
        }
        drop(send_queries);
    };
    let ask = client.ask_many(&target, Transport::Tcp, queries, send_answers);
    assert_eq!(tokio::join!(caller, ask).1, Ok(()));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_without_edns_is_asked_without() {
    let plain = |query: &[u8]| query[11] == 0;
    let with_edns = Arc::new(AtomicUsize::new(0));
    for rcode in [FORMERR, NOTIMP] {
        with_edns.store(0, Ordering::Relaxed);
        let counter = Arc::clone(&with_edns);
        let server = Server::answering(move |query| {
            if plain(query) {
                return vec![response(query)];
            }
            counter.fetch_add(1, Ordering::Relaxed);
            vec![error(query, rcode)]
        });
        Run::new(server.address, 2000).all_answered().await;
        // Those that were in flight before the first answer.
        assert!(with_edns.load(Ordering::Relaxed) <= 256);
    }
}

#[tokio::test]
async fn an_error_about_one_question_leaves_edns_to_all_others() {
    let plain = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&plain);
    let server = Server::answering(move |query| {
        let is_odd = number_of(query) % 10 == 3;
        counter.fetch_add(usize::from(query[11] == 0), Ordering::Relaxed);
        vec![if is_odd { error(query, NOTIMP) } else { response(query) }]
    });
    let (results, outcome) = Run::new(server.address, 500).within(Duration::from_secs(5)).await;
    assert_eq!(outcome, Ok(()));
    for (number, result) in &results {
        match result {
            Ok(answer) if number % 10 == 3 => assert_eq!(answer.rcode, NOTIMP),
            result => assert_is_answer(*number, result),
        }
    }
    assert_eq!(plain.load(Ordering::Relaxed), 50);
}

#[tokio::test]
async fn queries_keep_to_the_rate_of_their_address() {
    let server = Server::answering(|query| vec![response(query)]);
    for (rate, queries) in [(50, 40), (2000, 1500)] {
        let started = Instant::now();
        Run::new(server.address, queries).with_rate(rate).all_answered().await;
        let expected = Duration::from_secs(1) * (queries - 1) / rate;
        let elapsed = started.elapsed();
        assert!(elapsed >= expected.mul_f32(0.95) && elapsed < expected * 2, "{elapsed:?} {expected:?}");
    }
}

#[tokio::test]
async fn queries_are_signed_with_the_key_of_the_address() {
    let key = TsigKey::new("key.example".parse().unwrap(), Algorithm::Sha256, vec![7; 32]);
    for wrong_mac_at in [None, Some(0)] {
        let policy =
            TsigPolicy { keys: vec![key.clone()], required: true, wrong_mac_at, ..TsigPolicy::default() };
        let server = Server::answering(move |query| {
            let now = crate::clock::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            match policy.check(&Query::parse(query).unwrap(), query, now) {
                TsigCheck::Signed(mut signer) => {
                    let mut messages = vec![response(query)];
                    signer.sign(&mut messages);
                    messages
                }
                TsigCheck::Unsigned | TsigCheck::Refused(_) => vec![error(query, REFUSED)],
            }
        });
        let mut run = Run::new(server.address, 300);
        run.target.key = Some(key.clone());
        if wrong_mac_at.is_none() {
            run.all_answered().await;
            continue;
        }
        let (results, outcome) = run.within(Duration::from_secs(5)).await;
        assert_eq!((results.len(), outcome), (300, Ok(())));
        assert!(results.values().all(|result| matches!(result, Err(Failure::Tsig(_)))));
    }
}

/// Counts the queries that end, by transport: those with a response, and those without.
#[derive(Debug, Default)]
struct Counter(Mutex<(u32, u32)>);

impl QueryRecorder for Counter {
    fn record_query(&self, _: &Target, transport: Transport, outcome: Result<Duration, &Failure>) {
        assert_eq!(transport, Transport::Tcp);
        let mut counts = self.0.lock().unwrap();
        counts.0 += u32::from(outcome.is_ok());
        counts.1 += u32::from(outcome.is_err());
    }

    fn record_transfer(&self, _: &Target, _: Rtype, _: Result<(), &Failure>) {}
}

#[tokio::test]
async fn each_query_that_was_sent_is_recorded_once() {
    let server = Server::answering(|query| {
        if number_of(query).is_multiple_of(10) { Vec::new() } else { vec![response(query)] }
    });
    let counter = Arc::new(Counter::default());
    let mut run = Run::new(server.address, 300);
    run.client = run.client.recorded_by(Arc::<Counter>::clone(&counter));
    run.all_answered_but(|number| number.is_multiple_of(10), &Failure::Timeout).await;
    assert_eq!(*counter.0.lock().unwrap(), (270, 30));
}

#[tokio::test]
async fn an_address_that_is_down_is_not_asked() {
    let server = Server::answering(|query| vec![response(query)]);
    let run = Run::new(server.address, 10);
    let health = run.client.health.of(&run.target);
    let now = Instant::now();
    for _ in 0..32 {
        health.record(&Err::<(), _>(Failure::HostUnreachable), now, now + Duration::from_secs(1));
    }
    run.all_failed(&Failure::HostUnreachable).await;
    assert_eq!(server.connections(), 0);
    // The connection is the probe when one is due.
    sleep(Duration::from_millis(1300)).await;
    run.all_answered().await;
    assert!(health.admit(Instant::now()).is_ok());
}

/// Answers datagrams at the port of a server, until it is dropped.
struct Datagrams {
    received: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Datagrams {
    /// Answers each with these messages; `answers` also gets how many came before.
    async fn start(server: &Server, answers: impl Fn(&[u8], usize) -> Vec<Vec<u8>> + Send + 'static) -> Self {
        let socket = UdpSocket::bind(server.address).await.unwrap();
        let received = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&received);
        let task = tokio::spawn(async move {
            let mut buffer = [0; 2048];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                let nth = counter.fetch_add(1, Ordering::Relaxed);
                for message in answers(&buffer[..length], nth) {
                    let _ = socket.send_to(&message, peer).await;
                }
            }
        });
        Self { received, task }
    }

    fn received(&self) -> usize {
        self.received.load(Ordering::Relaxed)
    }
}

impl Drop for Datagrams {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn over_tcp() -> Server {
    Server::answering(|query| vec![response(query)])
}

#[tokio::test]
async fn over_udp_each_query_gets_its_own_answer() {
    let server = over_tcp();
    let datagrams = Datagrams::start(&server, |query, _| vec![response(query)]).await;
    Run::new(server.address, 10_000).over_udp().all_answered().await;
    assert_eq!(server.connections(), 0);
    assert!(datagrams.received() >= 10_000);
}

#[tokio::test]
async fn datagrams_that_are_lost_or_come_twice_or_with_others_cost_no_answer() {
    let server = over_tcp();
    let _lossy = Datagrams::start(&server, |query, nth| {
        let mut other = response(query);
        other[1] ^= 1;
        let mut wrong = response(query);
        wrong[13] = b'x';
        match nth % 5 {
            0 => Vec::new(),
            1 => vec![other, response(query)],
            2 => vec![wrong, response(query)],
            3 => vec![b"junk".to_vec(), response(query), response(query)],
            _ => vec![response(query)],
        }
    })
    .await;
    Run::new(server.address, 500).over_udp().all_answered().await;
}

#[tokio::test]
async fn a_truncated_response_has_its_query_sent_over_tcp() {
    let truncated = |query: &[u8], _| {
        let flags = if number_of(query).is_multiple_of(3) { 0x8600 } else { 0x8400 };
        vec![response_with(query, flags, &number_of(query).to_be_bytes())]
    };
    let server = over_tcp();
    let _datagrams = Datagrams::start(&server, truncated).await;
    Run::new(server.address, 500).over_udp().all_answered().await;
    let without_tcp = Server::start(|connection| async move { drop(connection) });
    let _datagrams = Datagrams::start(&without_tcp, truncated).await;
    let run = Run::new(without_tcp.address, 500).over_udp();
    run.all_answered_but(|number| number.is_multiple_of(3), &Failure::Truncated).await;
    assert_eq!(without_tcp.connections(), 2);
}

#[tokio::test]
async fn a_server_that_is_silent_over_udp_is_asked_over_tcp() {
    let server = over_tcp();
    let datagrams = Datagrams::start(&server, |_, _| Vec::new()).await;
    Run::new(server.address, 1000).over_udp().all_answered().await;
    assert!(datagrams.received() <= 3 * 16, "{}", datagrams.received());
    // A server that changes the case of the question is not trusted over UDP.
    let lower = over_tcp();
    let _datagrams = Datagrams::start(&lower, |query, _| {
        let mut message = response(query);
        let end = 12 + query[12..].iter().position(|&octet| octet == 0).unwrap();
        message[12..end].make_ascii_lowercase();
        vec![message]
    })
    .await;
    Run::new(lower.address, 300).over_udp().all_answered().await;
    assert!(lower.connections() > 0);
}

#[tokio::test]
async fn a_server_that_is_silent_over_udp_and_tcp_fails_all_queries_in_time() {
    let silent = Server::start(|mut connection| async move { while connection.read().await.is_some() {} });
    let datagrams = Datagrams::start(&silent, |_, _| Vec::new()).await;
    let (results, outcome) = Run::new(silent.address, 1000).over_udp().within(TIMEOUT * 12).await;
    assert_eq!(outcome, Err(Failure::Timeout));
    assert!(results.values().all(|result| *result == Err(Failure::Timeout)));
    assert!(datagrams.received() <= 200);
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let run = Run::new(socket.local_addr().unwrap(), 1000).over_udp();
    let (results, outcome) = run.within(TIMEOUT * 12).await;
    assert_eq!(outcome, Err(Failure::ConnectionRefused));
    assert!(results.values().all(|result| *result == Err(Failure::ConnectionRefused)));
}

#[tokio::test]
async fn over_udp_a_server_without_edns_is_asked_without() {
    let server = over_tcp();
    let _datagrams = Datagrams::start(&server, |query, _| {
        if query[11] == 0 {
            return vec![response(query)];
        }
        let mut message = error(query, FORMERR);
        message.truncate(12);
        message[5] = 0;
        vec![message]
    })
    .await;
    Run::new(server.address, 300).over_udp().all_answered().await;
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn over_udp_queries_keep_to_the_rate_and_the_window() {
    let server = over_tcp();
    let _datagrams = Datagrams::start(&server, |query, _| vec![response(query)]).await;
    let started = Instant::now();
    Run::new(server.address, 40).with_rate(50).over_udp().all_answered().await;
    assert!(started.elapsed() >= Duration::from_millis(39 * 20 - 50));
    let slow = Run { rest: TIMEOUT + TIMEOUT / 2, ..Run::new(server.address, 500).over_udp() };
    slow.all_answered().await;
}
