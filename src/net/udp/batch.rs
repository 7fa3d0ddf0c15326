//! Datagrams in batches: many to a system call where the system can.

use std::io;

use tokio::net::UdpSocket;

/// Datagrams in one batch.
const BATCH: usize = 32;

/// Room for an answer; we offer 1,232 octets, and some servers send more.
const ROOM: usize = 4096;

/// Sends messages on a connected socket; returns how many of them, from the front, the system took.
///
/// It costs least where those of one length follow each other.
pub(crate) fn send(socket: &UdpSocket, messages: &[&[u8]]) -> io::Result<usize> {
    let messages = messages.get(..BATCH).unwrap_or(messages);
    socket.try_io(tokio::io::Interest::WRITABLE, || system::send(socket, messages))
}

/// Gives every datagram that waits at a socket to `take`, up to one batch; fails with
/// [`io::ErrorKind::WouldBlock`] when there is none.
pub(crate) fn receive(socket: &UdpSocket, take: impl FnMut(&[u8])) -> io::Result<usize> {
    socket.try_io(tokio::io::Interest::READABLE, || system::receive(socket, take))
}

/// Returns how many messages one call takes at most.
pub(crate) const fn batch() -> usize {
    BATCH
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

    use super::{BATCH, ROOM};

    thread_local! {
        /// What the calls need, once for each thread: a socket needs no buffer of its own.
        static CALLS: RefCell<Calls> = RefCell::new(Calls {
            headers: MultiHeaders::preallocate(BATCH, None),
            room: vec![0; BATCH * ROOM],
        });
    }

    struct Calls {
        headers: MultiHeaders<()>,
        room: Vec<u8>,
    }

    /// Whether the system takes datagrams of one length as one that it cuts, as Linux does since 4.18: they then
    /// go through all its layers as one.
    static CUTS: AtomicBool = AtomicBool::new(true);

    pub(crate) fn send(socket: &UdpSocket, messages: &[&[u8]]) -> io::Result<usize> {
        let (mut sent, mut ended) = (0, Ok(()));
        if CUTS.load(Ordering::Relaxed) {
            (sent, ended) = send_runs(socket, messages);
            // Not a word about the way to the server, but that this way to send is not to be had on it.
            if let Err(
                Errno::EINVAL | Errno::EIO | Errno::EMSGSIZE | Errno::EOPNOTSUPP | Errno::ENOPROTOOPT,
            ) = ended
            {
                CUTS.store(false, Ordering::Relaxed);
            }
        }
        if !CUTS.load(Ordering::Relaxed) {
            let rest = messages.get(sent..).unwrap_or_default();
            ended = send_one_by_one(socket, rest).map(|taken| sent += taken);
        }
        match ended {
            Err(Errno::EAGAIN) if sent > 0 => Ok(sent),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(sent),
        }
    }

    /// Sends messages, those of one length that follow each other at once; returns how many were sent, and why
    /// no more.
    fn send_runs(socket: &UdpSocket, messages: &[&[u8]]) -> (usize, nix::Result<()>) {
        let mut sent = 0;
        for run in messages.chunk_by(|one, next| one.len() == next.len()) {
            if let Err(error) = send_to_be_cut(socket, run) {
                return (sent, Err(error));
            }
            sent += run.len();
        }
        (sent, Ok(()))
    }

    /// Sends messages of one length as one that the system cuts: all of them, or none.
    fn send_to_be_cut(socket: &UdpSocket, run: &[&[u8]]) -> nix::Result<()> {
        let length = run.first().map_or(0, |message| message.len());
        let length = u16::try_from(length).map_err(|_| Errno::EMSGSIZE)?;
        let slices: Vec<IoSlice<'_>> = run.iter().map(|message| IoSlice::new(message)).collect();
        let cut = [ControlMessage::UdpGsoSegments(&length)];
        sendmsg::<()>(socket.as_raw_fd(), &slices, &cut, MsgFlags::MSG_DONTWAIT, None).map(drop)
    }

    /// Sends messages as they are, whatever their lengths.
    pub(crate) fn send_one_by_one(socket: &UdpSocket, messages: &[&[u8]]) -> nix::Result<usize> {
        CALLS.with_borrow_mut(|calls| {
            let slices: Vec<[IoSlice<'_>; 1]> =
                messages.iter().map(|message| [IoSlice::new(message)]).collect();
            let (headers, flags) = (&mut calls.headers, MsgFlags::MSG_DONTWAIT);
            let nowhere_else = vec![None; slices.len()];
            Ok(sendmmsg(socket.as_raw_fd(), headers, &slices, nowhere_else, [], flags)?.count())
        })
    }

    pub(crate) fn receive(socket: &UdpSocket, mut take: impl FnMut(&[u8])) -> io::Result<usize> {
        CALLS.with_borrow_mut(|calls| {
            let mut slices: Vec<[IoSliceMut<'_>; 1]> =
                calls.room.chunks_exact_mut(ROOM).map(|room| [IoSliceMut::new(room)]).collect();
            let flags = MsgFlags::MSG_DONTWAIT;
            let received = recvmmsg(socket.as_raw_fd(), &mut calls.headers, &mut slices, flags, None)?;
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

    use super::ROOM;

    pub(crate) fn send(socket: &UdpSocket, messages: &[&[u8]]) -> io::Result<usize> {
        let Some(message) = messages.first() else { return Ok(0) };
        socket.try_send(message).map(|_| 1)
    }

    pub(crate) fn receive(socket: &UdpSocket, mut take: impl FnMut(&[u8])) -> io::Result<usize> {
        let mut room = [0; ROOM];
        let length = socket.try_recv(&mut room)?;
        take(room.get(..length).unwrap_or(&room));
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pair() -> (UdpSocket, UdpSocket) {
        let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        one.connect(other.local_addr().unwrap()).await.unwrap();
        other.connect(one.local_addr().unwrap()).await.unwrap();
        (one, other)
    }

    #[tokio::test]
    async fn what_is_sent_in_a_batch_comes_as_it_was_sent() {
        let (one, other) = pair().await;
        // Each length once, then one length often.
        let lengths = (0..40).chain(std::iter::repeat_n(77, 40));
        let messages: Vec<Vec<u8>> = lengths.zip(0..).map(|(length, number)| vec![number; length]).collect();
        let mut left: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        while !left.is_empty() {
            one.writable().await.unwrap();
            if let Ok(sent) = send(&one, &left) {
                left.drain(..sent);
            }
        }
        let mut come = Vec::new();
        while come.len() < messages.len() {
            other.readable().await.unwrap();
            let _ = receive(&other, |message| come.push(message.to_vec()));
        }
        assert_eq!(come, messages);
        let none = receive(&other, |_| ()).unwrap_err();
        assert_eq!(none.kind(), io::ErrorKind::WouldBlock);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn where_the_system_does_not_cut_they_are_sent_as_they_are() {
        let (one, other) = pair().await;
        let messages = [b"a".as_slice(), b"bc", b"de", b"fgh"];
        assert_eq!(system::send_one_by_one(&one, &messages), Ok(4));
        let mut come = Vec::new();
        while come.len() < messages.len() {
            other.readable().await.unwrap();
            let _ = receive(&other, |message| come.push(message.to_vec()));
        }
        assert_eq!(come, messages);
    }
}
