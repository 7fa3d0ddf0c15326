//! TLS on a socket that blocks, for the thread that reads a copy.

use std::io::{self, BufReader, ErrorKind, Read as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::ClientConnection;

use crate::net::received::Received;

/// The bytes that are read from the socket at once: several records of the largest size.
const BUFFER_LEN: usize = 64 * 1024;

/// TLS on a socket that blocks.
#[derive(Debug)]
pub(crate) struct BlockingTls {
    reader: BufReader<SharedSocket>,
    connection: ClientConnection,
}

/// A socket that another thread may close.
#[derive(Debug)]
struct SharedSocket(Arc<TcpStream>);

impl io::Read for SharedSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.as_ref().read(buffer)
    }
}

impl BlockingTls {
    pub(in crate::net) fn new(socket: Arc<TcpStream>, connection: ClientConnection) -> Self {
        Self { reader: BufReader::with_capacity(BUFFER_LEN, SharedSocket(socket)), connection }
    }

    pub(in crate::net) fn socket(&self) -> &Arc<TcpStream> {
        &self.reader.get_ref().0
    }

    /// Reads what was decrypted, else waits for bytes once.
    pub(in crate::net) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Received> {
        match self.connection.reader().read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read.map(Received::Bytes),
        }
        let received = self.connection.read_tls(&mut self.reader)?;
        let processed = self.connection.process_new_packets();
        processed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        self.write()?;
        match self.connection.reader().read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Received::Partial(received)),
            read => read.map(Received::Bytes),
        }
    }

    /// Tells the server that nothing more will be sent.
    pub(in crate::net) fn send_close(&mut self) {
        self.connection.send_close_notify();
        // This fails only if the connection is closed already.
        drop(self.write());
    }

    /// Writes what TLS itself has to say.
    fn write(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            let mut socket = self.reader.get_ref().0.as_ref();
            self.connection.write_tls(&mut socket)?;
        }
        Ok(())
    }
}
