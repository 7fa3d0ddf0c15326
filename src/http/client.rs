//! Asks a running `serve` whether it is alive, as a container does that has no other program.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long a server may take for its answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The bytes of a status line up to the end of its code, as in `HTTP/1.1 200`.
const STATUS_BYTES: usize = 12;

/// Returns the status with which the server at this address answers whether it is alive.
pub fn ask_health(address: SocketAddr) -> io::Result<u16> {
    let deadline = Instant::now() + TIMEOUT;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_write_timeout(Some(remaining(deadline)?))?;
    // In one piece: `write!` would send each part by itself.
    let request = format!("GET /-/healthy HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    let mut buffer = [0; STATUS_BYTES];
    while head.len() < STATUS_BYTES {
        stream.set_read_timeout(Some(remaining(deadline)?))?;
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        head.extend_from_slice(buffer.get(..read).unwrap_or_default());
    }
    status(&head).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is not an answer over HTTP"))
}

/// The time that is left.
fn remaining(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// The code of a status line.
fn status(head: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(head.get(..STATUS_BYTES)?).ok()?;
    let code = line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?;
    code.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// What is said of a server that answers with these bytes, and closes.
    fn answered(bytes: &'static [u8]) -> io::Result<u16> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut request = [0; 256];
            let read = client.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /-/healthy HTTP/1.1\r\nHost: 127.0.0.1:"));
            client.write_all(bytes).unwrap();
        });
        let status = ask_health(address);
        server.join().unwrap();
        status
    }

    #[test]
    fn the_status_is_that_of_the_answer() {
        assert_eq!(answered(b"HTTP/1.1 200 OK\r\n\r\nok\n").unwrap(), 200);
        assert_eq!(answered(b"HTTP/1.0 503 Service Unavailable\r\n\r\n").unwrap(), 503);
    }

    #[test]
    fn what_is_no_answer_over_http_is_an_error() {
        for bytes in [
            &b""[..],
            b"HTTP/1.1 2",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/1.1 abc\r\n",
            b"\xff\xfe\0\0\0\0\0\0\0\0\0\0",
        ] {
            assert!(answered(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn no_server_is_an_error() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(ask_health(closed).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
