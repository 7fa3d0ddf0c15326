//! Questions over a connection (RFC 7766).

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::dns::message::{OptRecord, Question, Response};
use crate::net::{SignedQuery, failure, local};
use crate::observe::Failure;
use crate::plan::Target;

/// Opens a connection.
pub(crate) async fn connect(target: &Target) -> Result<TcpStream, Failure> {
    let local = local(target)?;
    let open = async {
        let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        if target.source.is_some() {
            socket.bind(local)?;
        }
        let stream = socket.connect(target.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    open.await.map_err(|error: io::Error| failure(&error))
}

/// Opens a connection and sends one question.
pub(crate) async fn ask(target: &Target, sent: &SignedQuery) -> Result<TcpStream, Failure> {
    let mut stream = connect(target).await?;
    stream.write_all(&framed(&sent.wire)).await.map_err(|error| failure(&error))?;
    Ok(stream)
}

/// Takes a connection out of the event loop, for a thread that may wait for it.
pub(crate) fn blocking(stream: TcpStream) -> Result<std::net::TcpStream, Failure> {
    let blocking = stream.into_std().and_then(|stream| stream.set_nonblocking(false).map(|()| stream));
    blocking.map_err(|error| failure(&error))
}

/// Returns a message with its length in front, to be sent in one segment: some servers read both in one
/// go (RFC 7766 section 8).
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("a question is shorter than 65,536 octets");
    [length.to_be_bytes().as_slice(), message].concat()
}

/// Asks once and waits for the answer.
pub(crate) async fn exchange(
    timeout: Duration,
    target: &Target,
    question: &Question,
    opt: OptRecord,
) -> Result<Response, Failure> {
    let mut heard = Failure::Timeout;
    let answer = async {
        let mut sent = SignedQuery::new(question, opt, target, |_| {})?;
        let mut stream = ask(target, &sent).await?;
        loop {
            let message = frame(&mut stream).await.map_err(|error| failure(&error))?;
            match Response::parse(&message, question) {
                Ok(Some(answer)) if answer.header.is_truncated() => return Err(Failure::Truncated),
                Ok(Some(answer)) => return sent.verify(&message).map(|()| answer),
                Ok(None) => heard = Failure::Mismatched,
                Err(malformed) => return Err(Failure::Malformed(malformed.to_string())),
            }
        }
    };
    match tokio::time::timeout(timeout, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(heard),
    }
}

/// Reads one message with its length in front (RFC 1035 section 4.2.2).
pub(crate) async fn frame(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
