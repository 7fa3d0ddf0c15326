//! What a scrape takes, beside the same text from memory.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How often each is measured; the median counts.
const TIMES: usize = 7;

/// Longer than an exposition is given again.
const PAUSE: Duration = Duration::from_millis(400);

/// In seconds and megabytes.
pub(crate) struct Scrape {
    pub(crate) plain: f64,
    pub(crate) packed: f64,
    pub(crate) floor: f64,
    pub(crate) megabytes: f64,
}

pub(crate) fn measure(service: SocketAddr) -> Scrape {
    let (status, text) = get(service, "/metrics", "");
    assert_eq!(status, 200, "it is served");
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let megabytes = text.len() as f64 / 1e6;
    let memory = from_memory(text);
    Scrape {
        plain: median(|| drop(get(service, "/metrics", ""))),
        packed: median(|| drop(get(service, "/metrics", "Accept-Encoding: gzip\r\n"))),
        floor: median(|| drop(get(memory, "/metrics", ""))),
        megabytes,
    }
}

/// Gets a page; returns its status and its body.
pub(crate) fn get(address: SocketAddr, target: &str, fields: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n");
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets).expect("it answers");
    let end = octets.windows(4).position(|window| window == b"\r\n\r\n").expect("the answer has a head");
    let head = String::from_utf8_lossy(octets.get(..end).unwrap_or_default()).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, octets.split_off(end + 4))
}

/// Serves a text from memory, to whoever asks for anything.
fn from_memory(text: Vec<u8>) -> SocketAddr {
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

fn median(run: impl Fn()) -> f64 {
    let mut times: Vec<f64> = (0..TIMES)
        .map(|_| {
            thread::sleep(PAUSE);
            let began = Instant::now();
            run();
            began.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(TIMES / 2).copied().unwrap_or_default()
}
