//! The time of a scrape, and of the same text from memory.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// The number of scrapes of which a time is the median.
const SCRAPES: usize = 7;

/// A pause longer than an exposition is cached.
const PAUSE: Duration = Duration::from_millis(400);

/// The times of a scrape in seconds, and its size in megabytes.
pub(crate) struct ScrapeCost {
    pub(crate) plain: f64,
    pub(crate) gzip: f64,
    /// The time of the same text from memory.
    pub(crate) floor: f64,
    pub(crate) megabytes: f64,
}

/// Measures scrapes of a service.
pub(crate) fn measure(service: SocketAddr) -> ScrapeCost {
    let (status, text) = get(service, "/metrics", "");
    assert_eq!(status, 200);
    let megabytes = megabytes(text.len());
    let memory = serve_from_memory(text);
    ScrapeCost {
        plain: median(|| drop(get(service, "/metrics", ""))),
        gzip: median(|| drop(get(service, "/metrics", "Accept-Encoding: gzip\r\n"))),
        floor: median(|| drop(get(memory, "/metrics", ""))),
        megabytes,
    }
}

/// A number of bytes in megabytes.
#[expect(clippy::cast_precision_loss, reason = "an exposition is far below 2^52 bytes")]
pub(crate) fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// Sends a GET request and returns the status and the body of the response.
pub(crate) fn get(address: SocketAddr, target: &str, fields: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n");
    stream.write_all(head.as_bytes()).expect("the server reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the server responds");
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the response has a head");
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, bytes.split_off(end + 4))
}

/// Serves a text from memory for any request.
pub(crate) fn serve_from_memory(text: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", text.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&text));
        }
    });
    address
}

/// The median time of some runs, in seconds.
pub(crate) fn median(run: impl Fn()) -> f64 {
    let mut times: Vec<f64> = (0..SCRAPES)
        .map(|_| {
            thread::sleep(PAUSE);
            let started = Instant::now();
            run();
            started.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(SCRAPES / 2).copied().unwrap_or_default()
}
