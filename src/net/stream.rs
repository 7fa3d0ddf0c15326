//! A connection to a server, whatever it runs over: every query and transfer over a connection uses it.

use std::io::{self, Read as _};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf, ReadHalf, WriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::client::TlsStream;

use super::received::Received;
use super::signed::SignedQuery;
use super::socket::{bind_failure, connect_failure, local_address, socket_failure};
use super::tls::{BlockingTls, Handshake, TlsClients, is_alert, server_certificate, stream_failure};
use crate::observe::{Failure, ServerCertificate, TlsFailure};
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
        let written = match stream.write_all(&frame).await {
            Ok(()) => stream.flush().await,
            Err(error) => Err(error),
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
        let (reader, half) = tokio::io::split(self);
        (StreamReader(reader), StreamWriter { half, is_flushed: true })
    }

    /// Reads one message, which has its length in front (RFC 1035 section 4.2.2).
    pub(crate) async fn read_message(&mut self) -> Result<Vec<u8>, Failure> {
        let message = self.read_message_or_alert().await.map_err(|error| stream_failure(&error))?;
        message.ok_or_else(|| TlsFailure::QueriedInClear.into())
    }

    /// Reads one message; `None` if it is an alert of TLS on a connection without TLS.
    async fn read_message_or_alert(&mut self) -> io::Result<Option<Vec<u8>>> {
        let length = self.read_u16().await?;
        let mut message = vec![0; length.into()];
        let (start, rest) = message.split_at_mut(usize::from(length).min(3));
        self.read_exact(start).await?;
        let [high, low] = length.to_be_bytes();
        if let (Self::Tcp(_), &[first, second, third]) = (&*self, &*start)
            && is_alert(&[high, low, first, second, third])
        {
            return Ok(None);
        }
        self.read_exact(rest).await?;
        Ok(Some(message))
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

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// The half of a connection that is read.
#[derive(Debug)]
pub(super) struct StreamReader<'s>(ReadHalf<&'s mut Stream>);

impl StreamReader<'_> {
    /// Reads what has arrived into the buffer; fails with [`Failure::Closed`] when the server has closed the connection.
    ///
    /// Cancel safe: no bytes are lost if the future is dropped.
    pub(super) async fn read_buf(&mut self, buffer: &mut BytesMut) -> Result<(), Failure> {
        match self.0.read_buf(buffer).await {
            Ok(0) => Err(Failure::Closed),
            Ok(_) => Ok(()),
            Err(error) => Err(stream_failure(&error)),
        }
    }
}

/// The half of a connection that is written.
#[derive(Debug)]
pub(super) struct StreamWriter<'s> {
    half: WriteHalf<&'s mut Stream>,
    is_flushed: bool,
}

impl StreamWriter<'_> {
    /// Whether all bytes that were taken from the buffer have been sent: TLS keeps some back.
    pub(super) fn is_flushed(&self) -> bool {
        self.is_flushed
    }

    /// Writes bytes from the front of the buffer, removes them, and sends them.
    ///
    /// Cancel safe: what was not written stays in the buffer, and what was not sent is sent by the next call.
    pub(super) async fn write_buf(&mut self, buffer: &mut BytesMut) -> Result<(), Failure> {
        if !buffer.is_empty() {
            self.is_flushed = false;
            match self.half.write_buf(buffer).await {
                Ok(0) => return Err(Failure::Closed),
                Ok(_) => {}
                Err(error) => return Err(stream_failure(&error)),
            }
        }
        self.half.flush().await.map_err(|error| stream_failure(&error))?;
        self.is_flushed = true;
        Ok(())
    }
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
