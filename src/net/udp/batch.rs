//! Datagrams in batches: many with one system call where the system can.

use std::io;

use tokio::net::UdpSocket;

/// The most datagrams in one batch.
pub(in crate::net) const MAX_LEN: usize = 32;

/// The buffer for one response; queries offer 1,232 bytes, and some servers send more.
pub(in crate::net) const BUFFER_LEN: usize = 4096;

/// Sends messages on a connected socket; returns how many, from the front, the system took.
///
/// It is fastest if messages of the same length follow one another.
pub(in crate::net) fn send(socket: &UdpSocket, messages: &[&[u8]]) -> io::Result<usize> {
    let messages = messages.get(..MAX_LEN).unwrap_or(messages);
    socket.try_io(tokio::io::Interest::WRITABLE, || system::send(socket, messages))
}

/// Hands every datagram that has arrived to `take`, up to one batch; fails with
/// [`io::ErrorKind::WouldBlock`] if there is none.
pub(in crate::net) fn receive(socket: &UdpSocket, take: impl FnMut(&[u8])) -> io::Result<usize> {
    socket.try_io(tokio::io::Interest::READABLE, || system::receive(socket, take))
}

#[cfg(target_os = "linux")]
mod system {
    use std::cell::RefCell;
    use std::io::{self, IoSlice, IoSliceMut};
    use std::os::fd::AsRawFd as _;
    use std::sync::atomic::{AtomicBool, Ordering};

    use nix::errno::Errno;
    use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, recvmmsg, sendmmsg, sendmsg};
    use tokio::net::UdpSocket;

    use super::{BUFFER_LEN, MAX_LEN};

    thread_local! {
        /// One set of buffers for each thread, so that no socket needs its own.
        static BUFFERS: RefCell<Buffers> = RefCell::new(Buffers {
            headers: MultiHeaders::preallocate(MAX_LEN, None),
            datagrams: vec![0; MAX_LEN * BUFFER_LEN],
        });
    }

    struct Buffers {
        headers: MultiHeaders<()>,
        datagrams: Vec<u8>,
    }

    /// Whether the system has UDP segmentation offload (Linux 4.18): datagrams of one length go through all its
    /// layers as one, which it splits at the end.
    static HAS_GSO: AtomicBool = AtomicBool::new(true);

    pub(super) fn send(socket: &UdpSocket, messages: &[&[u8]]) -> io::Result<usize> {
        let (mut sent, mut result) = (0, Ok(()));
        if HAS_GSO.load(Ordering::Relaxed) {
            (sent, result) = send_with_gso(socket, messages);
            // These errors do not concern the server: the route to it has no segmentation offload.
            if let Err(
                Errno::EINVAL | Errno::EIO | Errno::EMSGSIZE | Errno::EOPNOTSUPP | Errno::ENOPROTOOPT,
            ) = result
            {
                HAS_GSO.store(false, Ordering::Relaxed);
            }
        }
        if !HAS_GSO.load(Ordering::Relaxed) {
            let rest = messages.get(sent..).unwrap_or_default();
            result = send_without_gso(socket, rest).map(|taken| sent += taken);
        }
        match result {
            Err(Errno::EAGAIN) if sent > 0 => Ok(sent),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(sent),
        }
    }

    /// Sends runs of messages of the same length with one call each; returns how many messages were sent, and
    /// the error that stopped it.
    fn send_with_gso(socket: &UdpSocket, messages: &[&[u8]]) -> (usize, nix::Result<()>) {
        let mut sent = 0;
        for run in messages.chunk_by(|one, next| one.len() == next.len()) {
            if let Err(error) = send_run(socket, run) {
                return (sent, Err(error));
            }
            sent += run.len();
        }
        (sent, Ok(()))
    }

    /// Sends messages of the same length with one call: all of them, or none.
    fn send_run(socket: &UdpSocket, run: &[&[u8]]) -> nix::Result<()> {
        let length = run.first().map_or(0, |message| message.len());
        let length = u16::try_from(length).map_err(|_| Errno::EMSGSIZE)?;
        let slices: Vec<IoSlice<'_>> = run.iter().map(|message| IoSlice::new(message)).collect();
        let segment_length = [ControlMessage::UdpGsoSegments(&length)];
        sendmsg::<()>(socket.as_raw_fd(), &slices, &segment_length, MsgFlags::MSG_DONTWAIT, None).map(drop)
    }

    /// Sends messages of any lengths, each through all layers of the system.
    pub(super) fn send_without_gso(socket: &UdpSocket, messages: &[&[u8]]) -> nix::Result<usize> {
        BUFFERS.with_borrow_mut(|buffers| {
            let slices: Vec<[IoSlice<'_>; 1]> =
                messages.iter().map(|message| [IoSlice::new(message)]).collect();
            let (headers, flags) = (&mut buffers.headers, MsgFlags::MSG_DONTWAIT);
            // The socket is connected: no message has an address of its own.
            let addresses = vec![None; slices.len()];
            Ok(sendmmsg(socket.as_raw_fd(), headers, &slices, addresses, [], flags)?.count())
        })
    }

    pub(super) fn receive(socket: &UdpSocket, mut take: impl FnMut(&[u8])) -> io::Result<usize> {
        BUFFERS.with_borrow_mut(|buffers| {
            let mut slices: Vec<[IoSliceMut<'_>; 1]> = buffers
                .datagrams
                .chunks_exact_mut(BUFFER_LEN)
                .map(|buffer| [IoSliceMut::new(buffer)])
                .collect();
            let flags = MsgFlags::MSG_DONTWAIT;
            let received = recvmmsg(socket.as_raw_fd(), &mut buffers.headers, &mut slices, flags, None)?;
            let mut count = 0;
            for message in received {
                take(message.iovs().next().unwrap_or_default());
                count += 1;
            }
            Ok(count)
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    use tokio::net::UdpSocket;

    use super::BUFFER_LEN;

    pub(super) fn send(socket: &UdpSocket, messages: &[&[u8]]) -> io::Result<usize> {
        let Some(message) = messages.first() else { return Ok(0) };
        socket.try_send(message).map(|_| 1)
    }

    pub(super) fn receive(socket: &UdpSocket, mut take: impl FnMut(&[u8])) -> io::Result<usize> {
        let mut buffer = [0; BUFFER_LEN];
        let length = socket.try_recv(&mut buffer)?;
        take(buffer.get(..length).unwrap_or(&buffer));
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn connected_pair() -> (UdpSocket, UdpSocket) {
        let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        one.connect(other.local_addr().unwrap()).await.unwrap();
        other.connect(one.local_addr().unwrap()).await.unwrap();
        (one, other)
    }

    #[tokio::test]
    async fn a_batch_of_datagrams_of_any_lengths_arrives_unchanged() {
        let (one, other) = connected_pair().await;
        // Many lengths once each, then one length many times.
        let lengths = (0..40).chain(std::iter::repeat_n(77, 40));
        let messages: Vec<Vec<u8>> = lengths.zip(0..).map(|(length, number)| vec![number; length]).collect();
        let mut unsent: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        while !unsent.is_empty() {
            one.writable().await.unwrap();
            if let Ok(sent) = send(&one, &unsent) {
                unsent.drain(..sent);
            }
        }
        let mut received = Vec::new();
        while received.len() < messages.len() {
            other.readable().await.unwrap();
            let _ = receive(&other, |message| received.push(message.to_vec()));
        }
        assert_eq!(received, messages);
        let none = receive(&other, |_| ()).unwrap_err();
        assert_eq!(none.kind(), io::ErrorKind::WouldBlock);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn without_segmentation_offload_datagrams_arrive_unchanged() {
        let (one, other) = connected_pair().await;
        let messages = [b"a".as_slice(), b"bc", b"de", b"fgh"];
        assert_eq!(system::send_without_gso(&one, &messages), Ok(4));
        let mut received = Vec::new();
        while received.len() < messages.len() {
            other.readable().await.unwrap();
            let _ = receive(&other, |message| received.push(message.to_vec()));
        }
        assert_eq!(received, messages);
    }
}
