//! A connection to a server, whatever it runs over: every query and transfer over a connection uses it.

use std::io::{self, Read as _};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::client::TlsStream;

use super::received::Received;
use super::signed::SignedQuery;
use super::socket::{bind_failure, connect_failure, local_address, socket_failure};
use super::tls::{BlockingTls, Handshake, TlsClients, server_certificate, stream_failure};
use crate::observe::{Failure, ServerCertificate};
use crate::plan::Target;

/// A connection; dropping it closes it.
#[derive(Debug)]
pub(crate) enum Stream {
    /// TCP (RFC 7766).
    Tcp(TcpStream),
    /// TLS (RFC 7858, RFC 9103).
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Connects to a target, over TLS if it is asked over TLS.
    pub(super) async fn connect(
        target: &Target,
        tls: &TlsClients,
        handshake: Handshake,
    ) -> Result<Self, Failure> {
        let stream = connect_tcp(target).await?;
        match &target.tls {
            None => Ok(Self::Tcp(stream)),
            Some(settings) => {
                // The state of a handshake is large, and most connections are without.
                let stream = Box::pin(tls.handshake(target, settings, stream, handshake)).await?;
                Ok(Self::Tls(Box::new(stream)))
            }
        }
    }

    /// Connects to a target and sends one query.
    pub(crate) async fn open(
        target: &Target,
        tls: &TlsClients,
        query: &SignedQuery,
    ) -> Result<Self, Failure> {
        let mut stream = Self::connect(target, tls, Handshake::Resumed).await?;
        let frame = frame(&query.wire);
        let written = match &mut stream {
            Self::Tcp(stream) => stream.write_all(&frame).await,
            Self::Tls(stream) => match stream.write_all(&frame).await {
                Ok(()) => stream.flush().await,
                Err(error) => Err(error),
            },
        };
        written.map_err(|error| stream_failure(&error))?;
        Ok(stream)
    }

    /// The certificate of the server, if the connection runs over TLS.
    pub(super) fn certificate(&self) -> Option<ServerCertificate> {
        match self {
            Self::Tcp(_) => None,
            Self::Tls(stream) => server_certificate(stream.get_ref().1),
        }
    }

    /// Splits the connection, so that it is read while a write waits for the server.
    pub(super) fn split(&mut self) -> (StreamReader<'_>, StreamWriter<'_>) {
        match self {
            Self::Tcp(stream) => {
                let (reader, writer) = stream.split();
                (StreamReader::Tcp(reader), StreamWriter::Tcp(writer))
            }
            Self::Tls(stream) => {
                let (reader, writer) = tokio::io::split(&mut **stream);
                (StreamReader::Tls(reader), StreamWriter::Tls { writer, is_flushed: true })
            }
        }
    }

    /// Reads one message, which has its length in front (RFC 1035 section 4.2.2).
    pub(crate) async fn read_message(&mut self) -> Result<Vec<u8>, Failure> {
        let read = match self {
            Self::Tcp(stream) => read_message(stream).await,
            Self::Tls(stream) => read_message(stream).await,
        };
        read.map_err(|error| stream_failure(&error))
    }

    /// Takes the connection out of the event loop, for a thread that blocks on it.
    pub(crate) fn into_blocking(self) -> Result<BlockingStream, Failure> {
        let (stream, connection) = match self {
            Self::Tcp(stream) => (stream, None),
            Self::Tls(stream) => {
                let (stream, connection) = stream.into_inner();
                (stream, Some(connection))
            }
        };
        let stream = stream.into_std().and_then(|stream| stream.set_nonblocking(false).map(|()| stream));
        let stream = Arc::new(stream.map_err(|error| socket_failure(&error))?);
        Ok(match connection {
            None => BlockingStream::Tcp(stream),
            Some(connection) => BlockingStream::Tls(Box::new(BlockingTls::new(stream, connection))),
        })
    }
}

async fn read_message(stream: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

/// The half of a connection that is read.
#[derive(Debug)]
pub(super) enum StreamReader<'s> {
    /// TCP (RFC 7766).
    Tcp(ReadHalf<'s>),
    /// TLS (RFC 7858).
    Tls(tokio::io::ReadHalf<&'s mut TlsStream<TcpStream>>),
}

impl StreamReader<'_> {
    /// Reads what has arrived into the buffer; fails with [`Failure::Closed`] when the server has closed the connection.
    ///
    /// Cancel safe: no bytes are lost if the future is dropped.
    pub(super) async fn read_buf(&mut self, buffer: &mut BytesMut) -> Result<(), Failure> {
        let read = match self {
            Self::Tcp(reader) => reader.read_buf(buffer).await,
            Self::Tls(reader) => reader.read_buf(buffer).await,
        };
        match read {
            Ok(0) => Err(Failure::Closed),
            Ok(_) => Ok(()),
            Err(error) => Err(stream_failure(&error)),
        }
    }
}

/// The half of a connection that is written.
#[derive(Debug)]
pub(super) enum StreamWriter<'s> {
    /// TCP (RFC 7766).
    Tcp(WriteHalf<'s>),
    /// TLS (RFC 7858).
    Tls {
        /// The half.
        writer: tokio::io::WriteHalf<&'s mut TlsStream<TcpStream>>,
        /// Whether all that was written has left this host.
        is_flushed: bool,
    },
}

impl StreamWriter<'_> {
    /// Whether bytes that were taken from the buffer have still to be sent.
    pub(super) fn is_flushed(&self) -> bool {
        match self {
            Self::Tcp(_) => true,
            Self::Tls { is_flushed, .. } => *is_flushed,
        }
    }

    /// Writes bytes from the front of the buffer and removes them.
    ///
    /// Cancel safe: what was not written stays in the buffer, and what was not sent is sent by the next call.
    pub(super) async fn write_buf(&mut self, buffer: &mut BytesMut) -> Result<(), Failure> {
        let written = match self {
            Self::Tcp(writer) => writer.write_buf(buffer).await,
            Self::Tls { writer, is_flushed } => write_and_flush(writer, is_flushed, buffer).await,
        };
        match written {
            Ok(0) => Err(Failure::Closed),
            Ok(_) => Ok(()),
            Err(error) => Err(stream_failure(&error)),
        }
    }
}

/// Writes bytes into records, and sends all records; returns 0 when the connection is closed.
async fn write_and_flush(
    writer: &mut (impl AsyncWriteExt + Unpin),
    is_flushed: &mut bool,
    buffer: &mut BytesMut,
) -> io::Result<usize> {
    if !buffer.is_empty() {
        *is_flushed = false;
        if writer.write_buf(buffer).await? == 0 {
            return Ok(0);
        }
    }
    writer.flush().await?;
    *is_flushed = true;
    Ok(1)
}

/// A connection for a thread that blocks while it reads.
#[derive(Debug)]
pub(crate) enum BlockingStream {
    /// TCP (RFC 7766).
    Tcp(Arc<std::net::TcpStream>),
    /// TLS (RFC 9103).
    Tls(Box<BlockingTls>),
}

impl BlockingStream {
    /// Sets how long a read waits for bytes; zero is an error.
    pub(crate) fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.socket().set_read_timeout(Some(timeout))?;
        match self {
            Self::Tcp(_) => Ok(()),
            // A read may have to write.
            Self::Tls(_) => self.socket().set_write_timeout(Some(timeout)),
        }
    }

    /// Returns the failure that an error of reading stands for.
    pub(crate) fn failure(error: &io::Error) -> Failure {
        stream_failure(error)
    }

    /// Waits for bytes and reads them.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Received> {
        match self {
            Self::Tcp(stream) => stream.as_ref().read(buffer).map(Received::Bytes),
            Self::Tls(stream) => stream.read(buffer),
        }
    }

    /// Tells the server that nothing more will be sent. Most close the connection then.
    pub(crate) fn end_writing(&mut self) {
        if let Self::Tls(stream) = self {
            stream.send_close();
        }
        // This fails only if the connection is closed already.
        drop(self.socket().shutdown(Shutdown::Write));
    }

    /// Returns what closes the connection when it is dropped, and so ends the read of another thread.
    pub(crate) fn close_on_drop(&self) -> CloseOnDrop {
        CloseOnDrop(Arc::clone(self.socket()))
    }

    fn socket(&self) -> &Arc<std::net::TcpStream> {
        match self {
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => stream.socket(),
        }
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
