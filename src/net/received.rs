//! What a thread reads from a connection.

/// What a thread has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// So many bytes, now in the buffer; 0 when the server has closed the connection.
    Bytes(usize),
    /// So many bytes of a TLS record that is not complete yet, or holds none.
    Partial(usize),
}
