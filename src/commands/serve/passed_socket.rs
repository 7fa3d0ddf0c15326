//! The socket that the service manager has opened for `serve`, as of `sd_listen_fds(3)`.

use std::net::TcpListener;

use anyhow::{Context as _, bail, ensure};
use nix::sys::socket::{getsockopt, sockopt};

/// Takes the socket, if one was passed.
pub(super) fn take() -> anyhow::Result<Option<TcpListener>> {
    let passed = sd_listen_fds::get().context("cannot take the socket of the service manager")?;
    let count = passed.len();
    let Some((_, passed)) = passed.into_iter().next() else { return Ok(None) };
    if count > 1 {
        bail!("the service manager passed {count} sockets, and `serve` takes one: leave one `ListenStream=`");
    }
    let listener = TcpListener::from(passed);
    let listens = getsockopt(&listener, sockopt::AcceptConn).unwrap_or(false);
    ensure!(
        listens && listener.local_addr().is_ok(),
        "the service manager passed something else than a socket that listens over TCP: \
         write `ListenStream=ADDRESS:PORT`, and `Accept=no`"
    );
    // The programs that are started do not inherit the duplicate.
    let duplicate = listener.try_clone().context("cannot take the socket of the service manager")?;
    Ok(Some(duplicate))
}
