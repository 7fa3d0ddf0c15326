//! Questions over a connection (RFC 7766).

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::{Sent, failure, local};
use crate::dns::message::{Answer, Question, WithEdns};
use crate::observe::Failure;
use crate::plan::Target;

/// Opens a connection and sends one question.
pub(crate) async fn ask(target: &Target, sent: &Sent) -> Result<TcpStream, Failure> {
    let local = local(target)?;
    let open = async {
        let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        if target.source.is_some() {
            socket.bind(local)?;
        }
        let mut stream = socket.connect(target.address).await?;
        stream.set_nodelay(true)?;
        let length = u16::try_from(sent.wire.len()).map_err(io::Error::other)?;
        // One segment: some servers read the length and the message in one go.
        let framed = [length.to_be_bytes().as_slice(), &sent.wire].concat();
        stream.write_all(&framed).await?;
        Ok(stream)
    };
    open.await.map_err(|error: io::Error| failure(&error))
}

/// Asks once and waits for the answer.
pub(super) async fn exchange(
    timeout: Duration,
    target: &Target,
    question: &Question,
    with_edns: WithEdns,
) -> Result<Answer, Failure> {
    let mut heard = Failure::Timeout;
    let answer = async {
        let mut sent = Sent::new(question, with_edns, target, |_| {})?;
        let mut stream = ask(target, &sent).await?;
        loop {
            let message = frame(&mut stream).await.map_err(|error| failure(&error))?;
            match Answer::read(&message, question) {
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
async fn frame(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
