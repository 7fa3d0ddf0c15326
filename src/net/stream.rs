//! A connection to a server, whatever it runs over: every query and transfer over a connection uses it.

use std::io::{self, Read as _};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpSocket, TcpStream};

use super::signed::SignedQuery;
use super::socket::{bind_failure, connect_failure, local_address, socket_failure};
use crate::observe::Failure;
use crate::plan::Target;

/// A connection; dropping it closes it.
#[derive(Debug)]
pub(crate) enum Stream {
    /// TCP (RFC 7766).
    Tcp(TcpStream),
}

impl Stream {
    /// Connects to a target.
    pub(super) async fn connect(target: &Target) -> Result<Self, Failure> {
        connect_tcp(target).await.map(Self::Tcp)
    }

    /// Connects to a target and sends one query.
    pub(crate) async fn open(target: &Target, query: &SignedQuery) -> Result<Self, Failure> {
        let Self::Tcp(mut stream) = Self::connect(target).await?;
        stream.write_all(&frame(&query.wire)).await.map_err(|error| socket_failure(&error))?;
        Ok(Self::Tcp(stream))
    }

    /// Splits the connection, so that it is read while a write waits for the server.
    pub(super) fn split(&mut self) -> (StreamReader<'_>, StreamWriter<'_>) {
        let Self::Tcp(stream) = self;
        let (reader, writer) = stream.split();
        (StreamReader::Tcp(reader), StreamWriter::Tcp(writer))
    }

    /// Reads one message, which has its length in front (RFC 1035 section 4.2.2).
    pub(crate) async fn read_message(&mut self) -> io::Result<Vec<u8>> {
        let Self::Tcp(stream) = self;
        let length = stream.read_u16().await?;
        let mut message = vec![0; length.into()];
        stream.read_exact(&mut message).await?;
        Ok(message)
    }

    /// Takes the connection out of the event loop, for a thread that blocks on it.
    pub(crate) fn into_blocking(self) -> Result<BlockingStream, Failure> {
        let Self::Tcp(stream) = self;
        let stream = stream.into_std().and_then(|stream| stream.set_nonblocking(false).map(|()| stream));
        stream.map(|stream| BlockingStream::Tcp(Arc::new(stream))).map_err(|error| socket_failure(&error))
    }
}

/// The half of a connection that is read.
#[derive(Debug)]
pub(super) enum StreamReader<'s> {
    /// TCP (RFC 7766).
    Tcp(ReadHalf<'s>),
}

impl StreamReader<'_> {
    /// Reads what has arrived into the buffer; returns 0 when the server has closed the connection.
    ///
    /// Cancel safe: no bytes are lost if the future is dropped.
    pub(super) async fn read_buf(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        let Self::Tcp(reader) = self;
        reader.read_buf(buffer).await
    }
}

/// The half of a connection that is written.
#[derive(Debug)]
pub(super) enum StreamWriter<'s> {
    /// TCP (RFC 7766).
    Tcp(WriteHalf<'s>),
}

impl StreamWriter<'_> {
    /// Writes bytes from the front of the buffer and removes them; returns how many.
    ///
    /// Cancel safe: what was not written stays in the buffer.
    pub(super) async fn write_buf(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        let Self::Tcp(writer) = self;
        writer.write_buf(buffer).await
    }
}

/// A connection for a thread that blocks while it reads.
#[derive(Debug)]
pub(crate) enum BlockingStream {
    /// TCP (RFC 7766).
    Tcp(Arc<std::net::TcpStream>),
}

impl BlockingStream {
    /// Sets how long a read waits for bytes; zero is an error.
    pub(crate) fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        let Self::Tcp(stream) = self;
        stream.set_read_timeout(Some(timeout))
    }

    /// Waits for bytes and reads them; returns 0 when the server has closed the connection.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self::Tcp(stream) = self;
        stream.as_ref().read(buffer)
    }

    /// Tells the server that nothing more will be sent. Most close the connection then.
    pub(crate) fn end_writing(&self) {
        let Self::Tcp(stream) = self;
        // This fails only if the connection is closed already.
        drop(stream.shutdown(Shutdown::Write));
    }

    /// Returns what closes the connection when it is dropped, and so ends the read of another thread.
    pub(crate) fn close_on_drop(&self) -> CloseOnDrop {
        let Self::Tcp(stream) = self;
        CloseOnDrop(Arc::clone(stream))
    }
}

/// Closes a connection when it is dropped.
#[derive(Debug)]
pub(crate) struct CloseOnDrop(Arc<std::net::TcpStream>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        // This fails only if the connection is closed already.
        drop(self.0.shutdown(Shutdown::Both));
    }
}

async fn connect_tcp(target: &Target) -> Result<TcpStream, Failure> {
    let local = local_address(target)?;
    let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(|error| socket_failure(&error))?;
    if target.source.is_some() {
        socket.bind(local).map_err(|error| bind_failure(&error, local))?;
    }
    let connected = socket.connect(target.address).await;
    let stream = connected.map_err(|error| connect_failure(&error, target.address))?;
    stream.set_nodelay(true).map_err(|error| socket_failure(&error))?;
    Ok(stream)
}

/// Returns a message with its length in front, to be written at once: some servers read both with one call
/// (RFC 7766 section 8).
pub(super) fn frame(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("a query is shorter than 65,536 bytes");
    [length.to_be_bytes().as_slice(), message].concat()
}
