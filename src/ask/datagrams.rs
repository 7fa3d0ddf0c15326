//! Datagrams in batches: many to a system call where the system can.

use std::io;

use tokio::net::UdpSocket;

/// Datagrams in one batch.
const BATCH: usize = 32;

/// Room for an answer; we offer 1,232 octets, and some servers send more.
const ROOM: usize = 4096;

/// Sends messages on a connected socket; returns how many of them, from the front, the system took.
pub(super) fn send(socket: &UdpSocket, messages: &[&[u8]]) -> io::Result<usize> {
    socket.try_io(tokio::io::Interest::WRITABLE, || system::send(socket, messages))
}

/// Gives every datagram that waits at a socket to `take`, up to one batch; fails with
/// [`io::ErrorKind::WouldBlock`] when there is none.
pub(super) fn receive(socket: &UdpSocket, take: impl FnMut(&[u8])) -> io::Result<usize> {
    socket.try_io(tokio::io::Interest::READABLE, || system::receive(socket, take))
}

/// Returns how many messages one call takes at most.
pub(super) const fn batch() -> usize {
    BATCH
}

#[cfg(target_os = "linux")]
mod system {
    use std::cell::RefCell;
    use std::io::{self, IoSlice, IoSliceMut};
    use std::os::fd::AsRawFd as _;

    use nix::sys::socket::{MsgFlags, MultiHeaders, recvmmsg, sendmmsg};
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

    pub(super) fn send(socket: &UdpSocket, messages: &[&[u8]]) -> io::Result<usize> {
        CALLS.with_borrow_mut(|calls| {
            let slices: Vec<[IoSlice<'_>; 1]> =
                messages.iter().take(BATCH).map(|message| [IoSlice::new(message)]).collect();
            let flags = MsgFlags::MSG_DONTWAIT;
            let sent = sendmmsg(
                socket.as_raw_fd(),
                &mut calls.headers,
                &slices,
                vec![None; slices.len()],
                [],
                flags,
            )?;
            Ok(sent.count())
        })
    }

    pub(super) fn receive(socket: &UdpSocket, mut take: impl FnMut(&[u8])) -> io::Result<usize> {
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

    pub(super) fn send(socket: &UdpSocket, messages: &[&[u8]]) -> io::Result<usize> {
        let Some(message) = messages.first() else { return Ok(0) };
        socket.try_send(message).map(|_| 1)
    }

    pub(super) fn receive(socket: &UdpSocket, mut take: impl FnMut(&[u8])) -> io::Result<usize> {
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
        let messages: Vec<Vec<u8>> = (0..40_u8).map(|length| vec![length; length.into()]).collect();
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
}
