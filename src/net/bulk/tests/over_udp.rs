//! Many queries over UDP, with TCP for what needs it.

use super::*;

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
